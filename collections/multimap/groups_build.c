/* groups_build.c — the building half of groups. */
#include "collections/multimap/groups_build.h"

#include <string.h>

#include "collections/map/entries_cursor.h"
#include "collections/multimap/groups_disk.h"
#include "libshm/column.h"

enum {
    PARTITIONS_OF_WORKER = 2, /* whose groups wait to be written */
    SHARED_BYTES_MAX = 1 << 20
};

uint64_t shm_row_number_width(uint64_t row_count)
{
    return row_count <= UINT32_MAX ? SHM_GROUP_WIDTH_SMALL : SHM_GROUP_WIDTH_LARGE;
}

/* ---- with a lot of rows in one partition: by the caller alone ---- */

/* Two cursors over the same entries: a group's count stands before its rows. */
struct groups {
    shm_entries_cursor ahead;
    shm_entries_cursor behind;
    shm_column column;
};

static shm_status write_key(struct groups *groups, shm_error *error)
{
    shm_entry entry;
    const uint64_t count = shm_entries_cursor_take_key(&groups->ahead, &entry);
    if (count == 1) {
        (void)shm_entries_cursor_take(&groups->behind, &entry);
        return SHM_OK;
    }
    shm_status status = shm_column_add(&groups->column, count, error);
    for (uint64_t i = 0; i < count && status == SHM_OK; i++) {
        status = shm_entries_cursor_take(&groups->behind, &entry)
                     ? shm_column_add(&groups->column, entry.row, error)
                     : shm_entries_cursor_status(&groups->behind, error);
    }
    return status;
}

static shm_status write_alone(const shm_entries *entries, uint64_t width, shm_writer *writer,
                              shm_error *error)
{
    struct groups groups;
    shm_status status = SHM_OK;
    shm_column_begin(writer, width, &groups.column);
    shm_entries_cursor_open(entries, 0, &groups.ahead);
    shm_entries_cursor_open(entries, 0, &groups.behind);
    while (status == SHM_OK && shm_entries_cursor_peek(&groups.ahead) != NULL) {
        status = write_key(&groups, error);
    }
    if (status == SHM_OK) {
        status = shm_entries_cursor_status(&groups.ahead, error);
    }
    return status == SHM_OK ? shm_column_end(&groups.column, error) : status;
}

/* ---- else each partition's groups by one of the workers ---- */

struct shared_groups {
    const shm_entries *entries;
    uint64_t width;
    shm_writer *writer;
    unsigned window;
    uint64_t bytes_max; /* of a partition's groups */
    shm_room room;      /* of `window` partitions */
};

static uint64_t bytes_of(const shm_entries *entries, uint64_t width, uint64_t partition)
{
    const uint64_t end = partition + 1 < entries->partition_count
                             ? entries->partitions[partition + 1].groups_at
                             : entries->group_length;
    return (end - entries->partitions[partition].groups_at) * width;
}

static unsigned char *room_of(const struct shared_groups *groups, uint64_t partition)
{
    return (unsigned char *)groups->room.bytes + partition % groups->window * groups->bytes_max;
}

/* The count is set when the rows behind it are known. */
static shm_status fill_task(void *context, unsigned worker, uint64_t partition, shm_error *error)
{
    const struct shared_groups *groups = context;
    const size_t width = (size_t)groups->width;
    unsigned char *out = room_of(groups, partition);
    shm_entries_cursor cursor;
    (void)worker;
    shm_entries_cursor_open(groups->entries, partition, &cursor);
    cursor.partition_end = partition + 1;
    const shm_entry *next = shm_entries_cursor_peek(&cursor);
    while (next != NULL) {
        shm_entry entry = *next;
        const uint64_t hash = entry.hash;
        uint64_t count = 0;
        for (; next != NULL && next->hash == hash; next = shm_entries_cursor_peek(&cursor)) {
            if (count++ > 0) {
                memcpy(out + (count - 1) * width, &entry.row, width); /* little-endian */
            }
            entry = *next;
            cursor.at++;
        }
        if (count > 1) {
            memcpy(out + count * width, &entry.row, width);
            memcpy(out, &count, width);
            out += (1 + count) * width;
        }
    }
    return shm_entries_cursor_status(&cursor, error);
}

static shm_status write_partition(void *context, uint64_t partition, shm_error *error)
{
    const struct shared_groups *groups = context;
    return shm_writer_add(groups->writer, room_of(groups, partition),
                          (size_t)bytes_of(groups->entries, groups->width, partition), error);
}

static shm_status write_shared(struct shared_groups *groups, shm_error *error)
{
    const shm_entries *entries = groups->entries;
    const shm_work work = {.count = entries->partition_count,
                           .window = groups->window,
                           .task = fill_task,
                           .done = write_partition,
                           .context = groups};
    shm_status status = shm_room_open_unset(entries->budget, groups->window * groups->bytes_max,
                                            &groups->room, error);
    if (status == SHM_OK) {
        status = shm_workers_run(entries->workers, &work, error);
        shm_room_close(&groups->room);
    }
    return status;
}

shm_status shm_groups_build_write(const shm_entries *entries, uint64_t width, shm_writer *writer,
                                  shm_error *error)
{
    struct shared_groups groups = {.entries = entries,
                                   .width = width,
                                   .writer = writer,
                                   .window = PARTITIONS_OF_WORKER * entries->each_count};
    for (uint64_t p = 0; p < entries->partition_count; p++) {
        const uint64_t bytes = bytes_of(entries, width, p);
        groups.bytes_max = bytes > groups.bytes_max ? bytes : groups.bytes_max;
    }
    return groups.bytes_max <= SHARED_BYTES_MAX ? write_shared(&groups, error)
                                                : write_alone(entries, width, writer, error);
}
