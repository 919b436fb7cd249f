/* exact_build.c — the building half of exact indexes of fragments. */
#include "collections/multimap/exact_build.h"

#include "collections/multimap/exact_disk.h"

bool shm_exact_places_serve(const shm_approximate_build *pairs, bool is_narrow)
{
    return is_narrow ? pairs->most_pairs <= SHM_EXACT_PLACE_PAIRS_MAX
                     : pairs->place_count == pairs->entries->key_count;
}
