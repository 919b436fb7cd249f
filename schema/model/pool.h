/* pool.h — the types of one schema in the making: equal types are one object.  Internal.
 *
 * Threads: one at a time.  Memory: the arena's. */
#ifndef SCHEMA_MODEL_POOL_H
#define SCHEMA_MODEL_POOL_H

#include <shm/schema.h>

#include "libshm/arena.h"

/* What every shm_type of a pool stands in; `type` is first, so the addresses are the same. */
typedef struct shm_type_node {
    shm_type type;
    uint64_t hash;                    /* of undeclared types */
    bool reached;                     /* the dataset reaches it */
    bool placed;                      /* it has its id */
    uint32_t declared_at;             /* declared types: a number that their maker gives them */
    const shm_enum_value **by_number; /* enums: their values, rising; NULL if they count up by 1 */
} shm_type_node;

typedef struct shm_type_pool {
    shm_arena *arena;
    const shm_type *scalars[SHM_UUID + 1];
    shm_type_node **slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t used;
    size_t node_count; /* types made so far, of all kinds */
} shm_type_pool;

/* The node of a type that is still being made. */
static inline shm_type_node *shm_type_node_of(const shm_type *type)
{
    union {
        const shm_type *type;
        shm_type_node *node;
    } same = {.type = type};
    return same.node;
}

/* A new enum, struct or record; NULL when memory is short. */
shm_type *shm_pool_declare(shm_type_pool *pool, shm_kind kind, const char *name);

/* bool, integers, floats, texts, dates, uuid; NULL when memory is short. */
const shm_type *shm_pool_scalar(shm_type_pool *pool, shm_kind kind);

/* The scalar type of that name; 0 if none has it. */
shm_kind shm_scalar_kind(const char *name, size_t length);
const char *shm_scalar_name(shm_kind kind);

/* An optional, list, set, dict, array, tensor or ref.  Of `shape`, kind, element, key, length and
 * nullable count.  Fails: LIMIT (larger than SHM_ROW_SIZE_MAX), NO_MEMORY. */
SHM_MUST_USE shm_status shm_pool_add(shm_type_pool *pool, const shm_type *shape,
                                     const shm_type **type);

/* A tuple.  Fails as above. */
SHM_MUST_USE shm_status shm_pool_add_tuple(shm_type_pool *pool, const shm_type *const *parts,
                                           size_t part_count, const shm_type **type);

/* Sets the values of an enum, and what finding one by its number needs.  False when memory is
 * short. */
bool shm_pool_seal_values(shm_type_pool *pool, shm_type *type, const shm_enum_value *values,
                          size_t value_count);

/* The value of an enum that has a number; NULL if none has.  Cost: O(log values). */
const shm_enum_value *shm_enum_find(const shm_type *type, int64_t number);

/* Sets what follows from the fields of a struct or record: layout, has_cells, is_key.
 * False if it is larger than SHM_ROW_SIZE_MAX. */
bool shm_pool_seal_fields(shm_type *type, shm_field *fields, size_t field_count);

static inline bool shm_kind_is_integer(shm_kind kind)
{
    return kind >= SHM_I8 && kind <= SHM_U64;
}

static inline bool shm_kind_is_signed(shm_kind kind)
{
    return kind >= SHM_I8 && kind <= SHM_I64;
}

static inline bool shm_kind_is_number(shm_kind kind)
{
    return kind >= SHM_I8 && kind <= SHM_F64;
}

#endif
