/* Regions of dense maps: the bytes are those that docs/format.md, "Dense maps" and "Filling a
 * region", says. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "libshm/hash.h"
#include "tests/support/placed_lines.h"

enum { SEED = 7, ENTRY_MOST = 65536, REGION_LINES = 8192, BUCKET_MOST = 4095 };

static shm_entry entries[ENTRY_MOST];

/* ---- the same, written plainly ---- */

static struct {
    uint32_t width, slots;
    uint64_t lines, regions, region_lines, region_pilots;
    uint32_t sizes[ENTRY_MOST];  /* of all buckets */
    uint32_t filled[ENTRY_MOST]; /* of all lines */
    uint8_t pilots[ENTRY_MOST];
    unsigned char bytes[ENTRY_MOST * SHM_PLACED_LINE_BYTES];
} model;

static uint64_t high_word(uint64_t a, uint64_t b)
{
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
}

static uint64_t bucket_of(uint64_t hash)
{
    const uint64_t f = (hash * model.regions) >> 32;
    return high_word(hash, model.regions) * model.region_pilots +
           (((f * f) >> 32) * model.region_pilots >> 32);
}

static uint64_t line_of(uint64_t hash, uint64_t pilot)
{
    const uint64_t led = ((hash ^ pilot * 0x9e3779b9) & UINT32_MAX) * 0x85ebca6b & UINT32_MAX;
    return high_word(hash, model.regions) * model.region_lines + (led * model.region_lines >> 32);
}

/* Counts the bucket's entries into the lines where the pilot leads them, or out of them again. */
static void count(uint64_t entry_count, uint64_t bucket, uint64_t pilot, uint32_t by)
{
    for (uint64_t i = 0; i < entry_count; i++) {
        if (bucket_of(entries[i].hash) == bucket) {
            model.filled[line_of(entries[i].hash, pilot)] += by;
        }
    }
}

static bool overflows(void)
{
    for (uint64_t line = 0; line < model.lines; line++) {
        if (model.filled[line] > model.slots) {
            return true;
        }
    }
    return false;
}

static void choose_pilots(uint64_t entry_count)
{
    const uint64_t buckets = model.regions * model.region_pilots;
    for (uint32_t size = BUCKET_MOST; size > 0; size--) {
        for (uint64_t bucket = 0; bucket < buckets; bucket++) {
            uint64_t pilot = 0;
            if (model.sizes[bucket] != size) {
                continue;
            }
            for (count(entry_count, bucket, pilot, 1); overflows();
                 count(entry_count, bucket, pilot, 1)) {
                count(entry_count, bucket, pilot, UINT32_MAX);
                cr_assert_lt(++pilot, 256);
            }
            model.pilots[bucket] = (uint8_t)pilot;
        }
    }
}

static void put(uint64_t line, uint32_t slot, const shm_entry *entry)
{
    unsigned char *at = model.bytes + line * 64 + slot * model.width;
    const uint64_t key = shm_unmix64(entry->hash, SEED);
    memcpy(at, &key, model.width);
    memcpy(at + 32, &entry->row, model.width);
}

static void write_lines(uint64_t entry_count)
{
    memset(model.filled, 0, sizeof model.filled);
    for (uint64_t i = 0; i < entry_count; i++) { /* they are in order of hashes */
        const uint64_t line = line_of(entries[i].hash, model.pilots[bucket_of(entries[i].hash)]);
        put(line, model.filled[line]++, &entries[i]);
    }
    for (uint64_t line = 0; line < model.lines; line++) {
        const shm_entry *first = &entries[0];
        for (uint64_t i = entry_count; i-- > 0 && model.filled[line] > 0;) {
            const uint64_t hash = entries[i].hash;
            first = line_of(hash, model.pilots[bucket_of(hash)]) == line ? &entries[i] : first;
        }
        for (uint32_t slot = model.filled[line]; slot < model.slots; slot++) {
            put(line, slot, first);
        }
    }
}

static void model_map(const shm_placed *map)
{
    memset(&model, 0, sizeof model);
    model.width = map->width;
    model.slots = 32 / map->width;
    model.lines = map->line_count;
    model.regions = (map->line_count + REGION_LINES - 1) / REGION_LINES;
    model.region_lines = map->line_count / model.regions;
    model.region_pilots = model.region_lines * model.slots / 4;
    for (uint64_t i = 0; i < map->entry_count; i++) {
        model.sizes[bucket_of(entries[i].hash)]++;
    }
    choose_pilots(map->entry_count);
    write_lines(map->entry_count);
}

static void fill_entries(uint64_t count_of)
{
    for (uint64_t i = 0; i < count_of; i++) {
        entries[i] = (shm_entry){(uint32_t)(i * UINT32_C(2654435761)), 100 + i}; /* distinct */
    }
}

Test(dense_build, writes_what_the_format_says)
{
    static const uint64_t counts[] = {1, 2, 3, 4, 5, 15, 16, 60, 333, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (uint32_t width = 4; width <= 8; width += 4) {
            const uint64_t lines = shm_dense_line_count(counts[c], width, false);
            fill_entries(counts[c]);
            const shm_placed map = shm_test_dense(entries, counts[c], width, lines, SEED);
            cr_assert_not_null(map.lines);
            model_map(&map);
            cr_expect_arr_eq(map.pilots, model.pilots, model.regions * model.region_pilots);
            cr_expect_arr_eq(map.lines, model.bytes, lines * 64);
            shm_test_placed_free(&map);
        }
    }
}

Test(dense_build, lines_and_regions)
{
    static const struct {
        uint64_t entries, lines_8, lines_4;
    } wanted[] = {{0, 0, 0},           {1, 1, 1},           {3, 1, 1},
                  {4, 2, 1},           {15, 4, 2},          {16, 5, 3},
                  {30720, 8192, 4096}, {30721, 8194, 4097}, /* two regions of 4097 lines */
                  {61440, 16384, 8192}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cr_expect_eq(shm_dense_line_count(wanted[i].entries, 8, false), wanted[i].lines_8);
        cr_expect_eq(shm_dense_line_count(wanted[i].entries, 4, false), wanted[i].lines_4);
    }
    cr_expect_eq(shm_dense_line_count(30720, 8, true), 16384);
    cr_expect_eq(shm_dense_region_count(8193), 2);
    cr_expect_eq(shm_dense_region_lines(8194), 4097);
}

Test(dense_build, several_regions)
{
    enum { COUNT = 65000 };
    const uint64_t lines = shm_dense_line_count(COUNT, 8, false);
    fill_entries(COUNT);
    const shm_placed map = shm_test_dense(entries, COUNT, 8, lines, SEED);
    cr_assert_not_null(map.lines);
    cr_assert_eq(map.region_count, 3);
    for (uint64_t i = 0; i < COUNT; i++) {
        const void *entry = shm_placed_find(&map, shm_unmix64(entries[i].hash, SEED));
        cr_assert_not_null(entry);
        cr_assert_eq(shm_placed_word_at(shm_placed_value(entry), 8), entries[i].row);
    }
    shm_test_placed_free(&map);
}

/* Regions vary in the number of their keys: the fullest of a million is so full (decision 11). */
Test(dense_build, a_region_that_is_fuller_than_any_should_be_fits)
{
    for (uint32_t width = 4; width <= 8; width += 4) {
        const uint64_t count_of = (uint64_t)REGION_LINES * (32 / width) * 963 / 1000;
        fill_entries(count_of);
        const shm_placed map = shm_test_dense(entries, count_of, width, REGION_LINES, SEED);
        cr_expect_not_null(map.lines, "width %u", width);
        shm_test_placed_free(&map);
    }
}

/* Entries with the hashes 0, 1, ... are all in the first bucket. */
static bool places_crowd(uint64_t count_of, uint64_t lines)
{
    for (uint64_t i = 0; i < count_of; i++) {
        entries[i] = (shm_entry){shm_unmix64(i, SEED), i};
    }
    const shm_placed map = shm_test_dense(entries, count_of, 8, lines, SEED);
    const bool places = map.lines != NULL;
    shm_test_placed_free(&map);
    return places;
}

Test(dense_build, a_bucket_of_too_many_keys_is_refused)
{
    cr_expect(places_crowd(BUCKET_MOST, REGION_LINES));
    cr_expect_not(places_crowd(BUCKET_MOST + 1, REGION_LINES));
    cr_expect_not(places_crowd(1000, 256), "no pilot leads so many keys into so few lines");
    cr_expect_not(places_crowd(5, 1), "more keys than slots");
}
