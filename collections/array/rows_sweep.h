/* rows_sweep.h — the checks of rows that compare lanes of a vector, all at once.  Internal to
 * rows_pack*.c.
 *
 * Rows lie one after the other, so what their bytes must be comes again after as many vectors as
 * the row and a vector have in common; a sweep is that many vectors of constants.  It does the
 * work of the steps that are not gated: gaps, presence words, bools, dates, enums without gaps,
 * floats. */
#ifndef COLLECTIONS_ROWS_SWEEP_H
#define COLLECTIONS_ROWS_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshm/arena.h"

enum { SHM_SWEEP_BYTES = 32, SHM_SWEEP_VECTORS_MAX = 64 };

/* Of each vector.  Bytes, words of 4 and of 8 that are not looked at so have constants that
 * everything passes. */
struct shm_sweep_vector {
    uint8_t kept[SHM_SWEEP_BYTES];    /* the bits that are; the others become zero */
    uint8_t refused[SHM_SWEEP_BYTES]; /* bits that must not be set */
    uint8_t least_1[SHM_SWEEP_BYTES]; /* bytes, less that, are at most span_1 */
    uint8_t span_1[SHM_SWEEP_BYTES];
    uint32_t least_4[SHM_SWEEP_BYTES / 4];
    uint32_t span_4[SHM_SWEEP_BYTES / 4];
    uint32_t most_4[SHM_SWEEP_BYTES / 4]; /* f32: without the sign, at most infinity; as i32 */
    uint64_t most_8[SHM_SWEEP_BYTES / 8]; /* f64: the same; as i64 */
};

typedef struct shm_sweep {
    const struct shm_sweep_vector *vectors;
    size_t vector_count; /* 0: there is nothing to sweep for, or no machine to do it */
    size_t row_count;    /* rows in that many vectors */
} shm_sweep;

enum shm_swept {
    SHM_SWEPT_WELL = 0,
    SHM_SWEPT_NAN = 1,    /* a float is a NaN, which may not be the one */
    SHM_SWEPT_REFUSED = 2 /* a value is none of its type */
};

/* Sweeps rows, `bytes` in all, a multiple of what sweep->vector_count vectors take. */
unsigned shm_sweep_rows(const shm_sweep *sweep, unsigned char *rows, size_t bytes);

/* Whether the machine can. */
bool shm_sweep_is_there(void);

#endif
