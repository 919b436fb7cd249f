/* part_disk.h — the header of an array, a mapper or a mapping.
 *
 *   0       8         12     13     14      16      24      32        40     48
 *   | magic | version | kind | width | flags | total | count | entries | seed | sum ...
 *   56                         104        120
 *   | three sections: at, size | reserved | header sum |
 *   I1  The header sum is XXH3 of the 120 bytes before; `sum` is XXH3 of the XXH3 of
 *       each MiB from 128 to total, 0 in parts whose numbers may change (flag).
 *   I2  Sections lie within total; they begin at multiples of 8 from the part's start.
 *   I3  kind array: sections data, index (a word of `width` bytes for each of `count` objects: its
 *       offset from the part's start, of width 4 in units of 8), schema (JSON).
 *   I4  kind mapper: sections slots, runs, pool: as told below.
 *   I5  kind mapping: sections an array, a mapper; whole parts. */
#ifndef SHM_MAPPED_PART_DISK_H
#define SHM_MAPPED_PART_DISK_H

#include <stdint.h>

enum {
    SHM_MAPPED_PART_HEADER_BYTES = 128,
    SHM_MAPPED_PART_SUM_BYTES = 120, /* of the header, before its own */
    SHM_MAPPED_PART_VERSION = 1,
    SHM_MAPPED_PART_SECTION_COUNT = 3,
    SHM_MAPPED_PART_FLAG_MUTABLE = 1
};

#define SHM_MAPPED_PART_MAGIC UINT64_C(0x314452415054534d) /* "MSTPARD1" */

enum shm_mapped_part_kind {
    SHM_MAPPED_PART_ARRAY = 1,
    SHM_MAPPED_PART_MAPPING = 2,
    SHM_MAPPED_PART_NUMERIC = 3, /* mappers, by what their keys are */
    SHM_MAPPED_PART_STRING = 4,
    SHM_MAPPED_PART_OBJECT = 5,
    SHM_MAPPED_PART_HASH = 6
};

/* Mappers.  A slot is two words (numeric and hash mappers: key, value) or three (string and
 * object mappers: XXH3 of the key with seed 0, or its high half, value, place), of `width` bytes;
 * value all ones: it is empty.  The search for a word begins at slot
 * multiply_high(mix(word, seed), slots) and goes on to the first empty one, round the end.  A value
 * whose highest bit is set has in the others the place (in words) of a run: a count, and so many
 * values.  A place is where in the pool the key stands: its length in four bytes, and its bytes. */

#endif
