/* cells.h — where the cells of a record stand that may refer to the heap.
 * Internal.  Threads: any number may read. */
#ifndef COLLECTIONS_CELLS_H
#define COLLECTIONS_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <shm/schema.h>

/* `count` cells, the first at `offset`, one every `stride` bytes. */
struct shm_cell_run {
    uint64_t offset;
    uint64_t stride;
    uint64_t count;
    bool is_text; /* a text cell, which refers only if it is long */
};

typedef struct shm_cells {
    struct shm_cell_run *runs;
    size_t count;
    size_t capacity;
} shm_cells;

/* Lists the cells of the fields of a record, struct or tuple.  *cells must be all zero.
 * Fails: NO_MEMORY. */
SHM_MUST_USE shm_status shm_cells_open(const shm_type *type, shm_cells *cells, shm_error *error);
void shm_cells_close(shm_cells *cells);

/* Whether a cell refers to an item.  (Cells of absent values are zero and refer to none.) */
static inline bool shm_cell_refers(const unsigned char *cell, bool is_text)
{
    if (is_text) {
        return cell[15] == SHM_TEXT_FAR_TAG;
    }
    int64_t offset;
    memcpy(&offset, cell, sizeof offset);
    return offset != 0;
}

#endif
