/* map_verify.h — checking hash lines.  Internal. */
#ifndef COLLECTIONS_MAP_VERIFY_H
#define COLLECTIONS_MAP_VERIFY_H

#include "collections/heap/value_verify.h"
#include "collections/map/map.h"

/* What a map's values may be. */
struct shm_map_values {
    uint64_t row_count;
    const shm_map_texts *texts; /* whose places are the words', or NULL */
    /* With groups: a bit for each place in the groups section, set where a group begins; each is
     * cleared when a value names it, so that none is named twice.  NULL without groups. */
    uint64_t *group_starts;
    uint64_t group_length;
    uint64_t single_count; /* out: values that are rows */
    uint64_t group_count;  /* out: values that are groups */
};

/* Checks M2 to M6 (map_disk.h); of words with places M2, M5, M6 and that each place is that of
 * bytes in the heap, since M3 and M4 are for those who know the keys.  After it no find leaves the
 * lines, and every key that is its hash is found by it.  Cost: one pass, and a second line for each
 * key that is not at home or whose home has keys elsewhere.  Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_map_verify(shm_verifier *verifier, const shm_map *map,
                                       struct shm_map_values *values);

#endif
