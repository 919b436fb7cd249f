/* key.h — the keys of indexes: how a row's key is read and hashed, the same when building, when
 * verifying and when finding.  Internal.
 *
 * A key is a sequence of leaves, each a word or a text.  Its hash chains over them:
 *     state = seed
 *     word: state = shm_mix64_after(word, state)
 *     text: state = shm_hash64(text, state)
 * but for a key of one word, whose hash is shm_mix64(word, seed), a bijection.  A key of several
 * words whose stored forms have at most 64 bits together is packed into one word, the first leaf in
 * the lowest bits, and hashes as that.
 * Words: integers, bool, enums: extended to 64 bits (by sign if signed); date: days, extended;
 * datetime: micros; floats: shm_key_float of the value as f64.  Texts: string, bytes; uuid: its 16
 * bytes.
 *
 * An index has the entries of a row: none if any optional on the way to a leaf is absent or null;
 * one; or, where a part is a list or set, one for each distinct element. */
#ifndef COLLECTIONS_KEY_H
#define COLLECTIONS_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/dataset.h>
#include <shm/schema.h>

#include "libshm/arena.h"

/* A presence bit that must say "here" before a leaf counts. */
struct shm_key_guard {
    uint64_t presence_offset;
    uint32_t presence_bit;
    bool nullable; /* two bits: given, null */
};

/* One leaf, as it stands in a row or in an element of the row's list. */
struct shm_key_leaf {
    shm_kind kind; /* an enum's underlying kind; never SHM_ENUM, SHM_STRUCT */
    bool is_text;
    bool in_element; /* offset is from the element, not from the row */
    uint64_t offset;
};

typedef struct shm_key {
    const struct shm_key_guard *guards;
    size_t guard_count;
    const struct shm_key_leaf *leaves; /* the parts of a find, in order */
    size_t leaf_count;
    shm_key_form form;
    bool is_packed; /* several words, hashed as one */
    /* The list or set part, if any. */
    bool has_list;
    uint64_t list_offset; /* of its cell in the row */
    uint64_t list_stride; /* bytes of an element */
} shm_key;

/* Compiles the key of an index-kind, map, multimap or set collection from the schema that the rows
 * were written with.  Made in `arena`.  Fails: LIMIT (more leaves than SHM_KEY_LEAF_COUNT_MAX),
 * NO_MEMORY. */
SHM_MUST_USE shm_status shm_key_compile(const shm_collection *collection, shm_arena *arena,
                                        shm_key *key, shm_error *error);

/* Whether the keys of a dataset are few enough to be compiled: SHM_DATASET_LEAF_COUNT_MAX leaves
 * together, since a struct of many fields that many indexes name takes few bytes of a schema.
 * Fails: LIMIT. */
SHM_MUST_USE shm_status shm_keys_check(const shm_dataset_type *dataset, shm_error *error);

/* Is it hashed as one word, so that equal hashes are equal keys? */
static inline bool shm_key_is_word(const shm_key *key)
{
    return key->is_packed || (key->leaf_count == 1 && !key->leaves[0].is_text);
}

/* Packs the parts of a packed key into its word; false if its stored form cannot hold one of them,
 * so that no row has the key. */
bool shm_key_pack(const shm_key *key, const shm_key_part *parts, uint64_t *word);

/* Is it one string or bytes of the row?  Words of such keys say where the text is
 * (map/map_text.h).  Not elements of a list: two of one row may agree in all that a word says. */
static inline bool shm_key_is_cell(const shm_key *key)
{
    return key->leaf_count == 1 && key->leaves[0].is_text && key->leaves[0].kind != SHM_UUID &&
           !key->has_list;
}

/* How many elements the key has in this row: 0 if a guard says absent, 1 without a list, else the
 * list's count (equal elements of a list counted apart). */
uint64_t shm_key_element_count(const shm_key *key, const void *row);

/* The hash of element `element` of the row's key.  Cost: one pass over the key's bytes. */
uint64_t shm_key_hash_row(const shm_key *key, const void *row, uint64_t element, uint64_t seed);

/* The bytes of texts in that key, which is what hashing or comparing it reads outside of the row.
 * Cost: O(leaves). */
uint64_t shm_key_text_bytes(const shm_key *key, const void *row, uint64_t element);

/* The leaves of element `element`, as parts (borrowed from the row); leaf_count of them. */
void shm_key_parts(const shm_key *key, const void *row, uint64_t element, shm_key_part *parts);

/* The hash of a key given as parts; equal to shm_key_hash_row for equal keys.  False, with *hash
 * whatever, if no row can have the key. */
bool shm_key_hash_parts(const shm_key *key, const shm_key_part *parts, uint64_t seed,
                        uint64_t *hash);

/* Is it the key of this row (of one of its elements)? */
bool shm_key_matches(const shm_key *key, const void *row, const shm_key_part *parts);

/* Are the two elements' keys equal? */
bool shm_key_equal(const shm_key *key, const void *row_a, uint64_t element_a, const void *row_b,
                   uint64_t element_b);

/* The order of in-place values of a key type: numbers by value (one zero, NaN last), texts by
 * bytes, dates and datetimes by time, structs by their fields in order.  0 means equal as keys. */
int shm_key_compare(const shm_type *type, const void *a, const void *b);

/* The k-th seed of an index: k = 0, 1, ... are tried in turn.  Derived from the schema's
 * fingerprint, the collection's number and a digest of the keys that does not depend on their
 * order: the sum over all entries of shm_key_hash_row with seed 0, modulo 2^64. */
uint64_t shm_key_seed(const uint64_t fingerprint[2], uint32_t collection, uint64_t digest,
                      uint64_t k);

enum {
    SHM_SEED_TRY_COUNT = 16,
    SHM_KEY_LEAF_COUNT_MAX = 4096,
    SHM_DATASET_LEAF_COUNT_MAX = 1 << 20
};

#endif
