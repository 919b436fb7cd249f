/* dict.c — dicts: the behaviour of a dict that is never changed. */
#include "items.h"

PyObject *shm_py_read_dict(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const shm_span keys = shm_list_cell_span(at);
    const shm_span values = shm_dict_cell_values(at, type->key->type->size);
    shm_py_items *dict = shm_py_items_new(handle, SHM_PY_DICT, type->key, keys.items, keys.count);
    if (dict != NULL) {
        dict->values = values.items;
        dict->value = type->element;
    }
    return (PyObject *)dict;
}

static PyObject *value_at(const shm_py_items *dict, Py_ssize_t i)
{
    return shm_py_value(dict->handle, dict->value,
                        dict->values + i * (Py_ssize_t)dict->value->type->size);
}

/* Where the key stands; -1 if nowhere, -2 with an exception. */
static Py_ssize_t find(PyObject *self, PyObject *key)
{
    const shm_py_items *dict = (shm_py_items *)self;
    if (!shm_py_handle_is_open(dict->handle)) {
        shm_py_handle_closed(dict->handle);
        return -2;
    }
    return shm_py_items_find(dict, key);
}

static PyObject *dict_subscript(PyObject *self, PyObject *key)
{
    const Py_ssize_t found = find(self, key);
    if (found >= 0)
        return value_at((shm_py_items *)self, found);
    if (found == -1)
        PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

static int dict_contains(PyObject *self, PyObject *key)
{
    const Py_ssize_t found = find(self, key);
    return found == -2 ? -1 : found >= 0;
}

static PyObject *dict_get(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                          PyObject *names)
{
    PyObject *fallback = shm_py_get_default(arguments, count, names);
    if (fallback == NULL)
        return NULL;
    const Py_ssize_t found = find(self, arguments[0]);
    if (found >= 0)
        return value_at((shm_py_items *)self, found);
    return found == -2 ? NULL : Py_NewRef(fallback);
}

static PyObject *plain_dict(PyObject *self)
{
    const shm_py_items *items = (shm_py_items *)self;
    if (!shm_py_handle_is_open(items->handle))
        return shm_py_handle_closed(items->handle);
    shm_py_handle_pin(items->handle);
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < items->count; i++) {
        PyObject *key = shm_py_items_at(items, i);
        PyObject *value = key == NULL ? NULL : value_at(items, i);
        if (value == NULL || PyDict_SetItem(dict, key, value) != 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    shm_py_handle_unpin(items->handle);
    return dict;
}

static PyObject *dict_compare(PyObject *self, PyObject *other, int operation)
{
    if (operation != Py_EQ && operation != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    if (PyDict_Check(other) || Py_TYPE(other) == Py_TYPE(self))
        return shm_py_compare_plain(self, other, operation, plain_dict);
    PyObject *abstract = shm_py_imported(((shm_py_items *)self)->handle->state, SHM_PY_MAPPING);
    const int is_mapping = abstract == NULL ? -1 : PyObject_IsInstance(other, abstract);
    if (is_mapping < 0)
        return NULL;
    if (is_mapping == 0)
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *right = PyObject_CallFunctionObjArgs((PyObject *)&PyDict_Type, other, NULL);
    PyObject *result =
        right == NULL ? NULL : shm_py_compare_plain(self, right, operation, plain_dict);
    Py_XDECREF(right);
    return result;
}

/* {**left, **right}, whichever side the proxy is on. */
static PyObject *dict_or(PyObject *left, PyObject *right)
{
    PyObject *dict = PyObject_CallFunctionObjArgs((PyObject *)&PyDict_Type, left, NULL);
    if (dict != NULL && PyDict_Update(dict, right) != 0)
        Py_CLEAR(dict);
    return dict;
}

static PyObject *dict_repr(PyObject *self)
{
    return shm_py_repr_plain(self, plain_dict);
}

/* ---- views ---- */

static PyObject *pair_item(PyObject *self, Py_ssize_t i)
{
    const shm_py_items *dict = (shm_py_items *)self;
    if (!shm_py_handle_is_open(dict->handle))
        return shm_py_handle_closed(dict->handle);
    shm_py_handle_pin(dict->handle);
    PyObject *key = shm_py_items_at(dict, i);
    PyObject *value = key == NULL ? NULL : value_at(dict, i);
    shm_py_handle_unpin(dict->handle);
    return value == NULL ? (Py_XDECREF(key), NULL) : Py_BuildValue("(NN)", key, value);
}

static PyObject *value_item(PyObject *self, Py_ssize_t i)
{
    const shm_py_items *dict = (shm_py_items *)self;
    if (!shm_py_handle_is_open(dict->handle))
        return shm_py_handle_closed(dict->handle);
    return value_at(dict, i);
}

static PyObject *dict_iterate_items(PyObject *self, PyObject *unused)
{
    const shm_py_items *dict = (shm_py_items *)self;
    (void)unused;
    return shm_py_iterate(dict->handle->state, self, dict->count, pair_item);
}

static PyObject *dict_iterate_values(PyObject *self, PyObject *unused)
{
    const shm_py_items *dict = (shm_py_items *)self;
    (void)unused;
    return shm_py_iterate(dict->handle->state, self, dict->count, value_item);
}

static PyObject *reversed_key(PyObject *self, Py_ssize_t i)
{
    return shm_py_items_item(self, ((shm_py_items *)self)->count - 1 - i);
}

static PyObject *dict_reversed(PyObject *self, PyObject *unused)
{
    const shm_py_items *dict = (shm_py_items *)self;
    (void)unused;
    return shm_py_iterate(dict->handle->state, self, dict->count, reversed_key);
}

static PyObject *dict_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_call(((shm_py_items *)self)->handle->state, SHM_PY_KEYS_VIEW, self, NULL, NULL);
}

static PyObject *dict_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_call(((shm_py_items *)self)->handle->state, SHM_PY_ITEMS_VIEW, self, NULL, NULL);
}

static PyObject *dict_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_call(((shm_py_items *)self)->handle->state, SHM_PY_VALUES_VIEW, self, NULL, NULL);
}

static PyObject *dict_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_reduce_plain(((shm_py_items *)self)->handle->state, self, &PyDict_Type);
}

static PyMethodDef dict_methods[] = {
    {"get", (PyCFunction)(void (*)(void))dict_get, METH_FASTCALL | METH_KEYWORDS,
     "The value of a key, or a default: get(key, default=None)."},
    {"keys", dict_keys, METH_NOARGS, "A view of the keys."},
    {"items", dict_items, METH_NOARGS, "A view of the pairs."},
    {"values", dict_values, METH_NOARGS, "A view of the values."},
    {"_iterate_items", dict_iterate_items, METH_NOARGS, NULL},
    {"_iterate_values", dict_iterate_values, METH_NOARGS, NULL},
    {"__reversed__", dict_reversed, METH_NOARGS, NULL},
    {"__reduce__", dict_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot dict_slots[] = {
    {Py_tp_doc, "A dict of an image, read in place; iterated in the order of its keys."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_items_dealloc)},
    {Py_tp_richcompare, SHM_PY_SLOT(dict_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_repr, SHM_PY_SLOT(dict_repr)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_items_iterate)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_items_length)},
    {Py_mp_subscript, SHM_PY_SLOT(dict_subscript)},
    {Py_sq_contains, SHM_PY_SLOT(dict_contains)},
    {Py_nb_or, SHM_PY_SLOT(dict_or)},
    {Py_tp_methods, dict_methods},
    {0, NULL},
};

PyType_Spec shm_py_dict_spec = {
    .name = "libshm.Dict",
    .basicsize = sizeof(shm_py_items),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = dict_slots,
};
