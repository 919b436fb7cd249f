/* map.h — finding in hash lines.  Internal; the bytes are map_disk.h.
 *
 * A bound map is plain and may be copied; it borrows the image. Threads: any, wait-free. */
#ifndef COLLECTIONS_MAP_H
#define COLLECTIONS_MAP_H

#include <stddef.h>

#include "collections/map/map_disk.h"
#include "collections/map/map_text.h"

typedef struct shm_map {
    const struct shm_map_line *lines;
    uint64_t line_count;
    uint64_t seed;
    uint64_t key_count;
    bool is_wide;
} shm_map;

#define SHM_NO_SLOT UINT64_MAX

static inline uint64_t shm_map_home(const shm_map *map, uint64_t hash)
{
    return shm_multiply_high(hash, map->line_count);
}

/* A bit for each slot of the line that has the hash as its word; an empty slot has the word 0. */
static inline uint32_t shm_line_match(const struct shm_map_line *line, bool is_wide, uint64_t hash)
{
    uint32_t match = (uint32_t)(line->words[0] == hash) | (uint32_t)(line->words[1] == hash) << 1 |
                     (uint32_t)(line->words[2] == hash) << 2 |
                     (uint32_t)(line->words[3] == hash) << 3;
    if (!is_wide) {
        match |= (uint32_t)(line->words[4] == hash) << 4;
    }
    return match;
}

/* The line that holds the away keys of `home` with that hash's selector: within the map by M5. */
static inline uint64_t shm_map_away(const shm_map *map, uint64_t home, uint64_t hash)
{
    return home - home % SHM_MAP_PAGE_LINES + shm_away_line(map->lines[home].away, hash);
}

/* Where the hash stands: the line's number times the slots of a line, and the slot in it;
 * SHM_NO_SLOT if nowhere.  Of equal words the first one counts, as empty slots come last. */
static inline uint64_t shm_map_slot(const shm_map *map, uint64_t hash)
{
    uint64_t number = shm_map_home(map, hash);
    uint32_t match = shm_line_match(&map->lines[number], map->is_wide, hash);
    if (match == 0 && shm_away_may_hold(map->lines[number].away, hash)) {
        number = shm_map_away(map, number, hash);
        match = shm_line_match(&map->lines[number], map->is_wide, hash);
    }
    if (match == 0) {
        return SHM_NO_SLOT;
    }
    const uint32_t slot = (uint32_t)__builtin_ctz(match);
    return shm_line_value(&map->lines[number], map->is_wide, slot) == SHM_MAP_NOTHING
               ? SHM_NO_SLOT
               : number * shm_line_slot_count(map->is_wide) + slot;
}

/* The number of slots, filled or not. */
static inline uint64_t shm_map_slot_count(const shm_map *map)
{
    return map->line_count * shm_line_slot_count(map->is_wide);
}

static inline int64_t shm_map_slot_value(const shm_map *map, uint64_t slot)
{
    const uint32_t slots = shm_line_slot_count(map->is_wide);
    return shm_line_value(&map->lines[slot / slots], map->is_wide, (uint32_t)(slot % slots));
}

/* The value stored under `hash`, SHM_MAP_NOTHING if there is none. */
typedef int64_t shm_map_find_function(const shm_map *map, uint64_t hash);

/* The same for a key of one word, whose hash is its mix. */
typedef int64_t shm_map_find_word_function(const shm_map *map, uint64_t word);

/* Sets values[i] to the value under hashes[i], or SHM_MAP_NOTHING, for up to SHM_MAP_BLOCK hashes,
 * whose home lines were asked for by shm_map_prefetch. */
typedef void shm_map_find_block_function(const shm_map *map, const uint64_t *hashes, size_t count,
                                         int64_t *values);

/* The same for `count` keys of one word in a map without groups; answers how many are there. */
typedef size_t shm_map_find_words_function(const shm_map *map, const uint64_t *words, size_t count,
                                           int64_t *values);

/* The value of a text in lines whose words have places. */
typedef int64_t shm_map_find_text_function(const shm_map *map, const shm_map_texts *texts,
                                           shm_string key);

/* The same with all that have the text's fragment asked, in its home and away. */
int64_t shm_map_find_text_again(const shm_map *map, const shm_map_texts *texts, uint64_t hash,
                                shm_string key);

/* The same for `count` texts in a map without groups; answers how many are there. */
typedef size_t shm_map_find_texts_function(const shm_map *map, const shm_map_texts *texts,
                                           const shm_string *keys, size_t count, int64_t *values);

enum { SHM_MAP_BLOCK = 32 };

/* How one kind of processor finds in one shape of lines. */
struct shm_map_finds {
    shm_map_find_function *find;
    shm_map_find_word_function *find_word;
    shm_map_find_block_function *find_block;
    shm_map_find_words_function *find_words;
    shm_map_find_text_function *find_text;
    shm_map_find_texts_function *find_texts;
    const char *name;
};

/* The fastest finds of this processor for a shape, and the portable ones. */
const struct shm_map_finds *shm_map_finds_best(bool is_wide);
const struct shm_map_finds *shm_map_finds_portable(bool is_wide);

static inline void shm_map_prefetch(const shm_map *map, uint64_t hash)
{
    __builtin_prefetch(&map->lines[shm_map_home(map, hash)]);
}

#endif
