/* placed_find.h — finds of many keys in placed maps, written once and compiled for each kind of
 * processor, as map_find.h is for other maps.  Internal. */
#ifndef COLLECTIONS_PLACED_FIND_H
#define COLLECTIONS_PLACED_FIND_H

#include <shm/placed.h>

/* How one kind of processor finds in maps of one width, dense or not. */
struct shm_placed_finds {
    const void *(*find)(const shm_placed *map, uint64_t key);
    size_t (*find_many)(const shm_placed *map, const uint64_t *keys, size_t count,
                        const void **entries);
    const char *name;
};

/* The finds of a kind of processor; NULL if this processor lacks it.  Keys must fit the width, and
 * the map have entries. */
const struct shm_placed_finds *shm_placed_finds_plain(uint32_t width, bool is_dense); /* C alone */
/* Those of shm/placed.h. */
const struct shm_placed_finds *shm_placed_finds_inline(uint32_t width, bool is_dense);
const struct shm_placed_finds *shm_placed_finds_avx2(uint32_t width, bool is_dense);
const struct shm_placed_finds *shm_placed_finds_avx512(uint32_t width, bool is_dense);
/* The fastest of these. */
const struct shm_placed_finds *shm_placed_finds_best(uint32_t width, bool is_dense);

enum { SHM_PLACED_BLOCK = 32 };

/* Keys of a block that their home lines do not hold, and these lines; then, of those that stand
 * away, the lines where. */
struct shm_placed_aside {
    uint32_t numbers[SHM_PLACED_BLOCK]; /* in the block */
    const unsigned char *lines[SHM_PLACED_BLOCK];
    size_t count;
};

#define SHM_ALWAYS_INLINE static inline __attribute__((always_inline))

SHM_ALWAYS_INLINE const unsigned char *shm_placed_line(const shm_placed *map, uint64_t number)
{
    return map->lines + number * SHM_PLACED_LINE_BYTES;
}

/* The entry in the line, or NULL, without a branch. */
SHM_ALWAYS_INLINE const void *shm_placed_find_in(const unsigned char *line, uint64_t key,
                                                 uint32_t width, unsigned bits,
                                                 shm_placed_match *match)
{
    uint32_t matched = match(line, key);
    __asm__("" : "+r"(matched));
    const uint64_t slot = shm_placed_lowest(matched | UINT32_C(1) << 31) / bits; /* if none: 31 */
    const uint64_t entry = (uint64_t)(uintptr_t)line + slot * width;
    return (const void *)(uintptr_t)(entry & ((uint64_t)(matched == 0) - 1));
}

/* Of the keys put aside, keeps those that stand away, and asks for the lines where. */
SHM_ALWAYS_INLINE void shm_placed_ask_away(const shm_placed *map, const uint64_t *keys,
                                           uint32_t width, struct shm_placed_aside *aside)
{
    size_t left = 0;
    for (size_t k = 0; k < aside->count; k++) {
        const uint32_t number = aside->numbers[k];
        const uint64_t fraction = shm_placed_fraction(map, shm_mix64(keys[number], map->seed));
        const unsigned char *line = shm_placed_line_away(map, aside->lines[k], fraction, width);
        if (line != NULL) {
            __builtin_prefetch(line);
            aside->numbers[left] = number;
            aside->lines[left++] = line;
        }
    }
    aside->count = left;
}

/* Looks in the lines that were asked for; answers how many keys it found of the block that begins
 * at `start`. */
SHM_ALWAYS_INLINE size_t shm_placed_find_aside(const struct shm_placed_aside *aside,
                                               const uint64_t *keys, const void **entries,
                                               size_t start, uint32_t width, unsigned bits,
                                               shm_placed_match *match)
{
    size_t found = 0;
    for (size_t k = 0; k < aside->count; k++) {
        const size_t number = start + aside->numbers[k];
        entries[number] = shm_placed_find_in(aside->lines[k], keys[number], width, bits, match);
        found += entries[number] != NULL;
    }
    return found;
}

/* Asks for the home line of the key, and keeps its address where the entry will be. */
SHM_ALWAYS_INLINE void shm_placed_ask_home(const shm_placed *map, uint64_t key, const void **entry)
{
    *entry = shm_placed_line(map, shm_placed_home(map, shm_mix64(key, map->seed)));
    __builtin_prefetch(*entry);
}

/* Finds a block whose home lines were asked for, while it asks for those of `ahead` keys behind
 * them; answers how many keys it found, and puts the others aside. */
SHM_ALWAYS_INLINE size_t shm_placed_find_block(const shm_placed *map, const uint64_t *keys,
                                               size_t count, size_t ahead, const void **entries,
                                               uint32_t width, unsigned bits,
                                               shm_placed_match *match,
                                               struct shm_placed_aside *aside)
{
    size_t absent = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *line = entries[i];
        if (i < ahead) {
            shm_placed_ask_home(map, keys[SHM_PLACED_BLOCK + i], &entries[SHM_PLACED_BLOCK + i]);
        }
        entries[i] = shm_placed_find_in(line, keys[i], width, bits, match);
        aside->numbers[absent] = (uint32_t)i;
        aside->lines[absent] = line;
        absent += entries[i] == NULL;
    }
    aside->count = absent;
    return count - absent;
}

/* Three blocks are on their way: home lines are asked for a block ahead; keys that these do not
 * hold are looked for a block later, while their lines come. */
SHM_ALWAYS_INLINE size_t shm_placed_find_many_with(const shm_placed *of, const uint64_t *keys,
                                                   size_t count, const void **entries,
                                                   uint32_t width, unsigned bits,
                                                   shm_placed_match *match)
{
    const shm_placed map = *of;
    struct shm_placed_aside asides[2];
    size_t found = 0;
    size_t start = 0;
    unsigned turn = 0;
    asides[1].count = 0;
    for (size_t i = 0; i < count && i < SHM_PLACED_BLOCK; i++) {
        shm_placed_ask_home(&map, keys[i], &entries[i]);
    }
    for (; start < count; start += SHM_PLACED_BLOCK, turn ^= 1) {
        const size_t left = count - start;
        struct shm_placed_aside *aside = &asides[turn];
        if (left >= 2 * SHM_PLACED_BLOCK) {
            found += shm_placed_find_block(&map, keys + start, SHM_PLACED_BLOCK, SHM_PLACED_BLOCK,
                                           entries + start, width, bits, match, aside);
        } else {
            const size_t some = left < SHM_PLACED_BLOCK ? left : SHM_PLACED_BLOCK;
            found += shm_placed_find_block(&map, keys + start, some, left - some, entries + start,
                                           width, bits, match, aside);
        }
        shm_placed_ask_away(&map, keys + start, width, aside);
        found += shm_placed_find_aside(&asides[turn ^ 1], keys, entries, start - SHM_PLACED_BLOCK,
                                       width, bits, match);
    }
    return found + shm_placed_find_aside(&asides[turn ^ 1], keys, entries, start - SHM_PLACED_BLOCK,
                                         width, bits, match);
}

/* ---- dense maps: pilots are asked for two blocks ahead, lines one ---- */

/* Where a block's keys are sought. */
struct shm_dense_block {
    uint64_t hashes[SHM_PLACED_BLOCK];
    uint64_t firsts[SHM_PLACED_BLOCK]; /* lines of regions */
    const unsigned char *pilots[SHM_PLACED_BLOCK];
    const unsigned char *lines[SHM_PLACED_BLOCK];
};

SHM_ALWAYS_INLINE void shm_dense_ask_pilot(const shm_placed *map, uint64_t key, uint32_t width,
                                           struct shm_dense_block *block, size_t i)
{
    block->hashes[i] = shm_mix64(key, map->seed);
    block->pilots[i] = shm_dense_pilot(map, block->hashes[i], width, &block->firsts[i]);
    __builtin_prefetch(block->pilots[i]);
}

SHM_ALWAYS_INLINE void shm_dense_ask_line(const shm_placed *map, struct shm_dense_block *block,
                                          size_t i)
{
    block->lines[i] = shm_dense_line(map, block->hashes[i], block->firsts[i], *block->pilots[i]);
    __builtin_prefetch(block->lines[i]);
}

SHM_ALWAYS_INLINE size_t shm_dense_find_many_with(const shm_placed *of, const uint64_t *keys,
                                                  size_t count, const void **entries,
                                                  uint32_t width, unsigned bits,
                                                  shm_placed_match *match)
{
    const shm_placed map = *of;
    struct shm_dense_block blocks[3];
    size_t found = 0;
    for (size_t i = 0; i < count && i < 2 * SHM_PLACED_BLOCK; i++) {
        shm_dense_ask_pilot(&map, keys[i], width, &blocks[i / SHM_PLACED_BLOCK],
                            i % SHM_PLACED_BLOCK);
    }
    for (size_t i = 0; i < count && i < SHM_PLACED_BLOCK; i++) {
        shm_dense_ask_line(&map, &blocks[0], i);
    }
    for (size_t start = 0, turn = 0; start < count; start += SHM_PLACED_BLOCK) {
        struct shm_dense_block *now = &blocks[turn];
        struct shm_dense_block *next = &blocks[(turn + 1) % 3];
        struct shm_dense_block *later = &blocks[(turn + 2) % 3];
        const size_t left = count - start < SHM_PLACED_BLOCK ? count - start : SHM_PLACED_BLOCK;
        const size_t next_left = count - start - left;
        for (size_t i = 0; i < left; i++) {
            const size_t ahead = start + 2 * SHM_PLACED_BLOCK + i;
            shm_dense_ask_pilot(&map, keys[ahead < count ? ahead : count - 1], width, later, i);
            if (i < next_left) {
                shm_dense_ask_line(&map, next, i);
            }
            entries[start + i] =
                shm_placed_find_in(now->lines[i], keys[start + i], width, bits, match);
            found += entries[start + i] != NULL;
        }
        turn = (turn + 1) % 3;
    }
    return found;
}

#endif
