/* any_disk.h — the bytes of a value typed at run time.  Internal.
 *
 * A node is a tag byte (shm_any_kind), then:
 *   null, false, true      nothing
 *   int, uint, float       8 bytes
 *   date                   4 bytes: days
 *   datetime               8 bytes: micros; 2 bytes: zone_minutes; 1 byte: zone_given
 *   uuid                   16 bytes
 *   string, bytes, decimal N, then N bytes
 *   list, tuple, set       N, the length B of what follows in bytes, then N nodes
 *   dict                   N, B, then N times a key and its value
 * N and B are LEB128: 7 bits a byte, the low ones first, bit 7 set in all but the last; little-
 * endian all else.  A value is one node; null is no bytes at all, and a tag byte inside of others.
 *
 * Y1  Forms are canonical: the shortest LEB128; uint only above INT64_MAX; one NaN (0x7ff8 << 48).
 * Y2  Strings are UTF-8; decimals, dates and datetimes are valid.
 * Y3  Elements of sets and keys of dicts rise strictly by shm_any_compare.
 * Y4  At most SHM_ANY_DEPTH_MAX containers stand one in the other. */
#ifndef COLLECTIONS_ANY_DISK_H
#define COLLECTIONS_ANY_DISK_H

#include <shm/any.h>

enum { SHM_ANY_LENGTH_BYTES_MAX = 10, SHM_ANY_DATETIME_BYTES = 11 };
#define SHM_ANY_NAN UINT64_C(0x7ff8000000000000)

static inline bool shm_any_is_container(shm_any_kind kind)
{
    return kind >= SHM_ANY_LIST;
}

/* Does it have a length and then that many bytes? */
static inline bool shm_any_is_text(shm_any_kind kind)
{
    return kind == SHM_ANY_STRING || kind == SHM_ANY_BYTES || kind == SHM_ANY_DECIMAL;
}

/* The bytes behind the tag of a scalar that always takes as many. */
static inline size_t shm_any_scalar_size(shm_any_kind kind)
{
    switch (kind) {
    case SHM_ANY_INT:
    case SHM_ANY_UINT:
    case SHM_ANY_FLOAT:
        return 8;
    case SHM_ANY_DATE:
        return 4;
    case SHM_ANY_DATETIME:
        return SHM_ANY_DATETIME_BYTES;
    case SHM_ANY_UUID:
        return 16;
    default:
        return 0;
    }
}

#endif
