/* Hash lines from sorted entries: every key is found, and the bytes depend on the keys alone. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collections/map/entries_cursor.h"
#include "collections/map/entry_list.h"
#include "collections/map/map.h"
#include "collections/map/map_find_kinds.h"
#include "collections/map/map_build.h"
#include "collections/map/map_disk.h"
#include "collections/multimap/approximate_build.h"
#include "collections/multimap/groups_build.h"
#include "libshm/file.h"
#include "libshm/hash.h"
#include "tests/support/listed.h"

struct lines {
    struct shm_map_line *list;
    uint64_t count;
    bool is_wide;
};

static int new_file(void)
{
    const int fd = memfd_create("lines", MFD_CLOEXEC);
    cr_assert_geq(fd, 0);
    return fd;
}

static struct shm_test_listed *entries_of(const uint64_t *hashes, uint64_t count)
{
    return shm_test_listed_new(hashes, count, 1);
}

/* The lines of the entries; count 0 if they could not be placed. */
static struct lines build_shape(const struct shm_test_listed *listed, uint64_t line_count,
                                bool is_wide)
{
    shm_writer writer;
    shm_error error;
    bool placed = false;
    const int fd = new_file();
    cr_assert_eq(shm_writer_open(fd, "lines", &writer, &error), SHM_OK);
    cr_assert_eq(shm_map_build_write(&listed->entries, shm_map_page_form(is_wide), NULL, line_count,
                                     &writer, &placed, &error),
                 SHM_OK);
    cr_assert_eq(shm_writer_flush(&writer, &error), SHM_OK);
    shm_writer_close(&writer);
    struct lines lines = {NULL, 0, is_wide};
    if (placed) {
        lines.count = line_count;
        lines.list = aligned_alloc(64, (size_t)line_count * sizeof *lines.list);
        cr_assert_eq(pread(fd, lines.list, (size_t)line_count * sizeof *lines.list, 0),
                     (ssize_t)((size_t)line_count * sizeof *lines.list));
    }
    close(fd);
    return lines;
}

static struct lines build(const struct shm_test_listed *listed, uint64_t line_count)
{
    return build_shape(listed, line_count, false);
}

static shm_map map_of(const struct lines *lines)
{
    return (shm_map){.lines = lines->list, .line_count = lines->count, .is_wide = lines->is_wide};
}

static uint64_t filled_slots(const struct lines *lines)
{
    const shm_map map = map_of(lines);
    uint64_t filled = 0;
    for (uint64_t slot = 0; slot < shm_map_slot_count(&map); slot++) {
        filled += shm_map_slot_value(&map, slot) != SHM_MAP_NOTHING;
    }
    return filled;
}

enum { KINDS = 3 };

/* The finds of kind number `kind`: the portable ones if this processor lacks it. */
static const struct shm_map_finds *finds_of(const shm_map *map, int kind)
{
    const struct shm_map_finds *finds = kind == 1   ? shm_map_finds_avx2(map->is_wide)
                                        : kind == 2 ? shm_map_finds_avx512(map->is_wide)
                                                    : NULL;
    return finds != NULL ? finds : shm_map_finds_portable(map->is_wide);
}

/* Every find gives this value. */
static void check_hash(const shm_map *map, uint64_t hash, int64_t value)
{
    const uint64_t slot = shm_map_slot(map, hash);
    cr_assert_eq(slot == SHM_NO_SLOT ? SHM_MAP_NOTHING : shm_map_slot_value(map, slot), value);
    for (int kind = 0; kind < KINDS; kind++) {
        const struct shm_map_finds *finds = finds_of(map, kind);
        cr_assert_eq(finds->find(map, hash), value, "%s", finds->name);
    }
}

/* The finds of each kind of processor answer as the portable ones, in blocks of every length. */
static void check_blocks(const shm_map *map, const uint64_t *hashes, size_t count)
{
    for (size_t start = 0, length = 0; start < count; start += length) {
        length = 1 + start % SHM_MAP_BLOCK;
        length = length < count - start ? length : count - start;
        for (int kind = 0; kind < KINDS; kind++) {
            int64_t values[SHM_MAP_BLOCK];
            finds_of(map, kind)->find_block(map, hashes + start, length, values);
            for (size_t i = 0; i < length; i++) {
                cr_assert_eq(values[i], finds_of(map, 0)->find(map, hashes[start + i]));
            }
        }
    }
}

static void check_words(const shm_map *map, const uint64_t *words, size_t count)
{
    int64_t *values = malloc((count + 1) * sizeof *values);
    for (int kind = 0; kind < KINDS; kind++) {
        const struct shm_map_finds *finds = finds_of(map, kind);
        size_t found = 0;
        memset(values, 0, (count + 1) * sizeof *values);
        const size_t answer = finds->find_words(map, words, count, values);
        for (size_t k = 0; k < count; k++) {
            cr_assert_eq(values[k], finds->find_word(map, words[k]));
            cr_assert_eq(values[k], finds->find(map, shm_mix64(words[k], map->seed)));
            found += values[k] != SHM_MAP_NOTHING;
        }
        cr_assert_eq(answer, found);
    }
    free(values);
}

static void check_all_found(const struct shm_test_listed *entries, const struct lines *lines)
{
    const shm_map map = map_of(lines);
    uint64_t *hashes = malloc((size_t)(2 * entries->count + 1) * sizeof *hashes);
    for (uint64_t i = 0; i < entries->count; i++) {
        const uint64_t hash = entries->list[i].hash;
        hashes[2 * i] = hash;
        hashes[2 * i + 1] = hash ^ UINT64_C(1) << 23;
        check_hash(&map, hash, (int64_t)entries->list[i].row);
        check_hash(&map, hash ^ UINT64_C(1) << 23, SHM_MAP_NOTHING);
    }
    check_blocks(&map, hashes, (size_t)(2 * entries->count));
    cr_assert_eq(filled_slots(lines), entries->count);
    free(hashes);
}

Test(map_build, line_counts)
{
    cr_expect_eq(shm_map_line_count(0, false, false), 1);
    cr_expect_eq(shm_map_line_count(1, false, false), 1);
    cr_expect_eq(shm_map_line_count(4, false, false), 1);
    cr_expect_eq(shm_map_line_count(5, false, false), 2);
    cr_expect_eq(shm_map_line_count(512, false, false), 128);
    cr_expect_eq(shm_map_line_count(513, false, false), 256);
    cr_expect_eq(shm_map_line_count(0, false, true), 2);
    cr_expect_eq(shm_map_line_count(512, false, true), 256);
    cr_expect_eq(shm_map_line_count(4 * 16383, false, false), 16384);
    cr_expect_eq(shm_map_line_count(4 * 16385, false, false), 16384);
    cr_expect_eq(shm_map_line_count(10000000, false, false), 2499968);
    cr_expect_eq(shm_map_line_count(3, true, false), 1);
    cr_expect_eq(shm_map_line_count(4, true, false), 2);
    cr_expect_eq(shm_map_line_count(UINT64_C(3) << 45, true, false), UINT64_C(1) << 45);
}

Test(map_build, shapes)
{
    cr_expect_not(shm_map_is_wide(0, 0));
    cr_expect_not(shm_map_is_wide(0x7ffffffe, 0x7ffffffe));
    cr_expect(shm_map_is_wide(0x7fffffff, 0));
    cr_expect(shm_map_is_wide(0, 0x7fffffff));
}

Test(map_build, values_of_both_shapes)
{
    static const int64_t values[] = {0, 1, 0x7ffffffe, 0x123456789abc, 0x7ffffffffffe, -1, -2};
    struct shm_map_line line = {.away = 77};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        for (uint32_t slot = 0; slot < SHM_WIDE_SLOTS; slot++) {
            shm_line_set_value(&line, true, slot, values[i]);
            cr_expect_eq(shm_line_value(&line, true, slot), values[i]);
        }
    }
    cr_expect_eq(line.away, 77);
    shm_line_set_value(&line, false, 4, 0x7ffffffe);
    cr_expect_eq(shm_line_value(&line, false, 4), 0x7ffffffe);
    cr_expect_eq(shm_map_group_place(false, shm_map_value_of_group(false, 99)), 99);
    cr_expect_eq(shm_map_group_place(true, shm_map_value_of_group(true, 99)), 99);
    cr_expect_lt(shm_map_value_of_group(true, 99), 0);
}

Test(map_build, keys_of_any_number_are_found)
{
    static uint64_t hashes[20000];
    static uint64_t words[40000];
    static const uint64_t counts[] = {0, 1, 2, 3, 7, 8, 100, 512, 513, 1000, 20000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (uint64_t k = 0; k < counts[i]; k++) {
            hashes[k] = shm_mix64(k, i);
        }
        struct shm_test_listed *entries = entries_of(hashes, counts[i]);
        for (int is_wide = 0; is_wide < 2; is_wide++) {
            struct lines lines = build_shape(
                entries, shm_map_line_count(counts[i], is_wide == 1, false), is_wide == 1);
            cr_assert_gt(lines.count, 0, "%llu keys", (unsigned long long)counts[i]);
            check_all_found(entries, &lines);
            for (uint64_t k = 0; k < 2 * counts[i]; k++) {
                words[k] = k;
            }
            shm_map map = map_of(&lines);
            map.seed = i;
            check_words(&map, words, (size_t)(2 * counts[i]));
            free(lines.list);
        }
        shm_test_listed_close(entries);
    }
}

/* Keys whose low bits are all the same have hashes whose low bits are all the same. */
Test(map_build, keys_in_strides_are_placed)
{
    enum { COUNT = 100000 };
    static uint64_t hashes[COUNT];
    static const unsigned shifts[] = {1, 8, 16, 24, 32, 40, 47};
    for (size_t i = 0; i < sizeof shifts / sizeof shifts[0]; i++) {
        for (uint64_t k = 0; k < COUNT; k++) {
            hashes[k] = shm_mix64(k << shifts[i], 1234567);
        }
        struct shm_test_listed *entries = entries_of(hashes, COUNT);
        struct lines lines = build(entries, shm_map_line_count(COUNT, false, false));
        cr_expect_gt(lines.count, 0, "shifted by %u", shifts[i]);
        free(lines.list);
        shm_test_listed_close(entries);
    }
}

/* The hash 0 is the word of empty slots, too. */
Test(map_build, the_hash_zero_is_a_key_like_others)
{
    uint64_t hashes[9] = {5, 6, 7};
    struct shm_test_listed *entries = entries_of(hashes, 3);
    struct lines lines = build(entries, 1);
    shm_map map = map_of(&lines);
    check_hash(&map, 0, SHM_MAP_NOTHING);
    free(lines.list);
    shm_test_listed_close(entries);
    for (uint64_t i = 0; i < 9; i++) {
        hashes[i] = i << SHM_AWAY_SELECTOR_SHIFT;
    }
    entries = entries_of(hashes, 9);
    lines = build(entries, 3);
    cr_assert_eq(lines.count, 3);
    check_all_found(entries, &lines);
    free(lines.list);
    shm_test_listed_close(entries);
}

Test(map_build, the_order_of_keys_leaves_no_trace)
{
    enum { COUNT = 5000 };
    static uint64_t hashes[COUNT];
    struct shm_test_listed *entries[2];
    struct lines lines[2];
    for (int i = 0; i < 2; i++) {
        for (uint64_t k = 0; k < COUNT; k++) {
            hashes[k] = shm_mix64(i == 0 ? k : COUNT - 1 - k, 7);
        }
        entries[i] =
            shm_test_listed_new(hashes, COUNT, 0); /* rows follow the order; the rest must not */
        lines[i] = build(entries[i], shm_map_line_count(COUNT, false, false));
        cr_assert_gt(lines[i].count, 0);
    }
    cr_expect_arr_eq(lines[0].list, lines[1].list, (size_t)lines[0].count * sizeof *lines[0].list);
    for (int i = 0; i < 2; i++) {
        free(lines[i].list);
        shm_test_listed_close(entries[i]);
    }
}

enum { LINES = 128 };

/* A hash with the home `line` of 128, distinct for each `number`, with these selecting bits. */
static uint64_t hash_at(uint64_t line, uint64_t number, uint64_t selecting)
{
    return line << 57 | selecting << SHM_AWAY_SELECTOR_SHIFT | (number + 1);
}

/* Selecting bits that differ in every turn. */
static uint64_t all_turns(uint64_t selector)
{
    return selector * 0x5555;
}

Test(map_build, crowded_lines_spill_and_say_where)
{
    uint64_t hashes[100];
    uint64_t count = 0;
    for (uint64_t i = 0; i < 25; i++) {
        hashes[count++] = hash_at(0, i, all_turns(i % 4)); /* as many as can be sent away */
        hashes[count++] = hash_at(127, i, all_turns(i % 4));
    }
    for (uint64_t i = 0; i < 7; i++) {
        hashes[count++] = hash_at(64, i, 8 * (i % 2)); /* two in the form two */
    }
    struct shm_test_listed *entries = entries_of(hashes, count);
    struct lines lines = build(entries, LINES);
    cr_assert_eq(lines.count, LINES);
    check_all_found(entries, &lines);
    cr_expect_neq(lines.list[0].away & SHM_AWAY_FOUR, 0);
    cr_expect_neq(lines.list[127].away & SHM_AWAY_FOUR, 0);
    cr_expect_eq(lines.list[64].away & SHM_AWAY_FOUR, 0);
    cr_expect_eq(shm_away_line(lines.list[64].away, hash_at(64, 0, 0)), 65);
    cr_expect(shm_away_may_hold(lines.list[64].away, hash_at(64, 0, 0)));
    cr_expect_not(shm_away_may_hold(lines.list[64].away, hash_at(64, 0, 2)), "another filter bit");
    cr_expect_eq(lines.list[1].away, 0);
    free(lines.list);
    shm_test_listed_close(entries);
}

/* Counts as placed at the limit, and not above it. */
static bool can_place(uint64_t keys, uint64_t selectors)
{
    uint64_t hashes[700];
    for (uint64_t i = 0; i < keys; i++) {
        hashes[i] = hash_at(5, i, all_turns(i % selectors));
    }
    struct shm_test_listed *entries = entries_of(hashes, keys);
    struct lines lines = build(entries, LINES);
    free(lines.list);
    shm_test_listed_close(entries);
    return lines.count > 0;
}

Test(map_build, what_cannot_be_placed_is_said)
{
    cr_expect(can_place(10, 1));
    cr_expect_not(can_place(11, 1), "six keys of one line and selector would share a line");
    cr_expect(can_place(25, 4));
    cr_expect_not(can_place(26, 4));
    cr_expect_not(can_place(641, 4), "more than the page has slots");
}

Test(map_build, a_turn_tells_keys_apart_that_another_does_not)
{
    uint64_t hashes[20];
    for (uint64_t i = 0; i < 20; i++) {
        hashes[i] = hash_at(9, i, i % 4 << 6); /* the same but in turn 3 */
    }
    struct shm_test_listed *entries = entries_of(hashes, 20);
    struct lines lines = build(entries, LINES);
    cr_assert_eq(lines.count, LINES);
    check_all_found(entries, &lines);
    cr_expect_eq(lines.list[9].away >> SHM_AWAY_TURN_SHIFT, 8 + 3);
    free(lines.list);
    shm_test_listed_close(entries);
}

static void check_sorted(const shm_entry *list, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        cr_assert(list[i - 1].hash < list[i].hash ||
                  (list[i - 1].hash == list[i].hash && list[i - 1].row <= list[i].row));
    }
}

Test(entries, lists_are_sorted_by_hash_then_row)
{
    enum { COUNT = 50000 };
    shm_entry *list = malloc(2 * COUNT * sizeof *list);
    static const unsigned shifts[] = {0, 40, 56, 63};
    for (size_t s = 0; s < 8; s++) {
        for (uint64_t i = 0; i < COUNT; i++) {
            list[i] = (shm_entry){shm_mix64(i, 3) >> shifts[s / 2] << shifts[s / 2],
                                  shm_mix64(i, 4) & 0xffffff};
        }
        if (s % 2 == 0) {
            shm_entry_list_sort(list, COUNT);
            check_sorted(list, COUNT);
        } else {
            check_sorted(shm_entry_list_spread(list, list + COUNT, COUNT, 0, 64), COUNT);
        }
    }
    free(list);
}

/* All entries come out once and sorted, whatever the memory and the number of workers. */
static void check_gathering(const shm_entry *wanted, shm_entries *entries, uint64_t count)
{
    shm_error error;
    shm_entries_cursor cursor;
    shm_entry entry;
    cr_assert_eq(shm_entries_gather(entries, 0, &error), SHM_OK);
    cr_assert_eq(shm_entries_sort(entries, shm_test_look_away, NULL, &error), SHM_OK);
    shm_entries_cursor_open(entries, 0, &cursor);
    for (uint64_t i = 0; i < count; i++) {
        cr_assert(shm_entries_cursor_take(&cursor, &entry));
        cr_assert(entry.hash == wanted[i].hash && entry.row == wanted[i].row);
    }
    cr_assert_not(shm_entries_cursor_take(&cursor, &entry));
    cr_assert_eq(shm_entries_cursor_status(&cursor, &error), SHM_OK);
}

Test(entries, are_sorted_in_any_memory_by_any_number_of_workers)
{
    enum { COUNT = 70000 };
    static const uint64_t memory[] = {0, 1 << 10, 300 << 10, 1 << 20, 64 << 20};
    static const unsigned jobs[] = {1, 2, 3, 7};
    struct shm_test_listed listed = {.list = malloc(COUNT * sizeof *listed.list), .count = COUNT};
    shm_entry *wanted = malloc(COUNT * sizeof *wanted);
    shm_error error;
    for (unsigned alike = 0; alike < 3; alike++) {
        for (uint64_t i = 0; i < COUNT; i++) {
            /* All different; some alike; nearly all alike, so that one partition has them. */
            const uint64_t hash = shm_mix64(alike == 1 ? i / 1000 : i, 3);
            listed.list[i] = (shm_entry){alike == 2 ? hash >> 62 : hash, i};
        }
        memcpy(wanted, listed.list, COUNT * sizeof *wanted);
        shm_entry_list_sort(wanted, COUNT);
        for (size_t i = 0; i < 20; i++) {
            listed.budget = (shm_budget){.left = memory[i / 4]};
            shm_workers_open(jobs[i % 4], &listed.workers);
            listed.entries = (shm_entries){.source = {shm_test_listed_entries, &listed, COUNT, 999},
                                           .workers = &listed.workers,
                                           .budget = &listed.budget,
                                           .count = COUNT};
            cr_assert_eq(shm_entries_open(&listed.entries, UINT64_MAX, &error), SHM_OK);
            check_gathering(wanted, &listed.entries, COUNT);
            check_gathering(wanted, &listed.entries, COUNT); /* as for another seed */
            shm_entries_close(&listed.entries);
            shm_workers_close(&listed.workers);
            cr_assert_eq(listed.budget.left, memory[i / 4]);
        }
    }
    free(listed.list);
    free(wanted);
}

static void check_sizes(shm_entries *entries, uint64_t one_in, unsigned bits, uint64_t buckets)
{
    shm_approximate_build build;
    shm_error error;
    cr_expect_eq(shm_approximate_build_open(entries, one_in, 4, &build, &error), SHM_OK);
    cr_expect_eq(build.bits, bits);
    cr_expect_eq(build.bucket_count, buckets);
    shm_approximate_build_close(&build);
}

Test(approximate_build, sizes_and_the_limit)
{
    shm_approximate_build build;
    shm_error error;
    struct shm_test_listed *none = entries_of(NULL, 0);
    none->entries.key_count = 1000;
    check_sizes(&none->entries, 1000, 16, 16); /* ceil(1000 * 1000 / 65536) */
    check_sizes(&none->entries, 16384, 16, 250);
    check_sizes(&none->entries, 16385, 32, 1);
    none->entries.key_count = UINT64_C(1) << 40;
    cr_expect_eq(shm_approximate_build_open(&none->entries, UINT64_C(1) << 30, 4, &build, &error),
                 SHM_LIMIT);
    shm_approximate_build_close(&build);
    shm_test_listed_close(none);
}

Test(groups_build, widths)
{
    cr_expect_eq(shm_row_number_width(0), 4);
    cr_expect_eq(shm_row_number_width(UINT32_MAX), 4);
    cr_expect_eq(shm_row_number_width(UINT64_C(1) << 32), 8);
}
