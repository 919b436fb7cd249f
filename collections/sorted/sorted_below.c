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

uint64_t shm_sorted_below_portable(const shm_sorted *sorted, uint64_t word)
{
    return shm_sorted_below_with(sorted, word, count_below);
}

shm_sorted_below_function *shm_sorted_below_best(void)
{
    shm_sorted_below_function *below = shm_sorted_below_avx2();
    return below != NULL ? below : shm_sorted_below_portable;
}
