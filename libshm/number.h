/* number.h — the parts of a number in JSON's syntax.  Internal to text_*.c. */
#ifndef LIBSHM_NUMBER_H
#define LIBSHM_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include <shm/value.h>

typedef struct shm_number_parts {
    bool negative;
    shm_string whole;    /* the digits before the point, at least one */
    shm_string fraction; /* the digits after it; empty if there is none */
    int64_t exponent;    /* 0 if there is none; see SHM_NUMBER_EXPONENT_MAX */
} shm_number_parts;

/* Larger exponents are cut to this, on both sides of 0: more than any text has digits. */
#define SHM_NUMBER_EXPONENT_MAX (INT64_C(1) << 56)

/* Whether the whole text is -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?; *parts then point into
 * it, else they are untouched. */
bool shm_number_split(shm_string text, shm_number_parts *parts);

/* The length of the longest such number that the text begins with; 0 if there is none. */
size_t shm_number_length(shm_string text);

/* The powers of ten that are doubles. */
enum { SHM_EXACT_POWER_MAX = 22 };
static const double shm_power_of_ten[SHM_EXACT_POWER_MAX + 1] = {
    1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
    1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
};

static inline bool shm_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

#endif
