/* value.c — values typed at run time.
 *
 * A value is walked in two types at once: the program's says what it means, the stored one where
 * its parts are.  Compatible types have one shape, so both are followed side by side; only the
 * fields of records need looking up. */
#include "collections/dataset/bind.h"
#include "collections/key/word.h"
#include "schema/model/pool.h"

#include <string.h>

bool shm_dataset_row(const shm_dataset *dataset, uint32_t collection, uint64_t row,
                     shm_value *value)
{
    const shm_table table = shm_dataset_table(dataset, collection);
    const shm_index *index = shm_dataset_index(dataset, collection);
    const void *at = shm_table_at(&table, row);
    const bool is_placed = index != NULL && index->is_placed;
    if (at == NULL || (is_placed && !shm_placed_has_row(&index->placed, row))) {
        return false;
    }
    const size_t number = (size_t)(dataset->collections[collection] - dataset->stored.collections);
    value->type = dataset->schema->dataset->collections[collection].record;
    value->stored = dataset->stored.schema->dataset->collections[number].record;
    value->at = at;
    value->dataset = dataset;
    return true;
}

bool shm_dataset_next(const shm_dataset *dataset, uint32_t collection, uint64_t *cursor,
                      shm_value *row)
{
    const uint64_t end = shm_dataset_table(dataset, collection).count;
    while (*cursor < end) {
        if (shm_dataset_row(dataset, collection, (*cursor)++, row)) {
            return true;
        }
    }
    return false;
}

/* The value of `type` in its place at `at`; an optional's presence was seen to. */
static shm_presence enter(const shm_value *outer, const shm_type *type, const shm_type *stored,
                          const void *at, shm_value *inner)
{
    const shm_type *bare = shm_type_bare(type);
    if (bare->kind == SHM_RECORD) {
        at = shm_record_cell_at(at);
        if (at == NULL) {
            return SHM_ABSENT;
        }
    }
    const shm_value entered = {
        .type = bare,
        .stored = shm_type_bare(stored),
        .at = at,
        .dataset = outer->dataset,
    };
    *inner = entered;
    return SHM_PRESENT;
}

static shm_presence field_presence(const shm_field *field, const unsigned char *row)
{
    uint64_t word;
    if (field->type->kind != SHM_OPTIONAL) {
        return SHM_PRESENT;
    }
    memcpy(&word, row + field->presence_offset, sizeof word);
    word >>= field->presence_bit;
    if ((word & 1) == 0) {
        return SHM_ABSENT;
    }
    return field->type->nullable && (word & 2) != 0 ? SHM_IS_NULL : SHM_PRESENT;
}

static shm_presence fallback_field(const shm_value *value, size_t field, shm_value *inner)
{
    const shm_bound_field *bound = &value->dataset->bound_fields[value->type->id][field];
    const shm_type *type = value->type->fields[field].type;
    if (!shm_bound_field_present(bound, value->at)) {
        return SHM_ABSENT;
    }
    return enter(value, type, type, bound->fallback, inner);
}

shm_presence shm_value_field(const shm_value *value, size_t field, shm_value *inner)
{
    size_t number = field;
    if (value->type->kind == SHM_RECORD && value->type != value->stored) {
        number = value->dataset->stored_fields[value->type->id][field];
        if (number == SIZE_MAX) {
            return fallback_field(value, field, inner);
        }
    }
    const shm_field *stored = &value->stored->fields[number];
    const unsigned char *row = value->at;
    const shm_presence presence = field_presence(stored, row);
    if (presence != SHM_PRESENT) {
        return presence;
    }
    return enter(value, value->type->fields[field].type, stored->type, row + stored->offset, inner);
}

uint64_t shm_value_word(const shm_value *value)
{
    const shm_type *stored = value->stored;
    return shm_word_at(stored->kind == SHM_ENUM ? stored->element->kind : stored->kind, value->at);
}

double shm_value_float(const shm_value *value)
{
    return shm_float_at(value->stored->kind, value->at);
}

shm_string shm_value_text(const shm_value *value)
{
    return shm_text_cell_string(value->at);
}

shm_date shm_value_date(const shm_value *value)
{
    shm_date date;
    memcpy(&date, value->at, sizeof date);
    return date;
}

shm_datetime shm_value_datetime(const shm_value *value)
{
    shm_datetime datetime;
    memcpy(&datetime, value->at, sizeof datetime);
    return datetime;
}

shm_uuid shm_value_uuid(const shm_value *value)
{
    shm_uuid uuid;
    memcpy(&uuid, value->at, sizeof uuid);
    return uuid;
}

const char *shm_value_enum_name(const shm_value *value)
{
    const shm_enum_value *found = shm_enum_find(value->type, (int64_t)shm_value_word(value));
    return found == NULL ? NULL : found->name;
}

uint64_t shm_value_count(const shm_value *value)
{
    switch (value->type->kind) {
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
        return ((const shm_list_cell *)value->at)->count;
    case SHM_ARRAY:
        return value->stored->length;
    default:
        return 0;
    }
}

/* Where the elements of a list, set or array, or the values of a dict begin. */
static const unsigned char *first_item(const shm_value *value)
{
    if (value->type->kind == SHM_ARRAY) {
        return value->at;
    }
    if (value->type->kind == SHM_DICT) {
        return shm_dict_cell_values(value->at, value->stored->key->size).items;
    }
    return shm_list_cell_span(value->at).items;
}

shm_presence shm_value_item(const shm_value *value, uint64_t i, shm_value *item)
{
    if (i >= shm_value_count(value)) {
        return SHM_ABSENT;
    }
    const shm_type *stored = value->stored->element;
    const unsigned char *at = first_item(value) + i * stored->size;
    if (stored->kind == SHM_OPTIONAL) {
        const unsigned char state = at[stored->element->size];
        if (state != SHM_PRESENT) {
            return state == SHM_IS_NULL ? SHM_IS_NULL : SHM_ABSENT;
        }
    }
    return enter(value, value->type->element, stored, at, item);
}

void shm_value_dict_key(const shm_value *value, uint64_t i, shm_value *key)
{
    /* Keys are neither optional nor records. */
    const unsigned char *keys = shm_list_cell_span(value->at).items;
    const shm_type *stored = value->stored->key;
    key->type = value->type->key;
    key->stored = stored;
    key->at = keys + i * stored->size;
    key->dataset = value->dataset;
}

shm_tensor shm_value_tensor(const shm_value *value)
{
    return shm_list_cell_tensor(value->at);
}

uint64_t shm_bound_field_word(const shm_bound_field *field, const void *row)
{
    const bool is_stored = field->stored_kind != 0;
    const shm_kind kind = is_stored ? (shm_kind)field->stored_kind : SHM_U64;
    return shm_word_at(kind, shm_bound_field_at(field, row));
}
