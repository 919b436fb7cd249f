/* map_find.h — the finds of map.h, written once and compiled for each kind of processor.
 *
 * Compiled for each kind of processor by map_find_kind.h, with the match functions of that kind;
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

/* Hashes of a block that their home lines do not hold; then, of those that may stand away, the
 * lines where. */
struct shm_map_aside {
    uint32_t numbers[SHM_MAP_BLOCK]; /* in the block */
    uint64_t hashes[SHM_MAP_BLOCK];
    const struct shm_map_line *lines[SHM_MAP_BLOCK];
    size_t count;
};

/* Looks in one home line; a hash that is not there is put aside, without a branch. */
SHM_ALWAYS_INLINE int64_t shm_map_find_home(const shm_map *map, uint64_t hash, uint32_t number,
                                            bool is_wide, shm_line_match_function *match,
                                            struct shm_map_aside *aside)
{
    const struct shm_map_line *line = &map->lines[shm_map_home(map, hash)];
    const uint32_t matched = shm_line_match_with(line, hash, match);
    const uint32_t last = shm_line_slot_count(is_wide) - 1; /* read for nothing if none matches */
    const uint32_t slot = (uint32_t)__builtin_ctz(matched | 1U << last);
    const int64_t value = shm_line_value(line, is_wide, slot);
    const uint32_t is_absent = matched == 0;
    aside->numbers[aside->count] = number;
    aside->hashes[aside->count] = hash;
    aside->count += is_absent;
    return value | -(int64_t)is_absent;
}

/* Of the hashes put aside, keeps those that may stand away, and asks for the lines where. */
SHM_ALWAYS_INLINE void shm_map_ask_away(const shm_map *map, struct shm_map_aside *aside)
{
    size_t left = 0;
    for (size_t k = 0; k < aside->count; k++) {
        const uint64_t hash = aside->hashes[k];
        const uint64_t home = shm_map_home(map, hash);
        if (shm_away_may_hold(map->lines[home].away, hash)) {
            const struct shm_map_line *line = &map->lines[shm_map_away(map, home, hash)];
            __builtin_prefetch(line);
            aside->lines[left] = line;
            aside->hashes[left] = hash;
            aside->numbers[left++] = aside->numbers[k];
        }
    }
    aside->count = left;
}

/* Looks in the lines that were asked for; answers how many hashes it found of the block whose
 * values begin at `start`. */
SHM_ALWAYS_INLINE size_t shm_map_find_aside(const struct shm_map_aside *aside, int64_t *values,
                                            size_t start, bool is_wide,
                                            shm_line_match_function *match)
{
    size_t found = 0;
    for (size_t k = 0; k < aside->count; k++) {
        const uint32_t matched = shm_line_match_with(aside->lines[k], aside->hashes[k], match);
        if (matched != 0) {
            values[start + aside->numbers[k]] =
                shm_line_value(aside->lines[k], is_wide, (uint32_t)__builtin_ctz(matched));
            found++;
        }
    }
    return found;
}

SHM_ALWAYS_INLINE void shm_map_find_block_with(const shm_map *map, const uint64_t *hashes,
                                               size_t count, int64_t *values, bool is_wide,
                                               shm_line_match_function *match)
{
    struct shm_map_aside aside = {.count = 0};
    for (size_t i = 0; i < count; i++) {
        values[i] = shm_map_find_home(map, hashes[i], (uint32_t)i, is_wide, match, &aside);
    }
    shm_map_ask_away(map, &aside);
    shm_map_find_aside(&aside, values, 0, is_wide, match);
}

/* Three blocks are on their way: while one is looked up, the next one is hashed, and its lines are
 * asked for; what home lines do not hold is looked for a block later, while its lines come. */
SHM_ALWAYS_INLINE size_t shm_map_find_words_with(const shm_map *of, const uint64_t *words,
                                                 size_t count, int64_t *values, bool is_wide,
                                                 shm_line_match_function *match)
{
    const shm_map map = *of;
    uint64_t hashes[2][SHM_MAP_BLOCK];
    struct shm_map_aside asides[2];
    size_t found = 0;
    size_t start = 0;
    unsigned turn = 0;
    asides[1].count = 0;
    for (size_t i = 0; i < count && i < SHM_MAP_BLOCK; i++) {
        hashes[0][i] = shm_mix64(words[i], map.seed);
        shm_map_prefetch(&map, hashes[0][i]);
    }
    for (; start < count; start += SHM_MAP_BLOCK, turn ^= 1) {
        const uint64_t *now = hashes[turn];
        uint64_t *next = hashes[turn ^ 1];
        struct shm_map_aside *aside = &asides[turn];
        const size_t left = count - start < SHM_MAP_BLOCK ? count - start : SHM_MAP_BLOCK;
        aside->count = 0;
        for (size_t i = 0; i < left; i++) {
            const size_t ahead = start + SHM_MAP_BLOCK + i;
            next[i] = shm_mix64(words[ahead < count ? ahead : count - 1], map.seed);
            shm_map_prefetch(&map, next[i]);
            const int64_t value =
                shm_map_find_home(&map, now[i], (uint32_t)i, is_wide, match, aside);
            values[start + i] = value;
            found += value >= 0;
        }
        shm_map_ask_away(&map, aside);
        found +=
            shm_map_find_aside(&asides[turn ^ 1], values, start - SHM_MAP_BLOCK, is_wide, match);
    }
    return found +
           shm_map_find_aside(&asides[turn ^ 1], values, start - SHM_MAP_BLOCK, is_wide, match);
}

#endif
