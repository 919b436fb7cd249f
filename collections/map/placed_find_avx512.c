/* placed_find_avx512.c — finds in placed maps with AVX-512VL: the same answers as placed_find.c. */
#include "collections/map/placed_find.h"

#ifdef __x86_64__

#include <immintrin.h>

#define SHM_KIND __attribute__((target("avx512f,avx512vl,avx512dq,avx2,bmi,bmi2")))
#define SHM_KIND_NAME "AVX-512"
#define MATCH_BITS_8 1
#define MATCH_BITS_4 1

SHM_KIND static inline uint32_t match_8(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    return _mm256_cmpeq_epi64_mask(keys, _mm256_set1_epi64x((long long)word));
}

SHM_KIND static inline uint32_t match_4(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    return _mm256_cmpeq_epi32_mask(keys, _mm256_set1_epi32((int)word));
}

#include "collections/map/placed_find_kind.h"

const struct shm_placed_finds *shm_placed_finds_avx512(uint32_t width, bool is_dense)
{
    const bool is_there = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                          __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("bmi2");
    return is_there ? finds_of_kind(width, is_dense) : NULL;
}

#else

const struct shm_placed_finds *shm_placed_finds_avx512(uint32_t width, bool is_dense)
{
    (void)width;
    (void)is_dense;
    return NULL;
}

#endif
