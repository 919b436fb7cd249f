/* put_elements.c — whole lists, arrays and tensors that lie in memory as they will in the image. */
#include <stdlib.h>
#include <string.h>

#include <shm/text.h>

#include "collections/dataset/builder.h"
#include "collections/dataset/elements.h"
#include "collections/key/word.h"

/* Whether values of the type can be copied from memory: no cells, no optionals. */
static bool is_plain(const shm_type *type)
{
    if (type->has_cells || type->kind == SHM_OPTIONAL) {
        return false;
    }
    if (type->kind == SHM_ARRAY) {
        return is_plain(type->element);
    }
    if (type->kind == SHM_STRUCT || type->kind == SHM_TUPLE) {
        for (size_t i = 0; i < type->field_count; i++) {
            if (!is_plain(type->fields[i].type)) {
                return false;
            }
        }
    }
    return true;
}

bool shm_element_is_number(const shm_type *type)
{
    return (type->kind >= SHM_I8 && type->kind <= SHM_F64) || type->kind == SHM_UUID;
}

static bool check_enum(shm_builder *builder, const shm_type *type, const unsigned char *at)
{
    const uint64_t word = shm_word_at(type->element->kind, at);
    for (size_t i = 0; i < type->value_count; i++) {
        if ((uint64_t)type->values[i].value == word) {
            return true;
        }
    }
    char text[SHM_INTEGER_TEXT_BYTES];
    if (type->element->kind == SHM_U64) {
        shm_u64_text(word, text);
    } else {
        shm_i64_text((int64_t)word, text);
    }
    shm_builder_fail(builder, SHM_INVALID, "unknown value %s of enum %s", text, type->name);
    return false;
}

static bool check_time(shm_builder *builder, const shm_type *type, const unsigned char *at)
{
    shm_date date;
    shm_datetime datetime;
    bool is_valid;
    if (type->kind == SHM_DATE) {
        memcpy(&date, at, sizeof date);
        is_valid = shm_date_valid(date);
    } else {
        memcpy(&datetime, at, sizeof datetime);
        is_valid = datetime.zero == 0 && shm_datetime_valid(datetime);
    }
    if (!is_valid) {
        shm_builder_fail(builder, SHM_INVALID, "not a %s of the years 1 to 9999",
                         type->kind == SHM_DATE ? "date" : "datetime");
    }
    return is_valid;
}

static bool check_value(shm_builder *builder, const shm_type *type, unsigned char *at);

/* Checks the fields, and makes the bytes between them zero. */
static bool check_fields(shm_builder *builder, const shm_type *type, unsigned char *at)
{
    uint64_t end = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        memset(at + end, 0, (size_t)(field->offset - end));
        if (!check_value(builder, field->type, at + field->offset)) {
            return false;
        }
        end = field->offset + field->type->size;
    }
    memset(at + end, 0, (size_t)(type->size - end));
    return true;
}

static bool check_value(shm_builder *builder, const shm_type *type, unsigned char *at)
{
    switch (type->kind) {
    case SHM_BOOL:
        if (*at > 1) {
            shm_builder_fail(builder, SHM_INVALID, "%d is not a bool (0 or 1)", *at);
            return false;
        }
        return true;
    case SHM_ENUM:
        return check_enum(builder, type, at);
    case SHM_DATE:
    case SHM_DATETIME:
        return check_time(builder, type, at);
    case SHM_REF:
        return shm_ref_note(builder, type, shm_word_at(SHM_REF, at));
    case SHM_STRUCT:
    case SHM_TUPLE:
        return check_fields(builder, type, at);
    case SHM_ARRAY:
        for (uint64_t i = 0; i < type->length; i++) {
            if (!check_value(builder, type->element, at + i * type->element->size)) {
                return false;
            }
        }
        return true;
    default:
        shm_nan_settle(type->kind, at, 1, type->size);
        return true;
    }
}

/* Copies the elements to `at` and checks them there. */
static bool take_elements(shm_builder *builder, const shm_type *type, unsigned char *at,
                          const void *elements, size_t count)
{
    if (count > 0 && type->size > 0) {
        memcpy(at, elements, count * (size_t)type->size);
    }
    if (shm_element_is_number(type)) {
        shm_nan_settle(type->kind, at, count, type->size);
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        shm_frame_top(builder)->current = i;
        if (!check_value(builder, type, at + i * type->size)) {
            return false;
        }
    }
    return true;
}

void shm_put_elements(shm_builder *builder, const void *elements, size_t count)
{
    struct shm_slot slot;
    if (!shm_slot_open(builder, "elements", SHM_PRESENT, &slot)) {
        return;
    }
    const shm_type *type = slot.type;
    size_t bytes;
    if ((type->kind != SHM_LIST && type->kind != SHM_SET && type->kind != SHM_ARRAY) ||
        !is_plain(type->element)) {
        shm_put_wrong_kind(builder, type, "elements");
        return;
    }
    if (__builtin_mul_overflow((size_t)type->element->size, count, &bytes)) {
        shm_builder_fail_memory(builder);
        return;
    }
    if (!shm_frame_open(builder, type, slot.at)) {
        return;
    }
    shm_frame *frame = shm_frame_top(builder);
    frame->next = count;
    if (type->kind == SHM_ARRAY) {
        if (count == type->length &&
            !take_elements(builder, type->element, slot.at, elements, count)) {
            return;
        }
    } else {
        unsigned char *at = shm_part_add(builder, &frame->parts[SHM_PART_VALUES], bytes);
        if (at == NULL || !take_elements(builder, type->element, at, elements, count)) {
            return;
        }
    }
    shm_put_end(builder);
}

bool shm_shape_count(const uint64_t *shape, size_t ndim, uint64_t *count)
{
    uint64_t product = 1;
    bool is_empty = false;
    for (size_t i = 0; i < ndim; i++) {
        is_empty = is_empty || shape[i] == 0;
        if (shape[i] != 0 && __builtin_mul_overflow(product, shape[i], &product)) {
            return false;
        }
    }
    *count = is_empty ? 0 : product;
    return product <= SHM_ITEM_COUNT_MAX;
}

static void put_tensor(shm_builder *builder, const struct shm_slot *slot, const void *elements,
                       const uint64_t *shape, size_t ndim, uint64_t count)
{
    const size_t element_size = (size_t)slot->type->element->size;
    const size_t shape_size = 8 + 8 * ndim;
    shm_scratch_item *item =
        count > (SIZE_MAX >> 2) / element_size
            ? NULL
            : shm_scratch_item_make(&builder->scratch, slot->type, count,
                                    shape_size + (size_t)count * element_size, 0);
    if (item == NULL) {
        shm_builder_fail_memory(builder);
        return;
    }
    const uint64_t ndim_word = ndim;
    unsigned char *at = item->bytes + SHM_ITEM_HEAD_BYTES;
    memcpy(at, &ndim_word, sizeof ndim_word);
    if (ndim > 0) {
        memcpy(at + 8, shape, 8 * ndim);
    }
    if (!take_elements(builder, slot->type->element, at + shape_size, elements, (size_t)count)) {
        return;
    }
    memcpy(slot->at + offsetof(shm_list_cell, count), &count, sizeof count);
    (void)shm_slot_link(builder, slot->at, item);
}

void shm_put_tensor(shm_builder *builder, const void *elements, const uint64_t *shape, size_t ndim)
{
    struct shm_slot slot;
    uint64_t count;
    if (!shm_slot_open(builder, "a tensor", SHM_PRESENT, &slot)) {
        return;
    }
    if (slot.type->kind != SHM_TENSOR) {
        shm_put_wrong_kind(builder, slot.type, "a tensor");
        return;
    }
    if (ndim > SHM_TENSOR_NDIM_MAX || !shm_shape_count(shape, ndim, &count)) {
        shm_builder_fail(builder, SHM_LIMIT,
                         "a tensor of %zu dimensions or too many elements (at most %d, 2^48)", ndim,
                         SHM_TENSOR_NDIM_MAX);
        return;
    }
    if (ndim == 1 && count == 0) {
        return; /* the shape [0]: the cell stays zero (H2) */
    }
    if (builder->item_depth == SHM_NESTING_DEPTH_MAX) {
        shm_builder_fail(builder, SHM_LIMIT, "nested deeper than %d values", SHM_NESTING_DEPTH_MAX);
        return;
    }
    put_tensor(builder, &slot, elements, shape, ndim, count);
}
