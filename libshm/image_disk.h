/* image_disk.h — the bytes of an image's frame: header, directory, section kinds.
 *
 *   0          512            512 + 64 n       (64-aligned; from 2 MiB on, 2 MiB-aligned)
 *   | header   | directory    | schema | heap, rows of collection 0 | ... | lines, groups ... |
 *
 * All integers are little-endian.  Bytes between these parts are zero.
 *
 * I1  The header's checksum holds, file_size is the size of the file, flags are zero.
 * I2  The directory begins at 512 and holds section_count entries; its checksum holds.
 * I3  Sections stand in directory order, each where shm_section_place puts it after the one before,
 *     none past the end; the file ends where the last one does.
 * I4  Each section's checksum holds (XXH3-64 of its bytes, seed 0).
 * I5  Sections come in the order of the schema: the schema text; then for each table, map,
 *     multimap, set: heap, rows (none for placed maps); for each tensor: tensor; then for each
 *     index kind, map, multimap, set: lines, then groups unless unique (of an approximate index,
 *     and of one with `min`: buckets, fragments; of a sorted index: sorted; of a placed map:
 *     placed, and if it is dense pilots).
 *     Every one is there, if need be with no bytes.
 * I6  The fingerprint is the XXH3-128 of the schema section, which holds canonical text. */
#ifndef LIBSHM_IMAGE_DISK_H
#define LIBSHM_IMAGE_DISK_H

#include <stdint.h>

#define SHM_IMAGE_MAGIC                                                                            \
    "\x89SHM\r\n\x1a\n" /* 8 bytes: no text, and shows conversions of line ends */

enum {
    SHM_IMAGE_BYTE_ORDER = 0x01020304,
    SHM_IMAGE_VERSION_MAJOR = 1, /* a reader refuses others */
    SHM_IMAGE_VERSION_MINOR = 0, /* a reader of a smaller one reads all it knows */
    SHM_IMAGE_HEADER_BYTES = 512,
    SHM_SECTION_ALIGN = 64,
    SHM_SECTION_LARGE_BYTES = 64 << 10,
    SHM_SECTION_ALIGN_LARGE = 4 << 10 /* of sections of at least SHM_SECTION_LARGE_BYTES */
};

struct shm_image_header {
    unsigned char magic[8];
    uint32_t byte_order;
    uint16_t version_major;
    uint16_t version_minor;
    uint64_t file_size;
    uint64_t fingerprint[2]; /* low word first */
    uint64_t directory_offset;
    uint32_t section_count;
    uint32_t section_entry_size; /* 64 */
    uint64_t directory_checksum;
    uint64_t flags;
    uint64_t zero[6];
    uint64_t header_checksum; /* XXH3-64 of the 120 bytes before it */
};
_Static_assert(sizeof(struct shm_image_header) == 128, "the rest of the 512 bytes is zero");

/* Pinned. */
enum shm_section_kind {
    SHM_SECTION_SCHEMA = 1,    /* canonical schema text, no NUL */
    SHM_SECTION_HEAP = 2,      /* items: collections/heap/heap_disk.h */
    SHM_SECTION_ROWS = 3,      /* rows: count, stride = row_size */
    SHM_SECTION_LINES = 4,     /* hash lines: collections/map/map_disk.h */
    SHM_SECTION_GROUPS = 5,    /* row numbers of keys with several rows: multimap/groups_disk.h */
    SHM_SECTION_BUCKETS = 6,   /* approximate index: multimap/approximate_disk.h */
    SHM_SECTION_FRAGMENTS = 7, /* approximate index */
    SHM_SECTION_TENSOR = 8,    /* tensor/tensor_disk.h */
    SHM_SECTION_SORTED = 9,    /* sorted/sorted_disk.h */
    SHM_SECTION_PLACED = 10,   /* placed map: collections/map/placed.h */
    SHM_SECTION_PILOTS = 11    /* dense map */
};

#define SHM_NO_COLLECTION UINT32_MAX

/* One directory entry.  What `count`, `stride` and `parameter` mean is the section kind's affair;
 * what a kind does not use is zero. */
struct shm_section_entry {
    uint32_t kind;
    uint16_t version;    /* 1 */
    uint16_t flags;      /* 0 */
    uint32_t collection; /* its number; SHM_NO_COLLECTION for the schema */
    uint32_t zero;
    uint64_t offset;
    uint64_t size; /* bytes */
    uint64_t checksum;
    uint64_t count;
    uint64_t stride;
    uint64_t parameter;
};
_Static_assert(sizeof(struct shm_section_entry) == 64, "one cache line");

/* Where a section of `size` bytes stands that may begin at `offset` at the earliest. */
static inline uint64_t shm_section_place(uint64_t offset, uint64_t size)
{
    const uint64_t align =
        size >= SHM_SECTION_LARGE_BYTES ? SHM_SECTION_ALIGN_LARGE : SHM_SECTION_ALIGN;
    return (offset + align - 1) & ~(align - 1);
}

#endif
