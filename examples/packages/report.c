/* report.c — see report.h. */
#include "report.h"

#include <stdio.h>
#include <stdlib.h>

static double mib(uint64_t bytes)
{
    return (double)bytes / (1 << 20);
}

void report_build(const struct build_figures *built, uint64_t image_bytes, double open_seconds)
{
    printf("packages          %llu", (unsigned long long)built->package_count);
    if (built->repeated_count > 0) {
        printf(" (%llu repeated ones left out)", (unsigned long long)built->repeated_count);
    }
    printf("\nparse and build   %.2f s for %.1f MiB of text (%.0f MiB/s)\n", built->seconds,
           mib(built->text_bytes), mib(built->text_bytes) / built->seconds);
    printf("image             %llu bytes (%.1f MiB)\n", (unsigned long long)image_bytes,
           mib(image_bytes));
    printf("open              %.0f us\n", open_seconds * 1e6);
}

void report_pools_head(void)
{
    printf("\nDependency closures of all packages:\n"
           "%-15s %8s %12s %14s %10s %12s %12s\n",
           "", "workers", "closures/s", "lookups/s", "ready ms", "PSS/worker", "PSS total");
    fflush(stdout);
}

void report_pool(const char *what, const struct pool_figures *figures)
{
    const double ready = pool_prepare_seconds(figures);
    const double pss = (double)pool_pss_kib(figures) / 1024;
    printf("%-15s %8u %12.0f %14.0f %10.1f %8.1f MiB %8.1f MiB\n", what, figures->worker_count,
           (double)pool_closure_count(figures) / figures->work_seconds,
           (double)pool_lookup_count(figures) / figures->work_seconds, ready * 1e3,
           pss / figures->worker_count, pss);
    fflush(stdout);
}

void report_memory(const struct pool_figures *shared, const struct pool_figures *private_copies,
                   uint64_t image_bytes)
{
    const double ours = (double)pool_pss_kib(shared) / 1024;
    const double theirs = (double)pool_pss_kib(private_copies) / 1024;
    printf("\n%u workers share one image of %.1f MiB in %.1f MiB together; with a private copy "
           "each they take %.1f MiB, %.1f times as much.\n",
           shared->worker_count, mib(image_bytes), ours, theirs, theirs / ours);
}

void report_largest(const packages_dataset *dataset, const struct pool_figures *figures)
{
    printf("\nLargest closures:\n");
    for (int i = 0; i < LARGEST_COUNT; i++) {
        const struct large_closure *large = &figures->workers[0].largest[i];
        if (large->length > 0) {
            printf("  %6llu packages  %s\n", (unsigned long long)large->length,
                   packages_package_name(packages_packages_at(dataset, large->package)).data);
        }
    }
}

void report_lookups(const struct lookup_figures *figures)
{
    static const char *const names[LOOKUP_PEER_COUNT] = {"libshm image", "LMDB", "private uthash"};
    printf("\nLookups of %llu names in random order, one process, medians of interleaved rounds:\n",
           (unsigned long long)figures->key_count);
    for (int peer = 0; peer < LOOKUP_PEER_COUNT; peer++) {
        printf("  %-16s %12.0f /s   %5.2f x\n", names[peer], figures->per_second[peer],
               figures->per_second[LOOKUP_IMAGE] / figures->per_second[peer]);
    }
    printf("  (x: how many times as fast the image is; below 1 it loses)\n");
}

void report_try(const packages_dataset *dataset, const char *image)
{
    const packages_package *first = packages_packages_at(dataset, 0);
    if (first == NULL) {
        return;
    }
    const shm_string name = packages_package_name(first);
    const shm_string section = packages_package_section(first);
    const char *shm = getenv("SHM_COMMAND") == NULL ? "shm" : getenv("SHM_COMMAND");
    printf("\nTry:\n"
           "  %s get %s by_name %.*s\n"
           "  %s get %s by_dependency --count libc6 zlib1g\n"
           "  %s get %s by_section --count %.*s\n",
           shm, image, (int)name.length, name.data, shm, image, shm, image, (int)section.length,
           section.data);
}
