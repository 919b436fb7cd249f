/* Verification of the smallest forms: one invariant broken, every checksum right. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "libshm/hash.h"
#include "tests/support/forged.h"

static void fill_id(shm_builder *builder, uint64_t row)
{
    shm_put_uint(builder, row);
}

static void fill_pair(shm_builder *builder, uint64_t row)
{
    shm_put_uint(builder, row);
    shm_put_uint(builder, row);
}

Test(verify_min, dense_maps)
{
    /* 7 lines of 4 slots, and 8 pilots; some slots are free. */
    const struct shm_test_image image = make("dataset D { m: map<u64, u64> min; }", 25, fill_pair);
    uint64_t *line = (void *)section(&image, SHM_SECTION_PLACED);
    unsigned char *pilots = section(&image, SHM_SECTION_PILOTS);
    const char *lost = "stands where no find looks for it";
    cr_assert_eq(entry(&image, SHM_SECTION_PLACED)->size, 7 * 64);
    cr_assert_eq(entry(&image, SHM_SECTION_PILOTS)->count, 8);
    expect_word(&image, &line[0], 1000, "");
    for (uint64_t key = 0; key < 25; key++) { /* another pilot moves all keys of the bucket */
        const uint64_t hash = shm_mix64(key, entry(&image, SHM_SECTION_PLACED)->parameter);
        unsigned char *pilot = pilots + shm_multiply_high(hash, 8);
        expect_byte(&image, pilot, *pilot ^ 0x5au, "");
    }
    bool has_free = false;
    for (int i = 0; i < 7; i++, line += 8) {
        if (line[3] == line[0]) { /* its last slot is free: the value is the first one's, no tail */
            expect_word(&image, &line[7], line[4] ^ 1, "not filled up as it should be");
            has_free = true;
        }
    }
    cr_expect(has_free);
    expect_word(&image, &entry(&image, SHM_SECTION_PLACED)->parameter, 5, lost);
    expect_word(&image, &entry(&image, SHM_SECTION_PLACED)->count, 24, "more or fewer entries");
    expect_word(&image, &entry(&image, SHM_SECTION_PILOTS)->count, 6, "does not fit");
    expect_word(&image, &entry(&image, SHM_SECTION_PILOTS)->stride, 2, "does not fit");
    free(image.bytes);
}

Test(verify_min, small_unique_indexes)
{
    const struct shm_test_image image =
        make("record R { id: u64; } dataset D { rows: array<R>; by: index rows by id min; }", 10,
             fill_id);
    uint64_t *rows = (void *)section(&image, SHM_SECTION_ROWS);
    unsigned char *fragments = section(&image, SHM_SECTION_FRAGMENTS); /* 10 of 2 bytes, 4 zeros */
    expect_byte(&image, fragments, fragments[0] ^ 1u, "");
    expect_byte(&image, fragments + 24, 10, "past the end of its table");
    expect_word(&image, &rows[3], 77, "does not lead to a row");
    expect_word(&image, &entry(&image, SHM_SECTION_FRAGMENTS)->parameter, 9, "than keys");
    free(image.bytes);
}

Test(verify_min, two_rows_of_one_key)
{
    const struct shm_test_image image =
        make("record R { id: u64; } dataset D { rows: array<R>; by: index rows by id min; }", 2,
             fill_id);
    uint64_t *rows = (void *)section(&image, SHM_SECTION_ROWS);
    uint16_t *fragments = (void *)section(&image, SHM_SECTION_FRAGMENTS);
    uint32_t *numbers = (void *)(fragments + 4);
    rows[numbers[1]] = rows[numbers[0]];
    fragments[1] = fragments[0];
    numbers[0] = 0;
    numbers[1] = 1;
    expect(&image, "two rows of a unique index have one key");
    free(image.bytes);
}

static void fill_halves(shm_builder *builder, uint64_t row)
{
    shm_put_uint(builder, row / 2);
}

/* A key whose hash has the place of that of `key` in a wide index of one bucket. */
static uint64_t key_beside(uint64_t key, uint64_t seed)
{
    uint64_t hash = shm_mix64(key, seed);
    hash = (hash ^ hash >> 37) * SHM_MIX_FIRST;
    hash = (hash ^ hash >> 32) ^ 1; /* stirred; the place is in the upper half */
    hash = (hash ^ hash >> 32) * shm_unmix_of(0).inverse;
    return shm_unmix64(hash ^ hash >> 37, seed);
}

Test(verify_min, small_multi_indexes)
{
    const struct shm_test_image image =
        make("record R { id: u64; } dataset D { rows: array<R>; by: multi rows by id min; }", 8,
             fill_halves);
    uint64_t *rows = (void *)section(&image, SHM_SECTION_ROWS);
    const uint64_t seed = entry(&image, SHM_SECTION_BUCKETS)->parameter;
    expect_word(&image, &rows[3], 77, "does not lead to a row");
    expect_word(&image, &rows[3], key_beside(rows[3], seed), "does not lead to a row");
    expect_word(&image, &rows[2], key_beside(rows[2], seed), "does not lead to a row");
    expect_word(&image, &entry(&image, SHM_SECTION_FRAGMENTS)->parameter, 3, "share their places");
    free(image.bytes);
}

static void fill_tags(shm_builder *builder, uint64_t row)
{
    shm_put_begin(builder);
    shm_put_uint(builder, row);
    shm_put_uint(builder, 7);
    shm_put_end(builder);
}

Test(verify_min, small_indexes_of_lists)
{
    const struct shm_test_image image =
        make("record R { a: [u64]; } dataset D { rows: array<R>; by: multi rows by a min; }", 2,
             fill_tags);
    const uint64_t seed = entry(&image, SHM_SECTION_BUCKETS)->parameter;
    uint64_t *items = (void *)(section(&image, SHM_SECTION_HEAP) + 16); /* 0, 7, head, 1, 7 */
    cr_assert_eq(items[1], 7);
    cr_assert_eq(items[5], 7);
    expect_word(&image, &items[5], key_beside(7, seed), "does not lead to a row");
    expect_word(&image, &items[0], 7, "entries that are no key");
    free(image.bytes);
}
