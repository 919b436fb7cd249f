/* groups_build.h — the building half of groups: the rows of keys that have several.
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_GROUPS_BUILD_H
#define COLLECTIONS_GROUPS_BUILD_H

#include <stdint.h>

#include "collections/map/entries.h"
#include "libshm/file.h"

/* Bytes of a row number of a table of so many rows. */
uint64_t shm_row_number_width(uint64_t row_count);

/* Writes the groups of checked entries at the writer's position, of row numbers of `width` bytes;
 * their length is the entries' group_length.  Fails: IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_groups_build_write(const shm_entries *entries, uint64_t width,
                                               shm_writer *writer, shm_error *error);

#endif
