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

/* Moves to a block with more than `count` entries from where the cursor is, if there is one, and
 * answers how many of that block's are to be passed over. */
static uint64_t skip_blocks(shm_entries_cursor *cursor, uint64_t count)
{
    const shm_entries *entries = cursor->entries;
    for (;;) {
        for (; cursor->block != SHM_NO_BLOCK;
             cursor->block = shm_link_next(entries, cursor->block)) {
            const uint64_t there = shm_link_count(entries, cursor->block);
            if (there > count) {
                return count;
            }
            count -= there;
        }
        while (cursor->partition < cursor->partition_end &&
               entries->partitions[cursor->partition].count <= count) {
            count -= entries->partitions[cursor->partition++].count;
        }
        if (cursor->partition == cursor->partition_end) {
            return count;
        }
        cursor->block = entries->partitions[cursor->partition++].first_block;
    }
}

void shm_entries_cursor_skip(shm_entries_cursor *cursor, uint64_t count)
{
    const uint64_t here = (uint64_t)(cursor->end - cursor->at);
    if (cursor->at != NULL && count <= here) {
        cursor->at += count;
        return;
    }
    cursor->at = NULL;
    cursor->end = NULL;
    count = skip_blocks(cursor, count - here);
    if (count > 0 && shm_entries_cursor_advance(cursor)) {
        cursor->at += count;
    }
}
