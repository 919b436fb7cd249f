/* map_find.c — finds in hash lines for any processor, and which ones this processor has. */
#include "collections/map/map_find_text.h"

#include "collections/map/map_find_avx2.h"

static uint32_t match_narrow(const struct shm_map_line *line, uint64_t hash)
{
    return shm_line_match(line, false, hash);
}

static uint32_t match_wide(const struct shm_map_line *line, uint64_t hash)
{
    return shm_line_match(line, true, hash);
}

static int64_t find_narrow(const shm_map *map, uint64_t hash)
{
    return shm_map_find_with(map, hash, false, match_narrow);
}

static int64_t find_word_narrow(const shm_map *map, uint64_t word)
{
    return shm_map_find_with(map, shm_mix64(word, map->seed), false, match_narrow);
}

static size_t find_words_narrow(const shm_map *map, const uint64_t *words, size_t count,
                                int64_t *values)
{
    return shm_map_find_words_with(map, words, count, values, false, match_narrow);
}

static void find_block_narrow(const shm_map *map, const uint64_t *hashes, size_t count,
                              int64_t *values)
{
    shm_map_find_block_with(map, hashes, count, values, false, match_narrow);
}

static int64_t find_wide(const shm_map *map, uint64_t hash)
{
    return shm_map_find_with(map, hash, true, match_wide);
}

static int64_t find_word_wide(const shm_map *map, uint64_t word)
{
    return shm_map_find_with(map, shm_mix64(word, map->seed), true, match_wide);
}

static size_t find_words_wide(const shm_map *map, const uint64_t *words, size_t count,
                              int64_t *values)
{
    return shm_map_find_words_with(map, words, count, values, true, match_wide);
}

static void find_block_wide(const shm_map *map, const uint64_t *hashes, size_t count,
                            int64_t *values)
{
    shm_map_find_block_with(map, hashes, count, values, true, match_wide);
}

static uint32_t match_text_wide(const struct shm_map_line *line, uint64_t fragment)
{
    uint32_t match = 0;
    for (uint32_t slot = 0; slot < SHM_WIDE_SLOTS; slot++) {
        match |= (uint32_t)((line->words[slot] & ~SHM_PLACE_MASK) == fragment) << slot;
    }
    return match;
}

static uint32_t match_text_narrow(const struct shm_map_line *line, uint64_t fragment)
{
    const uint64_t last = line->words[SHM_NARROW_SLOTS - 1] & ~SHM_PLACE_MASK;
    return match_text_wide(line, fragment) | (uint32_t)(last == fragment) << 4;
}

static int64_t find_text_narrow(const shm_map *map, const shm_map_texts *texts, uint64_t hash,
                                shm_string key)
{
    return shm_map_find_text_with(map, texts, hash, key, false, match_text_narrow);
}

static size_t find_texts_narrow(const shm_map *map, const shm_map_texts *texts,
                                const shm_string *keys, size_t count, int64_t *values)
{
    return shm_map_find_texts_with(map, texts, keys, count, values, false, match_text_narrow);
}

static int64_t find_text_wide(const shm_map *map, const shm_map_texts *texts, uint64_t hash,
                              shm_string key)
{
    return shm_map_find_text_with(map, texts, hash, key, true, match_text_wide);
}

static size_t find_texts_wide(const shm_map *map, const shm_map_texts *texts,
                              const shm_string *keys, size_t count, int64_t *values)
{
    return shm_map_find_texts_with(map, texts, keys, count, values, true, match_text_wide);
}

const struct shm_map_finds *shm_map_finds_portable(bool is_wide)
{
    static const struct shm_map_finds narrow = {
        find_narrow,      find_word_narrow,  find_block_narrow, find_words_narrow,
        find_text_narrow, find_texts_narrow, "portable"};
    static const struct shm_map_finds wide = {find_wide,       find_word_wide, find_block_wide,
                                              find_words_wide, find_text_wide, find_texts_wide,
                                              "portable"};
    return is_wide ? &wide : &narrow;
}

const struct shm_map_finds *shm_map_finds_best(bool is_wide)
{
    const struct shm_map_finds *finds = shm_map_finds_avx2(is_wide);
    return finds != NULL ? finds : shm_map_finds_portable(is_wide);
}
