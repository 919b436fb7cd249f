/* groups_verify.h — checking the rows of keys that have several.  Internal. */
#ifndef COLLECTIONS_GROUPS_VERIFY_H
#define COLLECTIONS_GROUPS_VERIFY_H

#include "collections/heap/value_verify.h"

/* A groups section. */
struct shm_groups {
    const unsigned char *at;
    uint64_t length; /* in row numbers, counts included */
    uint32_t width;  /* 4 or 8 */
};

/* Number `i` of the section: a count or a row. */
uint64_t shm_groups_number(const struct shm_groups *groups, uint64_t i);

/* Checks that groups follow one another without gaps, and G2; sets a bit of `starts` (a bit for
 * each number of the section) where one begins, and *pair_count to the rows in all of them.  That
 * they stand in the order of their keys' hashes (G1) is not checked: nothing relies on it.
 * Cost: one pass.  Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_groups_verify(shm_verifier *verifier, const struct shm_groups *groups,
                                          uint64_t row_count, uint64_t *starts,
                                          uint64_t *pair_count);

#define SHM_NO_PLACE UINT64_MAX

/* Where the row stands in the group that begins at `start`, as its place in the section;
 * SHM_NO_PLACE if it does not.  Cost: a binary search. */
uint64_t shm_groups_place(const struct shm_groups *groups, uint64_t start, uint64_t row);

#endif
