/* view.h — what a process holds on an open region: its bytes and how to give them back.
 * Internal. */
#ifndef LIBSHM_VIEW_H
#define LIBSHM_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

/* Huge pages of x86-64 and, with pages of 4 KiB, of AArch64. */
#define SHM_HUGE_PAGE_BYTES ((size_t)2 << 20)

enum shm_view_kind { SHM_VIEW_BORROWED, SHM_VIEW_MAPPED, SHM_VIEW_COPIED };

typedef struct shm_view {
    const unsigned char *base;
    uint64_t size;
    enum shm_view_kind kind;
    bool trusted; /* a file of ours that nobody else may write: SHM_VERIFY_AUTO need not verify */
    void *space;  /* the address space that is given back; NULL: borrowed */
    size_t space_size;
} shm_view;

/* How to open a file; 0: map it as the kernel likes. */
enum {
    SHM_VIEW_COPY = 1, /* read it whole into private memory, which then can only be read as well */
    SHM_VIEW_HUGE = 2  /* in pages of 2 MiB, as far as the kernel gives them; whatever it answers is
                        * no error */
};

/* Maps a regular file for reading (shared), or copies it.  Never waits for the other end of a pipe.
 * Files of 2 MiB and more, and all copies, begin at a multiple of 2 MiB, as huge pages must, and
 * touch no other mapping, so that the kernel tells what they use apart.  Messages name the file.
 * Fails: IO, NOT_IMAGE (folder, device, pipe, empty file), TRUNCATED (became shorter while it was
 * read), NO_MEMORY. */
SHM_MUST_USE shm_status shm_view_open(const char *path, unsigned how, shm_view *view,
                                      shm_error *error);

/* Borrows bytes of the caller, aligned to 64 (INVALID else). */
SHM_MUST_USE shm_status shm_view_borrow(const void *bytes, uint64_t size, shm_view *view,
                                        shm_error *error);

void shm_view_close(shm_view *view);

/* ---- view_pages.c ---- */

/* Ask the kernel for pages of 2 MiB: for those that come in from now on, and for what the memory
 * holds by now (of a file everything, which is read in). */
void shm_pages_ask(void *memory, size_t size);
void shm_pages_collapse(void *memory, size_t size);

/* What /proc/self/smaps says of the mappings that hold the view, in bytes. */
struct shm_view_pages {
    uint64_t mapped, resident, huge;
};

/* Fails: IO (no /proc, or it cannot be read).  Cost: linear in all that the process has mapped. */
SHM_MUST_USE shm_status shm_view_pages_read(const shm_view *view, struct shm_view_pages *pages,
                                            shm_error *error);

#endif
