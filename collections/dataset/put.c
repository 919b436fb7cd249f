/* put.c — scalars into their places. */
#include <float.h>
#include <string.h>

#include <shm/text.h>

#include "collections/dataset/builder.h"

void shm_put_wrong_kind(shm_builder *builder, const shm_type *type, const char *what)
{
    char expected[256];
    shm_type_text(type, expected, sizeof expected);
    shm_builder_fail(builder, SHM_INVALID, "%s where %s is expected", what, expected);
}

/* A value with its sign apart: what every integer put is, whatever its type. */
struct integer {
    bool is_negative; /* then `bits` are those of the i64 */
    uint64_t bits;
};

struct range {
    int64_t least;
    uint64_t greatest;
};

/* The range of an integer kind; NULL for other kinds. */
static const struct range *integer_range(shm_kind kind)
{
    static const struct range ranges[] = {
        [SHM_I8] = {INT8_MIN, INT8_MAX},    [SHM_I16] = {INT16_MIN, INT16_MAX},
        [SHM_I32] = {INT32_MIN, INT32_MAX}, [SHM_I64] = {INT64_MIN, INT64_MAX},
        [SHM_U8] = {0, UINT8_MAX},          [SHM_U16] = {0, UINT16_MAX},
        [SHM_U32] = {0, UINT32_MAX},        [SHM_U64] = {0, UINT64_MAX},
    };
    return kind >= SHM_I8 && kind <= SHM_U64 ? &ranges[kind] : NULL;
}

static const char *integer_text(struct integer value, char text[SHM_INTEGER_TEXT_BYTES])
{
    if (value.is_negative) {
        shm_i64_text((int64_t)value.bits, text);
    } else {
        shm_u64_text(value.bits, text);
    }
    return text;
}

static bool in_range(struct integer value, const struct range *range)
{
    return value.is_negative ? (int64_t)value.bits >= range->least : value.bits <= range->greatest;
}

/* Stores the low bytes: little-endian, as the image is. */
static void store(unsigned char *at, uint64_t word, uint64_t size)
{
    switch (size) {
    case 1:
        memcpy(at, &word, 1);
        break;
    case 2:
        memcpy(at, &word, 2);
        break;
    case 4:
        memcpy(at, &word, 4);
        break;
    default:
        memcpy(at, &word, 8);
    }
}

static void fail_range(shm_builder *builder, const shm_type *type, struct integer value,
                       const struct range *range)
{
    char text[SHM_INTEGER_TEXT_BYTES];
    char name[64];
    shm_type_text(type, name, sizeof name);
    shm_builder_fail(builder, SHM_INVALID, "%s is out of range for %s (%lld to %llu)",
                     integer_text(value, text), name, (long long)range->least,
                     (unsigned long long)range->greatest);
}

static void put_enum(shm_builder *builder, const struct shm_slot *slot, struct integer value)
{
    const struct range *range = integer_range(slot->type->element->kind);
    if (range != NULL && in_range(value, range)) {
        for (size_t i = 0; i < slot->type->value_count; i++) {
            if ((uint64_t)slot->type->values[i].value == value.bits) {
                store(slot->at, value.bits, slot->type->size);
                return;
            }
        }
    }
    char text[SHM_INTEGER_TEXT_BYTES];
    shm_builder_fail(builder, SHM_INVALID, "unknown value %s of enum %s", integer_text(value, text),
                     slot->type->name);
}

static void put_ref(shm_builder *builder, const struct shm_slot *slot, struct integer value)
{
    if (value.is_negative) {
        char text[SHM_INTEGER_TEXT_BYTES];
        shm_builder_fail(builder, SHM_INVALID, "%s is not a row number", integer_text(value, text));
        return;
    }
    if (shm_ref_note(builder, slot->type, value.bits)) {
        memcpy(slot->at, &value.bits, sizeof value.bits);
    }
}

static void put_integer(shm_builder *builder, struct integer value)
{
    struct shm_slot slot;
    if (!shm_slot_open(builder, "an integer", SHM_PRESENT, &slot)) {
        return;
    }
    const struct range *range = integer_range(slot.type->kind);
    if (range != NULL && in_range(value, range)) {
        store(slot.at, value.bits, slot.type->size);
    } else if (range != NULL) {
        fail_range(builder, slot.type, value, range);
    } else if (slot.type->kind == SHM_ENUM) {
        put_enum(builder, &slot, value);
    } else if (slot.type->kind == SHM_REF) {
        put_ref(builder, &slot, value);
    } else {
        shm_put_wrong_kind(builder, slot.type, "an integer");
    }
}

void shm_put_int(shm_builder *builder, int64_t value)
{
    put_integer(builder, (struct integer){value < 0, (uint64_t)value});
}

void shm_put_uint(shm_builder *builder, uint64_t value)
{
    put_integer(builder, (struct integer){false, value});
}

/* Opens the next slot, which must be of that kind. */
static bool open_kind(shm_builder *builder, shm_kind kind, const char *what, struct shm_slot *slot)
{
    if (!shm_slot_open(builder, what, SHM_PRESENT, slot)) {
        return false;
    }
    if (slot->type->kind != kind) {
        shm_put_wrong_kind(builder, slot->type, what);
        return false;
    }
    return true;
}

void shm_put_bool(shm_builder *builder, bool value)
{
    struct shm_slot slot;
    if (open_kind(builder, SHM_BOOL, "a bool", &slot)) {
        *slot.at = value ? 1 : 0;
    }
}

void shm_put_float(shm_builder *builder, double value)
{
    struct shm_slot slot;
    if (!shm_slot_open(builder, "a float", SHM_PRESENT, &slot)) {
        return;
    }
    if (slot.type->kind == SHM_F64) {
        memcpy(slot.at, &value, sizeof value);
        if (value != value) {
            shm_nan_settle(SHM_F64, slot.at, 1, sizeof value);
        }
    } else if (slot.type->kind == SHM_F32) {
        const float narrow = (float)value;
        if (__builtin_isinf(narrow) && !__builtin_isinf(value)) {
            char text[SHM_FLOAT_TEXT_BYTES];
            shm_f64_text(value, text);
            shm_builder_fail(builder, SHM_INVALID, "%s is out of range for f32", text);
            return;
        }
        memcpy(slot.at, &narrow, sizeof narrow);
        shm_nan_settle(SHM_F32, slot.at, 1, sizeof narrow);
    } else {
        shm_put_wrong_kind(builder, slot.type, "a float");
    }
}

void shm_put_date(shm_builder *builder, shm_date value)
{
    struct shm_slot slot;
    if (!open_kind(builder, SHM_DATE, "a date", &slot)) {
        return;
    }
    if (!shm_date_valid(value)) {
        shm_builder_fail(builder, SHM_INVALID, "day %d is outside of the years 1 to 9999",
                         value.days);
        return;
    }
    memcpy(slot.at, &value, sizeof value);
}

void shm_put_datetime(shm_builder *builder, shm_datetime value)
{
    struct shm_slot slot;
    if (!open_kind(builder, SHM_DATETIME, "a datetime", &slot)) {
        return;
    }
    value.zero = 0;
    if (!shm_datetime_valid(value)) {
        shm_builder_fail(builder, SHM_INVALID,
                         "%lld microseconds, zone %d minutes, is not a datetime of the years 1 to "
                         "9999 and zones up to 23:59",
                         (long long)value.micros, value.zone_minutes);
        return;
    }
    memcpy(slot.at, &value, sizeof value);
}

void shm_put_uuid(shm_builder *builder, shm_uuid value)
{
    struct shm_slot slot;
    if (open_kind(builder, SHM_UUID, "a uuid", &slot)) {
        memcpy(slot.at, &value, sizeof value);
    }
}

void shm_put_absent(shm_builder *builder)
{
    struct shm_slot slot;
    (void)shm_slot_open(builder, "no value", SHM_ABSENT, &slot);
}

void shm_put_null(shm_builder *builder)
{
    struct shm_slot slot;
    if (shm_slot_open(builder, "null", SHM_IS_NULL, &slot) && slot.type != NULL) {
        shm_put_text_cell(builder, &slot, shm_string_of("", 0)); /* the null of an `any` */
    }
}
