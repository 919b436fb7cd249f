/* text_float_read.c — floats from text, correctly rounded.
 *
 * Numbers of few digits take exact arithmetic; the others go to libc as plain digits with an
 * exponent, without a decimal point, which is the one thing that depends on the locale. */
#include <shm/text.h>

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "libshm/float_short.h"
#include "libshm/number.h"

enum { SLOW_DIGITS_MAX = 800 /* beyond 770 digits only whether they are all zero can matter */ };

/* Larger exponents of numbers of so few digits overflow or underflow all the same. */
#define SLOW_EXPONENT_MAX INT64_C(99999)

/* The number's digits without leading zeros, cut and made one longer if that loses something. */
typedef struct slow_number {
    char text[SLOW_DIGITS_MAX + 32];
    size_t count;
    int64_t dropped; /* digits cut off before the point, less those taken after it */
    bool lost;
} slow_number;

static void take_digits(slow_number *number, shm_string digits, bool in_fraction)
{
    for (size_t i = 0; i < digits.length; i++) {
        const char digit = digits.data[i];
        const bool fits = number->count < SLOW_DIGITS_MAX;
        if (fits) {
            if (digit != '0' || number->count > 0) {
                number->text[number->count++] = digit;
            }
            number->dropped -= in_fraction;
        } else {
            number->lost = number->lost || digit != '0';
            number->dropped += !in_fraction;
        }
    }
}

/* The text that libc reads: digits and an exponent. */
static void write_slow(const shm_number_parts *parts, slow_number *number)
{
    number->count = 0;
    number->dropped = 0;
    number->lost = false;
    take_digits(number, parts->whole, false);
    take_digits(number, parts->fraction, true);
    int64_t exponent = parts->exponent + number->dropped;
    if (number->count == 0) {
        number->text[number->count++] = '0';
    }
    if (number->lost) {
        /* Not zero, and too small to matter but against an exact tie. */
        number->text[number->count++] = '1';
        exponent--;
    }
    if (exponent > SLOW_EXPONENT_MAX) {
        exponent = SLOW_EXPONENT_MAX;
    } else if (exponent < -SLOW_EXPONENT_MAX) {
        exponent = -SLOW_EXPONENT_MAX;
    }
    number->text[number->count++] = 'e';
    shm_i64_text(exponent, number->text + number->count);
}

static bool read_name(shm_string text, double *value)
{
    if (shm_string_equal(text, SHM_STR("NaN"))) {
        *value = (double)NAN;
    } else if (shm_string_equal(text, SHM_STR("Infinity"))) {
        *value = (double)INFINITY;
    } else if (shm_string_equal(text, SHM_STR("-Infinity"))) {
        *value = -(double)INFINITY;
    } else {
        return false;
    }
    return true;
}

/* Sets *value and answers true unless that is infinite. */
static bool accept(double magnitude, bool negative, double *value)
{
    if (isinf(magnitude)) {
        return false;
    }
    *value = negative ? -magnitude : magnitude;
    return true;
}

static double read_slowly(const shm_number_parts *parts, bool is_f32)
{
    slow_number number;
    write_slow(parts, &number);
    const int saved = errno;
    const double value = is_f32 ? (double)strtof(number.text, NULL) : strtod(number.text, NULL);
    errno = saved;
    return value;
}

bool shm_f64_read(shm_string text, double *value)
{
    shm_short_number number;
    shm_number_parts parts;
    double magnitude;
    if (text.length > 0 && shm_short_scan(text.data, text.length, &number) == text.length &&
        shm_short_to_f64(number.word, number.exponent, &magnitude)) {
        *value = number.negative ? -magnitude : magnitude;
        return true;
    }
    if (!shm_number_split(text, &parts)) {
        return read_name(text, value);
    }
    return accept(read_slowly(&parts, false), parts.negative, value);
}

size_t shm_f64_scan(shm_string text, double *value)
{
    shm_short_number number;
    double magnitude;
    size_t length = text.length == 0 ? 0 : shm_short_scan(text.data, text.length, &number);
    if (length > 0 && shm_short_to_f64(number.word, number.exponent, &magnitude)) {
        *value = number.negative ? -magnitude : magnitude;
        return length;
    }
    length = shm_number_length(text);
    return length > 0 && shm_f64_read(shm_string_of(text.data, length), value) ? length : 0;
}

/* Rounding to double and then to float is rounding once, unless the double is a tie of two floats
 * (bit 28 of the 29 that a float lacks, and no other). */
static bool rounds_once(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint64_t lacking = (UINT64_C(1) << (DBL_MANT_DIG - FLT_MANT_DIG)) - 1;
    return value == 0 || (value >= (double)FLT_MIN && value < (double)FLT_MAX &&
                          (bits & lacking) != lacking / 2 + 1);
}

bool shm_f32_read(shm_string text, float *value)
{
    shm_short_number number;
    shm_number_parts parts;
    double wide;
    double magnitude;
    if (text.length > 0 && shm_short_scan(text.data, text.length, &number) == text.length &&
        shm_short_to_f64(number.word, number.exponent, &magnitude) && rounds_once(magnitude)) {
        *value = number.negative ? -(float)magnitude : (float)magnitude;
        return true;
    }
    if (!shm_number_split(text, &parts)) {
        if (!read_name(text, &wide)) {
            return false;
        }
        *value = (float)wide;
        return true;
    }
    if (!accept(read_slowly(&parts, true), parts.negative, &wide)) {
        return false;
    }
    *value = (float)wide;
    return true;
}
