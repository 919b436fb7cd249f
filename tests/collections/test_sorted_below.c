/* test_sorted_below.c — the way down the levels of a sorted index, for every kind of processor: as
 * many words are below as counting them says. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "collections/sorted/sorted.h"

enum { COUNT_MAX = 64 * 64 * 64 + 65, PROBE_COUNT = 2000, PERIOD = 3 };

/* Each word three times, from `first` on. */
static void fill(uint64_t *words, uint64_t count, uint64_t first, uint64_t step)
{
    for (uint64_t i = 0; i < count; i++) {
        words[i] = first + i / PERIOD * step;
    }
}

/* Binds the levels over the words, which `room` holds; and numbers nobody reads. */
static shm_sorted bind(uint64_t *room, uint64_t count)
{
    shm_sorted sorted = {.rows = (const void *)room, .count = count, .width = 4};
    uint64_t *at = room;
    for (uint64_t words = count; words > 0;) {
        const uint64_t filled = shm_sorted_filled(words);
        const uint64_t *below =
            sorted.level_count == 0 ? at : sorted.levels[sorted.level_count - 1];
        for (uint64_t i = 0; i < filled; i++) {
            at[i] = i >= words ? UINT64_MAX : below[sorted.level_count == 0 ? i : i * 64];
        }
        sorted.levels[sorted.level_count++] = at;
        at += filled;
        words = words > SHM_SORTED_NODE ? shm_sorted_above(words) : 0;
    }
    return sorted;
}

/* By binary search, which knows no levels. */
static uint64_t count_below(const shm_sorted *sorted, uint64_t word)
{
    uint64_t low = 0;
    uint64_t high = sorted->count;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (sorted->levels[0][middle] < word) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void check_word(const shm_sorted *sorted, uint64_t word)
{
    const struct shm_sorted_counts *const all[] = {
        shm_sorted_counts_portable(), shm_sorted_counts_avx2(), shm_sorted_counts_best()};
    const uint64_t expected = count_below(sorted, word);
    const uint64_t in_node = expected < SHM_SORTED_NODE ? expected : SHM_SORTED_NODE;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i] == NULL) {
            continue;
        }
        cr_assert_eq(all[i]->below(sorted, word), expected, "%s: %" PRIu64 " words, below %" PRIx64,
                     all[i]->name, sorted->count, word);
        if (sorted->count > 0) {
            cr_assert_eq(all[i]->in_node(sorted->levels[0], word), in_node,
                         "%s: in a node, below %" PRIx64, all[i]->name, word);
        }
    }
}

static void check_count(uint64_t *room, uint64_t count, uint64_t first, uint64_t step)
{
    fill(room, count, first, step);
    const shm_sorted sorted = bind(room, count);
    const uint64_t stride = count / PROBE_COUNT + 1;
    for (uint64_t i = 0; i < count; i += stride) {
        const uint64_t word = sorted.levels[0][i];
        check_word(&sorted, word);
        check_word(&sorted, word - 1);
        check_word(&sorted, word + 1);
    }
    check_word(&sorted, 0);
    check_word(&sorted, UINT64_C(1) << 63);
    check_word(&sorted, UINT64_MAX);
}

Test(sorted_below, counts_what_is_below)
{
    static const uint64_t counts[] = {0,    1,    15,   16,      17,     63,     64,       65,
                                      4095, 4096, 4097, 64 * 65, 262144, 262145, COUNT_MAX};
    uint64_t *room = aligned_alloc(64, (COUNT_MAX + COUNT_MAX / 32 + 1024) / 8 * 8 * sizeof *room);
    cr_assert_not_null(room);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        const uint64_t span = counts[i] / PERIOD;
        check_count(room, counts[i], 0, 1);
        check_count(room, counts[i], 5, 1000);
        check_count(room, counts[i], (UINT64_C(1) << 63) - span / 2, 1); /* across the sign bit */
        check_count(room, counts[i], UINT64_MAX - (counts[i] > 0 ? counts[i] - 1 : 0) / PERIOD, 1);
        check_count(room, counts[i], 77, 0);
    }
    free(room);
}
