/* sources.h — where workers resolve dependencies: the image itself, or a private copy of it on the
 * heap, as a program without shared memory would hold. */
#ifndef PACKAGES_SOURCES_H
#define PACKAGES_SOURCES_H

#include "closure.h"
#include "packages.shm.h"

/* A source that reads the mapped image.  Borrows the dataset. */
struct package_source image_source(const packages_dataset *dataset);

/* A copy of everything in the dataset in private memory: structs and strings from malloc, names in
 * hash tables of uthash. */
struct heap_copy;

/* NULL when memory is short.  Closing frees all of it. */
struct heap_copy *heap_copy_open(const packages_dataset *dataset);
void heap_copy_close(struct heap_copy *copy);
struct package_source heap_source(const struct heap_copy *copy);

/* Looks up each name once; the sum of the rows found. */
uint64_t heap_copy_find_all(const struct heap_copy *copy, const shm_string *names, uint64_t count);

#endif
