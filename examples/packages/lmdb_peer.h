/* lmdb_peer.h — the same keys in an LMDB file, to measure lookups beside ours. */
#ifndef PACKAGES_LMDB_PEER_H
#define PACKAGES_LMDB_PEER_H

#include "packages.shm.h"

struct lmdb_peer;

/* Makes an LMDB file in `folder` that maps each name of a package to its first row.  NULL on
 * failure, told on stderr. */
struct lmdb_peer *lmdb_peer_open(const char *folder, const packages_dataset *dataset);

/* Looks up each key once; the sum of the values found. */
uint64_t lmdb_peer_find_all(struct lmdb_peer *peer, const shm_string *keys, uint64_t count);

/* Closes and removes the file. */
void lmdb_peer_close(struct lmdb_peer *peer);

#endif
