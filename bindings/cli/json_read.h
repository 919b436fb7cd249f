/* json_read.h — a pull reader of one JSON text in memory, which must be followed by a NUL and
 * SHM_INPUT_SLACK_BYTES readable bytes.
 *
 * A failure is kept with its place and the path of the value; every function then answers false. */
#ifndef BINDINGS_CLI_JSON_READ_H
#define BINDINGS_CLI_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/value.h>

#include "out.h"

enum {
    SHM_JSON_DEPTH_MAX = 4096, /* brackets in brackets: an any of depth 1,000 may need 3,000 */
    SHM_JSON_QUOTE_BYTES = 40, /* of a value, in a message */
    SHM_JSON_REASON_BYTES = 2048
};

/* One step of the path to the value being read; steps live on the stack of those who read. */
typedef struct shm_json_step {
    const struct shm_json_step *outer;
    const char *name; /* a field; NULL: see key */
    shm_string key;   /* a dict key as it stands in the text; data NULL: an index */
    uint64_t index;
} shm_json_step;

typedef struct shm_json {
    const char *start; /* columns count from here */
    const char *at;
    const char *end; /* *end is NUL */
    const shm_json_step *path;
    unsigned depth;
    shm_out scratch;       /* the last string that had escapes */
    const char *failed_at; /* NULL: no failure */
    bool plain;            /* the text is no JSON but one value as it stands: quoted whole */
    bool quiet;            /* reasons are not wanted: looking again at what failed before */
    char reason[SHM_JSON_REASON_BYTES];
} shm_json;

/* Starts on another text; keeps the scratch memory. */
void shm_json_begin(shm_json *json, const char *text, size_t length);
void shm_json_close(shm_json *json);

/* Keeps a failure at `at`, its reason beginning with the path unless that is empty; always
 * false. */
bool shm_json_fail(shm_json *json, const char *at, const char *format, ...) SHM_PRINTF(3, 4);

/* The same with a reason that already names the path. */
bool shm_json_fail_text(shm_json *json, const char *at, const char *reason);

/* "VALUE is not WHAT", quoting the value that begins at `at`. */
bool shm_json_fail_value(shm_json *json, const char *at, const char *what);

/* The column of a place: code points from the start of its line, from 1; and how many lines further
 * down than the start it stands. */
uint64_t shm_json_column(const shm_json *json, const char *at, uint64_t *lines_down);

/* The value's text from `at` to its end as far as that can be told, cut for a message, with what is
 * not printable escaped.  `quoted` holds SHM_JSON_QUOTE_BYTES * 4 + 4 bytes. */
void shm_json_quote(const shm_json *json, const char *at, char *quoted);
void shm_json_quote_text(shm_string text, char *quoted);
enum { SHM_JSON_QUOTED_BYTES = SHM_JSON_QUOTE_BYTES * 4 + 8 };

static inline bool shm_json_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first byte of what comes next, after any space; NUL at the end. */
static inline char shm_json_peek(shm_json *json)
{
    while (shm_json_is_space(*json->at)) {
        json->at++;
    }
    return *json->at;
}

/* Takes the byte if it comes next. */
static inline bool shm_json_take(shm_json *json, char c)
{
    if (shm_json_peek(json) == c) {
        json->at++;
        return true;
    }
    return false;
}

/* Takes "true", "false" or "null" if it comes next. */
bool shm_json_take_word(shm_json *json, const char *word, size_t length);

/* A string, unescaped: borrowed until the next one.  Its bytes are not checked to be UTF-8. */
bool shm_json_string(shm_json *json, shm_string *text);

/* A number, as it stands; `integral`: without fraction and exponent. */
bool shm_json_number(shm_json *json, shm_string *token, bool *integral);

/* '[' or '{', whichever `open` is. */
bool shm_json_open(shm_json *json, char open);

/* What comes next is not the ',' after an element. */
bool shm_json_next_other(shm_json *json, char close, uint64_t count);

/* Moves to the next element or member: true if there is one, false at the end (which is then taken)
 * or after a failure.  `count` elements came before. */
static inline bool shm_json_next(shm_json *json, char close, uint64_t count)
{
    if (*json->at == ',' && count > 0) {
        json->at++;
        return true;
    }
    return shm_json_next_other(json, close, count);
}

/* The key of a member and its ':'.  `raw`: as it stands in the text, quotes included. */
bool shm_json_key(shm_json *json, shm_string *key, shm_string *raw);
bool shm_json_colon(shm_json *json);

/* Nothing but space may follow. */
bool shm_json_end(shm_json *json);

/* Passes over a whole value, checking its form. */
bool shm_json_skip(shm_json *json);

/* Where, in the object or array of pairs that begins at `at`, or in objects inside it if `inside`,
 * a key stands for the second time; NULL if nowhere.  For messages: it looks again at what was
 * read. */
const char *shm_json_repeated_key(const char *at, const char *end, bool inside);

#endif
