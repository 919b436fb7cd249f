#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "libshm/error.h"
#include "libshm/utf8.h"

Test(error, tells_status_and_text_and_nothing_else)
{
    shm_error error;
    memset(&error, 0x5a, sizeof error);
    cr_assert_eq(shm_fail(&error, SHM_LIMIT, "%d rows, at most %s", 7, "six"), SHM_LIMIT);
    cr_assert_eq(error.status, SHM_LIMIT);
    cr_assert_eq(error.os_errno, 0);
    cr_assert_eq(error.offset, UINT64_MAX);
    cr_assert_str_eq(error.text, "7 rows, at most six");
}

Test(error, tells_the_place)
{
    shm_error error;
    cr_assert_eq(shm_fail_at(&error, SHM_CORRUPT, 0, "I%d", 3), SHM_CORRUPT);
    cr_assert_eq(error.offset, 0);
    cr_assert_str_eq(error.text, "I3");
}

Test(error, may_be_null)
{
    cr_assert_eq(shm_fail(NULL, SHM_INVALID, "x"), SHM_INVALID);
    cr_assert_eq(shm_fail_at(NULL, SHM_CORRUPT, 1, "x"), SHM_CORRUPT);
    errno = ENOSPC;
    cr_assert_eq(shm_fail_errno(NULL, "x"), SHM_NO_SPACE);
    cr_assert_eq(shm_fail_memory(NULL), SHM_NO_MEMORY);
}

Test(error, maps_errno)
{
    static const struct {
        int number;
        shm_status status;
    } cases[] = {
        {ENOSPC, SHM_NO_SPACE}, {EDQUOT, SHM_NO_SPACE}, {ENOMEM, SHM_NO_MEMORY},
        {EIO, SHM_IO},          {ENOENT, SHM_IO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        shm_error error;
        errno = cases[i].number;
        cr_assert_eq(shm_fail_errno(&error, "write %s", "f.img"), cases[i].status);
        cr_assert_eq(error.status, cases[i].status);
        cr_assert_eq(error.os_errno, cases[i].number);
        cr_assert_eq(error.offset, UINT64_MAX);
        char expected[200];
        snprintf(expected, sizeof expected, "write f.img: %s", strerror(cases[i].number));
        cr_assert_str_eq(error.text, expected);
    }
}

Test(error, can_be_told_with_its_own_text)
{
    shm_error error;
    (void)shm_fail(&error, SHM_CORRUPT, "the heap ends early");
    (void)shm_fail(&error, SHM_CORRUPT, "table cities: %s", error.text);
    cr_assert_str_eq(error.text, "table cities: the heap ends early");
}

/* Texts of every length around the buffer's, of characters of 1 to 4 bytes. */
Test(error, long_text_is_cut_between_characters)
{
    static const char *const characters[] = {"x", "é", "€", "😀"};
    for (size_t c = 0; c < 4; c++) {
        const size_t width = strlen(characters[c]);
        for (size_t lead = 0; lead < 4; lead++) {
            char text[SHM_ERROR_TEXT_BYTES * 2];
            memset(text, 'a', lead);
            size_t length = lead;
            while (length < SHM_ERROR_TEXT_BYTES + 8) {
                memcpy(text + length, characters[c], width);
                length += width;
            }
            text[length] = '\0';
            shm_error error;
            (void)shm_fail(&error, SHM_INVALID, "%s", text);
            const size_t kept = strlen(error.text);
            cr_assert_eq((kept - lead) % width, 0);
            cr_assert_lt(SHM_ERROR_TEXT_BYTES - 1 - kept, width);
            cr_assert_eq(memcmp(error.text, text, kept), 0);
        }
    }
}

Test(error, text_that_just_fits_is_whole)
{
    char text[SHM_ERROR_TEXT_BYTES + 1];
    memset(text, 'a', sizeof text);
    memcpy(text + SHM_ERROR_TEXT_BYTES - 4, "€", 4);
    shm_error error;
    (void)shm_fail(&error, SHM_INVALID, "%s", text);
    cr_assert_str_eq(error.text, text);
    memcpy(text + SHM_ERROR_TEXT_BYTES - 3, "€", 4);
    (void)shm_fail(&error, SHM_INVALID, "%s", text);
    cr_assert_eq(strlen(error.text), SHM_ERROR_TEXT_BYTES - 3);
}

Test(error, text_is_utf8_whatever_a_file_is_called)
{
    shm_error error;
    (void)shm_fail(&error, SHM_IO, "open %s: no", "a\xff\xc3!\xe2\x82");
    cr_assert_str_eq(error.text, "open a\?\?!\?\?: no");
    cr_assert(shm_utf8_valid(error.text, strlen(error.text)));
}
