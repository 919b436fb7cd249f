#include "collections/heap/value_verify.h"

#include <stdio.h>
#include <string.h>

#include <shm/any.h>
#include <shm/builder.h>
#include <shm/text.h>

#include "collections/heap/heap_disk.h"
#include "libshm/error.h"
#include "libshm/utf8.h"

enum { STATE_ABSENT = 0, STATE_PRESENT = 1, STATE_NULL = 2 };

static uint64_t load64(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

shm_status shm_verify_fail(const shm_verifier *verifier, shm_status status, const void *at,
                           const char *text)
{
    const uint64_t offset = (uint64_t)((const unsigned char *)at - verifier->base);
    return shm_fail_at(verifier->error, status, offset,
                       "corrupt image: %s: %s (at byte %llu); build it again or fetch another copy",
                       verifier->where, text, (unsigned long long)offset);
}

static shm_status corrupt(const shm_verifier *verifier, const unsigned char *at, const char *text)
{
    return shm_verify_fail(verifier, SHM_CORRUPT, at, text);
}

shm_status shm_zero_verify(shm_verifier *verifier, const unsigned char *at, uint64_t size)
{
    verifier->operations += 1 + size / 64;
    for (uint64_t i = 0; i < size; i++) {
        if (at[i] != 0) {
            return corrupt(verifier, at + i, "a byte that must be zero is not");
        }
    }
    return SHM_OK;
}

bool shm_text_valid(shm_kind kind, shm_string text)
{
    switch (kind) {
    case SHM_STRING:
        return shm_utf8_valid(text.data, text.length);
    case SHM_DECIMAL:
        return shm_decimal_valid(text);
    case SHM_ANY:
        return shm_any_valid(shm_bytes_of(text.data, text.length), NULL);
    default:
        return true;
    }
}

bool shm_shape_valid(const unsigned char *shape, uint64_t ndim, uint64_t count)
{
    uint64_t product = 1;
    bool is_empty = false;
    if (ndim > SHM_TENSOR_NDIM_MAX) {
        return false;
    }
    for (uint64_t i = 0; i < ndim; i++) {
        const uint64_t extent = load64(shape + 8 * i);
        is_empty = is_empty || extent == 0;
        /* Without its zeros it must fit, too: strides are made of parts of the product. */
        if (extent != 0 && __builtin_mul_overflow(product, extent, &product)) {
            return false;
        }
    }
    return count == (is_empty ? 0 : product);
}

/* H1: the item that the cell at `at` refers to; NULL if there is none of that head. */
static const unsigned char *find_item(const shm_verifier *verifier, const unsigned char *at,
                                      uint64_t head)
{
    /* Offsets are forged: unsigned arithmetic wraps, and what wraps is outside of the heap. */
    const uint64_t cell = (uint64_t)(uintptr_t)at - (uint64_t)(uintptr_t)verifier->heap;
    const uint64_t item = cell + load64(at);
    if (item >= verifier->heap_size || item % SHM_HEAP_ALIGN != 0) {
        return NULL;
    }
    const uint64_t number = item / SHM_HEAP_ALIGN;
    if ((verifier->starts[number / 64] >> (number % 64) & 1) == 0 ||
        load64(verifier->heap + item) != head) {
        return NULL;
    }
    return verifier->heap + item;
}

static void add_nested(shm_verifier *verifier, uint64_t nodes, uint64_t depth)
{
    /* Saturates: what is over the limit stays over it. */
    if (verifier->nodes <= SHM_ITEM_COUNT_MAX) {
        verifier->nodes += nodes;
    }
    if (depth > verifier->depth) {
        verifier->depth = depth;
    }
}

static shm_status verify_reference(shm_verifier *verifier, const unsigned char *at, uint64_t head)
{
    const unsigned char *item = find_item(verifier, at, head);
    if (item == NULL) {
        return corrupt(verifier, at, "a reference does not lead to an earlier item of its type");
    }
    const uint64_t nesting = load64(item + 8);
    add_nested(verifier, nesting & SHM_ITEM_COUNT_MAX, nesting >> SHM_ITEM_ID_SHIFT);
    return SHM_OK;
}

static shm_status verify_short_text(shm_verifier *verifier, shm_kind kind, const unsigned char *at,
                                    uint8_t tag)
{
    const size_t length = (size_t)(SHM_TEXT_SHORT_MAX - tag);
    for (size_t i = length; i < SHM_TEXT_SHORT_MAX; i++) {
        if (at[i] != 0) {
            return corrupt(verifier, at + i, "a byte behind a short text is not zero");
        }
    }
    if (!shm_text_valid(kind, shm_string_of((const char *)at, length))) {
        return corrupt(verifier, at, "a text is not well-formed for its type");
    }
    return SHM_OK;
}

static shm_status verify_text(shm_verifier *verifier, const shm_type *type, const unsigned char *at)
{
    const uint8_t tag = at[SHM_TEXT_SHORT_MAX];
    if (tag <= SHM_TEXT_SHORT_MAX) {
        return verify_short_text(verifier, type->kind, at, tag);
    }
    const uint64_t length = load64(at + 8) & UINT64_C(0x00ffffffffffffff);
    if (tag != SHM_TEXT_FAR_TAG || length > SHM_ITEM_COUNT_MAX) {
        return corrupt(verifier, at, "a text cell has neither form of a text");
    }
    if (find_item(verifier, at, shm_item_head_word(length, type->id)) == NULL) {
        return corrupt(verifier, at, "a text does not lead to an earlier text of its length");
    }
    add_nested(verifier, 1, 1);
    return SHM_OK;
}

static shm_status verify_list(shm_verifier *verifier, const shm_type *type, const unsigned char *at)
{
    const uint64_t count = load64(at + 8);
    if (count == 0) {
        return load64(at) == 0 ? SHM_OK
                               : corrupt(verifier, at, "an empty list, set or dict has an item");
    }
    if (count > SHM_ITEM_COUNT_MAX) {
        return corrupt(verifier, at, "a list, set or dict is longer than any can be");
    }
    return verify_reference(verifier, at, shm_item_head_word(count, type->id));
}

static shm_status verify_tensor(shm_verifier *verifier, const shm_type *type,
                                const unsigned char *at)
{
    const uint64_t count = load64(at + 8);
    if (load64(at) == 0 || count > SHM_ITEM_COUNT_MAX) {
        return load64(at) == 0 && count == 0
                   ? SHM_OK
                   : corrupt(verifier, at, "a tensor has elements but no item");
    }
    return verify_reference(verifier, at, shm_item_head_word(count, type->id));
}

static int64_t enum_value(const shm_type *type, const unsigned char *at)
{
    const bool is_signed = type->element->kind >= SHM_I8 && type->element->kind <= SHM_I64;
    const unsigned unused_bits = (unsigned)(64 - 8 * type->size);
    uint64_t word = 0;
    memcpy(&word, at, type->size);
    return is_signed ? (int64_t)(word << unused_bits) >> unused_bits : (int64_t)word;
}

static bool enum_has(const struct shm_value_plan *plan, int64_t value)
{
    uint64_t low = 0;
    uint64_t high = plan->count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (plan->values[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < plan->count && plan->values[low] == value;
}

static shm_status verify_date(shm_verifier *verifier, const unsigned char *at)
{
    shm_date date;
    memcpy(&date, at, sizeof date);
    return shm_date_valid(date) ? SHM_OK : corrupt(verifier, at, "a date is outside of its years");
}

static shm_status verify_datetime(shm_verifier *verifier, const unsigned char *at)
{
    shm_datetime datetime;
    memcpy(&datetime, at, sizeof datetime);
    const bool zone_fits =
        datetime.zone_given == 1 || (datetime.zone_given == 0 && datetime.zone_minutes == 0);
    if (!zone_fits || datetime.zero != 0 || !shm_datetime_valid(datetime)) {
        return corrupt(verifier, at, "a datetime is outside of its years or its zone is none");
    }
    return SHM_OK;
}

/* The list element's form of an optional: the value, its state, zeros. */
static shm_status verify_optional(shm_verifier *verifier, const struct shm_value_plan *plan,
                                  const unsigned char *at)
{
    const uint64_t value_size = plan->inner->size;
    const uint8_t state = at[value_size];
    if (state > STATE_NULL || (state == STATE_NULL && !plan->type->nullable)) {
        return corrupt(verifier, at + value_size, "an optional is neither present nor absent");
    }
    shm_status status = shm_zero_verify(verifier, at + value_size + 1, plan->size - value_size - 1);
    if (status == SHM_OK) {
        status = state == STATE_PRESENT ? shm_value_verify(verifier, plan->inner, at)
                                        : shm_zero_verify(verifier, at, value_size);
    }
    return status;
}

static shm_status verify_step(shm_verifier *verifier, const struct shm_value_step *step,
                              const unsigned char *at)
{
    uint64_t word;
    switch (step->step) {
    case SHM_STEP_ZERO:
        return shm_zero_verify(verifier, at + step->offset, step->size);
    case SHM_STEP_PRESENCE:
        verifier->operations++;
        word = load64(at + step->offset);
        if ((word & ~step->given) != 0 || ((word & step->null) >> 1 & ~word) != 0) {
            return corrupt(verifier, at + step->offset, "a presence word has a bit of no meaning");
        }
        return SHM_OK;
    case SHM_STEP_VALUE:
        return shm_value_verify(verifier, step->plan, at + step->offset);
    default:
        word = load64(at + step->presence_offset);
        if ((word & step->given) != 0 && (word & step->null) == 0) {
            return shm_value_verify(verifier, step->plan, at + step->offset);
        }
        return shm_zero_verify(verifier, at + step->offset, step->size);
    }
}

static shm_status verify_fields(shm_verifier *verifier, const struct shm_value_plan *plan,
                                const unsigned char *at)
{
    shm_status status = SHM_OK;
    for (uint64_t i = 0; i < plan->count && status == SHM_OK; i++) {
        status = verify_step(verifier, &plan->steps[i], at);
    }
    return status;
}

shm_status shm_value_verify(shm_verifier *verifier, const struct shm_value_plan *plan,
                            const unsigned char *at)
{
    verifier->operations++;
    switch (plan->check) {
    case SHM_CHECK_NOTHING:
        return SHM_OK;
    case SHM_CHECK_BOOL:
        return *at <= 1 ? SHM_OK : corrupt(verifier, at, "a bool is neither 0 nor 1");
    case SHM_CHECK_ENUM:
        return enum_has(plan, enum_value(plan->type, at))
                   ? SHM_OK
                   : corrupt(verifier, at, "an enum has a value that the schema does not name");
    case SHM_CHECK_TEXT:
        return verify_text(verifier, plan->type, at);
    case SHM_CHECK_DATE:
        return verify_date(verifier, at);
    case SHM_CHECK_DATETIME:
        return verify_datetime(verifier, at);
    case SHM_CHECK_REF:
        return load64(at) < plan->count
                   ? SHM_OK
                   : corrupt(verifier, at, "a ref leads past the end of its table");
    case SHM_CHECK_FIELDS:
        return verify_fields(verifier, plan, at);
    case SHM_CHECK_ARRAY:
        return shm_values_verify(verifier, plan->inner, at, plan->count);
    case SHM_CHECK_OPTIONAL:
        return verify_optional(verifier, plan, at);
    case SHM_CHECK_LIST:
        return verify_list(verifier, plan->type, at);
    case SHM_CHECK_TENSOR:
        return verify_tensor(verifier, plan->type, at);
    default:
        return verify_reference(verifier, at, shm_item_head_word(1, plan->type->id));
    }
}

shm_status shm_values_verify(shm_verifier *verifier, const struct shm_value_plan *plan,
                             const unsigned char *at, uint64_t count)
{
    shm_status status = SHM_OK;
    if (plan->check == SHM_CHECK_NOTHING) {
        return SHM_OK;
    }
    for (uint64_t i = 0; i < count && status == SHM_OK; i++) {
        status = shm_value_verify(verifier, plan, at + i * plan->size);
    }
    return status;
}
