#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libshm/error.h"
#include "schema/text/text.h"

/* Reads until the end of the file or until more than `capacity` bytes are there. */
static ssize_t read_all(int descriptor, char *to, size_t capacity)
{
    size_t length = 0;
    while (length < capacity) {
        const ssize_t count = read(descriptor, to + length, capacity - length);
        if (count == 0)
            break;
        if (count < 0 && errno != EINTR)
            return -1;
        if (count > 0)
            length += (size_t)count;
    }
    return (ssize_t)length;
}

static shm_status read_open_file(int descriptor, const char *path, shm_arena *arena,
                                 const char **text, size_t *length, shm_error *error)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0)
        return shm_fail_errno(error, "cannot read '%s'", path);
    if (S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return shm_fail_errno(error, "cannot read '%s'", path);
    }
    /* A pipe has no size: it may bring as much as a schema may have. */
    const bool is_file = S_ISREG(status.st_mode);
    if (is_file && status.st_size > SHM_SCHEMA_TEXT_BYTES_MAX)
        return shm_fail(error, SHM_LIMIT, "'%s' is larger than the %d bytes of a schema text", path,
                        SHM_SCHEMA_TEXT_BYTES_MAX);
    const size_t capacity =
        is_file ? (size_t)status.st_size + 1 : (size_t)SHM_SCHEMA_TEXT_BYTES_MAX + 1;
    char *bytes = shm_arena_alloc(arena, capacity);
    if (bytes == NULL)
        return shm_fail_memory(error);
    const ssize_t count = read_all(descriptor, bytes, capacity);
    if (count < 0)
        return shm_fail_errno(error, "cannot read '%s'", path);
    if ((size_t)count == capacity)
        return shm_fail(error, SHM_LIMIT,
                        "'%s' is larger than the %d bytes of a schema text, or grew while it was "
                        "read: try again",
                        path, SHM_SCHEMA_TEXT_BYTES_MAX);
    *text = bytes;
    *length = (size_t)count;
    return SHM_OK;
}

shm_status shm_text_read_file(const char *path, shm_arena *arena, const char **text, size_t *length,
                              shm_error *error)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return shm_fail_errno(error, "cannot open '%s'", path);
    const shm_status status = read_open_file(descriptor, path, arena, text, length, error);
    close(descriptor);
    return status;
}

/* The file's resolved path, which two spellings of it share. */
static shm_status identify(shm_arena *arena, shm_loaded *loaded, shm_error *error)
{
    char *resolved = realpath(loaded->path, NULL);
    if (resolved == NULL && errno == ENOMEM)
        return shm_fail_memory(error);
    const char *identity = resolved == NULL ? loaded->path : resolved;
    loaded->identity = shm_arena_copy_text(arena, identity, strlen(identity));
    free(resolved);
    return loaded->identity == NULL ? shm_fail_memory(error) : SHM_OK;
}

static shm_status load_path(shm_arena *arena, const char *folder, size_t folder_length,
                            const char *written, shm_loaded *loaded, shm_error *error)
{
    const size_t written_length = strlen(written);
    if (folder_length + written_length + 2 > PATH_MAX) {
        errno = ENAMETOOLONG;
        return shm_fail_errno(error, "cannot open '%.200s...'", written);
    }
    char path[PATH_MAX];
    if (folder_length == 0 || written[0] == '/')
        snprintf(path, sizeof path, "%s", written);
    else
        snprintf(path, sizeof path, "%.*s%s%s", (int)folder_length, folder,
                 folder[folder_length - 1] == '/' ? "" : "/", written);
    loaded->path = shm_arena_copy_text(arena, path, strlen(path));
    if (loaded->path == NULL)
        return shm_fail_memory(error);
    const shm_status status =
        shm_text_read_file(loaded->path, arena, &loaded->text, &loaded->length, error);
    return status == SHM_OK ? identify(arena, loaded, error) : status;
}

static shm_status load_import(void *context, shm_arena *arena, const char *importer,
                              const char *written, shm_loaded *loaded, shm_error *error)
{
    const char *const *dirs = context;
    const char *slash = strrchr(importer, '/');
    const size_t folder_length = slash == NULL ? 0 : (size_t)(slash - importer) + 1;
    shm_status status = load_path(arena, importer, folder_length, written, loaded, error);
    for (; dirs != NULL && *dirs != NULL && written[0] != '/'; dirs++) {
        if (status != SHM_IO || error->os_errno != ENOENT)
            return status;
        status = load_path(arena, *dirs, strlen(*dirs), written, loaded, error);
    }
    if (status == SHM_IO && error->os_errno == ENOENT)
        return shm_fail(error, SHM_NOT_FOUND,
                        "cannot find '%s': it stands neither beside this file nor in a folder "
                        "given for imports",
                        written);
    return status;
}

shm_status shm_text_parse_file(const char *path, const char *const *import_dirs,
                               shm_diagnostics *diagnostics, shm_parsed **parsed, shm_error *error)
{
    shm_arena arena = {0};
    shm_loaded root = {0};
    /* The context of a loader is not const, but this one only reads it. */
    const union {
        const char *const *dirs;
        void *context;
    } dirs = {.dirs = import_dirs};
    const shm_loader loader = {.load = load_import, .context = dirs.context};
    shm_status status = load_path(&arena, "", 0, path, &root, error);
    if (status == SHM_OK)
        status = shm_text_parse(&root, &loader, diagnostics, parsed, error);
    if (status == SHM_OK)
        (*parsed)->root_arena = arena;
    else
        shm_arena_close(&arena);
    return status;
}
