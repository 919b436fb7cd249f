/* rows_sweep_plan.c — which steps of a plan a sweep does. */
#include "collections/array/rows_sweep.h"

#include <string.h>

#include "collections/array/rows_pack_plan.h"

static const struct shm_sweep_vector all_pass = {0};

/* Constants that every row passes. */
static void open_vectors(struct shm_sweep_vector *vectors, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct shm_sweep_vector *vector = &vectors[i];
        *vector = all_pass;
        memset(vector->kept, 0xff, sizeof vector->kept);
        memset(vector->span_1, 0xff, sizeof vector->span_1);
        memset(vector->span_4, 0xff, sizeof vector->span_4);
        for (size_t k = 0; k < SHM_SWEEP_BYTES / 4; k++) {
            vector->most_4[k] = INT32_MAX;
        }
        for (size_t k = 0; k < SHM_SWEEP_BYTES / 8; k++) {
            vector->most_8[k] = INT64_MAX;
        }
    }
}

/* Sets the constants of one value, `at` bytes from the first vector's start. */
static void add_value(struct shm_sweep_vector *vectors, const struct shm_pack_step *step,
                      uint64_t at)
{
    for (uint64_t i = 0; step->act == SHM_PACK_ZERO && i < step->size; i++) {
        vectors[(at + i) / SHM_SWEEP_BYTES].kept[(at + i) % SHM_SWEEP_BYTES] = 0;
    }
    struct shm_sweep_vector *vector = &vectors[at / SHM_SWEEP_BYTES];
    const uint64_t in = at % SHM_SWEEP_BYTES;
    const uint64_t refused = ~step->bits;
    switch (step->act) {
    case SHM_PACK_PRESENCE:
        memcpy(vector->refused + in, &refused, sizeof refused);
        break;
    case SHM_PACK_RANGE:
        if (step->size == 1) {
            vector->least_1[in] = (uint8_t)step->least;
            vector->span_1[in] = (uint8_t)step->span;
        } else {
            vector->least_4[in / 4] = (uint32_t)step->least;
            vector->span_4[in / 4] = (uint32_t)step->span;
        }
        break;
    case SHM_PACK_F32:
        vector->most_4[in / 4] = UINT32_C(0x7f800000);
        break;
    case SHM_PACK_F64:
        vector->most_8[in / 8] = UINT64_C(0x7ff0000000000000);
        break;
    default:
        break;
    }
}

bool shm_sweep_takes(const struct shm_pack_step *step)
{
    switch (step->act) {
    case SHM_PACK_ZERO:
    case SHM_PACK_F32:
    case SHM_PACK_F64:
        return true;
    case SHM_PACK_PRESENCE:
        return step->nulls == 0;
    case SHM_PACK_RANGE:
        return step->gate == 0 && (step->size == 1 || step->size == 4);
    default:
        return false;
    }
}

/* The vectors after which rows of that size begin with one again. */
static size_t period(uint64_t row_size)
{
    size_t rows = 1;
    while (rows * row_size % SHM_SWEEP_BYTES != 0) {
        rows *= 2; /* row sizes are multiples of 8 */
    }
    return rows;
}

bool shm_sweep_make(const struct shm_pack_step *steps, size_t step_count, uint64_t row_size,
                    shm_arena *arena, shm_sweep *sweep)
{
    const size_t rows = period(row_size);
    const size_t count = (size_t)(rows * row_size / SHM_SWEEP_BYTES);
    *sweep = (shm_sweep){0};
    if (!shm_sweep_is_there() || count > SHM_SWEEP_VECTORS_MAX) {
        return true;
    }
    struct shm_sweep_vector *vectors = shm_arena_alloc_array(arena, count, sizeof *vectors);
    if (vectors == NULL) {
        return false;
    }
    open_vectors(vectors, count);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < step_count; i++) {
            for (uint64_t k = 0; shm_sweep_takes(&steps[i]) && k < steps[i].count; k++) {
                add_value(vectors, &steps[i],
                          row * row_size + steps[i].offset + k * steps[i].stride);
            }
        }
    }
    *sweep = (shm_sweep){.vectors = vectors, .vector_count = count, .row_count = rows};
    return true;
}
