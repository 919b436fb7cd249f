/* module.h — what every file of the Python module includes: Python's headers and the module's
 * state.
 *
 * The module keeps nothing in static variables: what it needs of Python (types, exceptions, classes
 * of the standard library) is in the state of the module object, which every interpreter has of its
 * own.  Objects reach it through their handle.
 *
 * Functions answer as Python's C API does: a new reference or NULL, 0 or -1, with an exception set
 * where they fail. */
#ifndef SHM_PYTHON_MODULE_H
#define SHM_PYTHON_MODULE_H

#include <Python.h>
#include <structmember.h>

#include <shm/status.h>

typedef enum shm_py_class {
    SHM_PY_PLAN,
    SHM_PY_HANDLE,
    SHM_PY_BUFFER,
    SHM_PY_ITERATOR,
    SHM_PY_IMAGE,
    SHM_PY_RECORD,
    SHM_PY_LIST,
    SHM_PY_SET,
    SHM_PY_DICT,
    SHM_PY_TUPLE,
    SHM_PY_TABLE,
    SHM_PY_ROWS,
    SHM_PY_INDEX,
    SHM_PY_MULTI_INDEX,
    SHM_PY_APPROXIMATE_INDEX,
    SHM_PY_SORTED_INDEX,
    SHM_PY_MAP,
    SHM_PY_MULTI_MAP,
    SHM_PY_KEY_SET,
    SHM_PY_WALK,
    SHM_PY_CLASS_COUNT
} shm_py_class;

/* Things of other Python modules, imported when they are first needed. */
typedef enum shm_py_import {
    SHM_PY_DATE,
    SHM_PY_DATE_FROM_ORDINAL,
    SHM_PY_DATETIME,
    SHM_PY_TIMEDELTA,
    SHM_PY_TIMEZONE,
    SHM_PY_DECIMAL,
    SHM_PY_UUID, /* libshm._views.uuid_of_bytes */
    SHM_PY_UUID_CLASS,
    SHM_PY_INT_ENUM,
    SHM_PY_KEYS_VIEW,
    SHM_PY_ITEMS_VIEW,
    SHM_PY_VALUES_VIEW,
    SHM_PY_MAPPINGS_EQUAL, /* libshm._views.mappings_equal */
    SHM_PY_MAPPING,
    SHM_PY_SET_ABC,
    SHM_PY_ROWS_ARRAY, /* libshm._arrays: NumPy arrays on mapped bytes */
    SHM_PY_TENSOR_ARRAY,
    SHM_PY_COLUMN,       /* libshm._views.Column: a field without a fixed size */
    SHM_PY_ARRAY_ROWS,   /* libshm._arrays.array_rows: a structured array's rows as dicts */
    SHM_PY_PACKED_ROWS,  /* libshm._arrays.packed_rows: a structured array's rows as the table's */
    SHM_PY_TENSOR_BYTES, /* libshm._arrays.tensor_bytes: a tensor's elements to be put */
    SHM_PY_REOPEN_AT,    /* libshm._handles.reopen_at */

    SHM_PY_IS_KEYWORD,
    SHM_PY_NAMESPACE, /* libshm._handles.namespace: a plain copy of a nested record */
    SHM_PY_IMPORT_COUNT
} shm_py_import;

/* Exceptions that no status stands for. */
typedef enum shm_py_exception {
    SHM_PY_CLOSED_ERROR,
    SHM_PY_VALUE_TYPE_ERROR,
    SHM_PY_EXCEPTION_COUNT
} shm_py_exception;

enum { SHM_PY_STATUS_COUNT = SHM_LOCKED + 1 };

typedef struct shm_py_state {
    PyObject *module; /* borrowed: the state lives in it */
    PyTypeObject *classes[SHM_PY_CLASS_COUNT];
    PyObject *imports[SHM_PY_IMPORT_COUNT];
    PyObject *errors[SHM_PY_STATUS_COUNT]; /* by status; that of SHM_OK is libshm.Error */
    PyObject *exceptions[SHM_PY_EXCEPTION_COUNT];
    PyObject *absent; /* libshm.ABSENT: what stands for an absent T?? outside of fields */
    PyObject *plans;  /* dict: fingerprint to a weak reference to the plan */
} shm_py_state;

/* The thing itself, borrowed from the state. */
PyObject *shm_py_imported(shm_py_state *state, shm_py_import what);

/* Calls it with up to three arguments (NULL ends them). */
PyObject *shm_py_call(shm_py_state *state, shm_py_import what, PyObject *a, PyObject *b,
                      PyObject *c);

/* The state of the module that a heap type of it belongs to. */
shm_py_state *shm_py_state_of(PyTypeObject *type);

/* How every object of the module that holds no cycle is freed: PyObject_Free, and its type. */
static inline void shm_py_free(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}

/* A method or slot of a spec: ISO C has no conversion of functions to void *. */
#define SHM_PY_SLOT(function) ((void *)(function))

#endif
