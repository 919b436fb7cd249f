/* collection.h — the collections of an image: tables, indexes, maps and sets. */
#ifndef SHM_PYTHON_COLLECTION_H
#define SHM_PYTHON_COLLECTION_H

#include "key.h"
#include "value.h"

typedef struct shm_py_collection {
    PyObject base;
    shm_py_handle *handle;
    const shm_py_source *source;
    shm_table table; /* the rows that it holds or leads to */
    const shm_index *index;
    shm_placed placed; /* of width 0 if it is none */
    shm_key_form form;
    /* A table may be a slice: row `first + i * step` is its i-th of `count`. */
    Py_ssize_t first;
    Py_ssize_t step;
    Py_ssize_t count;
} shm_py_collection;

/* Rows of one key or range, or the values of a multimap. */
typedef struct shm_py_rows {
    PyObject base;
    shm_py_collection *collection;
    shm_row_range range;
    Py_ssize_t step; /* of a slice: in row numbers of the range, from its first on */
} shm_py_rows;

extern PyType_Spec shm_py_table_spec, shm_py_rows_spec, shm_py_index_spec, shm_py_multi_index_spec,
    shm_py_approximate_index_spec, shm_py_sorted_index_spec, shm_py_map_spec, shm_py_multi_map_spec,
    shm_py_key_set_spec, shm_py_walk_spec;

/* The object of a collection; of a tensor a NumPy array. */
PyObject *shm_py_collection_new(shm_py_handle *handle, const shm_py_source *source);

void shm_py_collection_dealloc(PyObject *self);
PyObject *shm_py_collection_reduce(PyObject *self, PyObject *unused);

/* Answers whether it is open; else raises. */
static inline bool shm_py_collection_is_open(const shm_py_collection *collection)
{
    if (shm_py_handle_is_open(collection->handle))
        return true;
    shm_py_handle_closed(collection->handle);
    return false;
}

/* What a row of the collection is to Python: a record, or the value of a map's entry. */
PyObject *shm_py_row_object(const shm_py_collection *collection, const void *row);

/* Its plain copy. */
PyObject *shm_py_row_plain(const shm_py_collection *collection, const void *row);

/* The row of a key in a unique index, map or set: 1, 0 where there is none, -1. */
int shm_py_find_row(const shm_py_collection *collection, PyObject *key, const void **row);

/* All rows of a key: 1 (of none, perhaps), or -1. */
int shm_py_find_rows(const shm_py_collection *collection, PyObject *key, shm_row_range *range);

PyObject *shm_py_rows_new(shm_py_collection *collection, shm_row_range range);

/* Their plain copies, as a list. */
PyObject *shm_py_rows_plain(PyObject *self, PyObject *unused);

/* Rows as they were pickled: their place in the image, count, step and width. */
PyObject *shm_py_method_rows_at(PyObject *self, PyObject *arguments);

/* Iterators over an index, map or set, key by key. */
typedef enum shm_py_walk_mode {
    SHM_PY_WALK_KEYS,
    SHM_PY_WALK_VALUES,
    SHM_PY_WALK_ITEMS,
    SHM_PY_WALK_PLAIN /* items as plain copies */
} shm_py_walk_mode;
PyObject *shm_py_walk_new(shm_py_collection *collection, shm_py_walk_mode mode);

/* Methods and slots that index kinds and maps share. */
PyObject *shm_py_walk_keys(PyObject *self);
PyObject *shm_py_method_iterate_items(PyObject *self, PyObject *unused);
PyObject *shm_py_method_iterate_plain(PyObject *self, PyObject *unused);
PyObject *shm_py_method_iterate_values(PyObject *self, PyObject *unused);
PyObject *shm_py_method_keys(PyObject *self, PyObject *unused);
PyObject *shm_py_method_items(PyObject *self, PyObject *unused);
PyObject *shm_py_method_values(PyObject *self, PyObject *unused);
Py_ssize_t shm_py_key_count(PyObject *self);
PyObject *shm_py_collection_repr(PyObject *self);

/* sorted.c */
PyObject *shm_py_sorted_slice(PyObject *self, PyObject *slice);
PyObject *shm_py_sorted_range(PyObject *self, PyObject *arguments, PyObject *keywords);
PyObject *shm_py_sorted_prefix(PyObject *self, PyObject *key);

/* many.c: finds for whole arrays; those without an underscore go by way of libshm/_arrays.py. */
PyObject *shm_py_method_find_many(PyObject *self, PyObject *arguments);
PyObject *shm_py_method_are_there(PyObject *self, PyObject *arguments);
PyObject *shm_py_method_gather(PyObject *self, PyObject *arguments);
PyObject *shm_py_method_key_kind(PyObject *self, PyObject *unused);
PyObject *shm_py_method_value_dtype(PyObject *self, PyObject *unused);
PyObject *shm_py_method_get_many(PyObject *self, PyObject *arguments, PyObject *keywords);
PyObject *shm_py_method_contains_many(PyObject *self, PyObject *keys);
PyObject *shm_py_method_rows_many(PyObject *self, PyObject *keys);

/* array.c, arrow.c: tables as arrays of NumPy and Arrow. */
PyObject *shm_py_table_column(PyObject *self, PyObject *name);
PyObject *shm_py_table_array(PyObject *self, PyObject *unused);
PyObject *shm_py_table_dunder_array(PyObject *self, PyObject *arguments, PyObject *keywords);
PyObject *shm_py_table_arrow_schema(PyObject *self, PyObject *unused);
PyObject *shm_py_table_arrow_array(PyObject *self, PyObject *arguments, PyObject *keywords);
PyObject *shm_py_table_arrow_stream(PyObject *self, PyObject *arguments, PyObject *keywords);
PyObject *shm_py_table_arrow_column(PyObject *self, PyObject *name);

#define SHM_PY_METHOD(function) ((PyCFunction)(void (*)(void))(function))

#endif
