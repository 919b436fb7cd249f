/* sorted.c — ranges and prefixes of sorted indexes. */
#include "collection.h"

#include <math.h>

/* Where a range begins or ends. */
typedef enum bound_place { BOUND_OPEN, BOUND_AT, BOUND_BELOW_ALL, BOUND_ABOVE_ALL } bound_place;

typedef struct key_bound {
    bound_place place;
    shm_py_key key; /* BOUND_AT */
} key_bound;

static void bound_close(key_bound *bound)
{
    if (bound->place == BOUND_AT)
        shm_py_key_free(&bound->key);
}

static bool is_float_key(const shm_py_collection *index)
{
    const shm_kind kind = index->source->leaves[0]->type->kind;
    return index->source->leaf_count == 1 && (kind == SHM_F32 || kind == SHM_F64);
}

/* The least float that is not less than the number. */
static PyObject *next_float(PyObject *object)
{
    PyObject *near = PyNumber_Float(object);
    if (near == NULL && PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        PyObject *zero = PyLong_FromLong(0);
        const int negative = zero == NULL ? -1 : PyObject_RichCompareBool(object, zero, Py_LT);
        Py_XDECREF(zero);
        near = negative < 0 ? NULL : PyFloat_FromDouble(negative == 1 ? -INFINITY : INFINITY);
    }
    const int below = near == NULL ? -1 : PyObject_RichCompareBool(near, object, Py_LT);
    PyObject *next =
        below == 1 ? PyFloat_FromDouble(nextafter(PyFloat_AsDouble(near), INFINITY)) : NULL;
    if (below != 0)
        Py_XDECREF(near);
    return below == 0 ? near : next;
}

/* The least number of the key's kind that is not less; the number itself where none is. */
static PyObject *next_number(const shm_py_collection *index, PyObject *object)
{
    if (is_float_key(index))
        return next_float(object);
    return PyFloat_Check(object) && isfinite(PyFloat_AsDouble(object))
               ? PyObject_CallMethod(object, "__ceil__", NULL)
               : Py_NewRef(object);
}

/* A number that the key's type cannot hold still has its place: above or below all, or just before
 * the next one that it can. */
static int place_number(const shm_py_collection *index, PyObject *object, key_bound *bound)
{
    const shm_py_source *source = index->source;
    PyObject *zero = PyLong_FromLong(0);
    PyObject *whole = next_number(index, object);
    int known = whole == NULL || zero == NULL
                    ? -1
                    : shm_py_key_make(index->handle->state, source, whole, true, &bound->key);
    if (known == 1) {
        bound->place = BOUND_AT;
    } else if (known == 0) {
        const int negative = PyObject_RichCompareBool(object, zero, Py_LT);
        bound->place = negative == 1 ? BOUND_BELOW_ALL : BOUND_ABOVE_ALL;
        known = negative < 0 ? -1 : 1;
    }
    Py_XDECREF(whole);
    Py_XDECREF(zero);
    return known == 1 ? 0 : -1;
}

static bool is_number_key(const shm_py_collection *index)
{
    return index->source->leaf_count == 1 && (index->source->leaves[0]->type->kind <= SHM_U64 ||
                                              index->source->leaves[0]->type->kind == SHM_ENUM);
}

static int bound_open(const shm_py_collection *index, PyObject *object, key_bound *bound)
{
    bound->place = BOUND_OPEN;
    if (object == NULL || object == Py_None)
        return 0;
    const int known =
        shm_py_key_make(index->handle->state, index->source, object, true, &bound->key);
    if (known == 1)
        bound->place = BOUND_AT;
    if (known != 0)
        return known < 0 ? -1 : 0;
    if (is_number_key(index) && (PyLong_Check(object) || PyFloat_Check(object)))
        return place_number(index, object, bound);
    if (is_float_key(index) && PyNumber_Check(object) && !PyComplex_Check(object))
        return place_number(index, object, bound);
    PyErr_Format(PyExc_TypeError, "%R has no place among the keys of %U", object,
                 index->source->name);
    return -1;
}

static PyObject *range_of(shm_py_collection *index, PyObject *start, PyObject *stop)
{
    key_bound from;
    key_bound to;
    shm_row_range range = {.count = 0};
    if (!shm_py_collection_is_open(index) || bound_open(index, start, &from) != 0)
        return NULL;
    if (bound_open(index, stop, &to) != 0) {
        bound_close(&from);
        return NULL;
    }
    const bool is_open = shm_py_collection_is_open(index);
    if (is_open && from.place != BOUND_ABOVE_ALL && to.place != BOUND_BELOW_ALL)
        range = shm_sorted_range(index->index, from.place == BOUND_AT ? from.key.parts : NULL,
                                 from.place == BOUND_AT ? from.key.count : 0,
                                 to.place == BOUND_AT ? to.key.parts : NULL,
                                 to.place == BOUND_AT ? to.key.count : 0);
    bound_close(&from);
    bound_close(&to);
    return is_open ? shm_py_rows_new(index, range) : NULL;
}

PyObject *shm_py_sorted_slice(PyObject *self, PyObject *slice)
{
    PyObject *start = PyObject_GetAttrString(slice, "start");
    PyObject *stop = start == NULL ? NULL : PyObject_GetAttrString(slice, "stop");
    PyObject *step = stop == NULL ? NULL : PyObject_GetAttrString(slice, "step");
    PyObject *rows = NULL;
    if (step != NULL && step != Py_None)
        PyErr_SetString(PyExc_TypeError, "a range of keys has no step; slice the rows");
    else if (step != NULL)
        rows = range_of((shm_py_collection *)self, start, stop);
    Py_XDECREF(start);
    Py_XDECREF(stop);
    Py_XDECREF(step);
    return rows;
}

PyObject *shm_py_sorted_range(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"start", "stop", NULL};
    PyObject *start = NULL;
    PyObject *stop = NULL;
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "|OO", names, &start, &stop))
        return NULL;
    return range_of((shm_py_collection *)self, start, stop);
}

PyObject *shm_py_sorted_prefix(PyObject *self, PyObject *object)
{
    shm_py_collection *index = (shm_py_collection *)self;
    shm_py_key key;
    if (!shm_py_collection_is_open(index))
        return NULL;
    const int known = shm_py_key_make(index->handle->state, index->source, object, true, &key);
    if (known < 0)
        return NULL;
    shm_row_range range = {.count = 0};
    const bool is_open = shm_py_collection_is_open(index);
    if (known == 1 && is_open)
        range = shm_sorted_prefix(index->index, key.parts, key.count);
    if (known == 1)
        shm_py_key_free(&key);
    return is_open ? shm_py_rows_new(index, range) : NULL;
}
