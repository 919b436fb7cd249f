/* rows_pack_plan.h — what the makers of plans and sweeps tell each other.  Internal to
 * rows_*_plan.c. */
#ifndef COLLECTIONS_ROWS_PACK_PLAN_H
#define COLLECTIONS_ROWS_PACK_PLAN_H

#include "collections/array/rows_pack.h"

/* Whether sweeps do the step. */
bool shm_sweep_takes(const struct shm_pack_step *step);

/* Makes the sweep of rows of that size, which has no vectors where it would be too long or the
 * machine cannot.  False: no memory. */
bool shm_sweep_make(const struct shm_pack_step *steps, size_t step_count, uint64_t row_size,
                    shm_arena *arena, shm_sweep *sweep);

#endif
