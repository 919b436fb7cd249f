#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/build.h"
#include "tests/support/random_rows.h"
#include "tests/support/random_schema.h"

enum { NODE_LIMIT = 20000, SANITIZED_SHARE = 8 };

#if defined(__SANITIZE_ADDRESS__)
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

uint64_t shm_test_seed_count(uint64_t seeds)
{
    const char *text = getenv("SHM_TEST_SEEDS");
    if (text != NULL) {
        return strtoull(text, NULL, 10);
    }
    return IS_SANITIZED ? (seeds + SANITIZED_SHARE - 1) / SANITIZED_SHARE : seeds;
}

void shm_test_subject_open(uint64_t seed, uint64_t row_limit, shm_test_subject *subject)
{
    size_t length;
    shm_error error;
    /* What aborts below says what, but not for which seed. */
    fprintf(stderr, "seed %" PRIu64 "\n", seed);
    subject->seed = seed;
    subject->text = shm_test_random_schema(seed, &length);
    if (shm_schema_parse(subject->text, length, "random", NULL, &subject->schema, &error) !=
        SHM_OK) {
        fprintf(stderr, "%s\n", error.text);
        abort();
    }
    subject->model = shm_test_model_make(subject->schema, seed, row_limit, NODE_LIMIT);
    subject->image = shm_test_model_build(subject->model, &(shm_test_build){.order = 0});
    subject->dataset = shm_test_open(&subject->image, NULL);
}

void shm_test_subject_close(shm_test_subject *subject)
{
    shm_dataset_close(subject->dataset);
    free(subject->image.bytes);
    shm_test_model_free(subject->model);
    shm_schema_free(subject->schema);
    free(subject->text);
}
