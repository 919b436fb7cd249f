/* room.h — an array whose bytes are memory while a build's budget allows, and else a mapped unnamed
 * file, so that they count as cache of that file and can leave the memory.
 * Internal.  Threads: one at a time. */
#ifndef ALLOCATORS_ROOM_H
#define ALLOCATORS_ROOM_H

#include <stdbool.h>
#include <stdint.h>

#include <shm/status.h>

#include "allocators/budget.h"

/* All zero is an array without bytes. */
typedef struct shm_room {
    void *bytes; /* aligned for any type */
    uint64_t size;
    shm_budget *budget; /* that `size` was taken from; NULL: from none, it is a file */
} shm_room;

/* `size` zero bytes.  Rooms of less than SHM_ROOM_SMALL_BYTES are memory always, and not counted.
 * The blocks of a file are there from the start: a full disk is an error here, not a signal later.
 * Fails: NO_MEMORY, IO, NO_SPACE; *room is then without bytes. */
SHM_MUST_USE shm_status shm_room_open(shm_budget *budget, uint64_t size, shm_room *room,
                                      shm_error *error);

/* The same, of bytes that may hold anything. */
SHM_MUST_USE shm_status shm_room_open_unset(shm_budget *budget, uint64_t size, shm_room *room,
                                            shm_error *error);

void shm_room_close(shm_room *room);

enum { SHM_ROOM_SMALL_BYTES = 128 << 10 };

#endif
