/* compare.h — between the halves of shm_schema_compatible.  Internal. */
#ifndef SCHEMA_MODEL_COMPARE_H
#define SCHEMA_MODEL_COMPARE_H

#include <shm/schema.h>

#include "libshm/arena.h"

typedef struct shm_compare {
    const shm_schema *newer;
    const shm_schema *older;
    shm_break_visit *visit;
    void *context;
    shm_arena scratch;
    bool broken;
    bool widened; /* a field takes more bytes than it did */
} shm_compare;

/* Tells of a break. */
void shm_compare_break(shm_compare *compare, const char *format, ...) SHM_PRINTF(2, 3);

/* All declared types that the older dataset reaches.  False when memory is short. */
bool shm_compare_types(shm_compare *compare);

/* Whether the types are equal, named ones by their name. */
bool shm_compare_same(const shm_type *newer, const shm_type *older);

/* Whether the newer field has that name, or had it. */
bool shm_compare_is_field(const shm_field *newer, const char *name);

#endif
