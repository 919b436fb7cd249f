/* dense_find.c — finds in dense maps.
 *
 * No branch depends on how many rows a bucket has, or which of them has the key: that cannot be
 * foretold, and a wrong guess empties the window in which other finds' cache misses overlap. */
#include "collections/map/dense.h"

enum { BLOCK = 32, STAGES = 3 };

#define NOTHING UINT64_MAX

/* Whether a key of the map's type can be this word. */
static inline bool fits(const shm_dense *map, uint64_t key)
{
    return map->key_shift == 0 || shm_dense_extend(map, key) == key;
}

static inline bool is_equal(const shm_dense *map, uint64_t row, uint64_t key)
{
    return ((shm_dense_word(map, row) ^ key) & map->key_mask) == 0;
}

/* A bucket's rows. */
struct bucket {
    uint64_t begin;
    uint64_t count;
    uint64_t turn;
};

static inline struct bucket read_bucket(const struct shm_steps *steps, uint64_t number)
{
    /* Both bounds at once: see dense_disk.h. */
    const unsigned char *before = (const unsigned char *)steps->ends - sizeof steps->ends[0];
    uint32_t bounds;
    memcpy(&bounds, before + number * sizeof steps->ends[0], sizeof bounds);
    const uint64_t begin = bounds & UINT16_MAX;
    return (struct bucket){steps->first + begin, (bounds >> 16) - begin, steps->turns[number]};
}

/* The row that has the key if any has, but with the turn 255; in an empty bucket a row beside it,
 * which has another key. */
static inline uint64_t place_in(const shm_dense *map, const struct bucket *bucket, uint64_t hash)
{
    const uint64_t row = bucket->begin + shm_steps_place(hash, bucket->turn, bucket->count);
    return row - (row == map->row_count);
}

/* The rows of a bucket none of whose turns gave each row a place.  Rare, and not to take registers
 * from what is not. */
__attribute__((noinline, cold)) static uint64_t scan(const shm_dense *map, uint64_t key,
                                                     uint64_t hash)
{
    const struct shm_steps_bucket at = shm_steps_bucket_of(hash, map->block_count);
    const struct bucket bucket = read_bucket(&map->steps[at.block], at.number);
    for (uint64_t row = bucket.begin; row < bucket.begin + bucket.count; row++) {
        if (is_equal(map, row, key)) {
            return row;
        }
    }
    return NOTHING;
}

uint64_t shm_dense_find(const shm_dense *map, uint64_t key)
{
    if (!fits(map, key) || map->row_count == 0) {
        return NOTHING;
    }
    const uint64_t hash = shm_mix64(key, map->seed);
    const struct shm_steps_bucket at = shm_steps_bucket_of(hash, map->block_count);
    const struct bucket bucket = read_bucket(&map->steps[at.block], at.number);
    uint64_t row = place_in(map, &bucket, hash);
    row = is_equal(map, row, key) ? row : NOTHING;
    __asm__("" : "+r"(row)); /* no branch on it */
    return __builtin_expect(bucket.turn == SHM_STEPS_TURN_NONE, 0) ? scan(map, key, hash) : row;
}

/* ---- many ---- */

/* Some keys on their way: their steps come first, then their rows. */
struct block {
    const uint64_t *keys;
    uint64_t *rows; /* answers */
    size_t count;
    uint64_t hashes[BLOCK];
    struct bucket buckets[BLOCK];
};

static void ask_steps(const shm_dense *map, struct block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        block->hashes[i] = shm_mix64(block->keys[i], map->seed);
        __builtin_prefetch(&map->steps[shm_multiply_high(block->hashes[i], map->block_count)]);
    }
}

static void ask_rows(const shm_dense *map, struct block *block)
{
    for (size_t i = 0; i < block->count; i++) {
        const struct shm_steps_bucket at = shm_steps_bucket_of(block->hashes[i], map->block_count);
        block->buckets[i] = read_bucket(&map->steps[at.block], at.number);
        block->rows[i] = place_in(map, &block->buckets[i], block->hashes[i]);
        __builtin_prefetch(map->rows + block->rows[i] * map->stride);
    }
}

static size_t take_rows(const shm_dense *map, const struct block *block)
{
    size_t found = 0;
    for (size_t i = 0; i < block->count; i++) {
        const uint64_t key = block->keys[i];
        uint64_t row = block->rows[i];
        row = is_equal(map, row, key) && fits(map, key) ? row : NOTHING;
        if (__builtin_expect(block->buckets[i].turn == SHM_STEPS_TURN_NONE, 0)) {
            row = fits(map, key) ? scan(map, key, block->hashes[i]) : NOTHING;
        }
        block->rows[i] = row;
        found += row != NOTHING;
    }
    return found;
}

static size_t find_nothing(size_t count, uint64_t *rows)
{
    for (size_t i = 0; i < count; i++) {
        rows[i] = NOTHING;
    }
    return 0;
}

size_t shm_dense_find_many(const shm_dense *map, const uint64_t *keys, size_t count, uint64_t *rows)
{
    struct block blocks[STAGES];
    const size_t block_count = count / BLOCK + (count % BLOCK != 0);
    size_t found = 0;
    if (map->row_count == 0) {
        return find_nothing(count, rows);
    }
    for (size_t turn = 0; turn < block_count + STAGES - 1; turn++) {
        if (turn < block_count) {
            const size_t done = turn * BLOCK;
            struct block *block = &blocks[turn % STAGES];
            block->keys = keys + done;
            block->rows = rows + done;
            block->count = count - done < BLOCK ? count - done : BLOCK;
            ask_steps(map, block);
        }
        if (turn >= 1 && turn - 1 < block_count) {
            ask_rows(map, &blocks[(turn - 1) % STAGES]);
        }
        if (turn >= STAGES - 1) {
            found += take_rows(map, &blocks[(turn - 2) % STAGES]);
        }
    }
    return found;
}
