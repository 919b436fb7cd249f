/* tensor_verify.h — checking tensor collections.  Internal. */
#ifndef COLLECTIONS_TENSOR_VERIFY_H
#define COLLECTIONS_TENSOR_VERIFY_H

#include "collections/heap/value_verify.h"
#include "libshm/image_disk.h"

/* Checks T1 and T2, and the elements, of a tensor collection of that element type.
 * Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_tensor_verify(shm_verifier *verifier, const shm_type *element,
                                          const struct shm_section_entry *section);

#endif
