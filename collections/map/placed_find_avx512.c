/* placed_find_avx512.c — finds in placed maps with AVX-512VL: the same answers as placed_find.c. */
#include "collections/map/placed_find.h"

#ifdef __x86_64__

#include <immintrin.h>

#define WITH_AVX512 __attribute__((target("avx512f,avx512vl,avx2,bmi,bmi2")))

WITH_AVX512 static inline uint32_t match_8(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    return _mm256_cmpeq_epi64_mask(keys, _mm256_set1_epi64x((long long)word));
}

WITH_AVX512 static inline uint32_t match_4(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    return _mm256_cmpeq_epi32_mask(keys, _mm256_set1_epi32((int)word));
}

WITH_AVX512 static const void *find_8(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 8, 1, match_8);
}

WITH_AVX512 static const void *find_4(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 4, 1, match_4);
}

WITH_AVX512 static size_t find_many_8(const shm_placed *map, const uint64_t *keys, size_t count,
                                      const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 8, 1, match_8);
}

WITH_AVX512 static size_t find_many_4(const shm_placed *map, const uint64_t *keys, size_t count,
                                      const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 4, 1, match_4);
}

const struct shm_placed_finds *shm_placed_finds_avx512(uint32_t width)
{
    static const struct shm_placed_finds eight = {find_8, find_many_8, "AVX-512VL"};
    static const struct shm_placed_finds four = {find_4, find_many_4, "AVX-512VL"};
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") ||
        !__builtin_cpu_supports("bmi2")) {
        return NULL;
    }
    return width == 8 ? &eight : &four;
}

#else

const struct shm_placed_finds *shm_placed_finds_avx512(uint32_t width)
{
    (void)width;
    return NULL;
}

#endif
