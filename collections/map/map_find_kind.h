/* map_find_kind.h — the finds of one kind of processor: struct shm_map_finds for narrow and for
 * wide lines.
 *
 * Included once by each of map_find.c, map_find_avx2.c and map_find_avx512.c, which first define
 *   SHM_KIND            the attributes of functions that use what this kind has,
 *   SHM_KIND_NAME       what the kind is called,
 *   match_narrow, match_wide, match_text_narrow, match_text_wide
 *                       of type shm_line_match_function,
 *   same_text           of type shm_text_same_function.
 * Internal. */
#include "collections/map/map_find_text.h"

SHM_KIND static int64_t find_narrow(const shm_map *map, uint64_t hash)
{
    return shm_map_find_with(map, hash, false, match_narrow);
}

SHM_KIND static int64_t find_word_narrow(const shm_map *map, uint64_t word)
{
    return shm_map_find_with(map, shm_mix64(word, map->seed), false, match_narrow);
}

SHM_KIND static size_t find_words_narrow(const shm_map *map, const uint64_t *words, size_t count,
                                         int64_t *values)
{
    return shm_map_find_words_with(map, words, count, values, false, match_narrow);
}

SHM_KIND static void find_block_narrow(const shm_map *map, const uint64_t *hashes, size_t count,
                                       int64_t *values)
{
    shm_map_find_block_with(map, hashes, count, values, false, match_narrow);
}

SHM_KIND static __attribute__((noinline)) int64_t
find_any_text_narrow(const shm_map *map, const shm_map_texts *texts, shm_string key)
{
    const uint64_t hash = shm_hash64_inline(key.data, key.length, map->seed);
    return shm_map_find_text_with(map, texts, hash, key, false, match_text_narrow, same_text);
}

SHM_KIND static int64_t find_text_narrow(const shm_map *map, const shm_map_texts *texts,
                                         shm_string key)
{
    if (!shm_text_is_usual(key)) {
        return find_any_text_narrow(map, texts, key);
    }
    const uint64_t hash = shm_hash_17_to_64((const void *)key.data, key.length, map->seed);
    return shm_map_find_text_with(map, texts, hash, key, false, match_text_narrow, same_text);
}

SHM_KIND static size_t find_texts_narrow(const shm_map *map, const shm_map_texts *texts,
                                         const shm_string *keys, size_t count, int64_t *values)
{
    return shm_map_find_texts_with(map, texts, keys, count, values, false, match_text_narrow,
                                   same_text);
}

SHM_KIND static int64_t find_wide(const shm_map *map, uint64_t hash)
{
    return shm_map_find_with(map, hash, true, match_wide);
}

SHM_KIND static int64_t find_word_wide(const shm_map *map, uint64_t word)
{
    return shm_map_find_with(map, shm_mix64(word, map->seed), true, match_wide);
}

SHM_KIND static size_t find_words_wide(const shm_map *map, const uint64_t *words, size_t count,
                                       int64_t *values)
{
    return shm_map_find_words_with(map, words, count, values, true, match_wide);
}

SHM_KIND static void find_block_wide(const shm_map *map, const uint64_t *hashes, size_t count,
                                     int64_t *values)
{
    shm_map_find_block_with(map, hashes, count, values, true, match_wide);
}

SHM_KIND static __attribute__((noinline)) int64_t
find_any_text_wide(const shm_map *map, const shm_map_texts *texts, shm_string key)
{
    const uint64_t hash = shm_hash64_inline(key.data, key.length, map->seed);
    return shm_map_find_text_with(map, texts, hash, key, true, match_text_wide, same_text);
}

SHM_KIND static int64_t find_text_wide(const shm_map *map, const shm_map_texts *texts,
                                       shm_string key)
{
    if (!shm_text_is_usual(key)) {
        return find_any_text_wide(map, texts, key);
    }
    const uint64_t hash = shm_hash_17_to_64((const void *)key.data, key.length, map->seed);
    return shm_map_find_text_with(map, texts, hash, key, true, match_text_wide, same_text);
}

SHM_KIND static size_t find_texts_wide(const shm_map *map, const shm_map_texts *texts,
                                       const shm_string *keys, size_t count, int64_t *values)
{
    return shm_map_find_texts_with(map, texts, keys, count, values, true, match_text_wide,
                                   same_text);
}

static const struct shm_map_finds *finds_of_kind(bool is_wide)
{
    static const struct shm_map_finds narrow = {
        find_narrow,      find_word_narrow,  find_block_narrow, find_words_narrow,
        find_text_narrow, find_texts_narrow, SHM_KIND_NAME};
    static const struct shm_map_finds wide = {find_wide,       find_word_wide, find_block_wide,
                                              find_words_wide, find_text_wide, find_texts_wide,
                                              SHM_KIND_NAME};
    return is_wide ? &wide : &narrow;
}
