/* approximate_build.h — the building half of approximate indexes.
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_APPROXIMATE_BUILD_H
#define COLLECTIONS_APPROXIMATE_BUILD_H

#include <stdint.h>

#include "collections/map/entries.h"
#include "libshm/file.h"

typedef struct shm_approximate_build {
    unsigned bits; /* of a fragment */
    uint64_t bucket_count;
    uint64_t pair_count;
} shm_approximate_build;

/* Turns checked entries into pairs (place, row), sorted, each once: their `hash` becomes the place.
 * Fails: LIMIT (so many keys at so small a rate that places do not fit 64 bits). */
SHM_MUST_USE shm_status shm_approximate_build_open(shm_entries *entries, uint64_t one_in,
                                                   shm_approximate_build *build, shm_error *error);

/* Bytes of the sections, and writing them at the writer's position.  Fails: IO, NO_SPACE. */
uint64_t shm_approximate_fragments_size(const shm_approximate_build *build, uint64_t row_count);
SHM_MUST_USE shm_status shm_approximate_write_buckets(const shm_approximate_build *build,
                                                      const shm_entries *pairs, shm_writer *writer,
                                                      shm_error *error);
SHM_MUST_USE shm_status shm_approximate_write_fragments(const shm_approximate_build *build,
                                                        const shm_entries *pairs,
                                                        shm_writer *writer, shm_error *error);

#endif
