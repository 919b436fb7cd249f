/* find.c — finding rows by key, one at a time.  Batches are find_many.c. */
#include <assert.h>

#include "collections/dataset/find.h"

#include <shm/word_index.h>

#include "collections/multimap/groups_disk.h"
#include "libshm/hash.h"

enum { COUNTED_PAIRS = 16 };

static const shm_row_range nothing;

static bool has_form(const shm_index *index, shm_key_form form)
{
    if (index == NULL) {
        return false;
    }
    assert(index->key.form == form && "find of another form than the index has");
    return index->key.form == form;
}

/* Does the row hold the key?  Equal hashes of one-word keys say so already. */
bool shm_index_confirms(const shm_index *index, uint64_t row, const shm_key_part *parts)
{
    const void *at = shm_table_at(&index->table, row);
    return at != NULL && shm_key_matches(&index->key, at, parts);
}

static uint64_t number_at(const unsigned char *at, uint32_t width)
{
    if (width == SHM_GROUP_WIDTH_SMALL) {
        uint32_t number;
        memcpy(&number, at, sizeof number);
        return number;
    }
    uint64_t number;
    memcpy(&number, at, sizeof number);
    return number;
}

shm_row_range shm_index_value_range(const shm_index *index, int64_t value)
{
    shm_row_range range = {.count = 1, .only = (uint64_t)value, .width = index->width};
    if (index->groups != NULL && value < 0) {
        const unsigned char *group =
            index->groups + shm_map_group_place(index->map.is_wide, value) * index->width;
        range.at = group + index->width;
        range.count = number_at(group, index->width);
    }
    return range;
}

uint64_t shm_index_first_pair(const shm_index *index, uint64_t low, uint64_t high,
                              uint64_t fragment)
{
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (shm_index_fragment(index, middle) < fragment) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Most buckets have some four pairs.  Counting all of them guesses less than searching. */
static shm_row_range count_pairs(const shm_index *index, uint64_t begin, uint64_t end,
                                 uint64_t fragment)
{
    uint64_t below = 0;
    uint64_t equal = 0;
    for (uint64_t pair = begin; pair < end; pair++) {
        const uint64_t other = shm_index_fragment(index, pair);
        below += other < fragment;
        equal += other == fragment;
    }
    return shm_index_pair_range(index, begin + below, begin + below + equal);
}

shm_row_range shm_index_place_range(const shm_index *index, uint64_t hash)
{
    const uint64_t place = shm_approximate_place(hash, index->bucket_count, index->bits);
    const uint64_t bucket = place >> index->bits;
    const uint64_t fragment = place & ((UINT64_C(1) << index->bits) - 1);
    const uint64_t begin = index->buckets[bucket];
    const uint64_t end = index->buckets[bucket + 1];
    if (end - begin <= COUNTED_PAIRS) {
        return count_pairs(index, begin, end, fragment);
    }
    const uint64_t first = shm_index_first_pair(index, begin, end, fragment);
    return shm_index_pair_range(index, first,
                                shm_index_first_pair(index, first, end, fragment + 1));
}

/* A place has pairs of one key (N3), or some pairs of one row and key each (N2). */
static shm_row_range find_place(const shm_index *index, uint64_t hash, const shm_key_part *parts)
{
    const shm_row_range range = shm_index_place_range(index, hash);
    if (index->is_approximate) {
        return range;
    }
    shm_row_range left = range;
    uint64_t row;
    while (shm_row_range_next(&left, &row)) {
        if (shm_index_confirms(index, row, parts)) {
            return index->is_unique ? (shm_row_range){.count = 1, .only = row} : range;
        }
        if (!index->is_unique) {
            return nothing;
        }
    }
    return nothing;
}

/* The rows of the key with that hash; `parts` confirm where the hash alone does not. */
static shm_row_range find_hash(const shm_index *index, uint64_t hash, const shm_key_part *parts)
{
    if (index->has_fragments) {
        return find_place(index, hash, parts);
    }
    const int64_t value = index->map_finds->find(&index->map, hash);
    if (value == SHM_MAP_NOTHING) {
        return nothing;
    }
    const shm_row_range range = shm_index_value_range(index, value);
    if (!index->hash_is_key) {
        shm_row_range first = range;
        uint64_t row;
        if (!shm_row_range_next(&first, &row) || !shm_index_confirms(index, row, parts)) {
            return nothing;
        }
    }
    return range;
}

static uint64_t first_row(shm_row_range range)
{
    uint64_t row;
    return shm_row_range_next(&range, &row) ? row : SHM_NO_ROW;
}

static uint64_t placed_row(const shm_index *index, const void *entry)
{
    return entry == NULL ? SHM_NO_ROW : shm_table_row_number(&index->table, entry);
}

shm_row_range shm_multi_find_word(const shm_index *index, uint64_t key)
{
    if (!has_form(index, SHM_KEY_WORD)) {
        return nothing;
    }
    if (index->is_sorted) {
        const shm_key_part part = shm_key_word(key);
        return shm_sorted_find_parts(index, &part, 1);
    }
    if (index->is_placed) {
        const uint64_t row = placed_row(index, shm_placed_find(&index->placed, key));
        return row == SHM_NO_ROW ? nothing : (shm_row_range){.count = 1, .only = row};
    }
    const shm_key_part part = shm_key_word(key);
    return find_hash(index, shm_mix64(key, index->map.seed), &part);
}

shm_row_range shm_multi_find_text(const shm_index *index, shm_string key)
{
    if (!has_form(index, SHM_KEY_TEXT)) {
        return nothing;
    }
    const shm_key_part part = shm_key_text(key);
    if (index->is_sorted) {
        return shm_sorted_find_parts(index, &part, 1);
    }
    if (index->texts.heap != NULL) {
        const int64_t value = index->map_finds->find_text(&index->map, &index->texts, part.text);
        return value == SHM_MAP_NOTHING ? nothing : shm_index_value_range(index, value);
    }
    return find_hash(index, shm_hash64(part.text.data, key.length, index->map.seed), &part);
}

shm_row_range shm_multi_find_parts(const shm_index *index, const shm_key_part *parts)
{
    if (!has_form(index, SHM_KEY_PARTS)) {
        return nothing;
    }
    if (index->is_sorted) {
        return shm_sorted_find_parts(index, parts, index->key.leaf_count);
    }
    uint64_t hash;
    return shm_key_hash_parts(&index->key, parts, index->map.seed, &hash)
               ? find_hash(index, hash, parts)
               : nothing;
}

/* Of an index that is sorted and of that form: the first row is found without the last. */
static uint64_t first_sorted(const shm_index *index, const shm_key_part *parts)
{
    const shm_probe probe = {
        .leaves = index->sorted.program, .parts = parts, .count = index->key.leaf_count};
    uint64_t entry;
    return shm_sorted_find(&index->sorted, &index->key, &index->table, &probe, &entry)
               ? shm_sorted_row(&index->sorted, entry)
               : SHM_NO_ROW;
}

/* The same in indexes of other forms. */
static __attribute__((noinline)) uint64_t find_word_slowly(const shm_index *index, uint64_t key)
{
    if (index != NULL && index->is_sorted && has_form(index, SHM_KEY_WORD)) {
        const shm_key_part part = shm_key_word(key);
        return first_sorted(index, &part);
    }
    return first_row(shm_multi_find_word(index, key));
}

uint64_t shm_index_find_word(const shm_index *index, uint64_t key)
{
    if (index != NULL && index->find_word != NULL) {
        return (uint64_t)index->find_word(&index->map, key); /* nothing is SHM_NO_ROW */
    }
    return find_word_slowly(index, key);
}

shm_word_index shm_word_index_of(const shm_index *index)
{
    shm_word_index found = {.index = index};
    if (index != NULL && index->find_word != NULL && !index->map.is_wide) {
        found.lines = index->map.lines;
        found.line_count = index->map.line_count;
        found.seed = index->map.seed;
    }
    return found;
}

/* The same in indexes whose words have no places. */
static __attribute__((noinline)) uint64_t find_text_slowly(const shm_index *index, shm_string key)
{
    if (index != NULL && index->is_sorted && has_form(index, SHM_KEY_TEXT)) {
        const shm_key_part part = shm_key_text(key);
        return first_sorted(index, &part);
    }
    return first_row(shm_multi_find_text(index, key));
}

uint64_t shm_index_find_text(const shm_index *index, shm_string key)
{
    if (index != NULL && index->find_text != NULL) { /* nothing is SHM_NO_ROW */
        return (uint64_t)index->find_text(&index->map, &index->texts, key);
    }
    return find_text_slowly(index, key);
}

uint64_t shm_index_find_parts(const shm_index *index, const shm_key_part *parts)
{
    if (index != NULL && index->is_sorted && has_form(index, SHM_KEY_PARTS)) {
        return first_sorted(index, parts);
    }
    if (index != NULL && index->key.is_packed && index->is_unique && !index->has_fragments) {
        uint64_t word;
        return shm_key_pack(&index->key, parts, &word)
                   ? (uint64_t)index->map_finds->find_word(&index->map, word)
                   : SHM_NO_ROW;
    }
    return first_row(shm_multi_find_parts(index, parts));
}
