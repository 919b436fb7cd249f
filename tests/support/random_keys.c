/* random_keys.c — the entries that an index must have, the slow and plain way. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/random_rows.h"

static int order_words(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int order_signed(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

static int order_floats(double a, double b)
{
    if (a != a || b != b) {
        return (a != a) - (b != b);
    }
    return a < b ? -1 : a > b;
}

static int order_texts(shm_string a, shm_string b)
{
    const size_t least = a.length < b.length ? a.length : b.length;
    const int order = least == 0 ? 0 : memcmp(a.data, b.data, least);
    return order != 0 ? order : order_words(a.length, b.length);
}

int shm_test_key_order(const shm_test_value *a, const shm_test_value *b)
{
    const shm_type *type = a->type;
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    switch (kind) {
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
    case SHM_DATE:
        return order_signed((int64_t)a->word, (int64_t)b->word);
    case SHM_F32:
    case SHM_F64:
        return order_floats(a->number, b->number);
    case SHM_STRING:
    case SHM_BYTES:
        return order_texts(a->text, b->text);
    case SHM_DATETIME:
        return order_signed(a->datetime.micros, b->datetime.micros);
    case SHM_UUID:
        return memcmp(a->uuid.bytes, b->uuid.bytes, sizeof a->uuid.bytes);
    case SHM_STRUCT:
        for (size_t i = 0; i < a->count; i++) {
            const int order = shm_test_key_order(&a->items[i], &b->items[i]);
            if (order != 0) {
                return order;
            }
        }
        return 0;
    default:
        return order_words(a->word, b->word);
    }
}

static size_t leaf_count(const shm_type *type)
{
    size_t count = 0;
    if (type->kind != SHM_STRUCT) {
        return 1;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        count += leaf_count(type->fields[i].type);
    }
    return count;
}

static void add_leaves(const shm_test_value *value, shm_test_entry *entry)
{
    if (value->type->kind == SHM_STRUCT) {
        for (size_t i = 0; i < value->count; i++) {
            add_leaves(&value->items[i], entry);
        }
        return;
    }
    shm_key_part *part = &entry->parts[entry->part_count++];
    switch (value->type->kind) {
    case SHM_STRING:
    case SHM_BYTES:
        *part = shm_key_text(value->text);
        break;
    case SHM_UUID:
        *part = shm_key_text(shm_string_of((const char *)value->uuid.bytes, sizeof(shm_uuid)));
        break;
    case SHM_F32:
    case SHM_F64:
        *part = shm_key_word(shm_key_float(value->number));
        break;
    case SHM_DATETIME:
        *part = shm_key_word((uint64_t)value->datetime.micros);
        break;
    default:
        *part = shm_key_word(value->word);
        break;
    }
}

/* Each part as its length or word, then its text. */
static void write_bytes(shm_test_model *model, shm_test_entry *entry)
{
    size_t size = 0;
    for (size_t i = 0; i < entry->part_count; i++) {
        size += 8 + entry->parts[i].text.length;
    }
    entry->bytes = shm_test_model_alloc(model, size, 1);
    entry->size = size;
    unsigned char *at = entry->bytes;
    for (size_t i = 0; i < entry->part_count; i++) {
        const shm_string text = entry->parts[i].text;
        const uint64_t word = text.data == NULL ? entry->parts[i].word : text.length;
        memcpy(at, &word, 8);
        at += 8;
        if (text.length > 0) {
            memcpy(at, text.data, text.length);
            at += text.length;
        }
    }
}

/* The value at the end of a path; NULL where an optional has none. */
static const shm_test_value *follow(const shm_key_path *path, const shm_test_value *value)
{
    for (size_t i = 0; i < path->step_count; i++) {
        value = &value->items[path->steps[i] - value->type->fields];
        if (value->presence != SHM_PRESENT) {
            return NULL;
        }
    }
    return value;
}

static shm_test_entry *new_entry(shm_test_entries *entries)
{
    if (entries->count == entries->capacity) {
        entries->capacity = 2 * entries->capacity + 16;
        entries->list = realloc(entries->list, entries->capacity * sizeof *entries->list);
        if (entries->list == NULL) {
            abort();
        }
    }
    return memset(&entries->list[entries->count++], 0, sizeof *entries->list);
}

void shm_test_entries_add(shm_test_model *model, const shm_collection *collection,
                          const shm_test_value *row, uint64_t number, shm_test_entries *entries)
{
    size_t elements = 1;
    size_t leaves = 0;
    for (size_t i = 0; i < collection->key_count; i++) {
        const shm_test_value *value = follow(&collection->key[i], row);
        if (value == NULL) {
            return;
        }
        const bool is_list = value->type->kind == SHM_LIST || value->type->kind == SHM_SET;
        elements = is_list ? value->count : elements;
        leaves += leaf_count(is_list ? value->type->element : value->type);
    }
    for (size_t element = 0; element < elements; element++) {
        shm_test_entry *entry = new_entry(entries);
        entry->row = number;
        entry->parts = shm_test_model_alloc(model, leaves, sizeof *entry->parts);
        for (size_t i = 0; i < collection->key_count; i++) {
            const shm_test_value *value = follow(&collection->key[i], row);
            const bool is_list = value->type->kind == SHM_LIST || value->type->kind == SHM_SET;
            add_leaves(is_list ? &value->items[element] : value, entry);
        }
        write_bytes(model, entry);
    }
}

int shm_test_entry_order(const shm_test_entry *a, const shm_test_entry *b)
{
    const shm_string a_bytes = shm_string_of((const char *)a->bytes, a->size);
    const shm_string b_bytes = shm_string_of((const char *)b->bytes, b->size);
    return order_texts(a_bytes, b_bytes);
}

static int order_entries(const void *a, const void *b)
{
    const shm_test_entry *x = a;
    const shm_test_entry *y = b;
    const int order = shm_test_entry_order(x, y);
    return order != 0 ? order : order_words(x->row, y->row);
}

void shm_test_entries_sort(shm_test_entries *entries)
{
    size_t kept = 0;
    if (entries->count > 1) {
        qsort(entries->list, entries->count, sizeof *entries->list, order_entries);
    }
    for (size_t i = 0; i < entries->count; i++) {
        if (kept == 0 || order_entries(&entries->list[kept - 1], &entries->list[i]) != 0) {
            entries->list[kept++] = entries->list[i];
        }
    }
    entries->count = kept;
}
