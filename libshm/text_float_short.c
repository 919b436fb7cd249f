/* text_float_short.c — numbers of up to 19 digits to doubles, without big numbers.
 *
 * Where both factors are doubles there is one rounding, so the product is right (W. D. Clinger,
 * "How to read floating point numbers accurately", PLDI 1990).  Else the word is multiplied with
 * 128 bits of the power of five, and where the bits of the product below the result are neither
 * nearly all ones nor a tie that could be false, rounding it is right (D. Lemire, "Number
 * parsing at a gigabyte per second", Software: Practice and Experience 51, 2021, after M.
 * Eisel). */
#include "libshm/float_short.h"

#include <float.h>
#include <string.h>

#include "libshm/number.h"
#include "libshm/powers_of_five.h"

enum {
    WORD_DIGITS_MAX = 19,    /* digits that fit a u64, whichever they are */
    EXPONENT_DIGITS_MAX = 4, /* longer ones are left to those who know big numbers */
    MANTISSA_BITS = DBL_MANT_DIG - 1,
    EXPONENT_BIAS = 1023,
    EXPONENT_INFINITE = 2047
};

/* ---- digits ---- */

static bool is_eight_digits(uint64_t bytes)
{
    const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0);
    const uint64_t six = UINT64_C(0x0606060606060606);
    return ((bytes & high) | ((bytes + six) & high) >> 4) == UINT64_C(0x3333333333333333);
}

/* The number that eight digits are, the first of them in the lowest byte: pairs, then fours, then
 * all of them are joined by multiplications. */
static uint64_t eight_digits(uint64_t bytes)
{
    const uint64_t mask = UINT64_C(0x000000ff000000ff);
    bytes -= UINT64_C(0x3030303030303030);
    bytes = bytes * 10 + (bytes >> 8);
    return (((bytes & mask) * (100 + (UINT64_C(1000000) << 32))) +
            ((bytes >> 16 & mask) * (1 + (UINT64_C(10000) << 32)))) >>
           32;
}

/* Adds digits to the word, which wraps where they are too many; answers where they end. */
static const char *take_digits(const char *at, const char *end, uint64_t *word)
{
    while (end - at >= 8) {
        uint64_t bytes;
        memcpy(&bytes, at, sizeof bytes);
        if (!is_eight_digits(bytes)) {
            break;
        }
        *word = *word * 100000000 + eight_digits(bytes);
        at += 8;
    }
    for (; at < end && shm_is_digit(*at); at++) {
        *word = *word * 10 + (uint64_t)(*at - '0');
    }
    return at;
}

/* Takes an exponent from its 'e' on; NULL if it is none, or long. */
static const char *take_exponent(const char *at, const char *end, int64_t *exponent)
{
    uint64_t magnitude = 0;
    const char *digits = at + 1;
    const bool negative = digits < end && *digits == '-';
    digits += digits < end && (*digits == '-' || *digits == '+');
    const char *stop = take_digits(digits, end, &magnitude);
    if (stop == digits || stop - digits > EXPONENT_DIGITS_MAX) {
        return NULL;
    }
    *exponent += negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return stop;
}

size_t shm_short_scan(const char *text, size_t length, shm_short_number *number)
{
    const char *end = text + length;
    const char *whole = text + (length > 0 && *text == '-');
    shm_short_number found = {.negative = whole != text};
    const char *at = take_digits(whole, end, &found.word);
    int64_t digits = at - whole;
    if (digits == 0 || (*whole == '0' && digits > 1)) {
        return 0;
    }
    if (at < end && *at == '.') {
        const char *fraction = at + 1;
        at = take_digits(fraction, end, &found.word);
        if (at == fraction) {
            return 0;
        }
        found.exponent = -(at - fraction);
        digits -= found.exponent;
    }
    if (digits > WORD_DIGITS_MAX) {
        return 0;
    }
    if (at < end && (*at == 'e' || *at == 'E')) {
        at = take_exponent(at, end, &found.exponent);
        if (at == NULL) {
            return 0;
        }
    }
    *number = found;
    return (size_t)(at - text);
}

/* ---- doubles ---- */

struct product {
    uint64_t high;
    uint64_t low;
};

static struct product multiply(uint64_t a, uint64_t b)
{
    const unsigned __int128 product = (unsigned __int128)a * b;
    return (struct product){(uint64_t)(product >> 64), (uint64_t)product};
}

/* The high 128 bits of the word, whose highest bit is set, times 5^exponent: of the power's low
 * half only what can reach the bits that count. */
static struct product times_power(uint64_t word, int64_t exponent)
{
    const uint64_t *power = shm_power_of_five[exponent + SHM_POWER_OF_FIVE_MAX];
    const uint64_t below = UINT64_MAX >> (MANTISSA_BITS + 3);
    struct product product = multiply(word, power[0]);
    if ((product.high & below) == below) {
        const uint64_t carried = multiply(word, power[1]).high;
        product.low += carried;
        product.high += product.low < carried;
    }
    return product;
}

/* Where a product of 128 bits can look like a tie of two doubles and be one, and not only nearly.
 */
static bool may_tie(int64_t exponent)
{
    return exponent >= -4 && exponent <= 23;
}

static bool multiply_nearly(uint64_t word, int64_t exponent, double *value)
{
    const int zeros = __builtin_clzll(word);
    const struct product product = times_power(word << zeros, exponent);
    if (product.low == UINT64_MAX && (exponent < -27 || exponent > 55)) {
        return false; /* the bits that were left out could carry into the rest */
    }
    const int top = (int)(product.high >> 63);
    const int shift = top + 64 - MANTISSA_BITS - 3;
    uint64_t mantissa = product.high >> shift; /* one bit more than a double's */
    /* floor(exponent × log2(5)) + exponent, as a fraction of 2^16. */
    int64_t power = ((217706 * exponent) >> 16) + 63 + top - zeros + EXPONENT_BIAS;
    if (power <= 0) {
        return false;
    }
    if (product.low <= 1 && may_tie(exponent) && (mantissa & 3) == 1 &&
        mantissa << shift == product.high) {
        mantissa &= ~UINT64_C(1); /* a tie goes to the even one, which is below */
    }
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa >> DBL_MANT_DIG != 0) {
        mantissa >>= 1;
        power++;
    }
    if (power >= EXPONENT_INFINITE) {
        return false;
    }
    const uint64_t bits = (mantissa & ((UINT64_C(1) << MANTISSA_BITS) - 1)) | (uint64_t)power
                                                                                  << MANTISSA_BITS;
    memcpy(value, &bits, sizeof bits);
    return true;
}

bool shm_short_to_f64(uint64_t word, int64_t exponent, double *value)
{
    if (word <= UINT64_C(1) << DBL_MANT_DIG && exponent >= -SHM_EXACT_POWER_MAX &&
        exponent <= SHM_EXACT_POWER_MAX) {
        const double exact = (double)word;
        *value =
            exponent < 0 ? exact / shm_power_of_ten[-exponent] : exact * shm_power_of_ten[exponent];
        return true;
    }
    if (word == 0) {
        *value = 0;
        return true;
    }
    return exponent >= -SHM_POWER_OF_FIVE_MAX && exponent <= SHM_POWER_OF_FIVE_MAX &&
           multiply_nearly(word, exponent, value);
}
