/* number.h — numbers of the schema's kinds from their text. */
#ifndef BINDINGS_CLI_NUMBER_H
#define BINDINGS_CLI_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <shm/schema.h>

bool shm_kind_is_integer(shm_kind kind);
bool shm_kind_is_float(shm_kind kind);

/* The 64-bit extension of an integer, whose text is digits with an optional '-' in front ("-0" is
 * 0); false if the kind cannot hold it. */
bool shm_integer_read(shm_string token, shm_kind kind, uint64_t *word);

/* The same of the integer that begins at `at`, whose text ends before the next NUL; answers
 * where it ends.  NULL if there is none, if the kind cannot hold it, or if it takes 20 digits:
 * who wants to know which asks for it whole.  SHM_INPUT_SLACK_BYTES may be read there. */
const char *shm_integer_scan(const char *at, shm_kind kind, uint64_t *word);

/* ---- the same for many integers of one kind ---- */

/* The greatest magnitudes that a kind holds. */
typedef struct shm_integer_limits {
    uint64_t positive;
    uint64_t negative; /* of an unsigned kind 0 */
} shm_integer_limits;

shm_integer_limits shm_integer_limits_of(shm_kind kind);

/* How many of eight bytes are digits before the first that is none: digits are 0x30 to 0x39, so a
 * byte's difference to 0x30 is one's if neither it nor six more has a high half.  What is carried
 * out of a byte comes from one that is no digit. */
static inline unsigned shm_digit_count(uint64_t differences)
{
    const uint64_t others =
        (differences | (differences + UINT64_C(0x0606060606060606))) & UINT64_C(0xf0f0f0f0f0f0f0f0);
    return others == 0 ? 8 : (unsigned)__builtin_ctzll(others) / 8;
}

/* The number of eight digits, the first in the lowest byte: of pairs, then of fours, then all. */
static inline uint64_t shm_eight_digits(uint64_t digits)
{
    const uint64_t every_fourth = UINT64_C(0x000000ff000000ff);
    digits = digits * 10 + (digits >> 8);
    return ((digits & every_fourth) * UINT64_C(0x000f424000000064) +
            (digits >> 16 & every_fourth) * UINT64_C(0x0000271000000001)) >>
           32;
}

static inline const char *shm_integer_scan_within(const char *at, const shm_integer_limits *limits,
                                                  uint64_t *word)
{
    enum { DIGITS_MAX = 19 }; /* that fit a u64, whichever they are */
    const bool is_negative = *at == '-';
    const char *digits = at + is_negative;
    uint64_t first;
    memcpy(&first, digits, sizeof first); /* within the slack */
    first ^= UINT64_C(0x3030303030303030);
    const unsigned count = shm_digit_count(first);
    const char *end = digits + count;
    if (count == 0) {
        return NULL;
    }
    uint64_t magnitude = shm_eight_digits(first << (64 - 8 * count));
    for (; count == 8 && *end >= '0' && *end <= '9'; end++) {
        magnitude = magnitude * 10 + (uint64_t)(*end - '0');
    }
    if (end - digits > DIGITS_MAX || (*digits == '0' && end - digits > 1) ||
        magnitude > (is_negative ? limits->negative : limits->positive)) {
        return NULL;
    }
    *word = is_negative ? 0 - magnitude : magnitude;
    return end;
}

/* A float, rounded once to its own width; false if it is beyond the largest one. */
bool shm_float_read(shm_string token, shm_kind kind, double *value);

/* NaN, Infinity, -Infinity. */
bool shm_float_is_name(shm_string text);

/* "300 is out of range for u8 (0 to 255)" */
void shm_number_range_text(shm_string token, const shm_type *type, char *text, size_t size);

/* Whether the text is a number as JSON writes them, and has neither fraction nor exponent.  A NUL
 * must follow it. */
bool shm_number_is(shm_string text, bool *integral);

#endif
