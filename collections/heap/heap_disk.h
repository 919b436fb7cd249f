/* heap_disk.h — the bytes of a heap: what lies outside the rows of one collection.
 *
 * Items follow one another from the section's start to its end, each at a multiple of 8, in the
 * order in which the rows first reach them (children before what holds them; fields in order).
 *
 * Text item (long string, bytes, decimal, any):
 *   0              8
 *   | length | id  | the bytes | NUL | zeros to a multiple of 8 |
 * Every other item:
 *   0              8               16
 *   | count  | id  | nodes | depth | payload | zeros to a multiple of 8 |
 *
 * A word `count | id` holds the count in its low 48 bits and the type's id in the high 16.
 *
 *   type     count            payload
 *   list     elements         the elements, each in its in-place form
 *   set      elements         the same, in key order, no two equal
 *   dict     pairs            the keys in key order, no two equal; zeros to a multiple of 8; values
 *   tensor   elements         u64 ndim; u64 shape[ndim]; the elements in C order
 *   record   1                its fields, row_size bytes
 *
 * References.  A cell holds the distance in bytes from the cell to the item's start.
 * H1  Every reference points to the start of an item that stands before the item (or row) that
 *     holds the cell, has the cell's type, and repeats its count (texts: its length).
 *     So values are finite, and one pass in order verifies all.
 * H2  Texts of up to 15 bytes, empty lists, sets and dicts, and the tensor of shape [0] have no
 *     item.  Unused bytes are zero.
 * H3  No two items are equal (same type, same payload, references by target): equal values of a
 *     collection are stored once.  (Relied on by nobody; the builder's promise.)
 * H4  nodes = 1 + the sum of the nodes of the items its cells refer to (a text item counts 1), and
 *     depth = 1 + the greatest depth among them (a text item has 1; with none: 1).
 *     nodes < 2^48; a row may reach at most SHM_NESTING_NODES_MAX nodes and SHM_NESTING_DEPTH_MAX
 *     deep.
 * H5  An absent optional's value bytes are zero, as are those of a null.
 * H6  Items that nothing refers to are allowed. */
#ifndef COLLECTIONS_HEAP_DISK_H
#define COLLECTIONS_HEAP_DISK_H

#include <stdint.h>

#include <shm/value.h>

enum { SHM_HEAP_ALIGN = 8, SHM_ITEM_ID_SHIFT = 48 };
#define SHM_ITEM_COUNT_MAX ((UINT64_C(1) << 48) - 1)

struct shm_item_head {
    uint64_t count_and_id;
    uint64_t nodes_and_depth; /* nodes in the low 48 bits, depth above; not in text items */
};
_Static_assert(sizeof(struct shm_item_head) == SHM_ITEM_HEAD_BYTES, "public");

static inline uint64_t shm_item_head_word(uint64_t count, uint32_t id)
{
    return count | (uint64_t)id << SHM_ITEM_ID_SHIFT;
}

static inline uint64_t shm_item_count(uint64_t word)
{
    return word & SHM_ITEM_COUNT_MAX;
}

static inline uint32_t shm_item_id(uint64_t word)
{
    return (uint32_t)(word >> SHM_ITEM_ID_SHIFT);
}

/* The same packing serves nodes and depth. */
static inline uint64_t shm_item_nest_word(uint64_t nodes, uint64_t depth)
{
    return nodes | depth << SHM_ITEM_ID_SHIFT;
}

#endif
