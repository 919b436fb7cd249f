/* groups_build.c — the building half of groups. */
#include "collections/multimap/groups_build.h"

#include "collections/multimap/groups_disk.h"

uint64_t shm_row_number_width(uint64_t row_count)
{
    return row_count <= UINT32_MAX ? SHM_GROUP_WIDTH_SMALL : SHM_GROUP_WIDTH_LARGE;
}

/* Where the run of entries with the hash of the one at `at` ends. */
static uint64_t run_end(const shm_entries *entries, uint64_t at)
{
    uint64_t end = at + 1;
    while (end < entries->count && entries->list[end].hash == entries->list[at].hash) {
        end++;
    }
    return end;
}

uint64_t shm_groups_length(const shm_entries *entries)
{
    uint64_t length = 0;
    for (uint64_t at = 0; at < entries->count;) {
        const uint64_t end = run_end(entries, at);
        length += end - at > 1 ? 1 + end - at : 0;
        at = end;
    }
    return length;
}

shm_status shm_groups_build_write(const shm_entries *entries, shm_writer *writer, shm_error *error)
{
    const size_t width = (size_t)shm_row_number_width(entries->table.count);
    for (uint64_t at = 0; at < entries->count;) {
        const uint64_t end = run_end(entries, at);
        const uint64_t count = end - at;
        if (count == 1) {
            at = end;
            continue;
        }
        shm_status status = shm_writer_add(writer, &count, width, error); /* the low bytes */
        for (; at < end && status == SHM_OK; at++) {
            status = shm_writer_add(writer, &entries->list[at].row, width, error);
        }
        if (status != SHM_OK) {
            return status;
        }
    }
    return SHM_OK;
}
