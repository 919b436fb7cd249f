/* entries_cursor.c — reading sorted entries. */
#include "collections/map/entries_cursor.h"

#include "collections/map/entries_parts.h"

void shm_entries_cursor_open(const shm_entries *entries, uint64_t partition,
                             shm_entries_cursor *cursor)
{
    cursor->entries = entries;
    cursor->partition = partition;
    cursor->partition_end = entries->partition_count;
    cursor->block = SHM_NO_BLOCK;
    cursor->at = NULL;
    cursor->end = NULL;
    cursor->status = SHM_OK;
}

bool shm_entries_cursor_advance(shm_entries_cursor *cursor)
{
    const shm_entries *entries = cursor->entries;
    while (cursor->status == SHM_OK) {
        while (cursor->block == SHM_NO_BLOCK) {
            if (cursor->partition == cursor->partition_end) {
                return false;
            }
            cursor->block = entries->partitions[cursor->partition++].first_block;
        }
        const uint64_t count = shm_link_count(entries, cursor->block);
        const void *stored;
        cursor->status =
            shm_blocks_read(&entries->blocks, cursor->block, (size_t)count * sizeof *cursor->at,
                            cursor->list, &stored, &cursor->error);
        cursor->block = shm_link_next(entries, cursor->block);
        if (cursor->status == SHM_OK && count > 0) {
            cursor->at = stored;
            cursor->end = cursor->at + count;
            return true;
        }
    }
    return false;
}
