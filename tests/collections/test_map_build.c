/* Hash lines from sorted entries: every key is found, and the bytes depend on the keys alone. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collections/map/entries.h"
#include "collections/map/map.h"
#include "collections/map/map_build.h"
#include "collections/multimap/approximate_build.h"
#include "collections/multimap/groups_build.h"
#include "libshm/file.h"
#include "libshm/hash.h"

struct lines {
    struct shm_map_line *list;
    uint64_t count;
};

static int new_file(void)
{
    const int fd = memfd_create("lines", MFD_CLOEXEC);
    cr_assert_geq(fd, 0);
    return fd;
}

/* The lines of the entries; count 0 if they could not be placed. */
static struct lines build(const shm_entries *entries, uint64_t line_count)
{
    shm_writer writer;
    shm_error error;
    bool placed = false;
    const int fd = new_file();
    cr_assert_eq(shm_writer_open(fd, "lines", &writer, &error), SHM_OK);
    cr_assert_eq(shm_map_build_write(entries, line_count, &writer, &placed, &error), SHM_OK);
    cr_assert_eq(shm_writer_flush(&writer, &error), SHM_OK);
    shm_writer_close(&writer);
    struct lines lines = {NULL, 0};
    if (placed) {
        lines.count = line_count;
        lines.list = malloc((size_t)line_count * sizeof *lines.list);
        cr_assert_eq(pread(fd, lines.list, (size_t)line_count * sizeof *lines.list, 0),
                     (ssize_t)((size_t)line_count * sizeof *lines.list));
    }
    close(fd);
    return lines;
}

static shm_entries entries_of(uint64_t *hashes, uint64_t count)
{
    shm_entries entries = {.count = count, .key_count = count};
    entries.list = malloc((size_t)(count + 1) * sizeof *entries.list);
    for (uint64_t i = 0; i < count; i++) {
        entries.list[i] = (shm_entry){hashes[i], i};
    }
    shm_entries_sort(entries.list, count);
    return entries;
}

static uint64_t filled_slots(const struct lines *lines)
{
    uint64_t filled = 0;
    for (uint64_t i = 0; i < lines->count; i++) {
        for (int slot = 0; slot < SHM_LINE_SLOT_COUNT; slot++) {
            filled += (lines->list[i].cells[slot] & SHM_CELL_FILLED) != 0;
        }
    }
    return filled;
}

static void check_all_found(const shm_entries *entries, const struct lines *lines)
{
    const shm_map map = {.lines = lines->list, .line_count = lines->count};
    for (uint64_t i = 0; i < entries->count; i++) {
        uint64_t row;
        cr_assert(shm_map_find(&map, entries->list[i].hash, &row));
        cr_assert_eq(row, entries->list[i].row);
        cr_assert_not(shm_map_find(&map, entries->list[i].hash ^ UINT64_C(1) << 40, &row));
    }
    cr_assert_eq(filled_slots(lines), entries->count);
}

Test(map_build, line_counts)
{
    cr_expect_eq(shm_map_line_count(0, false), 1);
    cr_expect_eq(shm_map_line_count(1, false), 1);
    cr_expect_eq(shm_map_line_count(2, false), 1);
    cr_expect_eq(shm_map_line_count(3, false), 2);
    cr_expect_eq(shm_map_line_count(8, false), 3);
    cr_expect_eq(shm_map_line_count(9, false), 4);
    cr_expect_eq(shm_map_line_count(170, false), 64);
    cr_expect_eq(shm_map_line_count(171, false), 128);
    cr_expect_eq(shm_map_line_count(1000, false), 384);
    cr_expect_eq(shm_map_line_count(0, true), 2);
    cr_expect_eq(shm_map_line_count(170, true), 128);
    cr_expect_eq(shm_map_line_count(UINT64_C(1) << 47, false), (UINT64_C(3) << 47) / 8);
}

Test(map_build, keys_of_any_number_are_found)
{
    static uint64_t hashes[20000];
    static const uint64_t counts[] = {0, 1, 2, 3, 7, 8, 100, 170, 171, 1000, 20000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (uint64_t k = 0; k < counts[i]; k++) {
            hashes[k] = shm_mix64(k, i);
        }
        shm_entries entries = entries_of(hashes, counts[i]);
        struct lines lines = build(&entries, shm_map_line_count(counts[i], false));
        cr_assert_gt(lines.count, 0, "%llu keys", (unsigned long long)counts[i]);
        check_all_found(&entries, &lines);
        free(lines.list);
        shm_entries_close(&entries);
    }
}

Test(map_build, the_order_of_keys_leaves_no_trace)
{
    enum { COUNT = 5000 };
    static uint64_t hashes[COUNT];
    shm_entries entries[2];
    struct lines lines[2];
    for (int i = 0; i < 2; i++) {
        for (uint64_t k = 0; k < COUNT; k++) {
            hashes[k] = shm_mix64(i == 0 ? k : COUNT - 1 - k, 7);
        }
        entries[i] = entries_of(hashes, COUNT);
        for (uint64_t k = 0; k < COUNT; k++) {
            entries[i].list[k].row = 0; /* rows follow the order; the rest must not */
        }
        lines[i] = build(&entries[i], shm_map_line_count(COUNT, false));
        cr_assert_gt(lines[i].count, 0);
    }
    cr_expect_arr_eq(lines[0].list, lines[1].list, (size_t)lines[0].count * sizeof *lines[0].list);
    for (int i = 0; i < 2; i++) {
        free(lines[i].list);
        shm_entries_close(&entries[i]);
    }
}

/* A hash with the home `line` of `line_count`, distinct for each `number`, of that selector. */
static uint64_t hash_at(uint64_t line, uint64_t line_count, uint64_t number, uint64_t selector)
{
    const uint64_t first =
        (uint64_t)((((unsigned __int128)line << 64) + line_count - 1) / line_count);
    return ((first + 8) & ~UINT64_C(3)) + 4 * number + selector;
}

Test(map_build, crowded_lines_spill_and_say_where)
{
    enum { LINES = 64 };
    uint64_t hashes[100];
    uint64_t count = 0;
    for (uint64_t i = 0; i < 20; i++) {
        hashes[count++] = hash_at(0, LINES, i, i % 4); /* as many as selectors can send away */
        hashes[count++] = hash_at(63, LINES, i, i % 4);
    }
    hashes[count++] = hash_at(1, LINES, 0, 0);
    shm_entries entries = entries_of(hashes, count);
    struct lines lines = build(&entries, LINES);
    cr_assert_eq(lines.count, LINES);
    check_all_found(&entries, &lines);
    for (uint64_t s = 0; s < 4; s++) {
        cr_expect_gt(shm_cell_reach(lines.list[0].cells[s]), 0);
        cr_expect_lt(shm_cell_reach(lines.list[63].cells[s]), 0);
    }
    free(lines.list);
    shm_entries_close(&entries);
}

/* Counts as placed at the limit, and not above it. */
static bool can_place(uint64_t keys, uint64_t selectors)
{
    uint64_t hashes[300];
    for (uint64_t i = 0; i < keys; i++) {
        hashes[i] = hash_at(5, 64, i, i % selectors);
    }
    shm_entries entries = entries_of(hashes, keys);
    struct lines lines = build(&entries, 64);
    free(lines.list);
    shm_entries_close(&entries);
    return lines.count > 0;
}

Test(map_build, what_cannot_be_placed_is_said)
{
    cr_expect(can_place(8, 1));
    cr_expect_not(can_place(9, 1), "five keys of one line and selector would share a line");
    cr_expect(can_place(20, 4));
    cr_expect_not(can_place(21, 4));
    cr_expect_not(can_place(257, 4), "more than the page has slots");
}

Test(entries, sorted_by_hash_then_row)
{
    enum { COUNT = 50000 };
    shm_entry *list = malloc(COUNT * sizeof *list);
    static const unsigned shifts[] = {0, 40, 56, 63};
    for (size_t s = 0; s < 4; s++) {
        for (uint64_t i = 0; i < COUNT; i++) {
            list[i] =
                (shm_entry){shm_mix64(i, 3) >> shifts[s] << shifts[s], shm_mix64(i, 4) & 0xffffff};
        }
        shm_entries_sort(list, COUNT);
        for (uint64_t i = 1; i < COUNT; i++) {
            cr_assert(list[i - 1].hash < list[i].hash ||
                      (list[i - 1].hash == list[i].hash && list[i - 1].row <= list[i].row));
        }
    }
    free(list);
}

Test(approximate_build, sizes_and_the_limit)
{
    shm_approximate_build build;
    shm_error error;
    shm_entries entries = {.key_count = 1000};
    cr_expect_eq(shm_approximate_build_open(&entries, 1000, &build, &error), SHM_OK);
    cr_expect_eq(build.bits, 16);
    cr_expect_eq(build.bucket_count, 16); /* ceil(1000 * 1000 / 65536) */
    cr_expect_eq(shm_approximate_build_open(&entries, 16384, &build, &error), SHM_OK);
    cr_expect_eq(build.bits, 16);
    cr_expect_eq(shm_approximate_build_open(&entries, 16385, &build, &error), SHM_OK);
    cr_expect_eq(build.bits, 32);
    cr_expect_eq(build.bucket_count, 1);
    entries.key_count = UINT64_C(1) << 40;
    cr_expect_eq(shm_approximate_build_open(&entries, UINT64_C(1) << 30, &build, &error),
                 SHM_LIMIT);
}

Test(groups_build, widths)
{
    cr_expect_eq(shm_row_number_width(0), 4);
    cr_expect_eq(shm_row_number_width(UINT32_MAX), 4);
    cr_expect_eq(shm_row_number_width(UINT64_C(1) << 32), 8);
}
