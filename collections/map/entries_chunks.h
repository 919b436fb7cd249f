/* entries_chunks.h — something written for all entries in their order, made a chunk at a time by
 * the entries' workers.  Internal.  Threads: one at a time. */
#ifndef COLLECTIONS_ENTRIES_CHUNKS_H
#define COLLECTIONS_ENTRIES_CHUNKS_H

#include "collections/map/entries_cursor.h"
#include "libshm/file.h"

enum { SHM_CHUNK_ENTRIES = 1 << 14 }; /* but for the last one */

/* Makes what is written for `count` entries from number `first` on, which the cursor comes to next,
 * and takes them; answers its bytes.  Called by several threads. */
typedef size_t shm_chunk_fill(const void *context, shm_entries_cursor *cursor, uint64_t first,
                              uint64_t count, unsigned char *out);

/* Writes what `fill` makes, at most bytes_max for a chunk, of `count` sorted entries, which are
 * all.  `tells`: this is the step of writing.  Cost: linear, shared by the workers.
 * Fails: NO_MEMORY, IO, NO_SPACE, or as the entries' progress does. */
SHM_MUST_USE shm_status shm_entries_write_chunks(const shm_entries *entries, uint64_t count,
                                                 shm_chunk_fill *fill, const void *context,
                                                 size_t bytes_max, bool tells, shm_writer *writer,
                                                 shm_error *error);

#endif
