/* closure.c — see closure.h: breadth first, each package once. */
#include "closure.h"

#include <stdlib.h>

bool closure_open(struct closure_walk *walk, uint64_t package_count)
{
    *walk = (struct closure_walk){0};
    walk->stamp = calloc(package_count + 1, sizeof *walk->stamp);
    walk->queue = calloc(package_count + 1, sizeof *walk->queue);
    if (walk->stamp == NULL || walk->queue == NULL) {
        closure_close(walk);
        return false;
    }
    return true;
}

void closure_close(struct closure_walk *walk)
{
    free(walk->stamp);
    free(walk->queue);
    walk->stamp = NULL;
    walk->queue = NULL;
}

static void meet(struct closure_walk *walk, uint64_t package)
{
    if (walk->stamp[package] != walk->walk_number) {
        walk->stamp[package] = walk->walk_number;
        walk->queue[walk->length++] = package;
    }
}

void closure_find(struct closure_walk *walk, const struct package_source *source, uint64_t package)
{
    walk->walk_number++;
    walk->length = 0;
    walk->unmet = 0;
    meet(walk, package);
    for (uint64_t next = 0; next < walk->length; next++) {
        const uint64_t from = walk->queue[next];
        const uint64_t count = source->dependency_count(source->context, from);
        for (uint64_t i = 0; i < count; i++) {
            const uint64_t met = source->resolve(source->context, from, i, &walk->lookup_count);
            if (met == NO_PACKAGE) {
                walk->unmet++;
            } else {
                meet(walk, met);
            }
        }
    }
}
