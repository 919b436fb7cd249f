/* map_find_avx2.h — finds that compare four words at once.  Internal. */
#ifndef COLLECTIONS_MAP_FIND_AVX2_H
#define COLLECTIONS_MAP_FIND_AVX2_H

#include "collections/map/map.h"

/* NULL if the processor (or the compiler's target) has no AVX2. */
const struct shm_map_finds *shm_map_finds_avx2(bool is_wide);

#endif
