/* placed_verify.h — is a placed map what its finds rely on, and what its schema says?  Internal. */
#ifndef COLLECTIONS_PLACED_VERIFY_H
#define COLLECTIONS_PLACED_VERIFY_H

#include "collections/heap/value_verify.h"
#include "collections/map/placed.h"

/* Checks P1 to P7, and D2.  `key` and `value` are the types of the map.
 * Cost: linear in the lines.  Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_placed_verify(shm_verifier *verifier, const shm_placed *map,
                                          const shm_type *key, const shm_type *value);

#endif
