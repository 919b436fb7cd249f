/* map_build.h — the building half of hash lines: sorted entries go in, lines come out.
 *
 * The bytes depend on the entries alone: pages are filled one after the other, each from its own
 * keys (docs/format.md, "Filling a page").
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_MAP_BUILD_H
#define COLLECTIONS_MAP_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "collections/map/entries.h"
#include "collections/map/map_page.h"
#include "libshm/file.h"

/* Is a map wide, whose values are rows below row_count and places below group_length? */
bool shm_map_is_wide(uint64_t row_count, uint64_t group_length);

/* The number of lines for so many keys; `doubled` for the second attempt. */
uint64_t shm_map_line_count(uint64_t key_count, bool is_wide, bool doubled);

/* The same for a placed map. */
uint64_t shm_placed_line_count(uint64_t entry_count, uint32_t width, bool doubled);

/* The same for a dense one. */
uint64_t shm_dense_line_count(uint64_t entry_count, uint32_t width, bool doubled);

/* What stands for keys in lines, where it is not their hashes. */
struct shm_map_words {
    /* Starts fetching what `word` reads.  NULL: nothing. */
    void (*prefetch)(const void *context, uint64_t row);
    /* The word of the key with that hash, whose first row it is.  Threads: any. */
    uint64_t (*word)(const void *context, uint64_t hash, uint64_t row);
    const void *context;
};

/* Writes line_count lines of the form at the writer's position, from entries that
 * shm_entries_check found good.  The value of a key with one row is the row; of one with several
 * the place of its group (multimap/groups_build.h), marked.  Words are hashes unless `words` says
 * others.  *placed is false if a page has no room for its keys: what was written is then of no use.
 * Cost: linear, shared by the entries' workers.  Fails: NO_MEMORY, IO, NO_SPACE, or as the entries'
 * progress does. */
SHM_MUST_USE shm_status shm_map_build_write(const shm_entries *entries, const shm_page_form *form,
                                            const struct shm_map_words *words, uint64_t line_count,
                                            shm_writer *writer, bool *placed, shm_error *error);

#endif
