/* spool_write.c — from a spool into the image. */
#include "allocators/spool_write.h"

#include <stdlib.h>

#include "libshm/error.h"

enum { PIECE_BYTES = 256 << 10 };

/* Whether the bytes from `at` on go into the image as they stand in memory. */
static bool is_ready(const shm_spool_copy *copy, uint64_t at)
{
    return copy->edit == NULL && at >= copy->spool->file_bytes;
}

/* Writes what `piece` has room for, or as it stands in memory. */
static shm_status write_piece(const shm_spool_copy *copy, uint64_t at, unsigned char *piece,
                              size_t length, shm_writer *writer, shm_error *error)
{
    const unsigned char *bytes = piece;
    shm_status status = SHM_OK;
    if (is_ready(copy, at)) {
        bytes = copy->spool->buffer + (at - copy->spool->file_bytes);
    } else {
        status = shm_spool_read(copy->spool, at, piece, length, error);
    }
    if (status == SHM_OK && copy->edit != NULL) {
        copy->edit(copy->edit_context, piece, length, writer->position);
    }
    if (status == SHM_OK) {
        status = shm_writer_add(writer, bytes, length, error);
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
    uint64_t length;
    for (uint64_t at = 0; at < end && status == SHM_OK; at += length) {
        /* Whole chunks need not go through the writer's buffer. */
        const uint64_t most = is_ready(copy, at) ? SHM_WRITER_CHUNK_BYTES : piece_bytes;
        length = end - at < most ? end - at : most;
        status = write_piece(copy, at, piece, (size_t)length, writer, error);
    }
    free(piece);
    return status;
}
