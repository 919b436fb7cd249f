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

static shm_status copy_file(int fd, const char *path, size_t size, unsigned char **memory,
                            shm_error *error)
{
    unsigned char *copy =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (copy == MAP_FAILED) {
        return shm_fail_errno(error, "cannot hold a copy of '%s' (%zu bytes)", path, size);
    }
    const shm_status status = read_whole(fd, path, copy, size, error);
    if (status != SHM_OK) {
        munmap(copy, size);
        return status;
    }
    *memory = copy;
    return SHM_OK;
}

static shm_status map_file(int fd, const char *path, size_t size, unsigned char **memory,
                           shm_error *error)
{
    unsigned char *mapped = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        return shm_fail_errno(error, "cannot map '%s' (%zu bytes)", path, size);
    }
    *memory = mapped;
    return SHM_OK;
}

shm_status shm_view_open(const char *path, bool private_copy, shm_view *view, shm_error *error)
{
    int fd = -1;
    struct stat found;
    shm_status status = open_regular(path, &fd, &found, error);
    if (status != SHM_OK) {
        return status;
    }
    unsigned char *memory = NULL;
    const size_t size = (size_t)found.st_size;
    status = private_copy ? copy_file(fd, path, size, &memory, error)
                          : map_file(fd, path, size, &memory, error);
    close(fd);
    if (status != SHM_OK) {
        return status;
    }
    view->base = memory;
    view->size = size;
    view->kind = private_copy ? SHM_VIEW_COPIED : SHM_VIEW_MAPPED;
    view->trusted = found.st_uid == geteuid() && (found.st_mode & (mode_t)(S_IWGRP | S_IWOTH)) == 0;
    return SHM_OK;
}

shm_status shm_view_borrow(const void *bytes, uint64_t size, shm_view *view, shm_error *error)
{
    if ((uintptr_t)bytes % 64 != 0) {
        return shm_fail(error, SHM_INVALID,
                        "an image in memory must be aligned to 64 bytes: copy it to such a place");
    }
    view->base = bytes;
    view->size = size;
    view->kind = SHM_VIEW_BORROWED;
    view->trusted = false;
    return SHM_OK;
}

void shm_view_close(shm_view *view)
{
    if (view->kind != SHM_VIEW_BORROWED) {
        union {
            const unsigned char *bytes;
            void *memory;
        } same = {.bytes = view->base};
        munmap(same.memory, view->size);
    }
    *view = (shm_view){0};
}
