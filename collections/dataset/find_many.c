/* find_many.c — many finds at once.
 *
 * A find in a table larger than the caches waits for its cache misses, so a batch starts them for a
 * block of keys before it needs the first: home lines, then second lines of keys that are away,
 * then the rows of keys that the hash alone does not confirm. */
#include "collections/dataset/find.h"

#include <assert.h>

#include "libshm/hash.h"

enum { PACKED_BATCH = 512 };

/* A batch of keys that are not words: what they are, and how to treat them. */
struct batch {
    const shm_index *index;
    const void *keys;
    size_t count;
    uint64_t *rows;
    uint64_t (*hash)(const shm_index *index, const void *keys, size_t i);
    bool (*confirm)(const shm_index *index, const void *keys, size_t i, uint64_t row);
};

/* The hashes of a block, whose home lines are on their way. */
struct block {
    uint64_t hashes[SHM_MAP_BLOCK];
    size_t start;
    size_t count;
};

/* Where in a row its key begins, as far as one line is concerned. */
static uint64_t key_offset(const shm_key *key)
{
    if (key->has_list) {
        return key->list_offset;
    }
    return key->leaf_count > 0 ? key->leaves[0].offset : 0;
}

static void prefetch_rows(const shm_index *index, const uint64_t *rows, size_t count)
{
    const uint64_t offset = key_offset(&index->key);
    for (size_t i = 0; i < count; i++) {
        const unsigned char *row = shm_table_at(&index->table, rows[i]);
        if (row != NULL) {
            __builtin_prefetch(row + offset);
        }
    }
}

static size_t count_found(const uint64_t *rows, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += rows[i] != SHM_NO_ROW;
    }
    return found;
}

static size_t find_nothing(uint64_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        rows[i] = SHM_NO_ROW;
    }
    return 0;
}

/* Can a batch run?  Those on multi indexes, whose answer is the first row, are done one by one. */
static bool has_batches(const shm_index *index, shm_key_form form)
{
    assert(index->key.form == form && "find of another form than the index has");
    return index->key.form == form && index->is_unique;
}

static inline void begin_block(const struct batch *batch, size_t start, struct block *block)
{
    const size_t left = batch->count - start;
    block->start = start;
    block->count = left < SHM_MAP_BLOCK ? left : SHM_MAP_BLOCK;
    for (size_t i = 0; i < block->count; i++) {
        block->hashes[i] = batch->hash(batch->index, batch->keys, start + i);
        shm_map_prefetch(&batch->index->map, block->hashes[i]);
    }
}

/* Leaves only rows that hold their keys; answers how many. */
static inline size_t end_block(const struct batch *batch, const struct block *block)
{
    uint64_t *rows = batch->rows;
    for (size_t i = block->start; i < block->start + block->count; i++) {
        if (rows[i] != SHM_NO_ROW && !batch->confirm(batch->index, batch->keys, i, rows[i])) {
            rows[i] = SHM_NO_ROW;
        }
    }
    return count_found(rows + block->start, block->count);
}

/* The row of the pairs that has the key. */
static inline uint64_t confirm_pairs(const struct batch *batch, size_t i, shm_row_range pairs)
{
    uint64_t row;
    while (shm_row_range_next(&pairs, &row)) {
        if (batch->confirm(batch->index, batch->keys, i, row)) {
            return row;
        }
    }
    return SHM_NO_ROW;
}

/* Finds in a unique index of fragments: buckets, then pairs, then rows are asked for a whole
 * block. */
static size_t find_fragments(const struct batch *batch)
{
    const shm_index *index = batch->index;
    uint64_t hashes[SHM_MAP_BLOCK];
    shm_row_range pairs[SHM_MAP_BLOCK];
    size_t found = 0;
    for (size_t start = 0; start < batch->count; start += SHM_MAP_BLOCK) {
        const size_t left = batch->count - start;
        const size_t count = left < SHM_MAP_BLOCK ? left : SHM_MAP_BLOCK;
        uint64_t *rows = batch->rows + start;
        for (size_t i = 0; i < count; i++) {
            hashes[i] = batch->hash(index, batch->keys, start + i);
            __builtin_prefetch(&index->buckets[shm_index_bucket(index, hashes[i])]);
        }
        for (size_t i = 0; i < count; i++) {
            const uint64_t pair = index->buckets[shm_index_bucket(index, hashes[i])];
            __builtin_prefetch(index->fragments + pair * (index->bits / 8));
            __builtin_prefetch(index->fragment_rows + pair * index->width);
        }
        for (size_t i = 0; i < count; i++) {
            pairs[i] = shm_index_place_range(index, hashes[i]);
            shm_row_range first = pairs[i];
            rows[i] = SHM_NO_ROW;
            (void)shm_row_range_next(&first, &rows[i]);
        }
        prefetch_rows(index, rows, count);
        for (size_t i = 0; i < count; i++) {
            rows[i] = confirm_pairs(batch, start + i, pairs[i]);
        }
        found += count_found(rows, count);
    }
    return found;
}

/* While one block is looked up, the lines of the next one and the rows of the last one come. */
static size_t find_batch(const struct batch *batch)
{
    const shm_index *index = batch->index;
    if (index->has_fragments) {
        return find_fragments(batch);
    }
    struct block blocks[3];
    size_t found = 0;
    size_t number = 0;
    begin_block(batch, 0, &blocks[0]);
    for (size_t start = 0; start < batch->count; number++) {
        const struct block *block = &blocks[number % 3];
        start += block->count;
        begin_block(batch, start, &blocks[(number + 1) % 3]);
        int64_t values[SHM_MAP_BLOCK];
        index->map_finds->find_block(&index->map, block->hashes, block->count, values);
        memcpy(batch->rows + block->start, values, block->count * sizeof values[0]);
        prefetch_rows(index, batch->rows + block->start, block->count);
        if (number > 0) {
            found += end_block(batch, &blocks[(number - 1) % 3]);
        }
    }
    return number == 0 ? 0 : found + end_block(batch, &blocks[(number - 1) % 3]);
}

static inline uint64_t hash_text(const shm_index *index, const void *keys, size_t i)
{
    const shm_string key = ((const shm_string *)keys)[i];
    return shm_hash64(key.data, key.length, index->map.seed);
}

static inline uint64_t hash_parts(const shm_index *index, const void *keys, size_t i)
{
    const shm_key_part *parts = keys;
    uint64_t hash = 0;
    (void)shm_key_hash_parts(&index->key, parts + i * index->key.leaf_count, index->map.seed,
                             &hash); /* a key that no row can have is confirmed by none */
    return hash;
}

static inline bool confirm_text(const shm_index *index, const void *keys, size_t i, uint64_t row)
{
    const shm_key_part part = shm_key_text(((const shm_string *)keys)[i]);
    return shm_index_confirms(index, row, &part);
}

static inline bool confirm_parts(const shm_index *index, const void *keys, size_t i, uint64_t row)
{
    const shm_key_part *parts = keys;
    return shm_index_confirms(index, row, parts + i * index->key.leaf_count);
}

static inline uint64_t hash_word(const shm_index *index, const void *keys, size_t i)
{
    return shm_mix64(((const uint64_t *)keys)[i], index->map.seed);
}

static inline bool confirm_word(const shm_index *index, const void *keys, size_t i, uint64_t row)
{
    const shm_key_part part = shm_key_word(((const uint64_t *)keys)[i]);
    return shm_index_confirms(index, row, &part);
}

/* Row numbers are those of slots; see placed.h. */
static size_t find_placed(const shm_index *index, const uint64_t *keys, size_t count,
                          uint64_t *rows)
{
    const void *entries[SHM_MAP_BLOCK * 8];
    size_t found = 0;
    for (size_t done = 0; done < count;) {
        const size_t left = count - done;
        const size_t some = left < SHM_MAP_BLOCK * 8 ? left : SHM_MAP_BLOCK * 8;
        found += shm_placed_find_many(&index->placed, keys + done, some, entries);
        for (size_t i = 0; i < some; i++) {
            rows[done + i] =
                entries[i] == NULL ? SHM_NO_ROW : shm_table_row_number(&index->table, entries[i]);
        }
        done += some;
    }
    return found;
}

size_t shm_index_find_words(const shm_index *index, const uint64_t *keys, size_t count,
                            uint64_t *rows)
{
    if (index == NULL) {
        return find_nothing(rows, count);
    }
    if (!has_batches(index, SHM_KEY_WORD)) {
        for (size_t i = 0; i < count; i++) {
            rows[i] = shm_index_find_word(index, keys[i]);
        }
        return count_found(rows, count);
    }
    if (index->is_placed) {
        return find_placed(index, keys, count, rows);
    }
    if (index->has_fragments) {
        const struct batch batch = {index, keys, count, rows, hash_word, confirm_word};
        return find_fragments(&batch);
    }
    /* Signed or not, the same 64 bits; nothing is SHM_NO_ROW. */
    return index->map_finds->find_words(&index->map, keys, count, (int64_t *)rows);
}

size_t shm_index_find_texts(const shm_index *index, const shm_string *keys, size_t count,
                            uint64_t *rows)
{
    if (index == NULL) {
        return find_nothing(rows, count);
    }
    if (!has_batches(index, SHM_KEY_TEXT)) {
        for (size_t i = 0; i < count; i++) {
            rows[i] = shm_index_find_text(index, keys[i]);
        }
        return count_found(rows, count);
    }
    if (index->texts.heap != NULL) { /* signed or not, the same 64 bits; nothing is SHM_NO_ROW */
        return index->map_finds->find_texts(&index->map, &index->texts, keys, count,
                                            (int64_t *)rows);
    }
    const struct batch batch = {index, keys, count, rows, hash_text, confirm_text};
    return find_batch(&batch);
}

/* Keys that are hashed as words are found as words, some at a time.  One that no row can have is
 * sought as another, and then said not to be there. */
static size_t find_packed(const shm_index *index, const shm_key_part *parts, size_t count,
                          uint64_t *rows)
{
    uint64_t words[PACKED_BATCH];
    size_t found = 0;
    for (size_t done = 0; done < count;) {
        const size_t some = count - done < PACKED_BATCH ? count - done : PACKED_BATCH;
        bool all_fit = true;
        for (size_t i = 0; i < some; i++) {
            all_fit &=
                shm_key_pack(&index->key, parts + (done + i) * index->key.leaf_count, &words[i]);
        }
        size_t met =
            index->map_finds->find_words(&index->map, words, some, (int64_t *)(rows + done));
        for (size_t i = 0; i < some && !all_fit; i++) {
            if (rows[done + i] != SHM_NO_ROW &&
                !shm_key_pack(&index->key, parts + (done + i) * index->key.leaf_count, &words[i])) {
                rows[done + i] = SHM_NO_ROW;
                met--;
            }
        }
        found += met;
        done += some;
    }
    return found;
}

size_t shm_index_find_many_parts(const shm_index *index, const shm_key_part *parts, size_t count,
                                 uint64_t *rows)
{
    if (index == NULL) {
        return find_nothing(rows, count);
    }
    if (!has_batches(index, SHM_KEY_PARTS)) {
        for (size_t i = 0; i < count; i++) {
            rows[i] = shm_index_find_parts(index, parts + i * index->key.leaf_count);
        }
        return count_found(rows, count);
    }
    if (index->key.is_packed && !index->has_fragments) {
        return find_packed(index, parts, count, rows);
    }
    const struct batch batch = {index, parts, count, rows, hash_parts, confirm_parts};
    return find_batch(&batch);
}
