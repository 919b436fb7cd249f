/* map_find_kinds.h — finds in hash lines that need more than every processor has.  Internal. */
#ifndef COLLECTIONS_MAP_FIND_KINDS_H
#define COLLECTIONS_MAP_FIND_KINDS_H

#include "collections/map/map.h"

/* NULL if the processor (or the compiler's target) lacks it. */
const struct shm_map_finds *shm_map_finds_avx2(bool is_wide);   /* compares four words at once */
const struct shm_map_finds *shm_map_finds_avx512(bool is_wide); /* compares a line at once */

#endif
