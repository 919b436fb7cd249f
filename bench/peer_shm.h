/* peer_shm.h — between the two halves of libshm as a contender: building and opening; finding. */
#ifndef BENCH_PEER_SHM_H
#define BENCH_PEER_SHM_H

#include <shm/dataset.h>
#include <shm/word_index.h>

#include "contender.h"

/* A form in which a schema can hold pairs of a key and a value, and how to build it. */
struct bench_variant {
    bool is_map;         /* pairs; else rows of a table, and an index over them */
    const char *options; /* of the collection */
    unsigned job_count;  /* threads that build; 0: all */
    uint64_t memory_bytes;
};

/* An open image of a variant. */
typedef struct bench_image {
    const struct bench_variant *variant;
    const shm_schema *schema;
    char path[4096];
    bench_kind kind;
    uint64_t count;
    shm_dataset *dataset;
    const shm_index *index;
    shm_word_index words;        /* the same, for finds of words */
    const unsigned char *values; /* in row 0 */
    uint64_t stride;
    bool is_placed; /* finds go to `placed` rather than to `index` */
    shm_placed placed;
} bench_image;

/* Finds in a bench_image; the answers are row numbers, or the values that stand in the rows or
 * lines. */
uint64_t bench_shm_rows_each(void *image, const bench_probes *probes);
uint64_t bench_shm_rows_dependent(void *image, const bench_probes *probes);
uint64_t bench_shm_rows_batch(void *image, const bench_probes *probes);
uint64_t bench_shm_values_each(void *image, const bench_probes *probes);
uint64_t bench_shm_values_dependent(void *image, const bench_probes *probes);
uint64_t bench_shm_values_batch(void *image, const bench_probes *probes);

#endif
