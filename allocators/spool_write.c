/* spool_write.c — from a spool into the image. */
#include "allocators/spool_write.h"

#include <stdlib.h>

#include "libshm/error.h"

enum { PIECE_BYTES = 256 << 10 };

static shm_status write_piece(const shm_spool_copy *copy, uint64_t at, unsigned char *piece,
                              size_t length, shm_writer *writer, shm_error *error)
{
    shm_status status = shm_spool_read(copy->spool, at, piece, length, error);
    if (status == SHM_OK && copy->edit != NULL) {
        copy->edit(copy->edit_context, piece, length, writer->position);
    }
    if (status == SHM_OK) {
        status = shm_writer_add(writer, piece, length, error);
    }
    if (status == SHM_OK && copy->written != NULL) {
        status = copy->written(copy->written_context, length, error);
    }
    return status;
}

shm_status shm_spool_write(const shm_spool_copy *copy, shm_writer *writer, shm_error *error)
{
    uint64_t piece_bytes = PIECE_BYTES;
    if (copy->unit > 0) {
        piece_bytes = copy->unit > PIECE_BYTES ? copy->unit : PIECE_BYTES / copy->unit * copy->unit;
    }
    unsigned char *piece = malloc((size_t)piece_bytes);
    if (piece == NULL) {
        return shm_fail_memory(error);
    }
    const uint64_t end = shm_spool_size(copy->spool);
    shm_status status = SHM_OK;
    for (uint64_t at = 0; at < end && status == SHM_OK; at += piece_bytes) {
        const uint64_t length = end - at < piece_bytes ? end - at : piece_bytes;
        status = write_piece(copy, at, piece, (size_t)length, writer, error);
    }
    free(piece);
    return status;
}
