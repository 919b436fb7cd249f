/* rows_build.c — the building half of tables. */
#include "collections/array/rows_build.h"

#include <string.h>

#include "collections/heap/heap_build.h"

shm_status shm_rows_build_open(const shm_type *record, shm_budget *budget, shm_rows_build *rows,
                               shm_error *error)
{
    *rows = (shm_rows_build){.spool = {.budget = budget}, .stride = record->row_size};
    return shm_cells_open(record, &rows->cells, error);
}

void shm_rows_build_close(shm_rows_build *rows)
{
    shm_spool_close(&rows->spool);
    shm_cells_close(&rows->cells);
}

shm_status shm_rows_build_add(shm_rows_build *rows, const void *row, shm_error *error)
{
    const shm_status status = shm_spool_append(&rows->spool, row, (size_t)rows->stride, error);
    if (status == SHM_OK) {
        rows->count++;
    }
    return status;
}

/* Turns the places in a row's cells into distances.  `row_offset` is the row's in the image, and
 * `place_offset` where place 0 would be. */
static void relocate(const shm_cells *cells, unsigned char *row, uint64_t row_offset,
                     uint64_t place_offset)
{
    for (size_t i = 0; i < cells->count; i++) {
        const struct shm_cell_run *run = &cells->runs[i];
        uint64_t at = run->offset;
        for (uint64_t k = 0; k < run->count; k++, at += run->stride) {
            if (shm_cell_refers(row + at, run->is_text)) {
                uint64_t cell;
                memcpy(&cell, row + at, sizeof cell);
                cell += place_offset - (row_offset + at);
                memcpy(row + at, &cell, sizeof cell);
            }
        }
    }
}

/* What relocate() needs to know about a piece of rows. */
struct relocation {
    const shm_rows_build *rows;
    uint64_t place_offset;
};

static void relocate_piece(const void *context, unsigned char *piece, size_t length,
                           uint64_t position)
{
    const struct relocation *relocation = context;
    const shm_rows_build *rows = relocation->rows;
    for (uint64_t row = 0; row < length; row += rows->stride) {
        relocate(&rows->cells, piece + row, position + row, relocation->place_offset);
    }
}

shm_status shm_rows_build_write(const shm_rows_build *rows, uint64_t heap_offset,
                                bool heap_is_empty, shm_writer *writer, shm_written_call *written,
                                void *context, shm_error *error)
{
    const struct relocation relocation = {rows, heap_offset - SHM_HEAP_PLACE_BIAS};
    const bool has_references = !heap_is_empty && rows->cells.count > 0;
    const shm_spool_copy copy = {.spool = &rows->spool,
                                 .unit = rows->stride,
                                 .edit = has_references ? relocate_piece : NULL,
                                 .edit_context = &relocation,
                                 .written = written,
                                 .written_context = context};
    return shm_spool_write(&copy, writer, error);
}
