/* publication.h — an image while it is written: its file, and the directory that fills.
 * Internal to the builder. */
#ifndef COLLECTIONS_PUBLICATION_H
#define COLLECTIONS_PUBLICATION_H

#include "collections/dataset/builder.h"
#include "collections/dataset/sections.h"
#include "libshm/file.h"
#include "libshm/image_disk.h"
#include "libshm/workers.h"

typedef struct shm_publication {
    shm_builder *builder;
    shm_writer writer;
    shm_workers workers;
    shm_arena arena;
    struct shm_planned_section *plan;
    struct shm_section_entry *entries;
    size_t section_count;
    size_t next;              /* the section that is written now */
    const unsigned char *map; /* the file up to the indexes, read-only; NULL before */
    uint64_t mapped;
    const char *phase; /* for progress */
    uint64_t written;  /* bytes or rows of the phase */
    uint64_t told;     /* of these, when progress was last told */
    uint64_t total;
} shm_publication;

/* Begins the next section, of `size` bytes: the writer then stands at its place. */
SHM_MUST_USE shm_status shm_section_begin(shm_publication *publication, uint64_t size,
                                          shm_error *error);
void shm_section_end(shm_publication *publication, uint64_t count, uint64_t stride,
                     uint64_t parameter);

/* The entry of a section that was written before; NULL if there is none. */
const struct shm_section_entry *shm_section_find(const shm_publication *publication,
                                                 enum shm_section_kind kind, uint32_t collection);

/* Writes the sections of one index: LINES and GROUPS, BUCKETS and FRAGMENTS, or SORTED.
 * Fails: DUPLICATE_KEY, LIMIT, NO_MEMORY, IO, NO_SPACE, ABORTED. */
SHM_MUST_USE shm_status shm_index_build(shm_publication *publication,
                                        const shm_collection *collection, shm_error *error);

/* The same for a placed map, from the entries that wait in its rows: PLACED, and if it is dense
 * PILOTS. */
SHM_MUST_USE shm_status shm_placed_index_build(shm_publication *publication,
                                               const shm_collection *collection, shm_error *error);

/* Writes the whole image into the empty file, which the caller syncs then or not.  Fails as
 * shm_builder_publish does. */
SHM_MUST_USE shm_status shm_publication_write(shm_builder *builder, int fd, const char *name,
                                              bool will_sync, shm_error *error);

/* The key of element `element` of the row, for messages: `42`, `"Bern"`, `[3, "x"]`. */
enum { SHM_KEY_TEXT_BYTES = 256 };
void shm_key_write(const shm_key *key, const void *row, uint64_t element,
                   char text[SHM_KEY_TEXT_BYTES]);

#endif
