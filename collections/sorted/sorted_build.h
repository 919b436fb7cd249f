/* sorted_build.h — the building half of sorted indexes.
 * Internal.  Owner: the build of one index.  Threads: one at a time; workers share what is long. */
#ifndef COLLECTIONS_SORTED_BUILD_H
#define COLLECTIONS_SORTED_BUILD_H

#include <shm/dataset.h>

#include "collections/key/key.h"
#include "collections/map/entries.h"
#include "collections/sorted/sorted_disk.h"
#include "libshm/file.h"

/* Where an entry of a key with a list comes from. */
struct shm_sorted_site {
    uint64_t row;
    uint64_t element;
};

typedef struct shm_sorted_build {
    const shm_key *key;
    shm_table table;
    shm_workers *workers;
    shm_budget *budget;
    shm_entries_progress *progress; /* may be NULL */
    void *context;
    /* In order.  `hash` is the order word; `row` the row, or the number of a site. */
    shm_entries entries;
    uint64_t count;
    uint64_t key_count; /* distinct */
    uint64_t width;
    struct shm_sorted_site *sites; /* in order of rows; NULL: entries name their rows */
    shm_room site_room;
    uint64_t *site_starts; /* by task of listing: the first of its sites */
    struct shm_sorted_head head;
    uint64_t distance_max; /* of a long text that is a key; 0: there is none */
} shm_sorted_build;

/* Lists and sorts the entries.  key to context are set; the rest is zero.  To be closed whatever
 * the answer.  Cost: two passes over the rows, a linear sort where order words spread, and
 * comparisons of the keys whose order words are equal.
 * Fails: NO_MEMORY, IO, NO_SPACE, or as `progress` does. */
SHM_MUST_USE shm_status shm_sorted_build_open(shm_sorted_build *build, shm_error *error);

uint64_t shm_sorted_build_size(const shm_sorted_build *build);

/* Writes the section at the writer's position.  Fails: NO_MEMORY, IO, NO_SPACE, or as `progress`
 * does. */
SHM_MUST_USE shm_status shm_sorted_build_write(const shm_sorted_build *build, shm_writer *writer,
                                               shm_error *error);

void shm_sorted_build_close(shm_sorted_build *build);

/* The row and the element of an entry. */
static inline struct shm_sorted_site shm_sorted_site_of(const shm_sorted_build *build,
                                                        const shm_entry *entry)
{
    if (build->sites != NULL) {
        return build->sites[entry->row];
    }
    return (struct shm_sorted_site){.row = entry->row};
}

/* Orders the entries of each partition by key, then row, and counts them.  Part of the opening. */
SHM_MUST_USE shm_status shm_sorted_build_sort(shm_sorted_build *build, shm_error *error);

#endif
