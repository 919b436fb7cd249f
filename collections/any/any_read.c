/* any_read.c — walking well-formed values, and their order. */
#include "collections/any/any_disk.h"

#include <string.h>

static uint64_t read_length(const uint8_t **at)
{
    uint64_t length = 0;
    unsigned shift = 0;
    uint8_t byte;
    do {
        byte = *(*at)++;
        length |= (uint64_t)(byte & 0x7f) << shift;
        shift += 7;
    } while ((byte & 0x80) != 0);
    return length;
}

static void read_scalar(const uint8_t *at, shm_any *any)
{
    switch (any->kind) {
    case SHM_ANY_DATE:
        memcpy(&any->u.date.days, at, sizeof any->u.date.days);
        break;
    case SHM_ANY_DATETIME:
        any->u.datetime = (shm_datetime){.zone_given = at[10]};
        memcpy(&any->u.datetime.micros, at, 8);
        memcpy(&any->u.datetime.zone_minutes, at + 8, 2);
        break;
    default:
        memcpy(&any->u, at, shm_any_scalar_size(any->kind));
        break;
    }
}

shm_any shm_any_next(const uint8_t *at)
{
    shm_any any;
    memset(&any, 0, sizeof any);
    any.kind = (shm_any_kind)*at++;
    if (shm_any_is_text(any.kind)) {
        const uint64_t length = read_length(&at);
        any.u.text = shm_string_of((const char *)at, length);
        any.end = at + length;
    } else if (shm_any_is_container(any.kind)) {
        any.count = read_length(&at);
        const uint64_t length = read_length(&at);
        any.inner = at;
        any.end = at + length;
    } else {
        read_scalar(at, &any);
        any.end = at + shm_any_scalar_size(any.kind);
    }
    return any;
}

shm_any shm_any_at(shm_bytes bytes)
{
    if (bytes.length == 0) {
        shm_any null;
        memset(&null, 0, sizeof null);
        null.end = bytes.data;
        return null;
    }
    return shm_any_next(bytes.data);
}

static int compare_signed(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int compare_unsigned(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_bytes(const void *a, size_t a_length, const void *b, size_t b_length)
{
    const size_t shorter = a_length < b_length ? a_length : b_length;
    const int order = shorter == 0 ? 0 : memcmp(a, b, shorter);
    return order != 0 ? order : compare_unsigned(a_length, b_length);
}

static int compare_floats(double a, double b)
{
    if (a != a || b != b) {
        return (a != a) - (b != b);
    }
    return (a > b) - (a < b);
}

int shm_any_compare(const uint8_t *a, const uint8_t *b)
{
    const shm_any left = shm_any_next(a);
    const shm_any right = shm_any_next(b);
    if (left.kind != right.kind) {
        /* A uint is an integer above all ints, and its tag follows theirs: tags decide that,
         * too. */
        return compare_signed((int64_t)left.kind, (int64_t)right.kind);
    }
    switch (left.kind) {
    case SHM_ANY_INT:
        return compare_signed(left.u.integer, right.u.integer);
    case SHM_ANY_UINT:
        return compare_unsigned(left.u.uinteger, right.u.uinteger);
    case SHM_ANY_FLOAT:
        return compare_floats(left.u.number, right.u.number);
    case SHM_ANY_DATE:
        return compare_signed(left.u.date.days, right.u.date.days);
    case SHM_ANY_DATETIME:
        return compare_signed(left.u.datetime.micros, right.u.datetime.micros);
    case SHM_ANY_STRING:
    case SHM_ANY_BYTES:
    case SHM_ANY_DECIMAL:
        return compare_bytes(left.u.text.data, left.u.text.length, right.u.text.data,
                             right.u.text.length);
    default:
        return compare_bytes(a, (size_t)(left.end - a), b, (size_t)(right.end - b));
    }
}
