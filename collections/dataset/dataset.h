/* dataset.h (internal) — what an open dataset holds. */
#ifndef COLLECTIONS_DATASET_H
#define COLLECTIONS_DATASET_H

#include <shm/dataset.h>

#include "collections/dataset/index.h"
#include "libshm/arena.h"
#include "libshm/image.h"
#include "libshm/view.h"

/* A collection of the stored schema, bound to its sections; NULL what it does not have. */
struct shm_bound_collection {
    const struct shm_section_entry *heap;
    const struct shm_section_entry *rows;
    const struct shm_section_entry *lines;  /* LINES, BUCKETS, SORTED or PLACED */
    const struct shm_section_entry *groups; /* GROUPS or FRAGMENTS */
    const struct shm_section_entry *tensor;
    shm_table table; /* index kinds: of their table; placed maps: their slots */
    struct shm_index *index;
};

/* The stored half: an image, its schema and its collections bound; what verification works on. */
typedef struct shm_stored {
    shm_image image;
    const shm_schema *schema;
    struct shm_bound_collection *collections; /* by number in the stored schema */
    shm_arena arena;
} shm_stored;

/* Binds frame, schema and collections (I1-I3, I5, and I6's canonical text by parsing it); reads no
 * row.  Fails as shm_dataset_open does. */
SHM_MUST_USE shm_status shm_stored_bind(const unsigned char *base, uint64_t size,
                                        shm_stored *stored, shm_error *error);
void shm_stored_close(shm_stored *stored);

/* Checks everything else: I4, I6, H1-H5, rows, M2-M7, G1-G3, A1-A3, T1-T2.  After SHM_OK no read of
 * any public function leaves the image or loops, whatever the bytes were.
 * Cost: linear in the image, counted in *operations (may be NULL); one bit of memory for 8 bytes of
 * heap.  Fails: CORRUPT with the offset of the fault, LIMIT, NO_MEMORY. */
SHM_MUST_USE shm_status shm_stored_verify(const shm_stored *stored, uint64_t *operations,
                                          shm_error *error);

struct shm_dataset {
    shm_view view;
    shm_stored stored;
    bool verified;
    const shm_schema *schema; /* the program's; stored.schema if it asked for none */
    bool owns_schema;         /* shm_dataset_open_as parsed it */
    bool exact;
    bool image_is_newer; /* its schema follows the program's */
    /* By number in the program's schema: the stored collection, NULL if the image lacks it. */
    const struct shm_bound_collection **collections;
    /* By type id of the program's schema: bound fields of records, NULL for others; and the stored
     * field's index for each, SIZE_MAX if the image lacks it. */
    const shm_bound_field **bound_fields;
    const size_t **stored_fields;
    const shm_type **stored_types; /* by type id of the program's schema: records and enums */
    shm_arena arena;
};

#endif
