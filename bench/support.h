/* support.h — what the benchmarks share: a clock, medians, random numbers, files and tables, and
 * failing loudly. */
#ifndef BENCH_SUPPORT_H
#define BENCH_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Nanoseconds of the monotonic clock. */
uint64_t bench_now(void);

/* Nanoseconds that this thread computed: what else runs on the machine does not count. */
uint64_t bench_busy_now(void);

/* The middle of `count` figures; sorts them. */
double bench_median(double *figures, size_t count);

/* The next number of a sequence (splitmix64); `state` starts at any value. */
uint64_t bench_random(uint64_t *state);

/* Ends the program with the error's text unless `status` is SHM_OK. */
void bench_require(shm_status status, const shm_error *error, const char *what);

/* The schema of the text, which the caller frees. */
const shm_schema *bench_schema(const char *text);

/* Where files of the benchmarks go: $TMPDIR, which bench/run makes and removes, or /var/tmp. */
const char *bench_folder(void);

/* A file for the benchmark's images in that folder, removed by the caller. */
const char *bench_image_path(void);

/* Memory that the caller frees; ends the program if there is none. */
void *bench_allocate(size_t size);

/* Ends the program with `what` and errno's text if `failed`. */
void bench_require_errno(bool failed, const char *what);

/* Bytes of a file. */
uint64_t bench_file_bytes(const char *path);

/* How much to do, by $BENCH_SCALE: `full`, `quick` (a tenth or less), `tiny` (does it work?). */
typedef enum bench_scale { BENCH_FULL, BENCH_QUICK, BENCH_TINY } bench_scale;
bench_scale bench_scale_wanted(void);

/* The rows that follow on stdout belong to this table (columns are parted by tabs, which name them
 * the first time only).  bench/run makes one file of each table. */
void bench_table(const char *name, const char *columns);

#ifdef __cplusplus
}
#endif

#endif
