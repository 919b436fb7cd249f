/* placed.h (internal) — placed maps: what the library alone needs beside <shm/placed.h>, and their
 * bytes.
 *
 * The section is an array of lines of 64 bytes: 32 / width keys, then as many values, of `width`
 * bytes each.  A key is stored as the low bytes of its 64-bit extension; a value as its bytes, then
 * zeros.  home(h) = high 64 bits of h * line_count; a page is 64 lines from a multiple of 64.
 *
 * Entry in the directory: count = entries, stride = width, parameter = seed.
 *
 * P1  With entries there is at least one line, without there is none; the section holds nothing
 *     else.
 * P2  In a line the keys are distinct but for those at its end that repeat the first one.  Their
 *     values repeat the first one, too, except the last slot's: the tail (shm/placed.h), 0 if no
 *     key of this home is away.
 * P3  An entry stands in its home line, or in the line of the page that its home's tail names for
 *     it; the filter has its bit.
 * P4  A line that no entry stands in repeats an entry of another line.
 * P5  Each line that a tail names is one of the map; bits that say nothing are zero: the filter has
 *     those of keys that are away and no others, and selectors of none name line 0.
 * P6  Keys extend to words of their type; keys and values are valid, as R2.
 * P7  There are as many entries as the directory says.
 *
 * A dense map has a second section, the pilots, bytes of any value.  Its lines have no tails, and:
 * D1  Lines are regions of equal size, as few as can be of at most 24576 slots; the pilots of a
 *     region are a power of two, the least with at most 6 slots for each.
 * D2  Instead of P3: an entry stands in the line to which the pilot of its bucket leads it; instead
 *     of P5: the values of slots that repeat the first key repeat its value, the last one's too. */
#ifndef COLLECTIONS_PLACED_H
#define COLLECTIONS_PLACED_H

#include <shm/placed.h>

enum {
    SHM_DENSE_PILOT_SLOTS = 6,
    SHM_DENSE_REGION_PILOTS = 4096, /* at most */
    SHM_DENSE_REGION_SLOTS = SHM_DENSE_REGION_PILOTS * SHM_DENSE_PILOT_SLOTS
};

/* D1.  A map without lines has no regions. */
static inline uint64_t shm_dense_region_count(uint64_t line_count, uint32_t width)
{
    const uint64_t lines = SHM_DENSE_REGION_SLOTS / shm_placed_slot_count(width);
    return line_count / lines + (line_count % lines != 0);
}

static inline uint32_t shm_dense_region_pilot_bits(uint32_t region_lines, uint32_t width)
{
    uint32_t bits = 0;
    while ((uint32_t)SHM_DENSE_PILOT_SLOTS << bits < region_lines * shm_placed_slot_count(width)) {
        bits++;
    }
    return bits;
}

/* What a dense map of so many lines consists of; all zero if there are none. */
struct shm_dense_shape {
    uint64_t region_count;
    uint32_t region_lines;
    uint32_t region_pilot_bits;
    uint64_t pilot_count;
};

static inline struct shm_dense_shape shm_dense_shape_of(uint64_t line_count, uint32_t width)
{
    struct shm_dense_shape shape = {.region_count = shm_dense_region_count(line_count, width)};
    if (shape.region_count > 0) {
        shape.region_lines = (uint32_t)(line_count / shape.region_count);
        shape.region_pilot_bits = shm_dense_region_pilot_bits(shape.region_lines, width);
        shape.pilot_count = shape.region_count << shape.region_pilot_bits;
    }
    return shape;
}

/* The key of an entry, extended to 64 bits. */
static inline uint64_t shm_placed_key(const shm_placed *map, const void *entry)
{
    const uint64_t word = shm_placed_word_at(entry, map->width);
    return map->width == 4 && map->keys_are_signed ? (uint64_t)(int64_t)(int32_t)(uint32_t)word
                                                   : word;
}

/* Slots are numbered as rows are that stand `width` bytes apart: what shm_table makes of a placed
 * map.  Numbers in the second half of a line are those of values; the last slot's is the greatest,
 * so that what lies SHM_PLACED_VALUE_AT behind a row is always in the section. */
static inline uint64_t shm_placed_row_end(const shm_placed *map)
{
    if (map->entry_count == 0) {
        return 0; /* and perhaps no width */
    }
    return map->line_count * (SHM_PLACED_LINE_BYTES / map->width) -
           shm_placed_slot_count(map->width);
}

/* Is this the entry that a find of its key leads to?  Others fill up lines. */
static inline bool shm_placed_holds(const shm_placed *map, const unsigned char *entry)
{
    return shm_placed_find(map, shm_placed_key(map, entry)) == entry;
}

static inline bool shm_placed_has_row(const shm_placed *map, uint64_t row)
{
    return row < shm_placed_row_end(map) &&
           row * map->width % SHM_PLACED_LINE_BYTES < SHM_PLACED_VALUE_AT &&
           shm_placed_holds(map, map->lines + row * map->width);
}

#endif
