#include <criterion/criterion.h>
#include <string.h>

#include <shm/text.h>

#include "libshm/hash.h"

static const char known_text[] = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
static const shm_uuid known = {{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00,
                                0xc0, 0x4f, 0xd4, 0x30, 0xc8}};

Test(uuid, has_one_text_and_reads_capitals_too)
{
    char text[SHM_UUID_TEXT_BYTES];
    cr_assert_eq(shm_uuid_text(known, text), 36);
    cr_assert_str_eq(text, known_text);
    shm_uuid uuid = {{0}};
    cr_assert(shm_uuid_read(SHM_STR("6BA7B810-9dad-11D1-80B4-00C04fD430C8"), &uuid));
    cr_assert_arr_eq(uuid.bytes, known.bytes, 16);
}

Test(uuid, round_trips)
{
    for (uint64_t i = 0; i < 10000; i++) {
        const uint64_t words[2] = {shm_mix64(i, 1), shm_mix64(i, 2)};
        shm_uuid uuid;
        shm_uuid back;
        memcpy(uuid.bytes, words, 16);
        char text[SHM_UUID_TEXT_BYTES];
        const size_t length = shm_uuid_text(uuid, text);
        cr_assert(shm_uuid_read(shm_string_of(text, length), &back));
        cr_assert_arr_eq(uuid.bytes, back.bytes, 16);
    }
}

/* Every wrong byte at every place. */
Test(uuid, refuses_every_foreign_character)
{
    for (size_t at = 0; at < 36; at++) {
        for (int byte = 0; byte < 256; byte++) {
            char text[37];
            memcpy(text, known_text, sizeof text);
            text[at] = (char)byte;
            const bool is_hyphen_place = known_text[at] == '-';
            const bool expected = is_hyphen_place
                                      ? byte == '-'
                                      : byte != 0 && strchr("0123456789abcdefABCDEF", byte) != NULL;
            shm_uuid uuid = known;
            cr_assert_eq(shm_uuid_read(shm_string_of(text, 36), &uuid), expected, "%d at %zu", byte,
                         at);
            cr_assert(expected || memcmp(uuid.bytes, known.bytes, 16) == 0);
        }
    }
}

Test(uuid, refuses_other_lengths_and_forms)
{
    shm_uuid uuid;
    for (size_t length = 0; length < 36; length++) {
        cr_assert_not(shm_uuid_read(shm_string_of(known_text, length), &uuid));
    }
    cr_assert_not(shm_uuid_read(SHM_STR("6ba7b810-9dad-11d1-80b4-00c04fd430c8 "), &uuid));
    cr_assert_not(shm_uuid_read(SHM_STR("6ba7b8109dad11d180b400c04fd430c8"), &uuid));
    cr_assert_not(shm_uuid_read(SHM_STR("{6ba7b810-9dad-11d1-80b4-00c04fd430c8}"), &uuid));
    cr_assert_not(shm_uuid_read(SHM_STR("6ba7b8109-dad-11d1-80b4-00c04fd430c8"), &uuid));
}
