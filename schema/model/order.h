/* order.h — which types a dataset reaches, and the ids of types.  Internal. */
#ifndef SCHEMA_MODEL_ORDER_H
#define SCHEMA_MODEL_ORDER_H

#include <shm/schema.h>

#include "libshm/arena.h"

/* Marks what the schema's dataset reaches (everything declared, if it has none): the `reached` of
 * nodes.  False when memory is short.  Cost: linear; recursion is bounded by SHM_TYPE_DEPTH_MAX. */
bool shm_order_reach(const shm_schema *schema, shm_arena *arena);

/* Gives ids and sets schema->types.  First come the reached declared types in order of
 * declaration, then the hidden records and elements of the collections, then what is declared but
 * not reached; each preceded by those of its parts that have no id yet and are not records.  So a
 * schema and its canonical text give the same ids.  There are at most `type_bound` types.
 * Fails: LIMIT (more than SHM_TYPE_COUNT_MAX types), NO_MEMORY. */
SHM_MUST_USE shm_status shm_order_types(shm_schema *schema, size_t type_bound, shm_arena *arena);

#endif
