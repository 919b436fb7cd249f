/* view.c — mapping files, and copying them. */
#include "libshm/view.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libshm/error.h"

static const char *file_type_text(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return "a folder";
    case S_IFIFO:
        return "a pipe";
    case S_IFSOCK:
        return "a socket";
    default:
        return "a device";
    }
}

static shm_status check_regular(const char *path, const struct stat *found, shm_error *error)
{
    if (S_ISREG(found->st_mode)) {
        return SHM_OK;
    }
    return shm_fail(error, SHM_NOT_IMAGE, "'%s' is %s, not a libshm image", path,
                    file_type_text(found->st_mode));
}

/* Looks before it opens, since opening a device or a pipe can do something; and again after, since
 * the name may mean another file by then. */
static shm_status open_regular(const char *path, int *fd, struct stat *found, shm_error *error)
{
    if (stat(path, found) != 0) {
        return shm_fail_errno(error, "cannot open '%s'", path);
    }
    shm_status status = check_regular(path, found, error);
    if (status != SHM_OK) {
        return status;
    }
    const int opened = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (opened < 0) {
        return shm_fail_errno(error, "cannot open '%s'", path);
    }
    if (fstat(opened, found) != 0) {
        status = shm_fail_errno(error, "cannot open '%s'", path);
    } else {
        status = check_regular(path, found, error);
    }
    if (status == SHM_OK && found->st_size == 0) {
        status = shm_fail(error, SHM_NOT_IMAGE, "'%s' is empty, not a libshm image", path);
    }
    if (status != SHM_OK) {
        close(opened);
        return status;
    }
    *fd = opened;
    return SHM_OK;
}

static shm_status read_whole(int fd, const char *path, unsigned char *memory, size_t size,
                             shm_error *error)
{
    size_t done = 0;
    while (done < size) {
        const ssize_t got = pread(fd, memory + done, size - done, (off_t)done);
        if (got > 0) {
            done += (size_t)got;
        } else if (got == 0) {
            return shm_fail(error, SHM_TRUNCATED, "'%s' became shorter while it was read", path);
        } else if (errno != EINTR) {
            return shm_fail_errno(error, "cannot read '%s'", path);
        }
    }
    return SHM_OK;
}

/* A place for `size` bytes at a huge boundary, with addresses that nothing uses on both sides;
 * NULL if address space is short. */
static unsigned char *reserve(size_t size, shm_view *view)
{
    const size_t space_size = size + 2 * SHM_HUGE_PAGE_BYTES;
    unsigned char *space =
        mmap(NULL, space_size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (space == MAP_FAILED) {
        return NULL;
    }
    view->space = space;
    view->space_size = space_size;
    return space + SHM_HUGE_PAGE_BYTES - (uintptr_t)space % SHM_HUGE_PAGE_BYTES;
}

/* Maps the file (or, for fd -1, fresh memory) at a huge boundary if `aligned`, and where there is
 * address space for it. */
static unsigned char *map_at_boundary(int fd, bool aligned, size_t size, shm_view *view)
{
    const int protection = fd == -1 ? PROT_READ | PROT_WRITE : PROT_READ;
    const int flags = fd == -1 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    unsigned char *place = aligned ? reserve(size, view) : NULL;
    unsigned char *mapped =
        mmap(place, size, protection, flags | (place == NULL ? 0 : MAP_FIXED), fd, 0);
    if (mapped == MAP_FAILED) {
        const int reason = errno;
        if (place != NULL) {
            munmap(view->space, view->space_size);
        }
        errno = reason;
        return NULL;
    }
    if (place == NULL) {
        view->space = mapped;
        view->space_size = size;
    }
    view->base = mapped;
    view->size = size;
    return mapped;
}

static shm_status copy_file(int fd, const char *path, size_t size, bool huge, shm_view *view,
                            shm_error *error)
{
    unsigned char *copy = map_at_boundary(-1, true, size, view);
    if (copy == NULL) {
        return shm_fail_errno(error, "cannot hold a copy of '%s' (%zu bytes)", path, size);
    }
    if (huge) {
        shm_pages_ask(copy, size);
    }
    shm_status status = read_whole(fd, path, copy, size, error);
    if (status == SHM_OK && huge) {
        shm_pages_collapse(copy, size); /* while it can be written: old kernels ask for that */
    }
    if (status == SHM_OK && mprotect(copy, size, PROT_READ) != 0) {
        status = shm_fail_errno(error, "cannot hold a copy of '%s'", path);
    }
    if (status != SHM_OK) {
        shm_view_close(view);
    }
    return status;
}

static shm_status map_file(int fd, const char *path, size_t size, bool huge, shm_view *view,
                           shm_error *error)
{
    unsigned char *mapped = map_at_boundary(fd, size >= SHM_HUGE_PAGE_BYTES, size, view);
    if (mapped == NULL) {
        return shm_fail_errno(error, "cannot map '%s' (%zu bytes)", path, size);
    }
    if (huge) {
        shm_pages_ask(mapped, size);
        shm_pages_collapse(mapped, size);
    }
    return SHM_OK;
}

shm_status shm_view_open(const char *path, unsigned how, shm_view *view, shm_error *error)
{
    int fd = -1;
    struct stat found;
    shm_status status = open_regular(path, &fd, &found, error);
    if (status != SHM_OK) {
        return status;
    }
    const size_t size = (size_t)found.st_size;
    const bool private_copy = (how & SHM_VIEW_COPY) != 0;
    const bool huge = (how & SHM_VIEW_HUGE) != 0;
    shm_view made = {.kind = private_copy ? SHM_VIEW_COPIED : SHM_VIEW_MAPPED};
    status = private_copy ? copy_file(fd, path, size, huge, &made, error)
                          : map_file(fd, path, size, huge, &made, error);
    close(fd);
    if (status != SHM_OK) {
        return status;
    }
    made.trusted = found.st_uid == geteuid() && (found.st_mode & (mode_t)(S_IWGRP | S_IWOTH)) == 0;
    *view = made;
    return SHM_OK;
}

shm_status shm_view_borrow(const void *bytes, uint64_t size, shm_view *view, shm_error *error)
{
    if ((uintptr_t)bytes % 64 != 0) {
        return shm_fail(error, SHM_INVALID,
                        "an image in memory must be aligned to 64 bytes: copy it to such a place");
    }
    *view = (shm_view){.base = bytes, .size = size, .kind = SHM_VIEW_BORROWED};
    return SHM_OK;
}

void shm_view_close(shm_view *view)
{
    if (view->space != NULL) {
        munmap(view->space, view->space_size);
    }
    *view = (shm_view){0};
}
