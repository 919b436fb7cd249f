/* heap_build.h — the building half of heaps: items come in, each distinct one is kept once.
 *
 * What a cell refers to is kept, in rows that wait for their image, as a place: the item's offset
 * in the heap plus SHM_HEAP_PLACE_BIAS, so that 0 stays "no item".
 * Internal.  Owner: the builder.  Threads: one at a time. */
#ifndef COLLECTIONS_HEAP_BUILD_H
#define COLLECTIONS_HEAP_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

#include "collections/heap/heap_disk.h"
#include "collections/heap/scratch.h"
#include "allocators/slots.h"
#include "allocators/spool.h"

enum { SHM_HEAP_PLACE_BIAS = SHM_HEAP_ALIGN };

typedef struct shm_heap_build {
    shm_spool spool;
    uint64_t secret; /* of the hash: never stored, so nobody can make items that all collide */
    shm_slots slots; /* hash of an item, its place */
} shm_heap_build;

/* An empty heap.  Cost: O(1), no allocation. */
void shm_heap_build_open(shm_budget *budget, uint64_t secret, shm_heap_build *heap);

/* Puts `item` and all it refers to into the heap, children first, unless they are there: sets their
 * places.  Iterative, however deep the items.  Cost: linear in their bytes.
 * Fails: NO_MEMORY, IO, NO_SPACE, LIMIT (more nodes than a row may reach). */
SHM_MUST_USE shm_status shm_heap_build_add(shm_heap_build *heap, shm_scratch_item *item,
                                           shm_error *error);

/* Forgets which items there are: no more will be added.  Frees what finding them took. */
void shm_heap_build_end(shm_heap_build *heap);

void shm_heap_build_close(shm_heap_build *heap);

#endif
