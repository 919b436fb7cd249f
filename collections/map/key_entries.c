/* key_entries.c — the entries of a key, gathered from rows. */
#include "collections/map/key_entries.h"

#include <stdlib.h>

#include "collections/key/leaf.h"
#include "libshm/error.h"
#include "libshm/hash.h"

enum { ROWS_OF_TASK = 1 << 14, PIECE_ENTRIES = 256, FIRST_ROW_KEYS = 64 };

/* A key of the row that is looked at. */
struct row_key {
    uint64_t hash;
    uint64_t element;
};

/* One task of listing: rows [first, end) of a table. */
struct listing {
    const shm_key *key;
    uint64_t seed;
    shm_entry_sink *sink;
    shm_entry piece[PIECE_ENTRIES];
    size_t count;
    struct row_key *keys; /* room for the keys of one row */
    uint64_t capacity;
};

static shm_status hand_over(struct listing *listing, shm_error *error)
{
    const size_t count = listing->count;
    listing->count = 0;
    return shm_entry_sink_add(listing->sink, listing->piece, count, error);
}

static inline shm_status list_entry(struct listing *listing, uint64_t hash, uint64_t row,
                                    shm_error *error)
{
    listing->piece[listing->count++] = (shm_entry){hash, row};
    return listing->count == PIECE_ENTRIES ? hand_over(listing, error) : SHM_OK;
}

/* ---- keys with a list ---- */

static int compare_row_keys(const void *a, const void *b)
{
    const struct row_key *left = a;
    const struct row_key *right = b;
    if (left->hash != right->hash) {
        return left->hash < right->hash ? -1 : 1;
    }
    return (left->element > right->element) - (left->element < right->element);
}

/* Room for so many keys; false if there is no memory. */
static bool make_room(struct listing *listing, uint64_t count)
{
    if (count <= listing->capacity) {
        return true;
    }
    uint64_t capacity = listing->capacity == 0 ? FIRST_ROW_KEYS : listing->capacity;
    while (capacity < count) {
        capacity *= 2;
    }
    struct row_key *keys = realloc(listing->keys, capacity * sizeof *keys);
    if (keys == NULL) {
        return false;
    }
    listing->keys = keys;
    listing->capacity = capacity;
    return true;
}

/* Drops equal elements of a list, of which there is one entry; keys with equal hashes that are not
 * equal stay apart. */
static uint64_t drop_equal(const struct listing *listing, const void *row, uint64_t count)
{
    struct row_key *keys = listing->keys;
    uint64_t kept = 0;
    qsort(keys, (size_t)count, sizeof *keys, compare_row_keys);
    for (uint64_t i = 0; i < count; i++) {
        bool is_new = true;
        for (uint64_t k = kept; k > 0 && keys[k - 1].hash == keys[i].hash && is_new; k--) {
            is_new = !shm_key_equal(listing->key, row, keys[k - 1].element, row, keys[i].element);
        }
        if (is_new) {
            keys[kept++] = keys[i];
        }
    }
    return kept;
}

static shm_status list_elements(struct listing *listing, const void *at, uint64_t row,
                                shm_error *error)
{
    uint64_t count = shm_key_element_count(listing->key, at);
    shm_status status = SHM_OK;
    if (!make_room(listing, count)) {
        return shm_fail_memory(error);
    }
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t hash = shm_key_hash_row(listing->key, at, i, listing->seed);
        listing->keys[i] = (struct row_key){hash, i};
    }
    count = count > 1 ? drop_equal(listing, at, count) : count;
    for (uint64_t i = 0; i < count && status == SHM_OK; i++) {
        status = list_entry(listing, listing->keys[i].hash, row, error);
    }
    return status;
}

/* ---- rows ---- */

static bool is_one_word(const shm_key *key)
{
    return key->leaf_count == 1 && !key->leaves[0].is_text;
}

/* Rows with a word each, whose leaf begins at `at`: nothing to ask for each.  Inlined for a
 * constant kind, it asks for the kind once. */
static inline __attribute__((always_inline)) void
list_piece(shm_entry *piece, size_t count, const struct shm_key_leaf *leaf, const unsigned char *at,
           uint64_t stride, uint64_t row, uint64_t seed)
{
    for (size_t i = 0; i < count; i++, at += stride) {
        piece[i] = (shm_entry){shm_mix64(shm_key_leaf_word(leaf, at), seed), row + i};
    }
}

static void list_piece_of_kind(shm_entry *piece, size_t count, const struct shm_key_leaf *leaf,
                               const unsigned char *at, uint64_t stride, uint64_t row,
                               uint64_t seed)
{
    static const struct shm_key_leaf wide = {.kind = SHM_U64};
    static const struct shm_key_leaf narrow = {.kind = SHM_U32};
    switch (leaf->kind) {
    case SHM_U64:
    case SHM_I64:
        list_piece(piece, count, &wide, at, stride, row, seed);
        break;
    case SHM_U32:
        list_piece(piece, count, &narrow, at, stride, row, seed);
        break;
    default:
        list_piece(piece, count, leaf, at, stride, row, seed);
    }
}

static shm_status list_words(struct listing *listing, const shm_table *table, uint64_t first,
                             uint64_t end, shm_error *error)
{
    const struct shm_key_leaf *leaf = &listing->key->leaves[0];
    shm_status status = SHM_OK;
    for (uint64_t row = first; row < end && status == SHM_OK; row += PIECE_ENTRIES) {
        listing->count = end - row < PIECE_ENTRIES ? (size_t)(end - row) : PIECE_ENTRIES;
        list_piece_of_kind(listing->piece, listing->count, leaf,
                           table->rows + row * table->stride + leaf->offset, table->stride, row,
                           listing->seed);
        status = hand_over(listing, error);
    }
    return status;
}

static shm_status list_keys(struct listing *listing, const shm_table *table, uint64_t first,
                            uint64_t end, shm_error *error)
{
    shm_status status = SHM_OK;
    for (uint64_t row = first; row < end && status == SHM_OK; row++) {
        const unsigned char *at = table->rows + row * table->stride;
        if (listing->key->has_list) {
            status = list_elements(listing, at, row, error);
        } else if (shm_key_element_count(listing->key, at) != 0) {
            status = list_entry(listing, shm_key_hash_row(listing->key, at, 0, listing->seed), row,
                                error);
        }
    }
    return status;
}

static shm_status list_rows(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                            shm_entry_sink *sink, shm_error *error)
{
    const shm_key_rows *rows = context;
    const shm_key *key = rows->key;
    struct listing listing = {.key = key, .seed = seed, .sink = sink};
    const bool has_word = is_one_word(key) && !key->has_list && key->guard_count == 0;
    shm_status status = has_word ? list_words(&listing, &rows->table, first, end, error)
                                 : list_keys(&listing, &rows->table, first, end, error);
    if (status == SHM_OK) {
        status = hand_over(&listing, error);
    }
    free(listing.keys);
    return status;
}

shm_entry_source shm_key_entries(const shm_key_rows *rows)
{
    return (shm_entry_source){.list = list_rows,
                              .context = rows,
                              .item_count = rows->table.count,
                              .items_of_task = ROWS_OF_TASK};
}
