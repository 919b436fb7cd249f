/* spill_file.c — unnamed files for what does not fit the memory of a build. */
#include "allocators/spill_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libshm/error.h"

enum { SPILL_NAME_RANDOM_BYTES = 6 };

const char *shm_spill_folder(const char *folder)
{
    if (folder != NULL) {
        return folder;
    }
    const char *set = getenv("TMPDIR");
    return set != NULL && *set != '\0' ? set : "/var/tmp";
}

/* Where O_TMPFILE is not known: a named file whose name goes at once. */
static int open_by_name(const char *folder)
{
    char path[4096];
    const int length = snprintf(path, sizeof path, "%s/.shm-spill-", folder);
    if (length < 0 || (size_t)length >= sizeof path - SPILL_NAME_RANDOM_BYTES) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memset(path + length, 'X', SPILL_NAME_RANDOM_BYTES); /* for mkostemp to replace */
    path[length + SPILL_NAME_RANDOM_BYTES] = '\0';
    const int file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) {
        unlink(path);
    }
    return file;
}

shm_status shm_spill_file_open(const char *folder, int *file, shm_error *error)
{
    const char *meant = shm_spill_folder(folder);
    int made = open(meant, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
        made = open_by_name(meant);
    }
    if (made < 0) {
        return shm_fail_errno(error, "%s: cannot make a spill file", meant);
    }
    *file = made;
    return SHM_OK;
}

shm_status shm_spill_file_write(int file, const char *folder, uint64_t offset, const void *bytes,
                                size_t length, shm_error *error)
{
    const unsigned char *from = bytes;
    while (length > 0) {
        const ssize_t written = pwrite(file, from, length, (off_t)offset);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            if (written == 0) {
                errno = ENOSPC;
            }
            return shm_fail_errno(error, "%s: cannot write a spill file", shm_spill_folder(folder));
        }
        from += written;
        length -= (size_t)written;
        offset += (uint64_t)written;
    }
    return SHM_OK;
}

shm_status shm_spill_file_read(int file, const char *folder, uint64_t offset, void *bytes,
                               size_t length, shm_error *error)
{
    unsigned char *to = bytes;
    while (length > 0) {
        const ssize_t got = pread(file, to, length, (off_t)offset);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            if (got == 0) {
                errno = EIO;
            }
            return shm_fail_errno(error, "%s: cannot read a spill file", shm_spill_folder(folder));
        }
        to += got;
        length -= (size_t)got;
        offset += (uint64_t)got;
    }
    return SHM_OK;
}
