/* spool_write.h — from a spool into the image.  Internal. */
#ifndef ALLOCATORS_SPOOL_WRITE_H
#define ALLOCATORS_SPOOL_WRITE_H

#include "allocators/spool.h"
#include "libshm/file.h"

/* Called between pieces with the number of bytes written since the last call; a failure ends the
 * writing. */
typedef shm_status shm_written_call(void *context, uint64_t bytes, shm_error *error);

/* Changes a piece that is about to be written at `position` of the image. */
typedef void shm_piece_edit(const void *context, unsigned char *piece, size_t length,
                            uint64_t position);

typedef struct shm_spool_copy {
    const shm_spool *spool;
    uint64_t unit;        /* pieces are multiples of so many bytes; 0: of any number */
    shm_piece_edit *edit; /* NULL: none */
    const void *edit_context;
    shm_written_call *written; /* NULL: none */
    void *written_context;
} shm_spool_copy;

/* Writes all bytes of the spool at the writer's position.  Fails: NO_MEMORY, IO, NO_SPACE, or as
 * `written` did. */
SHM_MUST_USE shm_status shm_spool_write(const shm_spool_copy *copy, shm_writer *writer,
                                        shm_error *error);

#endif
