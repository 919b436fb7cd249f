#include "number.h"

#include <stdio.h>

#include <shm/text.h>

#include "json_read.h"

enum { WORD_DIGITS_MAX = 19 }; /* that fit a u64, whichever they are */

bool shm_kind_is_integer(shm_kind kind)
{
    return kind >= SHM_I8 && kind <= SHM_U64;
}

bool shm_kind_is_float(shm_kind kind)
{
    return kind == SHM_F32 || kind == SHM_F64;
}

static bool is_signed(shm_kind kind)
{
    return kind >= SHM_I8 && kind <= SHM_I64;
}

static unsigned bit_count(shm_kind kind)
{
    static const uint8_t counts[] = {
        [SHM_I8] = 8, [SHM_I16] = 16, [SHM_I32] = 32, [SHM_I64] = 64,
        [SHM_U8] = 8, [SHM_U16] = 16, [SHM_U32] = 32, [SHM_U64] = 64,
    };
    return shm_kind_is_integer(kind) ? counts[kind] : 64;
}

/* An integer's magnitude and sign; false if it takes more than 64 bits. */
typedef struct whole {
    uint64_t magnitude;
    bool negative;
} whole;

static bool read_whole(shm_string token, whole *result)
{
    const char *at = token.data;
    const char *end = at + token.length;
    uint64_t magnitude = 0;
    result->negative = *at == '-';
    at += result->negative ? 1 : 0;
    if (end - at <= WORD_DIGITS_MAX) {
        while (at < end) {
            magnitude = magnitude * 10 + (uint64_t)(*at++ - '0');
        }
    } else if (!shm_u64_read(shm_string_of(at, (size_t)(end - at)), &magnitude)) {
        return false;
    }
    result->magnitude = magnitude;
    return true;
}

/* Whether it fits; its 64-bit extension then is in *word. */
static inline bool whole_fits(whole value, shm_kind kind, uint64_t *word)
{
    const unsigned bits = bit_count(kind);
    *word = value.negative ? 0 - value.magnitude : value.magnitude;
    if (!is_signed(kind)) {
        return value.negative ? value.magnitude == 0 : value.magnitude <= UINT64_MAX >> (64 - bits);
    }
    return value.magnitude <= (UINT64_MAX >> (65 - bits)) + value.negative;
}

shm_integer_limits shm_integer_limits_of(shm_kind kind)
{
    const unsigned bits = bit_count(kind);
    const uint64_t most = UINT64_MAX >> ((is_signed(kind) ? 65 : 64) - bits);
    return (shm_integer_limits){most, is_signed(kind) ? most + 1 : 0};
}

const char *shm_integer_scan(const char *at, shm_kind kind, uint64_t *word)
{
    const shm_integer_limits limits = shm_integer_limits_of(kind);
    return shm_integer_scan_within(at, &limits, word);
}

bool shm_integer_read(shm_string token, shm_kind kind, uint64_t *word)
{
    whole value;
    return read_whole(token, &value) && whole_fits(value, kind, word);
}

bool shm_float_read(shm_string token, shm_kind kind, double *value)
{
    float narrow;
    if (kind == SHM_F64) {
        return shm_f64_read(token, value);
    }
    if (!shm_f32_read(token, &narrow)) {
        return false;
    }
    *value = (double)narrow;
    return true;
}

bool shm_float_is_name(shm_string text)
{
    return shm_string_equal(text, SHM_STR("NaN")) || shm_string_equal(text, SHM_STR("Infinity")) ||
           shm_string_equal(text, SHM_STR("-Infinity"));
}

void shm_number_range_text(shm_string token, const shm_type *type, char *text, size_t size)
{
    char name[256];
    char quoted[SHM_JSON_QUOTED_BYTES];
    const unsigned bits = bit_count(type->kind);
    shm_type_text(type, name, sizeof name);
    shm_json_quote_text(token, quoted);
    if (shm_kind_is_float(type->kind)) {
        snprintf(text, size, "%s is out of range for %s", quoted, name);
    } else if (is_signed(type->kind)) {
        const int64_t most = (int64_t)(UINT64_MAX >> (65 - bits));
        snprintf(text, size, "%s is out of range for %s (%lld to %lld)", quoted, name,
                 (long long)(-most - 1), (long long)most);
    } else {
        snprintf(text, size, "%s is out of range for %s (0 to %llu)", quoted, name,
                 (unsigned long long)(UINT64_MAX >> (64 - bits)));
    }
}

bool shm_number_is(shm_string text, bool *integral)
{
    shm_json number; /* what it does not read of it is not set */
    shm_string token;
    shm_json_begin(&number, text.data, text.length);
    number.quiet = true;
    return text.length > 0 && shm_json_number(&number, &token, integral) &&
           token.length == text.length;
}
