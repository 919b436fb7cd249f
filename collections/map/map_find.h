/* map_find.h — the finds of map.h, written once and compiled for each kind of processor.
 *
 * Included by map_find.c and map_find_avx2.c alone, which differ in the match function they pass;
 * all is inlined into the few functions there.  Internal. */
#ifndef COLLECTIONS_MAP_FIND_H
#define COLLECTIONS_MAP_FIND_H

#include "collections/map/map.h"

#define SHM_ALWAYS_INLINE static inline __attribute__((always_inline))

typedef uint32_t shm_line_match_function(const struct shm_map_line *line, uint64_t hash);

/* The compiler must not branch on parts of a match: which slot it is cannot be foretold. */
SHM_ALWAYS_INLINE uint32_t shm_line_match_with(const struct shm_map_line *line, uint64_t hash,
                                               shm_line_match_function *match)
{
    uint32_t matched = match(line, hash);
    __asm__("" : "+r"(matched));
    return matched;
}

SHM_ALWAYS_INLINE int64_t shm_map_find_with(const shm_map *map, uint64_t hash, bool is_wide,
                                            shm_line_match_function *match)
{
    const uint64_t home = shm_map_home(map, hash);
    const struct shm_map_line *line = &map->lines[home];
    uint32_t matched = shm_line_match_with(line, hash, match);
    if (__builtin_expect(matched == 0, 0)) {
        if (!shm_away_may_hold(line->away, hash)) {
            return SHM_MAP_NOTHING;
        }
        line = &map->lines[shm_map_away(map, home, hash)];
        matched = shm_line_match_with(line, hash, match);
        if (matched == 0) {
            return SHM_MAP_NOTHING;
        }
    }
    return shm_line_value(line, is_wide, (uint32_t)__builtin_ctz(matched));
}

/* Keys that are away are put aside, without a branch, and looked for when all else is done. */
SHM_ALWAYS_INLINE void shm_map_find_block_with(const shm_map *map, const uint64_t *hashes,
                                               size_t count, int64_t *values, bool is_wide,
                                               shm_line_match_function *match)
{
    uint32_t aside[SHM_MAP_BLOCK];
    size_t aside_count = 0;
    for (size_t i = 0; i < count; i++) {
        const struct shm_map_line *line = &map->lines[shm_map_home(map, hashes[i])];
        const uint32_t matched = shm_line_match_with(line, hashes[i], match);
        /* Without a match the last slot is read, for nothing. */
        const uint32_t last = shm_line_slot_count(is_wide) - 1;
        const uint32_t slot = (uint32_t)__builtin_ctz(matched | 1U << last);
        const int64_t value = shm_line_value(line, is_wide, slot);
        values[i] = matched != 0 ? value : SHM_MAP_NOTHING;
        aside[aside_count] = (uint32_t)i;
        aside_count += matched == 0 && shm_away_may_hold(line->away, hashes[i]);
    }
    for (size_t k = 0; k < aside_count; k++) {
        const uint64_t hash = hashes[aside[k]];
        __builtin_prefetch(&map->lines[shm_map_away(map, shm_map_home(map, hash), hash)]);
    }
    for (size_t k = 0; k < aside_count; k++) {
        const uint64_t hash = hashes[aside[k]];
        const struct shm_map_line *line =
            &map->lines[shm_map_away(map, shm_map_home(map, hash), hash)];
        const uint32_t matched = shm_line_match_with(line, hash, match);
        if (matched != 0) {
            values[aside[k]] = shm_line_value(line, is_wide, (uint32_t)__builtin_ctz(matched));
        }
    }
}

#endif
