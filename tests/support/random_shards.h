/* random_shards.h — a model's rows dealt out to several images, and what these merge into. */
#ifndef TESTS_SUPPORT_RANDOM_SHARDS_H
#define TESTS_SUPPORT_RANDOM_SHARDS_H

#include "tests/support/random_rows.h"

enum { SHM_TEST_SHARD_MAX = 3 };

typedef struct shm_test_shards {
    size_t count;
    struct shm_test_image images[SHM_TEST_SHARD_MAX];
    struct shm_test_image whole; /* one build of the rows of all, one after the other */
} shm_test_shards;

/* Deals the rows of every collection out to as many shards as there can be, up to `most`, in
 * unequal runs, so that refs lead to rows of their own shard. */
void shm_test_shards_make(shm_test_model *model, size_t most, shm_test_shards *shards);
void shm_test_shards_free(shm_test_shards *shards);

#endif
