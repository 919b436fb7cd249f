/* dense.h — finding in dense maps: the smallest form of maps of small keys and values.  Internal;
 * the bytes are dense_disk.h.
 *
 * A bound map is plain and may be copied; it borrows the image.  Threads: any, wait-free. */
#ifndef COLLECTIONS_DENSE_H
#define COLLECTIONS_DENSE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <shm/dataset.h>

#include "collections/key/word.h"
#include "collections/map/dense_disk.h"

typedef struct shm_dense {
    const struct shm_steps *steps;
    uint64_t block_count;
    uint64_t seed;
    const unsigned char *rows; /* each begins with its key */
    uint64_t row_count;
    uint64_t stride;      /* 8 or 16 */
    uint64_t key_mask;    /* the bits of a key */
    uint32_t key_shift;   /* 64 less their number */
    bool keys_are_signed; /* how they extend to 64 bits */
} shm_dense;

/* The map with steps at `steps`, over the rows of a table whose keys have that type. */
static inline shm_dense shm_dense_of(const void *steps, uint64_t seed, const shm_table *table,
                                     const shm_type *key)
{
    return (shm_dense){.steps = steps,
                       .block_count = shm_steps_block_count(table->count),
                       .seed = seed,
                       .rows = table->rows,
                       .row_count = table->count,
                       .stride = table->stride,
                       .key_mask = UINT64_MAX >> (64 - 8 * key->size),
                       .key_shift = (uint32_t)(64 - 8 * key->size),
                       .keys_are_signed = shm_word_is_signed(
                           key->kind == SHM_ENUM ? key->element->kind : key->kind)};
}

/* The low bytes of a word as a key of the map, extended to 64 bits. */
static inline uint64_t shm_dense_extend(const shm_dense *map, uint64_t word)
{
    return map->keys_are_signed ? (uint64_t)((int64_t)(word << map->key_shift) >> map->key_shift)
                                : word << map->key_shift >> map->key_shift;
}

/* The first 8 bytes of a row, its key the lowest of them. */
static inline uint64_t shm_dense_word(const shm_dense *map, uint64_t row)
{
    uint64_t word;
    memcpy(&word, map->rows + row * map->stride, sizeof word); /* rows are larger */
    return word;
}

static inline uint64_t shm_dense_hash_at(const shm_dense *map, uint64_t row)
{
    return shm_mix64(shm_dense_extend(map, shm_dense_word(map, row)), map->seed);
}

/* The number of the row with that key (extended to 64 bits); UINT64_MAX if there is none.
 * Cost: a cache line of steps, and one of rows. */
uint64_t shm_dense_find(const shm_dense *map, uint64_t key);

/* `count` finds at once, overlapped; answers how many were found. */
size_t shm_dense_find_many(const shm_dense *map, const uint64_t *keys, size_t count,
                           uint64_t *rows);

#endif
