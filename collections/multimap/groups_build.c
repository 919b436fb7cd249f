/* groups_build.c — the building half of groups. */
#include "collections/multimap/groups_build.h"

#include "collections/map/entries_cursor.h"
#include "collections/multimap/groups_disk.h"
#include "libshm/column.h"

uint64_t shm_row_number_width(uint64_t row_count)
{
    return row_count <= UINT32_MAX ? SHM_GROUP_WIDTH_SMALL : SHM_GROUP_WIDTH_LARGE;
}

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

shm_status shm_groups_build_write(const shm_entries *entries, uint64_t width, shm_writer *writer,
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
