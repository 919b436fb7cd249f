/* image.h — images, and how what is in them is found again by another process. */
#ifndef SHM_PYTHON_IMAGE_H
#define SHM_PYTHON_IMAGE_H

#include "value.h"

typedef struct shm_py_image {
    PyObject base;
    shm_py_handle *handle;
    bool is_open;
    PyObject
        *items[]; /* its collections, of which those of a class have as many as its schema; NULL
                        * for tensors, since an array would keep the image from being closed */
} shm_py_image;

extern PyType_Spec shm_py_image_spec;

/* An image on the handle; takes over the reference. */
PyObject *shm_py_image_new(shm_py_handle *handle);

/* (libshm._handles.reopen_at, (path, content, where)): what an object in the image pickles as.
 * Takes over `where`. */
PyObject *shm_py_reduce_at(shm_py_handle *handle, PyObject *where);

/* The table, and the row of it, that a record is; false if it is part of another record. */
bool shm_py_record_place(const shm_py_record *record, uint32_t *table, uint64_t *row);

/* array.c: a tensor collection as a NumPy array. */
PyObject *shm_py_tensor_array(shm_py_handle *handle, uint32_t collection);

/* 1 if Python reserves the name, 0 if not, -1. */
int shm_py_is_keyword(shm_py_state *state, PyObject *name);

#endif
