/* entries_sort.c — each partition is read, sorted, looked at, and stored again in its blocks. */
#include "collections/map/entries_parts.h"

#include <string.h>

#include "collections/map/entry_list.h"

struct sorting {
    shm_entries *entries;
    shm_entries_look *look;
    void *context;
};

/* Room for a partition, twice. */
static shm_status make_lists(struct shm_entry_worker *worker, uint64_t count, shm_error *error)
{
    if (worker->lists.bytes != NULL && 2 * count * sizeof(shm_entry) <= worker->lists.size) {
        return SHM_OK;
    }
    shm_room_close(&worker->lists);
    const uint64_t ample = count + count / 4; /* partitions are about equal */
    if (2 * ample * sizeof(shm_entry) <= worker->budget.left) {
        count = ample;
    }
    return shm_room_open_unset(&worker->budget, 2 * count * sizeof(shm_entry), &worker->lists,
                               error);
}

static shm_status read_partition(const shm_entries *entries, uint64_t number, shm_entry *list,
                                 shm_error *error)
{
    const uint64_t first = entries->partitions[number].first_block;
    for (uint64_t block = first; block != SHM_NO_BLOCK; block = shm_link_next(entries, block)) {
        const uint64_t count = shm_link_count(entries, block);
        const size_t bytes = (size_t)count * sizeof *list;
        const void *stored;
        const shm_status status =
            shm_blocks_read(&entries->blocks, block, bytes, list, &stored, error);
        if (status != SHM_OK) {
            return status;
        }
        if (stored != list) {
            memcpy(list, stored, bytes);
        }
        list += count;
    }
    return SHM_OK;
}

/* Fills the blocks one after the other; the last ones may be left empty. */
static shm_status write_partition(shm_entries *entries, uint64_t number, const shm_entry *list,
                                  shm_error *error)
{
    struct shm_partition *partition = &entries->partitions[number];
    uint64_t left = partition->count;
    uint64_t next;
    for (uint64_t block = partition->first_block; block != SHM_NO_BLOCK; block = next) {
        const uint64_t count = left < SHM_BLOCK_ENTRIES ? left : SHM_BLOCK_ENTRIES;
        next = shm_link_next(entries, block);
        shm_link_set(entries, block, next, count);
        const shm_status status =
            shm_blocks_write(&entries->blocks, block, list, (size_t)count * sizeof *list, error);
        if (status != SHM_OK) {
            return status;
        }
        list += count;
        left -= count;
    }
    return SHM_OK;
}

/* Sorts the list, in it or in `room`: answers which. */
static shm_entry *sort_list(const shm_entries *entries, uint64_t partition, shm_entry *list,
                            shm_entry *room)
{
    const uint64_t count = entries->partitions[partition].count;
    uint64_t least = UINT64_MAX;
    uint64_t greatest = 0;
    if (entries->splitters == NULL) {
        least = shm_entries_partition_begin(entries, partition);
        return shm_entry_list_spread(list, room, count, least, entries->shift);
    }
    for (uint64_t i = 0; i < count; i++) {
        least = list[i].hash < least ? list[i].hash : least;
        greatest = list[i].hash > greatest ? list[i].hash : greatest;
    }
    return count == 0
               ? list
               : shm_entry_list_spread(list, room, count, least, shm_bit_length(greatest - least));
}

static shm_status sort_task(void *context, unsigned number, uint64_t partition, shm_error *error)
{
    const struct sorting *sorting = context;
    shm_entries *entries = sorting->entries;
    struct shm_entry_worker *worker = &entries->each[number];
    uint64_t *count = &entries->partitions[partition].count;
    shm_status status = make_lists(worker, *count, error);
    if (status != SHM_OK) {
        return status;
    }
    shm_entry *list = worker->lists.bytes;
    shm_entry *room = list + *count;
    status = read_partition(entries, partition, list, error);
    if (status != SHM_OK) {
        return status;
    }
    shm_entry *sorted = sort_list(entries, partition, list, room);
    struct shm_entry_list shown = {sorted, *count, sorted == list ? room : list};
    status = sorting->look(sorting->context, partition, &shown, error);
    *count = shown.count;
    return status == SHM_OK ? write_partition(entries, partition, sorted, error) : status;
}

static shm_status tell_sorted(void *context, uint64_t done, shm_error *error)
{
    const struct sorting *sorting = context;
    return shm_entries_tell(sorting->entries, SHM_STEP_SORT, done,
                            sorting->entries->partition_count, error);
}

shm_status shm_entries_sort(shm_entries *entries, shm_entries_look *look, void *context,
                            shm_error *error)
{
    struct sorting sorting = {entries, look, context};
    const shm_work work = {.count = entries->partition_count,
                           .task = sort_task,
                           .done = tell_sorted,
                           .context = &sorting};
    return shm_workers_run(entries->workers, &work, error);
}
