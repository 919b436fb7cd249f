/* map_disk.h — the bytes of a hash map from 64-bit hashes to 48-bit values: one line, one miss.
 *
 * A line is a cache line of four hash words and four cells:
 *   0        8        16       24       32       40       48       56
 *   | word 0 | word 1 | word 2 | word 3 | cell 0 | cell 1 | cell 2 | cell 3 |
 * A cell:
 *   bit 63     62..56   55..48   47..0
 *   | filled | reach  | filter | value |
 *
 * The hash of a key is a bijective mix for words and XXH3 for texts (collections/key/key.h), so a
 * word identifies a word key exactly, and a text key but for a collision that the builder excludes
 * within an index.
 *
 * home(h) = high 64 bits of h * line_count.  A key stands in its home line, or, if that is full, in
 * another line of the same page: `page_lines` consecutive lines, from a multiple of page_lines.
 * Which one: with s = h & 3, the reach of cell s of the home line is the signed distance, in lines,
 * to the line that holds all keys of that home and s which are not at home; 0 if there are none.
 * The filter of cell s then has bit (h >> 2) & 7 set for each of them.  So a hit reads at most two
 * lines, a miss nearly always one.
 *
 * Entry in the directory: count = keys, stride = line_count, parameter = seed.
 *
 * M1  line_count >= 1 and the section holds line_count * 64 bytes.  (With no keys: one line.)
 * M2  A cell that is not filled has a zero word and a zero value.
 * M3  A filled word stands in home(word), or at home(word) + reach of the cell word & 3 of that
 *     line, whose filter then has its bit.
 * M4  No word stands twice.  As many cells are filled as there are keys.
 * M5  reach leads to a line of the map; reach 0 has filter 0.
 * M6  The value is a row number below the table's row count; in a map with groups, bit 47 set says
 *     that the other bits are the index of a group's count in the groups section.
 * M7  The entry's key is the key of its row (of each row of its group): hash and value agree.  */
#ifndef COLLECTIONS_MAP_DISK_H
#define COLLECTIONS_MAP_DISK_H

#include <stdint.h>

enum {
    SHM_LINE_SLOT_COUNT = 4,
    SHM_MAP_PAGE_LINES = 64,
    SHM_CELL_VALUE_BITS = 48,
    SHM_CELL_FILTER_SHIFT = 48,
    SHM_CELL_REACH_SHIFT = 56
};
#define SHM_CELL_VALUE_MASK ((UINT64_C(1) << 48) - 1)
#define SHM_CELL_FILLED (UINT64_C(1) << 63)
#define SHM_CELL_GROUP (UINT64_C(1) << 47)

struct shm_map_line {
    uint64_t words[SHM_LINE_SLOT_COUNT];
    uint64_t cells[SHM_LINE_SLOT_COUNT];
};
_Static_assert(sizeof(struct shm_map_line) == 64, "one cache line");

/* The signed distance in lines of a cell's reach: -64 .. 63. */
static inline int64_t shm_cell_reach(uint64_t cell)
{
    return (int64_t)(cell << 1) >> 57;
}

/* The filter bit of a hash, in its place in the cell. */
static inline uint64_t shm_cell_filter_bit(uint64_t hash)
{
    return UINT64_C(1) << (SHM_CELL_FILTER_SHIFT + ((hash >> 2) & 7));
}

#endif
