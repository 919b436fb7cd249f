/* exact_verify.h — checking an exact index of fragments, beside approximate_verify.h.  Internal. */
#ifndef COLLECTIONS_EXACT_VERIFY_H
#define COLLECTIONS_EXACT_VERIFY_H

#include "collections/multimap/approximate_verify.h"

/* Checks the numbers of N2 or N3, of sections that shm_approximate_verify accepted.
 * Cost: one pass.  Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_exact_verify(shm_verifier *verifier,
                                         const struct shm_approximate *pairs, bool is_unique);

#endif
