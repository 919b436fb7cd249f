/* publish.c — the end of a build: into a path, all or nothing, or into an open file. */
#include <sys/stat.h>
#include <unistd.h>

#include "collections/dataset/builder.h"
#include "collections/dataset/publication.h"
#include "libshm/error.h"

/* Whether what was put makes an image; keeps the failure. */
static bool is_complete(shm_builder *builder)
{
    if (builder->failure.status != SHM_OK) {
        return false;
    }
    if (builder->finished) {
        shm_builder_fail(builder, SHM_INVALID, "the image is finished; begin another build");
        return false;
    }
    if (builder->frame_count != 0) {
        shm_builder_fail_outside(builder, SHM_INVALID, "the last row has not ended");
        return false;
    }
    return shm_refs_check(builder) && shm_tensors_check(builder);
}

/* Keeps the failure, if it is one, and answers the builder's state. */
static shm_status finish(shm_builder *builder, shm_status status, const shm_error *failure,
                         shm_error *error)
{
    if (status != SHM_OK) {
        builder->failure = *failure;
    }
    builder->finished = true;
    return shm_builder_answer(builder, error);
}

static shm_status publish(shm_builder *builder, const char *path, shm_error *error)
{
    int fd;
    shm_status status = shm_file_open_unnamed(path, &fd, error);
    if (status != SHM_OK) {
        return status;
    }
    status = shm_publication_write(builder, fd, path, true, error);
    if (status == SHM_OK && !shm_builder_progress(builder, "sync", 0, 0)) {
        status = shm_fail(error, SHM_ABORTED, "stopped before the image was put in place");
    }
    if (status == SHM_OK) {
        status = shm_file_publish(fd, path, error);
    }
    shm_file_discard(fd, path);
    return status;
}

shm_status shm_builder_publish(shm_builder *builder, const char *path, shm_error *error)
{
    if (!is_complete(builder)) {
        return shm_builder_answer(builder, error);
    }
    shm_error failure;
    const shm_status status = publish(builder, path, &failure);
    return finish(builder, status, &failure, error);
}

shm_status shm_builder_write(shm_builder *builder, int fd, shm_error *error)
{
    if (!is_complete(builder)) {
        return shm_builder_answer(builder, error);
    }
    shm_error failure;
    shm_status status;
    struct stat found;
    if (fstat(fd, &found) != 0) {
        status = shm_fail_errno(&failure, "the file cannot be looked at");
    } else if (found.st_size != 0) {
        status = shm_fail(&failure, SHM_INVALID, "the file is not empty");
    } else {
        status = shm_publication_write(builder, fd, "the file", false, &failure);
        if (status != SHM_OK && ftruncate(fd, 0) != 0) {
            status = failure.status; /* it stays, and is no image: its header is zero */
        }
    }
    return finish(builder, status, &failure, error);
}
