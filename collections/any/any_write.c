/* any_write.c — making values typed at run time.
 *
 * Nodes are written one behind the other.  What a container holds is written first and its head,
 * which says how long that is, put before it at its end. */
#include "collections/any/any_disk.h"

#include <stdlib.h>
#include <string.h>

#include <shm/text.h>

#include "libshm/error.h"

enum { HEAD_BYTES_MAX = 1 + 2 * SHM_ANY_LENGTH_BYTES_MAX };

struct open_container {
    size_t start; /* of what it holds, in the buffer */
    uint64_t node_count;
    shm_any_kind kind;
};

struct shm_any_writer {
    uint8_t *buffer;
    size_t length;
    size_t capacity;
    uint8_t *sorted; /* of a set or dict that ends, with its `capacity` */
    size_t sorted_capacity;
    struct open_container open[SHM_ANY_DEPTH_MAX];
    size_t depth;
    uint64_t value_count; /* at the top: 1 in the end */
    shm_status status;
    const char *reason;
};

shm_any_writer *shm_any_writer_open(void)
{
    return calloc(1, sizeof(shm_any_writer));
}

void shm_any_writer_close(shm_any_writer *writer)
{
    if (writer != NULL) {
        free(writer->buffer);
        free(writer->sorted);
        free(writer);
    }
}

void shm_any_begin(shm_any_writer *writer)
{
    writer->length = 0;
    writer->depth = 0;
    writer->value_count = 0;
    writer->status = SHM_OK;
    writer->reason = NULL;
}

static void fail(shm_any_writer *writer, shm_status status, const char *reason)
{
    if (writer->status == SHM_OK) {
        writer->status = status;
        writer->reason = reason;
    }
}

static bool grow(uint8_t **memory, size_t *capacity, size_t needed)
{
    if (needed <= *capacity) {
        return true;
    }
    const size_t doubled = *capacity * 2;
    const size_t size = needed > doubled ? needed + 64 : doubled;
    uint8_t *grown = realloc(*memory, size);
    if (grown == NULL) {
        return false;
    }
    *memory = grown;
    *capacity = size;
    return true;
}

/* Room for `size` bytes more; false once anything failed. */
static bool reserve(shm_any_writer *writer, size_t size)
{
    if (writer->status != SHM_OK) {
        return false;
    }
    if (size > PTRDIFF_MAX / 4 - writer->length ||
        !grow(&writer->buffer, &writer->capacity, writer->length + size)) {
        fail(writer, SHM_NO_MEMORY, "out of memory");
        return false;
    }
    return true;
}

static void append(shm_any_writer *writer, const void *bytes, size_t size)
{
    if (size > 0) {
        memcpy(writer->buffer + writer->length, bytes, size);
        writer->length += size;
    }
}

static size_t write_length(uint8_t *at, uint64_t length)
{
    size_t size = 0;
    for (; length >= 0x80; length >>= 7) {
        at[size++] = (uint8_t)(length | 0x80);
    }
    at[size++] = (uint8_t)length;
    return size;
}

/* A node is complete: its container counts it. */
static void count_node(shm_any_writer *writer)
{
    if (writer->depth == 0) {
        writer->value_count++;
    } else {
        writer->open[writer->depth - 1].node_count++;
    }
}

static void put(shm_any_writer *writer, shm_any_kind kind, const void *bytes, size_t size)
{
    if (reserve(writer, 1 + size)) {
        const uint8_t tag = (uint8_t)kind;
        append(writer, &tag, 1);
        append(writer, bytes, size);
        count_node(writer);
    }
}

void shm_any_put_null(shm_any_writer *writer)
{
    if (writer->depth > 0) {
        put(writer, SHM_ANY_NULL, NULL, 0);
    } else {
        count_node(writer); /* at the top, null is no bytes */
    }
}

void shm_any_put_bool(shm_any_writer *writer, bool value)
{
    put(writer, value ? SHM_ANY_TRUE : SHM_ANY_FALSE, NULL, 0);
}

void shm_any_put_int(shm_any_writer *writer, int64_t value)
{
    put(writer, SHM_ANY_INT, &value, sizeof value);
}

void shm_any_put_uint(shm_any_writer *writer, uint64_t value)
{
    put(writer, value > INT64_MAX ? SHM_ANY_UINT : SHM_ANY_INT, &value, sizeof value);
}

void shm_any_put_float(shm_any_writer *writer, double value)
{
    uint64_t bits = SHM_ANY_NAN;
    if (value == value) {
        memcpy(&bits, &value, sizeof bits);
    }
    put(writer, SHM_ANY_FLOAT, &bits, sizeof bits);
}

void shm_any_put_text(shm_any_writer *writer, shm_any_kind kind, shm_string text)
{
    if (!shm_any_is_text(kind)) {
        fail(writer, SHM_INVALID, "only strings, bytes and decimals are texts");
    } else if (kind == SHM_ANY_STRING && !shm_text_is_utf8(text)) {
        fail(writer, SHM_INVALID, "a string is not valid UTF-8");
    } else if (kind == SHM_ANY_DECIMAL && !shm_decimal_valid(text)) {
        fail(writer, SHM_INVALID, "a decimal is not a number");
    } else if (text.length > PTRDIFF_MAX / 8) {
        fail(writer, SHM_LIMIT, "a text is too long");
    } else if (reserve(writer, HEAD_BYTES_MAX + text.length)) {
        const uint8_t tag = (uint8_t)kind;
        append(writer, &tag, 1);
        writer->length += write_length(writer->buffer + writer->length, text.length);
        append(writer, text.data, text.length);
        count_node(writer);
    }
}

void shm_any_put_date(shm_any_writer *writer, shm_date value)
{
    if (!shm_date_valid(value)) {
        fail(writer, SHM_INVALID, "a date is not in the years 1 to 9999");
    }
    put(writer, SHM_ANY_DATE, &value.days, sizeof value.days);
}

void shm_any_put_datetime(shm_any_writer *writer, shm_datetime value)
{
    uint8_t bytes[SHM_ANY_DATETIME_BYTES];
    if (!shm_datetime_valid(value)) {
        fail(writer, SHM_INVALID, "a datetime is not in the years 1 to 9999, or its zone is wrong");
    }
    memcpy(bytes, &value.micros, 8);
    memcpy(bytes + 8, &value.zone_minutes, 2);
    bytes[10] = (uint8_t)value.zone_given;
    put(writer, SHM_ANY_DATETIME, bytes, sizeof bytes);
}

void shm_any_put_uuid(shm_any_writer *writer, shm_uuid value)
{
    put(writer, SHM_ANY_UUID, value.bytes, sizeof value.bytes);
}

void shm_any_put_begin(shm_any_writer *writer, shm_any_kind kind)
{
    if (!shm_any_is_container(kind)) {
        fail(writer, SHM_INVALID, "only lists, tuples, sets and dicts hold other values");
    } else if (writer->depth == SHM_ANY_DEPTH_MAX) {
        fail(writer, SHM_LIMIT, "values are nested more than 1000 deep");
    } else if (writer->status == SHM_OK) {
        writer->open[writer->depth++] =
            (struct open_container){.start = writer->length, .kind = kind};
    }
}

/* ---- sets and dicts ---- */

/* In key order; what is equal, in the order it was put. */
static int compare_entries(const void *a, const void *b)
{
    const uint8_t *const *left = a;
    const uint8_t *const *right = b;
    const int order = shm_any_compare(*left, *right);
    return order != 0 ? order : (*left > *right) - (*left < *right);
}

/* The end of a set's element, or of a dict's value. */
static const uint8_t *entry_end(const uint8_t *entry, shm_any_kind kind)
{
    const uint8_t *end = shm_any_next(entry).end;
    return kind == SHM_ANY_DICT ? shm_any_next(end).end : end;
}

/* Puts the entries of the container, which are sorted, in place of what was put; of equal elements
 * only the first.  False if a key repeats. */
static bool keep_sorted(shm_any_writer *writer, struct open_container *container,
                        const uint8_t *const *entries, uint64_t count)
{
    size_t length = 0;
    uint64_t kept = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (i > 0 && shm_any_compare(entries[i - 1], entries[i]) == 0) {
            if (container->kind == SHM_ANY_DICT) {
                return false;
            }
            continue;
        }
        const size_t size = (size_t)(entry_end(entries[i], container->kind) - entries[i]);
        memcpy(writer->sorted + length, entries[i], size);
        length += size;
        kept++;
    }
    memcpy(writer->buffer + container->start, writer->sorted, length);
    writer->length = container->start + length;
    container->node_count = kept; /* of a dict from here on: pairs */
    return true;
}

static void sort_entries(shm_any_writer *writer, struct open_container *container)
{
    const uint64_t step = container->kind == SHM_ANY_DICT ? 2 : 1;
    const uint64_t count = container->node_count / step;
    if (container->node_count % step != 0) {
        fail(writer, SHM_INVALID, "a dict ends with a key that has no value");
        return;
    }
    if (count == 0) {
        return;
    }
    const uint8_t **entries = calloc(count, sizeof *entries);
    if (entries == NULL ||
        !grow(&writer->sorted, &writer->sorted_capacity, writer->length - container->start)) {
        free(entries);
        fail(writer, SHM_NO_MEMORY, "out of memory");
        return;
    }
    const uint8_t *at = writer->buffer + container->start;
    for (uint64_t i = 0; i < count; i++) {
        entries[i] = at;
        at = entry_end(at, container->kind);
    }
    qsort(entries, count, sizeof *entries, compare_entries);
    if (!keep_sorted(writer, container, entries, count)) {
        fail(writer, SHM_INVALID, "a dict has a key twice");
    }
    free(entries);
}

/* Moves what the container holds to make room for its head. */
static void write_head(shm_any_writer *writer, const struct open_container *container)
{
    uint8_t head[HEAD_BYTES_MAX];
    const size_t inner = writer->length - container->start;
    size_t size = 0;
    head[size++] = (uint8_t)container->kind;
    size += write_length(head + size, container->node_count);
    size += write_length(head + size, inner);
    if (reserve(writer, size)) {
        uint8_t *start = writer->buffer + container->start;
        memmove(start + size, start, inner);
        memcpy(start, head, size);
        writer->length += size;
        count_node(writer);
    }
}

void shm_any_put_end(shm_any_writer *writer)
{
    if (writer->status != SHM_OK) {
        return;
    }
    if (writer->depth == 0) {
        fail(writer, SHM_INVALID, "an end without its begin");
        return;
    }
    struct open_container container = writer->open[--writer->depth];
    if (container.kind == SHM_ANY_SET || container.kind == SHM_ANY_DICT) {
        sort_entries(writer, &container);
    }
    if (writer->status == SHM_OK) {
        write_head(writer, &container);
    }
}

shm_status shm_any_end(shm_any_writer *writer, shm_bytes *encoded, shm_error *error)
{
    if (writer->status == SHM_OK && writer->depth > 0) {
        fail(writer, SHM_INVALID, "a list, tuple, set or dict is not ended");
    }
    if (writer->status == SHM_OK && writer->value_count != 1) {
        fail(writer, SHM_INVALID,
             writer->value_count == 0 ? "no value was put" : "more than one value was put");
    }
    if (writer->status != SHM_OK) {
        return shm_fail(error, writer->status, "%s", writer->reason);
    }
    *encoded =
        shm_bytes_of(writer->length == 0 ? (const void *)"" : writer->buffer, writer->length);
    return SHM_OK;
}
