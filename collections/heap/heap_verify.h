/* heap_verify.h — checking a heap: every item, in order, once.  Internal. */
#ifndef COLLECTIONS_HEAP_VERIFY_H
#define COLLECTIONS_HEAP_VERIFY_H

#include "collections/heap/value_verify.h"

/* Checks H1, H2, H4 and H5 of the heap of `size` bytes at `heap`, and makes it the one that cells
 * refer to from now on, until the next heap or shm_heap_verify_end.
 * Cost: one pass; a bit of memory for 8 bytes.  Fails: CORRUPT, LIMIT, NO_MEMORY. */
SHM_MUST_USE shm_status shm_heap_verify(shm_verifier *verifier, const unsigned char *heap,
                                        uint64_t size);

/* Frees the marks.  Fine without a heap. */
void shm_heap_verify_end(shm_verifier *verifier);

#endif
