/* file.c — files that appear whole or not at all.
 *
 * The new file is written without a name, synced, linked as ".NAME.new" and exchanged with `path`,
 * so that a reader sees the old file or the new one, and a failure after the exchange can be undone
 * by another one.  Whoever links and exchanges holds a lock on the folder. */
#include "libshm/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "libshm/error.h"

enum {
    FILE_MODE = 0600,
    LOCK_TRY_COUNT = 500, /* times 10 ms */
    LOCK_WAIT_NANOSECONDS = 10 * 1000 * 1000
};

/* Where a file is published: its folder, open, and the two names in it. */
struct place {
    const char *path;
    const char *name; /* borrowed from path */
    int folder;
    char new_name[NAME_MAX + 1];
};

static shm_status place_open(const char *path, struct place *place, shm_error *error)
{
    const char *slash = strrchr(path, '/');
    place->path = path;
    place->folder = -1;
    place->name = slash == NULL ? path : slash + 1;
    if (*place->name == '\0' || strcmp(place->name, ".") == 0 || strcmp(place->name, "..") == 0) {
        return shm_fail(error, SHM_IO, "%s: names a folder; give the path of a file", path);
    }
    const int length = snprintf(place->new_name, sizeof place->new_name, ".%s.new", place->name);
    if (length < 0 || (size_t)length >= sizeof place->new_name) {
        return shm_fail(error, SHM_IO, "%s: the file's name is too long", path);
    }
    const size_t folder_length = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *folder = folder_length == 0 ? strdup(".") : strndup(path, folder_length);
    if (folder == NULL) {
        return shm_fail_memory(error);
    }
    place->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (place->folder < 0) {
        return shm_fail_errno(error, "%s: cannot open its folder", path);
    }
    return SHM_OK;
}

static void place_close(struct place *place)
{
    close(place->folder);
}

/* What stands at the path now: nothing (*exists false) or a regular file; else IO. */
static shm_status look_at_target(const struct place *place, bool *exists, mode_t *mode,
                                 shm_error *error)
{
    struct stat found;
    if (fstatat(place->folder, place->name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT) {
            return shm_fail_errno(error, "%s: cannot be looked at", place->path);
        }
        *exists = false;
        *mode = FILE_MODE;
        return SHM_OK;
    }
    if (!S_ISREG(found.st_mode)) {
        return shm_fail(error, SHM_IO, "%s: is %s, which is not replaced", place->path,
                        S_ISDIR(found.st_mode)   ? "a folder"
                        : S_ISLNK(found.st_mode) ? "a symbolic link"
                                                 : "not a regular file");
    }
    *exists = true;
    *mode = found.st_mode & 0777;
    return SHM_OK;
}

/* Whether `.NAME.new` is the file open as fd. */
static bool is_new_name_of(const struct place *place, int fd)
{
    struct stat named;
    struct stat opened;
    return fstat(fd, &opened) == 0 &&
           fstatat(place->folder, place->new_name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           named.st_dev == opened.st_dev && named.st_ino == opened.st_ino;
}

/* For file systems without O_TMPFILE: `.NAME.new` itself, locked while its builder lives. */
static shm_status open_named(const struct place *place, int *fd, shm_error *error)
{
    for (int tries = 0; tries < 2; tries++) {
        const int made = openat(place->folder, place->new_name,
                                O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);
        if (made >= 0) {
            if (flock(made, LOCK_EX | LOCK_NB) == 0 && is_new_name_of(place, made)) {
                *fd = made;
                return SHM_OK;
            }
            close(made);
            continue; /* another build took it for a leftover between open and flock */
        }
        if (errno != EEXIST) {
            break;
        }
        const int left = openat(place->folder, place->new_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (left >= 0) {
            const bool is_free = flock(left, LOCK_EX | LOCK_NB) == 0;
            if (is_free && is_new_name_of(place, left)) {
                unlinkat(place->folder, place->new_name, 0);
            }
            close(left);
            if (!is_free) {
                return shm_fail(error, SHM_LOCKED, "%s: another build is writing it", place->path);
            }
        }
    }
    return shm_fail_errno(error, "%s: cannot make %s", place->path, place->new_name);
}

shm_status shm_file_open_unnamed(const char *path, int *fd, shm_error *error)
{
    struct place place = {0};
    shm_status status = place_open(path, &place, error);
    if (status != SHM_OK) {
        return status;
    }
    bool exists = false;
    mode_t mode = FILE_MODE;
    status = look_at_target(&place, &exists, &mode, error);
    if (status == SHM_OK) {
        const int made = openat(place.folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, FILE_MODE);
        if (made >= 0) {
            *fd = made;
        } else if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) {
            status = open_named(&place, fd, error);
        } else {
            status = shm_fail_errno(error, "%s: cannot make a file in its folder", path);
        }
    }
    place_close(&place);
    return status;
}

static shm_status lock_folder(const struct place *place, shm_error *error)
{
    for (int tries = 0; tries < LOCK_TRY_COUNT; tries++) {
        if (flock(place->folder, LOCK_EX | LOCK_NB) == 0) {
            return SHM_OK;
        }
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return SHM_OK; /* a file system without locks: rename is atomic all the same */
        }
        nanosleep(&(struct timespec){.tv_nsec = LOCK_WAIT_NANOSECONDS}, NULL);
    }
    return shm_fail(error, SHM_LOCKED,
                    "%s: another process is publishing in this folder; try again", place->path);
}

/* Gives the unnamed file its first name, in place of what a killed build left there. */
static shm_status link_new_name(const struct place *place, int fd, shm_error *error)
{
    char self[64];
    snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
    for (int tries = 0; tries < 2; tries++) {
        if (linkat(AT_FDCWD, self, place->folder, place->new_name, AT_SYMLINK_FOLLOW) == 0) {
            return SHM_OK;
        }
        if (errno != EEXIST || unlinkat(place->folder, place->new_name, 0) != 0) {
            break;
        }
    }
    return shm_fail_errno(error, "%s: cannot link %s", place->path, place->new_name);
}

/* renameat2, and plain renameat where the file system knows no flags. */
static int rename_new(const struct place *place, bool exists, bool *exchanged)
{
    const unsigned flags = exists ? RENAME_EXCHANGE : RENAME_NOREPLACE;
    *exchanged = exists;
    int result = renameat2(place->folder, place->new_name, place->folder, place->name, flags);
    if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {
        *exchanged = false;
        result = renameat(place->folder, place->new_name, place->folder, place->name);
    }
    return result;
}

/* From `.NAME.new` to `path`, durably or not at all. */
static shm_status install(const struct place *place, bool exists, shm_error *error)
{
    bool exchanged;
    if (rename_new(place, exists, &exchanged) != 0) {
        return shm_fail_errno(error, "%s: cannot put the new file in place", place->path);
    }
    if (fsync(place->folder) != 0 && errno != EINVAL) {
        const shm_status status = shm_fail_errno(error, "%s: cannot sync its folder", place->path);
        if (exchanged) {
            renameat2(place->folder, place->new_name, place->folder, place->name, RENAME_EXCHANGE);
        } else if (!exists) {
            renameat(place->folder, place->name, place->folder, place->new_name);
        }
        return status;
    }
    if (exchanged) {
        unlinkat(place->folder, place->new_name, 0); /* else the next build takes it over */
    }
    return SHM_OK;
}

static shm_status publish_locked(const struct place *place, int fd, shm_error *error)
{
    bool exists = false;
    mode_t mode = FILE_MODE;
    shm_status status = look_at_target(place, &exists, &mode, error);
    if (status != SHM_OK) {
        return status;
    }
    if (fchmod(fd, mode) != 0) {
        return shm_fail_errno(error, "%s: cannot set the new file's permissions", place->path);
    }
    if (!is_new_name_of(place, fd)) {
        status = link_new_name(place, fd, error);
    }
    if (status == SHM_OK) {
        status = install(place, exists, error);
        if (status != SHM_OK && is_new_name_of(place, fd)) {
            unlinkat(place->folder, place->new_name, 0);
        }
    }
    return status;
}

shm_status shm_file_publish(int fd, const char *path, shm_error *error)
{
    struct place place = {0};
    shm_status status = place_open(path, &place, error);
    if (status != SHM_OK) {
        return status;
    }
    if (fsync(fd) != 0) {
        status = shm_fail_errno(error, "%s: cannot sync the new file", path);
    }
    if (status == SHM_OK) {
        status = lock_folder(&place, error);
    }
    if (status == SHM_OK) {
        status = publish_locked(&place, fd, error);
        flock(place.folder, LOCK_UN); /* a child forked meanwhile holds the folder open, too */
    }
    place_close(&place);
    return status;
}

void shm_file_discard(int fd, const char *path)
{
    struct place place = {0};
    if (place_open(path, &place, NULL) == SHM_OK) {
        if (is_new_name_of(&place, fd)) {
            unlinkat(place.folder, place.new_name, 0);
        }
        place_close(&place);
    }
    close(fd);
}
