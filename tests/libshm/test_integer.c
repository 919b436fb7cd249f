#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#include <shm/text.h>

#include "libshm/hash.h"

static shm_string text_of(const char *text)
{
    return shm_string_of(text, strlen(text));
}

static void check_i64(int64_t value)
{
    char text[SHM_INTEGER_TEXT_BYTES];
    char expected[SHM_INTEGER_TEXT_BYTES];
    const size_t length = shm_i64_text(value, text);
    snprintf(expected, sizeof expected, "%" PRId64, value);
    int64_t back = ~value;
    if (strcmp(text, expected) != 0 || length != strlen(expected) ||
        !shm_i64_read(shm_string_of(text, length), &back) || back != value) {
        cr_assert_fail("%s became %s", expected, text);
    }
}

static void check_u64(uint64_t value)
{
    char text[SHM_INTEGER_TEXT_BYTES];
    char expected[SHM_INTEGER_TEXT_BYTES];
    const size_t length = shm_u64_text(value, text);
    snprintf(expected, sizeof expected, "%" PRIu64, value);
    uint64_t back = ~value;
    if (strcmp(text, expected) != 0 || length != strlen(expected) ||
        !shm_u64_read(shm_string_of(text, length), &back) || back != value) {
        cr_assert_fail("%s became %s", expected, text);
    }
}

Test(integer, round_trips)
{
    for (int shift = 0; shift < 64; shift++) {
        for (int64_t near = -2; near <= 2; near++) {
            const uint64_t value = (UINT64_C(1) << shift) + (uint64_t)near;
            check_u64(value);
            check_i64((int64_t)value);
            check_i64((int64_t)(0 - value));
        }
    }
    for (uint64_t i = 0; i < 100000; i++) {
        const uint64_t value = shm_mix64(i, 1) >> (i % 64);
        check_u64(value);
        check_i64((int64_t)value);
        check_i64((int64_t)(0 - value));
    }
}

Test(integer, limits_are_exact)
{
    int64_t i = 5;
    uint64_t u = 5;
    cr_assert(shm_i64_read(SHM_STR("9223372036854775807"), &i));
    cr_assert_eq(i, INT64_MAX);
    cr_assert(shm_i64_read(SHM_STR("-9223372036854775808"), &i));
    cr_assert_eq(i, INT64_MIN);
    cr_assert_not(shm_i64_read(SHM_STR("9223372036854775808"), &i));
    cr_assert_not(shm_i64_read(SHM_STR("-9223372036854775809"), &i));
    cr_assert_eq(i, INT64_MIN);
    cr_assert(shm_u64_read(SHM_STR("18446744073709551615"), &u));
    cr_assert_eq(u, UINT64_MAX);
    cr_assert_not(shm_u64_read(SHM_STR("18446744073709551616"), &u));
    cr_assert_not(shm_u64_read(SHM_STR("99999999999999999999"), &u));
    cr_assert_not(shm_u64_read(SHM_STR("184467440737095516150"), &u));
    cr_assert_eq(u, UINT64_MAX);
    cr_assert(shm_i64_read(SHM_STR("-0"), &i));
    cr_assert_eq(i, 0);
}

Test(integer, refuses_what_is_none)
{
    static const char *const wrong[] = {"",    "-",   "+1",  " 1",   "1 ",  "01",   "-01", "00",
                                        "--1", "1.0", "1e3", "0x10", "1_0", "-1-1", "inf", "1,0"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t value = 77;
        uint64_t word = 77;
        cr_assert_not(shm_i64_read(text_of(wrong[i]), &value), "%s", wrong[i]);
        cr_assert_not(shm_u64_read(text_of(wrong[i]), &word), "%s", wrong[i]);
        cr_assert_eq(value, 77);
        cr_assert_eq(word, 77);
    }
    uint64_t word = 77;
    cr_assert_not(shm_u64_read(SHM_STR("-1"), &word));
    cr_assert_not(shm_u64_read(SHM_STR("-0"), &word));
    cr_assert_not(shm_u64_read(shm_string_of("1\0", 2), &word));
    cr_assert_not(shm_u64_read(shm_string_of(NULL, 0), &word));
}

Test(integer, reads_no_further_than_its_text)
{
    uint64_t word = 0;
    cr_assert(shm_u64_read(shm_string_of("123456", 3), &word));
    cr_assert_eq(word, 123);
}
