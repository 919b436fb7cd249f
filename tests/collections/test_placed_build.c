/* Lines of placed maps: the bytes are those that docs/format.md, "Placed maps", says. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "collections/map/placed_find.h"
#include "libshm/hash.h"
#include "tests/support/placed_lines.h"

enum {
    SEED = 99,
    MODEL_LINES = 256,
    MODEL_ENTRIES = 2048,
    SELECTORS = 4,
    WORDS = SHM_PLACED_LINE_BYTES / 8
};

static shm_entry entries[MODEL_ENTRIES];

static void drop(const shm_placed *map)
{
    free((void *)(uintptr_t)map->lines);
}

/* Entries whose hashes are given; their values are 100, 101, ... */
static shm_placed place_hashes(const uint64_t *hashes, uint64_t count, uint32_t width,
                               uint64_t line_count)
{
    for (uint64_t i = 0; i < count; i++) {
        entries[i] = (shm_entry){shm_unmix64(hashes[i], SEED), 100 + i};
    }
    return shm_test_placed(entries, count, width, line_count, SEED);
}

static void expect_words(const shm_placed *map, uint64_t line, const uint64_t *words)
{
    const unsigned char *bytes = map->lines + line * SHM_PLACED_LINE_BYTES;
    for (size_t i = 0; i < WORDS; i++) {
        cr_expect_eq(shm_placed_word_at(bytes + 8 * i, 8), words[i], "line %llu, word %zu",
                     (unsigned long long)line, i);
    }
}

static void expect_found(const shm_placed *map)
{
    for (uint64_t i = 0; i < map->entry_count; i++) {
        const void *entry = shm_placed_find(map, shm_unmix64(entries[i].hash, SEED));
        cr_assert_not_null(entry);
        cr_expect_eq(shm_placed_word_at(shm_placed_value(entry), map->width), entries[i].row);
    }
}

/* ---- the same, written plainly ---- */

struct leaver {
    uint32_t size, home, selector; /* of its group */
    uint32_t entry;
};

static struct {
    uint32_t width, slots, line_count;
    uint32_t at[MODEL_ENTRIES], home[MODEL_ENTRIES];
    uint32_t filled[MODEL_LINES];
    uint64_t tail[MODEL_LINES];
    struct leaver leavers[MODEL_ENTRIES];
    size_t leaver_count;
} model;

/* Of the low word of hash * lines. */
static uint32_t bits_of(uint64_t hash, uint32_t first, uint32_t count)
{
    return (uint32_t)(hash * model.line_count >> first) & ((1U << count) - 1);
}

static uint32_t selector_of(uint32_t entry, uint32_t turn)
{
    return bits_of(entries[entry].hash, 48 + turn, 2);
}

/* Which of a home's entries first .. end - 1 leave with this turn; answers the largest group. */
static uint32_t split(uint32_t first, uint32_t end, uint32_t turn, bool *leaves)
{
    uint32_t stay_left = model.slots - 1;
    uint32_t largest = 0;
    uint32_t sizes[SELECTORS] = {0};
    for (uint32_t i = first; i < end; i++) {
        leaves[i] = true;
        sizes[selector_of(i, turn)]++;
    }
    while (stay_left-- > 0) {
        uint32_t most = 0;
        for (uint32_t s = 0; s < SELECTORS; s++) {
            most = sizes[s] > sizes[most] ? s : most;
        }
        uint32_t i = first;
        while (!leaves[i] || selector_of(i, turn) != most) {
            i++;
        }
        leaves[i] = false;
        sizes[most]--;
    }
    for (uint32_t s = 0; s < SELECTORS; s++) {
        largest = sizes[s] > largest ? sizes[s] : largest;
    }
    return largest;
}

static void crowd(uint32_t first, uint32_t end)
{
    static bool leaves[MODEL_ENTRIES];
    uint32_t best = 0;
    for (uint32_t turn = 1; turn < 8; turn++) {
        const uint32_t now = split(first, end, turn, leaves);
        best = now < split(first, end, best, leaves) ? turn : best;
    }
    cr_assert_leq(split(first, end, best, leaves), model.slots);
    const uint32_t home = model.home[first];
    model.filled[home] = model.slots;
    model.tail[home] = (uint64_t)best << 24;
    for (uint32_t i = first; i < end; i++) {
        uint32_t size = 0;
        for (uint32_t k = first; k < end; k++) {
            size += leaves[k] && selector_of(k, best) == selector_of(i, best);
        }
        if (leaves[i]) {
            model.leavers[model.leaver_count++] =
                (struct leaver){size, home, selector_of(i, best), i};
        }
    }
}

static int compare_leavers(const void *a, const void *b)
{
    const struct leaver *x = a;
    const struct leaver *y = b;
    const int64_t by[] = {(int64_t)y->size - x->size, (int64_t)x->home - y->home,
                          (int64_t)x->selector - y->selector, (int64_t)x->entry - y->entry};
    for (size_t i = 0; i < 4; i++) {
        if (by[i] != 0) {
            return by[i] < 0 ? -1 : 1;
        }
    }
    return 0;
}

static uint32_t nearest(uint32_t home, uint32_t size)
{
    const uint32_t page = home - home % 64;
    const uint32_t end = page + 64 < model.line_count ? page + 64 : model.line_count;
    uint32_t best = UINT32_MAX;
    uint32_t best_distance = UINT32_MAX;
    for (uint32_t line = page; line < end; line++) {
        const uint32_t distance = line > home ? line - home : home - line;
        if (line != home && model.filled[line] + size <= model.slots && distance <= best_distance) {
            best = line; /* of two, the later */
            best_distance = distance;
        }
    }
    cr_assert_neq(best, UINT32_MAX);
    return best;
}

static void move_leavers(void)
{
    qsort(model.leavers, model.leaver_count, sizeof model.leavers[0], compare_leavers);
    for (size_t i = 0; i < model.leaver_count; i += model.leavers[i].size) {
        const struct leaver *group = &model.leavers[i];
        const uint32_t line = nearest(group->home, group->size);
        for (uint32_t k = 0; k < group->size; k++) {
            const uint64_t hash = entries[group[k].entry].hash;
            model.at[group[k].entry] = line;
            model.tail[group->home] |= UINT64_C(1)
                                       << (model.width == 8 ? 32 + hash % 32 : 28 + hash % 4);
        }
        model.tail[group->home] |= (uint64_t)(line % 64) << (6 * group->selector);
        model.filled[line] += group->size;
    }
}

static void write_model(uint32_t line, uint32_t count, unsigned char *bytes)
{
    const uint32_t width = model.width;
    uint32_t slot = 0;
    for (int away = 0; away < 2; away++) {
        for (uint32_t i = 0; i < count; i++) {
            if (model.at[i] == line && (model.home[i] != line) == (away == 1)) {
                const uint64_t key = shm_unmix64(entries[i].hash, SEED);
                memcpy(bytes + slot * width, &key, width);
                memcpy(bytes + 32 + slot++ * width, &entries[i].row, width);
            }
        }
    }
    if (slot == 0) {
        const uint64_t key = shm_unmix64(entries[0].hash, SEED);
        memcpy(bytes, &key, width);
        memcpy(bytes + 32, &entries[0].row, width);
        slot = 1;
    }
    const bool has_tail = slot < model.slots;
    for (; slot < model.slots; slot++) {
        memcpy(bytes + slot * width, bytes, width);
        memcpy(bytes + 32 + slot * width, bytes + 32, width);
    }
    if (has_tail) {
        memcpy(bytes + 64 - width, &model.tail[line], width);
    }
}

/* `entries` hold hashes, and are sorted. */
static void check_model(const shm_placed *map)
{
    const uint32_t count = (uint32_t)map->entry_count;
    memset(&model, 0, sizeof model);
    model.width = map->width;
    model.slots = 32 / map->width;
    model.line_count = (uint32_t)map->line_count;
    for (uint32_t i = 0; i < count; i++) {
        model.home[i] = (uint32_t)shm_multiply_high(entries[i].hash, map->line_count);
        model.at[i] = model.home[i];
    }
    for (uint32_t first = 0, end = 0; first < count; first = end) {
        while (end < count && model.home[end] == model.home[first]) {
            end++;
        }
        if (end - first > model.slots) {
            crowd(first, end);
        } else {
            model.filled[model.home[first]] = end - first;
        }
    }
    move_leavers();
    for (uint32_t line = 0; line < model.line_count; line++) {
        unsigned char bytes[64];
        write_model(line, count, bytes);
        cr_assert_arr_eq(bytes, map->lines + line * 64, 64, "%u entries of %u bytes, line %u",
                         count, map->width, line);
    }
}

Test(placed_build, bytes_are_those_of_the_specification)
{
    static const uint64_t counts[] = {1, 2, 3, 4, 5, 8, 21, 100, 170, 171, 340, 341, 500};
    for (uint32_t width = 4; width <= 8; width += 4) {
        for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
            const uint64_t count = counts[c] * (width == 4 ? 2 : 1);
            for (uint64_t i = 0; i < count; i++) {
                entries[i] = (shm_entry){width == 8 ? shm_mix64(i, 3) : 7 * i, shm_mix64(i, 4)};
            }
            const shm_placed map = shm_test_placed(
                entries, count, width, shm_placed_line_count(count, width, false), SEED);
            cr_assert_not_null(map.lines);
            check_model(&map);
            drop(&map);
        }
    }
}

/* Load far above two thirds: groups of several entries, turns, and lines far from home. */
Test(placed_build, crowded_pages_as_well)
{
    for (uint32_t width = 4; width <= 8; width += 4) {
        uint32_t placed = 0;
        for (uint64_t round = 0; round < 40; round++) {
            const uint64_t count = 640 / width * (80 + round % 10) / 100 * 3;
            for (uint64_t i = 0; i < count; i++) {
                entries[i] = (shm_entry){round << 20 | i, i};
            }
            const shm_placed map = shm_test_placed(entries, count, width, 60, SEED);
            if (map.lines != NULL) {
                check_model(&map);
                placed++;
            }
            drop(&map);
        }
        cr_expect_gt(placed, 10, "width %u: %u", width, placed);
    }
}

/* ---- by hand ---- */

Test(placed_build, one_entry_fills_its_line)
{
    const uint64_t hash = 5;
    const uint64_t key = shm_unmix64(hash, SEED);
    shm_placed map = place_hashes(&hash, 1, 8, 1);
    expect_words(&map, 0, (uint64_t[]){key, key, key, key, 100, 100, 100, 0});
    drop(&map);
    entries[0] = (shm_entry){0x11223344, 0x55667788};
    map = shm_test_placed(entries, 1, 4, 1, SEED);
    const uint64_t keys = UINT64_C(0x1122334411223344);
    const uint64_t values = UINT64_C(0x5566778855667788);
    expect_words(&map, 0,
                 (uint64_t[]){keys, keys, keys, keys, values, values, values, values & UINT32_MAX});
    drop(&map);
}

Test(placed_build, lines_of_no_entry_hold_the_one_with_the_smallest_hash)
{
    const uint64_t hashes[] = {UINT64_MAX, UINT64_MAX - 9, UINT64_MAX - 8};
    const uint64_t keys[] = {shm_unmix64(hashes[0], SEED), shm_unmix64(hashes[1], SEED),
                             shm_unmix64(hashes[2], SEED)};
    const shm_placed map = place_hashes(hashes, 3, 8, 2);
    expect_words(&map, 0, (uint64_t[]){keys[1], keys[1], keys[1], keys[1], 101, 101, 101, 0});
    expect_words(&map, 1, (uint64_t[]){keys[1], keys[2], keys[0], keys[1], 101, 102, 100, 0});
    drop(&map);
}

Test(placed_build, a_full_line_has_no_tail)
{
    const uint64_t hashes[] = {1, 2, 3, 4};
    const shm_placed map = place_hashes(hashes, 4, 8, 1);
    uint64_t words[WORDS];
    for (uint64_t i = 0; i < 4; i++) {
        words[i] = shm_unmix64(hashes[i], SEED);
        words[4 + i] = 100 + i;
    }
    expect_words(&map, 0, words);
    drop(&map);
}

/* Five keys of home 0: one of selector 0 and both of selector 1 stay. */
Test(placed_build, a_crowded_line_has_a_tail)
{
    static const uint64_t selectors[] = {0, 1, 2, 3, 1};
    uint64_t hashes[5];
    uint64_t keys[5];
    for (uint64_t i = 0; i < 5; i++) {
        hashes[i] = (i == 3 ? UINT64_C(5) : UINT64_C(2)) << 60 | selectors[i] << 47 | (9 - i);
        keys[i] = shm_unmix64(hashes[i], SEED);
    }
    const shm_placed map = place_hashes(hashes, 5, 8, 2);
    const uint64_t tail = UINT64_C(1) << (32 + 7) | UINT64_C(1) << (32 + 6) |
                          UINT64_C(1) << (2 * 6) | UINT64_C(1) << (3 * 6);
    expect_words(&map, 0, (uint64_t[]){keys[0], keys[4], keys[1], keys[0], 100, 104, 101, tail});
    expect_words(&map, 1, (uint64_t[]){keys[2], keys[3], keys[2], keys[2], 102, 103, 102, 0});
    expect_found(&map);
    drop(&map);
}

/* Turn 0 tells nothing apart here, turn 3 does. */
Test(placed_build, the_turn_tells_keys_apart)
{
    uint64_t hashes[12];
    for (uint64_t i = 0; i < 12; i++) {
        hashes[i] = i << 48 | i;
    }
    const shm_placed map = place_hashes(hashes, 12, 8, 8);
    cr_assert_not_null(map.lines);
    cr_expect_eq(shm_placed_tail(map.lines, 8) >> 24 & 7, 3);
    check_model(&map);
    expect_found(&map);
    drop(&map);
}

/* ---- limits ---- */

/* Three stay, and four of each of four selectors leave: one more of any has no line. */
Test(placed_build, most_keys_of_one_home)
{
    for (uint64_t more = 0; more < 2; more++) {
        uint64_t hashes[20];
        const uint64_t count = 19 + more;
        for (uint64_t i = 0; i < count; i++) {
            hashes[i] = (i % 4) << 42 | i;
        }
        const shm_placed map = place_hashes(hashes, count, 8, 64);
        cr_assert_eq(map.lines != NULL, more == 0);
        if (more == 0) {
            check_model(&map);
            expect_found(&map);
        }
        drop(&map);
    }
}

/* Width 4: seven stay, and eight of each of four selectors leave. */
Test(placed_build, most_keys_of_one_home_where_keys_are_narrow)
{
    for (uint64_t more = 0; more < 2; more++) {
        uint64_t left[4] = {10, 10, 10, 9 + more};
        uint64_t count = 0;
        for (uint64_t key = 0; count < 39 + more; key++) {
            const uint64_t hash = shm_mix64(key, SEED);
            const uint32_t selector = shm_placed_selector(hash * 64, 0);
            if (hash >> 58 == 0 && left[selector] > 0) {
                left[selector]--;
                entries[count++] = (shm_entry){key, key};
            }
        }
        const shm_placed map = shm_test_placed(entries, count, 4, 64, SEED);
        cr_assert_eq(map.lines != NULL, more == 0);
        if (more == 0) {
            check_model(&map);
            expect_found(&map);
        }
        drop(&map);
    }
}

Test(placed_build, a_page_takes_as_many_entries_as_it_has_slots)
{
    /* Homes are full or empty; nothing needs to leave. */
    uint64_t hashes[9];
    for (uint64_t i = 0; i < 9; i++) {
        hashes[i] = (i / 4 % 2) << 63 | i;
    }
    shm_placed map = place_hashes(hashes, 8, 8, 2);
    cr_assert_not_null(map.lines);
    expect_found(&map);
    drop(&map);
    map = place_hashes(hashes, 9, 8, 2);
    cr_expect_null(map.lines);
}

Test(placed_build, line_counts)
{
    static const struct {
        uint64_t entries, wide, narrow;
    } counts[] = {{0, 0, 0},
                  {1, 1, 1},
                  {2, 1, 1},
                  {3, 2, 1},
                  {5, 2, 1},
                  {6, 3, 2},
                  {170, 64, 32},
                  {171, 128, 33},
                  {341, 128, 64},
                  {342, 192, 128},
                  {43688, 16384, 8192},
                  {43690, 16384, 8192},
                  {43690 + 168, 16384, 8256},
                  {43690 + 171, 16448, 8256}};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        cr_expect_eq(shm_placed_line_count(counts[i].entries, 8, false), counts[i].wide, "%llu",
                     (unsigned long long)counts[i].entries);
        cr_expect_eq(shm_placed_line_count(counts[i].entries, 4, false), counts[i].narrow, "%llu",
                     (unsigned long long)counts[i].entries);
    }
    cr_expect_eq(shm_placed_line_count(1, 8, true), 2);
    cr_expect_eq(shm_placed_line_count(85, 8, true), 64);
    cr_expect_eq(shm_placed_line_count(86, 8, true), 128);
    cr_expect_eq(shm_placed_line_count(1 << 27, 8, false), (3 << 27) / 8 / 64 * 64);
    cr_expect_eq(shm_placed_line_count((1 << 27) + 1, 8, false), ((1 << 27) * 2 / 5 + 1) / 64 * 64);
    cr_expect_eq(shm_placed_line_count((1 << 27) + 1, 4, false), (3 << 27) / 16 / 64 * 64);
    cr_expect_eq(shm_placed_line_count(UINT64_C(5) << 60, 8, true), UINT64_C(1) << 62);
}
