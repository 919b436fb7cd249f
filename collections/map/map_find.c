/* map_find.c — finds in hash lines for any processor, and which ones this processor has. */
#include "collections/map/map_find.h"

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

const struct shm_map_finds *shm_map_finds_portable(bool is_wide)
{
    static const struct shm_map_finds narrow = {find_narrow, find_word_narrow, find_block_narrow,
                                                find_words_narrow, "portable"};
    static const struct shm_map_finds wide = {find_wide, find_word_wide, find_block_wide,
                                              find_words_wide, "portable"};
    return is_wide ? &wide : &narrow;
}

const struct shm_map_finds *shm_map_finds_best(bool is_wide)
{
    const struct shm_map_finds *finds = shm_map_finds_avx2(is_wide);
    return finds != NULL ? finds : shm_map_finds_portable(is_wide);
}
