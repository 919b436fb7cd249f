/* tensor_build.c — the building half of tensor collections. */
#include "collections/tensor/tensor_build.h"

static uint64_t shape_offset(uint64_t elements_size)
{
    return (elements_size + 7) & ~UINT64_C(7);
}

uint64_t shm_tensor_section_size(uint64_t elements_size, size_t ndim)
{
    return shape_offset(elements_size) + 8 * (uint64_t)ndim;
}

shm_status shm_tensor_build_write(const shm_spool *elements, const uint64_t *shape, size_t ndim,
                                  shm_writer *writer, shm_written_call *written, void *context,
                                  shm_error *error)
{
    const uint64_t shape_at = writer->position + shape_offset(shm_spool_size(elements));
    const shm_spool_copy copy = {.spool = elements, .written = written, .written_context = context};
    shm_status status = shm_spool_write(&copy, writer, error);
    if (status == SHM_OK) {
        status = shm_writer_pad(writer, shape_at, error);
    }
    if (status == SHM_OK) {
        status = shm_writer_add(writer, shape, ndim * sizeof *shape, error);
    }
    return status;
}
