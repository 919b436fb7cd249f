/* rows_verify.h — checking the rows of a collection.  Internal. */
#ifndef COLLECTIONS_ROWS_VERIFY_H
#define COLLECTIONS_ROWS_VERIFY_H

#include "collections/heap/value_verify.h"
#include "libshm/image_disk.h"

/* Checks every row of the record, whose heap was verified last (H1, H4, H5 for rows).
 * Cost: one pass.  Fails: CORRUPT, LIMIT. */
SHM_MUST_USE shm_status shm_rows_verify(shm_verifier *verifier, const shm_type *record,
                                        const struct shm_section_entry *section);

#endif
