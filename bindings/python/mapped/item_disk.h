/* item_disk.h — the bytes of packed objects (docs/mapped_struct.md has the whole specification).
 *
 * All words are little-endian.  Whatever is referred to is an *item*:
 *   0      1      2              8
 *   | code | form | count (48)   | payload ...
 * A *record* is an item; so is what a cell cannot hold itself.  Items stand at multiples of eight
 * bytes from the record they were packed with.
 *
 * A *cell* is a word whose low three bits say what the rest is:
 *   0  an item, so many bytes from this cell (signed)      4  text of up to seven bytes
 *   1  an integer of 61 bits                               5  bytes, up to seven
 *   2  a float, if its low three bits are zero anyway      6  a date, its ordinal
 *   3  a constant
 * Texts and bytes have their length in bits 3 to 5 of the first byte, and follow it.
 *
 * A record has, after its head, a bit of `present` and one of `none` for each attribute, in words,
 * all `present` before all `none`; then values by falling width, in the order of the schema.
 *   I1  The count of a record's head: 16 bits, its attributes; 32 bits, its bytes without items.
 *   I2  An attribute is present if its bit is set; else None if the other is; else missing.
 *   I3  An item lies within its region.  Nothing more is believed of what is read: every access
 *       checks the bounds of what it touches. */
#ifndef SHM_MAPPED_ITEM_DISK_H
#define SHM_MAPPED_ITEM_DISK_H

#include <stdint.h>
#include <string.h>

enum {
    SHM_MAPPED_ITEM_HEAD_BYTES = 8,
    SHM_MAPPED_ITEM_ALIGNMENT = 8,
    SHM_MAPPED_CELL_BYTES = 8,
    SHM_MAPPED_CELL_INLINE_MAX = 7
};

/* Below SHM_MAPPED_CODE_USER_MIN the library's types, from there on those that users register. */
enum shm_mapped_item_code {
    SHM_MAPPED_CODE_NONE = 0x01,
    SHM_MAPPED_CODE_BOOL = 0x02,
    SHM_MAPPED_CODE_INT = 0x03, /* payload: two's complement, count bytes */
    SHM_MAPPED_CODE_FLOAT = 0x04,
    SHM_MAPPED_CODE_STR = 0x05,
    SHM_MAPPED_CODE_BYTES = 0x06,
    SHM_MAPPED_CODE_DATE = 0x07,
    SHM_MAPPED_CODE_LIST = 0x08,
    SHM_MAPPED_CODE_TUPLE = 0x09,
    SHM_MAPPED_CODE_FROZENSET = 0x0a,
    SHM_MAPPED_CODE_DICT = 0x0b,
    SHM_MAPPED_CODE_DATETIME = 0x0c,
    SHM_MAPPED_CODE_DECIMAL = 0x0d,
    SHM_MAPPED_CODE_NDARRAY = 0x0e,
    SHM_MAPPED_CODE_COMPLEX = 0x0f,
    SHM_MAPPED_CODE_BUFFER = 0x10,
    SHM_MAPPED_CODE_RECORD = 0x1f, /* of a class without a code */
    SHM_MAPPED_CODE_USER_MIN = 0x20,
    SHM_MAPPED_CODE_COUNT = 0x100
};

enum shm_mapped_cell_tag {
    SHM_MAPPED_TAG_ITEM,
    SHM_MAPPED_TAG_INT,
    SHM_MAPPED_TAG_FLOAT,
    SHM_MAPPED_TAG_CONSTANT,
    SHM_MAPPED_TAG_STR,
    SHM_MAPPED_TAG_BYTES,
    SHM_MAPPED_TAG_DATE,
    SHM_MAPPED_TAG_MASK = 7,
    SHM_MAPPED_TAG_BITS = 3
};

enum shm_mapped_cell_constant {
    SHM_MAPPED_CONSTANT_NONE,
    SHM_MAPPED_CONSTANT_FALSE,
    SHM_MAPPED_CONSTANT_TRUE
};

/* How values stand in records, and elements in lists and sets (there it is the item's form). */
enum shm_mapped_kind {
    SHM_MAPPED_KIND_BOOL = 1,
    SHM_MAPPED_KIND_I8,
    SHM_MAPPED_KIND_U8,
    SHM_MAPPED_KIND_I16,
    SHM_MAPPED_KIND_U16,
    SHM_MAPPED_KIND_I32,
    SHM_MAPPED_KIND_U32,
    SHM_MAPPED_KIND_I64,
    SHM_MAPPED_KIND_U64,
    SHM_MAPPED_KIND_F32,
    SHM_MAPPED_KIND_F64,
    SHM_MAPPED_KIND_CELL,
    SHM_MAPPED_KIND_COUNT
};

static inline uint16_t shm_mapped_load16(const unsigned char *at)
{
    uint16_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap16(word);
#endif
    return word;
}

static inline uint32_t shm_mapped_load32(const unsigned char *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap32(word);
#endif
    return word;
}

static inline uint64_t shm_mapped_load64(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* The low `width` bytes of a word. */
static inline void shm_mapped_store_word(unsigned char *at, uint64_t word, unsigned width)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word) >> (64 - 8 * width);
    memcpy(at, (const unsigned char *)&word + (8 - width), width);
#else
    memcpy(at, &word, width);
#endif
}

static inline void shm_mapped_store64(unsigned char *at, uint64_t word)
{
    shm_mapped_store_word(at, word, 8);
}

static inline unsigned shm_mapped_kind_width(unsigned kind)
{
    static const unsigned char widths[SHM_MAPPED_KIND_COUNT] = {0, 1, 1, 1, 2, 2, 4,
                                                                4, 8, 8, 4, 8, 8};
    return kind < SHM_MAPPED_KIND_COUNT ? widths[kind] : 0;
}

static inline uint64_t shm_mapped_item_head(unsigned code, unsigned form, uint64_t count)
{
    return (uint64_t)code | (uint64_t)form << 8 | count << 16;
}

/* What a word of so many bytes is, extended to 64 bits: signed kinds by their sign. */
static inline uint64_t shm_mapped_kind_load(unsigned kind, const unsigned char *at)
{
    switch (kind) {
    case SHM_MAPPED_KIND_I8:
        return (uint64_t)(int64_t)(int8_t)*at;
    case SHM_MAPPED_KIND_BOOL:
    case SHM_MAPPED_KIND_U8:
        return *at;
    case SHM_MAPPED_KIND_I16:
        return (uint64_t)(int64_t)(int16_t)shm_mapped_load16(at);
    case SHM_MAPPED_KIND_U16:
        return shm_mapped_load16(at);
    case SHM_MAPPED_KIND_I32:
        return (uint64_t)(int64_t)(int32_t)shm_mapped_load32(at);
    case SHM_MAPPED_KIND_U32:
    case SHM_MAPPED_KIND_F32:
        return shm_mapped_load32(at);
    default:
        return shm_mapped_load64(at);
    }
}

static inline double shm_mapped_double_of(uint64_t word)
{
    double value;
    memcpy(&value, &word, sizeof value);
    return value;
}

static inline float shm_mapped_float_of(uint32_t word)
{
    float value;
    memcpy(&value, &word, sizeof value);
    return value;
}

#endif
