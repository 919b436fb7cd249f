/* elements.h — elements that are copied as they lie in memory.  Internal. */
#ifndef COLLECTIONS_ELEMENTS_H
#define COLLECTIONS_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

/* Whether any bytes are a value of the type, without padding. */
bool shm_element_is_number(const shm_type *type);

/* The number of elements of a shape (1 for none); false if it, or the product of the extents that
 * are not 0, is more than an item can count. */
bool shm_shape_count(const uint64_t *shape, size_t ndim, uint64_t *count);

#endif
