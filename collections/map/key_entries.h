/* key_entries.h — the entries of a key: one (hash, row) for each distinct key of each row; and what
 * those with equal hashes mean.
 * Internal.  Threads: as entries.h. */
#ifndef COLLECTIONS_KEY_ENTRIES_H
#define COLLECTIONS_KEY_ENTRIES_H

#include <shm/dataset.h>

#include "collections/key/key.h"
#include "collections/map/entries.h"

typedef struct shm_key_rows {
    const shm_key *key;
    shm_table table;
} shm_key_rows;

/* The source of these entries.  `rows` must outlive it.  Listing fails: NO_MEMORY. */
shm_entry_source shm_key_entries(const shm_key_rows *rows);

/* What a check of sorted entries finds. */
enum shm_entries_finding {
    SHM_ENTRIES_GOOD,     /* each hash belongs to one key (and, if unique, to one row) */
    SHM_ENTRIES_COLLIDE,  /* two keys with one hash: take another seed */
    SHM_ENTRIES_DUPLICATE /* two rows with one key, in a unique index */
};

struct shm_duplicate {
    uint64_t first_row;
    uint64_t second_row; /* the least that repeats a key */
    uint64_t element;    /* of the key in the first row */
};

/* Sorts gathered entries and looks at those with equal hashes.  Sets key_count, group_length and
 * the partitions' key_count and groups_at; for a duplicate *duplicate.  The finding does not depend
 * on the workers.  Fails as shm_entries_sort does. */
SHM_MUST_USE shm_status shm_entries_check(shm_entries *entries, const shm_key_rows *rows,
                                          bool is_unique, enum shm_entries_finding *finding,
                                          struct shm_duplicate *duplicate, shm_error *error);

#endif
