/* sorted_build.h — the building half of sorted indexes.  Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_SORTED_BUILD_H
#define COLLECTIONS_SORTED_BUILD_H

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
    shm_entries_progress *progress; /* may be NULL */
    void *context;
    /* In order.  `hash` is the order word; `row` the row, or the number of a site. */
    shm_entry *list;
    uint64_t count;
    uint64_t key_count; /* distinct */
    uint64_t width;
    struct shm_sorted_site *sites; /* NULL: entries name their rows */
    uint64_t distance_max;         /* of a long text that is a key; 0: there is none */
    unsigned char *skips;          /* of keys that are one text, once the levels are written */
    struct shm_sorted_head head;
} shm_sorted_build;

static inline const unsigned char *shm_sorted_build_row(const shm_sorted_build *build, uint64_t row)
{
    return build->table.rows + row * build->table.stride;
}

/* The row and the element of an entry. */
static inline struct shm_sorted_site shm_sorted_build_site(const shm_sorted_build *build,
                                                           const shm_entry *entry)
{
    if (build->sites != NULL) {
        return build->sites[entry->row];
    }
    return (struct shm_sorted_site){.row = entry->row};
}

/* Lists and sorts the entries.  key, table, progress are set; the rest is zero.  To be closed
 * whatever the answer.  Cost: a pass over the rows, a radix sort, and comparisons of the keys whose
 * order words are equal.  Fails: NO_MEMORY, or as `progress` did. */
SHM_MUST_USE shm_status shm_sorted_build_open(shm_sorted_build *build, shm_error *error);

uint64_t shm_sorted_build_size(const shm_sorted_build *build);

/* Writes the section at the writer's position.  Fails: IO, NO_SPACE, NO_MEMORY. */
SHM_MUST_USE shm_status shm_sorted_build_write(shm_sorted_build *build, shm_writer *writer,
                                               shm_error *error);

void shm_sorted_build_close(shm_sorted_build *build);

#endif
