/* dense_build.h — the building half of dense maps.
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_DENSE_BUILD_H
#define COLLECTIONS_DENSE_BUILD_H

#include <stdbool.h>

#include "collections/map/dense.h"
#include "collections/map/entries.h"
#include "libshm/file.h"

/* How a row holds an entry. */
struct shm_dense_row {
    uint64_t key_bytes;
    uint64_t value_at;
    uint64_t value_bytes;
    uint64_t stride; /* 8 or 16 */
};

/* Writes the rows at the writer's position, in the order in which they stand, from sorted entries
 * (hash of a key, value) without equal hashes.  *placed is false if a block has more rows than its
 * ends can count: what was written is then of no use.
 * Cost: one pass, and up to 255 turns for each bucket.  Fails: IO, NO_SPACE, or as the entries'
 * progress does. */
SHM_MUST_USE shm_status shm_dense_build_write(const shm_entries *entries,
                                              const struct shm_dense_row *row, shm_writer *writer,
                                              bool *placed, shm_error *error);

/* Writes the steps of a map, whose rows stand in their order, at the writer's position; its `steps`
 * are not read.  Cost: as above.  Fails: IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_steps_write(const shm_dense *map, shm_writer *writer, shm_error *error);

#endif
