/* key.c — reading, hashing and comparing the keys of rows. */
#include "collections/key/key.h"

#include <string.h>

#include "collections/key/leaf.h"
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

uint64_t shm_key_text_bytes(const shm_key *key, const void *row, uint64_t element)
{
    const unsigned char *inner = shm_key_element_at(key, row, element);
    uint64_t bytes = 0;
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        if (leaf->is_text && leaf->kind != SHM_UUID) {
            bytes += shm_key_leaf_text(leaf, shm_key_leaf_at(leaf, row, inner)).length;
        }
    }
    return bytes;
}

static uint64_t pack_row(const shm_key *key, const void *row, const unsigned char *inner)
{
    uint64_t word = 0;
    unsigned at_bit = 0;
    for (size_t i = 0; i < key->leaf_count && at_bit < 64; i++) { /* all are 64 bits at most */
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const unsigned bits = shm_kind_bits(leaf->kind);
        const uint64_t part = shm_key_leaf_word(leaf, shm_key_leaf_at(leaf, row, inner));
        word |= shm_key_low_bits(part, bits) << at_bit;
        at_bit += bits;
    }
    return word;
}

bool shm_key_pack(const shm_key *key, const shm_key_part *parts, uint64_t *word)
{
    unsigned at_bit = 0;
    *word = 0;
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const unsigned bits = shm_kind_bits(leaf->kind);
        const uint64_t low = shm_key_low_bits(parts[i].word, bits);
        const unsigned above = 64 - bits;
        const uint64_t extended =
            shm_word_is_signed(leaf->kind) ? (uint64_t)((int64_t)(low << above) >> above) : low;
        if (extended != parts[i].word || (leaf->kind == SHM_BOOL && low > 1)) {
            return false;
        }
        *word |= low << at_bit;
        at_bit += bits;
    }
    return true;
}

/* The hash of a word of a key that is not packed: of its only leaf, or after `state`. */
static uint64_t hash_word(const shm_key *key, uint64_t word, uint64_t state)
{
    return key->leaf_count == 1 ? shm_mix64(word, state) : shm_mix64_after(word, state);
}

uint64_t shm_key_hash_row(const shm_key *key, const void *row, uint64_t element, uint64_t seed)
{
    const unsigned char *inner = shm_key_element_at(key, row, element);
    uint64_t state = seed;
    if (key->is_packed) {
        return shm_mix64(pack_row(key, row, inner), seed);
    }
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = shm_key_leaf_at(leaf, row, inner);
        if (leaf->is_text) {
            const shm_string text = shm_key_leaf_text(leaf, at);
            state = shm_hash64(text.data, text.length, state);
        } else {
            state = hash_word(key, shm_key_leaf_word(leaf, at), state);
        }
    }
    return state;
}

void shm_key_parts(const shm_key *key, const void *row, uint64_t element, shm_key_part *parts)
{
    const unsigned char *inner = shm_key_element_at(key, row, element);
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = shm_key_leaf_at(leaf, row, inner);
        parts[i] = leaf->is_text ? shm_key_text(shm_key_leaf_text(leaf, at))
                                 : shm_key_word(shm_key_leaf_word(leaf, at));
    }
}

bool shm_key_hash_parts(const shm_key *key, const shm_key_part *parts, uint64_t seed,
                        uint64_t *hash)
{
    uint64_t state = seed;
    if (key->is_packed) {
        uint64_t word;
        const bool fits = shm_key_pack(key, parts, &word);
        *hash = shm_mix64(word, seed);
        return fits;
    }
    for (size_t i = 0; i < key->leaf_count; i++) {
        state = key->leaves[i].is_text ? shm_hash64(parts[i].text.data, parts[i].text.length, state)
                                       : hash_word(key, parts[i].word, state);
    }
    *hash = state;
    return true;
}

static bool element_matches(const shm_key *key, const void *row, const unsigned char *inner,
                            const shm_key_part *parts)
{
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = shm_key_leaf_at(leaf, row, inner);
        const bool same = leaf->is_text
                              ? shm_string_equal(shm_key_leaf_text(leaf, at), parts[i].text)
                              : shm_key_leaf_word(leaf, at) == parts[i].word;
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
        if (element_matches(key, row, shm_key_element_at(key, row, element), parts)) {
            return true;
        }
    }
    return false;
}

bool shm_key_equal(const shm_key *key, const void *row_a, uint64_t element_a, const void *row_b,
                   uint64_t element_b)
{
    const unsigned char *inner_a = shm_key_element_at(key, row_a, element_a);
    const unsigned char *inner_b = shm_key_element_at(key, row_b, element_b);
    for (size_t i = 0; i < key->leaf_count; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *a = shm_key_leaf_at(leaf, row_a, inner_a);
        const void *b = shm_key_leaf_at(leaf, row_b, inner_b);
        const bool same =
            leaf->is_text ? shm_string_equal(shm_key_leaf_text(leaf, a), shm_key_leaf_text(leaf, b))
                          : shm_key_leaf_word(leaf, a) == shm_key_leaf_word(leaf, b);
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
