#include "collections/tensor/tensor_verify.h"

#include "collections/tensor/tensor_disk.h"

shm_status shm_tensor_verify(shm_verifier *verifier, const shm_type *element,
                             const struct shm_section_entry *section)
{
    const unsigned char *at = verifier->base + section->offset;
    const uint64_t ndim = section->parameter;
    uint64_t bytes;
    if (section->stride != element->size || ndim > section->size / 8 ||
        __builtin_mul_overflow(section->count, element->size, &bytes) || bytes > section->size) {
        return shm_verify_fail(verifier, SHM_CORRUPT, at,
                               "a tensor has more elements than its section holds");
    }
    /* Neither sum overflows: both parts are within the section. */
    const uint64_t padding = (8 - bytes % 8) % 8;
    if (bytes + padding + 8 * ndim != section->size) {
        return shm_verify_fail(
            verifier, SHM_CORRUPT, at,
            "a tensor's section is longer or shorter than its elements and shape");
    }
    shm_status status = shm_zero_verify(verifier, at + bytes, padding);
    if (status != SHM_OK) {
        return status;
    }
    if (!shm_shape_valid(at + bytes + padding, ndim, section->count)) {
        return shm_verify_fail(verifier, SHM_CORRUPT, at + bytes + padding,
                               "a tensor's shape does not agree with its elements");
    }
    return shm_values_verify(verifier, &verifier->plans[element->id], at, section->count);
}
