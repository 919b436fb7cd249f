/* list.c — lists and fixed arrays: the behaviour of a list that is never changed. */
#include "items.h"

#include <string.h>

shm_py_items *shm_py_items_new(shm_py_handle *handle, shm_py_class class,
                               const shm_py_type *element, const void *items, size_t count)
{
    shm_py_items *proxy = PyObject_New(shm_py_items, handle->state->classes[class]);
    if (proxy == NULL)
        return NULL;
    proxy->items = items;
    proxy->values = NULL;
    proxy->count = (Py_ssize_t)count;
    proxy->stride = (Py_ssize_t)element->type->size;
    proxy->element = element;
    proxy->value = NULL;
    proxy->handle = shm_py_handle_hold(handle);
    return proxy;
}

PyObject *shm_py_read_list(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const shm_span span = shm_list_cell_span(at);
    return (PyObject *)shm_py_items_new(handle, SHM_PY_LIST, type->element, span.items, span.count);
}

PyObject *shm_py_read_array(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    return (PyObject *)shm_py_items_new(handle, SHM_PY_LIST, type->element, at, type->type->length);
}

void shm_py_items_dealloc(PyObject *self)
{
    Py_DECREF((PyObject *)((shm_py_items *)self)->handle);
    shm_py_free(self);
}

Py_ssize_t shm_py_items_length(PyObject *self)
{
    return ((shm_py_items *)self)->count;
}

PyObject *shm_py_items_item(PyObject *self, Py_ssize_t i)
{
    const shm_py_items *items = (shm_py_items *)self;
    if (!shm_py_handle_is_open(items->handle))
        return shm_py_handle_closed(items->handle);
    if (i < 0 || i >= items->count) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return shm_py_items_at(items, i);
}

PyObject *shm_py_items_iterate(PyObject *self)
{
    const shm_py_items *items = (shm_py_items *)self;
    if (!shm_py_handle_is_open(items->handle))
        return shm_py_handle_closed(items->handle);
    return shm_py_iterate(items->handle->state, self, items->count, shm_py_items_item);
}

/* ---- as a list ---- */

static PyObject *plain_list(PyObject *self)
{
    const shm_py_items *items = (shm_py_items *)self;
    if (!shm_py_handle_is_open(items->handle))
        return shm_py_handle_closed(items->handle);
    shm_py_handle_pin(items->handle);
    PyObject *list = PyList_New(items->count);
    for (Py_ssize_t i = 0; list != NULL && i < items->count; i++) {
        PyObject *item = shm_py_items_at(items, i);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, item);
    }
    shm_py_handle_unpin(items->handle);
    return list;
}

static PyObject *slice_of(const shm_py_items *items, PyObject *slice)
{
    Py_ssize_t start;
    Py_ssize_t stop;
    Py_ssize_t step;
    if (PySlice_Unpack(slice, &start, &stop, &step) != 0)
        return NULL;
    const Py_ssize_t count = PySlice_AdjustIndices(items->count, &start, &stop, step);
    shm_py_items *part =
        shm_py_items_new(items->handle, SHM_PY_LIST, items->element, items->items, (size_t)count);
    if (part != NULL && count > 0) {
        part->items = items->items + start * items->stride;
        part->stride = items->stride * step;
    }
    return (PyObject *)part;
}

static PyObject *list_subscript(PyObject *self, PyObject *key)
{
    const shm_py_items *items = (shm_py_items *)self;
    Py_ssize_t position;
    if (!shm_py_handle_is_open(items->handle))
        return shm_py_handle_closed(items->handle);
    if (PySlice_Check(key))
        return slice_of(items, key);
    if (shm_py_position(key, items->count, "list", &position) != 0)
        return NULL;
    return shm_py_items_at(items, position);
}

static PyObject *list_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(other) != Py_TYPE(self) && !PyList_Check(other))
        Py_RETURN_NOTIMPLEMENTED;
    return shm_py_compare_plain(self, other, operation, plain_list);
}

static PyObject *list_repr(PyObject *self)
{
    return shm_py_repr_plain(self, plain_list);
}

/* Either side may be the proxy. */
static PyObject *list_add(PyObject *self, PyObject *other)
{
    if (!PyList_Check(self) && !PyList_Check(other) && Py_TYPE(self) != Py_TYPE(other))
        Py_RETURN_NOTIMPLEMENTED;
    PyObject *left = PySequence_List(self);
    PyObject *right = left == NULL ? NULL : PySequence_List(other);
    PyObject *result = right == NULL ? NULL : PySequence_Concat(left, right);
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

static PyObject *list_repeat(PyObject *self, Py_ssize_t count)
{
    PyObject *plain = plain_list(self);
    PyObject *result = plain == NULL ? NULL : PySequence_Repeat(plain, count);
    Py_XDECREF(plain);
    return result;
}

static PyObject *list_index(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_list, "index", arguments);
}

static PyObject *list_count(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_list, "count", arguments);
}

static PyObject *reversed_item(PyObject *self, Py_ssize_t i)
{
    return shm_py_items_item(self, ((shm_py_items *)self)->count - 1 - i);
}

static PyObject *list_reversed(PyObject *self, PyObject *unused)
{
    const shm_py_items *items = (shm_py_items *)self;
    (void)unused;
    return shm_py_iterate(items->handle->state, self, items->count, reversed_item);
}

static PyObject *list_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_reduce_plain(((shm_py_items *)self)->handle->state, self, &PyList_Type);
}

/* ---- numbers as a buffer: NumPy and memoryview see them without a copy ---- */

static bool is_stepped(const shm_py_items *items)
{
    return items->count > 1 && items->stride != (Py_ssize_t)items->element->type->size;
}

static bool takes_steps(int flags)
{
    return (flags & PyBUF_STRIDES) == PyBUF_STRIDES &&
           (flags & PyBUF_C_CONTIGUOUS) != PyBUF_C_CONTIGUOUS &&
           (flags & PyBUF_F_CONTIGUOUS) != PyBUF_F_CONTIGUOUS &&
           (flags & PyBUF_ANY_CONTIGUOUS) != PyBUF_ANY_CONTIGUOUS;
}

static int list_getbuffer(PyObject *self, Py_buffer *view, int flags)
{
    shm_py_items *items = (shm_py_items *)self;
    view->obj = NULL;
    if (!shm_py_handle_is_open(items->handle)) {
        shm_py_handle_closed(items->handle);
        return -1;
    }
    if (items->element->format == NULL || (flags & PyBUF_WRITABLE) != 0 ||
        (is_stepped(items) && !takes_steps(flags))) {
        PyErr_SetString(PyExc_BufferError,
                        "only lists of numbers are buffers, read-only, and slices with steps "
                        "only of those who take strides");
        return -1;
    }
    view->buf = items->count == 0 ? (void *)(uintptr_t) "" : (void *)(uintptr_t)items->items;
    view->obj = Py_NewRef(self);
    view->itemsize = (Py_ssize_t)items->element->type->size;
    view->len = items->count * view->itemsize;
    view->readonly = 1;
    view->ndim = 1;
    view->format = (flags & PyBUF_FORMAT) != 0 ? (char *)(uintptr_t)items->element->format : NULL;
    view->shape = (flags & PyBUF_ND) != 0 ? &items->count : NULL;
    view->strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &items->stride : NULL;
    view->suboffsets = NULL;
    view->internal = NULL;
    shm_py_handle_pin(items->handle);
    return 0;
}

static void list_releasebuffer(PyObject *self, Py_buffer *view)
{
    (void)view;
    shm_py_handle_unpin(((shm_py_items *)self)->handle);
}

static PyMethodDef list_methods[] = {
    {"index", list_index, METH_VARARGS, "The first position of a value."},
    {"count", list_count, METH_VARARGS, "How often a value is there."},
    {"__reversed__", list_reversed, METH_NOARGS, NULL},
    {"__reduce__", list_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot list_slots[] = {
    {Py_tp_doc, "A list or fixed array of an image, read in place."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_items_dealloc)},
    {Py_tp_richcompare, SHM_PY_SLOT(list_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_repr, SHM_PY_SLOT(list_repr)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_items_iterate)},
    {Py_sq_length, SHM_PY_SLOT(shm_py_items_length)},
    {Py_sq_item, SHM_PY_SLOT(shm_py_items_item)},
    {Py_nb_add, SHM_PY_SLOT(list_add)},
    {Py_sq_repeat, SHM_PY_SLOT(list_repeat)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_items_length)},
    {Py_mp_subscript, SHM_PY_SLOT(list_subscript)},
    {Py_bf_getbuffer, SHM_PY_SLOT(list_getbuffer)},
    {Py_bf_releasebuffer, SHM_PY_SLOT(list_releasebuffer)},
    {Py_tp_methods, list_methods},
    {0, NULL},
};

PyType_Spec shm_py_list_spec = {
    .name = "libshm.List",
    .basicsize = sizeof(shm_py_items),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = list_slots,
};
