/* dense_verify.h — checking the steps of a dense map, and the order of its rows.  Internal. */
#ifndef COLLECTIONS_DENSE_VERIFY_H
#define COLLECTIONS_DENSE_VERIFY_H

#include "collections/heap/value_verify.h"
#include "collections/map/dense.h"

/* Checks D2 and D3; D1 and the rows were checked.  Cost: one pass.  Fails: CORRUPT. */
SHM_MUST_USE shm_status shm_dense_verify(shm_verifier *verifier, const shm_dense *map);

#endif
