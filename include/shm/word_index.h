/* word_index.h — finds in unique indexes whose keys are words (integers, enums, bools, floats,
 * dates, datetimes), inlined into their callers: what shm_index_find_word finds, in less time.
 *
 * They use what the caller is compiled for (SSE2, or with -mavx2, -mavx512dq or a -march that has
 * them AVX2 or AVX-512, or NEON, else plain C). */
#ifndef SHM_WORD_INDEX_H
#define SHM_WORD_INDEX_H

#include <shm/dataset.h>
#include <shm/map_line.h>
#include <shm/mix.h>
#include <shm/placed.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a find reads of such an index: plain, may be copied, borrowed from the dataset. */
typedef struct shm_word_index {
    const struct shm_map_line *lines; /* NULL: the index is of another form, and is asked itself */
    uint64_t line_count;
    uint64_t seed;
    const shm_index *index; /* may be NULL, as where shm_dataset_index answers it */
} shm_word_index;

/* Of any index whose keys are words, or of NULL, in which finds find nothing.  Threads: any.
 * Cost: O(1). */
SHM_API shm_word_index shm_word_index_of(const shm_index *index);

/* Marks for the slots of a line whose word is the hash, the first one lowest; SHM_WORD_BITS bits
 * each. */
#if defined(__AVX512F__) && defined(__AVX512DQ__)

enum { SHM_WORD_BITS = 1 };

static inline uint64_t shm_word_index_match(const struct shm_map_line *line, uint64_t hash)
{
    const __m512i words = _mm512_load_si512((const void *)line);
    const __m512i wanted = _mm512_set1_epi64((long long)hash);
    const __mmask8 slots = (1 << SHM_NARROW_SLOTS) - 1;
    return _cvtmask8_u32(_mm512_mask_cmpeq_epi64_mask(slots, words, wanted));
}

#else

enum { SHM_WORD_BITS = SHM_PLACED_BITS_8 };

static inline uint64_t shm_word_index_match(const struct shm_map_line *line, uint64_t hash)
{
    const uint64_t last = line->words[SHM_NARROW_SLOTS - 1] == hash;
    return shm_placed_match_8((const unsigned char *)line, hash) |
           last << (SHM_WORD_BITS * (SHM_NARROW_SLOTS - 1));
}

#endif

/* The row with that key; SHM_NO_ROW if there is none.
 * Threads: any, wait-free.  Cost: one cache line; for one key in ten a second one. */
__attribute__((always_inline)) static inline uint64_t shm_word_index_find(const shm_word_index *of,
                                                                          uint64_t key)
{
    const shm_word_index index = *of;
    uint64_t hash, home, matched;
    const struct shm_map_line *line;
    size_t slot;
    if (__builtin_expect(index.lines == NULL, 0))
        return shm_index_find_word(index.index, key);
    hash = shm_mix64(key, index.seed);
    home = shm_multiply_high(hash, index.line_count);
    line = &index.lines[home];
    matched = shm_word_index_match(line, hash);
    __asm__("" : "+r"(matched)); /* which slot it is cannot be foretold: no branches on it */
    if (__builtin_expect(matched == 0, 0)) {
        if (!shm_away_may_hold(line->away, hash))
            return SHM_NO_ROW;
        home -= home % SHM_MAP_PAGE_LINES;
        line = &index.lines[home + shm_away_line(line->away, hash)];
        matched = shm_word_index_match(line, hash);
        if (matched == 0)
            return SHM_NO_ROW;
    }
    slot = (size_t)((unsigned)__builtin_ctzll(matched) / SHM_WORD_BITS);
    return (uint64_t)(int64_t)(int32_t)line->values[slot]; /* of an empty slot SHM_NO_ROW */
}

#ifdef __cplusplus
}
#endif
#endif
