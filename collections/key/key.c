/* key.c — reading, hashing and comparing the keys of rows. */
#include "collections/key/key.h"

#include <string.h>

#include "collections/key/word.h"
#include "libshm/hash.h"

static bool guard_lets_in(const struct shm_key_guard *guard, const unsigned char *row)
{
    uint64_t word;
    memcpy(&word, row + guard->presence_offset, sizeof word);
    word >>= guard->presence_bit;
    return guard->nullable ? (word & 3) == 1 : (word & 1) == 1;
}

static const shm_list_cell *list_cell(const shm_key *key, const void *row)
{
    return (const void *)((const unsigned char *)row + key->list_offset);
}

uint64_t shm_key_element_count(const shm_key *key, const void *row)
{
    for (size_t i = 0; i < key->guard_count; i++) {
        if (!guard_lets_in(&key->guards[i], row)) {
            return 0;
        }
    }
    return key->has_list ? list_cell(key, row)->count : 1;
}

/* The address of element `element` of a key with a list, which has that many; else of the row. */
static const unsigned char *element_at(const shm_key *key, const void *row, uint64_t element)
{
    if (!key->has_list) {
        return row;
    }
    const shm_list_cell *cell = list_cell(key, row);
    const unsigned char *items = (const unsigned char *)cell + cell->offset + SHM_ITEM_HEAD_BYTES;
    return items + element * key->list_stride;
}

static const void *leaf_at(const struct shm_key_leaf *leaf, const void *row,
                           const unsigned char *element)
{
    return (leaf->in_element ? element : (const unsigned char *)row) + leaf->offset;
}

static uint64_t leaf_word(const struct shm_key_leaf *leaf, const void *at)
{
    if (leaf->kind == SHM_F32 || leaf->kind == SHM_F64) {
        return shm_key_float(shm_float_at(leaf->kind, at));
    }
    return shm_word_at(leaf->kind, at);
}

static shm_string leaf_text(const struct shm_key_leaf *leaf, const void *at)
{
    if (leaf->kind == SHM_UUID) {
        return shm_string_of(at, sizeof(shm_uuid));
    }
    return shm_text_cell_string(at);
}

uint64_t shm_key_text_bytes(const shm_key *key, const void *row, uint64_t element)
{
    const unsigned char *inner = element_at(key, row, element);
    uint64_t bytes = 0;
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        if (leaf->is_text && leaf->kind != SHM_UUID) {
            bytes += leaf_text(leaf, leaf_at(leaf, row, inner)).length;
        }
    }
    return bytes;
}

uint64_t shm_key_hash_row(const shm_key *key, const void *row, uint64_t element, uint64_t seed)
{
    const unsigned char *inner = element_at(key, row, element);
    uint64_t state = seed;
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = leaf_at(leaf, row, inner);
        if (leaf->is_text) {
            const shm_string text = leaf_text(leaf, at);
            state = shm_hash64(text.data, text.length, state);
        } else {
            state = shm_mix64(leaf_word(leaf, at), state);
        }
    }
    return state;
}

void shm_key_parts(const shm_key *key, const void *row, uint64_t element, shm_key_part *parts)
{
    const unsigned char *inner = element_at(key, row, element);
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = leaf_at(leaf, row, inner);
        parts[i] =
            leaf->is_text ? shm_key_text(leaf_text(leaf, at)) : shm_key_word(leaf_word(leaf, at));
    }
}

uint64_t shm_key_hash_parts(const shm_key *key, const shm_key_part *parts, uint64_t seed)
{
    uint64_t state = seed;
    for (size_t i = 0; i < key->leaf_count; i++) {
        state = key->leaves[i].is_text ? shm_hash64(parts[i].text.data, parts[i].text.length, state)
                                       : shm_mix64(parts[i].word, state);
    }
    return state;
}

static bool element_matches(const shm_key *key, const void *row, const unsigned char *inner,
                            const shm_key_part *parts)
{
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = leaf_at(leaf, row, inner);
        const bool same = leaf->is_text ? shm_string_equal(leaf_text(leaf, at), parts[i].text)
                                        : leaf_word(leaf, at) == parts[i].word;
        if (!same) {
            return false;
        }
    }
    return true;
}

bool shm_key_matches(const shm_key *key, const void *row, const shm_key_part *parts)
{
    const uint64_t count = shm_key_element_count(key, row);
    for (uint64_t element = 0; element < count; element++) {
        if (element_matches(key, row, element_at(key, row, element), parts)) {
            return true;
        }
    }
    return false;
}

bool shm_key_equal(const shm_key *key, const void *row_a, uint64_t element_a, const void *row_b,
                   uint64_t element_b)
{
    const unsigned char *inner_a = element_at(key, row_a, element_a);
    const unsigned char *inner_b = element_at(key, row_b, element_b);
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *a = leaf_at(leaf, row_a, inner_a);
        const void *b = leaf_at(leaf, row_b, inner_b);
        const bool same = leaf->is_text ? shm_string_equal(leaf_text(leaf, a), leaf_text(leaf, b))
                                        : leaf_word(leaf, a) == leaf_word(leaf, b);
        if (!same) {
            return false;
        }
    }
    return true;
}

uint64_t shm_key_seed(const uint64_t fingerprint[2], uint32_t collection, uint64_t digest,
                      uint64_t k)
{
    const uint64_t words[] = {fingerprint[0], fingerprint[1], collection, digest, k};
    return shm_hash64(words, sizeof words, 0);
}
