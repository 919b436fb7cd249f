/* test_number.c — integers as texts hold them: of all lengths, at the ends of what a kind holds,
 * whatever follows. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bindings/cli/input.h"
#include "bindings/cli/number.h"

/* Scans the text with something behind it; its end, or NULL. */
static const char *scan(const char *text, const char *behind, shm_kind kind, uint64_t *word)
{
    static char room[128 + SHM_INPUT_SLACK_BYTES];
    memset(room, 0, sizeof room);
    snprintf(room, 128, "%s%s", text, behind);
    *word = 77;
    const char *end = shm_integer_scan(room, kind, word);
    cr_expect(end == NULL || (size_t)(end - room) == strlen(text), "%s%s", text, behind);
    return end;
}

static void expect_in(const char *text, shm_kind kind, uint64_t expected)
{
    static const char *const behind[] = {"",     ",",    "]",           "}",       " ", "\t",
                                         "\n",   ".5",   "e3",          "x",       "/", ":",
                                         "\x80", "\xff", ",1234567890", "\xb0\xb9"};
    uint64_t word;
    for (size_t i = 0; i < sizeof behind / sizeof behind[0]; i++) {
        cr_expect_not_null(scan(text, behind[i], kind, &word), "%s%s", text, behind[i]);
        cr_expect_eq(word, expected, "%s%s: %" PRIu64, text, behind[i], word);
    }
}

static void expect_none(const char *text, shm_kind kind)
{
    uint64_t word;
    cr_expect_null(scan(text, ",", kind, &word), "%s", text);
    cr_expect_null(scan(text, "", kind, &word), "%s", text);
}

Test(number, of_every_length)
{
    char text[32];
    uint64_t value = 0;
    for (int length = 1; length <= 19; length++) {
        value = value * 10 + (uint64_t)(length % 10);
        snprintf(text, sizeof text, "%" PRIu64, value);
        if ((int)strlen(text) == length) {
            expect_in(text, SHM_U64, value);
            expect_in(text, SHM_I64, value);
        }
        snprintf(text, sizeof text, "-%" PRIu64, value);
        expect_in(text, SHM_I64, 0 - value);
    }
    expect_in("0", SHM_U8, 0);
    expect_in("-0", SHM_U8, 0);
    expect_in("99999999", SHM_U32, 99999999);
    expect_in("10000000", SHM_U32, 10000000);
    expect_in("100000000", SHM_U32, 100000000);
    expect_in("9999999999999999999", SHM_U64, UINT64_C(9999999999999999999));
    expect_none("10000000000000000000", SHM_U64); /* 20 digits: looked at slowly */
}

Test(number, at_the_ends_of_each_kind)
{
    static const struct {
        shm_kind kind;
        const char *least, *greatest, *below, *above;
    } kinds[] = {
        {SHM_I8, "-128", "127", "-129", "128"},
        {SHM_I16, "-32768", "32767", "-32769", "32768"},
        {SHM_I32, "-2147483648", "2147483647", "-2147483649", "2147483648"},
        {SHM_I64, "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
         "9223372036854775808"},
        {SHM_U8, "-0", "255", "-1", "256"},
        {SHM_U16, "0", "65535", "-1", "65536"},
        {SHM_U32, "0", "4294967295", "-1", "4294967296"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const shm_kind kind = kinds[i].kind;
        const bool is_signed = kinds[i].least[0] == '-' && kinds[i].least[1] != '0';
        expect_in(kinds[i].greatest, kind, strtoull(kinds[i].greatest, NULL, 10));
        expect_in(kinds[i].least, kind, is_signed ? 0 - strtoull(kinds[i].least + 1, NULL, 10) : 0);
        expect_none(kinds[i].below, kind);
        expect_none(kinds[i].above, kind);
    }
}

Test(number, what_is_none)
{
    static const char *const texts[] = {"",   "-",   "x",    "-x",        "01",
                                        "00", "-01", "+1",   ".5",        " 1",
                                        "/",  ":",   "\xb1", "000000000", "012345678"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        expect_none(texts[i], SHM_I64);
    }
}
