/* map_find_avx512.c — finds in hash lines with AVX-512: the same answers as map_find.c. */
#include "collections/map/map_find_kinds.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "collections/map/map_find_text.h"

#define SHM_KIND __attribute__((target("avx512f,avx512bw,bmi,bmi2")))
#define SHM_KIND_NAME "AVX-512"

/* A line is compared whole; what stands behind its words is masked away. */
SHM_KIND static inline uint32_t match_words(const struct shm_map_line *line, uint64_t hash,
                                            uint32_t slots)
{
    const __m512i words = _mm512_loadu_si512((const void *)line);
    return _mm512_mask_cmpeq_epi64_mask((__mmask8)((1U << slots) - 1), words,
                                        _mm512_set1_epi64((long long)hash));
}

SHM_KIND static inline uint32_t match_narrow(const struct shm_map_line *line, uint64_t hash)
{
    return match_words(line, hash, SHM_NARROW_SLOTS);
}

SHM_KIND static inline uint32_t match_wide(const struct shm_map_line *line, uint64_t hash)
{
    return match_words(line, hash, SHM_WIDE_SLOTS);
}

/* The fragment is of the form of a word whose place is masked away. */
SHM_KIND static inline uint32_t match_fragments(const struct shm_map_line *line, uint64_t fragment,
                                                uint32_t slots)
{
    const __m512i words = _mm512_loadu_si512((const void *)line);
    const __m512i mask = _mm512_set1_epi64(-(INT64_C(1) << SHM_PLACE_BITS));
    const __m512i wanted = _mm512_set1_epi64((long long)fragment);
    return _mm512_mask_cmpeq_epi64_mask((__mmask8)((1U << slots) - 1),
                                        _mm512_and_si512(words, mask), wanted);
}

SHM_KIND static inline uint32_t match_text_narrow(const struct shm_map_line *line,
                                                  uint64_t fragment)
{
    return match_fragments(line, fragment, SHM_NARROW_SLOTS);
}

SHM_KIND static inline uint32_t match_text_wide(const struct shm_map_line *line, uint64_t fragment)
{
    return match_fragments(line, fragment, SHM_WIDE_SLOTS);
}

/* Texts of up to 64 bytes at once; what stands behind them is not read. */
SHM_KIND static inline bool same_text(const unsigned char *a, const unsigned char *b, size_t length)
{
    if (length > 64) {
        return shm_text_same(a, b, length);
    }
    const __mmask64 bytes = _bzhi_u64(UINT64_MAX, (unsigned)length);
    const __m512i wanted = _mm512_maskz_loadu_epi8(bytes, b);
    return _mm512_mask_cmpneq_epu8_mask(bytes, _mm512_maskz_loadu_epi8(bytes, a), wanted) == 0;
}

#include "collections/map/map_find_kind.h"

const struct shm_map_finds *shm_map_finds_avx512(bool is_wide)
{
    const bool is_there = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
    return is_there ? finds_of_kind(is_wide) : NULL;
}

#else

const struct shm_map_finds *shm_map_finds_avx512(bool is_wide)
{
    (void)is_wide;
    return NULL;
}

#endif
