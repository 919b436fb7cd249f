/* placed_lines.h — lines of placed maps made from entries, without an image around them. */
#ifndef SHM_TESTS_SUPPORT_PLACED_LINES_H
#define SHM_TESTS_SUPPORT_PLACED_LINES_H

#include "collections/map/map_build.h"
#include "collections/map/placed.h"

/* The map of `count` entries (key, value), in any order, sorts them, and puts the hashes of their
 * keys in the places of these.  Its lines are aligned to 64 and of exactly their size, so that a
 * sanitizer sees reads past them.  lines is NULL if a page has no room. */
shm_placed shm_test_placed(shm_entry *entries, uint64_t count, uint32_t width, uint64_t line_count,
                           uint64_t seed);

/* The same of a dense map: shm_dense_line_count tells line_count. */
shm_placed shm_test_dense(shm_entry *entries, uint64_t count, uint32_t width, uint64_t line_count,
                          uint64_t seed);

void shm_test_placed_free(const shm_placed *map);

#endif
