/* Regions of dense maps: the bytes are those that docs/format.md, "Dense maps" and "Filling a
 * region", says. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "libshm/hash.h"
#include "tests/support/placed_lines.h"

enum { SEED = 7, ENTRY_MOST = 65536, REGION_SLOTS = 24576, EVICTOR_MOST = 64 };

static shm_entry entries[ENTRY_MOST];

/* ---- the same, written plainly ---- */

static struct {
    uint32_t width, slots;
    uint64_t entry_count, lines, regions, region_lines, region_pilots, evictions;
    uint32_t sizes[ENTRY_MOST];   /* of all buckets */
    uint32_t evicted[ENTRY_MOST]; /* how often, each bucket */
    bool is_put[ENTRY_MOST];      /* of buckets */
    uint32_t filled[ENTRY_MOST];  /* of all lines */
    uint8_t pilots[ENTRY_MOST];
    unsigned char bytes[ENTRY_MOST * SHM_PLACED_LINE_BYTES];
} model;

static uint64_t high_word(uint64_t a, uint64_t b)
{
    return (uint64_t)(((unsigned __int128)a * b) >> 64);
}

static uint64_t bucket_of(uint64_t hash)
{
    return high_word(hash, model.regions * model.region_pilots);
}

static uint64_t line_of(uint64_t hash, uint64_t pilot)
{
    const uint64_t led = (hash & UINT32_MAX) * pilot & UINT32_MAX;
    return high_word(hash, model.regions) * model.region_lines + (led * model.region_lines >> 32);
}

static uint64_t line_of_put(uint64_t hash)
{
    return line_of(hash, model.pilots[bucket_of(hash)]);
}

/* The keys in a line, were the bucket's first `own` led by the pilot, and no victims there. */
static uint64_t keys_in(uint64_t line, uint64_t bucket, uint64_t own, uint64_t pilot,
                        const bool *victims)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < model.entry_count; i++) {
        const uint64_t hash = entries[i].hash, its = bucket_of(hash);
        if (its == bucket) {
            count += own > 0 && line_of(hash, pilot) == line;
            own -= own > 0;
        } else {
            count += model.is_put[its] && !victims[its] && line_of_put(hash) == line;
        }
    }
    return count;
}

static uint64_t weight_of(uint64_t bucket)
{
    return model.sizes[bucket] + model.evicted[bucket];
}

/* The bucket that a line's key would evict; ENTRY_MOST: none. */
static uint64_t lightest_in(uint64_t line, const bool *victims)
{
    uint64_t lightest = ENTRY_MOST;
    for (uint64_t i = 0; i < model.entry_count; i++) {
        const uint64_t bucket = bucket_of(entries[i].hash);
        if (model.is_put[bucket] && !victims[bucket] && line_of_put(entries[i].hash) == line &&
            (lightest == ENTRY_MOST || weight_of(bucket) < weight_of(lightest) ||
             (weight_of(bucket) == weight_of(lightest) && bucket < lightest))) {
            lightest = bucket;
        }
    }
    return lightest;
}

/* The weight of those that would have to go if the pilot led the bucket, in order in list[];
 * UINT64_MAX if it does not serve. */
static uint64_t weigh(uint64_t bucket, uint64_t pilot, uint64_t *list, uint64_t *count)
{
    static bool victims[ENTRY_MOST];
    uint64_t weight = 0, own = 0;
    memset(victims, 0, sizeof victims);
    *count = 0;
    for (uint64_t i = 0; i < model.entry_count; i++) {
        const uint64_t line = line_of(entries[i].hash, pilot);
        if (bucket_of(entries[i].hash) == bucket &&
            keys_in(line, bucket, ++own, pilot, victims) > model.slots) {
            const uint64_t victim = lightest_in(line, victims);
            if (victim == ENTRY_MOST) {
                return UINT64_MAX;
            }
            victims[victim] = true;
            weight += weight_of(victim);
            list[(*count)++] = victim;
        }
    }
    return weight;
}

/* False if a region cannot be filled. */
static bool place(uint64_t bucket)
{
    uint64_t list[ENTRY_MOST / 256], least[ENTRY_MOST / 256], count, least_count = 0;
    uint64_t least_weight = UINT64_MAX;
    for (uint64_t pilot = 1; pilot < 256 && least_weight > 0; pilot++) {
        const uint64_t weight = weigh(bucket, pilot, list, &count);
        if (weight < least_weight) {
            least_weight = weight;
            least_count = count;
            memcpy(least, list, count * sizeof *list);
            model.pilots[bucket] = (uint8_t)pilot;
        }
    }
    model.is_put[bucket] = true;
    for (uint64_t i = 0; i < least_count; i++) {
        model.is_put[least[i]] = false;
        model.evicted[least[i]]++;
    }
    model.evictions += least_count > 0;
    while (least_count-- > 0) {
        if (!place(least[least_count])) {
            return false;
        }
    }
    return least_weight < UINT64_MAX && model.evictions <= model.region_lines;
}

/* Of few entries, all in one region, of which buckets have few. */
static bool choose_pilots(void)
{
    const uint64_t buckets = model.regions * model.region_pilots;
    cr_assert_eq(model.regions, 1);
    for (uint32_t size = EVICTOR_MOST + 1; size-- > 0;) {
        for (uint64_t bucket = 0; bucket < buckets; bucket++) {
            cr_assert_leq(model.sizes[bucket], EVICTOR_MOST);
            if (model.sizes[bucket] == size && !place(bucket)) {
                return false;
            }
        }
    }
    return true;
}

static void put(uint64_t line, uint32_t slot, const shm_entry *entry)
{
    unsigned char *at = model.bytes + line * 64 + slot * model.width;
    const uint64_t key = shm_unmix64(entry->hash, SEED);
    memcpy(at, &key, model.width);
    memcpy(at + 32, &entry->row, model.width);
}

static void write_lines(void)
{
    memset(model.filled, 0, sizeof model.filled);
    for (uint64_t i = 0; i < model.entry_count; i++) { /* they are in order of hashes */
        const uint64_t line = line_of_put(entries[i].hash);
        put(line, model.filled[line]++, &entries[i]);
    }
    for (uint64_t line = 0; line < model.lines; line++) {
        const shm_entry *first = &entries[0];
        for (uint64_t i = model.entry_count; i-- > 0 && model.filled[line] > 0;) {
            first = line_of_put(entries[i].hash) == line ? &entries[i] : first;
        }
        for (uint32_t slot = model.filled[line]; slot < model.slots; slot++) {
            put(line, slot, first);
        }
    }
}

/* False if there are no pilots. */
static bool model_map(const shm_placed *map)
{
    memset(&model, 0, sizeof model);
    model.width = map->width;
    model.slots = 32 / map->width;
    model.entry_count = map->entry_count;
    model.lines = map->line_count;
    model.regions = (map->line_count * model.slots + REGION_SLOTS - 1) / REGION_SLOTS;
    model.region_lines = map->line_count / model.regions;
    for (model.region_pilots = 1; model.region_pilots * 6 < model.region_lines * model.slots;) {
        model.region_pilots *= 2;
    }
    for (uint64_t i = 0; i < map->entry_count; i++) {
        model.sizes[bucket_of(entries[i].hash)]++;
    }
    return choose_pilots();
}

static void fill_entries(uint64_t count_of)
{
    for (uint64_t i = 0; i < count_of; i++) {
        entries[i] = (shm_entry){(uint32_t)(i * UINT32_C(2654435761)), 100 + i}; /* distinct */
    }
}

/* What the library writes is what the format says, if anything can be; how often was evicted. */
static uint64_t expect_modelled(uint64_t count, uint32_t width, uint64_t lines)
{
    fill_entries(count);
    const shm_placed map = shm_test_dense(entries, count, width, lines, SEED);
    const bool is_placed = model_map(&map);
    cr_assert_eq(map.lines != NULL, is_placed, "%d entries, %d lines", (int)count, (int)lines);
    if (is_placed) {
        write_lines();
        cr_expect_arr_eq(map.pilots, model.pilots, model.regions * model.region_pilots);
        cr_expect_arr_eq(map.lines, model.bytes, lines * 64);
    }
    shm_test_placed_free(&map);
    return model.evictions;
}

Test(dense_build, writes_what_the_format_says)
{
    static const uint64_t counts[] = {1, 2, 3, 4, 5, 15, 16, 60, 333, 1000};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (uint32_t width = 4; width <= 8; width += 4) {
            expect_modelled(counts[c], width, shm_dense_line_count(counts[c], width, false));
        }
    }
}

/* Maps that are fuller than any: buckets evict each other, and some maps cannot be filled, others
 * not with so few evictions. */
Test(dense_build, evicts_as_the_format_says)
{
    uint64_t evictions = 0;
    for (uint64_t lines = 2; lines < 40; lines++) {
        evictions += expect_modelled(4 * lines, 8, lines);
        evictions += expect_modelled(4 * lines - 1, 8, lines);
        evictions += expect_modelled(8 * lines - 1, 4, lines);
    }
    cr_expect_gt(evictions, 100, "%d", (int)evictions);
}

Test(dense_build, lines_and_regions)
{
    static const struct {
        uint64_t entries, lines_8, lines_4;
    } wanted[] = {{0, 0, 0},           {1, 1, 1},           {3, 1, 1},
                  {4, 2, 1},           {15, 4, 2},          {16, 5, 3},
                  {23040, 6144, 3072}, {23041, 6146, 3074}, /* two regions of 3073 or 1537 lines */
                  {46080, 12288, 6144}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        cr_expect_eq(shm_dense_line_count(wanted[i].entries, 8, false), wanted[i].lines_8);
        cr_expect_eq(shm_dense_line_count(wanted[i].entries, 4, false), wanted[i].lines_4);
    }
    cr_expect_eq(shm_dense_line_count(23040, 8, true), 12288);
}

Test(dense_build, shapes)
{
    static const struct {
        uint64_t lines;
        uint32_t width;
        struct shm_dense_shape shape;
    } wanted[] = {{0, 8, {0, 0, 0, 0}},           {1, 8, {1, 1, 0, 1}},
                  {2, 8, {1, 2, 1, 2}},           {3, 8, {1, 3, 1, 2}},
                  {4, 8, {1, 4, 2, 4}},           {1, 4, {1, 1, 1, 2}},
                  {6144, 8, {1, 6144, 12, 4096}}, {6146, 8, {2, 3073, 12, 8192}},
                  {3072, 4, {1, 3072, 12, 4096}}, {12288, 8, {2, 6144, 12, 8192}}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct shm_dense_shape shape = shm_dense_shape_of(wanted[i].lines, wanted[i].width);
        cr_expect_eq(shape.region_count, wanted[i].shape.region_count);
        cr_expect_eq(shape.region_lines, wanted[i].shape.region_lines);
        cr_expect_eq(shape.region_pilot_bits, wanted[i].shape.region_pilot_bits);
        cr_expect_eq(shape.pilot_count, wanted[i].shape.pilot_count);
    }
}

Test(dense_build, several_regions)
{
    enum { COUNT = 65000 };
    const uint64_t lines = shm_dense_line_count(COUNT, 8, false);
    fill_entries(COUNT);
    const shm_placed map = shm_test_dense(entries, COUNT, 8, lines, SEED);
    cr_assert_not_null(map.lines);
    cr_assert_eq(map.pilot_count, UINT64_C(3) << map.region_pilot_bits);
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
        const uint64_t count_of = (uint64_t)REGION_SLOTS * 970 / 1000;
        fill_entries(count_of);
        const shm_placed map =
            shm_test_dense(entries, count_of, width, REGION_SLOTS * width / 32, SEED);
        cr_expect_not_null(map.lines, "width %u", width);
        shm_test_placed_free(&map);
    }
}

/* Entries with hashes in steps of `step`, all in the first bucket. */
static bool places_crowd(uint64_t count_of, uint64_t step, uint64_t lines)
{
    for (uint64_t i = 0; i < count_of; i++) {
        entries[i] = (shm_entry){shm_unmix64(i * step, SEED), i};
    }
    const shm_placed map = shm_test_dense(entries, count_of, 8, lines, SEED);
    const bool places = map.lines != NULL;
    shm_test_placed_free(&map);
    return places;
}

Test(dense_build, a_bucket_of_many_keys)
{
    const uint64_t steps = UINT64_C(1) << 20;
    cr_expect(places_crowd(4096, steps, REGION_SLOTS / 4), "their hashes are spread");
    cr_expect_not(places_crowd(4096, 1, REGION_SLOTS / 4), "no pilot parts these");
    cr_expect_not(places_crowd(1000, steps, 240), "more keys than slots");
    cr_expect_not(places_crowd(5, 1, 1), "more keys than slots");
}
