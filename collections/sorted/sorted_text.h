/* sorted_text.h — finding places in the order of texts: what sorted.h says, for keys that are one
 * string or bytes.  Internal. */
#ifndef COLLECTIONS_SORTED_TEXT_H
#define COLLECTIONS_SORTED_TEXT_H

#include "collections/sorted/sorted.h"

bool shm_sorted_text_find(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                          const shm_probe *probe, uint64_t *entry);
uint64_t shm_sorted_text_seek_first(const shm_sorted *sorted, const shm_key *key,
                                    const shm_table *table, const shm_probe *probe);
shm_sorted_span shm_sorted_text_seek(const shm_sorted *sorted, const shm_key *key,
                                     const shm_table *table, const shm_probe *probe);

#endif
