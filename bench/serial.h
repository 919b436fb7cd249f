/* serial.h — formats that are read where they lie, on the same items (serial.shm). */
#ifndef BENCH_SERIAL_H
#define BENCH_SERIAL_H

#include <shm/value.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_TAG_COUNT_MAX = 4, BENCH_NAME_MAX = 40, BENCH_TAG_MAX = 20 };

/* An item before it is encoded. */
typedef struct bench_item {
    uint64_t id;
    double price, lat, lon; /* whole numbers, so that sums are exact */
    uint8_t kind;
    uint8_t tag_count;
    shm_string name; /* texts end in a NUL, which Cap'n Proto asks for */
    shm_string tags[BENCH_TAG_COUNT_MAX];
    char name_bytes[BENCH_NAME_MAX];
    char tag_bytes[BENCH_TAG_COUNT_MAX][BENCH_TAG_MAX];
} bench_item;

/* One format.  Failures end the program. */
typedef struct bench_format {
    const char *name;
    /* Writes all items to a file, which is not synced. */
    void (*encode)(const bench_item *items, size_t count, const char *path);
    /* Maps the file.  `checks`: all of it is verified first, if the format can. */
    void *(*open)(const char *path, bool checks);
    void (*close)(void *self);
    uint64_t (*id_of)(void *self, size_t item);
    uint64_t (*traverse)(void *self); /* the sum of bench_text_sum of texts, and all numbers */
    bool can_check;
} bench_format;

extern const bench_format bench_format_shm, bench_format_flatbuffers, bench_format_capnp;

/* A text's share of the sum: that its bytes were reached. */
static inline uint64_t bench_text_sum(const char *data, size_t length)
{
    return length == 0 ? 0 : length + (unsigned char)data[0] + (unsigned char)data[length - 1];
}

/* A file's bytes, mapped for reading, and back. */
const void *bench_map_file(const char *path, size_t *size);
void bench_unmap_file(const void *bytes, size_t size);

/* Writes a whole file. */
void bench_write_file(const char *path, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
