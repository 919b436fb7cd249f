/* verify.h — the parts of shm_stored_verify (collections/dataset/dataset.h).  Internal. */
#ifndef COLLECTIONS_VERIFY_H
#define COLLECTIONS_VERIFY_H

#include "collections/dataset/index.h"
#include "collections/heap/value_verify.h"

/* Checks M2 to M7 and G1 to G3, or A1 to A3, of an index whose rows were verified: its bytes, and
 * that it holds exactly the keys of the rows.
 * Cost: one pass over its sections and one over the rows, with one find for each key of a row;
 * two bits of memory for each entry at most, and for keys of texts in lists 3 bytes.  What it may
 * spend on keys is bounded (value_verify.h).  Fails: CORRUPT, NO_MEMORY. */
SHM_MUST_USE shm_status shm_index_verify(shm_verifier *verifier, const struct shm_index *index);

#endif
