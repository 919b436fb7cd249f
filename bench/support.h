/* support.h — what the benchmarks share: a clock, medians, random numbers, and failing loudly. */
#ifndef BENCH_SUPPORT_H
#define BENCH_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

/* Nanoseconds of the monotonic clock. */
uint64_t bench_now(void);

/* The middle of `count` figures; sorts them. */
double bench_median(double *figures, size_t count);

/* The next number of a sequence (splitmix64); `state` starts at any value. */
uint64_t bench_random(uint64_t *state);

/* Ends the program with the error's text unless `status` is SHM_OK. */
void bench_require(shm_status status, const shm_error *error, const char *what);

/* The schema of the text, which the caller frees. */
const shm_schema *bench_schema(const char *text);

/* A file for the benchmark's images: in $TMPDIR or /var/tmp, removed by the caller. */
const char *bench_image_path(void);

#endif
