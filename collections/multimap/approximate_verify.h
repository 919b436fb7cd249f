/* approximate_verify.h — checking an index of fragments.  Internal. */
#ifndef COLLECTIONS_APPROXIMATE_VERIFY_H
#define COLLECTIONS_APPROXIMATE_VERIFY_H

#include "collections/heap/value_verify.h"

/* The sections of an approximate index, or of an exact one of fragments. */
struct shm_approximate {
    const uint64_t *buckets;
    uint64_t bucket_count;
    unsigned bits; /* 16 or 32 */
    const unsigned char *fragments;
    const unsigned char *rows;
    uint32_t width; /* of a row number: 4 or 8 */
    uint64_t pair_count;
    uint64_t key_count; /* distinct keys, as the directory says */
    uint64_t one_in;    /* N of 1/N */
};

/* Checks that there are the buckets that keys and rate ask for, A1, A2, the rows of A3, and that
 * the bytes between fragments and rows are zero.
 * Cost: one pass.  Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_approximate_verify(shm_verifier *verifier,
                                               const struct shm_approximate *approximate,
                                               uint64_t row_count);

/* The fragment of a pair. */
uint64_t shm_approximate_fragment(const struct shm_approximate *approximate, uint64_t pair);

#define SHM_NO_PAIR UINT64_MAX

/* The number of the pair under which the row is filed with that hash; SHM_NO_PAIR if it is not.
 * Cost: a binary search in a bucket. */
uint64_t shm_approximate_pair(const struct shm_approximate *approximate, uint64_t hash,
                              uint64_t row);

#endif
