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
    const struct shm_test_image image = make("dataset D { m: map<u64, u64> min; }", 100, fill_pair);
    uint64_t *rows = (void *)section(&image, SHM_SECTION_ROWS);
    unsigned char *steps = section(&image, SHM_SECTION_STEPS); /* two blocks */
    const char *where = "do not say where its rows are";
    cr_assert_eq(entry(&image, SHM_SECTION_STEPS)->count, 2);
    expect_word(&image, steps, 1, where);
    expect_word(&image, steps + 64, word_at(steps + 64) + 1, where);
    expect_byte(&image, steps + 7, 1, where);
    expect_byte(&image, steps + 9, 1, where);          /* an end past all rows */
    expect_byte(&image, steps + 62, 1, where);         /* zeros */
    expect_byte(&image, steps + 64 + 43, 0xff, where); /* the last end */
    expect_word(&image, &rows[0], rows[2], "does not stand where");
    expect_word(&image, &rows[0], 1000, "does not stand where");
    unsigned char *last = steps + 64 + 42;
    expect_byte(&image, last, last[0] - 1u, "more rows than its steps say");
    for (unsigned bucket = 0; bucket < 18; bucket++) {
        const unsigned begin = bucket == 0 ? 0 : steps[8 + 2 * (bucket - 1)];
        const unsigned count = steps[8 + 2 * bucket] - begin;
        if (count == 2) { /* one of two orders is that of hashes */
            uint64_t pair[4];
            memcpy(pair, &rows[2 * begin], sizeof pair);
            memcpy(&rows[2 * begin], pair + 2, 16);
            memcpy(&rows[2 * begin + 2], pair, 16);
            expect(&image, "does not stand where");
            memcpy(&rows[2 * begin], pair, sizeof pair);
        }
    }
    expect_word(&image, &entry(&image, SHM_SECTION_STEPS)->parameter, 5, "does not stand where");
    expect_word(&image, &entry(&image, SHM_SECTION_STEPS)->count, 3, "does not fit");
    expect_word(&image, &entry(&image, SHM_SECTION_STEPS)->stride, 32, "does not fit");
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
