/* text_float.c — floats as the shortest text that reads back as the same number.
 *
 * libc rounds correctly both ways, so it does the hard cases here; it only ever sees digits and an
 * exponent, never a decimal point, which is the one thing that depends on the locale.  Doubles of
 * common size take exact arithmetic instead. */
#include <shm/text.h>

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "libshm/number.h"

enum {
    DIGITS_MAX = 17,     /* digits that tell any two doubles apart */
    DIGITS_MAX_F32 = 9,  /* the same of f32 */
    POSITIONAL_MIN = -4, /* decimal exponents that are written without 'e' */
    POSITIONAL_MAX = 15
};

/* The number 0.DDD… × 10^point, without trailing zeros: the point stands after digit `point`. */
typedef struct decimal {
    char digits[DIGITS_MAX + 1];
    int count;
    int point;
} decimal;

static void set_digits(decimal *out, const char *digits, int count, int point)
{
    while (count > 1 && digits[count - 1] == '0') {
        count--;
    }
    memcpy(out->digits, digits, (size_t)count);
    out->count = count;
    out->point = point;
}

/* The value that the digits stand for, as a reader gets it. */
static double read_back(const decimal *number, bool is_f32)
{
    char text[DIGITS_MAX + 16];
    snprintf(text, sizeof text, "%.*se%d", number->count, number->digits,
             number->point - number->count);
    return is_f32 ? (double)strtof(text, NULL) : strtod(text, NULL);
}

/* The `count` digits nearest to `value` > 0. */
static void round_to(double value, int count, decimal *out)
{
    char text[DIGITS_MAX + 32];
    snprintf(text, sizeof text, "%.*e", count - 1, value);
    char digits[DIGITS_MAX + 1];
    int taken = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        if (shm_is_digit(*at) && taken < count) {
            digits[taken++] = *at;
        }
    }
    set_digits(out, digits, taken, (int)strtol(at + 1, NULL, 10) + 1);
}

/* The next larger number of `count` digits. */
static void step_up(const decimal *number, int count, decimal *out)
{
    char digits[DIGITS_MAX + 1];
    memset(digits, '0', sizeof digits);
    memcpy(digits, number->digits, (size_t)number->count);
    int at = count - 1;
    while (at >= 0 && digits[at] == '9') {
        digits[at--] = '0';
    }
    if (at < 0) {
        set_digits(out, "1", 1, number->point + 1);
        return;
    }
    digits[at]++;
    set_digits(out, digits, count, number->point);
}

/* Digits before the point; for 0.00ddd less 1 for each zero after it.  1e-5 <= value < 1e15. */
static int count_whole_digits(double value)
{
    int count = 0;
    while (value >= shm_power_of_ten[count]) {
        count++;
    }
    while (count <= 0 && value * shm_power_of_ten[1 - count] < 1) {
        count--;
    }
    return count;
}

/* The integer nearest to scaled / 2^shift, the even one of two; the next one if that is below
 * low / 2^shift, as can happen at a power of two only (see shortest). */
static uint64_t nearest(unsigned __int128 scaled, int shift, unsigned __int128 low)
{
    const unsigned __int128 raised = scaled + ((unsigned __int128)1 << (shift - 1));
    uint64_t integer = (uint64_t)(raised >> shift);
    if ((unsigned __int128)integer << shift == raised && integer % 2 == 1) {
        integer--;
    }
    return (unsigned __int128)integer << shift < low ? integer + 1 : integer;
}

/* What shortest() answers, in exact arithmetic for a double of common size: it is m / 2^shift, and
 * for each count of digits the integer c with c / 10^scale nearest to that is tried.  All is
 * multiplied by 4 × 2^shift × 10^scale, so that half the gap above and half or a quarter of it
 * below are integers; the largest, 4 m × 10^scale, is less than 2^125. */
static bool shortest_exactly(double value, decimal *out)
{
    if (value < 1e-5 || value >= 1e15) {
        return false;
    }
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint64_t hidden = UINT64_C(1) << (DBL_MANT_DIG - 1);
    const uint64_t mantissa = (bits & (hidden - 1)) | hidden;
    const int shift = 1075 - (int)(bits >> (DBL_MANT_DIG - 1));
    /* A tie goes to the even mantissa: an odd one's range is without its ends. */
    const unsigned outside = mantissa & 1;
    const int whole_digits = count_whole_digits(value);
    for (int count = DBL_DIG; count <= DIGITS_MAX; count++) {
        const int scale = count - whole_digits;
        const unsigned __int128 gap = (unsigned __int128)shm_power_of_ten[scale];
        const unsigned __int128 exact = gap * mantissa * 4;
        const unsigned __int128 low = exact - (mantissa == hidden ? gap : gap * 2) + outside;
        const unsigned __int128 high = exact + gap * 2 - outside;
        const uint64_t digits = nearest(exact, shift + 2, low);
        const unsigned __int128 found = (unsigned __int128)digits << (shift + 2);
        if (found >= low && found <= high) {
            char text[SHM_INTEGER_TEXT_BYTES];
            const int length = (int)shm_u64_text(digits, text);
            set_digits(out, text, length, length - scale);
            return true;
        }
    }
    return false;
}

/* The shortest digits that read back as `value` > 0, and of those the nearest.
 *
 * Every number of 15 digits (6 for f32) survives the way to a float of full precision and back, so
 * no fewer need to be tried: a shorter one shows as zeros at the end.  At a power of two the gap
 * below is half the gap above, so the nearest number of some length may lie too far below, while
 * the next one up still reads back. */
static void shortest(double value, bool is_f32, decimal *out)
{
    const int sure = is_f32 ? FLT_DIG : DBL_DIG;
    const int enough = is_f32 ? DIGITS_MAX_F32 : DIGITS_MAX;
    const bool is_subnormal = value < (is_f32 ? (double)FLT_MIN : DBL_MIN);
    int exponent;
    const bool is_power_of_two = frexp(value, &exponent) == 0.5;
    for (int count = is_subnormal ? 1 : sure; count < enough; count++) {
        round_to(value, count, out);
        if (read_back(out, is_f32) == value) {
            return;
        }
        if (is_power_of_two) {
            decimal above;
            step_up(out, count, &above);
            if (read_back(&above, is_f32) == value) {
                *out = above;
                return;
            }
        }
    }
    round_to(value, enough, out);
}

static size_t write_exponential(const decimal *number, char *text)
{
    char *at = text;
    *at++ = number->digits[0];
    if (number->count > 1) {
        *at++ = '.';
        memcpy(at, number->digits + 1, (size_t)number->count - 1);
        at += number->count - 1;
    }
    const int exponent = number->point - 1;
    *at++ = 'e';
    *at++ = exponent < 0 ? '-' : '+';
    const unsigned magnitude = (unsigned)abs(exponent);
    if (magnitude < 10) {
        *at++ = '0';
    }
    at += shm_u64_text(magnitude, at);
    return (size_t)(at - text);
}

static size_t write_positional(const decimal *number, char *text)
{
    char *at = text;
    const int whole = number->point > 0 ? number->point : 0;
    for (int i = 0; i < whole; i++) {
        *at++ = i < number->count ? number->digits[i] : '0';
    }
    if (whole == 0) {
        *at++ = '0';
    }
    *at++ = '.';
    for (int i = number->point; i < 0; i++) {
        *at++ = '0';
    }
    if (whole >= number->count) {
        *at++ = '0';
    }
    for (int i = whole; i < number->count; i++) {
        *at++ = number->digits[i];
    }
    return (size_t)(at - text);
}

static size_t write_float(double value, bool is_f32, char *text)
{
    if (isnan(value)) {
        memcpy(text, "NaN", 4);
        return 3;
    }
    const size_t sign = signbit(value) ? 1 : 0;
    text[0] = '-';
    if (isinf(value)) {
        memcpy(text + sign, "Infinity", 9);
        return sign + 8;
    }
    decimal number;
    const double magnitude = fabs(value);
    if (magnitude == 0) {
        set_digits(&number, "0", 1, 1);
    } else if (is_f32 || !shortest_exactly(magnitude, &number)) {
        const int saved = errno;
        shortest(magnitude, is_f32, &number);
        errno = saved;
    }
    const int exponent = number.point - 1;
    const bool positional = exponent >= POSITIONAL_MIN && exponent <= POSITIONAL_MAX;
    const size_t length = sign + (positional ? write_positional(&number, text + sign)
                                             : write_exponential(&number, text + sign));
    text[length] = '\0';
    return length;
}

size_t shm_f64_text(double value, char *text)
{
    return write_float(value, false, text);
}

size_t shm_f32_text(float value, char *text)
{
    return write_float((double)value, true, text);
}
