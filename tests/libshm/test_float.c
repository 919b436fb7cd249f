#include <criterion/criterion.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <shm/text.h>

#include "libshm/hash.h"

static double f64_of_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float f32_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int significant_digits(const char *text)
{
    char digits[SHM_FLOAT_TEXT_BYTES];
    int count = 0;
    for (; *text != '\0' && *text != 'e'; text++) {
        if (*text >= '0' && *text <= '9' && (count > 0 || *text != '0')) {
            digits[count++] = *text;
        }
    }
    while (count > 0 && digits[count - 1] == '0') {
        count--;
    }
    return count;
}

/* Its text reads back as the same bits, by us and by libc, and fewer digits would not. */
static void check_f64(double value)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    memset(text, 'x', sizeof text);
    const size_t length = shm_f64_text(value, text);
    double back = 0;
    if (length != strlen(text) || !shm_f64_read(shm_string_of(text, length), &back) ||
        memcmp(&back, &value, sizeof back) != 0 || strtod(text, NULL) != value) {
        cr_assert_fail("%.17g became %s", value, text);
    }
    const int digits = significant_digits(text);
    if (digits > 1) {
        char fewer[64];
        snprintf(fewer, sizeof fewer, "%.*e", digits - 2, value);
        cr_assert(strtod(fewer, NULL) != value, "%s instead of %s", text, fewer);
    }
}

static void check_f32(float value)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    const size_t length = shm_f32_text(value, text);
    float back = 0;
    if (length != strlen(text) || !shm_f32_read(shm_string_of(text, length), &back) ||
        memcmp(&back, &value, sizeof back) != 0 || strtof(text, NULL) != value) {
        cr_assert_fail("%.9g became %s", (double)value, text);
    }
    const int digits = significant_digits(text);
    if (digits > 1) {
        char fewer[64];
        snprintf(fewer, sizeof fewer, "%.*e", digits - 2, (double)value);
        cr_assert(strtof(fewer, NULL) != value, "%s instead of %s", text, fewer);
    }
}

Test(float_text, known_values)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {100.0, "100.0"},
        {123456.789, "123456.789"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {0.00001, "1e-05"},
        {1.25e-7, "1.25e-07"},
        {999999999999999.9, "999999999999999.9"},
        {9999999999999998.0, "9999999999999998.0"},
        {673136162761606.25, "673136162761606.2"}, /* a tie: the even digit */
        {1e15, "1000000000000000.0"},
        {1e16, "1e+16"},
        {1e22, "1e+22"},
        {1e23, "1e+23"},
        {123456789012345680.0, "1.2345678901234568e+17"},
        {9007199254740991.0, "9007199254740991.0"},
        {9007199254740992.0, "9007199254740992.0"},
        {9007199254740994.0, "9007199254740994.0"},
        {5.684341886080802e-14, "5.684341886080802e-14"},
        {5e-324, "5e-324"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {2.2250738585072009e-308, "2.225073858507201e-308"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-1.5e-300, "-1.5e-300"},
        {(double)INFINITY, "Infinity"},
        {-(double)INFINITY, "-Infinity"},
        {(double)NAN, "NaN"},
        {-(double)NAN, "NaN"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[SHM_FLOAT_TEXT_BYTES];
        cr_assert_eq(shm_f64_text(cases[i].value, text), strlen(cases[i].text));
        cr_assert_str_eq(text, cases[i].text);
    }
}

Test(float_text, known_f32_values)
{
    static const struct {
        float value;
        const char *text;
    } cases[] = {
        {0.0f, "0.0"},
        {-0.0f, "-0.0"},
        {0.1f, "0.1"},
        {16777216.0f, "16777216.0"},
        {3.4028235e38f, "3.4028235e+38"},
        {1e-45f, "1e-45"},
        {FLT_MIN, "1.1754944e-38"},
        {1.26217745e-29f, "1.2621775e-29"},
        {1.0f / 3, "0.33333334"},
        {-(float)INFINITY, "-Infinity"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[SHM_FLOAT_TEXT_BYTES];
        cr_assert_eq(shm_f32_text(cases[i].value, text), strlen(cases[i].text));
        cr_assert_str_eq(text, cases[i].text);
    }
}

Test(float_text, powers_of_two_and_their_neighbours_round_trip)
{
    for (int exponent = -1074; exponent < 1024; exponent++) {
        const double value = ldexp(1.0, exponent);
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        check_f64(value);
        check_f64(-f64_of_bits(bits - 1));
        check_f64(f64_of_bits(bits + 1));
    }
    for (int exponent = -149; exponent < 128; exponent++) {
        const float value = ldexpf(1.0f, exponent);
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        check_f32(value);
        check_f32(-f32_of_bits(bits - 1));
        check_f32(f32_of_bits(bits + 1));
    }
}

Test(float_text, random_bits_round_trip)
{
    for (uint64_t i = 0; i < 60000; i++) {
        const uint64_t bits = shm_mix64(i, 11);
        const double wide = f64_of_bits(bits);
        if (isfinite(wide)) {
            check_f64(wide);
        }
        const float narrow = f32_of_bits((uint32_t)(bits >> 32));
        if (isfinite(narrow)) {
            check_f32(narrow);
        }
    }
}

Test(float_text, random_short_decimals_round_trip)
{
    static const double powers[] = {1, 10, 1e2, 1e3, 1e5, 1e8, 1e12, 1e15, 1e19, 1e22};
    for (uint64_t i = 0; i < 60000; i++) {
        const uint64_t word = shm_mix64(i, 12) >> (i % 64);
        check_f64((double)word / powers[i % 10]);
        check_f64((double)word * powers[i / 10 % 10]);
        check_f32((float)((double)(word >> 20) / powers[i % 10]));
    }
}

static bool reads_f64(const char *text, double *value)
{
    return shm_f64_read(shm_string_of(text, strlen(text)), value);
}

/* As libc does in the C locale, for numbers of all shapes. */
Test(float_read, rounds_as_libc_does)
{
    for (uint64_t i = 0; i < 100000; i++) {
        char text[128];
        char digits[64];
        snprintf(digits, sizeof digits, "%llu%llu", (unsigned long long)shm_mix64(i, 21),
                 (unsigned long long)shm_mix64(i, 22));
        const int whole = 1 + (int)(shm_mix64(i, 23) >> 60);
        const int fraction = (int)(shm_mix64(i, 24) >> 59);
        const int exponent = (int)(shm_mix64(i, 25) >> 55) - 256;
        int length =
            snprintf(text, sizeof text, "%s%.*s", digits[0] == '0' ? "1" : "", whole, digits);
        if (fraction > 0) {
            length += snprintf(text + length, sizeof text - (size_t)length, ".%.*s", fraction,
                               digits + whole);
            /* The digits may have ended. */
            length -= text[length - 1] == '.';
        }
        if (i % 3 != 0) {
            length += snprintf(text + length, sizeof text - (size_t)length, "e%d",
                               i % 3 == 1 ? exponent : exponent / 16);
        }
        text[length] = '\0';
        double wide = 0;
        float narrow = 0;
        const shm_string string = shm_string_of(text, (size_t)length);
        const double expected = strtod(text, NULL);
        const float expected_f32 = strtof(text, NULL);
        cr_assert_eq(shm_f64_read(string, &wide), isfinite(expected) != 0, "%s", text);
        cr_assert_eq(shm_f32_read(string, &narrow), isfinite(expected_f32) != 0, "%s", text);
        cr_assert(!isfinite(expected) || wide == expected, "%s", text);
        cr_assert(!isfinite(expected_f32) || narrow == expected_f32, "%s", text);
    }
}

Test(float_read, limits)
{
    double value = 7;
    cr_assert(reads_f64("1.7976931348623157e308", &value));
    cr_assert_eq(value, DBL_MAX);
    cr_assert(reads_f64("-1.7976931348623158e308", &value));
    cr_assert_eq(value, -DBL_MAX);
    value = 7;
    cr_assert_not(reads_f64("1.7976931348623159e308", &value));
    cr_assert_not(reads_f64("-1e309", &value));
    cr_assert_not(reads_f64("1e99999999999999999999999", &value));
    cr_assert_eq(value, 7);
    cr_assert(reads_f64("1e-99999999999999999999999", &value));
    cr_assert_eq(value, 0);
    cr_assert(reads_f64("-1e-400", &value));
    cr_assert(value == 0 && signbit(value));
    cr_assert(reads_f64("0e99999999999999999999999", &value));
    cr_assert_eq(value, 0);
    cr_assert(reads_f64("2.4703282292062327e-324", &value));
    cr_assert_eq(value, 0);
    cr_assert(reads_f64("2.4703282292062328e-324", &value));
    cr_assert_eq(value, 5e-324);
    /* 2^64: more digits than a word holds, and a word of zero bits. */
    cr_assert(reads_f64("18446744073709551616", &value));
    cr_assert_eq(value, 18446744073709551616.0);
    float narrow = 7;
    cr_assert_not(shm_f32_read(SHM_STR("3.4028236e38"), &narrow));
    cr_assert_not(shm_f32_read(SHM_STR("1e39"), &narrow));
    cr_assert_not(shm_f32_read(SHM_STR("1e400"), &narrow));
    cr_assert_eq(narrow, 7);
    cr_assert(shm_f32_read(SHM_STR("3.4028235e38"), &narrow));
    cr_assert_eq(narrow, FLT_MAX);
    cr_assert(shm_f32_read(SHM_STR("1e-46"), &narrow));
    cr_assert_eq(narrow, 0);
}

/* A tie of two floats in decimal, and the least more: the double between them is the same. */
Test(float_read, f32_is_rounded_once)
{
    float narrow = 0;
    cr_assert(shm_f32_read(SHM_STR("16777217"), &narrow));
    cr_assert_eq(narrow, 16777216.0f);
    cr_assert(shm_f32_read(SHM_STR("16777217.0000000001"), &narrow));
    cr_assert_eq(narrow, 16777218.0f);
    cr_assert(shm_f32_read(SHM_STR("16777219"), &narrow));
    cr_assert_eq(narrow, 16777220.0f);
    cr_assert(shm_f32_read(SHM_STR("16777218.9999999999"), &narrow));
    cr_assert_eq(narrow, 16777218.0f);
}

Test(float_read, every_digit_of_a_long_number_counts)
{
    enum { ZEROS = 3000 };
    static char text[ZEROS + 100];
    const char tie[] = "9007199254740993."; /* between two doubles; even is below */
    double value = 0;
    memcpy(text, tie, sizeof tie - 1);
    memset(text + sizeof tie - 1, '0', ZEROS);
    const size_t length = sizeof tie - 1 + ZEROS;
    cr_assert(shm_f64_read(shm_string_of(text, length), &value));
    cr_assert_eq(value, 9007199254740992.0);
    text[length] = '1';
    cr_assert(shm_f64_read(shm_string_of(text, length + 1), &value));
    cr_assert_eq(value, 9007199254740994.0);
    /* 0.000…1 with as large an exponent, and 1000… with as small a one. */
    memset(text, '0', sizeof text);
    text[1] = '.';
    memcpy(text + 2 + ZEROS, "25e3001", 7);
    cr_assert(shm_f64_read(shm_string_of(text, 2 + ZEROS + 7), &value));
    cr_assert_eq(value, 2.5);
    memset(text, '0', sizeof text);
    text[0] = '3';
    memcpy(text + 1 + ZEROS, "e-3000", 6);
    cr_assert(shm_f64_read(shm_string_of(text, 1 + ZEROS + 6), &value));
    cr_assert_eq(value, 3);
}

Test(float_read, names)
{
    double value = 7;
    float narrow = 7;
    cr_assert(reads_f64("NaN", &value) && isnan(value));
    cr_assert(reads_f64("Infinity", &value) && isinf(value) && value > 0);
    cr_assert(reads_f64("-Infinity", &value) && isinf(value) && value < 0);
    cr_assert(shm_f32_read(SHM_STR("NaN"), &narrow) && isnan(narrow));
    cr_assert(shm_f32_read(SHM_STR("-Infinity"), &narrow) && isinf(narrow) && narrow < 0);
}

Test(float_read, refuses_what_is_no_json_number)
{
    static const char *const wrong[] = {
        "",    "-",   ".5",   "5.",   "+1",  "01",    "1e",        "1e+",       " 1",    "1 ",
        "0x1", "1,5", "inf",  "nan",  "NAN", "+NaN",  "-NaN",      "infinity",  "1f",    "1.0f",
        "1_0", "--1", "1e5.", "1.e5", "e5",  "1e5e5", "Infinity1", "+Infinity", "0x1p3", "1d5",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        double value = 7;
        float narrow = 7;
        cr_assert_not(reads_f64(wrong[i], &value), "%s", wrong[i]);
        cr_assert_not(shm_f32_read(shm_string_of(wrong[i], strlen(wrong[i])), &narrow));
        cr_assert(value == 7 && narrow == 7);
    }
    double value = 7;
    cr_assert_not(shm_f64_read(shm_string_of("1\0", 2), &value));
    cr_assert_not(shm_f64_read(shm_string_of(NULL, 0), &value));
    cr_assert(shm_f64_read(shm_string_of("1.5e3", 3), &value));
    cr_assert_eq(value, 1.5);
}

Test(float, leaves_errno_alone)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    double value;
    errno = 77;
    shm_f64_text(5e-324, text);
    cr_assert(reads_f64("1e-400", &value));
    cr_assert_not(reads_f64("1e400", &value));
    cr_assert_eq(errno, 77);
}

/* Decimal numbers of every length and many exponents: rounded as libc rounds them. */
static void check_decimal(uint64_t random, const char *format, unsigned digits, int exponent)
{
    char text[64];
    uint64_t limit = 1;
    for (unsigned i = 0; i < digits; i++) {
        limit *= 10;
    }
    const unsigned long long word = digits >= 20 ? random : random % limit;
    snprintf(text, sizeof text, format, word, exponent);
    double value = 0;
    double scanned = 0;
    float narrow = 0;
    const shm_string whole = shm_string_of(text, strlen(text));
    const double expected = strtod(text, NULL);
    cr_assert_eq(shm_f64_read(whole, &value), !isinf(expected), "%s", text);
    cr_assert_eq(shm_f64_scan(whole, &scanned), isinf(expected) ? 0 : whole.length, "%s", text);
    if (!isinf(expected)) {
        cr_assert_eq(memcmp(&value, &expected, sizeof value), 0, "%s: %.17g", text, value);
        cr_assert_eq(memcmp(&scanned, &expected, sizeof value), 0, "%s: %.17g", text, scanned);
    }
    const float expected_narrow = strtof(text, NULL);
    cr_assert_eq(shm_f32_read(whole, &narrow), !isinf(expected_narrow), "%s", text);
    if (!isinf(expected_narrow)) {
        cr_assert_eq(memcmp(&narrow, &expected_narrow, sizeof narrow), 0, "%s", text);
    }
}

Test(float_read, decimal_numbers_are_rounded_as_libc_rounds_them)
{
    for (uint64_t i = 0; i < 300000; i++) {
        const uint64_t random = shm_hash64(&i, sizeof i, 7);
        const uint64_t more = shm_hash64(&i, sizeof i, 8);
        const unsigned digits = (unsigned)(more % 20) + 1;
        const int near = (int)(more >> 8 & 63) - 40;
        const int far = (int)(more >> 16 & 1023) - 520;
        check_decimal(random, "%llue%d", digits, i % 4 == 0 ? far : near);
        check_decimal(random, i % 2 == 0 ? "-%llu.0e%d" : "0.%llue%d", digits, near);
    }
}

/* Halfway between two doubles, and one digit off. */
Test(float_read, ties)
{
    for (uint64_t i = 0; i < 50000; i++) {
        const uint64_t odd = (UINT64_C(1) << 53) + 2 * (shm_hash64(&i, sizeof i, 9) >> 12) + 1;
        for (int power = 0; power < 4; power++) {
            check_decimal(odd << power, "%llue%d", 20, 0);
            check_decimal((odd << power) + 1, "%llue%d", 20, 0);
            check_decimal((odd << power) - 1, "%llue%d", 20, 0);
        }
        check_decimal(odd * 5, "%llue%d", 20, -1);
        check_decimal(odd * 25, "%llue%d", 20, -2);
    }
}

static void scan(const char *text, size_t length, double expected)
{
    double value = 77;
    cr_expect_eq(shm_f64_scan(shm_string_of(text, strlen(text)), &value), length, "%s", text);
    cr_expect(length == 0 ? value == 77.0 : value == expected, "%s: %g", text, value);
}

Test(float_read, the_number_that_a_text_begins_with)
{
    scan("1.5,2", 3, 1.5);
    scan("-0.25]", 5, -0.25);
    scan("12345678.", 8, 12345678);
    scan("12345678.x", 8, 12345678);
    scan("7e", 1, 7);
    scan("7e+", 1, 7);
    scan("7.5e+2-", 6, 750);
    scan("1e99999", 0, 0);
    scan("0.00000000000000000000000000000000001x", 37, 1e-35);
    scan("123456789012345678901234567890 ", 30, 123456789012345678901234567890.0);
    scan("", 0, 0);
    scan("-", 0, 0);
    scan("-x", 0, 0);
    scan("01", 0, 0);
    scan(".5", 0, 0);
    scan("NaN", 0, 0);
}
