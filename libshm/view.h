/* view.h — what a process holds on an open region: its bytes and how to give them back.
 * Internal. */
#ifndef LIBSHM_VIEW_H
#define LIBSHM_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include <shm/status.h>

enum shm_view_kind { SHM_VIEW_BORROWED, SHM_VIEW_MAPPED, SHM_VIEW_COPIED };

typedef struct shm_view {
    const unsigned char *base;
    uint64_t size;
    enum shm_view_kind kind;
    bool trusted; /* a file of ours that nobody else may write: SHM_VERIFY_AUTO need not verify */
} shm_view;

/* Maps a regular file for reading (shared), or reads it whole into private memory.  Never waits for
 * the other end of a pipe.  Messages name the file.
 * Fails: IO, NOT_IMAGE (folder, device, pipe, empty file), TRUNCATED (became shorter while it was
 * read), NO_MEMORY. */
SHM_MUST_USE shm_status shm_view_open(const char *path, bool private_copy, shm_view *view,
                                      shm_error *error);

/* Borrows bytes of the caller, aligned to 64 (INVALID else). */
SHM_MUST_USE shm_status shm_view_borrow(const void *bytes, uint64_t size, shm_view *view,
                                        shm_error *error);

void shm_view_close(shm_view *view);

#endif
