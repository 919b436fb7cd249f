/* handle.h — an open image, which everything that reads it holds.
 *
 * Images, collections and records share one handle.  It is closed when the last image that uses it
 * is closed or goes; what else holds it then finds it closed, and says so.  While a buffer (a NumPy
 * array, a memoryview) is on its bytes, or a thread reads it without the interpreter's lock, it
 * cannot be closed. */
#ifndef SHM_PYTHON_HANDLE_H
#define SHM_PYTHON_HANDLE_H

#include "plan.h"

#include <shm/dataset.h>

struct shm_py_handle {
    PyObject base;
    shm_dataset *dataset; /* NULL: closed */
    shm_py_plan *plan;
    shm_py_state *state;
    PyObject *path;      /* str, absolute */
    uint64_t content[2]; /* what tells the image's bytes from others': made of all checksums */
    Py_ssize_t pin_count;
    Py_ssize_t image_count; /* open images that use it */
    PyObject *weak;
};

extern PyType_Spec shm_py_handle_spec, shm_py_buffer_spec;

shm_py_handle *shm_py_handle_open(shm_py_state *state, PyObject *path,
                                  const shm_open_options *options);

/* Closes it for good.  Fails: BufferError while it is pinned. */
int shm_py_handle_close(shm_py_handle *handle);

/* Raises ClosedError; NULL. */
PyObject *shm_py_handle_closed(const shm_py_handle *handle);

static inline bool shm_py_handle_is_open(const shm_py_handle *handle)
{
    return __builtin_expect(handle->dataset != NULL, 1);
}

/* Keeps it from being closed: wherever Python may run between two reads of the image, since code
 * that frees an object may close it.  Many may hold it so. */
static inline void shm_py_handle_pin(shm_py_handle *handle)
{
    handle->pin_count++;
}

static inline void shm_py_handle_unpin(shm_py_handle *handle)
{
    handle->pin_count--;
}

static inline shm_py_handle *shm_py_handle_hold(shm_py_handle *handle)
{
    Py_INCREF((PyObject *)handle);
    return handle;
}

/* A read-only memoryview on bytes of the image, which pins it. */
PyObject *shm_py_handle_bytes(shm_py_handle *handle, const void *at, size_t size);

/* Where the image begins. */
const unsigned char *shm_py_handle_base(const shm_py_handle *handle);

#endif
