/* groups_build.h — the building half of groups: the rows of keys that have several.
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_GROUPS_BUILD_H
#define COLLECTIONS_GROUPS_BUILD_H

#include <stdint.h>

#include "collections/map/entries.h"
#include "libshm/file.h"

/* Bytes of a row number of a table of so many rows. */
uint64_t shm_row_number_width(uint64_t row_count);

/* The length of all groups in row numbers, counts included. */
uint64_t shm_groups_length(const shm_entries *entries);

/* Writes them at the writer's position.  Fails: IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_groups_build_write(const shm_entries *entries, shm_writer *writer,
                                               shm_error *error);

#endif
