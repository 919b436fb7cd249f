/* entries_cursor.h — reading sorted entries from a partition on, key by key.  Internal.
 * Threads: any number, each with cursors of its own. */
#ifndef COLLECTIONS_ENTRIES_CURSOR_H
#define COLLECTIONS_ENTRIES_CURSOR_H

#include "collections/map/entries.h"

typedef struct shm_entries_cursor {
    const shm_entries *entries;
    uint64_t partition; /* the next one */
    uint64_t partition_end;
    uint64_t block; /* the next one of the partition before that */
    const shm_entry *at;
    const shm_entry *end;
    shm_status status; /* of reading: after a failure there are no more entries */
    shm_error error;
    shm_entry list[SHM_BLOCK_ENTRIES]; /* of a block in a file */
} shm_entries_cursor;

/* Before the first entry of a partition.  Goes on to the end of all partitions, or of those before
 * another partition_end. */
void shm_entries_cursor_open(const shm_entries *entries, uint64_t partition,
                             shm_entries_cursor *cursor);

/* Goes on to the next block with entries; false if there is none. */
bool shm_entries_cursor_advance(shm_entries_cursor *cursor);

/* Passes over entries, of which there are as many, without reading whole blocks of them. */
void shm_entries_cursor_skip(shm_entries_cursor *cursor, uint64_t count);

/* The next entry, which stays the next one until `at` is moved; NULL at the end. */
static inline const shm_entry *shm_entries_cursor_peek(shm_entries_cursor *cursor)
{
    return cursor->at < cursor->end || shm_entries_cursor_advance(cursor) ? cursor->at : NULL;
}

/* Takes the next entry and those with the same word: how many they are.  There is a next one. */
static inline uint64_t shm_entries_cursor_take_key(shm_entries_cursor *cursor, shm_entry *first)
{
    uint64_t count = 0;
    *first = *cursor->at;
    do {
        cursor->at++;
        count++;
    } while ((cursor->at < cursor->end || shm_entries_cursor_advance(cursor)) &&
             cursor->at->hash == first->hash);
    return count;
}

/* Takes the next entry; false if there is none. */
static inline bool shm_entries_cursor_take(shm_entries_cursor *cursor, shm_entry *entry)
{
    const shm_entry *next = shm_entries_cursor_peek(cursor);
    if (next != NULL) {
        *entry = *next;
        cursor->at++;
    }
    return next != NULL;
}

/* Whether all was read.  Fails: IO. */
static inline shm_status shm_entries_cursor_status(const shm_entries_cursor *cursor,
                                                   shm_error *error)
{
    if (cursor->status != SHM_OK && error != NULL) {
        *error = cursor->error;
    }
    return cursor->status;
}

#endif
