#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include <shm/text.h>

#include "libshm/utf8.h"

/* Encodes without asking whether the character is one. */
static size_t encode(uint32_t character, size_t width, unsigned char *bytes)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = width; i-- > 1;) {
        bytes[i] = (unsigned char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    bytes[0] = (unsigned char)(leads[width] | character);
    return width;
}

static size_t width_of(uint32_t character)
{
    return character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
}

/* All characters in all widths: valid exactly in their own width, if they are characters at all. */
Test(utf8, takes_every_character_in_its_shortest_form_only)
{
    static const uint32_t ends[] = {0, 0x80, 0x800, 0x10000, 0x200000};
    for (size_t width = 1; width <= 4; width++) {
        for (uint32_t character = 0; character < ends[width]; character++) {
            unsigned char bytes[4];
            encode(character, width, bytes);
            const bool expected = width == width_of(character) && character <= 0x10ffff &&
                                  (character < 0xd800 || character > 0xdfff);
            if (shm_utf8_valid((const char *)bytes, width) != expected) {
                cr_assert_fail("U+%X in %zu bytes", character, width);
            }
        }
    }
}

Test(utf8, refuses_cut_characters_and_stray_bytes)
{
    static const char *const wrong[] = {
        "\x80",
        "\xbf",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc0\x80",
        "\xc3\xc3",
        "\xe2\x82\xe2",
        "\xf5\x80\x80\x80",
        "\xf0\x9f\x98(",
        "\xff",
        "\xe2(\x82",
        "\xc1\xbf",
        "\xf8\x88\x80\x80\x80",
        "\xed\xa0\x80",
        "\xfe",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        cr_assert_not(shm_utf8_valid(wrong[i], strlen(wrong[i])), "case %zu", i);
    }
}

/* A fault at each place of texts of each length, with and without other scripts before it. */
Test(utf8, finds_the_first_fault_wherever_it_stands)
{
    static const char *const fillers[] = {"a", "é", "€", "😀"};
    for (size_t f = 0; f < 4; f++) {
        const size_t width = strlen(fillers[f]);
        for (size_t count = 0; count < 40; count++) {
            char text[200];
            for (size_t i = 0; i < count; i++) {
                memcpy(text + i * width, fillers[f], width);
            }
            const size_t length = count * width;
            cr_assert_eq(shm_utf8_valid_prefix(text, length), length);
            memcpy(text + length,
                   "\xff"
                   "0123456789",
                   11);
            cr_assert_eq(shm_utf8_valid_prefix(text, length + 11), length);
            cr_assert_not(shm_utf8_valid(text, length + 11));
            /* A character that the end cuts off. */
            memcpy(text + length, "\xf0\x9f\x98", 3);
            cr_assert_eq(shm_utf8_valid_prefix(text, length + 3), length);
        }
    }
}

Test(utf8, nothing_and_nul_are_text)
{
    cr_assert(shm_utf8_valid(NULL, 0));
    cr_assert(shm_utf8_valid("", 0));
    cr_assert(shm_utf8_valid("a\0b", 3));
    cr_assert(shm_text_is_utf8(SHM_STR("Zürich")));
    cr_assert_not(shm_text_is_utf8(SHM_STR("Z\xfcrich")));
}

/* The longest well-formed prefix, as the standard's table of ranges has it. */
static size_t expected_prefix(const unsigned char *text, size_t length)
{
    size_t at = 0;
    while (at < length) {
        const unsigned lead = text[at];
        const size_t width = lead < 0x80   ? 1
                             : lead < 0xc2 ? 0
                             : lead < 0xe0 ? 2
                             : lead < 0xf0 ? 3
                                           : 4;
        if (width == 0 || lead > 0xf4 || width > length - at) {
            return at;
        }
        for (size_t i = 1; i < width; i++) {
            const unsigned least = i == 1 && lead == 0xe0   ? 0xa0
                                   : i == 1 && lead == 0xf0 ? 0x90
                                                            : 0x80;
            const unsigned most = i == 1 && lead == 0xed   ? 0x9f
                                  : i == 1 && lead == 0xf4 ? 0x8f
                                                           : 0xbf;
            if (text[at + i] < least || text[at + i] > most) {
                return at;
            }
        }
        at += width;
    }
    return at;
}

/* Random bytes, mostly those that begin or continue characters, after well-formed text. */
Test(utf8, random_bytes)
{
    static const unsigned char likely[] = {0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1,
                                           0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
                                           0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5};
    uint64_t state = 1;
    for (int round = 0; round < 1000000; round++) {
        unsigned char text[160];
        size_t length = 0;
        const size_t valid = (state >> 40) % 100;
        while (length < valid) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            const uint32_t character = (uint32_t)(state >> 33) % (state >> 60 < 8 ? 0x300 : 0xd000);
            length += encode(character, width_of(character), text + length);
        }
        for (size_t i = (state >> 32) % 8; i > 0; i--) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            text[length++] = state >> 62 == 0 ? (unsigned char)(state >> 40)
                                              : likely[(state >> 40) % sizeof likely];
        }
        for (size_t i = (state >> 45) % 40; i > 0; i--) {
            text[length++] = 'x';
        }
        cr_assert_eq(shm_utf8_valid_prefix((const char *)text, length),
                     expected_prefix(text, length), "round %d", round);
    }
}
