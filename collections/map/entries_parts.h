/* entries_parts.h — what the files of entries share.  Internal to them. */
#ifndef COLLECTIONS_ENTRIES_PARTS_H
#define COLLECTIONS_ENTRIES_PARTS_H

#include "collections/map/entries.h"

/* What a worker has for itself. */
struct shm_entry_worker {
    uint64_t count; /* of entries, and the sum of their words, while they are counted */
    uint64_t digest;
    shm_room room;        /* of the two below */
    uint64_t *last_block; /* by partition: the block it stored last, whose link leads to others */
    uint32_t *filled;     /* by partition: entries in its tail */
    shm_room tail_room;
    shm_entry *tails;    /* by partition: a block that fills */
    uint64_t sort_bytes; /* of the index's budget that went into its own */
    shm_budget budget;   /* for sorting */
    shm_room lists;      /* for sorting a partition: twice its entries */
};

/* A block's link: the block that follows it in its partition, and above it how many entries it has
 * in use. */
enum { SHM_LINK_BLOCK_BITS = 48 };
#define SHM_NO_BLOCK ((UINT64_C(1) << SHM_LINK_BLOCK_BITS) - 1)

static inline uint64_t shm_link_next(const shm_entries *entries, uint64_t block)
{
    return ((const uint64_t *)entries->links.bytes)[block] & SHM_NO_BLOCK;
}

static inline uint64_t shm_link_count(const shm_entries *entries, uint64_t block)
{
    return ((const uint64_t *)entries->links.bytes)[block] >> SHM_LINK_BLOCK_BITS;
}

static inline void shm_link_set(shm_entries *entries, uint64_t block, uint64_t next, uint64_t count)
{
    ((uint64_t *)entries->links.bytes)[block] = next | count * (SHM_NO_BLOCK + 1);
}

#endif
