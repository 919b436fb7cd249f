/* placed_find_avx2.c — finds in placed maps with AVX2: the same answers as placed_find.c. */
#include "collections/map/placed_find.h"

#ifdef __x86_64__

#include <immintrin.h>

#define SHM_KIND __attribute__((target("avx2,bmi,bmi2")))
#define SHM_KIND_NAME "AVX2"
#define MATCH_BITS_8 1
#define MATCH_BITS_4 1

SHM_KIND static inline uint32_t match_8(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    const __m256i equal = _mm256_cmpeq_epi64(keys, _mm256_set1_epi64x((long long)word));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
}

SHM_KIND static inline uint32_t match_4(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    const __m256i equal = _mm256_cmpeq_epi32(keys, _mm256_set1_epi32((int)word));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal));
}

#include "collections/map/placed_find_kind.h"

const struct shm_placed_finds *shm_placed_finds_avx2(uint32_t width, bool is_dense)
{
    const bool is_there = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
                          __builtin_cpu_supports("bmi2");
    return is_there ? finds_of_kind(width, is_dense) : NULL;
}

#else

const struct shm_placed_finds *shm_placed_finds_avx2(uint32_t width, bool is_dense)
{
    (void)width;
    (void)is_dense;
    return NULL;
}

#endif
