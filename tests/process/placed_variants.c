/* Finds in placed maps: those of each kind of processor answer as those in plain C do.  A plain
 * program, since it runs on other processors than the tests around it, too (preset arm64). */
#include <stdio.h>
#include <string.h>

#include "collections/map/placed_find.h"
#include "libshm/hash.h"
#include "tests/support/placed_lines.h"
#include "tests/support/plain.h"

enum { ENTRY_MOST = 70000, SENTINEL = 1 };

static shm_entry entries[ENTRY_MOST];
static uint64_t keys[2 * ENTRY_MOST];
static const void *answers[2 * ENTRY_MOST + 1];

/* Misses look at the filter bits of a line's last value: they are set, clear or random. */
enum values { ALL_ONES, ZEROS, RANDOM };

static uint64_t value_of(uint64_t i, enum values values)
{
    return values == ALL_ONES ? UINT64_MAX : values == ZEROS ? 0 : shm_mix64(i, 77);
}

/* `some` is how many of four keys are in the map. */
static void fill_keys(uint64_t count, uint32_t width, unsigned some)
{
    for (uint64_t i = 0; i < 2 * ENTRY_MOST; i++) {
        const bool is_there = shm_mix64(i, 5) >> 62 < some && count > 0;
        const uint64_t number = is_there ? shm_mix64(i, 6) % count : count + i;
        keys[i] = width == 8 ? number * UINT64_C(0x10001000100) : number * 3;
    }
}

static void check_finds(const shm_placed *map, const struct shm_placed_finds *plain,
                        const struct shm_placed_finds *finds)
{
    static const size_t counts[] = {0, 1, 31, 32, 33, 63, 64, 65, 96, 1000, 2 * ENTRY_MOST};
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        const size_t count = counts[c];
        const uint64_t *some = keys + (2 * ENTRY_MOST - count) / 2;
        size_t found = 0;
        memset(answers, 0xff, sizeof answers);
        answers[count] = &keys[SENTINEL];
        const size_t answer = finds->find_many(map, some, count, answers);
        for (size_t i = 0; i < count; i++) {
            const void *entry = plain->find(map, some[i]);
            REQUIRE(answers[i] == entry);
            REQUIRE(finds->find(map, some[i]) == entry);
            REQUIRE(shm_placed_find(map, some[i]) == entry);
            found += entry != NULL;
        }
        REQUIRE(answer == found);
        REQUIRE(answers[count] == &keys[SENTINEL]);
    }
}

static void check_map(const shm_placed *map)
{
    const uint32_t width = map->width;
    const bool is_dense = map->pilots != NULL;
    const struct shm_placed_finds *const all[] = {
        shm_placed_finds_plain(width, is_dense), shm_placed_finds_inline(width, is_dense),
        shm_placed_finds_avx2(width, is_dense), shm_placed_finds_avx512(width, is_dense),
        shm_placed_finds_best(width, is_dense)};
    for (unsigned some = 0; some <= 4; some += 2) {
        fill_keys(map->entry_count, width, some);
        for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
            if (all[i] != NULL) {
                check_finds(map, all[0], all[i]);
            }
        }
    }
}

/* What the plain finds answer is what was put. */
static void check_entries(const shm_placed *map, uint64_t count)
{
    const struct shm_placed_finds *plain = shm_placed_finds_plain(map->width, map->pilots != NULL);
    for (uint64_t i = 0; i < count; i++) {
        const void *entry = plain->find(map, shm_unmix64(entries[i].hash, map->seed));
        REQUIRE(entry != NULL);
        REQUIRE(memcmp(shm_placed_value(entry), &entries[i].row, map->width) == 0);
    }
}

static void check(uint64_t count, uint32_t width, bool is_dense, enum values values)
{
    for (uint64_t i = 0; i < count; i++) {
        entries[i].hash = width == 8 ? i * UINT64_C(0x10001000100) : i * 3;
        entries[i].row = value_of(i, values);
    }
    const shm_placed map = is_dense
                               ? shm_test_dense(entries, count, width,
                                                shm_dense_line_count(count, width, false), 12345)
                               : shm_test_placed(entries, count, width,
                                                 shm_placed_line_count(count, width, false), 12345);
    REQUIRE(map.lines != NULL);
    check_entries(&map, count);
    check_map(&map);
    shm_test_placed_free(&map);
}

int main(void)
{
    static const uint64_t counts[] = {1, 2, 3, 4, 9, 100, 170, 171, 3000, ENTRY_MOST};
    int cases = 0;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        for (uint32_t width = 4; width <= 8; width += 4) {
            for (int values = ALL_ONES; values <= RANDOM; values++) {
                check(counts[c], width, false, (enum values)values);
                check(counts[c], width, true, (enum values)values);
                cases += 2;
            }
        }
    }
    printf("%s\n%d passed, 0 failed\n", shm_placed_finds_best(8, false)->name, cases);
    return 0;
}
