/* spool.c — an append-only store of bytes that spills from memory to an unnamed file. */
#include "allocators/spool.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocators/room.h"
#include "allocators/spill_file.h"
#include "libshm/error.h"

enum {
    FIRST_BYTES = 16 << 10,    /* of a buffer; not counted */
    SPILLED_BYTES = 256 << 10, /* of the buffer before a file */
    HUGE_BYTES_MIN = 4 << 20
};
#define MAP_BYTES_MIN (UINT64_C(64) << 20)

/* ---- the buffer: of the heap while it is small, else mapped, so that others take it over ---- */

static void free_buffer(shm_spool *spool)
{
    if (spool->capacity < SHM_ROOM_SMALL_BYTES) {
        free(spool->buffer);
    } else {
        shm_budget_give(spool->budget, spool->buffer, spool->capacity);
    }
    spool->buffer = NULL;
    spool->capacity = 0;
}

/* A buffer of `capacity` bytes that holds as many of the bytes as go into it. */
static shm_status resize_buffer(shm_spool *spool, size_t capacity, shm_error *error)
{
    const bool was_mapped = spool->capacity >= SHM_ROOM_SMALL_BYTES;
    unsigned char *buffer;
    bool is_new;
    if (was_mapped && capacity >= SHM_ROOM_SMALL_BYTES) {
        shm_budget_drop_spare(spool->budget);
        buffer = shm_budget_resize(spool->buffer, spool->capacity, capacity);
    } else if (!was_mapped && capacity < SHM_ROOM_SMALL_BYTES) {
        buffer = realloc(spool->buffer, capacity);
    } else {
        buffer = shm_budget_take(spool->budget, capacity, &is_new);
        if (buffer != NULL && spool->buffered > 0) {
            memcpy(buffer, spool->buffer, spool->buffered);
        }
        if (buffer != NULL) {
            free_buffer(spool);
        }
    }
    if (buffer == NULL) {
        return shm_fail_memory(error);
    }
    if (capacity >= HUGE_BYTES_MIN) {
        madvise(buffer, capacity, MADV_HUGEPAGE); /* fewer faults, if the system has any */
    }
    spool->buffer = buffer;
    spool->capacity = capacity;
    return SHM_OK;
}

static shm_status write_out(shm_spool *spool, const unsigned char *bytes, size_t length,
                            shm_error *error)
{
    const shm_status status = shm_spill_file_write(spool->file, spool->budget->folder,
                                                   spool->file_bytes, bytes, length, error);
    spool->file_bytes += status == SHM_OK ? length : 0;
    return status;
}

/* Writes the buffer to the file, and gives memory beyond a small buffer back to the budget. */
static shm_status spill(shm_spool *spool, shm_error *error)
{
    shm_status status = SHM_OK;
    if (!spool->has_file) {
        status = shm_spill_file_open(spool->budget->folder, &spool->file, error);
        spool->has_file = status == SHM_OK;
    }
    if (status == SHM_OK) {
        const size_t length = spool->buffered;
        spool->buffered = 0; /* a failure ends the build: nobody reads what is lost */
        status = write_out(spool, spool->buffer, length, error);
    }
    if (status == SHM_OK && spool->capacity != SPILLED_BYTES) {
        status = resize_buffer(spool, SPILLED_BYTES, error);
        spool->budget->left += spool->granted;
        spool->granted = 0;
    }
    return status;
}

/* Makes the buffer larger if the budget allows: *grown says so. */
static shm_status grow(shm_spool *spool, size_t length, bool *grown, shm_error *error)
{
    *grown = false;
    if (spool->has_file) {
        return SHM_OK;
    }
    size_t capacity = spool->capacity == 0 ? FIRST_BYTES : spool->capacity * 2;
    while (capacity - spool->buffered < length) {
        if (capacity > SIZE_MAX / 2) {
            return SHM_OK;
        }
        capacity *= 2;
    }
    const size_t wanted = capacity == FIRST_BYTES ? 0 : capacity - spool->granted;
    if (wanted > 0 && wanted + spool->budget->kept > spool->budget->left) {
        return SHM_OK;
    }
    const shm_status status = resize_buffer(spool, capacity, error);
    if (status == SHM_OK) {
        spool->budget->left -= wanted;
        spool->granted += wanted;
        *grown = true;
    }
    return status;
}

/* Makes room for `length` bytes in the buffer, unless that is more than a buffer before a file
 * holds. */
static shm_status make_room(shm_spool *spool, size_t length, shm_error *error)
{
    bool grown;
    const shm_status status = grow(spool, length, &grown, error);
    return status == SHM_OK && !grown ? spill(spool, error) : status;
}

shm_status shm_spool_append(shm_spool *spool, const void *bytes, size_t length, shm_error *error)
{
    if (length > spool->capacity - spool->buffered) {
        const shm_status status = make_room(spool, length, error);
        if (status != SHM_OK) {
            return status;
        }
        if (length > spool->capacity - spool->buffered) {
            return write_out(spool, bytes, length, error);
        }
    }
    if (length > 0) {
        memcpy(spool->buffer + spool->buffered, bytes, length);
        spool->buffered += length;
    }
    return SHM_OK;
}

shm_status shm_spool_room(shm_spool *spool, size_t length, unsigned char **room, shm_error *error)
{
    *room = NULL;
    if (length > spool->capacity - spool->buffered) {
        const shm_status status = make_room(spool, length, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    if (length <= spool->capacity - spool->buffered) {
        *room = spool->buffer + spool->buffered;
    }
    return SHM_OK;
}

static shm_status map_file(shm_spool *spool, shm_error *error)
{
    uint64_t length = spool->mapped < MAP_BYTES_MIN ? MAP_BYTES_MIN : spool->mapped;
    while (length < spool->file_bytes) {
        length *= 2;
    }
    void *map = mmap(NULL, length, PROT_READ, MAP_SHARED, spool->file, 0);
    if (map == MAP_FAILED) {
        return shm_fail_errno(error, "%s: cannot map a spill file",
                              shm_spill_folder(spool->budget->folder));
    }
    if (spool->map != NULL) {
        munmap((void *)(uintptr_t)spool->map, spool->mapped);
    }
    spool->map = map;
    spool->mapped = length;
    return SHM_OK;
}

shm_status shm_spool_at(shm_spool *spool, uint64_t offset, size_t length,
                        const unsigned char **bytes, shm_error *error)
{
    *bytes = NULL;
    if (offset >= spool->file_bytes) {
        const uint64_t at = offset - spool->file_bytes;
        if (at <= spool->buffered && length <= spool->buffered - at) {
            *bytes = spool->buffer + at;
        }
        return SHM_OK;
    }
    if (length > spool->file_bytes - offset) {
        return SHM_OK;
    }
    if (spool->mapped < spool->file_bytes) {
        const shm_status status = map_file(spool, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    *bytes = spool->map + offset;
    return SHM_OK;
}

shm_status shm_spool_read(const shm_spool *spool, uint64_t offset, void *bytes, size_t length,
                          shm_error *error)
{
    unsigned char *to = bytes;
    if (length > 0 && offset < spool->file_bytes) {
        const uint64_t left = spool->file_bytes - offset;
        const size_t there = length < left ? length : (size_t)left;
        const shm_status status =
            shm_spill_file_read(spool->file, spool->budget->folder, offset, to, there, error);
        if (status != SHM_OK) {
            return status;
        }
        to += there;
        offset += there;
        length -= there;
    }
    if (length > 0) {
        memcpy(to, spool->buffer + (offset - spool->file_bytes), length);
    }
    return SHM_OK;
}

void shm_spool_close(shm_spool *spool)
{
    if (spool->map != NULL) {
        munmap((void *)(uintptr_t)spool->map, spool->mapped);
    }
    if (spool->has_file) {
        close(spool->file);
    }
    free_buffer(spool);
    if (spool->granted > 0) {
        spool->budget->left += spool->granted;
    }
    spool->granted = 0;
    spool->map = NULL;
    spool->mapped = 0;
    spool->file_bytes = 0;
    spool->has_file = false;
    spool->buffered = 0;
}
