#include "collections/array/rows_verify.h"

#include <shm/builder.h>

shm_status shm_rows_verify(shm_verifier *verifier, const shm_type *record,
                           const struct shm_section_entry *section)
{
    const struct shm_value_plan *plan = &verifier->records[record->id];
    const unsigned char *rows = verifier->base + section->offset;
    uint64_t bytes;
    if (section->stride != record->row_size ||
        __builtin_mul_overflow(section->count, section->stride, &bytes) || bytes != section->size) {
        return shm_verify_fail(verifier, SHM_CORRUPT, rows, "the rows do not fill their section");
    }
    if (plan->check == SHM_CHECK_NOTHING) {
        return SHM_OK;
    }
    for (uint64_t row = 0; row < section->count; row++) {
        const unsigned char *at = rows + row * section->stride;
        shm_nesting_begin(verifier);
        const shm_status status = shm_value_verify(verifier, plan, at);
        if (status != SHM_OK) {
            return status;
        }
        if (verifier->nodes > SHM_NESTING_NODES_MAX || verifier->depth > SHM_NESTING_DEPTH_MAX) {
            return shm_verify_fail(verifier, SHM_LIMIT, at,
                                   "a row reaches deeper or more than the format allows");
        }
    }
    return SHM_OK;
}
