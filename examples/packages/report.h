/* report.h — prints the demo's figures. */
#ifndef PACKAGES_REPORT_H
#define PACKAGES_REPORT_H

#include "build_image.h"
#include "lookups.h"
#include "packages.shm.h"
#include "workers.h"

enum { POOL_COUNT = 4 };

/* All that the demo measures. */
struct demo_figures {
    struct build_figures built;
    uint64_t image_bytes;
    double open_seconds;
    struct pool_figures shared[POOL_COUNT]; /* the first is of one worker */
    struct pool_figures private_copies;
    struct lookup_figures lookups;
};

void report_build(const struct build_figures *built, uint64_t image_bytes, double open_seconds);
void report_pools_head(void);
void report_pool(const char *what, const struct pool_figures *figures);
void report_memory(const struct pool_figures *shared, const struct pool_figures *private_copies,
                   uint64_t image_bytes);

/* The largest closures; the figures are those of a pool of one worker, which met all packages. */
void report_largest(const packages_dataset *dataset, const struct pool_figures *figures);
void report_lookups(const struct lookup_figures *figures);

/* All of it as one JSON object on one line. */
void report_json(const packages_dataset *dataset, const struct demo_figures *figures);

/* Three commands to try on the image. */
void report_try(const packages_dataset *dataset, const char *image);

#endif
