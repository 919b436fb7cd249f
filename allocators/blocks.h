/* blocks.h — equal blocks of bytes by number: the first ones in memory, as far as a build's budget
 * goes, the others in an unnamed file.
 * Internal.  Threads: any number may take blocks, and write and read different ones. */
#ifndef ALLOCATORS_BLOCKS_H
#define ALLOCATORS_BLOCKS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocators/room.h"

/* All zero is no blocks. */
typedef struct shm_blocks {
    size_t block_bytes;
    uint64_t memory_count; /* blocks before this one are in memory */
    unsigned char *memory;
    shm_room room;
    const char *folder;
    int file; /* valid if has_file */
    bool has_file;
    _Atomic uint64_t taken;
} shm_blocks;

/* Up to `count` blocks.  They take from the budget what they may need of memory.
 * Fails: NO_MEMORY, IO. */
SHM_MUST_USE shm_status shm_blocks_open(shm_budget *budget, uint64_t count, size_t block_bytes,
                                        shm_blocks *blocks, shm_error *error);

/* The number of a block that nobody has taken; at most `count` are taken. */
static inline uint64_t shm_blocks_take(shm_blocks *blocks)
{
    /* ORDER relaxed: the number is all; what is written into the block reaches others with the
     * end of the task that wrote it (workers.c). */
    return atomic_fetch_add_explicit(&blocks->taken, 1, memory_order_relaxed);
}

/* All blocks are free again. */
static inline void shm_blocks_clear(shm_blocks *blocks)
{
    /* ORDER relaxed: no other thread uses them now. */
    atomic_store_explicit(&blocks->taken, 0, memory_order_relaxed);
}

/* Fails: IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_blocks_write(shm_blocks *blocks, uint64_t block, const void *bytes,
                                         size_t length, shm_error *error);

/* Where the bytes of the block are: in memory, or read into `buffer`, which has room for a block.
 * Fails: IO. */
SHM_MUST_USE shm_status shm_blocks_read(const shm_blocks *blocks, uint64_t block, size_t length,
                                        void *buffer, const void **bytes, shm_error *error);

void shm_blocks_close(shm_blocks *blocks);

#endif
