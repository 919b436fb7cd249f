/* module.h — what every file of the Python module includes: Python's headers and the module's state.
 *
 * The module keeps nothing in static variables: what it needs of Python (types, exceptions, classes
 * of the standard library) is in the state of the module object, which every interpreter has of its
 * own.  Types reach it by shm_py_state_of. */
#ifndef SHM_PYTHON_MODULE_H
#define SHM_PYTHON_MODULE_H

#include <Python.h>

typedef struct shm_py_state {
    PyObject *module; /* borrowed: the state lives in it */
} shm_py_state;

#endif
