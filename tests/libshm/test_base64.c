#include <criterion/criterion.h>
#include <string.h>

#include <shm/text.h>

#include "libshm/hash.h"

static bool reads(const char *text, size_t length)
{
    uint8_t bytes[64];
    size_t count;
    return shm_base64_read(shm_string_of(text, length), bytes, &count);
}

Test(base64, known_texts)
{
    /* The examples of RFC 4648. */
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        const size_t length = strlen(pairs[i][0]);
        char text[16];
        cr_assert_eq(shm_base64_text(shm_bytes_of(pairs[i][0], length), text),
                     shm_base64_length(length));
        cr_assert_str_eq(text, pairs[i][1]);
    }
}

Test(base64, round_trips_at_every_length)
{
    uint8_t bytes[200];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(shm_mix64(i, 3) >> 56);
    }
    for (size_t length = 0; length <= sizeof bytes; length++) {
        char text[300];
        const size_t text_length = shm_base64_text(shm_bytes_of(bytes, length), text);
        cr_assert_eq(text_length, shm_base64_length(length));
        cr_assert_eq(strlen(text), text_length);
        uint8_t back[300];
        memset(back, 0xee, sizeof back);
        size_t count = 12345;
        cr_assert(shm_base64_read(shm_string_of(text, text_length), back, &count));
        cr_assert_eq(count, length);
        cr_assert_eq(memcmp(back, bytes, length), 0);
        cr_assert_eq(back[count], 0xee);
    }
}

/* Of all texts of four characters from a small alphabet, those that some bytes give. */
Test(base64, takes_exactly_what_it_writes)
{
    static const char alphabet[] = {'A', 'B', 'E', 'Q', 'g', 'w', '8', '/', '+', '=', '-', ' '};
    enum { COUNT = sizeof alphabet };
    for (size_t i = 0; i < (size_t)COUNT * COUNT * COUNT * COUNT; i++) {
        const char text[4] = {alphabet[i % COUNT], alphabet[i / COUNT % COUNT],
                              alphabet[i / COUNT / COUNT % COUNT],
                              alphabet[i / COUNT / COUNT / COUNT]};
        uint8_t bytes[3];
        size_t count;
        if (shm_base64_read(shm_string_of(text, 4), bytes, &count)) {
            char again[8];
            shm_base64_text(shm_bytes_of(bytes, count), again);
            cr_assert_arr_eq(again, text, 4);
        } else {
            const char *padding = memchr(text, '=', 4);
            const bool foreign = memchr(text, '-', 4) != NULL || memchr(text, ' ', 4) != NULL;
            cr_assert(foreign || padding != NULL, "%.4s", text);
        }
    }
}

Test(base64, refuses_every_wrong_padding)
{
    static const char *const wrong[] = {
        "=",        "==",       "===",      "====", "A",    "AA",       "AAA",   "A=",
        "A==",      "A===",     "AA=",      "AA=A", "=AAA", "A=AA",     "AAA==", "AAAA=",
        "AAAA====", "AA==AAAA", "AAA=AAAA", "AB==", "AAB=", "AAAAA===",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_assert_not(reads(wrong[i], strlen(wrong[i])), "%s", wrong[i]);
    }
}

Test(base64, refuses_other_characters_and_leaves_the_output)
{
    for (int byte = 0; byte < 256; byte++) {
        const char text[8] = {'Z', 'm', '9', 'v', 'Z', (char)byte, '9', 'v'};
        const bool expected =
            byte != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
                                byte) != NULL;
        uint8_t bytes[6] = {9, 9, 9, 9, 9, 9};
        size_t count = 77;
        cr_assert_eq(shm_base64_read(shm_string_of(text, 8), bytes, &count), expected, "%d", byte);
        cr_assert(expected || (count == 77 && bytes[0] == 9));
    }
    cr_assert_not(reads("Zm9v\n", 5));
    cr_assert_not(reads("Zm9v\nZm9", 8));
}

Test(base64, lengths)
{
    cr_assert_eq(shm_base64_length(0), 0);
    cr_assert_eq(shm_base64_length(1), 4);
    cr_assert_eq(shm_base64_length(3), 4);
    cr_assert_eq(shm_base64_length(4), 8);
    cr_assert_eq(shm_base64_length(SIZE_MAX / 8), (SIZE_MAX / 8 + 2) / 3 * 4);
    uint8_t bytes[1];
    size_t count = 5;
    cr_assert(shm_base64_read(shm_string_of(NULL, 0), bytes, &count));
    cr_assert_eq(count, 0);
}
