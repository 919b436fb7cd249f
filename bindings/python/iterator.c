/* iterator.c — iterators over what has positions; and what all proxies share. */
#include "items.h"

typedef struct iterator_object {
    PyObject base;
    PyObject *over;
    shm_py_item *item;
    Py_ssize_t at;
    Py_ssize_t count;
} iterator_object;

static void iterator_dealloc(PyObject *self)
{
    Py_DECREF(((iterator_object *)self)->over);
    shm_py_free(self);
}

/* At the end, too, it holds what it goes over: making an item may run code that goes through the
 * iterator to its end. */
static PyObject *iterator_next(PyObject *self)
{
    iterator_object *iterator = (iterator_object *)self;
    if (iterator->at >= iterator->count)
        return NULL;
    return iterator->item(iterator->over, iterator->at++);
}

static PyObject *iterator_hint(PyObject *self, PyObject *unused)
{
    const iterator_object *iterator = (iterator_object *)self;
    (void)unused;
    return PyLong_FromSsize_t(iterator->count - iterator->at);
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_hint, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot iterator_slots[] = {
    {Py_tp_dealloc, SHM_PY_SLOT(iterator_dealloc)},
    {Py_tp_iter, SHM_PY_SLOT(PyObject_SelfIter)},
    {Py_tp_iternext, SHM_PY_SLOT(iterator_next)},
    {Py_tp_methods, iterator_methods},
    {0, NULL},
};

PyType_Spec shm_py_iterator_spec = {
    .name = "libshm._Iterator",
    .basicsize = sizeof(iterator_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = iterator_slots,
};

PyObject *shm_py_iterate(shm_py_state *state, PyObject *over, Py_ssize_t count, shm_py_item *item)
{
    iterator_object *iterator = PyObject_New(iterator_object, state->classes[SHM_PY_ITERATOR]);
    if (iterator == NULL)
        return NULL;
    iterator->over = Py_NewRef(over);
    iterator->item = item;
    iterator->at = 0;
    iterator->count = count;
    return (PyObject *)iterator;
}

PyObject *shm_py_compare_plain(PyObject *self, PyObject *other, int operation,
                               PyObject *(*plain)(PyObject *self))
{
    PyObject *left = plain(self);
    PyObject *right = left == NULL                      ? NULL
                      : Py_TYPE(other) == Py_TYPE(self) ? plain(other)
                                                        : Py_NewRef(other);
    PyObject *result = right == NULL ? NULL : PyObject_RichCompare(left, right, operation);
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

PyObject *shm_py_repr_plain(PyObject *self, PyObject *(*plain)(PyObject *self))
{
    PyObject *copy = plain(self);
    PyObject *text = copy == NULL ? NULL : PyObject_Repr(copy);
    Py_XDECREF(copy);
    return text;
}

PyObject *shm_py_call_plain(PyObject *self, PyObject *(*plain)(PyObject *self), const char *name,
                            PyObject *arguments)
{
    PyObject *copy = plain(self);
    PyObject *method = copy == NULL ? NULL : PyObject_GetAttrString(copy, name);
    PyObject *result = method == NULL ? NULL : PyObject_CallObject(method, arguments);
    Py_XDECREF(copy);
    Py_XDECREF(method);
    return result;
}

PyObject *shm_py_reduce_plain(shm_py_state *state, PyObject *self, PyTypeObject *class)
{
    PyObject *copy = shm_py_copy_objects(state, self);
    return copy == NULL ? NULL : Py_BuildValue("(O(N))", (PyObject *)class, copy);
}

PyObject *shm_py_get_named(PyObject *const *arguments, Py_ssize_t count, PyObject *names)
{
    const Py_ssize_t named = names == NULL ? 0 : PyTuple_Size(names);
    if (count == 1 && named == 1 &&
        PyUnicode_CompareWithASCIIString(PyTuple_GetItem(names, 0), "default") == 0)
        return arguments[1];
    return PyErr_Format(PyExc_TypeError,
                        "get takes a key and a default (get(key, default=None)), "
                        "not %zd arguments and %zd by name",
                        count, named);
}

int shm_py_position(PyObject *key, Py_ssize_t count, const char *what, Py_ssize_t *position)
{
    *position = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (*position == -1 && PyErr_Occurred())
        return -1;
    if (*position < 0)
        *position += count;
    if (*position >= 0 && *position < count)
        return 0;
    PyErr_Format(PyExc_IndexError, "%s index out of range", what);
    return -1;
}
