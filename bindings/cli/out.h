/* out.h — bytes on their way out: a growing buffer, and the one way to stdout. */
#ifndef BINDINGS_CLI_OUT_H
#define BINDINGS_CLI_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <shm/status.h>
#include <shm/value.h>

typedef struct shm_out {
    char *bytes;
    size_t length;
    size_t size;
    bool streams; /* shm_out_pass may empty it: one row can be larger than memory */
} shm_out;

void shm_out_close(shm_out *out);

/* Makes room for `more` bytes after `length`; ends the program if there is no memory. */
void shm_out_grow(shm_out *out, size_t more);

static inline char *shm_out_room(shm_out *out, size_t more)
{
    if (out->size - out->length < more) {
        shm_out_grow(out, more);
    }
    return out->bytes + out->length;
}

static inline void shm_out_char(shm_out *out, char c)
{
    *shm_out_room(out, 1) = c;
    out->length++;
}

static inline void shm_out_bytes(shm_out *out, const void *bytes, size_t length)
{
    if (length > 0) {
        memcpy(shm_out_room(out, length), bytes, length);
        out->length += length;
    }
}

static inline void shm_out_string(shm_out *out, shm_string text)
{
    shm_out_bytes(out, text.data, text.length);
}

void shm_out_text(shm_out *out, const char *text);
void shm_out_print(shm_out *out, const char *format, ...) SHM_PRINTF(2, 3);

/* Writes all of it to stdout and empties it.  A closed pipe ends the program quietly, any other
 * failure with a message and SHM_EXIT_IO. */
void shm_out_flush(shm_out *out);

/* The same once there is enough to be worth a write. */
static inline void shm_out_relieve(shm_out *out)
{
    if (out->length >= (size_t)1 << 16) {
        shm_out_flush(out);
    }
}

/* Between two values: the same, if it streams. */
static inline void shm_out_pass(shm_out *out)
{
    if (out->streams) {
        shm_out_relieve(out);
    }
}

#endif
