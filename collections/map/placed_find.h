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

/* Keys of a block that stand away, and the lines where. */
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

/* The entry in the line, or NULL, without a branch; *there is all ones, or 0. */
SHM_ALWAYS_INLINE const void *shm_placed_find_in(const unsigned char *line, uint64_t key,
                                                 uint32_t width, unsigned bits,
                                                 shm_placed_match *match, uint64_t *there)
{
    uint32_t matched = match(line, key);
    __asm__("" : "+r"(matched));
    const uint64_t slot = shm_placed_lowest(matched | UINT32_C(1) << 31) / bits; /* if none: 31 */
    const uint64_t entry = (uint64_t)(uintptr_t)line + slot * width;
    *there = -(uint64_t)(matched != 0);
    return (const void *)(uintptr_t)(entry & *there);
}

/* Of the `count` keys of a block, those that their home lines do not hold are marked in `absent`,
 * the last one lowest.  Puts aside those that stand away, and asks for the lines where; answers how
 * many were marked. */
SHM_ALWAYS_INLINE size_t shm_placed_ask_away(const shm_placed *map, const uint64_t *keys,
                                             size_t count, uint32_t absent, uint32_t width,
                                             struct shm_placed_aside *aside)
{
    size_t marked = 0;
    aside->count = 0;
    for (; absent != 0; absent &= absent - 1, marked++) {
        const uint32_t number = (uint32_t)count - 1 - shm_placed_lowest(absent);
        const uint64_t hash = shm_mix64(keys[number], map->seed);
        const unsigned char *home = shm_placed_line(map, shm_placed_home(map, hash));
        const unsigned char *line = shm_placed_line_away(map, home, hash, width);
        if (line != NULL) {
            __builtin_prefetch(line);
            aside->numbers[aside->count] = number;
            aside->lines[aside->count++] = line;
        }
    }
    return marked;
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
        uint64_t there;
        entries[number] =
            shm_placed_find_in(aside->lines[k], keys[number], width, bits, match, &there);
        found += there & 1;
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
 * them; answers which keys it did not find, the last one lowest. */
SHM_ALWAYS_INLINE uint32_t shm_placed_find_block(const shm_placed *map, const uint64_t *keys,
                                                 size_t count, size_t ahead, const void **entries,
                                                 uint32_t width, unsigned bits,
                                                 shm_placed_match *match)
{
    uint32_t absent = 0;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *line = entries[i];
        if (i < ahead) {
            shm_placed_ask_home(map, keys[SHM_PLACED_BLOCK + i], &entries[SHM_PLACED_BLOCK + i]);
        }
        uint64_t there;
        entries[i] = shm_placed_find_in(line, keys[i], width, bits, match, &there);
        absent = 2 * absent + 1 + (uint32_t)there;
    }
    return absent;
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
        const size_t some = left < SHM_PLACED_BLOCK ? left : SHM_PLACED_BLOCK;
        uint32_t absent;
        if (left >= 2 * SHM_PLACED_BLOCK) {
            absent = shm_placed_find_block(&map, keys + start, SHM_PLACED_BLOCK, SHM_PLACED_BLOCK,
                                           entries + start, width, bits, match);
        } else {
            absent = shm_placed_find_block(&map, keys + start, some, left - some, entries + start,
                                           width, bits, match);
        }
        found += some - shm_placed_ask_away(&map, keys + start, some, absent, width, &asides[turn]);
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
    uint64_t buckets[SHM_PLACED_BLOCK];
    const unsigned char *lines[SHM_PLACED_BLOCK];
};

SHM_ALWAYS_INLINE void shm_dense_ask_pilot(const shm_placed *map, uint64_t key,
                                           struct shm_dense_block *block, size_t i)
{
    block->hashes[i] = shm_mix64(key, map->seed);
    block->buckets[i] = shm_dense_bucket(map, block->hashes[i]);
    __builtin_prefetch(map->pilots + block->buckets[i]);
}

SHM_ALWAYS_INLINE void shm_dense_ask_line(const shm_placed *map, struct shm_dense_block *block,
                                          size_t i)
{
    const uint64_t bucket = block->buckets[i];
    block->lines[i] = shm_dense_line(map, block->hashes[i], bucket, map->pilots[bucket]);
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
        shm_dense_ask_pilot(&map, keys[i], &blocks[i / SHM_PLACED_BLOCK], i % SHM_PLACED_BLOCK);
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
            shm_dense_ask_pilot(&map, keys[ahead < count ? ahead : count - 1], later, i);
            if (i < next_left) {
                shm_dense_ask_line(&map, next, i);
            }
            uint64_t there;
            entries[start + i] =
                shm_placed_find_in(now->lines[i], keys[start + i], width, bits, match, &there);
            found += there & 1;
        }
        turn = (turn + 1) % 3;
    }
    return found;
}

#endif
