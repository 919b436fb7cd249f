/* build.h — images from Python values. */
#ifndef SHM_PYTHON_BUILD_H
#define SHM_PYTHON_BUILD_H

#include "plan.h"

#include <shm/any.h>
#include <shm/builder.h>

/* A build that goes on: what values are put into, and where they came from. */
typedef struct shm_py_build {
    shm_py_state *state;
    shm_py_plan *plan;
    shm_builder *builder;
    shm_any_writer *any; /* made when first needed */
    const shm_py_source *source;
    unsigned long long row; /* its number among those given for the collection */
    PyObject *path;
    PyObject *progress;    /* a callable or None */
    PyThreadState *thread; /* while the interpreter's lock is not held; else NULL */
} shm_py_build_state;

/* build(schema, path, collections, memory, jobs, folder, progress): see libshm/_build.py. */
PyObject *shm_py_build(PyObject *module, PyObject *arguments, PyObject *keywords);

/* build_value.c: puts a value of that type; for optionals also None and ABSENT. */
int shm_py_put(shm_py_build_state *build, const shm_py_type *type, PyObject *object);

/* Puts the fields of a record, struct or row: of a dict or other mapping, a tuple or list in order,
 * or an object with attributes. */
int shm_py_put_fields(shm_py_build_state *build, const shm_py_type *type, PyObject *object);

/* build_scalar.c: a value of a scalar kind. */
int shm_py_put_scalar(shm_py_build_state *build, const shm_py_type *type, PyObject *object);

/* build_any.c */
int shm_py_put_any(shm_py_build_state *build, PyObject *object);

/* Raises that the object is no value of the type ("cities: row 17: where.lat: 'x' is not of type
 * f64"), with `more` behind it; -1. */
int shm_py_put_fail(shm_py_build_state *build, const shm_py_type *type, PyObject *object,
                    const char *more);

/* The same of a whole record or tuple of which nothing was put yet. */
int shm_py_put_fail_whole(shm_py_build_state *build, const shm_py_type *type, PyObject *object,
                          const char *more);

/* Raises InvalidError with the place in front, and the value, if one is given; -1. */
int shm_py_put_refuse(shm_py_build_state *build, PyObject *object, const char *reason);

/* The same where what is refused is the whole record or tuple, whose field `next` would be put
 * next. */
int shm_py_put_refuse_whole(shm_py_build_state *build, const shm_py_type *type, size_t next,
                            PyObject *object, const char *reason);

/* Gives a UnicodeError, OverflowError or the like that is set the place, as an InvalidError; other
 * exceptions stay as they are.  -1. */
int shm_py_put_wrap(shm_py_build_state *build, PyObject *object);

#endif
