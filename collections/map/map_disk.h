/* map_disk.h — the bytes of a hash map from 64-bit hashes to numbers: one line, one miss.
 *
 * A line is a cache line of words (hashes of keys), as many values, and where its other keys are:
 *   narrow   0 | 5 words of 8 bytes | 40 | 5 values of 4 bytes                       | 60 | away |
 *   wide     0 | 4 words of 8 bytes | 32 | 4 low parts of 4, 4 high parts of 2 bytes, 0000 | away |
 * A map is narrow if its values fit 31 bits, else wide.  The highest bit of a value says that the
 * rest is the place of a group; all ones say that the slot is empty.
 *
 * Words are hashes, but for keys that are one text, whose words also say where it is: map_text.h.
 * The hash of a key is a bijective mix for words and XXH3 for texts (collections/key/key.h), so a
 * word identifies a word key exactly, and a text key but for a collision that the builder excludes
 * within an index.
 *
 * home(h) = high 64 bits of h * line_count.  A page is 128 lines from a multiple of 128.  A key
 * stands in its home line or, if that is full, in another line of the same page.  Which one: `away`
 * of the home line has one of two forms.
 *   bit 31     30..28   27..21   20..14   13..7    6..0
 *   | 1      | turn   | line 3 | line 2 | line 1 | line 0 |      four: s = (h >> (24 + 2 turn)) & 3
 *   | 0 | 0  | filter 1 | filter 0 | line 1 | line 0 |           two:  s = (h >> 27) & 1
 *     31  30   29..22     21..14     13..7    6..0
 * Line s of the page holds all keys of that home and s which are not at home.  Of the form two,
 * filter s has bit (h >> 24) & 7 set for each of them, so that a miss nearly always reads one line;
 * the form four serves the few lines that are home to many.
 *
 * Entry in the directory: count = keys, stride = bytes of a value (4 or 6), parameter = seed.
 *
 * M1  There is at least one line, and the section holds lines alone.  (With no keys: one line.)
 * M2  An empty slot has a zero word, and the slots after it are empty; the away of its line is 0.
 *     The zero bytes of a wide line are zero.
 * M3  A filled word stands in home(h) of its key's hash h, or in the line that the away of that
 *     line names for it.
 * M4  No key stands twice.  As many slots are filled as there are keys.
 * M5  Each line that an away names is a line of the map; bit 30 of the form two is zero.
 * M6  A value is a row number below the table's row count, or in a map with groups the index of a
 *     group's count in the groups section, with the highest bit.
 * M7  The word stands for the key of its row, of each row of its group; of texts also W1. */
#ifndef COLLECTIONS_MAP_DISK_H
#define COLLECTIONS_MAP_DISK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <shm/map_line.h>

#include "libshm/hash.h"

enum {
    SHM_NARROW_VALUE_BYTES = 4,
    SHM_WIDE_SLOTS = 4,
    SHM_WIDE_VALUE_BYTES = 6,
    SHM_WIDE_LOW_AT = 32, /* a wide line has its values from here on */
    SHM_WIDE_HIGH_AT = 48,
    SHM_WIDE_ZERO_AT = 56
};
#define SHM_AWAY_SPARE (UINT32_C(1) << 30) /* of the form two */
_Static_assert(sizeof(struct shm_map_line) == 64, "one cache line");

/* Values as they are in memory: signed, so that a negative one is a group or nothing. */
#define SHM_MAP_NOTHING INT64_C(-1)
/* Rows and places of groups of a narrow map are below this. */
#define SHM_NARROW_VALUE_END (UINT64_C(0x7fffffff))
#define SHM_WIDE_VALUE_END (UINT64_C(0x7fffffffffff))

static inline uint32_t shm_line_slot_count(bool is_wide)
{
    return is_wide ? SHM_WIDE_SLOTS : SHM_NARROW_SLOTS;
}

static inline int64_t shm_line_value(const struct shm_map_line *line, bool is_wide, uint32_t slot)
{
    if (!is_wide) {
        return (int32_t)line->values[slot];
    }
    uint32_t low;
    int16_t high;
    memcpy(&low, (const unsigned char *)line + SHM_WIDE_LOW_AT + slot * sizeof low, sizeof low);
    memcpy(&high, (const unsigned char *)line + SHM_WIDE_HIGH_AT + slot * sizeof high, sizeof high);
    return (int64_t)((uint64_t)(int64_t)high << 32 | low);
}

static inline void shm_line_set_value(struct shm_map_line *line, bool is_wide, uint32_t slot,
                                      int64_t value)
{
    const uint32_t low = (uint32_t)value;
    const uint16_t high = (uint16_t)((uint64_t)value >> 32);
    if (!is_wide) {
        line->values[slot] = low;
        return;
    }
    memcpy((unsigned char *)line + SHM_WIDE_LOW_AT + slot * sizeof low, &low, sizeof low);
    memcpy((unsigned char *)line + SHM_WIDE_HIGH_AT + slot * sizeof high, &high, sizeof high);
}

/* What stands for the place of a group, and back. */
static inline int64_t shm_map_value_of_group(bool is_wide, uint64_t place)
{
    return (int64_t)(place | ~(is_wide ? SHM_WIDE_VALUE_END : SHM_NARROW_VALUE_END));
}

static inline uint64_t shm_map_group_place(bool is_wide, int64_t value)
{
    return (uint64_t)value & (is_wide ? SHM_WIDE_VALUE_END : SHM_NARROW_VALUE_END);
}

/* The bit that the filters of the form two have for a hash. */
static inline uint32_t shm_away_filter_bit(uint64_t hash)
{
    return UINT32_C(1) << shm_away_filter_at(hash);
}

#endif
