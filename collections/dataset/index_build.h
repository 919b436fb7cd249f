/* index_build.h — what builds of all kinds of indexes share: how far they are, and seeds that do
 * not serve.  Internal to the builder. */
#ifndef COLLECTIONS_INDEX_BUILD_H
#define COLLECTIONS_INDEX_BUILD_H

#include "collections/dataset/publication.h"
#include "collections/map/entries.h"

enum { SHM_PHASE_BYTES = 6 + SHM_NAME_LENGTH_MAX + 1 };

struct shm_index_step {
    shm_publication *publication;
    const shm_collection *collection;
    uint64_t row_count;
    char phase[SHM_PHASE_BYTES]; /* as it is told */
};

void shm_index_step_open(shm_publication *publication, const shm_collection *collection,
                         uint64_t row_count, struct shm_index_step *step);

/* An shm_entries_progress whose context is the step: each step of the entries counts as its share
 * of the rows.  Fails: ABORTED. */
SHM_MUST_USE shm_status shm_index_tell_step(void *context, enum shm_entries_step step,
                                            uint64_t done, uint64_t total, shm_error *error);

/* Says that the seed number k does not serve, and what comes next, if anything does. */
void shm_index_note_seed(const struct shm_index_step *step, uint64_t k, bool may_double);

/* Fails: LIMIT, since no seed serves. */
SHM_MUST_USE shm_status shm_index_fail_crowded(const struct shm_index_step *step, shm_error *error);

#endif
