/* spool.h — an append-only store of bytes that spills from memory to an unnamed file: where a build
 * keeps rows, heaps and tensors until it knows their place in the image.
 *
 * All spools of a build draw on one budget of memory.  A spool that cannot grow within it writes
 * what it holds to its file and keeps a small buffer from then on.
 * Internal.  Owner: the builder.  Threads: one at a time. */
#ifndef ALLOCATORS_SPOOL_H
#define ALLOCATORS_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

#include "allocators/budget.h"

/* All zero but for `budget` is an empty spool. */
typedef struct shm_spool {
    shm_budget *budget;
    unsigned char *buffer;
    size_t buffered;
    size_t capacity;
    size_t granted;      /* bytes of the buffer that were taken from the budget */
    uint64_t file_bytes; /* those before the buffer's, in the file */
    int file;            /* valid if has_file */
    bool has_file;
    const unsigned char *map; /* read-only, of the file and of room it may grow into */
    uint64_t mapped;
} shm_spool;

static inline uint64_t shm_spool_size(const shm_spool *spool)
{
    return spool->file_bytes + spool->buffered;
}

/* Appends one piece.  Fails: NO_MEMORY, IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_spool_append(shm_spool *spool, const void *bytes, size_t length,
                                         shm_error *error);

/* The address of `length` bytes that lie in one piece, until the next append; *bytes is NULL if
 * they were not appended as one piece or are not there.  Fails: NO_MEMORY, IO. */
SHM_MUST_USE shm_status shm_spool_at(shm_spool *spool, uint64_t offset, size_t length,
                                     const unsigned char **bytes, shm_error *error);

/* Copies bytes out.  [offset, offset + length) must be there.  Fails: IO. */
SHM_MUST_USE shm_status shm_spool_read(const shm_spool *spool, uint64_t offset, void *bytes,
                                       size_t length, shm_error *error);

/* Gives its memory back; it is then as empty. */
void shm_spool_close(shm_spool *spool);

#endif
