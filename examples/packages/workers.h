/* workers.h — forks workers that each find the closures of a share of all packages, and measures
 * them. */
#ifndef PACKAGES_WORKERS_H
#define PACKAGES_WORKERS_H

#include <stdbool.h>

#include "closure.h"

enum { WORKER_COUNT_MAX = 64, LARGEST_COUNT = 5 };

struct large_closure {
    uint64_t package;
    uint64_t length;
};

struct worker_figures {
    uint64_t closure_count;
    uint64_t member_count; /* packages in all closures together */
    uint64_t lookup_count;
    uint64_t pss_kib;       /* proportional set size, all workers being alive */
    uint64_t base_pss_kib;  /* the same just after the fork */
    double prepare_seconds; /* until the worker's source stood ready */
    double work_seconds;
    struct large_closure largest[LARGEST_COUNT];
};

struct pool_figures {
    unsigned worker_count;
    double work_seconds; /* from the first worker's start of work to the last one's end */
    struct worker_figures workers[WORKER_COUNT_MAX];
};

/* Makes a worker's source, after the fork; `context` is the caller's.  False if it cannot. */
typedef bool source_open(void *context, struct package_source *source);

/* Forks `worker_count` workers; worker w takes packages w, w + worker_count, ...  False if a worker
 * failed. */
bool workers_run(unsigned worker_count, source_open *open, void *context,
                 struct pool_figures *figures);

uint64_t pool_closure_count(const struct pool_figures *figures);
uint64_t pool_lookup_count(const struct pool_figures *figures);
uint64_t pool_pss_kib(const struct pool_figures *figures);

/* How long the slowest worker's source took to stand ready. */
double pool_prepare_seconds(const struct pool_figures *figures);

/* Seconds of the monotonic clock. */
double seconds_now(void);

#endif
