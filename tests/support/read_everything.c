#include "tests/support/read_everything.h"

#include <stdio.h>
#include <stdlib.h>

#include <shm/any.h>

enum { PARTS_MAX = 256, FOUND_ROWS_MAX = 16 };

struct reader {
    const shm_dataset *dataset;
    uint64_t steps; /* left */
    bool finds_all;
    uint64_t sum;
};

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "read_everything: %s\n", what);
        abort();
    }
}

/* Takes one step; false when there is none left. */
static bool step(struct reader *reader)
{
    if (reader->steps == 0) {
        return false;
    }
    reader->steps--;
    return true;
}

static void read_bytes(struct reader *reader, const void *at, size_t size)
{
    const unsigned char *bytes = at;
    for (size_t i = 0; i < size; i++) {
        reader->sum = reader->sum * 31 + bytes[i];
    }
    reader->steps -= size / 64 < reader->steps ? size / 64 : reader->steps;
}

static void read_text(struct reader *reader, shm_string text)
{
    read_bytes(reader, text.data, text.length + 1);
    require(text.data[text.length] == '\0', "a text does not end in a NUL");
}

static void read_any(struct reader *reader, shm_any any)
{
    if (!step(reader)) {
        return;
    }
    switch (any.kind) {
    case SHM_ANY_STRING:
    case SHM_ANY_BYTES:
    case SHM_ANY_DECIMAL:
        read_bytes(reader, any.u.text.data, any.u.text.length);
        break;
    default:
        reader->sum += any.u.uinteger;
        break;
    }
    const size_t count = any.kind == SHM_ANY_DICT ? 2 * any.count : any.count;
    const uint8_t *at = any.inner;
    for (size_t i = 0; i < count && reader->steps > 0; i++) {
        const shm_any inner = shm_any_next(at);
        read_any(reader, inner);
        require(inner.end > at && inner.end <= any.end, "an any node is not inside the outer one");
        at = inner.end;
    }
}

static void read_value(struct reader *reader, const shm_value *value);

static void read_fields(struct reader *reader, const shm_value *value)
{
    for (size_t i = 0; i < value->type->field_count && reader->steps > 0; i++) {
        shm_value inner;
        if (shm_value_field(value, i, &inner) == SHM_PRESENT) {
            read_value(reader, &inner);
        }
    }
}

static void read_items(struct reader *reader, const shm_value *value)
{
    const uint64_t count = shm_value_count(value);
    for (uint64_t i = 0; i < count && reader->steps > 0; i++) {
        shm_value inner;
        if (value->type->kind == SHM_DICT) {
            shm_value_dict_key(value, i, &inner);
            read_value(reader, &inner);
        }
        if (shm_value_item(value, i, &inner) == SHM_PRESENT) {
            read_value(reader, &inner);
        }
        reader->steps -= reader->steps > 0;
    }
}

static void read_tensor(struct reader *reader, const shm_tensor *tensor, uint64_t element_size)
{
    for (size_t i = 0; i < tensor->ndim && tensor->shape != NULL; i++) {
        reader->sum += tensor->shape[i];
    }
    if (tensor->count > 0) {
        read_bytes(reader, tensor->data, tensor->count * element_size);
    }
}

static void read_value(struct reader *reader, const shm_value *value)
{
    if (!step(reader)) {
        return;
    }
    switch (value->type->kind) {
    case SHM_F32:
    case SHM_F64:
        reader->sum += shm_key_float(shm_value_float(value));
        break;
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
        read_text(reader, shm_value_text(value));
        break;
    case SHM_ANY:
        read_text(reader, shm_value_text(value));
        read_any(reader, shm_any_at(shm_text_cell_bytes(value->at)));
        break;
    case SHM_DATETIME:
        reader->sum += (uint64_t)shm_value_datetime(value).micros;
        break;
    case SHM_UUID:
        reader->sum += shm_value_uuid(value).bytes[0];
        break;
    case SHM_ENUM:
        require(shm_value_enum_name(value) != NULL, "an enum has no name");
        break;
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
        read_fields(reader, value);
        break;
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
    case SHM_ARRAY:
        read_items(reader, value);
        break;
    case SHM_TENSOR: {
        const shm_tensor tensor = shm_value_tensor(value);
        read_tensor(reader, &tensor, value->type->element->size);
        break;
    }
    default:
        reader->sum += shm_value_word(value);
        break;
    }
}

static void read_rows(struct reader *reader, uint32_t collection)
{
    shm_value row;
    for (uint64_t cursor = 0; reader->steps > 0;) {
        if (!shm_dataset_next(reader->dataset, collection, &cursor, &row)) {
            break;
        }
        read_value(reader, &row);
    }
}

static void walk_index(struct reader *reader, const shm_collection *collection,
                       const shm_index *index)
{
    const shm_table table = shm_dataset_table(reader->dataset, collection->number);
    uint64_t cursor = 0;
    uint64_t keys = 0;
    uint64_t entries = 0;
    shm_row_range range;
    while (step(reader) && shm_index_next(index, &cursor, &range)) {
        uint64_t row;
        keys++;
        while (shm_row_range_next(&range, &row)) {
            require(row < table.count, "an index leads past the end of its table");
            entries++;
        }
    }
    if (reader->steps > 0) {
        require(entries == shm_index_entry_count(index), "an index has another number of entries");
        require(collection->kind == SHM_APPROXIMATE || keys == shm_index_key_count(index),
                "an index has another number of keys");
    }
}

/* The parts of a key, as a find takes them. */
struct key {
    shm_key_part parts[PARTS_MAX];
    size_t count;
};

static void add_leaves(struct key *key, const shm_value *value)
{
    shm_value inner;
    if (value->type->kind == SHM_STRUCT) {
        for (size_t i = 0; i < value->type->field_count; i++) {
            if (shm_value_field(value, i, &inner) == SHM_PRESENT) {
                add_leaves(key, &inner);
            }
        }
        return;
    }
    require(key->count < PARTS_MAX, "a key has more parts than the test knows");
    shm_key_part *part = &key->parts[key->count++];
    switch (value->type->kind) {
    case SHM_STRING:
    case SHM_BYTES:
        *part = shm_key_text(shm_value_text(value));
        break;
    case SHM_UUID:
        *part = shm_key_text(shm_string_of(value->at, sizeof(shm_uuid)));
        break;
    case SHM_F32:
    case SHM_F64:
        *part = shm_key_word(shm_key_float(shm_value_float(value)));
        break;
    case SHM_DATETIME:
        *part = shm_key_word((uint64_t)shm_value_datetime(value).micros);
        break;
    default:
        *part = shm_key_word(shm_value_word(value));
        break;
    }
}

/* Follows a path from the row; false where an optional is absent. */
static bool follow(const shm_key_path *path, const shm_value *row, shm_value *value)
{
    *value = *row;
    for (size_t i = 0; i < path->step_count; i++) {
        shm_value inner;
        const size_t field = (size_t)(path->steps[i] - value->type->fields);
        if (shm_value_field(value, field, &inner) != SHM_PRESENT) {
            return false;
        }
        *value = inner;
    }
    return true;
}

static bool is_list(const shm_value *value)
{
    return value->type->kind == SHM_LIST || value->type->kind == SHM_SET;
}

/* Makes the key of the row whose list part has element `element`; false if there is none. */
static bool make_key(const shm_collection *collection, const shm_value *row, uint64_t element,
                     struct key *key)
{
    bool has_list = false;
    key->count = 0;
    for (size_t i = 0; i < collection->key_count; i++) {
        shm_value value;
        if (!follow(&collection->key[i], row, &value)) {
            return false;
        }
        if (is_list(&value)) {
            shm_value item;
            has_list = true;
            if (element >= shm_value_count(&value) ||
                shm_value_item(&value, element, &item) != SHM_PRESENT) {
                return false;
            }
            value = item;
        }
        add_leaves(key, &value);
    }
    return has_list || element == 0;
}

static shm_row_range find_all(const shm_index *index, const struct key *key)
{
    switch (shm_index_key_form(index)) {
    case SHM_KEY_WORD:
        return shm_multi_find_word(index, key->parts[0].word);
    case SHM_KEY_TEXT:
        return shm_multi_find_text(index, key->parts[0].text);
    default:
        return shm_multi_find_parts(index, key->parts);
    }
}

static uint64_t find_batch(const shm_index *index, const struct key *key)
{
    uint64_t row;
    switch (shm_index_key_form(index)) {
    case SHM_KEY_WORD:
        (void)shm_index_find_words(index, &key->parts[0].word, 1, &row);
        break;
    case SHM_KEY_TEXT:
        (void)shm_index_find_texts(index, &key->parts[0].text, 1, &row);
        break;
    default:
        (void)shm_index_find_many_parts(index, key->parts, 1, &row);
        break;
    }
    return row;
}

static void find_key(struct reader *reader, const shm_index *index, const struct key *key,
                     uint64_t row)
{
    shm_row_range range = find_all(index, key);
    const uint64_t count = range.count;
    uint64_t first = SHM_NO_ROW;
    uint64_t found;
    bool is_there = false;
    while (shm_row_range_next(&range, &found)) {
        first = first == SHM_NO_ROW ? found : first;
        is_there = is_there || found == row;
    }
    require(is_there || !reader->finds_all, "a row is not found by its key");
    require(find_batch(index, key) == first, "a batch finds another row than a find");
    reader->steps -= count < reader->steps ? count : reader->steps;
}

static void find_keys(struct reader *reader, const shm_collection *collection,
                      const shm_index *index)
{
    shm_value row;
    struct key key;
    for (uint64_t cursor = 0; step(reader);) {
        if (!shm_dataset_next(reader->dataset, collection->number, &cursor, &row)) {
            break;
        }
        for (uint64_t element = 0; step(reader); element++) {
            if (!make_key(collection, &row, element, &key)) {
                break;
            }
            require(key.count == shm_index_part_count(index), "a key has other parts");
            find_key(reader, index, &key, cursor - 1);
        }
    }
}

static void read_collection(struct reader *reader, const shm_collection *collection)
{
    const shm_index *index = shm_dataset_index(reader->dataset, collection->number);
    shm_tensor tensor;
    if (shm_dataset_tensor(reader->dataset, collection->number, &tensor)) {
        read_tensor(reader, &tensor, collection->element->size);
        return;
    }
    if (collection->table == NULL) {
        read_rows(reader, collection->number);
    }
    if (index != NULL) {
        const shm_index_info info = shm_index_describe(index);
        reader->sum += info.seed_number + info.away_count;
        walk_index(reader, collection, index);
        find_keys(reader, collection, index);
    }
}

uint64_t shm_test_read_everything(const shm_dataset *dataset, uint64_t steps, bool finds_all)
{
    struct reader reader = {.dataset = dataset, .finds_all = finds_all};
    const shm_dataset_type *type = shm_dataset_schema(dataset)->dataset;
    for (size_t i = 0; i < shm_dataset_section_count(dataset); i++) {
        reader.sum += shm_dataset_section(dataset, i).checksum;
    }
    for (size_t i = 0; i < type->collection_count; i++) {
        reader.steps = steps; /* each collection has its own, so that none hides the next */
        read_collection(&reader, &type->collections[i]);
    }
    return reader.sum;
}
