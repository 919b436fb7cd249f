/* lookups.h — finding every package by name: the image, LMDB, and a private uthash table. */
#ifndef PACKAGES_LOOKUPS_H
#define PACKAGES_LOOKUPS_H

#include <stdbool.h>

#include "sources.h"

enum lookup_peer { LOOKUP_IMAGE, LOOKUP_LMDB, LOOKUP_HEAP, LOOKUP_PEER_COUNT };

struct lookup_figures {
    uint64_t key_count;
    double per_second[LOOKUP_PEER_COUNT]; /* the median of interleaved rounds */
};

/* Looks up all names, shuffled, in one process, in rounds that take turns.  The LMDB file stands in
 * `folder` meanwhile.  False if a peer failed or found another row than the image does. */
bool lookups_measure(const packages_dataset *dataset, const char *folder,
                     struct lookup_figures *figures);

#endif
