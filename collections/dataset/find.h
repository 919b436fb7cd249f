/* find.h — what single finds, batches and walks over an index share.  Internal. */
#ifndef COLLECTIONS_FIND_H
#define COLLECTIONS_FIND_H

#include <string.h>

#include "collections/dataset/index.h"
#include "collections/multimap/approximate_disk.h"

/* Does the row hold the key given as parts? */
bool shm_index_confirms(const shm_index *index, uint64_t row, const shm_key_part *parts);

/* The rows that a map value means: one row, or a group. */
shm_row_range shm_index_value_range(const shm_index *index, int64_t value);

/* The rows of entries of a sorted index. */
static inline shm_row_range shm_index_span_range(const shm_index *index, shm_sorted_span span)
{
    const shm_row_range range = {
        .at = index->sorted.rows + span.first * index->width,
        .count = span.end > span.first ? span.end - span.first : 0,
        .width = index->width,
    };
    return range;
}

/* The bucket of a hash. */
static inline uint64_t shm_index_bucket(const shm_index *index, uint64_t hash)
{
    return shm_approximate_place(hash, index->bucket_count, index->bits) >> index->bits;
}

/* The rows of the pairs first .. end - 1 of an index of fragments. */
static inline shm_row_range shm_index_pair_range(const shm_index *index, uint64_t first,
                                                 uint64_t end)
{
    const shm_row_range range = {
        .at = index->fragment_rows + first * index->width,
        .count = end - first,
        .width = index->width,
    };
    return range;
}

/* The pairs of an index of fragments whose place is that of the hash. */
shm_row_range shm_index_place_range(const shm_index *index, uint64_t hash);

/* The first pair in [low, high), pairs of one bucket, whose fragment is at least `fragment`. */
uint64_t shm_index_first_pair(const shm_index *index, uint64_t low, uint64_t high,
                              uint64_t fragment);

/* The fragment of a pair. */
static inline uint64_t shm_index_fragment(const shm_index *index, uint64_t pair)
{
    if (index->bits == 16) {
        uint16_t fragment;
        memcpy(&fragment, index->fragments + sizeof fragment * pair, sizeof fragment);
        return fragment;
    }
    uint32_t fragment;
    memcpy(&fragment, index->fragments + sizeof fragment * pair, sizeof fragment);
    return fragment;
}

#endif
