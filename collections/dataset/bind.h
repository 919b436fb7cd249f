/* bind.h — reading an image under the schema of a program.  Internal. */
#ifndef COLLECTIONS_BIND_H
#define COLLECTIONS_BIND_H

#include "collections/dataset/dataset.h"

/* Binds dataset->stored, which is open, to the program's schema (NULL: to the image's own), and
 * fills what struct shm_dataset says by number or type id of the program's schema.
 * Fails: INVALID (the schema has no dataset), SCHEMA_MISMATCH (each break is named), NO_MEMORY.
 * Cost: linear in the two schemas. */
SHM_MUST_USE shm_status shm_dataset_bind(shm_dataset *dataset, const shm_schema *program,
                                         shm_error *error);

/* The default of a field, made in `arena` in the form that bound fields promise (numbers but floats
 * as 64 bits, all else as it would stand in a row); zeros, or what is empty, if it has none.
 * NULL when memory is short. */
const void *shm_fallback_make(const shm_field *field, shm_arena *arena);

static inline const shm_type *shm_type_bare(const shm_type *type)
{
    return type->kind == SHM_OPTIONAL ? type->element : type;
}

#endif
