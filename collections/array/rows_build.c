/* rows_build.c — the building half of tables. */
#include "collections/array/rows_build.h"

#include <stdlib.h>
#include <string.h>

#include "collections/heap/heap_build.h"
#include "libshm/error.h"

/* Bytes that are read back and written at once. */
enum { PIECE_BYTES = 256 << 10 };

shm_status shm_rows_build_open(const shm_type *record, shm_spool_budget *budget,
                               shm_rows_build *rows, shm_error *error)
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

/* Copies a spool to the writer in pieces of whole rows, relocating each row unless `rows` is NULL. */
static shm_status copy_pieces(const shm_spool *spool, const shm_rows_build *rows,
                              uint64_t heap_offset, unsigned char *piece, size_t piece_bytes,
                              shm_writer *writer, shm_written_call *written, void *context,
                              shm_error *error)
{
    const uint64_t end = shm_spool_size(spool);
    shm_status status = SHM_OK;
    for (uint64_t at = 0; at < end && status == SHM_OK;) {
        const size_t length = end - at < piece_bytes ? (size_t)(end - at) : piece_bytes;
        status = shm_spool_read(spool, at, piece, length, error);
        if (status == SHM_OK && rows != NULL) {
            for (uint64_t row = 0; row < length; row += rows->stride) {
                relocate(&rows->cells, piece + row, writer->position + row,
                         heap_offset - SHM_HEAP_PLACE_BIAS);
            }
        }
        if (status == SHM_OK) {
            status = shm_writer_add(writer, piece, length, error);
        }
        at += length;
        if (status == SHM_OK && written != NULL) {
            status = written(context, length, error);
        }
    }
    return status;
}

static shm_status copy_spool(const shm_spool *spool, const shm_rows_build *rows,
                             uint64_t heap_offset, size_t piece_bytes, shm_writer *writer,
                             shm_written_call *written, void *context, shm_error *error)
{
    unsigned char *piece = malloc(piece_bytes);
    if (piece == NULL) {
        return shm_fail_memory(error);
    }
    const shm_status status = copy_pieces(spool, rows, heap_offset, piece, piece_bytes, writer,
                                          written, context, error);
    free(piece);
    return status;
}

shm_status shm_spool_write(const shm_spool *spool, shm_writer *writer, shm_written_call *written,
                           void *context, shm_error *error)
{
    return copy_spool(spool, NULL, 0, PIECE_BYTES, writer, written, context, error);
}

shm_status shm_rows_build_write(const shm_rows_build *rows, uint64_t heap_offset,
                                bool heap_is_empty, shm_writer *writer, shm_written_call *written,
                                void *context, shm_error *error)
{
    if (heap_is_empty || rows->cells.count == 0) {
        return shm_spool_write(&rows->spool, writer, written, context, error);
    }
    const uint64_t stride = rows->stride;
    const uint64_t piece_bytes = stride > PIECE_BYTES ? stride : PIECE_BYTES / stride * stride;
    return copy_spool(&rows->spool, rows, heap_offset, (size_t)piece_bytes, writer, written,
                      context, error);
}
