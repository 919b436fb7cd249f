/* dense_disk.h — the bytes of a dense map: rows in the order of their keys' hashes, and the steps
 * that say which of them a find reads.
 *
 * The rows are those of the map's record {key, value}, each of its row_size, 8 or 16.  The hash of
 * a key is shm_mix64(key, seed), the key extended to 64 bits, by its sign if it has one: a
 * bijection.
 *
 * The steps section is an array of blocks of 64 bytes, each for 18 buckets of rows:
 *   0              6       8            44            62     64
 *   | u48 first    | u16 0 | 18 u16 ends | 18 u8 turns | zeros |
 * Of a hash h, the high 64 bits of h * (18 * block_count) are its bucket.  Rows of one bucket are
 * neighbours, and buckets follow one another.  `first` is the row with which the block's first
 * bucket begins; end i, counted from it, is where bucket i of the block ends and the next one
 * begins: with the zero before them the ends are 19 numbers, of which i and i + 1 are the bounds of
 * bucket i.
 * The turn of a bucket says where in it the row of a hash stands (shm_steps_place), so that a find
 * compares one row.  In a bucket of more than SHM_STEPS_TURN_ROWS rows, and where none of the turns
 * 0 to 254 gives each row a place of its own, it is 255: rows stand in the order of their hashes.
 *
 * Entry in the directory: count = blocks, stride = 64, parameter = seed.
 *
 * D1  block_count = max(1, ceil(rows / 54)).
 * D2  Rows stand in the order of their buckets; in a bucket each in its place, or, with the turn
 *     255, so that hashes rise strictly.  Hence no key stands twice.
 * D3  `first` and ends say where the rows are; the zeros are zero. */
#ifndef COLLECTIONS_DENSE_DISK_H
#define COLLECTIONS_DENSE_DISK_H

#include <stddef.h>
#include <stdint.h>

#include "libshm/hash.h"

enum {
    SHM_STEPS_BUCKETS = 18, /* of a block */
    SHM_STEPS_ROWS = 54,    /* of a block, on the average */
    SHM_STEPS_END_MAX = UINT16_MAX,
    SHM_STEPS_TURN_NONE = 255,
    SHM_STEPS_TURN_ROWS = 16
};

struct shm_steps {
    uint64_t first; /* the highest 16 bits are the zero before the ends */
    uint16_t ends[SHM_STEPS_BUCKETS];
    uint8_t turns[SHM_STEPS_BUCKETS];
    uint8_t zero[2];
};
_Static_assert(sizeof(struct shm_steps) == 64, "one cache line");
_Static_assert(offsetof(struct shm_steps, ends) == sizeof(uint64_t), "a zero before the ends");

static inline uint64_t shm_steps_block_count(uint64_t row_count)
{
    const uint64_t blocks = row_count / SHM_STEPS_ROWS + (row_count % SHM_STEPS_ROWS != 0);
    return blocks == 0 ? 1 : blocks;
}

/* The bucket of a hash: its block, and which of that block's it is. */
struct shm_steps_bucket {
    uint64_t block;
    uint64_t number;
};

static inline struct shm_steps_bucket shm_steps_bucket_of(uint64_t hash, uint64_t block_count)
{
    /* hash * block_count * 18, in two steps: the first one's low half is what is left. */
    const struct shm_steps_bucket bucket = {
        .block = shm_multiply_high(hash, block_count),
        .number = shm_multiply_high(hash * block_count, SHM_STEPS_BUCKETS)};
    return bucket;
}

/* The same, counted through all blocks. */
static inline uint64_t shm_steps_bucket_number(uint64_t hash, uint64_t block_count)
{
    const struct shm_steps_bucket bucket = shm_steps_bucket_of(hash, block_count);
    return bucket.block * SHM_STEPS_BUCKETS + bucket.number;
}

/* Where in a bucket of `count` rows the row of that hash stands. */
static inline uint64_t shm_steps_place(uint64_t hash, uint64_t turn, uint64_t count)
{
    const uint64_t turned = (hash ^ turn * SHM_MIX_FIRST) * SHM_MIX_SECOND;
    return (turned >> 32) * count >> 32;
}

#endif
