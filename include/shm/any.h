/* any.h — values typed at run time: reading and writing the encoding that an `any` field holds.
 *
 * An any value is a text cell whose bytes are one encoded node (docs/format.md, "Any"); no bytes at
 * all are null.  Reading walks the bytes in place and allocates nothing.  The bytes of a verified
 * image are well-formed; others must pass shm_any_valid first.  Threads: any number may read. */
#ifndef SHM_ANY_H
#define SHM_ANY_H

#include <shm/status.h>
#include <shm/value.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Pinned: these are the tag bytes of the encoding. */
typedef enum shm_any_kind {
    SHM_ANY_NULL = 0,
    SHM_ANY_FALSE = 1,
    SHM_ANY_TRUE = 2,
    SHM_ANY_INT = 3,    /* i64 */
    SHM_ANY_UINT = 4,   /* u64 above INT64_MAX */
    SHM_ANY_FLOAT = 5,  /* f64 */
    SHM_ANY_STRING = 6, /* UTF-8 */
    SHM_ANY_BYTES = 7,
    SHM_ANY_DECIMAL = 8, /* its text */
    SHM_ANY_DATE = 9,
    SHM_ANY_DATETIME = 10,
    SHM_ANY_UUID = 11,
    SHM_ANY_LIST = 12,
    SHM_ANY_TUPLE = 13,
    SHM_ANY_SET = 14, /* elements in shm_any_compare order, each once */
    SHM_ANY_DICT = 15 /* keys in shm_any_compare order, each once */
} shm_any_kind;

enum { SHM_ANY_DEPTH_MAX = 1000 };

/* One node, in place. */
typedef struct shm_any {
    shm_any_kind kind;
    union {
        int64_t integer;
        uint64_t uinteger;
        double number;
        shm_string text; /* string, bytes, decimal */
        shm_date date;
        shm_datetime datetime;
        shm_uuid uuid;
    } u;
    size_t count;         /* elements of a list, tuple, set; pairs of a dict; else 0 */
    const uint8_t *inner; /* the encoded elements (dict: key, value, key, ...) */
    const uint8_t *end;   /* one past this node */
} shm_any;

/* The node at the start of `bytes` (well-formed). Cost: O(1). */
SHM_API shm_any shm_any_at(shm_bytes bytes);

/* The node that begins at `at`: the first inner one is shm_any_next(any.inner), the one after it
 * shm_any_next(previous.end); `count` (twice that for a dict) says how many there are. */
SHM_API shm_any shm_any_next(const uint8_t *at);

/* Whether the bytes are one well-formed node in canonical form, or none.  `nodes`, unless NULL, is
 * set to the number of nodes.  Cost: linear; depth is bounded by SHM_ANY_DEPTH_MAX. */
SHM_API bool shm_any_valid(shm_bytes bytes, uint64_t *nodes);

/* The order of set elements and dict keys: by kind (INT and UINT are one), then numbers by value
 * (NaN last), texts by bytes, times by instant, containers by their encoded bytes. */
SHM_API int shm_any_compare(const uint8_t *a, const uint8_t *b);

/* ---- writing ---- */

typedef struct shm_any_writer shm_any_writer;

/* A writer for one value after the other.  NULL when memory is short. */
SHM_API shm_any_writer *shm_any_writer_open(void);
SHM_API void shm_any_writer_close(shm_any_writer *writer);

/* Starts a new value, forgetting the last one. */
SHM_API void shm_any_begin(shm_any_writer *writer);

/* Each puts one node; a failure (no memory, too deep, invalid UTF-8, a repeated dict key) is kept
 * and answered by shm_any_end. */
SHM_API void shm_any_put_null(shm_any_writer *writer);
SHM_API void shm_any_put_bool(shm_any_writer *writer, bool value);
SHM_API void shm_any_put_int(shm_any_writer *writer, int64_t value);
SHM_API void shm_any_put_uint(shm_any_writer *writer, uint64_t value);
SHM_API void shm_any_put_float(shm_any_writer *writer, double value);
SHM_API void shm_any_put_text(shm_any_writer *writer, shm_any_kind kind, shm_string text);
SHM_API void shm_any_put_date(shm_any_writer *writer, shm_date value);
SHM_API void shm_any_put_datetime(shm_any_writer *writer, shm_datetime value);
SHM_API void shm_any_put_uuid(shm_any_writer *writer, shm_uuid value);

/* `kind` is LIST, TUPLE, SET or DICT; nodes put until the matching end are inside (dict: key,
 * value, key, ...).  Sets are sorted and repeated elements dropped; a repeated dict key fails. */
SHM_API void shm_any_put_begin(shm_any_writer *writer, shm_any_kind kind);
SHM_API void shm_any_put_end(shm_any_writer *writer);

/* The encoded value, borrowed until the next begin or close.
 * Fails: INVALID, LIMIT, NO_MEMORY, with the reason. */
SHM_API SHM_MUST_USE shm_status shm_any_end(shm_any_writer *writer, shm_bytes *encoded,
                                            shm_error *error);

#ifdef __cplusplus
}
#endif
#endif
