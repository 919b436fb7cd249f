/* add_dataset.c — what an open dataset holds, put into a build once more. */
#include <stdlib.h>

#include "collections/dataset/builder.h"
#include "collections/dataset/elements.h"
#include "libshm/error.h"

/* How far the row numbers in references shift: by the rows that the build had of their table. */
struct shift {
    shm_builder *builder;
    const uint64_t *rows_before; /* by type id of a record in the dataset's schema */
};

static void put_value(const struct shift *shift, const shm_value *value);

static void put_held(const struct shift *shift, shm_presence presence, const shm_value *value)
{
    switch (presence) {
    case SHM_PRESENT:
        put_value(shift, value);
        break;
    case SHM_IS_NULL:
        shm_put_null(shift->builder);
        break;
    case SHM_ABSENT:
        shm_put_absent(shift->builder);
        break;
    }
}

static void put_fields(const struct shift *shift, const shm_value *value)
{
    shm_value field;
    for (size_t i = 0; i < value->type->field_count; i++) {
        const shm_presence presence = shm_value_field(value, i, &field);
        put_held(shift, presence, &field);
    }
}

/* Elements that lie as the build's own go in with one call. */
static void put_elements(const struct shift *shift, const shm_value *value)
{
    const uint64_t count = shm_value_count(value);
    if (shm_element_is_number(value->type->element)) {
        const void *items =
            value->type->kind == SHM_ARRAY ? value->at : shm_list_cell_span(value->at).items;
        shm_put_elements(shift->builder, items, (size_t)count);
        return;
    }
    shm_put_begin(shift->builder);
    for (uint64_t i = 0; i < count; i++) {
        shm_value item;
        const shm_presence presence = shm_value_item(value, i, &item);
        put_held(shift, presence, &item);
    }
    shm_put_end(shift->builder);
}

static void put_pairs(const struct shift *shift, const shm_value *value)
{
    const uint64_t count = shm_value_count(value);
    shm_put_begin(shift->builder);
    for (uint64_t i = 0; i < count; i++) {
        shm_value inner;
        shm_value_dict_key(value, i, &inner);
        put_value(shift, &inner);
        const shm_presence presence = shm_value_item(value, i, &inner);
        put_held(shift, presence, &inner);
    }
    shm_put_end(shift->builder);
}

static void put_integer(shm_builder *builder, const shm_value *value)
{
    const shm_type *type = value->type->kind == SHM_ENUM ? value->type->element : value->type;
    const uint64_t word = shm_value_word(value);
    if (type->kind <= SHM_I64) {
        shm_put_int(builder, (int64_t)word);
    } else {
        shm_put_uint(builder, word);
    }
}

static void put_text(shm_builder *builder, const shm_value *value)
{
    const shm_string text = shm_value_text(value);
    if (value->type->kind == SHM_BYTES) {
        shm_put_bytes(builder, shm_bytes_of(text.data, text.length));
    } else {
        shm_put_text(builder, text);
    }
}

static void put_tensor(shm_builder *builder, const shm_value *value)
{
    const uint64_t empty = 0;
    const shm_tensor tensor = shm_value_tensor(value);
    shm_put_tensor(builder, tensor.data, tensor.shape == NULL ? &empty : tensor.shape, tensor.ndim);
}

static void put_value(const struct shift *shift, const shm_value *value)
{
    shm_builder *builder = shift->builder;
    switch (value->type->kind) {
    case SHM_BOOL:
        shm_put_bool(builder, shm_value_word(value) != 0);
        break;
    case SHM_F32:
    case SHM_F64:
        shm_put_float(builder, shm_value_float(value));
        break;
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
    case SHM_ANY:
        put_text(builder, value);
        break;
    case SHM_DATE:
        shm_put_date(builder, shm_value_date(value));
        break;
    case SHM_DATETIME:
        shm_put_datetime(builder, shm_value_datetime(value));
        break;
    case SHM_UUID:
        shm_put_uuid(builder, shm_value_uuid(value));
        break;
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
        shm_put_begin(builder);
        put_fields(shift, value);
        shm_put_end(builder);
        break;
    case SHM_REF:
        shm_put_uint(builder, shift->rows_before[value->type->element->id] + shm_value_word(value));
        break;
    case SHM_LIST:
    case SHM_SET:
    case SHM_ARRAY:
        put_elements(shift, value);
        break;
    case SHM_DICT:
        put_pairs(shift, value);
        break;
    case SHM_TENSOR:
        put_tensor(builder, value);
        break;
    default:
        put_integer(builder, value);
        break;
    }
}

static void add_rows(const struct shift *shift, const shm_dataset *dataset, uint32_t collection)
{
    shm_builder *builder = shift->builder;
    shm_value row;
    for (uint64_t cursor = 0; shm_dataset_next(dataset, collection, &cursor, &row);) {
        shm_builder_row_begin(builder, collection);
        put_fields(shift, &row);
        if (shm_builder_row_end(builder, NULL, NULL) != SHM_OK) {
            return;
        }
    }
}

static void add_tensor(shm_builder *builder, const shm_dataset *dataset, uint32_t collection)
{
    shm_tensor tensor;
    const bool is_empty = !shm_dataset_tensor(dataset, collection, &tensor) ||
                          (tensor.ndim == 1 && tensor.count == 0);
    if (is_empty || !shm_tensor_extend(builder, collection, tensor.shape, tensor.ndim)) {
        return;
    }
    /* What fails is kept by the builder. */
    (void)!shm_builder_tensor_add(builder, collection, tensor.data, tensor.count, NULL);
}

static void add_collections(const struct shift *shift, const shm_dataset *dataset)
{
    const shm_dataset_type *type = shift->builder->schema->dataset;
    for (uint32_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (shift->builder->failure.status != SHM_OK) {
            return;
        }
        if (collection->kind == SHM_TENSOR_OF) {
            add_tensor(shift->builder, dataset, i);
        } else if (collection->table == NULL) {
            add_rows(shift, dataset, i);
        }
    }
}

/* Counts the rows of the tables as they are now. */
static void count_rows(const shm_builder *builder, const shm_schema *schema, uint64_t *counts)
{
    const shm_dataset_type *type = schema->dataset;
    for (size_t i = 0; i < type->collection_count; i++) {
        if (type->collections[i].kind == SHM_TABLE) {
            counts[type->collections[i].record->id] = builder->collections[i].rows.count;
        }
    }
}

shm_status shm_builder_add_dataset(shm_builder *builder, const shm_dataset *dataset,
                                   shm_error *error)
{
    const shm_schema *schema = shm_dataset_schema(dataset);
    if (builder->failure.status != SHM_OK) {
        return shm_builder_answer(builder, error);
    }
    if (!shm_string_equal(schema->text, builder->schema->text)) {
        return shm_fail(error, SHM_SCHEMA_MISMATCH,
                        "the dataset is read under another schema than the one that is built");
    }
    uint64_t *counts = calloc(schema->type_count + 1, sizeof *counts);
    if (counts == NULL) {
        return shm_fail_memory(error);
    }
    count_rows(builder, schema, counts);
    const struct shift shift = {builder, counts};
    add_collections(&shift, dataset);
    free(counts);
    return shm_builder_answer(builder, error);
}
