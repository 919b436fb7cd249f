/* sorted_below.c — the way down the levels on any processor, and the choice of the best one. */
#include "collections/sorted/sorted_below.h"

SHM_ALWAYS_INLINE uint64_t count_below(const uint64_t *words, uint64_t word)
{
    uint64_t count = 0;
#pragma GCC unroll 16
    for (unsigned i = 0; i < SHM_SORTED_RUN; i++) {
        count += words[i] < word;
    }
    return count;
}

static uint64_t below(const shm_sorted *sorted, uint64_t word)
{
    return shm_sorted_below_with(sorted, word, count_below);
}

static uint64_t in_node(const uint64_t *words, uint64_t word)
{
    return shm_sorted_in_node_with(words, word, count_below);
}

const struct shm_sorted_counts *shm_sorted_counts_portable(void)
{
    static const struct shm_sorted_counts counts = {below, in_node, "portable"};
    return &counts;
}

const struct shm_sorted_counts *shm_sorted_counts_best(void)
{
    const struct shm_sorted_counts *counts = shm_sorted_counts_avx2();
    return counts != NULL ? counts : shm_sorted_counts_portable();
}
