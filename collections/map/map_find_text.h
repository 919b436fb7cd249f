/* map_find_text.h — the finds of texts, written once and compiled for each kind of processor, as
 * map_find.h.  `match` marks the slots whose words have the fragment, `same` compares texts.
 * Internal. */
#ifndef COLLECTIONS_MAP_FIND_TEXT_H
#define COLLECTIONS_MAP_FIND_TEXT_H

#include "collections/map/map_find.h"
#include "libshm/hash_short.h"

/* Whether a text is as long as most are: then a find calls nothing. */
SHM_ALWAYS_INLINE bool shm_text_is_usual(shm_string key)
{
    return key.length - 17 <= 64 - 17;
}

/* A text is compared with the first slot that has its fragment.  That this is another text's is
 * rare: then all are asked, in map_find.c.  What waits for a line or a text should be few steps, as
 * a processor has room for so many that wait. */
SHM_ALWAYS_INLINE int64_t shm_map_find_text_with(const shm_map *map, const shm_map_texts *texts,
                                                 uint64_t hash, shm_string key, bool is_wide,
                                                 shm_line_match_function *match,
                                                 shm_text_same_function *same)
{
    const uint64_t home = shm_map_home(map, hash);
    const struct shm_map_line *line = &map->lines[home];
    uint32_t matched = shm_line_match_with(line, shm_text_fragment(hash), match);
    if (__builtin_expect(matched == 0, 0)) {
        if (!shm_away_may_hold(line->away, hash)) {
            return SHM_MAP_NOTHING;
        }
        line = &map->lines[shm_map_away(map, home, hash)];
        matched = shm_line_match_with(line, shm_text_fragment(hash), match);
        if (matched == 0) {
            return SHM_MAP_NOTHING;
        }
    }
    const uint32_t slot = (uint32_t)__builtin_ctz(matched);
    const int64_t value = shm_line_value(line, is_wide, slot);
    if (__builtin_expect(shm_text_confirms(texts, line->words[slot], value, key, same), 1)) {
        return value;
    }
    return shm_map_find_text_again(map, texts, hash, key);
}

/* ---- many ----
 *
 * Three blocks are on their way: of one the home lines come, of the one before the texts, and the
 * one before that is compared. */

/* A slot that may have the key; value SHM_MAP_NOTHING: there is none. */
struct shm_text_candidate {
    uint64_t hash;
    uint64_t word;
    int64_t value;
};

struct shm_text_block {
    struct shm_text_candidate candidates[SHM_MAP_BLOCK];
    size_t start;
    size_t count;
};

SHM_ALWAYS_INLINE void shm_text_block_begin(const shm_map *map, const shm_string *keys,
                                            size_t count, size_t start,
                                            struct shm_text_block *block)
{
    const size_t left = count - start;
    block->start = start;
    block->count = left < SHM_MAP_BLOCK ? left : SHM_MAP_BLOCK;
    for (size_t i = 0; i < block->count; i++) {
        const shm_string key = keys[start + i];
        const uint64_t hash = shm_hash64_inline(key.data, key.length, map->seed);
        block->candidates[i].hash = hash;
        shm_map_prefetch(map, hash);
    }
}

/* Takes the first slot of the line that has the fragment, and asks for its text. */
SHM_ALWAYS_INLINE bool shm_text_candidate_take(const struct shm_map_line *line,
                                               const shm_map_texts *texts, bool is_wide,
                                               shm_line_match_function *match,
                                               struct shm_text_candidate *candidate)
{
    const uint32_t matched = shm_line_match_with(line, shm_text_fragment(candidate->hash), match);
    candidate->value = SHM_MAP_NOTHING;
    if (matched == 0) {
        return false;
    }
    const uint32_t slot = (uint32_t)__builtin_ctz(matched);
    candidate->word = line->words[slot];
    candidate->value = shm_line_value(line, is_wide, slot);
    const uint64_t place = candidate->word & SHM_PLACE_MASK;
    if (place != 0) {
        __builtin_prefetch(texts->heap + (place - 1) * SHM_HEAP_ALIGN);
    } else if (candidate->value >= 0 && texts->cells != NULL) {
        __builtin_prefetch(texts->cells + (uint64_t)candidate->value * texts->stride);
    }
    return true;
}

SHM_ALWAYS_INLINE void shm_text_block_match(const shm_map *map, const shm_map_texts *texts,
                                            bool is_wide, shm_line_match_function *match,
                                            struct shm_text_block *block)
{
    uint32_t aside[SHM_MAP_BLOCK];
    size_t aside_count = 0;
    for (size_t i = 0; i < block->count; i++) {
        struct shm_text_candidate *candidate = &block->candidates[i];
        const uint64_t home = shm_map_home(map, candidate->hash);
        const struct shm_map_line *line = &map->lines[home];
        if (!shm_text_candidate_take(line, texts, is_wide, match, candidate) &&
            shm_away_may_hold(line->away, candidate->hash)) {
            __builtin_prefetch(&map->lines[shm_map_away(map, home, candidate->hash)]);
            aside[aside_count++] = (uint32_t)i;
        }
    }
    for (size_t k = 0; k < aside_count; k++) {
        struct shm_text_candidate *candidate = &block->candidates[aside[k]];
        const uint64_t home = shm_map_home(map, candidate->hash);
        const uint64_t away = shm_map_away(map, home, candidate->hash);
        shm_text_candidate_take(&map->lines[away], texts, is_wide, match, candidate);
    }
}

/* A candidate that has another text is rare: then the key is sought by itself. */
SHM_ALWAYS_INLINE size_t shm_text_block_end(const shm_map *map, const shm_map_texts *texts,
                                            const shm_string *keys, shm_text_same_function *same,
                                            const struct shm_text_block *block, int64_t *values)
{
    size_t found = 0;
    for (size_t i = 0; i < block->count; i++) {
        const struct shm_text_candidate *candidate = &block->candidates[i];
        const shm_string key = keys[block->start + i];
        int64_t value = candidate->value;
        if (value != SHM_MAP_NOTHING &&
            !shm_text_confirms(texts, candidate->word, value, key, same)) {
            value = shm_map_find_text_again(map, texts, candidate->hash, key);
        }
        values[block->start + i] = value;
        found += value != SHM_MAP_NOTHING;
    }
    return found;
}

SHM_ALWAYS_INLINE size_t shm_map_find_texts_with(const shm_map *map, const shm_map_texts *texts,
                                                 const shm_string *keys, size_t count,
                                                 int64_t *values, bool is_wide,
                                                 shm_line_match_function *match,
                                                 shm_text_same_function *same)
{
    struct shm_text_block blocks[3];
    size_t found = 0;
    size_t number = 0;
    shm_text_block_begin(map, keys, count, 0, &blocks[0]);
    for (size_t start = 0; start < count; number++) {
        struct shm_text_block *block = &blocks[number % 3];
        start += block->count;
        shm_text_block_begin(map, keys, count, start, &blocks[(number + 1) % 3]);
        shm_text_block_match(map, texts, is_wide, match, block);
        if (number > 0) {
            found += shm_text_block_end(map, texts, keys, same, &blocks[(number - 1) % 3], values);
        }
    }
    return number == 0 ? 0
                       : found + shm_text_block_end(map, texts, keys, same,
                                                    &blocks[(number - 1) % 3], values);
}

#endif
