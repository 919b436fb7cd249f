/* tuple.c — tuples: the behaviour of the built-in. */
#include "items.h"

PyObject *shm_py_read_tuple(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    shm_py_tuple *tuple = PyObject_New(shm_py_tuple, handle->state->classes[SHM_PY_TUPLE]);
    if (tuple == NULL)
        return NULL;
    tuple->at = at;
    tuple->type = type;
    tuple->handle = shm_py_handle_hold(handle);
    return (PyObject *)tuple;
}

static void tuple_dealloc(PyObject *self)
{
    Py_DECREF((PyObject *)((shm_py_tuple *)self)->handle);
    shm_py_free(self);
}

static Py_ssize_t tuple_length(PyObject *self)
{
    return (Py_ssize_t)((shm_py_tuple *)self)->type->field_count;
}

static PyObject *tuple_item(PyObject *self, Py_ssize_t i)
{
    const shm_py_tuple *tuple = (shm_py_tuple *)self;
    if (!shm_py_handle_is_open(tuple->handle))
        return shm_py_handle_closed(tuple->handle);
    if (i < 0 || i >= tuple_length(self)) {
        PyErr_SetString(PyExc_IndexError, "tuple index out of range");
        return NULL;
    }
    return shm_py_field_value(tuple->handle, &tuple->type->fields[i], tuple->at);
}

static PyObject *plain_tuple(PyObject *self)
{
    const Py_ssize_t count = tuple_length(self);
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *item = tuple_item(self, i);
        if (item == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SetItem(tuple, i, item);
    }
    return tuple;
}

static PyObject *tuple_subscript(PyObject *self, PyObject *key)
{
    Py_ssize_t position;
    if (PySlice_Check(key)) {
        PyObject *plain = plain_tuple(self);
        PyObject *part = plain == NULL ? NULL : PyObject_GetItem(plain, key);
        Py_XDECREF(plain);
        return part;
    }
    if (shm_py_position(key, tuple_length(self), "tuple", &position) != 0)
        return NULL;
    return tuple_item(self, position);
}

static PyObject *tuple_iterate(PyObject *self)
{
    const shm_py_tuple *tuple = (shm_py_tuple *)self;
    return shm_py_iterate(tuple->handle->state, self, tuple_length(self), tuple_item);
}

static PyObject *tuple_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(other) != Py_TYPE(self) && !PyTuple_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    return shm_py_compare_plain(self, other, operation, plain_tuple);
}

static Py_hash_t tuple_hash(PyObject *self)
{
    PyObject *plain = plain_tuple(self);
    const Py_hash_t hash = plain == NULL ? -1 : PyObject_Hash(plain);
    Py_XDECREF(plain);
    return hash;
}

static PyObject *tuple_repr(PyObject *self)
{
    return shm_py_repr_plain(self, plain_tuple);
}

/* Either side may be the proxy. */
static PyObject *tuple_add(PyObject *self, PyObject *other)
{
    if (!PyTuple_Check(self) && !PyTuple_Check(other) && Py_TYPE(self) != Py_TYPE(other))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *left = PySequence_Tuple(self);
    PyObject *right = left == NULL ? NULL : PySequence_Tuple(other);
    PyObject *result = right == NULL ? NULL : PySequence_Concat(left, right);
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

static PyObject *tuple_repeat(PyObject *self, Py_ssize_t count)
{
    PyObject *plain = plain_tuple(self);
    PyObject *result = plain == NULL ? NULL : PySequence_Repeat(plain, count);
    Py_XDECREF(plain);
    return result;
}

static PyObject *tuple_index(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_tuple, "index", arguments);
}

static PyObject *tuple_count(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_tuple, "count", arguments);
}

static PyObject *tuple_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_reduce_plain(((shm_py_tuple *)self)->handle->state, self, &PyTuple_Type);
}

static PyMethodDef tuple_methods[] = {
    {"index", tuple_index, METH_VARARGS, "The first position of a value."},
    {"count", tuple_count, METH_VARARGS, "How often a value is there."},
    {"__reduce__", tuple_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot tuple_slots[] = {
    {Py_tp_doc, "A tuple of an image, read in place."},
    {Py_tp_dealloc, SHM_PY_SLOT(tuple_dealloc)},
    {Py_tp_richcompare, SHM_PY_SLOT(tuple_compare)},
    {Py_tp_hash, SHM_PY_SLOT(tuple_hash)},
    {Py_tp_repr, SHM_PY_SLOT(tuple_repr)},
    {Py_tp_iter, SHM_PY_SLOT(tuple_iterate)},
    {Py_sq_length, SHM_PY_SLOT(tuple_length)},
    {Py_sq_item, SHM_PY_SLOT(tuple_item)},
    {Py_nb_add, SHM_PY_SLOT(tuple_add)},
    {Py_sq_repeat, SHM_PY_SLOT(tuple_repeat)},
    {Py_mp_length, SHM_PY_SLOT(tuple_length)},
    {Py_mp_subscript, SHM_PY_SLOT(tuple_subscript)},
    {Py_tp_methods, tuple_methods},
    {0, NULL},
};

PyType_Spec shm_py_tuple_spec = {
    .name = "libshm.Tuple",
    .basicsize = sizeof(shm_py_tuple),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = tuple_slots,
};
