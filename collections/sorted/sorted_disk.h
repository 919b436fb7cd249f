/* sorted_disk.h — the bytes of a sorted index: words as a tree of cache lines, then numbers.
 *
 *   0               64        each of these is filled up to a multiple of 64 bytes
 *   | common bytes  | level 0 | level 1 | ... | skips | rows | elements | texts |
 *
 * Entries are the (key, row) pairs of the index in order of key, then row.  Level 0 has a word for
 * each entry; level k + 1 one for every 64th entry of level k, up to the first level of at most 64
 * words.  64 words of a level that follow one another are a node.  A level is filled up to whole
 * nodes by words of ones; without entries there is no level.
 *
 * A word is the order word of its entry's key (collections/key/order.h).  But if the key is one
 * string or bytes, it is the 8 bytes, filled up with zeros, behind those that all texts of its node
 * begin with: texts that are neighbours have much in common.  skips has how many these are, a byte
 * for each node of level 0, then of level 1, and so on: what the node's first and last text share,
 * at most 255.  Other keys have no skips.
 *
 * The first 64 bytes: u64 length, then that many bytes, at most 56, which all texts of the first
 * leaf begin with and which their order words leave out: of the first and the last entry's text,
 * the longest common beginning, cut at 56.  Length 0 if the first leaf is a word, or there are
 * skips.
 *
 * rows: a row number for each entry.  elements: for each entry which element of the row's list has
 * the key, the first if there are several; only if the key has a list.  texts: for each entry where
 * its text stands: how many times 8 bytes the text's first byte lies before the table's first row;
 * 0 for a short text, which stands in its cell.  Only if the key is one string or bytes, of which
 * one at least is long: then a find need not fetch the row's cell to compare its text.
 *
 * Entry in the directory: count = entries; stride = 4 or 8, the bytes of a number in rows, elements
 * and texts: 4 if the table has fewer than 2^32 rows and all other numbers are below 2^32;
 * parameter = distinct keys.
 *
 * S1  The section has exactly the size of these parts; their padding is as said.
 * S2  The words of a node rise (not strictly); order words also from node to node.
 * S3  A row number is below the row count, an element below the number of the row's elements.
 * S4  Words, skips and the common bytes are as said; a number in texts leads to the entry's text.
 * S5  Entries rise strictly by (key, row), and there is one for each key of each row; as many keys
 *     are distinct as the directory says. */
#ifndef COLLECTIONS_SORTED_DISK_H
#define COLLECTIONS_SORTED_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include <shm/dataset.h>

#include "collections/heap/heap_disk.h"

enum {
    SHM_SORTED_NODE_BITS = 6,
    SHM_SORTED_NODE = 64, /* words: eight cache lines, mostly of one page of memory */
    SHM_SORTED_RUN = 16,  /* words of a node that are looked at together */
    SHM_SORTED_LINE = 64, /* bytes of a cache line */
    SHM_SORTED_COMMON_MAX = 56,
    SHM_SORTED_SKIP_MAX = 255,
    SHM_SORTED_LEVEL_MAX = 11
};

struct shm_sorted_head {
    uint64_t common_length;
    char common[SHM_SORTED_COMMON_MAX];
};
_Static_assert(sizeof(struct shm_sorted_head) == 64, "level 0 begins with a cache line");

/* The words of the level above one of `count` words. */
static inline uint64_t shm_sorted_above(uint64_t count)
{
    return count / SHM_SORTED_NODE + (count % SHM_SORTED_NODE != 0);
}

/* The words of a level of `count`, with those that fill it up. */
static inline uint64_t shm_sorted_filled(uint64_t count)
{
    return shm_sorted_above(count) * SHM_SORTED_NODE;
}

/* What texts say of a text: how many times 8 bytes it lies before the rows, 0 for a short one. */
static inline uint64_t shm_sorted_distance(const shm_table *table, shm_string text)
{
    return text.length <= SHM_TEXT_SHORT_MAX
               ? 0
               : (uint64_t)((const char *)table->rows - text.data) / SHM_HEAP_ALIGN;
}

static inline uint64_t shm_sorted_whole_lines(uint64_t bytes)
{
    return (bytes + SHM_SORTED_LINE - 1) & ~(uint64_t)(SHM_SORTED_LINE - 1);
}

/* The words of the next level, 0 if this one of `words` is the last. */
static inline uint64_t shm_sorted_next(uint64_t words)
{
    return words > SHM_SORTED_NODE ? shm_sorted_above(words) : 0;
}

/* What the size of a section follows from. */
typedef struct shm_sorted_shape {
    uint64_t count;
    uint64_t width;
    bool is_text; /* there are skips */
    bool has_elements;
    bool has_texts;
} shm_sorted_shape;

static inline uint64_t shm_sorted_levels_size(uint64_t count)
{
    uint64_t bytes = 0;
    for (uint64_t words = count; words > 0; words = shm_sorted_next(words)) {
        bytes += shm_sorted_filled(words) * sizeof(uint64_t);
    }
    return bytes;
}

/* The nodes of all levels: the bytes of skips that are not padding. */
static inline uint64_t shm_sorted_node_count(uint64_t count)
{
    uint64_t nodes = 0;
    for (uint64_t words = count; words > 0; words = shm_sorted_next(words)) {
        nodes += shm_sorted_above(words);
    }
    return nodes;
}

/* The bytes of the section; `count` * 64 must fit 64 bits. */
static inline uint64_t shm_sorted_size(const shm_sorted_shape *shape)
{
    const uint64_t numbers = shm_sorted_whole_lines(shape->count * shape->width);
    const uint64_t arrays = UINT64_C(1) + shape->has_elements + shape->has_texts;
    const uint64_t skips =
        shape->is_text ? shm_sorted_whole_lines(shm_sorted_node_count(shape->count)) : 0;
    return sizeof(struct shm_sorted_head) + shm_sorted_levels_size(shape->count) + skips +
           arrays * numbers;
}

#endif
