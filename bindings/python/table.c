/* table.c — tables and slices of them: sequences of records. */
#include "collection.h"

#include "image.h"
#include "items.h"

static Py_ssize_t table_length(PyObject *self)
{
    return ((shm_py_collection *)self)->count;
}

static PyObject *row_at(const shm_py_collection *table, Py_ssize_t i)
{
    const uint64_t row = (uint64_t)(table->first + i * table->step);
    return shm_py_record_new(table->handle, table->source->row->class,
                             table->table.rows + row * table->table.stride);
}

static PyObject *table_item(PyObject *self, Py_ssize_t i)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    if (!shm_py_collection_is_open(table))
        return NULL;
    if (i < 0 || i >= table->count) {
        PyErr_SetString(PyExc_IndexError, "row out of range");
        return NULL;
    }
    return row_at(table, i);
}

static PyObject *slice_of(const shm_py_collection *table, PyObject *slice)
{
    Py_ssize_t start;
    Py_ssize_t stop;
    Py_ssize_t step;
    if (PySlice_Unpack(slice, &start, &stop, &step) != 0)
        return NULL;
    const Py_ssize_t count = PySlice_AdjustIndices(table->count, &start, &stop, step);
    shm_py_collection *part =
        PyObject_New(shm_py_collection, table->handle->state->classes[SHM_PY_TABLE]);
    if (part == NULL)
        return NULL;
    part->handle = shm_py_handle_hold(table->handle);
    part->source = table->source;
    part->table = table->table;
    part->index = NULL;
    part->placed = table->placed;
    part->form = table->form;
    part->first = count == 0 ? 0 : table->first + start * table->step;
    part->step = count == 0 ? 1 : table->step * step;
    part->count = count;
    return (PyObject *)part;
}

static PyObject *table_subscript(PyObject *self, PyObject *key)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    Py_ssize_t position;
    if (!shm_py_collection_is_open(table))
        return NULL;
    if (PySlice_Check(key))
        return slice_of(table, key);
    if (shm_py_position(key, table->count, "row", &position) != 0)
        return NULL;
    return row_at(table, position);
}

static PyObject *table_iterate(PyObject *self)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    if (!shm_py_collection_is_open(table))
        return NULL;
    return shm_py_iterate(table->handle->state, self, table->count, table_item);
}

static PyObject *reversed_item(PyObject *self, Py_ssize_t i)
{
    return table_item(self, ((shm_py_collection *)self)->count - 1 - i);
}

static PyObject *table_reversed(PyObject *self, PyObject *unused)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    (void)unused;
    return shm_py_iterate(table->handle->state, self, table->count, reversed_item);
}

/* Where the record stands in the table; -1 if nowhere. */
static Py_ssize_t position_of(const shm_py_collection *table, PyObject *object)
{
    uint32_t number;
    uint64_t row;
    const shm_py_record *record = (shm_py_record *)object;
    if (Py_TYPE(object) != table->source->row->class || record->handle != table->handle ||
        !shm_py_record_place(record, &number, &row))
        return -1;
    const Py_ssize_t distance = (Py_ssize_t)row - table->first;
    if (distance % table->step != 0 || distance / table->step < 0 ||
        distance / table->step >= table->count)
        return -1;
    return distance / table->step;
}

/* A record of the table is found by its place; an equal one of elsewhere by comparing. */
static PyObject *table_index(PyObject *self, PyObject *object)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    if (!shm_py_collection_is_open(table))
        return NULL;
    Py_ssize_t found = position_of(table, object);
    for (Py_ssize_t i = 0; found < 0 && i < table->count; i++) {
        PyObject *row = row_at(table, i);
        const int equal = row == NULL ? -1 : PyObject_RichCompareBool(row, object, Py_EQ);
        Py_XDECREF(row);
        if (equal < 0)
            return NULL;
        if (equal == 1)
            found = i;
    }
    if (found >= 0)
        return PyLong_FromSsize_t(found);
    PyErr_SetString(PyExc_ValueError, "the record is not in the table");
    return NULL;
}

static PyObject *plain_rows(PyObject *self)
{
    return PySequence_List(self);
}

static PyObject *table_count(PyObject *self, PyObject *arguments)
{
    return shm_py_call_plain(self, plain_rows, "count", arguments);
}

static bool is_same_slice(const shm_py_collection *a, const shm_py_collection *b)
{
    return a->handle == b->handle && a->source == b->source && a->first == b->first &&
           a->step == b->step && a->count == b->count;
}

/* As a list beside lists and other tables. */
static PyObject *table_compare(PyObject *self, PyObject *other, int operation)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    const bool is_table = Py_TYPE(other) == Py_TYPE(self);
    if ((operation != Py_EQ && operation != Py_NE) || (!is_table && !PyList_Check(other)))
        Py_RETURN_NOTIMPLEMENTED;
    if (!shm_py_collection_is_open(table))
        return NULL;
    if (is_table && is_same_slice(table, (shm_py_collection *)other))
        return PyBool_FromLong(operation == Py_EQ);
    const Py_ssize_t count = is_table ? table_length(other) : PyList_Size(other);
    if (count != table->count)
        return PyBool_FromLong(operation == Py_NE);
    return shm_py_compare_plain(self, other, operation, plain_rows);
}

static PyObject *table_reduce(PyObject *self, PyObject *unused)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    if (table->first == 0 && table->step == 1 && (uint64_t)table->count == table->table.count)
        return shm_py_collection_reduce(self, unused);
    if (!shm_py_collection_is_open(table))
        return NULL;
    PyObject *where = Py_BuildValue("(sOnnn)", "slice", table->source->name, table->first,
                                    table->step, table->count);
    return where == NULL ? NULL : shm_py_reduce_at(table->handle, where);
}

static PyMethodDef table_methods[] = {
    {"column", shm_py_table_column, METH_O,
     "A field of all rows as a read-only NumPy array on the image: column(name).  Fields of\n"
     "structs by path: \"where.lat\".  An optional field is a masked array.  Fields without a\n"
     "fixed size: a sequence that is exported to Arrow."},
    {"to_numpy", shm_py_table_array, METH_NOARGS,
     "The rows as a read-only structured NumPy array on the image, of the fields that have a\n"
     "fixed size."},
    {"__array__", SHM_PY_METHOD(shm_py_table_dunder_array), METH_VARARGS | METH_KEYWORDS, NULL},
    {"index", table_index, METH_O, "The row number of a record."},
    {"count", table_count, METH_VARARGS, "How often a record equal to it is there."},
    {"__arrow_c_schema__", shm_py_table_arrow_schema, METH_NOARGS, NULL},
    {"__arrow_c_array__", SHM_PY_METHOD(shm_py_table_arrow_array), METH_VARARGS | METH_KEYWORDS,
     NULL},
    {"__arrow_c_stream__", SHM_PY_METHOD(shm_py_table_arrow_stream), METH_VARARGS | METH_KEYWORDS,
     NULL},
    {"_arrow_column", shm_py_table_arrow_column, METH_O, NULL},
    {"__reversed__", table_reversed, METH_NOARGS, NULL},
    {"__reduce__", table_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot table_slots[] = {
    {Py_tp_doc, "A table of an image, or a slice of one: a sequence of records."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_richcompare, SHM_PY_SLOT(table_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_iter, SHM_PY_SLOT(table_iterate)},
    {Py_sq_length, SHM_PY_SLOT(table_length)},
    {Py_sq_item, SHM_PY_SLOT(table_item)},
    {Py_mp_length, SHM_PY_SLOT(table_length)},
    {Py_mp_subscript, SHM_PY_SLOT(table_subscript)},
    {Py_tp_methods, table_methods},
    {0, NULL},
};

PyType_Spec shm_py_table_spec = {
    .name = "libshm.Table",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = table_slots,
};
