/* module.h — what the Python module has of libshm.mapped_struct: a module in it. */
#ifndef SHM_MAPPED_MODULE_H
#define SHM_MAPPED_MODULE_H

#include <Python.h>

/* Adds the module libshm._libshm.mapped to its parent, as the attribute `mapped`. */
int shm_mapped_add(PyObject *parent);

#endif
