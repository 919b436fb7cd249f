/* dense_pilots.h — the pilots of one region of a dense map (<shm/placed.h>): so chosen that no line
 * gets more keys than it has slots.
 * Internal.  Threads: any number, each with a region of its own. */
#ifndef COLLECTIONS_DENSE_PILOTS_H
#define COLLECTIONS_DENSE_PILOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "collections/map/placed.h"

/* What the search needs; the size of it is what filling a region takes.  Keys are numbered, by
 * bucket, in the order in which they were given; `lines_of` and `hashes` are by these numbers. */
struct shm_dense_region {
    uint32_t lines;
    uint32_t slots; /* of a line */
    uint32_t buckets;
    uint8_t *pilots;                              /* of each bucket */
    uint16_t begins[SHM_DENSE_REGION_PILOTS + 1]; /* of each bucket's keys */
    uint32_t hashes[SHM_DENSE_REGION_SLOTS];      /* the halves that pilots lead */
    uint16_t lines_of[SHM_DENSE_REGION_SLOTS];    /* where each key goes */
    uint8_t filled[SHM_DENSE_REGION_SLOTS / 4];   /* slots of each line */
    uint16_t owners[SHM_DENSE_REGION_SLOTS];      /* the buckets of the keys in a line's slots */
    uint16_t evictions[SHM_DENSE_REGION_PILOTS];  /* of each bucket */
    uint16_t order[SHM_DENSE_REGION_PILOTS];      /* of buckets, the largest first */
    uint16_t waiting[SHM_DENSE_REGION_PILOTS];    /* buckets to place, the next one last */
    uint16_t of_size[SHM_DENSE_REGION_SLOTS + 1];
};

/* Chooses the pilots of a region whose shape, pilots' place, begins and hashes are set, and says
 * where its keys go; false if there are none that serve, or they are not found.  Depends on what is
 * set alone; docs/format.md, "Filling a region of a dense map", is what it does.
 * Cost: some ten lines looked at for a key. */
bool shm_dense_choose_pilots(struct shm_dense_region *region);

#endif
