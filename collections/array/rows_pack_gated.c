/* rows_pack_gated.c — values that are there only where a gate says so.
 *
 * Whether one is there is as good as random to a processor, so nothing here branches on it: absent
 * values are masked, and what does not pass counts only where it is there. */
#include "collections/array/rows_pack_value.h"

/* The step is a copy, so that what is stored into rows cannot be thought to change it. */
ALWAYS_INLINE bool is_there(const struct shm_pack_step *step, const unsigned char *row, uint64_t i)
{
    const uint64_t gate = word_at(row + step->gate_offset + i * step->gate_stride, 8);
    return (gate & step->gate) == step->gate_open;
}

ALWAYS_INLINE void zero_words(const struct shm_pack_step *given, uint64_t row_size,
                              unsigned char *rows, size_t row_count, size_t size)
{
    const struct shm_pack_step step = *given;
    for (size_t row = 0; row < row_count; row++, rows += row_size) {
        for (uint64_t i = 0; i < step.count; i++) {
            unsigned char *at = rows + step.offset + i * step.stride;
            const uint64_t word = word_at(at, size) & (0 - (uint64_t)is_there(&step, rows, i));
            memcpy(at, &word, size);
        }
    }
}

static void zero_bytes(const struct shm_pack_step *step, uint64_t row_size, unsigned char *rows,
                       size_t row_count)
{
    for (size_t row = 0; row < row_count; row++, rows += row_size) {
        for (uint64_t i = 0; i < step->count; i++) {
            if (!is_there(step, rows, i)) {
                memset(rows + step->offset + i * step->stride, 0, (size_t)step->size);
            }
        }
    }
}

void shm_gated_zero(const struct shm_pack_step *step, uint64_t row_size, unsigned char *rows,
                    size_t row_count)
{
    switch (step->size) {
    case 1:
        zero_words(step, row_size, rows, row_count, 1);
        break;
    case 2:
        zero_words(step, row_size, rows, row_count, 2);
        break;
    case 4:
        zero_words(step, row_size, rows, row_count, 4);
        break;
    case 8:
        zero_words(step, row_size, rows, row_count, 8);
        break;
    default:
        zero_bytes(step, row_size, rows, row_count);
    }
}

ALWAYS_INLINE bool pass_sized(const struct shm_pack_step *step, uint64_t row_size,
                              const unsigned char *rows, size_t row_count, size_t size)
{
    bool all = true;
    for (size_t row = 0; row < row_count; row++, rows += row_size) {
        for (uint64_t i = 0; i < step->count; i++) {
            const bool is_well = passes_sized(step, rows + step->offset + i * step->stride, size);
            all &= is_well | !is_there(step, rows, i);
        }
    }
    return all;
}

/* An enum of values too far apart for bits. */
static bool enums_pass(const struct shm_pack_step *step, uint64_t row_size,
                       const unsigned char *rows, size_t row_count)
{
    for (size_t row = 0; row < row_count; row++, rows += row_size) {
        for (uint64_t i = 0; i < step->count; i++) {
            if (is_there(step, rows, i) &&
                !is_one_of(step, rows + step->offset + i * step->stride)) {
                return false;
            }
        }
    }
    return true;
}

bool shm_gated_pass(const struct shm_pack_step *step, uint64_t row_size, const unsigned char *rows,
                    size_t row_count)
{
    if (step->act == SHM_PACK_ENUM) {
        return enums_pass(step, row_size, rows, row_count);
    }
    switch (step->size) {
    case 1:
        return pass_sized(step, row_size, rows, row_count, 1);
    case 2:
        return pass_sized(step, row_size, rows, row_count, 2);
    case 4:
        return pass_sized(step, row_size, rows, row_count, 4);
    default:
        return pass_sized(step, row_size, rows, row_count, 8);
    }
}
