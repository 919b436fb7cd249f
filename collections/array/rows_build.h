/* rows_build.h — the building half of tables: rows come in, and go into the image once it is known
 * where their heap stands.
 *
 * A row that waits holds, in its cells, places of its collection's heap (heap/heap_build.h).
 * Internal.  Owner: the builder.  Threads: one at a time. */
#ifndef COLLECTIONS_ROWS_BUILD_H
#define COLLECTIONS_ROWS_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include <shm/schema.h>

#include "collections/heap/cells.h"
#include "allocators/spool.h"
#include "allocators/spool_write.h"

typedef struct shm_rows_build {
    shm_spool spool;
    shm_cells cells;
    uint64_t stride;
    uint64_t count;
} shm_rows_build;

/* No rows of `record`.  Fails: NO_MEMORY. */
SHM_MUST_USE shm_status shm_rows_build_open(const shm_type *record, shm_budget *budget,
                                            shm_rows_build *rows, shm_error *error);

/* Appends a row.  Fails: NO_MEMORY, IO, NO_SPACE. */
SHM_MUST_USE shm_status shm_rows_build_add(shm_rows_build *rows, const void *row, shm_error *error);

/* Writes all rows at the writer's position, for a heap that begins at `heap_offset` of the image.
 * Cost: one pass.  Fails: NO_MEMORY, IO, NO_SPACE, or as `written` did. */
SHM_MUST_USE shm_status shm_rows_build_write(const shm_rows_build *rows, uint64_t heap_offset,
                                             bool heap_is_empty, shm_writer *writer,
                                             shm_written_call *written, void *context,
                                             shm_error *error);

void shm_rows_build_close(shm_rows_build *rows);

#endif
