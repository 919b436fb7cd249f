/* arrow.h — Arrow's C data interface: its structs, and columns that are filled value by value.
 *
 * Rows stand one after the other, Arrow's values column by column: an export copies, and what is
 * exported does not depend on the image any more. */
#ifndef SHM_PYTHON_ARROW_H
#define SHM_PYTHON_ARROW_H

#include "value.h"

/* As the specification has them; guarded as it asks, since any header may have them. */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_NULLABLE 2

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif

typedef enum shm_py_shape {
    SHM_PY_FIXED,  /* values of one width */
    SHM_PY_BITS,   /* bool */
    SHM_PY_TEXTS,  /* 64-bit offsets and bytes */
    SHM_PY_LISTS,  /* 64-bit offsets into the child */
    SHM_PY_MAPS,   /* 32-bit offsets into the child, a struct of key and value */
    SHM_PY_STRUCTS /* children */
} shm_py_shape;

typedef struct shm_py_bytes {
    unsigned char *data;
    size_t length;
    size_t room;
} shm_py_bytes;

typedef struct shm_py_column {
    char *name;
    shm_py_shape shape;
    const char *format; /* as Arrow writes types; static */
    size_t width;       /* SHM_PY_FIXED: bytes */
    bool nullable;
    const shm_py_type *type;
    int64_t length;
    int64_t null_count;
    shm_py_bytes validity; /* bits */
    shm_py_bytes offsets;
    shm_py_bytes values;
    struct shm_py_column **children;
    size_t child_count;
    bool out_of_memory;
    bool too_long; /* 32-bit offsets do not reach */
} shm_py_column;

/* A column for values of that type; for records and structs with a child a field.  Raises TypeError
 * for records in themselves.  To be freed. */
shm_py_column *shm_py_column_new(const char *name, const shm_py_type *type, bool nullable,
                                 int depth);
void shm_py_column_free(shm_py_column *column);

/* Appends the value in its place, or a null. */
void shm_py_column_add(shm_py_column *column, const shm_py_type *type, const void *at);
void shm_py_column_add_null(shm_py_column *column);

/* Appends a field of a row. */
void shm_py_column_add_field(shm_py_column *column, const shm_py_field *field,
                             const unsigned char *row);

/* Whether all of it was taken; else MemoryError or OverflowError. */
int shm_py_column_check(const shm_py_column *column);

/* Fills the structs; the array takes the buffers away.  0, or -1 (no memory). */
int shm_py_column_schema(const shm_py_column *column, struct ArrowSchema *schema);
int shm_py_column_array(shm_py_column *column, struct ArrowArray *array);

/* Capsules, as the PyCapsule interface names them; they take over the structs' content. */
PyObject *shm_py_schema_capsule(const shm_py_column *column);
PyObject *shm_py_array_capsule(shm_py_column *column);
PyObject *shm_py_stream_capsule(shm_py_column *column);

#endif
