/* set.c — sets: the behaviour of a frozenset. */
#include "items.h"

#include "key.h"

PyObject *shm_py_read_set(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const shm_span span = shm_list_cell_span(at);
    return (PyObject *)shm_py_items_new(handle, SHM_PY_SET, type->element, span.items, span.count);
}

/* ---- finding: by halves among scalars, one by one among structs ---- */

static Py_ssize_t find_one_by_one(const shm_py_items *items, PyObject *key)
{
    Py_ssize_t found = PyObject_Hash(key) == -1 ? -2 : -1;
    if (found == -1 && !shm_py_handle_is_open(items->handle)) {
        shm_py_handle_closed(items->handle);
        found = -2;
    }
    shm_py_handle_pin(items->handle);
    for (Py_ssize_t i = 0; found == -1 && i < items->count; i++) {
        PyObject *item = shm_py_items_at(items, i);
        const int equal = item == NULL ? -1 : PyObject_RichCompareBool(item, key, Py_EQ);
        Py_XDECREF(item);
        if (equal != 0)
            found = equal < 0 ? -2 : i;
    }
    shm_py_handle_unpin(items->handle);
    return found;
}

Py_ssize_t shm_py_items_find(const shm_py_items *items, PyObject *key)
{
    shm_key_part part;
    if (items->element->type->kind == SHM_STRUCT || items->element->type->kind == SHM_TUPLE)
        return find_one_by_one(items, key);
    PyObject *held = NULL;
    const int known = shm_py_key_part(items->handle->state, items->element, key, &part, &held);
    if (known <= 0)
        return known < 0 ? -2 : -1;
    /* Making the key may have run code that closed it. */
    if (!shm_py_handle_is_open(items->handle)) {
        Py_XDECREF(held);
        shm_py_handle_closed(items->handle);
        return -2;
    }
    Py_ssize_t low = 0;
    Py_ssize_t high = items->count;
    Py_ssize_t found = -1;
    while (found < 0 && low < high) {
        const Py_ssize_t middle = low + (high - low) / 2;
        const int order =
            shm_py_key_order(items->element, items->items + middle * items->stride, &part);
        if (order == 0)
            found = middle;
        else if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    Py_XDECREF(held);
    return found;
}

static int set_contains(PyObject *self, PyObject *key)
{
    const shm_py_items *items = (shm_py_items *)self;
    if (!shm_py_handle_is_open(items->handle)) {
        shm_py_handle_closed(items->handle);
        return -1;
    }
    const Py_ssize_t found = shm_py_items_find(items, key);
    return found == -2 ? -1 : found >= 0;
}

/* ---- as a frozenset ---- */

static PyObject *plain_set(PyObject *self)
{
    return PyFrozenSet_New(self);
}

/* What counts as a set beside one: NULL without an exception for what does not. */
static PyObject *other_set(shm_py_state *state, PyObject *other)
{
    if (PyAnySet_Check(other))
        return Py_NewRef(other);
    PyObject *abstract = shm_py_imported(state, SHM_PY_SET_ABC);
    const int is_set = abstract == NULL ? -1 : PyObject_IsInstance(other, abstract);
    return is_set <= 0 ? NULL : PyFrozenSet_New(other);
}

static PyObject *set_compare(PyObject *self, PyObject *other, int operation)
{
    PyObject *right = other_set(((shm_py_items *)self)->handle->state, other);
    if (right == NULL) {
        if (PyErr_Occurred())
            return NULL;
        Py_RETURN_NOTIMPLEMENTED;
    }
    PyObject *result = shm_py_compare_plain(self, right, operation, plain_set);
    Py_DECREF(right);
    return result;
}

static Py_hash_t set_hash(PyObject *self)
{
    PyObject *plain = plain_set(self);
    const Py_hash_t hash = plain == NULL ? -1 : PyObject_Hash(plain);
    Py_XDECREF(plain);
    return hash;
}

/* Either side may be the proxy. */
static PyObject *operate(PyObject *left, PyObject *right,
                         PyObject *(*operation)(PyObject *, PyObject *))
{
    shm_py_state *state = shm_py_state_of(Py_TYPE(left));
    if (state == NULL) {
        PyErr_Clear();
        state = shm_py_state_of(Py_TYPE(right));
    }
    PyObject *a = state == NULL ? NULL : other_set(state, left);
    PyObject *b = a == NULL ? NULL : other_set(state, right);
    PyObject *result = NULL;
    if (b != NULL)
        result = operation(a, b);
    else if (!PyErr_Occurred())
        result = Py_NewRef(Py_NotImplemented);
    Py_XDECREF(a);
    Py_XDECREF(b);
    return result;
}

PyObject *shm_py_set_and(PyObject *left, PyObject *right)
{
    return operate(left, right, PyNumber_And);
}

PyObject *shm_py_set_or(PyObject *left, PyObject *right)
{
    return operate(left, right, PyNumber_Or);
}

PyObject *shm_py_set_subtract(PyObject *left, PyObject *right)
{
    return operate(left, right, PyNumber_Subtract);
}

PyObject *shm_py_set_xor(PyObject *left, PyObject *right)
{
    return operate(left, right, PyNumber_Xor);
}

static PyObject *set_union(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_set, "union", arguments);
}

static PyObject *set_intersection(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_set, "intersection", arguments);
}

static PyObject *set_difference(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_set, "difference", arguments);
}

static PyObject *set_symmetric(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_set, "symmetric_difference", arguments);
}

static PyObject *set_isdisjoint(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_set, "isdisjoint", arguments);
}

static PyObject *set_issubset(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_set, "issubset", arguments);
}

static PyObject *set_issuperset(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_set, "issuperset", arguments);
}

static PyObject *set_repr(PyObject *self)
{
    return shm_py_repr_plain(self, plain_set);
}

static PyObject *set_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_reduce_plain(((shm_py_items *)self)->handle->state, self, &PyFrozenSet_Type);
}

static PyMethodDef set_methods[] = {
    {"union", set_union, METH_VARARGS, "As of a frozenset."},
    {"intersection", set_intersection, METH_VARARGS, "As of a frozenset."},
    {"difference", set_difference, METH_VARARGS, "As of a frozenset."},
    {"symmetric_difference", set_symmetric, METH_VARARGS, "As of a frozenset."},
    {"isdisjoint", set_isdisjoint, METH_VARARGS, "As of a frozenset."},
    {"issubset", set_issubset, METH_VARARGS, "As of a frozenset."},
    {"issuperset", set_issuperset, METH_VARARGS, "As of a frozenset."},
    {"__reduce__", set_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot set_slots[] = {
    {Py_tp_doc, "A set of an image, read in place; iterated in the order of its elements."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_items_dealloc)},
    {Py_tp_richcompare, SHM_PY_SLOT(set_compare)},
    {Py_tp_hash, SHM_PY_SLOT(set_hash)},
    {Py_tp_repr, SHM_PY_SLOT(set_repr)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_items_iterate)},
    {Py_sq_length, SHM_PY_SLOT(shm_py_items_length)},
    {Py_sq_contains, SHM_PY_SLOT(set_contains)},
    {Py_nb_and, SHM_PY_SLOT(shm_py_set_and)},
    {Py_nb_or, SHM_PY_SLOT(shm_py_set_or)},
    {Py_nb_subtract, SHM_PY_SLOT(shm_py_set_subtract)},
    {Py_nb_xor, SHM_PY_SLOT(shm_py_set_xor)},
    {Py_tp_methods, set_methods},
    {0, NULL},
};

PyType_Spec shm_py_set_spec = {
    .name = "libshm.Set",
    .basicsize = sizeof(shm_py_items),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = set_slots,
};
