/* value.h — the values of fields: what stands in a row ("cells"), and what accessors return.
 *
 * A row is never copied by value: cells reach what lies outside the row by an offset from their own
 * address.  Everything here is inline, allocates nothing, and is safe on any row of a verified
 * image.  Threads: any number. */
#ifndef SHM_VALUE_H
#define SHM_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what accessors return: borrowed, valid while the image stays open ---- */

/* Text: `length` bytes of UTF-8 followed by a NUL (which `length` does not count). */
typedef struct shm_string {
    const char *data;
    size_t length;
} shm_string;

/* Bytes of any kind, followed by a NUL as well. */
typedef struct shm_bytes {
    const uint8_t *data;
    size_t length;
} shm_bytes;

/* Elements of a list, set, dict part or tensor; NULL where there are none. */
typedef struct shm_span {
    const void *items;
    size_t count;
} shm_span;

/* ---- values that stand in a row as they are ---- */

typedef struct shm_uuid {
    uint8_t bytes[16]; /* in the order of the canonical text */
} shm_uuid;

/* Days since 1970-01-01 of the proleptic Gregorian calendar; years 1 to 9999. */
typedef struct shm_date {
    int32_t days;
} shm_date;

/* An instant: microseconds since 1970-01-01T00:00:00Z, and the zone it was written in, if any. */
typedef struct shm_datetime {
    int64_t micros;
    int16_t zone_minutes; /* east of UTC; 0 unless zone_given */
    uint16_t zone_given;  /* 0 or 1 */
    uint32_t zero;
} shm_datetime;

/* A row of the dataset's table of the referenced record. */
typedef uint64_t shm_row_number;

/* ---- cells ----
 *
 * Text cell (string, bytes, decimal, any), 16 bytes:
 *   short (up to 15 bytes):  | the bytes, then zeros .................. | 15 - length |
 *                              0                                       15
 *   long (16 bytes or more): | offset: i64 from the cell | length: u56 | 0xff         |
 *                              0                           8             15
 * A text of up to 15 bytes is always short.  In the short form byte 15 is its terminating NUL when
 * the length is 15.  A long text stands in the heap: 8 bytes of head, the bytes, a NUL. */
typedef struct shm_text_cell {
    union {
        char bytes[16];
        struct {
            int64_t offset;
            uint64_t length_and_tag;
        } far_text;
    } u;
} shm_text_cell;

/* List, set, dict, tensor: the offset of its item from the cell, and its count; 0, 0 if empty. */
typedef struct shm_list_cell {
    int64_t offset;
    uint64_t count;
} shm_list_cell;

/* A nested record: the offset of its item from the cell; 0 in an absent optional. */
typedef struct shm_record_cell {
    int64_t offset;
} shm_record_cell;

enum {
    SHM_TEXT_SHORT_MAX = 15,
    SHM_TEXT_FAR_TAG = 0xff,
    SHM_TEXT_HEAD_BYTES = 8,  /* before the bytes of a long text in the heap */
    SHM_ITEM_HEAD_BYTES = 16, /* before the elements of every other item in the heap */
};

/* The text of a cell.  Cost: one load for a short text, two for a long one. */
static inline shm_string shm_text_cell_string(const shm_text_cell *cell)
{
    const uint8_t tag = (uint8_t)cell->u.bytes[15];
    shm_string text;
    if (tag <= SHM_TEXT_SHORT_MAX) {
        text.data = cell->u.bytes;
        text.length = (size_t)(SHM_TEXT_SHORT_MAX - tag);
    } else {
        text.data = (const char *)cell + cell->u.far_text.offset + SHM_TEXT_HEAD_BYTES;
        text.length = (size_t)(cell->u.far_text.length_and_tag & UINT64_C(0x00ffffffffffffff));
    }
    return text;
}

static inline shm_bytes shm_text_cell_bytes(const shm_text_cell *cell)
{
    const shm_string text = shm_text_cell_string(cell);
    shm_bytes bytes;
    bytes.data = (const uint8_t *)text.data;
    bytes.length = text.length;
    return bytes;
}

/* The elements of a list or set (for a dict: its keys). */
static inline shm_span shm_list_cell_span(const shm_list_cell *cell)
{
    shm_span span;
    span.count = (size_t)cell->count;
    span.items = cell->count == 0
                     ? NULL
                     : (const void *)((const char *)cell + cell->offset + SHM_ITEM_HEAD_BYTES);
    return span;
}

/* The values of a dict whose keys take `key_size` bytes each, in the order of its keys. */
static inline shm_span shm_dict_cell_values(const shm_list_cell *cell, size_t key_size)
{
    shm_span span = shm_list_cell_span(cell);
    if (span.items != NULL) {
        const size_t keys_bytes = (span.count * key_size + 7) & ~(size_t)7;
        span.items = (const char *)span.items + keys_bytes;
    }
    return span;
}

/* The nested record of a cell; NULL if it is absent. */
static inline const void *shm_record_cell_at(const shm_record_cell *cell)
{
    return cell->offset == 0
               ? NULL
               : (const void *)((const char *)cell + cell->offset + SHM_ITEM_HEAD_BYTES);
}

/* A tensor: `ndim` dimensions, elements in C order.  `shape` is NULL for the empty one-dimensional
 * tensor, whose shape is [0]. */
typedef struct shm_tensor {
    const void *data;
    const uint64_t *shape;
    size_t ndim;
    size_t count; /* the product of the shape */
} shm_tensor;

/* A tensor cell: offset 0 is the empty one-dimensional tensor, else its item says the shape. */
static inline shm_tensor shm_list_cell_tensor(const shm_list_cell *cell)
{
    shm_tensor tensor;
    tensor.count = (size_t)cell->count;
    tensor.data = NULL;
    tensor.shape = NULL;
    tensor.ndim = 1;
    if (cell->offset != 0) {
        const char *item = (const char *)cell + cell->offset + SHM_ITEM_HEAD_BYTES;
        uint64_t ndim;
        memcpy(&ndim, item, sizeof ndim);
        tensor.ndim = (size_t)ndim;
        tensor.shape = (const uint64_t *)(const void *)(item + 8);
        tensor.data = item + 8 + 8 * tensor.ndim;
    }
    return tensor;
}

/* ---- making them ---- */

#define SHM_STR(literal) (shm_string_of((literal), sizeof(literal) - 1))

static inline shm_string shm_string_of(const char *data, size_t length)
{
    shm_string text;
    text.data = data;
    text.length = length;
    return text;
}

static inline shm_bytes shm_bytes_of(const void *data, size_t length)
{
    shm_bytes bytes;
    bytes.data = (const uint8_t *)data;
    bytes.length = length;
    return bytes;
}

static inline bool shm_string_equal(shm_string a, shm_string b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

#ifdef __cplusplus
}
#endif
#endif
