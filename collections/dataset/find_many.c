/* find_many.c — many finds at once.
 *
 * A find in a table larger than the caches waits for its cache misses, so a batch starts them for a
 * block of keys before it needs the first: home lines, then second lines of keys that are away,
 * then the rows of keys that the hash alone does not confirm. */
#include "collections/dataset/find.h"

#include <assert.h>

#include "libshm/hash.h"

enum { BLOCK = 32 };

struct block {
    uint64_t hashes[BLOCK];
    const struct shm_map_line *away[BLOCK]; /* the second line to look at, or NULL */
    size_t count;
};

/* Sets rows[i] to the value under hashes[i], or SHM_NO_ROW. */
static void find_block(const shm_map *map, struct block *block, uint64_t *rows)
{
    for (size_t i = 0; i < block->count; i++) {
        __builtin_prefetch(&map->lines[shm_map_home(map, block->hashes[i])]);
    }
    for (size_t i = 0; i < block->count; i++) {
        const uint64_t hash = block->hashes[i];
        const struct shm_map_line *line = &map->lines[shm_map_home(map, hash)];
        const int slot = shm_map_line_slot(line, hash);
        rows[i] = SHM_NO_ROW;
        block->away[i] = NULL;
        if (slot >= 0) {
            rows[i] = line->cells[slot] & SHM_CELL_VALUE_MASK;
        } else if ((line->cells[hash & 3] & shm_cell_filter_bit(hash)) != 0) {
            block->away[i] = line + shm_cell_reach(line->cells[hash & 3]);
            __builtin_prefetch(block->away[i]);
        }
    }
    for (size_t i = 0; i < block->count; i++) {
        if (block->away[i] != NULL) {
            const int slot = shm_map_line_slot(block->away[i], block->hashes[i]);
            if (slot >= 0) {
                rows[i] = block->away[i]->cells[slot] & SHM_CELL_VALUE_MASK;
            }
        }
    }
}

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
    struct block block;
    for (size_t start = 0; start < count; start += block.count) {
        block.count = count - start < BLOCK ? count - start : BLOCK;
        for (size_t i = 0; i < block.count; i++) {
            block.hashes[i] = shm_mix64(keys[start + i], index->map.seed);
        }
        find_block(&index->map, &block, rows + start);
    }
    return count_found(rows, count);
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
    struct block block;
    for (size_t start = 0; start < count; start += block.count) {
        block.count = count - start < BLOCK ? count - start : BLOCK;
        for (size_t i = 0; i < block.count; i++) {
            const shm_string key = keys[start + i];
            block.hashes[i] = shm_hash64(key.data, key.length, index->map.seed);
        }
        find_block(&index->map, &block, rows + start);
        prefetch_rows(index, rows + start, block.count);
        for (size_t i = start; i < start + block.count; i++) {
            const shm_key_part part = shm_key_text(keys[i]);
            if (rows[i] != SHM_NO_ROW && !shm_index_confirms(index, rows[i], &part)) {
                rows[i] = SHM_NO_ROW;
            }
        }
    }
    return count_found(rows, count);
}

size_t shm_index_find_many_parts(const shm_index *index, const shm_key_part *parts, size_t count,
                                 uint64_t *rows)
{
    if (index == NULL) {
        return find_nothing(rows, count);
    }
    const size_t width = index->key.leaf_count;
    if (!has_batches(index, SHM_KEY_PARTS)) {
        for (size_t i = 0; i < count; i++) {
            rows[i] = shm_index_find_parts(index, parts + i * width);
        }
        return count_found(rows, count);
    }
    struct block block;
    for (size_t start = 0; start < count; start += block.count) {
        block.count = count - start < BLOCK ? count - start : BLOCK;
        for (size_t i = 0; i < block.count; i++) {
            block.hashes[i] =
                shm_key_hash_parts(&index->key, parts + (start + i) * width, index->map.seed);
        }
        find_block(&index->map, &block, rows + start);
        prefetch_rows(index, rows + start, block.count);
        for (size_t i = start; i < start + block.count; i++) {
            if (rows[i] != SHM_NO_ROW && !shm_index_confirms(index, rows[i], parts + i * width)) {
                rows[i] = SHM_NO_ROW;
            }
        }
    }
    return count_found(rows, count);
}
