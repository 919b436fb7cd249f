/* map_find_avx2.c — finds in hash lines with AVX2: the same answers as map_find.c. */
#include "collections/map/map_find_avx2.h"

#ifdef __x86_64__

#include <immintrin.h>

#include "collections/map/map_find_text.h"

#define WITH_AVX2 __attribute__((target("avx2,bmi,bmi2")))

WITH_AVX2 static inline uint32_t match_wide(const struct shm_map_line *line, uint64_t hash)
{
    const __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)line->words);
    const __m256i equal = _mm256_cmpeq_epi64(words, _mm256_set1_epi64x((long long)hash));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
}

WITH_AVX2 static inline uint32_t match_narrow(const struct shm_map_line *line, uint64_t hash)
{
    return match_wide(line, hash) | (uint32_t)(line->words[SHM_NARROW_SLOTS - 1] == hash) << 4;
}

WITH_AVX2 static int64_t find_narrow(const shm_map *map, uint64_t hash)
{
    return shm_map_find_with(map, hash, false, match_narrow);
}

WITH_AVX2 static int64_t find_word_narrow(const shm_map *map, uint64_t word)
{
    return shm_map_find_with(map, shm_mix64(word, map->seed), false, match_narrow);
}

WITH_AVX2 static size_t find_words_narrow(const shm_map *map, const uint64_t *words, size_t count,
                                          int64_t *values)
{
    return shm_map_find_words_with(map, words, count, values, false, match_narrow);
}

WITH_AVX2 static void find_block_narrow(const shm_map *map, const uint64_t *hashes, size_t count,
                                        int64_t *values)
{
    shm_map_find_block_with(map, hashes, count, values, false, match_narrow);
}

WITH_AVX2 static int64_t find_wide(const shm_map *map, uint64_t hash)
{
    return shm_map_find_with(map, hash, true, match_wide);
}

WITH_AVX2 static int64_t find_word_wide(const shm_map *map, uint64_t word)
{
    return shm_map_find_with(map, shm_mix64(word, map->seed), true, match_wide);
}

WITH_AVX2 static size_t find_words_wide(const shm_map *map, const uint64_t *words, size_t count,
                                        int64_t *values)
{
    return shm_map_find_words_with(map, words, count, values, true, match_wide);
}

WITH_AVX2 static void find_block_wide(const shm_map *map, const uint64_t *hashes, size_t count,
                                      int64_t *values)
{
    shm_map_find_block_with(map, hashes, count, values, true, match_wide);
}

WITH_AVX2 static inline uint32_t match_text_wide(const struct shm_map_line *line, uint64_t fragment)
{
    const __m256i words = _mm256_loadu_si256((const __m256i *)(const void *)line->words);
    const __m256i mask = _mm256_set1_epi64x((long long)~SHM_PLACE_MASK);
    const __m256i equal =
        _mm256_cmpeq_epi64(_mm256_and_si256(words, mask), _mm256_set1_epi64x((long long)fragment));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
}

WITH_AVX2 static inline uint32_t match_text_narrow(const struct shm_map_line *line,
                                                   uint64_t fragment)
{
    const uint64_t last = line->words[SHM_NARROW_SLOTS - 1] & ~SHM_PLACE_MASK;
    return match_text_wide(line, fragment) | (uint32_t)(last == fragment) << 4;
}

WITH_AVX2 static int64_t find_text_narrow(const shm_map *map, const shm_map_texts *texts,
                                          uint64_t hash, shm_string key)
{
    return shm_map_find_text_with(map, texts, hash, key, false, match_text_narrow);
}

WITH_AVX2 static size_t find_texts_narrow(const shm_map *map, const shm_map_texts *texts,
                                          const shm_string *keys, size_t count, int64_t *values)
{
    return shm_map_find_texts_with(map, texts, keys, count, values, false, match_text_narrow);
}

WITH_AVX2 static int64_t find_text_wide(const shm_map *map, const shm_map_texts *texts,
                                        uint64_t hash, shm_string key)
{
    return shm_map_find_text_with(map, texts, hash, key, true, match_text_wide);
}

WITH_AVX2 static size_t find_texts_wide(const shm_map *map, const shm_map_texts *texts,
                                        const shm_string *keys, size_t count, int64_t *values)
{
    return shm_map_find_texts_with(map, texts, keys, count, values, true, match_text_wide);
}

const struct shm_map_finds *shm_map_finds_avx2(bool is_wide)
{
    static const struct shm_map_finds narrow = {find_narrow,
                                                find_word_narrow,
                                                find_block_narrow,
                                                find_words_narrow,
                                                find_text_narrow,
                                                find_texts_narrow,
                                                "AVX2"};
    static const struct shm_map_finds wide = {find_wide,       find_word_wide, find_block_wide,
                                              find_words_wide, find_text_wide, find_texts_wide,
                                              "AVX2"};
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
        !__builtin_cpu_supports("bmi2")) {
        return NULL;
    }
    return is_wide ? &wide : &narrow;
}

#else

const struct shm_map_finds *shm_map_finds_avx2(bool is_wide)
{
    (void)is_wide;
    return NULL;
}

#endif
