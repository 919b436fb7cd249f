/* slots.h — a table from hashes to numbers that grows: what a build has seen already.
 *
 * Open addressing, one slot after the other.  Several numbers may have one hash: the caller
 * compares what they stand for.
 * Internal.  Threads: one at a time. */
#ifndef ALLOCATORS_SLOTS_H
#define ALLOCATORS_SLOTS_H

#include <stdint.h>

#include "allocators/room.h"

struct shm_slot_entry {
    uint64_t hash;
    uint64_t number; /* 0: empty */
};

/* All zero is an empty table. */
typedef struct shm_slots {
    shm_room room;
    uint64_t slot_count; /* 0 or a power of two */
    uint64_t used;
} shm_slots;

/* Makes room for one more number: within the budget in memory, else in a file.
 * Fails: NO_MEMORY, IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_slots_reserve(shm_slots *slots, shm_budget *budget, shm_error *error);

/* The slots where a number of that hash may be, up to the first empty one.  After a reserve. */
static inline struct shm_slot_entry *shm_slots_first(const shm_slots *slots, uint64_t hash)
{
    struct shm_slot_entry *all = slots->room.bytes;
    return &all[hash & (slots->slot_count - 1)];
}

static inline struct shm_slot_entry *shm_slots_next(const shm_slots *slots,
                                                    struct shm_slot_entry *slot)
{
    struct shm_slot_entry *all = slots->room.bytes;
    return slot + 1 == all + slots->slot_count ? all : slot + 1;
}

/* Fills the empty slot that the search for `hash` came to. */
static inline void shm_slots_put(shm_slots *slots, struct shm_slot_entry *slot, uint64_t hash,
                                 uint64_t number)
{
    *slot = (struct shm_slot_entry){hash, number};
    slots->used++;
}

void shm_slots_close(shm_slots *slots);

#endif
