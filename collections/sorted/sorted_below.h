/* sorted_below.h — the way down the levels, written once and compiled for each kind of processor.
 *
 * Included by the sources of the reading half alone.  Functions that only prefetch are always
 * inline, since gcc drops calls of them.  Internal. */
#ifndef COLLECTIONS_SORTED_BELOW_H
#define COLLECTIONS_SORTED_BELOW_H

#include "collections/sorted/sorted.h"

#define SHM_ALWAYS_INLINE static inline __attribute__((always_inline))

enum { SHM_SORTED_FAR = 2 }; /* levels; the others are small enough to stay in the caches */

/* How many of SHM_SORTED_RUN words are below `word`. */
typedef uint64_t shm_sorted_count_function(const uint64_t *words, uint64_t word);

/* Starts fetching `bytes` from `at` on. */
SHM_ALWAYS_INLINE void shm_sorted_prefetch(const void *at, size_t bytes)
{
#pragma GCC unroll 8
    for (size_t i = 0; i < bytes; i += SHM_SORTED_LINE) {
        __builtin_prefetch((const char *)at + i);
    }
}

/* Starts fetching the numbers of a node's entries, of which `first` is the first. */
SHM_ALWAYS_INLINE void shm_sorted_prefetch_numbers(const shm_sorted *sorted,
                                                   const unsigned char *numbers, uint64_t first)
{
    if (sorted->width == SHM_GROUP_WIDTH_SMALL) {
        shm_sorted_prefetch(numbers + first * sizeof(uint32_t), SHM_SORTED_NODE * sizeof(uint32_t));
    } else {
        shm_sorted_prefetch(numbers + first * sizeof(uint64_t), SHM_SORTED_NODE * sizeof(uint64_t));
    }
}

/* How many words of a node are below `word`; none of those that fill it up is. */
SHM_ALWAYS_INLINE uint64_t shm_sorted_in_node_with(const uint64_t *words, uint64_t word,
                                                   shm_sorted_count_function *count)
{
    uint64_t run = 0;
    run += words[SHM_SORTED_RUN] < word;
    run += words[2 * SHM_SORTED_RUN] < word;
    run += words[3 * SHM_SORTED_RUN] < word;
    run *= SHM_SORTED_RUN;
    return run + count(words + run, word);
}

/* Starts fetching the numbers of a node of level 0, which will be wanted next. */
SHM_ALWAYS_INLINE void shm_sorted_prefetch_entries(const shm_sorted *sorted, uint64_t first)
{
    shm_sorted_prefetch_numbers(sorted, sorted->rows, first);
    if (sorted->texts != NULL) {
        shm_sorted_prefetch_numbers(sorted, sorted->texts, first);
    }
}

SHM_ALWAYS_INLINE uint64_t shm_sorted_below_with(const shm_sorted *sorted, uint64_t word,
                                                 shm_sorted_count_function *count)
{
    uint64_t at = 0;
    for (unsigned level = sorted->level_count; level > 0; level--) {
        /* The last word above that is below leads to the node. */
        const uint64_t first = at == 0 ? 0 : (at - 1) * SHM_SORTED_NODE;
        const uint64_t *words = sorted->levels[level - 1] + first;
        if (level <= SHM_SORTED_FAR) {
            shm_sorted_prefetch(words, SHM_SORTED_NODE * sizeof *words);
        }
        if (level == 1) {
            shm_sorted_prefetch_entries(sorted, first);
        }
        at = first + shm_sorted_in_node_with(words, word, count);
    }
    return at;
}

#endif
