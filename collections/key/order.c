/* order.c — the order of keys, and their order words. */
#include "collections/key/order.h"

#include <string.h>

#include "collections/key/leaf.h"

enum { WORD_BITS = 64 };

static const uint64_t SIGN = UINT64_C(1) << 63;

/* ---- leaves ---- */

/* Unsigned comparison of the answers is comparison of the words' values. */
static uint64_t turn(shm_kind kind, uint64_t word)
{
    if (kind == SHM_F32 || kind == SHM_F64) {
        return (word & SIGN) != 0 ? ~word : word | SIGN;
    }
    return shm_word_is_signed(kind) ? word ^ SIGN : word;
}

static int compare_words(shm_kind kind, uint64_t a, uint64_t b)
{
    const uint64_t left = turn(kind, a);
    const uint64_t right = turn(kind, b);
    return (left > right) - (left < right);
}

/* Equal texts of a table mostly are one text: then their bytes are not read. */
static int compare_texts(shm_string a, shm_string b)
{
    const size_t shorter = a.length < b.length ? a.length : b.length;
    const int order = shorter == 0 || a.data == b.data ? 0 : memcmp(a.data, b.data, shorter);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

/* Where the word lies among the values of a kind: -1 below, 1 above.  `program` is the kind that
 * the word has, which holds every value of `kind`. */
static int beyond(shm_kind kind, shm_kind program, uint64_t word)
{
    const unsigned bits = shm_kind_bits(kind);
    if (bits == WORD_BITS) {
        return 0;
    }
    const uint64_t least = shm_word_is_signed(kind) ? ~UINT64_C(0) << (bits - 1) : 0;
    const uint64_t most = ~UINT64_C(0) >> (WORD_BITS - bits + (shm_word_is_signed(kind) ? 1 : 0));
    if (compare_words(program, word, least) < 0) {
        return -1;
    }
    return compare_words(program, word, most) > 0 ? 1 : 0;
}

/* ---- order words ---- */

/* An order word in the making: what is there, and how many bits are not. */
struct order {
    uint64_t word;
    unsigned left;
};

static void add_bits(struct order *order, uint64_t value, unsigned bits)
{
    const uint64_t highest = value << (WORD_BITS - bits);
    order->word |= highest >> (WORD_BITS - order->left);
    order->left -= bits < order->left ? bits : order->left;
}

static void add_word(struct order *order, shm_kind kind, uint64_t word)
{
    const unsigned bits = shm_kind_bits(kind);
    if (bits == WORD_BITS) {
        add_bits(order, turn(kind, word), bits);
    } else {
        add_bits(order, shm_word_is_signed(kind) ? word ^ UINT64_C(1) << (bits - 1) : word, bits);
    }
}

/* The bytes that there is room for; what is left then is room behind a text that ended. */
static void add_text(struct order *order, const char *bytes, size_t length)
{
    unsigned char room[8] = {0};
    const size_t size = order->left / 8;
    const size_t taken = length < size ? length : size;
    if (taken > 0) {
        memcpy(room, bytes, taken);
    }
    uint64_t word;
    memcpy(&word, room, sizeof word);
    order->word |= __builtin_bswap64(word) >> (WORD_BITS - order->left);
    order->left -= 8 * (unsigned)taken;
}

static void fill(struct order order, shm_probe_bounds *bounds)
{
    bounds->low = order.word;
    bounds->high =
        order.left == 0 ? order.word : order.word | ~UINT64_C(0) >> (WORD_BITS - order.left);
}

/* ---- rows ---- */

shm_string shm_order_first_text(const shm_key *key, const void *row, uint64_t element)
{
    const unsigned char *inner = shm_key_element_at(key, row, element);
    return shm_key_leaf_text(&key->leaves[0], shm_key_leaf_at(&key->leaves[0], row, inner));
}

uint64_t shm_order_row(const shm_key *key, const void *row, uint64_t element,
                       shm_order_common common)
{
    struct order order = {.left = WORD_BITS};
    const unsigned char *inner = shm_key_element_at(key, row, element);
    for (size_t i = 0; i < key->leaf_count && order.left > 0; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = shm_key_leaf_at(leaf, row, inner);
        if (leaf->is_text) {
            const shm_string text = shm_key_leaf_text(leaf, at);
            const size_t skipped = i > 0                         ? 0
                                   : common.length < text.length ? common.length
                                                                 : text.length;
            add_text(&order, text.data + skipped, text.length - skipped);
            break;
        }
        add_word(&order, leaf->kind, shm_key_leaf_word(leaf, at));
    }
    return order.word;
}

void shm_order_words(shm_kind kind, const uint64_t *orders, size_t count, uint64_t *words)
{
    const unsigned shift = WORD_BITS - shm_kind_bits(kind);
    if (kind == SHM_F32 || kind == SHM_F64) {
        for (size_t i = 0; i < count; i++) {
            words[i] = (orders[i] & SIGN) != 0 ? orders[i] ^ SIGN : ~orders[i];
        }
    } else if (shm_word_is_signed(kind)) {
        for (size_t i = 0; i < count; i++) {
            words[i] = (uint64_t)((int64_t)(orders[i] ^ SIGN) >> shift);
        }
    } else {
        for (size_t i = 0; i < count; i++) {
            words[i] = orders[i] >> shift;
        }
    }
}

int shm_order_compare_rows(const shm_key *key, const void *row_a, uint64_t element_a,
                           const void *row_b, uint64_t element_b)
{
    const unsigned char *inner_a = shm_key_element_at(key, row_a, element_a);
    const unsigned char *inner_b = shm_key_element_at(key, row_b, element_b);
    int order = 0;
    for (size_t i = 0; i < key->leaf_count && order == 0; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *a = shm_key_leaf_at(leaf, row_a, inner_a);
        const void *b = shm_key_leaf_at(leaf, row_b, inner_b);
        order =
            leaf->is_text
                ? compare_texts(shm_key_leaf_text(leaf, a), shm_key_leaf_text(leaf, b))
                : compare_words(leaf->kind, shm_key_leaf_word(leaf, a), shm_key_leaf_word(leaf, b));
    }
    return order;
}

/* ---- probes ---- */

static bool may_go_on(const shm_probe *probe, size_t part)
{
    return probe->is_open && part + 1 == probe->count;
}

/* The bounds of a probe whose part `part` is a text, where the order word so far is `order`. */
static void bound_text(const shm_probe *probe, size_t part, struct order order,
                       shm_order_common common, shm_probe_bounds *bounds)
{
    const shm_string given = probe->parts[part].text;
    const shm_string text = given.length == 0 ? SHM_STR("") : given;
    const size_t known = part > 0 ? 0 : common.length;
    const size_t shared = known < text.length ? known : text.length;
    const int against = shared == 0 ? 0 : memcmp(text.data, common.bytes, shared);
    if (against != 0 || text.length < known) {
        /* All keys are on one side of it, or begin with it: the words say nothing. */
        bounds->low = against > 0 ? ~UINT64_C(0) : 0;
        bounds->high = against == 0 && may_go_on(probe, part) ? ~UINT64_C(0) : bounds->low;
        return;
    }
    add_text(&order, text.data + known, text.length - known);
    fill(order, bounds);
    if (!may_go_on(probe, part)) {
        bounds->high = bounds->low; /* the text ended: zeros follow */
    }
}

shm_probe_bounds shm_order_probe(const shm_key *key, const shm_probe *probe,
                                 shm_order_common common)
{
    struct order order = {.left = WORD_BITS};
    shm_probe_bounds bounds = {0};
    for (size_t i = 0; i < probe->count && order.left > 0; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        if (leaf->is_text) {
            bound_text(probe, i, order, common, &bounds);
            return bounds;
        }
        const uint64_t word = probe->parts[i].word;
        bounds.beyond = beyond(leaf->kind, probe->leaves[i].kind, word);
        if (bounds.beyond != 0) {
            fill(order, &bounds);
            bounds.low = bounds.beyond < 0 ? bounds.low : bounds.high;
            bounds.high = bounds.low;
            return bounds;
        }
        add_word(&order, leaf->kind, word);
    }
    fill(order, &bounds);
    return bounds;
}

/* A text that the probe's may be the beginning of. */
static int compare_beginning(shm_string text, shm_string beginning)
{
    if (text.length > beginning.length) {
        text.length = beginning.length;
    }
    return compare_texts(text, beginning);
}

int shm_order_compare_text(shm_string text, const shm_probe *probe)
{
    if (probe->count == 0) {
        return 0;
    }
    return may_go_on(probe, 0) ? compare_beginning(text, probe->parts[0].text)
                               : compare_texts(text, probe->parts[0].text);
}

int shm_order_compare_probe(const shm_key *key, const void *row, uint64_t element,
                            const shm_probe *probe)
{
    const unsigned char *inner = shm_key_element_at(key, row, element);
    int order = 0;
    for (size_t i = 0; i < probe->count && order == 0; i++) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const void *at = shm_key_leaf_at(leaf, row, inner);
        if (!leaf->is_text) {
            order = compare_words(probe->leaves[i].kind, shm_key_leaf_word(leaf, at),
                                  probe->parts[i].word);
        } else if (may_go_on(probe, i)) {
            order = compare_beginning(shm_key_leaf_text(leaf, at), probe->parts[i].text);
        } else {
            order = compare_texts(shm_key_leaf_text(leaf, at), probe->parts[i].text);
        }
    }
    return order;
}
