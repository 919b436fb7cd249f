/* sorted_verify.h — does a sorted index hold the keys of its rows, in order (S1 to S5)?
 * Internal. */
#ifndef COLLECTIONS_SORTED_VERIFY_H
#define COLLECTIONS_SORTED_VERIFY_H

#include "collections/heap/value_verify.h"
#include "collections/sorted/sorted.h"

/* Checks all but what shm_index_bind did.  The rows were verified.  What takes more bytes of texts
 * than the verifier's budget is believed.  Cost: linear in the section, the rows, and the bytes of
 * the keys.  Fails: CORRUPT, LIMIT (the budget of steps), with the place. */
SHM_MUST_USE shm_status shm_sorted_verify(shm_verifier *verifier, const shm_sorted *sorted,
                                          const shm_key *key, const shm_table *table,
                                          uint64_t key_count);

#endif
