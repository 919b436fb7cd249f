/* rows.c — the rows of one key or range: a sequence of records, or of a multimap's values. */
#include "collection.h"

#include "image.h"
#include "items.h"

#include <string.h>

PyObject *shm_py_rows_new(shm_py_collection *collection, shm_row_range range)
{
    shm_py_rows *rows = PyObject_New(shm_py_rows, collection->handle->state->classes[SHM_PY_ROWS]);
    if (rows == NULL)
        return NULL;
    rows->collection = (shm_py_collection *)Py_NewRef((PyObject *)collection);
    rows->range = range;
    rows->step = 1;
    return (PyObject *)rows;
}

static void rows_dealloc(PyObject *self)
{
    Py_DECREF((PyObject *)((shm_py_rows *)self)->collection);
    shm_py_free(self);
}

static Py_ssize_t rows_length(PyObject *self)
{
    return (Py_ssize_t)((shm_py_rows *)self)->range.count;
}

static uint64_t number_at(const shm_py_rows *rows, Py_ssize_t i)
{
    uint64_t number = 0;
    if (rows->range.at == NULL)
        return rows->range.only;
    memcpy(&number, rows->range.at + i * rows->step * (Py_ssize_t)rows->range.width,
           rows->range.width);
    return number;
}

static PyObject *object_at(const shm_py_rows *rows, Py_ssize_t i)
{
    const void *row = shm_table_at(&rows->collection->table, number_at(rows, i));
    if (row == NULL)
        return PyErr_Format(PyExc_IndexError, "row out of range");
    return shm_py_row_object(rows->collection, row);
}

static PyObject *rows_item(PyObject *self, Py_ssize_t i)
{
    const shm_py_rows *rows = (shm_py_rows *)self;
    if (!shm_py_collection_is_open(rows->collection))
        return NULL;
    if (i < 0 || i >= rows_length(self)) {
        PyErr_SetString(PyExc_IndexError, "row out of range");
        return NULL;
    }
    return object_at(rows, i);
}

static PyObject *slice_of(const shm_py_rows *rows, PyObject *slice)
{
    Py_ssize_t start;
    Py_ssize_t stop;
    Py_ssize_t step;
    if (PySlice_Unpack(slice, &start, &stop, &step) != 0)
        return NULL;
    const Py_ssize_t count =
        PySlice_AdjustIndices((Py_ssize_t)rows->range.count, &start, &stop, step);
    shm_py_rows *part = (shm_py_rows *)shm_py_rows_new(rows->collection, rows->range);
    if (part == NULL)
        return NULL;
    part->range.count = (uint64_t)count;
    if (part->range.at != NULL && count > 0) {
        part->range.at += start * rows->step * (Py_ssize_t)rows->range.width;
        part->step = rows->step * step;
    }
    return (PyObject *)part;
}

static PyObject *rows_subscript(PyObject *self, PyObject *key)
{
    const shm_py_rows *rows = (shm_py_rows *)self;
    Py_ssize_t position;
    if (!shm_py_collection_is_open(rows->collection))
        return NULL;
    if (PySlice_Check(key))
        return slice_of(rows, key);
    if (shm_py_position(key, rows_length(self), "row", &position) != 0)
        return NULL;
    return object_at(rows, position);
}

static PyObject *rows_iterate(PyObject *self)
{
    const shm_py_rows *rows = (shm_py_rows *)self;
    if (!shm_py_collection_is_open(rows->collection))
        return NULL;
    return shm_py_iterate(rows->collection->handle->state, self, rows_length(self), rows_item);
}

static PyObject *reversed_item(PyObject *self, Py_ssize_t i)
{
    return rows_item(self, rows_length(self) - 1 - i);
}

static PyObject *rows_reversed(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_iterate(((shm_py_rows *)self)->collection->handle->state, self, rows_length(self),
                          reversed_item);
}

static PyObject *plain_rows(PyObject *self)
{
    return PySequence_List(self);
}

static PyObject *rows_compare(PyObject *self, PyObject *other, int operation)
{
    if ((operation != Py_EQ && operation != Py_NE) ||
        (Py_TYPE(other) != Py_TYPE(self) && !PyList_Check(other)))
        Py_RETURN_NOTIMPLEMENTED;
    return shm_py_compare_plain(self, other, operation, plain_rows);
}

static PyObject *rows_repr(PyObject *self)
{
    PyObject *plain = plain_rows(self);
    PyObject *text = plain == NULL ? NULL : PyUnicode_FromFormat("Rows(%R)", plain);
    Py_XDECREF(plain);
    return text;
}

static PyObject *rows_index(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_rows, "index", arguments);
}

static PyObject *rows_count(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_rows, "count", arguments);
}

static PyObject *rows_numbers(PyObject *self, PyObject *unused)
{
    const shm_py_rows *rows = (shm_py_rows *)self;
    (void)unused;
    if (!shm_py_collection_is_open(rows->collection))
        return NULL;
    shm_py_handle_pin(rows->collection->handle);
    PyObject *list = PyList_New(rows_length(self));
    for (Py_ssize_t i = 0; list != NULL && i < rows_length(self); i++) {
        PyObject *number = PyLong_FromUnsignedLongLong(number_at(rows, i));
        if (number == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, number);
    }
    shm_py_handle_unpin(rows->collection->handle);
    return list;
}

PyObject *shm_py_rows_plain(PyObject *self, PyObject *unused)
{
    const shm_py_rows *rows = (shm_py_rows *)self;
    (void)unused;
    if (!shm_py_collection_is_open(rows->collection))
        return NULL;
    shm_py_handle_pin(rows->collection->handle);
    PyObject *list = PyList_New(rows_length(self));
    for (Py_ssize_t i = 0; list != NULL && i < rows_length(self); i++) {
        const void *row = shm_table_at(&rows->collection->table, number_at(rows, i));
        PyObject *item = row == NULL ? NULL : shm_py_row_plain(rows->collection, row);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, item);
    }
    shm_py_handle_unpin(rows->collection->handle);
    if (list == NULL && !PyErr_Occurred())
        PyErr_SetString(PyExc_IndexError, "row out of range");
    return list;
}

/* By where its row numbers stand in the image, or by the only one. */
static PyObject *rows_reduce(PyObject *self, PyObject *unused)
{
    const shm_py_rows *rows = (shm_py_rows *)self;
    shm_py_handle *handle = rows->collection->handle;
    (void)unused;
    if (!shm_py_collection_is_open(rows->collection))
        return NULL;
    const unsigned long long place =
        rows->range.at == NULL ? rows->range.only
                               : (unsigned long long)(rows->range.at - shm_py_handle_base(handle));
    PyObject *where =
        Py_BuildValue("(sOKnni)", "rows", rows->collection->source->name, place, rows_length(self),
                      rows->step, rows->range.at == NULL ? 0 : (int)rows->range.width);
    return where == NULL ? NULL : shm_py_reduce_at(handle, where);
}

/* What rows_reduce described; that it lies in the image is checked here, and each row number when
 * it is used. */
PyObject *shm_py_method_rows_at(PyObject *self, PyObject *arguments)
{
    shm_py_collection *collection = (shm_py_collection *)self;
    unsigned long long place;
    Py_ssize_t count;
    Py_ssize_t step;
    int width;
    if (!PyArg_ParseTuple(arguments, "Knni", &place, &count, &step, &width) ||
        !shm_py_collection_is_open(collection))
        return NULL;
    const uint64_t size = shm_dataset_size(collection->handle->dataset);
    const uint64_t limit = size / 8;
    const uint64_t stride = step < 0 ? 0 - (uint64_t)step : (uint64_t)step;
    shm_row_range range = {.count = (uint64_t)count, .width = (uint32_t)width};
    bool good = count >= 0 && (uint64_t)count <= size && stride <= limit;
    if (width == 0) {
        range.only = place;
        good = good && count <= 1;
    } else if (good && count > 0) {
        const uint64_t span = ((uint64_t)count - 1) * stride;
        const uint64_t bytes = span > limit ? size : span * (uint64_t)(unsigned)width;
        good = (width == 4 || width == 8) && place < size &&
               (step < 0 ? bytes <= place && place + (uint64_t)(unsigned)width <= size
                         : bytes + (uint64_t)(unsigned)width <= size - place);
        range.at = shm_py_handle_base(collection->handle) + place;
    }
    if (!good) {
        PyErr_SetString(PyExc_ValueError, "rows outside of the image");
        return NULL;
    }
    PyObject *rows = shm_py_rows_new(collection, range);
    if (rows != NULL)
        ((shm_py_rows *)rows)->step = width == 0 ? 1 : step;
    return rows;
}

static PyMethodDef rows_methods[] = {
    {"row_numbers", rows_numbers, METH_NOARGS, "The row numbers, as a list."},
    {"index", rows_index, METH_VARARGS, "The first position of a record or value."},
    {"count", rows_count, METH_VARARGS, "How often a record or value is there."},
    {"_plain", shm_py_rows_plain, METH_NOARGS, NULL},
    {"__reversed__", rows_reversed, METH_NOARGS, NULL},
    {"__reduce__", rows_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot rows_slots[] = {
    {Py_tp_doc, "The rows of a key or range of an index, or the values of a multimap's key."},
    {Py_tp_dealloc, SHM_PY_SLOT(rows_dealloc)},
    {Py_tp_richcompare, SHM_PY_SLOT(rows_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_repr, SHM_PY_SLOT(rows_repr)},
    {Py_tp_iter, SHM_PY_SLOT(rows_iterate)},
    {Py_sq_length, SHM_PY_SLOT(rows_length)},
    {Py_sq_item, SHM_PY_SLOT(rows_item)},
    {Py_mp_length, SHM_PY_SLOT(rows_length)},
    {Py_mp_subscript, SHM_PY_SLOT(rows_subscript)},
    {Py_tp_methods, rows_methods},
    {0, NULL},
};

PyType_Spec shm_py_rows_spec = {
    .name = "libshm.Rows",
    .basicsize = sizeof(shm_py_rows),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = rows_slots,
};
