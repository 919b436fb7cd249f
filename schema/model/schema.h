/* schema.h — what owns the memory of a schema.  Internal. */
#ifndef SCHEMA_MODEL_SCHEMA_H
#define SCHEMA_MODEL_SCHEMA_H

#include <shm/schema.h>

#include "libshm/arena.h"

/* `schema` is first: shm_schema_free finds the arena from its address. */
typedef struct shm_schema_owner {
    shm_schema schema;
    shm_arena arena;
} shm_schema_owner;

#endif
