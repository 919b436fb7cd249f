/* sections.h — which sections an image of a schema has, in which order (I5).  Internal. */
#ifndef COLLECTIONS_SECTIONS_H
#define COLLECTIONS_SECTIONS_H

#include <shm/schema.h>

#include "libshm/image_disk.h"

struct shm_planned_section {
    enum shm_section_kind kind;
    uint32_t collection; /* SHM_NO_COLLECTION for the schema */
};

enum { SHM_COLLECTION_SECTIONS_MAX = 4 };

/* Writes the sections in their order, unless `plan` is NULL, and answers how many there are: at
 * most SHM_COLLECTION_SECTIONS_MAX a collection, and one. */
size_t shm_sections_plan(const shm_dataset_type *dataset, struct shm_planned_section *plan);

/* Does it have an index of its own?  And does it take rows? */
bool shm_collection_has_index(const shm_collection *collection);
bool shm_collection_has_rows(const shm_collection *collection);
bool shm_collection_is_unique(const shm_collection *collection);

/* Is its index one of buckets and fragments: approximate, or exact and small? */
bool shm_collection_has_fragments(const shm_collection *collection);

#endif
