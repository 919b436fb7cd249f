/* order.h — the order of keys, and the order words that stand for their beginnings.  Internal.
 *
 * Keys are ordered leaf by leaf: numbers by value (NaN last), false before true, texts by their
 * bytes (a prefix first), dates and datetimes by time.  A part given to a find may come from a
 * program whose field is wider than the stored one: its word is compared under the program's kind,
 * which holds all values of the stored one.
 *
 * An order word holds the first 64 bits of a key: of each leaf its bits, most significant first and
 * so turned that unsigned comparison follows the order; a text its bytes, filled up with zeros, and
 * nothing follows a text.  A smaller key never has a greater order word. */
#ifndef COLLECTIONS_ORDER_H
#define COLLECTIONS_ORDER_H

#include <string.h>

#include "collections/key/key.h"

/* Bytes that all texts of the first leaf begin with, which their order words leave out. */
typedef struct shm_order_common {
    const char *bytes;
    size_t length;
} shm_order_common;

/* What is sought: the keys that begin with these parts, of which the last, if it is a text and
 * `is_open`, may go on. */
typedef struct shm_probe {
    const struct shm_key_leaf *leaves; /* the kinds of the words: those of the program */
    const shm_key_part *parts;
    size_t count;
    bool is_open;
} shm_probe;

/* The order words that such keys can have, from low to high. */
typedef struct shm_probe_bounds {
    uint64_t low;
    uint64_t high;
    int beyond; /* of a single word: -1 or 1 if it is below or above all that the row can hold */
} shm_probe_bounds;

/* Whether the order word is the key: it is one word. */
static inline bool shm_order_is_exact(const shm_key *key)
{
    return key->leaf_count == 1 && !key->leaves[0].is_text;
}

/* The order word of element `element` of the row's key, whose first text begins with the common
 * bytes (if it is shorter: as if it were just these). */
uint64_t shm_order_row(const shm_key *key, const void *row, uint64_t element,
                       shm_order_common common);

/* How many bytes, at most `max`, both begin with. */
static inline size_t shm_order_shared(shm_string a, shm_string b, size_t max)
{
    size_t shared = 0;
    while (shared < max && shared < a.length && shared < b.length &&
           a.data[shared] == b.data[shared]) {
        shared++;
    }
    return shared;
}

/* The 8 bytes of a text behind the first `skipped`, filled up with zeros, the first one highest. */
static inline uint64_t shm_order_text_word(shm_string text, size_t skipped)
{
    uint64_t word = 0;
    if (text.length >= skipped + sizeof word) {
        memcpy(&word, text.data + skipped, sizeof word);
    } else if (text.length > skipped) {
        memcpy(&word, text.data + skipped, text.length - skipped);
    }
    return __builtin_bswap64(word);
}

/* The words whose order words these are, of keys of one word of that kind. */
void shm_order_words(shm_kind kind, const uint64_t *orders, size_t count, uint64_t *words);

/* The bounds of a probe in an index whose rows have the key `key`. */
shm_probe_bounds shm_order_probe(const shm_key *key, const shm_probe *probe,
                                 shm_order_common common);

/* Compares the key of a row with a probe: 0 if it is one of those sought. */
int shm_order_compare_probe(const shm_key *key, const void *row, uint64_t element,
                            const shm_probe *probe);

/* The same for a key that is one text. */
int shm_order_compare_text(shm_string text, const shm_probe *probe);

/* Whether the key is one string or bytes. */
static inline bool shm_order_is_text(const shm_key *key)
{
    return key->leaf_count == 1 && key->leaves[0].is_text && key->leaves[0].kind != SHM_UUID;
}

/* Compares the keys of two rows. */
int shm_order_compare_rows(const shm_key *key, const void *row_a, uint64_t element_a,
                           const void *row_b, uint64_t element_b);

/* The text of the first leaf, which is one. */
shm_string shm_order_first_text(const shm_key *key, const void *row, uint64_t element);

#endif
