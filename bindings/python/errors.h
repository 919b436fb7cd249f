/* errors.h — what the library answers, as Python's exceptions (libshm/errors.py). */
#ifndef SHM_PYTHON_ERRORS_H
#define SHM_PYTHON_ERRORS_H

#include "module.h"

/* Takes the exception classes from libshm.errors. */
int shm_py_errors_open(shm_py_state *state);

/* Raises the exception of the error's status with its text; OSErrors get errno and `path` (which
 * may be NULL).  Answers NULL. */
PyObject *shm_py_raise(shm_py_state *state, const shm_error *error, PyObject *path);

/* Raises one of the module's own exceptions.  Answers NULL. */
PyObject *shm_py_raise_own(shm_py_state *state, shm_py_exception exception, const char *format,
                           ...);

#endif
