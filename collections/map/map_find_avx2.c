/* map_find_avx2.c — finds in hash lines with AVX2: the same answers as map_find.c. */
#include "collections/map/map_find_kinds.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "collections/map/map_find_text.h"

#define SHM_KIND __attribute__((target("avx2,bmi,bmi2")))
#define SHM_KIND_NAME "AVX2"

SHM_KIND static inline uint32_t match_wide(const struct shm_map_line *line, uint64_t hash)
{
    const __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)line->words);
    const __m256i equal = _mm256_cmpeq_epi64(words, _mm256_set1_epi64x((long long)hash));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
}

SHM_KIND static inline uint32_t match_narrow(const struct shm_map_line *line, uint64_t hash)
{
    return match_wide(line, hash) | (uint32_t)(line->words[SHM_NARROW_SLOTS - 1] == hash) << 4;
}

SHM_KIND static inline uint32_t match_text_wide(const struct shm_map_line *line, uint64_t fragment)
{
    const __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)line->words);
    const uint64_t fragment_bits = ~SHM_PLACE_MASK;
    const __m256i mask = _mm256_set1_epi64x((long long)fragment_bits);
    const __m256i equal =
        _mm256_cmpeq_epi64(_mm256_and_si256(words, mask), _mm256_set1_epi64x((long long)fragment));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
}

SHM_KIND static inline uint32_t match_text_narrow(const struct shm_map_line *line,
                                                  uint64_t fragment)
{
    const uint64_t last = line->words[SHM_NARROW_SLOTS - 1] & ~SHM_PLACE_MASK;
    return match_text_wide(line, fragment) | (uint32_t)(last == fragment) << 4;
}

SHM_KIND static inline __m256i load_32(const unsigned char *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

/* Texts of 32 to 64 bytes as two halves that may overlap. */
SHM_KIND static inline bool same_text(const unsigned char *a, const unsigned char *b, size_t length)
{
    if (length - 32 > 32) {
        return shm_text_same(a, b, length);
    }
    const __m256i first = _mm256_xor_si256(load_32(a), load_32(b));
    const __m256i last = _mm256_xor_si256(load_32(a + length - 32), load_32(b + length - 32));
    const __m256i both = _mm256_or_si256(first, last);
    return _mm256_testz_si256(both, both) != 0;
}

#include "collections/map/map_find_kind.h"

const struct shm_map_finds *shm_map_finds_avx2(bool is_wide)
{
    const bool is_there = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                          __builtin_cpu_supports("bmi2");
    return is_there ? finds_of_kind(is_wide) : NULL;
}

#else

const struct shm_map_finds *shm_map_finds_avx2(bool is_wide)
{
    (void)is_wide;
    return NULL;
}

#endif
