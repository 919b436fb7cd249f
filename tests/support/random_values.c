/* random_values.c — values with values in them. */
#include <stdlib.h>
#include <string.h>

#include "tests/support/random_rows.h"

enum { POOL_SIZE = 8, HEIGHT_MAX = 40, DEPTH_MAX = 30 };

struct shm_test_pool {
    shm_test_value values[POOL_SIZE];
    uint64_t count; /* ever put in */
};

void shm_test_pools_make(shm_test_model *model)
{
    model->pools = shm_test_model_alloc(model, model->schema->type_count, sizeof *model->pools);
}

static void make_optional(shm_test_model *model, const shm_type *type, unsigned depth,
                          shm_test_value *value)
{
    const bool may =
        model->budget > 0 && depth < DEPTH_MAX && shm_test_is_possible(model, type->element);
    if (may && shm_test_below(model, 3) != 0) {
        shm_test_value_make(model, type->element, depth, value);
        return;
    }
    value->type = type->element;
    value->presence = type->nullable && shm_test_below(model, 2) == 0 ? SHM_IS_NULL : SHM_ABSENT;
    value->nodes = 1;
}

static void take_default(shm_test_model *model, const shm_field *field, shm_test_value *value)
{
    const shm_type *type = field->type->kind == SHM_OPTIONAL ? field->type->element : field->type;
    const uint64_t bits = field->value.bits;
    memset(value, 0, sizeof *value);
    value->type = type;
    value->presence = SHM_PRESENT;
    value->omitted = true;
    value->nodes = 1;
    switch (type->kind) {
    case SHM_F32:
    case SHM_F64:
        memcpy(&value->number, &bits, sizeof bits);
        break;
    case SHM_DATETIME:
        value->datetime.micros = (int64_t)bits;
        value->datetime.zone_minutes = field->value.zone_minutes;
        value->datetime.zone_given = field->value.zone_given;
        break;
    case SHM_UUID:
        memcpy(value->uuid.bytes, field->value.text.data, sizeof value->uuid.bytes);
        break;
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
        value->text.data = shm_test_model_alloc(model, field->value.text.length + 1, 1);
        value->text.length = field->value.text.length;
        memcpy((char *)(uintptr_t)value->text.data, field->value.text.data, value->text.length);
        break;
    default:
        value->word = bits;
        break;
    }
}

/* Whether leaving the field out means the same. */
static bool says_nothing(const shm_field *field, const shm_test_value *value)
{
    switch (value->type->kind) {
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
        return field->type->kind != SHM_OPTIONAL && value->count == 0;
    case SHM_ANY:
        return field->type->kind != SHM_OPTIONAL && value->text.length == 0;
    default:
        return false;
    }
}

static void make_fields(shm_test_model *model, const shm_type *type, unsigned depth,
                        shm_test_value *value)
{
    value->count = type->field_count;
    value->items = shm_test_model_alloc(model, value->count, sizeof *value->items);
    for (size_t i = 0; i < value->count; i++) {
        const shm_field *field = &type->fields[i];
        shm_test_value *item = &value->items[i];
        if (field->has_default && shm_test_below(model, 4) == 0) {
            take_default(model, field, item);
            continue;
        }
        shm_test_value_make(model, field->type, depth + 1, item);
        item->omitted = false; /* it may be another one's copy */
        if (type->kind == SHM_RECORD && !field->has_default && shm_test_below(model, 2) == 0) {
            item->omitted = item->presence == SHM_ABSENT || says_nothing(field, item);
        }
    }
}

static uint64_t random_count(shm_test_model *model, const shm_type *type, unsigned depth)
{
    if (type->kind == SHM_ARRAY) {
        return type->length;
    }
    if (model->budget == 0 || depth >= DEPTH_MAX || !shm_test_is_possible(model, type->element)) {
        return 0;
    }
    return shm_test_below(model, 30) == 0 ? shm_test_below(model, 40) : shm_test_below(model, 4);
}

static void swap_values(shm_test_value *a, shm_test_value *b)
{
    const shm_test_value kept = *a;
    *a = *b;
    *b = kept;
}

/* Puts a key into its place among `count` sorted ones, with its value in `items` unless that is the
 * same array; answers false if it is there already. */
static bool insert_key(shm_test_value *keys, shm_test_value *items, size_t count)
{
    size_t place = count;
    for (size_t i = 0; i < count; i++) {
        if (shm_test_key_order(&keys[i], &keys[count]) == 0) {
            return false;
        }
    }
    for (; place > 0 && shm_test_key_order(&keys[place - 1], &keys[place]) > 0; place--) {
        swap_values(&keys[place - 1], &keys[place]);
        if (items != keys) {
            swap_values(&items[place - 1], &items[place]);
        }
    }
    return true;
}

static void make_set(shm_test_model *model, const shm_type *type, unsigned depth,
                     shm_test_value *value)
{
    const uint64_t count = random_count(model, type, depth);
    value->items = shm_test_model_alloc(model, count, sizeof *value->items);
    value->put = shm_test_model_alloc(model, count, sizeof *value->put);
    for (; value->put_count < count; value->put_count++) {
        shm_test_value *put = &value->put[value->put_count];
        shm_test_value_make(model, type->element, depth + 1, put);
        value->items[value->count] = *put;
        value->count += insert_key(value->items, value->items, value->count);
    }
}

static void make_dict(shm_test_model *model, const shm_type *type, unsigned depth,
                      shm_test_value *value)
{
    const uint64_t count = random_count(model, type, depth);
    value->keys = shm_test_model_alloc(model, count, sizeof *value->keys);
    value->items = shm_test_model_alloc(model, count, sizeof *value->items);
    value->put = shm_test_model_alloc(model, count, sizeof *value->put);
    value->put_places = shm_test_model_alloc(model, count, sizeof *value->put_places);
    for (uint64_t i = 0; i < count; i++) {
        shm_test_value *key = &value->keys[value->count];
        shm_test_value_make(model, type->key, depth + 1, key);
        shm_test_value_make(model, type->element, depth + 1, &value->items[value->count]);
        value->put[value->put_count] = *key;
        if (insert_key(value->keys, value->items, value->count)) {
            value->count++;
            value->put_count++;
        }
    }
    for (size_t i = 0; i < value->put_count; i++) {
        for (size_t j = 0; j < value->count; j++) {
            if (shm_test_key_order(&value->put[i], &value->keys[j]) == 0) {
                value->put_places[i] = j;
            }
        }
    }
}

static void make_items(shm_test_model *model, const shm_type *type, unsigned depth,
                       shm_test_value *value)
{
    value->count = random_count(model, type, depth);
    value->items = shm_test_model_alloc(model, value->count, sizeof *value->items);
    for (size_t i = 0; i < value->count; i++) {
        shm_test_value_make(model, type->element, depth + 1, &value->items[i]);
    }
}

void shm_test_tensor_make(shm_test_model *model, const shm_type *element, uint64_t longest,
                          shm_test_value *value)
{
    static const struct {
        uint64_t shape[3];
        size_t ndim;
    } shapes[] = {{{0}, 1},       {{1}, 1}, {{5}, 1},      {{2, 3}, 2},
                  {{4, 0, 2}, 3}, {{0}, 0}, {{1, 7, 2}, 3}};
    const size_t which = (size_t)shm_test_below(model, sizeof shapes / sizeof *shapes);
    uint64_t count = 1;
    value->ndim = shapes[which].ndim;
    value->shape = shm_test_model_alloc(model, value->ndim, sizeof *value->shape);
    for (size_t i = 0; i < value->ndim; i++) {
        value->shape[i] = shapes[which].shape[i];
        value->shape[i] = value->shape[i] == 5 ? longest : value->shape[i];
        count *= value->shape[i];
    }
    unsigned char *elements = shm_test_model_alloc(model, count, (size_t)element->size);
    for (uint64_t i = 0; i < count; i++) {
        unsigned char *at = elements + i * element->size;
        shm_test_value number = {.type = element};
        shm_test_scalar_make(model, element, &number);
        const float small = (float)number.number;
        const void *from = element->kind == SHM_F32   ? (const void *)&small
                           : element->kind == SHM_F64 ? (const void *)&number.number
                                                      : (const void *)&number.word;
        memcpy(at, from, (size_t)element->size);
    }
    value->text = shm_string_of((const char *)elements, (size_t)(count * element->size));
}

static void make_new(shm_test_model *model, const shm_type *type, unsigned depth,
                     shm_test_value *value)
{
    switch (type->kind) {
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
        make_fields(model, type, depth, value);
        break;
    case SHM_LIST:
    case SHM_ARRAY:
        make_items(model, type, depth, value);
        break;
    case SHM_SET:
        make_set(model, type, depth, value);
        break;
    case SHM_DICT:
        make_dict(model, type, depth, value);
        break;
    case SHM_TENSOR:
        shm_test_tensor_make(model, type->element, 5, value);
        break;
    default:
        shm_test_scalar_make(model, type, value);
        break;
    }
}

static void measure(shm_test_value *value)
{
    value->nodes = 1;
    value->height = 0;
    for (size_t i = 0; i < value->count; i++) {
        const shm_test_value *item = &value->items[i];
        value->nodes += item->nodes + (value->keys == NULL ? 0 : value->keys[i].nodes);
        value->height = item->height + 1 > value->height ? item->height + 1 : value->height;
    }
}

void shm_test_value_make(shm_test_model *model, const shm_type *type, unsigned depth,
                         shm_test_value *value)
{
    struct shm_test_pool *pool = &model->pools[type->id];
    memset(value, 0, sizeof *value);
    if (type->kind == SHM_OPTIONAL) {
        make_optional(model, type, depth, value);
        return;
    }
    if (pool->count > 0 && shm_test_below(model, 4) == 0) {
        const uint64_t full = pool->count < POOL_SIZE ? pool->count : POOL_SIZE;
        const shm_test_value *again = &pool->values[shm_test_below(model, full)];
        if (again->height + depth < HEIGHT_MAX && again->nodes <= model->budget) {
            model->budget -= again->nodes;
            *value = *again;
            return;
        }
    }
    value->type = type;
    value->presence = SHM_PRESENT;
    model->budget -= model->budget > 0;
    make_new(model, type, depth, value);
    measure(value);
    pool->values[pool->count++ % POOL_SIZE] = *value;
}
