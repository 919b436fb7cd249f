/* word_entries.h — the entries of a placed map, from its rows as they were put
 * and wait until the image is published: key first, then value.
 * Internal to the builder.  Threads: one at a time. */
#ifndef COLLECTIONS_WORD_ENTRIES_H
#define COLLECTIONS_WORD_ENTRIES_H

#include "collections/dataset/index_build.h"
#include "collections/dataset/publication.h"
#include "collections/map/entries.h"

struct shm_repeated;

typedef struct shm_word_entries {
    struct shm_index_step step;
    shm_rows_build *rows;
    shm_kind key;      /* an enum's underlying kind */
    uint64_t value_at; /* in a row that was put */
    uint64_t value_bytes;
    bool lists_rows;    /* entries are (hash, row), to name rows; else (hash, value) */
    shm_entries sorted; /* by hash; the value is the low bytes of `row`, above them zeros */
    struct shm_repeated *repeated; /* by partition */
} shm_word_entries;

/* Takes the digest of the keys, and makes room for their entries.  Must not be moved from then on;
 * to be closed whatever the answer.  Cost: one pass.  Fails: NO_MEMORY, IO, NO_SPACE, ABORTED. */
SHM_MUST_USE shm_status shm_word_entries_open(shm_publication *publication,
                                              const shm_collection *collection,
                                              shm_word_entries *entries, shm_error *error);

/* Lists and sorts the entries under the seed number k.
 * Fails: DUPLICATE_KEY, naming two rows as they were put; NO_MEMORY, IO, NO_SPACE, ABORTED. */
SHM_MUST_USE shm_status shm_word_entries_gather(shm_word_entries *entries, uint64_t k,
                                                shm_error *error);

/* Gives back their memory, and that of the rows, which serves the indexes. */
void shm_word_entries_close(shm_word_entries *entries);

#endif
