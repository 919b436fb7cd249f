/* random_put.c — models into images. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/random_rows.h"

static void put_value(shm_builder *builder, const shm_test_value *value, bool whole);

/* Whether the elements lie in memory as in the image, so that one call can put them all. */
static bool is_plain(const shm_type *type)
{
    switch (type->kind) {
    case SHM_ENUM:
    case SHM_DATE:
    case SHM_UUID:
        return true;
    case SHM_STRUCT:
        for (size_t i = 0; i < type->field_count; i++) {
            if (!is_plain(type->fields[i].type)) {
                return false;
            }
        }
        return true;
    default:
        return type->kind >= SHM_I8 && type->kind <= SHM_F64;
    }
}

static void write_plain(const shm_test_value *value, unsigned char *at)
{
    const shm_type *type = value->type;
    const float small = (float)value->number;
    switch (type->kind) {
    case SHM_F32:
        memcpy(at, &small, sizeof small);
        break;
    case SHM_F64:
        memcpy(at, &value->number, sizeof value->number);
        break;
    case SHM_UUID:
        memcpy(at, &value->uuid, sizeof value->uuid);
        break;
    case SHM_STRUCT:
        memset(at, 0xa5, (size_t)type->size); /* what lies between fields must not matter */
        for (size_t i = 0; i < value->count; i++) {
            write_plain(&value->items[i], at + type->fields[i].offset);
        }
        break;
    default:
        memcpy(at, &value->word, (size_t)type->size);
        break;
    }
}

static void put_whole(shm_builder *builder, const shm_type *element, const shm_test_value *items,
                      size_t count)
{
    unsigned char *elements = malloc(count * (size_t)element->size + 1);
    if (elements == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        write_plain(&items[i], elements + i * element->size);
    }
    shm_put_elements(builder, elements, count);
    free(elements);
}

static void put_items(shm_builder *builder, const shm_test_value *value, bool whole)
{
    const bool is_set = value->type->kind == SHM_SET;
    const shm_test_value *items = is_set ? value->put : value->items;
    const size_t count = is_set ? value->put_count : value->count;
    if (whole && is_plain(value->type->element)) {
        put_whole(builder, value->type->element, items, count);
        return;
    }
    shm_put_begin(builder);
    for (size_t i = 0; i < count; i++) {
        put_value(builder, &items[i], whole);
    }
    shm_put_end(builder);
}

static void put_dict(shm_builder *builder, const shm_test_value *value, bool whole)
{
    shm_put_begin(builder);
    for (size_t i = 0; i < value->put_count; i++) {
        put_value(builder, &value->put[i], whole);
        put_value(builder, &value->items[value->put_places[i]], whole);
    }
    shm_put_end(builder);
}

static void put_fields(shm_builder *builder, const shm_test_value *value, bool whole)
{
    bool skipped = false;
    for (size_t i = 0; i < value->count; i++) {
        if (value->items[i].omitted) {
            skipped = true;
            continue;
        }
        if (skipped) {
            shm_put_field(builder, i);
        }
        skipped = false;
        put_value(builder, &value->items[i], whole);
    }
}

static void put_number(shm_builder *builder, const shm_test_value *value)
{
    const shm_type *type = value->type;
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    if (kind >= SHM_I8 && kind <= SHM_I64) {
        shm_put_int(builder, (int64_t)value->word);
    } else {
        shm_put_uint(builder, value->word);
    }
}

static void put_present(shm_builder *builder, const shm_test_value *value, bool whole)
{
    switch (value->type->kind) {
    case SHM_BOOL:
        shm_put_bool(builder, value->word != 0);
        break;
    case SHM_F32:
    case SHM_F64:
        shm_put_float(builder, value->number);
        break;
    case SHM_STRING:
    case SHM_DECIMAL:
        shm_put_text(builder, value->text);
        break;
    case SHM_BYTES:
    case SHM_ANY:
        shm_put_bytes(builder, shm_bytes_of(value->text.data, value->text.length));
        break;
    case SHM_DATE:
        shm_put_date(builder, (shm_date){.days = (int32_t)(int64_t)value->word});
        break;
    case SHM_DATETIME:
        shm_put_datetime(builder, value->datetime);
        break;
    case SHM_UUID:
        shm_put_uuid(builder, value->uuid);
        break;
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
        shm_put_begin(builder);
        put_fields(builder, value, whole);
        shm_put_end(builder);
        break;
    case SHM_LIST:
    case SHM_SET:
    case SHM_ARRAY:
        put_items(builder, value, whole);
        break;
    case SHM_DICT:
        put_dict(builder, value, whole);
        break;
    case SHM_TENSOR:
        shm_put_tensor(builder, value->text.data, value->shape, value->ndim);
        break;
    default:
        put_number(builder, value);
        break;
    }
}

static void put_value(shm_builder *builder, const shm_test_value *value, bool whole)
{
    if (value->presence == SHM_PRESENT) {
        put_present(builder, value, whole);
    } else if (value->presence == SHM_IS_NULL) {
        shm_put_null(builder);
    } else {
        shm_put_absent(builder);
    }
}

static void check(shm_status status, const char *what, uint64_t row, const shm_error *error)
{
    if (status != SHM_OK) {
        fprintf(stderr, "%s, row %llu: %s: %s\n", what, (unsigned long long)row,
                shm_status_name(status), error->text);
        abort();
    }
}

void shm_test_put_row(shm_builder *builder, const shm_test_rows *rows, uint64_t row, bool whole)
{
    uint64_t number = 0;
    shm_error error;
    shm_builder_row_begin(builder, rows->collection->number);
    put_fields(builder, rows->rows[row], whole);
    check(shm_builder_row_end(builder, &number, &error), rows->collection->name, row, &error);
}

/* A tensor: `piece` elements in each call. */
static void put_tensor(shm_builder *builder, const shm_test_rows *rows, size_t piece)
{
    const uint32_t number = rows->collection->number;
    const shm_test_value *tensor = rows->tensor;
    const size_t size = (size_t)rows->collection->element->size;
    const size_t count = tensor->text.length / size;
    shm_error error;
    check(shm_builder_tensor_begin(builder, number, tensor->shape, tensor->ndim, &error),
          rows->collection->name, 0, &error);
    for (size_t done = 0; done < count; done += piece) {
        const size_t now = count - done < piece ? count - done : piece;
        check(shm_builder_tensor_add(builder, number, tensor->text.data + done * size, now, &error),
              rows->collection->name, done, &error);
    }
}

/* Puts at most `most` things of a collection that are not in yet; answers how many. */
static uint64_t put_some(shm_builder *builder, const shm_test_rows *rows, uint64_t *done,
                         uint64_t most, bool whole)
{
    uint64_t count = 0;
    if (rows->tensor != NULL && *done == 0) {
        put_tensor(builder, rows, most < 7 ? 7 : 1000);
        *done = 1;
        return 1;
    }
    for (; count < most && *done < rows->count; count++) {
        shm_test_put_row(builder, rows, (*done)++, whole);
    }
    return count;
}

static void put_mixed(shm_test_model *model, shm_builder *builder, const shm_test_build *build,
                      uint64_t *done)
{
    const size_t collection_count = model->schema->dataset->collection_count;
    uint64_t left = 0;
    model->state = build->order;
    for (size_t i = 0; i < collection_count; i++) {
        const shm_test_rows *rows = &model->collections[i];
        left += rows->tensor != NULL ? 1 : rows->count;
    }
    while (left > 0) {
        const size_t which = (size_t)shm_test_below(model, collection_count);
        left -= put_some(builder, &model->collections[which], &done[which],
                         1 + shm_test_below(model, 30), build->whole);
    }
}

shm_builder *shm_test_model_put(shm_test_model *model, const shm_test_build *build)
{
    const shm_build_options options = {.memory_bytes = build->memory_bytes, .jobs = build->jobs};
    const size_t collection_count = model->schema->dataset->collection_count;
    shm_builder *builder = NULL;
    shm_error error;
    uint64_t *done = calloc(collection_count + 1, sizeof *done);
    if (done == NULL) {
        abort();
    }
    check(shm_builder_open(model->schema, &options, &builder, &error), "open", 0, &error);
    if (build->order != 0 && collection_count > 0) {
        put_mixed(model, builder, build, done);
    }
    for (size_t i = 0; i < collection_count; i++) {
        put_some(builder, &model->collections[i], &done[i], UINT64_MAX, build->whole);
    }
    free(done);
    return builder;
}

struct shm_test_image shm_test_model_build(shm_test_model *model, const shm_test_build *build)
{
    shm_builder *builder = shm_test_model_put(model, build);
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    return image;
}
