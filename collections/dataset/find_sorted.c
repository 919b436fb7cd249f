/* find_sorted.c — finding rows in the order of their keys. */
#include <assert.h>

#include "collections/dataset/find.h"

static const shm_row_range nothing;

static bool is_sorted(const shm_index *index, size_t part_count)
{
    if (index == NULL) {
        return false;
    }
    assert(index->is_sorted && "a range of an index that is not sorted");
    assert(part_count <= index->key.leaf_count && "more parts than the key has");
    return index->is_sorted && part_count <= index->key.leaf_count;
}

static shm_probe probe_of(const shm_index *index, const shm_key_part *parts, size_t part_count)
{
    return (shm_probe){.leaves = index->sorted.program, .parts = parts, .count = part_count};
}

shm_row_range shm_sorted_find_parts(const shm_index *index, const shm_key_part *parts,
                                    size_t part_count)
{
    if (!is_sorted(index, part_count)) {
        return nothing;
    }
    const shm_probe probe = probe_of(index, parts, part_count);
    return shm_index_span_range(
        index, shm_sorted_seek(&index->sorted, &index->key, &index->table, &probe));
}

shm_row_range shm_sorted_prefix(const shm_index *index, const shm_key_part *parts,
                                size_t part_count)
{
    if (!is_sorted(index, part_count)) {
        return nothing;
    }
    shm_probe probe = probe_of(index, parts, part_count);
    probe.is_open = true;
    return shm_index_span_range(
        index, shm_sorted_seek(&index->sorted, &index->key, &index->table, &probe));
}

size_t shm_sorted_keys(const shm_index *index, const shm_row_range *range, uint64_t *keys,
                       size_t count)
{
    if (!is_sorted(index, 0) || !index->sorted.is_exact || range->count == 0) {
        return 0;
    }
    const shm_sorted *sorted = &index->sorted;
    const uint64_t first = (uint64_t)(range->at - sorted->rows) / sorted->width;
    const size_t some = range->count < count ? (size_t)range->count : count;
    shm_order_words(index->key.leaves[0].kind, sorted->levels[0] + first, some, keys);
    return some;
}

static uint64_t bound(const shm_index *index, const shm_key_part *parts, size_t part_count,
                      uint64_t open)
{
    if (parts == NULL) {
        return open;
    }
    const shm_probe probe = probe_of(index, parts, part_count);
    return shm_sorted_seek_first(&index->sorted, &index->key, &index->table, &probe);
}

shm_row_range shm_sorted_range(const shm_index *index, const shm_key_part *from, size_t from_count,
                               const shm_key_part *to, size_t to_count)
{
    if (!is_sorted(index, from_count > to_count ? from_count : to_count)) {
        return nothing;
    }
    const shm_sorted_span span = {.first = bound(index, from, from_count, 0),
                                  .end = bound(index, to, to_count, index->entry_count)};
    return shm_index_span_range(index, span);
}
