/* tensor_build.h — the building half of tensor collections.
 * Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_TENSOR_BUILD_H
#define COLLECTIONS_TENSOR_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "allocators/spool_write.h"

/* Bytes of the section of a tensor whose elements take `elements_size` bytes. */
uint64_t shm_tensor_section_size(uint64_t elements_size, size_t ndim);

/* Writes elements, zeros and shape at the writer's position (T1, T2).
 * Fails: NO_MEMORY, IO, NO_SPACE, or as `written` did. */
SHM_MUST_USE shm_status shm_tensor_build_write(const shm_spool *elements, const uint64_t *shape,
                                               size_t ndim, shm_writer *writer,
                                               shm_written_call *written, void *context,
                                               shm_error *error);

#endif
