/* rows_pack_value.h — one value of a plan: does it pass?  And values behind gates, in all rows.
 * Internal to rows_pack*.c. */
#ifndef COLLECTIONS_ROWS_PACK_VALUE_H
#define COLLECTIONS_ROWS_PACK_VALUE_H

#include <string.h>

#include "collections/array/rows_pack.h"

#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* Calls, inlined with a constant size, are a load each. */
ALWAYS_INLINE uint64_t word_at(const unsigned char *at, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, at, size);
    return word;
}

/* Its distance above the least value, modulo its size. */
ALWAYS_INLINE uint64_t above_least(const struct shm_pack_step *step, const unsigned char *at,
                                   size_t size)
{
    const uint64_t above = word_at(at, size) - step->least;
    return size == 8 ? above : above & ((UINT64_C(1) << (8 * size % 64)) - 1);
}

ALWAYS_INLINE bool is_in_range(const struct shm_pack_step *step, const unsigned char *at,
                               size_t size)
{
    return above_least(step, at, size) <= step->span;
}

/* Without a branch: the bit behind the last one is not set. */
ALWAYS_INLINE bool is_in_bits(const struct shm_pack_step *step, const unsigned char *at,
                              size_t size)
{
    uint64_t above = above_least(step, at, size);
    above = above > step->span ? step->span + 1 : above;
    return (step->set[above / 64] >> above % 64 & 1) != 0;
}

static inline bool is_one_of(const struct shm_pack_step *step, const unsigned char *at)
{
    const uint64_t word = word_at(at, (size_t)step->size);
    uint64_t low = 0;
    uint64_t high = step->value_count;
    /* Extended by its sign if there are negative ones: else what has the sign is none of them. */
    const unsigned shift = (unsigned)(64 - 8 * step->size);
    const int64_t value = step->values[0] < 0 ? (int64_t)(word << shift) >> shift : (int64_t)word;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (step->values[middle] < value) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < step->value_count && step->values[low] == value;
}

ALWAYS_INLINE bool passes_sized(const struct shm_pack_step *step, const unsigned char *at,
                                size_t size)
{
    return step->act == SHM_PACK_BITS ? is_in_bits(step, at, size) : is_in_range(step, at, size);
}

/* A value of any size, of a step that is a range, bits or an enum. */
ALWAYS_INLINE bool passes(const struct shm_pack_step *step, const unsigned char *at)
{
    if (step->act == SHM_PACK_ENUM) {
        return is_one_of(step, at);
    }
    switch (step->size) {
    case 1:
        return passes_sized(step, at, 1);
    case 2:
        return passes_sized(step, at, 2);
    case 4:
        return passes_sized(step, at, 4);
    default:
        return passes_sized(step, at, 8);
    }
}

/* Makes the values of an ABSENT step zero where they are not there. */
void shm_gated_zero(const struct shm_pack_step *step, uint64_t row_size, unsigned char *rows,
                    size_t row_count);

/* Whether the values pass where they are there. */
bool shm_gated_pass(const struct shm_pack_step *step, uint64_t row_size, const unsigned char *rows,
                    size_t row_count);

#endif
