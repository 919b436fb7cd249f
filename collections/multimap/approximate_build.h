/* approximate_build.h — the building half of approximate indexes.
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_APPROXIMATE_BUILD_H
#define COLLECTIONS_APPROXIMATE_BUILD_H

#include <stdint.h>

#include "collections/map/entries.h"
#include "libshm/file.h"

struct shm_places;

typedef struct shm_approximate_build {
    unsigned bits;  /* of a fragment */
    uint64_t width; /* bytes of a row number */
    uint64_t bucket_count;
    uint64_t pair_count;
    uint64_t place_count;       /* with pairs */
    uint64_t most_pairs;        /* of one place */
    const shm_entries *entries; /* by hash */
    shm_entries pairs;          /* (place, row), by place, each once: `hash` is the place */
    struct shm_places *places;  /* by partition of the pairs */
} shm_approximate_build;

/* Makes pairs of checked entries, which must outlive them, for row numbers of `width` bytes.  To be
 * closed whatever the answer.
 * Fails: LIMIT (so many keys at so small a rate that places do not fit 64 bits), or as
 * shm_entries_sort does. */
SHM_MUST_USE shm_status shm_approximate_build_open(const shm_entries *entries, uint64_t one_in,
                                                   uint64_t width, shm_approximate_build *build,
                                                   shm_error *error);

/* Bytes of the sections, and writing them at the writer's position.  Fails: IO, NO_SPACE. */
uint64_t shm_approximate_fragments_size(const shm_approximate_build *build);
SHM_MUST_USE shm_status shm_approximate_write_buckets(const shm_approximate_build *build,
                                                      shm_writer *writer, shm_error *error);
SHM_MUST_USE shm_status shm_approximate_write_fragments(const shm_approximate_build *build,
                                                        shm_writer *writer, shm_error *error);

void shm_approximate_build_close(shm_approximate_build *build);

#endif
