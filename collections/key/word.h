/* word.h — scalars of a row extended to 64 bits.  Internal. */
#ifndef COLLECTIONS_WORD_H
#define COLLECTIONS_WORD_H

#include <string.h>

#include <shm/schema.h>

static inline uint64_t shm_word_of_unsigned(const void *at, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, at, size); /* little-endian, as the image is */
    return word;
}

static inline uint64_t shm_word_of_signed(const void *at, size_t size)
{
    const unsigned shift = (unsigned)(64 - 8 * size);
    return (uint64_t)((int64_t)(shm_word_of_unsigned(at, size) << shift) >> shift);
}

/* Does it extend by its sign? */
static inline bool shm_word_is_signed(shm_kind kind)
{
    return (kind >= SHM_I8 && kind <= SHM_I64) || kind == SHM_DATE || kind == SHM_DATETIME;
}

/* An integer, bool, date (days), datetime (micros) or ref in its in-place form, extended by its
 * sign if it has one; 0 for other kinds.  An enum is read as its underlying kind. */
static inline uint64_t shm_word_at(shm_kind kind, const void *at)
{
    switch (kind) {
    case SHM_BOOL:
    case SHM_U8:
        return *(const uint8_t *)at;
    case SHM_U16:
        return shm_word_of_unsigned(at, 2);
    case SHM_U32:
        return shm_word_of_unsigned(at, 4);
    case SHM_U64:
    case SHM_I64:
    case SHM_REF:
    case SHM_DATETIME:
        return shm_word_of_unsigned(at, 8);
    case SHM_I8:
        return shm_word_of_signed(at, 1);
    case SHM_I16:
        return shm_word_of_signed(at, 2);
    case SHM_I32:
    case SHM_DATE:
        return shm_word_of_signed(at, 4);
    default:
        return 0;
    }
}

/* An f32 or f64 in its in-place form. */
static inline double shm_float_at(shm_kind kind, const void *at)
{
    if (kind == SHM_F32) {
        float narrow;
        memcpy(&narrow, at, sizeof narrow);
        return (double)narrow;
    }
    double wide;
    memcpy(&wide, at, sizeof wide);
    return wide;
}

#endif
