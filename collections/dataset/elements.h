/* elements.h — elements that are copied as they lie in memory.  Internal. */
#ifndef COLLECTIONS_ELEMENTS_H
#define COLLECTIONS_ELEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

/* Whether any bytes are a value of the type, without padding. */
bool shm_element_is_number(const shm_type *type);

/* Makes each NaN of `count` floats of the type the one that fields hold (0x7ff8... or 0x7fc0...),
 * since text has but one: what is dumped then builds the same bytes.  Other types: nothing. */
void shm_nan_settle(const shm_type *type, unsigned char *at, size_t count);

/* The number of elements of a shape (1 for none); false if it, or the product of the extents that
 * are not 0, is more than an item can count. */
bool shm_shape_count(const uint64_t *shape, size_t ndim, uint64_t *count);

#endif
