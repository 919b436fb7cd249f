/* status.h — how operations answer, and how they explain a failure.
 *
 * A question returns its answer; an operation that can fail returns a shm_status, which must not be
 * ignored, and leaves its out-parameters untouched unless it returns SHM_OK.  An optional shm_error
 * receives the detail.  There is no thread-local "last error". */
#ifndef SHM_STATUS_H
#define SHM_STATUS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SHM_MUST_USE __attribute__((warn_unused_result))
#define SHM_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#define SHM_API __attribute__((visibility("default")))
/* A question whose answer only depends on its arguments and memory, and that changes nothing: a
 * loop around it may read what it needs of other memory once. */
#define SHM_PURE __attribute__((pure))
#else
#define SHM_MUST_USE
#define SHM_PRINTF(text, first)
#define SHM_API
#define SHM_PURE
#endif

/* Pinned values: they never change meaning, and new ones are appended. */
typedef enum shm_status {
    SHM_OK = 0,
    SHM_INVALID = 1,           /* an argument or an input value that cannot be taken */
    SHM_BAD_SCHEMA = 2,        /* schema text with an error in it */
    SHM_DUPLICATE_KEY = 3,     /* two rows with one key in a unique index */
    SHM_LIMIT = 4,             /* a stated limit was passed */
    SHM_NO_MEMORY = 5,         /* an allocation failed */
    SHM_IO = 6,                /* a file cannot be opened, read or written; see os_errno */
    SHM_NO_SPACE = 7,          /* the file system is full */
    SHM_NOT_IMAGE = 8,         /* the bytes do not begin like an image */
    SHM_TRUNCATED = 9,         /* the image is shorter than its header says */
    SHM_CORRUPT = 10,          /* a checksum or an invariant does not hold */
    SHM_WRONG_VERSION = 11,    /* a format version this library does not read */
    SHM_WRONG_BYTE_ORDER = 12, /* written on a machine of the other byte order */
    SHM_SCHEMA_MISMATCH = 13,  /* the image holds data of another, incompatible schema */
    SHM_NOT_FOUND = 14,        /* no such collection, field or file entry */
    SHM_ABORTED = 15,          /* a callback asked to stop */
    SHM_LOCKED = 16            /* somebody else holds what is needed, or the wait timed out */
} shm_status;

enum { SHM_ERROR_TEXT_BYTES = 1024 };

/* The detail of one failure.  Plain memory of the caller's; set only by a call that fails. */
typedef struct shm_error {
    shm_status status;
    int os_errno;    /* errno of the system call that failed, or 0 */
    uint64_t offset; /* where in the image, in bytes; UINT64_MAX where that has no meaning */
    char text[SHM_ERROR_TEXT_BYTES]; /* what, where and what to do; UTF-8, NUL-terminated */
} shm_error;

/* The name of a status ("SHM_CORRUPT") and its one-line meaning; never NULL, static storage. */
SHM_API const char *shm_status_name(shm_status status);
SHM_API const char *shm_status_text(shm_status status);

/* The library's version ("0.1.0") and the newest image format it reads and writes ("1.0"). */
SHM_API const char *shm_version(void);
SHM_API const char *shm_format_version(void);

#ifdef __cplusplus
}
#endif
#endif
