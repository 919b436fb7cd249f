/* bench.h — measuring an image: what `shm bench` prints. */
#ifndef BINDINGS_CLI_BENCH_H
#define BINDINGS_CLI_BENCH_H

#include <stdbool.h>

#include <shm/dataset.h>

#include "out.h"

/* Keys of one index, ready to be sought: in the form that it takes. */
typedef struct shm_bench_keys {
    shm_key_form form;
    size_t part_count;
    size_t count;
    uint64_t *words;     /* form WORD */
    shm_string *texts;   /* form TEXT */
    shm_key_part *parts; /* form PARTS: part_count for each */
    shm_out bytes;       /* what texts point into */
} shm_bench_keys;

/* Draws keys of random rows, each of which the index finds, until `until` (shm_clock_seconds) or
 * there are a million.  None if no row has a key. */
void shm_bench_draw_hits(const shm_dataset *dataset, const shm_collection *collection, double until,
                         shm_bench_keys *keys);

/* Makes keys like those, of the same lengths, that the index does not find; fewer or none where
 * most that can be are there. */
void shm_bench_make_misses(const shm_collection *collection, const shm_index *index,
                           const shm_bench_keys *hits, double until, shm_bench_keys *misses);
void shm_bench_keys_close(shm_bench_keys *keys);

/* Whether the index has at most one row a key. */
bool shm_bench_is_unique(const shm_collection *collection);

/* What is measured of an index, in the order in which rounds take them. */
typedef enum shm_bench_measure {
    SHM_BENCH_LINE,       /* one random line of the index: the limit of what memory gives */
    SHM_BENCH_HIT,        /* finds that do not wait for one another */
    SHM_BENCH_LINE_CHAIN, /* the same, each begun when the one before has ended */
    SHM_BENCH_HIT_CHAIN,
    SHM_BENCH_BATCH, /* the calls that find many at once */
    SHM_BENCH_MISS,
    SHM_BENCH_MEASURE_COUNT
} shm_bench_measure;

typedef struct shm_bench_index {
    double ns[SHM_BENCH_MEASURE_COUNT]; /* medians; below 0: not measured */
    size_t hit_count, miss_count;       /* keys taken */
    size_t rounds;
    uint64_t size_bytes; /* of the index, without the rows of a map */
} shm_bench_index;

/* Measures the finds of an index, map, multimap or set for about so many seconds. */
void shm_bench_find(const shm_dataset *dataset, const shm_collection *collection, double seconds,
                    shm_bench_index *result);

/* Bytes a second when all of the span is read in order; 0 if it is empty. */
double shm_bench_scan(const void *bytes, uint64_t size, double seconds);

/* Sorts the values and answers the middle one. */
double shm_bench_median(double *values, size_t count);

/* The next of a sequence of random numbers. */
uint64_t shm_bench_random(uint64_t *state);

#endif
