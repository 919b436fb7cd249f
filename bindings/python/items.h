/* items.h — what the proxies of lists, sets, dicts and tuples share. */
#ifndef SHM_PYTHON_ITEMS_H
#define SHM_PYTHON_ITEMS_H

#include "value.h"

/* A proxy of `count` elements. */
shm_py_items *shm_py_items_new(shm_py_handle *handle, shm_py_class class,
                               const shm_py_type *element, const void *items, size_t count);

/* Element i, which is there; the handle is open. */
static inline PyObject *shm_py_items_at(const shm_py_items *items, Py_ssize_t i)
{
    return shm_py_value(items->handle, items->element, items->items + i * items->stride);
}

/* Where an element equal to the key stands in a set or among the keys of a dict; -1 if nowhere, -2
 * with an exception. */
Py_ssize_t shm_py_items_find(const shm_py_items *items, PyObject *key);

/* The element i of a proxy, with a check that the image is open. */
PyObject *shm_py_items_item(PyObject *self, Py_ssize_t i);
Py_ssize_t shm_py_items_length(PyObject *self);
PyObject *shm_py_items_iterate(PyObject *self);
void shm_py_items_dealloc(PyObject *self);

/* repr, a method, and the pickle of the built-in that `plain` makes. */
PyObject *shm_py_repr_plain(PyObject *self, PyObject *(*plain)(PyObject *self));
PyObject *shm_py_call_plain(PyObject *self, PyObject *(*plain)(PyObject *self), const char *name,
                            PyObject *arguments);
PyObject *shm_py_reduce_plain(shm_py_state *state, PyObject *self, PyTypeObject *class);

/* What get(key, default=None) answers for a key that is not there, borrowed; NULL where the
 * arguments are others.  The first is for a default by name. */
PyObject *shm_py_get_named(PyObject *const *arguments, Py_ssize_t count, PyObject *names);

static inline PyObject *shm_py_get_default(PyObject *const *arguments, Py_ssize_t count,
                                           PyObject *names)
{
    if (names == NULL && count == 1)
        return Py_None;
    return names == NULL && count == 2 ? arguments[1] : shm_py_get_named(arguments, count, names);
}

/* The position that an index object means, negative ones from the end; IndexError past the ends. */
int shm_py_position(PyObject *key, Py_ssize_t count, const char *what, Py_ssize_t *position);

/* materialize.c: the plain copy of a value in its place; of one that hashes, as keys do; of a
 * field; of a row. */
PyObject *shm_py_plain_value(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_plain_key(shm_py_handle *handle, const shm_py_type *type, const void *at);
PyObject *shm_py_plain_field(shm_py_handle *handle, const shm_py_field *field,
                             const unsigned char *row);
PyObject *shm_py_plain_row(shm_py_handle *handle, const shm_py_type *type, const void *row);

#endif
