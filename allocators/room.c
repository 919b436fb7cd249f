/* room.c — an array in memory, or in a mapped unnamed file. */
#include "allocators/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocators/spill_file.h"
#include "libshm/error.h"

static shm_status open_memory(shm_budget *budget, bool is_unset, shm_room *room, shm_error *error)
{
    bool is_new;
    room->bytes = shm_budget_take(budget, room->size, &is_new);
    if (room->bytes == NULL) {
        return shm_fail_memory(error);
    }
    if (is_new) {
        madvise(room->bytes, room->size, MADV_HUGEPAGE); /* fewer faults, if the system has any */
    } else if (!is_unset) {
        memset(room->bytes, 0, room->size);
    }
    room->budget = budget;
    budget->left -= room->size;
    return SHM_OK;
}

static shm_status open_file(const char *folder, uint64_t size, shm_room *room, shm_error *error)
{
    int file;
    shm_status status = shm_spill_file_open(folder, &file, error);
    if (status != SHM_OK) {
        return status;
    }
    void *map = MAP_FAILED;
    do {
        errno = posix_fallocate(file, 0, (off_t)size);
    } while (errno == EINTR);
    if (errno == 0) {
        map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    if (map == MAP_FAILED) {
        status = shm_fail_errno(error, "%s: cannot make a spill file", shm_spill_folder(folder));
    } else {
        room->bytes = map;
    }
    close(file);
    return status;
}

static shm_status open_room(shm_budget *budget, uint64_t size, bool is_unset, shm_room *room,
                            shm_error *error)
{
    *room = (shm_room){.size = size};
    shm_status status;
    if (size < SHM_ROOM_SMALL_BYTES) {
        room->bytes = calloc(1, size == 0 ? 1 : (size_t)size);
        status = room->bytes == NULL ? shm_fail_memory(error) : SHM_OK;
    } else if (size <= budget->left) {
        status = open_memory(budget, is_unset, room, error);
    } else {
        status = open_file(budget->folder, size, room, error);
    }
    if (status != SHM_OK) {
        *room = (shm_room){0};
    }
    return status;
}

shm_status shm_room_open(shm_budget *budget, uint64_t size, shm_room *room, shm_error *error)
{
    return open_room(budget, size, false, room, error);
}

shm_status shm_room_open_unset(shm_budget *budget, uint64_t size, shm_room *room, shm_error *error)
{
    return open_room(budget, size, true, room, error);
}

void shm_room_close(shm_room *room)
{
    if (room->size < SHM_ROOM_SMALL_BYTES) {
        free(room->bytes);
    } else if (room->budget != NULL) {
        shm_budget_give(room->budget, room->bytes, room->size);
        room->budget->left += room->size;
    } else {
        munmap(room->bytes, room->size);
    }
    *room = (shm_room){0};
}
