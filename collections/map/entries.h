/* entries.h — the entries of an index: one (hash, row) for each distinct key of each row, sorted.
 * What the building halves of maps, groups and approximate indexes start from.
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_ENTRIES_H
#define COLLECTIONS_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/dataset.h>

#include "collections/key/key.h"

typedef struct shm_entry {
    uint64_t hash;
    uint64_t row;
} shm_entry;

/* A key of the row that is looked at. */
struct shm_row_key {
    uint64_t hash;
    uint64_t element;
};

/* Called every so many rows with their number; a failure ends the gathering. */
typedef shm_status shm_entries_progress(void *context, uint64_t rows, shm_error *error);

typedef struct shm_entries {
    const shm_key *key;
    shm_table table;
    shm_entries_progress *progress; /* may be NULL */
    void *context;
    shm_entry *list; /* by hash, then row; no two equal */
    uint64_t count;
    uint64_t key_count; /* distinct keys, set by shm_entries_check */
    uint64_t digest;
    uint64_t seed;
    struct shm_row_key *row_keys; /* room for the keys of one row */
    uint64_t row_key_capacity;
} shm_entries;

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

/* Counts the entries of the table and takes their digest.  key, table, progress are set; the rest
 * is zero.  Cost: one pass over the rows.  Fails: NO_MEMORY, or as `progress` did. */
SHM_MUST_USE shm_status shm_entries_open(shm_entries *entries, shm_error *error);

/* Lists and sorts the entries under a seed.  Cost: one pass over the rows, and a radix sort. */
SHM_MUST_USE shm_status shm_entries_gather(shm_entries *entries, uint64_t seed, shm_error *error);

/* Looks at entries with equal hashes, sets key_count, and for a duplicate *duplicate. */
enum shm_entries_finding shm_entries_check(shm_entries *entries, bool is_unique,
                                           struct shm_duplicate *duplicate);

void shm_entries_close(shm_entries *entries);

/* Sorts by hash, then row, in place.  Cost: linear in count for hashes. */
void shm_entries_sort(shm_entry *list, uint64_t count);

#endif
