/* closure.h — the dependency closure of a package, over any source that can resolve dependencies:
 * the shared image, a private heap copy, or the naive one of the test. */
#ifndef PACKAGES_CLOSURE_H
#define PACKAGES_CLOSURE_H

#include <stdbool.h>
#include <stdint.h>

#define NO_PACKAGE UINT64_MAX

/* Packages are numbered 0 .. package_count - 1.  A dependency is met by its first alternative that
 * can be had: a package of that name, else the first package that provides the name. */
struct package_source {
    const void *context;
    uint64_t package_count;
    uint64_t (*dependency_count)(const void *context, uint64_t package);
    /* The package that meets a dependency; NO_PACKAGE if none does.  Adds its name lookups to
     * *lookup_count. */
    uint64_t (*resolve)(const void *context, uint64_t package, uint64_t dependency,
                        uint64_t *lookup_count);
};

/* What walking needs: reused from closure to closure. */
struct closure_walk {
    uint32_t *stamp; /* by package: the number of the walk that last met it */
    uint64_t *queue; /* the packages met, in the order met; the first is the one asked for */
    uint64_t length; /* of the closure, the package itself included */
    uint64_t unmet;  /* dependencies that nothing met */
    uint64_t lookup_count;
    uint32_t walk_number;
};

bool closure_open(struct closure_walk *walk, uint64_t package_count);
void closure_close(struct closure_walk *walk);

/* Finds everything that `package` needs, directly or not; the result is in walk->queue. */
void closure_find(struct closure_walk *walk, const struct package_source *source, uint64_t package);

#endif
