/* find.h — what single finds, batches and walks over an index share.  Internal. */
#ifndef COLLECTIONS_FIND_H
#define COLLECTIONS_FIND_H

#include <string.h>

#include "collections/dataset/index.h"

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

/* The fragment of a pair of an approximate index. */
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
