/* value.h — values of an image as Python objects: scalars as those of the standard library,
 * composite ones as proxies that read the image when they are asked. */
#ifndef SHM_PYTHON_VALUE_H
#define SHM_PYTHON_VALUE_H

#include "handle.h"

/* A record or struct: where its fields stand. */
typedef struct shm_py_record {
    PyObject base;
    const unsigned char *at;
    shm_py_handle *handle;
} shm_py_record;

/* A list, fixed array or a slice of one; a set, whose elements are in key order; a dict, whose keys
 * are. */
typedef struct shm_py_items {
    PyObject base;
    const unsigned char *items;  /* the first */
    const unsigned char *values; /* dict: the value of the first key */
    Py_ssize_t count;
    Py_ssize_t stride; /* bytes from one to the next */
    const shm_py_type *element;
    const shm_py_type *value; /* dict */
    shm_py_handle *handle;
} shm_py_items;

/* A tuple. */
typedef struct shm_py_tuple {
    PyObject base;
    const unsigned char *at;
    const shm_py_type *type;
    shm_py_handle *handle;
} shm_py_tuple;

extern PyType_Spec shm_py_record_spec, shm_py_list_spec, shm_py_set_spec, shm_py_dict_spec,
    shm_py_tuple_spec, shm_py_iterator_spec;

/* The record that stands there, of that class. */
static inline PyObject *shm_py_record_new(shm_py_handle *handle, PyTypeObject *class,
                                          const void *at)
{
    shm_py_record *record = PyObject_New(shm_py_record, class);
    if (record == NULL)
        return NULL;
    record->at = at;
    record->handle = shm_py_handle_hold(handle);
    return (PyObject *)record;
}

/* The type of a record object. */
const shm_py_type *shm_py_record_type(const shm_py_record *record);

typedef enum shm_py_presence { SHM_PY_ABSENT, SHM_PY_PRESENT, SHM_PY_NULL } shm_py_presence;

static inline shm_py_presence shm_py_field_presence(const shm_py_field *field,
                                                    const unsigned char *row)
{
    uint64_t word;
    if (!field->optional)
        return SHM_PY_PRESENT;
    memcpy(&word, row + field->presence_offset, sizeof word);
    word >>= field->presence_bit;
    if ((word & 1) == 0)
        return SHM_PY_ABSENT;
    return field->nullable && (word & 2) != 0 ? SHM_PY_NULL : SHM_PY_PRESENT;
}

/* The value of a field of a record or tuple; None for an absent T?, and for a null; libshm.ABSENT
 * for an absent T??. */
PyObject *shm_py_field_value(shm_py_handle *handle, const shm_py_field *field,
                             const unsigned char *row);

/* The value in its place (in a list, a row, ...), an optional's state included. */
static inline PyObject *shm_py_value(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    return type->read(handle, type, at);
}

/* A plain copy of what a proxy stands for: dicts for records, row numbers for references, list,
 * frozenset, dict, tuple, and NumPy arrays of their own; other objects as they are. */
PyObject *shm_py_materialize(shm_py_state *state, PyObject *object);

/* The same for another process, which has no image: objects with attributes for records; references
 * stay, as the rows that they lead to are found again. */
PyObject *shm_py_copy_objects(shm_py_state *state, PyObject *object);

/* Reads that composite types use. */
PyObject *shm_py_read_list(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_read_array(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_read_set(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_read_dict(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_read_tuple(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_read_tensor(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_read_any(shm_py_handle *handle, const shm_py_type *type, const void *at);

/* Scalars, by what they hold. */
PyObject *shm_py_date(shm_py_state *state, shm_date date);
PyObject *shm_py_datetime(shm_py_state *state, shm_datetime datetime);
PyObject *shm_py_uuid(shm_py_state *state, const uint8_t *bytes);
PyObject *shm_py_decimal(shm_py_state *state, shm_string text);
PyObject *shm_py_text(shm_string text);

/* An iterator over `count` things that `item` makes of a position; holds `over`. */
typedef PyObject *shm_py_item(PyObject *over, Py_ssize_t i);
PyObject *shm_py_iterate(shm_py_state *state, PyObject *over, Py_ssize_t count, shm_py_item *item);

/* set.c: the algebra of sets of an image; either side may be any set, the answer is a frozenset. */
PyObject *shm_py_set_and(PyObject *left, PyObject *right);
PyObject *shm_py_set_or(PyObject *left, PyObject *right);
PyObject *shm_py_set_subtract(PyObject *left, PyObject *right);
PyObject *shm_py_set_xor(PyObject *left, PyObject *right);

/* Comparison of a proxy with another object by what `plain` makes of it (a built-in), after the
 * other one was made plain, too. */
PyObject *shm_py_compare_plain(PyObject *self, PyObject *other, int operation,
                               PyObject *(*plain)(PyObject *self));

/* -1, 0 or 1 of the key order of two elements of one scalar type: the one in place, and the word or
 * text of a key. */
struct shm_key_part;
int shm_py_key_order(const shm_py_type *type, const void *at, const struct shm_key_part *part);

#endif
