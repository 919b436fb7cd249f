/* exact_build.h — the building half of exact indexes of fragments, beside approximate_build.h.
 * Internal.  Threads: any. */
#ifndef COLLECTIONS_EXACT_BUILD_H
#define COLLECTIONS_EXACT_BUILD_H

#include <stdbool.h>

#include "collections/multimap/approximate_build.h"

/* Whether the places of these pairs serve an exact index (N2, N3); if not, the next seed may. */
bool shm_exact_places_serve(const shm_approximate_build *pairs, bool is_narrow);

#endif
