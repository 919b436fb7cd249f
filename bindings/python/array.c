/* array.c — columns, tables and tensors as NumPy arrays on the mapped bytes.
 *
 * NumPy is reached by libshm/_arrays.py alone, when an array is asked for: here its dtypes are told
 * as strings, tuples and dicts. */
#include "collection.h"

#include "image.h"

#include <string.h>

/* ---- dtypes ---- */

static PyObject *dtype_of(const shm_py_type *type);

static bool is_fixed(const shm_py_field *field)
{
    const shm_type *type = field->type->type;
    return !field->optional && !type->has_cells && type->kind != SHM_RECORD;
}

static int add_member(PyObject *names, PyObject *formats, PyObject *offsets, size_t i,
                      const shm_py_field *field)
{
    PyObject *name = field->name != NULL ? Py_NewRef(field->name) : PyUnicode_FromFormat("f%zu", i);
    PyObject *format = dtype_of(field->type);
    PyObject *offset = PyLong_FromUnsignedLongLong(field->offset);
    int result = name == NULL || format == NULL || offset == NULL ? -1 : 0;
    if (result == 0)
        result = PyList_Append(names, name) != 0 || PyList_Append(formats, format) != 0 ||
                         PyList_Append(offsets, offset) != 0
                     ? -1
                     : 0;
    Py_XDECREF(name);
    Py_XDECREF(format);
    Py_XDECREF(offset);
    return result;
}

/* Those fields that have a fixed size, where they stand. */
static PyObject *members_of(const shm_py_type *type, uint64_t size)
{
    PyObject *names = PyList_New(0);
    PyObject *formats = PyList_New(0);
    PyObject *offsets = PyList_New(0);
    int result = names == NULL || formats == NULL || offsets == NULL ? -1 : 0;
    for (size_t i = 0; result == 0 && i < type->field_count; i++) {
        if (is_fixed(&type->fields[i]))
            result = add_member(names, formats, offsets, i, &type->fields[i]);
    }
    if (result == 0)
        return Py_BuildValue("{s:N,s:N,s:N,s:K}", "names", names, "formats", formats, "offsets",
                             offsets, "itemsize", (unsigned long long)size);
    Py_XDECREF(names);
    Py_XDECREF(formats);
    Py_XDECREF(offsets);
    return NULL;
}

static PyObject *dtype_of(const shm_py_type *type)
{
    static const char *const names[SHM_REF + 1] = {
        [SHM_BOOL] = "|b1",  [SHM_I8] = "|i1",  [SHM_I16] = "<i2",          [SHM_I32] = "<i4",
        [SHM_I64] = "<i8",   [SHM_U8] = "|u1",  [SHM_U16] = "<u2",          [SHM_U32] = "<u4",
        [SHM_U64] = "<u8",   [SHM_F32] = "<f4", [SHM_F64] = "<f8",          [SHM_DATE] = "<i4",
        [SHM_UUID] = "|V16", [SHM_REF] = "<u8", [SHM_DATETIME] = "<M8[us]",
    };
    const shm_type *model = type->type;
    switch (model->kind) {
    case SHM_ENUM:
        return dtype_of(type->element);
    case SHM_STRUCT:
    case SHM_TUPLE:
        return members_of(type, model->size);
    case SHM_ARRAY:
        return Py_BuildValue("(N(K))", dtype_of(type->element), (unsigned long long)model->length);
    default:
        return PyUnicode_FromString(names[model->kind]);
    }
}

PyObject *shm_py_row_dtype(const shm_py_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (!is_fixed(&type->fields[i]))
            Py_RETURN_NONE;
    }
    return members_of(type, type->type->row_size);
}

/* ---- tables ---- */

/* (path, content, where) of an array: how _arrays finds it again. */
static PyObject *home_of(shm_py_handle *handle, const char *kind, PyObject *collection,
                         PyObject *part)
{
    PyObject *reduced = shm_py_reduce_at(
        handle, Py_BuildValue("(sOO)", kind, collection, part == NULL ? Py_None : part));
    PyObject *home = reduced == NULL ? NULL : Py_NewRef(PyTuple_GetItem(reduced, 1));
    Py_XDECREF(reduced);
    return home;
}

/* Of the table's rows, or of a slice's. */
static PyObject *rows_array(const shm_py_collection *table, uint64_t offset, PyObject *dtype,
                            PyObject *presence, PyObject *home)
{
    const uint64_t size = table->table.count * table->table.stride;
    PyObject *bytes = shm_py_handle_bytes(table->handle, table->table.rows, size);
    PyObject *about = Py_BuildValue("(KKKNN)", (unsigned long long)table->table.count,
                                    (unsigned long long)table->table.stride,
                                    (unsigned long long)offset, dtype, presence);
    PyObject *part = Py_BuildValue("(Nnnn)", home, table->first, table->step, table->count);
    PyObject *array = NULL;
    if (bytes != NULL && about != NULL && part != NULL)
        array = shm_py_call(table->handle->state, SHM_PY_ROWS_ARRAY, bytes, about, part);
    Py_XDECREF(bytes);
    Py_XDECREF(about);
    Py_XDECREF(part);
    return array;
}

static const shm_py_field *field_named(const shm_py_type *type, const char *name, size_t length)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const char *known = type->type->fields[i].name;
        if (known != NULL && strlen(known) == length && memcmp(known, name, length) == 0)
            return &type->fields[i];
    }
    return NULL;
}

/* Follows a path of fields; presence of optional ones goes into the list. */
static const shm_py_field *follow(const shm_py_type *type, const char *path, uint64_t *offset,
                                  PyObject *presence)
{
    const shm_py_field *field = NULL;
    for (;;) {
        const size_t length = strcspn(path, ".");
        field = field_named(type, path, length);
        if (field == NULL)
            return NULL;
        if (field->optional) {
            const unsigned long long at = *offset + field->presence_offset;
            PyObject *bit =
                Py_BuildValue("(KIi)", at, (unsigned)field->presence_bit, field->nullable ? 3 : 1);
            const int result = bit == NULL ? -1 : PyList_Append(presence, bit);
            Py_XDECREF(bit);
            if (result != 0)
                return NULL;
        }
        *offset += field->offset;
        if (path[length] == 0)
            return field;
        if (field->type->type->kind != SHM_STRUCT)
            return NULL;
        type = field->type;
        path += length + 1;
    }
}

static PyObject *column_of(const shm_py_collection *table, const char *path, PyObject *name,
                           PyObject *presence)
{
    uint64_t offset = 0;
    const shm_py_field *field = follow(table->source->row, path, &offset, presence);
    if (field == NULL && PyErr_Occurred())
        return NULL;
    if (field == NULL)
        return PyErr_Format(PyExc_KeyError, "%U has no field %R", table->source->name, name);
    if (field->type->type->has_cells || field->type->type->kind == SHM_RECORD)
        return shm_py_call(table->handle->state, SHM_PY_COLUMN, (PyObject *)(uintptr_t)table, name,
                           NULL);
    PyObject *home = home_of(table->handle, "column", table->source->name, name);
    PyObject *dtype = home == NULL ? NULL : dtype_of(field->type);
    if (dtype == NULL) {
        Py_XDECREF(home);
        return NULL;
    }
    return rows_array(table, offset, dtype, Py_NewRef(presence), home);
}

PyObject *shm_py_table_column(PyObject *self, PyObject *name)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    if (!shm_py_collection_is_open(table))
        return NULL;
    if (!PyUnicode_Check(name))
        return PyErr_Format(PyExc_TypeError, "%U: column takes the name of a field, not %R",
                            table->source->name, name);
    const char *path = PyUnicode_AsUTF8AndSize(name, NULL);
    PyObject *presence = path == NULL ? NULL : PyList_New(0);
    PyObject *array = presence == NULL ? NULL : column_of(table, path, name, presence);
    Py_XDECREF(presence);
    return array;
}

PyObject *shm_py_table_array(PyObject *self, PyObject *unused)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    (void)unused;
    if (!shm_py_collection_is_open(table))
        return NULL;
    PyObject *home = home_of(table->handle, "column", table->source->name, NULL);
    /* An empty table has no stride. */
    const uint64_t size = table->source->row->type->row_size;
    PyObject *dtype =
        home == NULL
            ? NULL
            : members_of(table->source->row, table->table.count == 0 ? size : table->table.stride);
    if (dtype == NULL) {
        Py_XDECREF(home);
        return NULL;
    }
    return rows_array(table, 0, dtype, PyList_New(0), home);
}

PyObject *shm_py_table_dunder_array(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    const shm_py_type *row = table->source->row;
    for (size_t i = 0; i < row->field_count; i++) {
        if (!is_fixed(&row->fields[i]))
            return PyErr_Format(PyExc_TypeError,
                                "the rows of %U have no fixed size (field %U): take columns, or "
                                "to_numpy() for the fields that have",
                                table->source->name, row->fields[i].name);
    }
    PyObject *array = shm_py_table_array(self, NULL);
    PyObject *method = array == NULL ? NULL : PyObject_GetAttrString(array, "__array__");
    PyObject *result = method == NULL ? NULL : PyObject_Call(method, arguments, keywords);
    Py_XDECREF(method);
    Py_XDECREF(array);
    return result;
}

PyObject *shm_py_method_value_dtype(PyObject *self, PyObject *unused)
{
    const shm_py_field *field = &((shm_py_collection *)self)->source->value_field;
    (void)unused;
    if (!is_fixed(field) || field->type->type->kind == SHM_DATETIME)
        return Py_NewRef(Py_None);
    return dtype_of(field->type);
}

/* ---- tensors ---- */

static PyObject *shape_of(const shm_tensor *tensor)
{
    PyObject *shape = PyTuple_New((Py_ssize_t)tensor->ndim);
    for (size_t i = 0; shape != NULL && i < tensor->ndim; i++) {
        PyObject *length =
            PyLong_FromUnsignedLongLong(tensor->shape == NULL ? 0 : tensor->shape[i]);
        if (length == NULL)
            Py_CLEAR(shape);
        else
            PyTuple_SetItem(shape, (Py_ssize_t)i, length);
    }
    return shape;
}

/* The handle is pinned: the shape is read after objects were made. */
static PyObject *tensor_array(shm_py_handle *handle, const shm_tensor *tensor,
                              const shm_py_type *element, PyObject *home)
{
    PyObject *bytes = home == NULL ? NULL
                                   : shm_py_handle_bytes(handle, tensor->data,
                                                         tensor->count * element->type->size);
    PyObject *shape = shape_of(tensor);
    PyObject *dtype = dtype_of(element);
    PyObject *about = shape == NULL || dtype == NULL ? NULL : PyTuple_New(2);
    PyObject *array = NULL;
    if (about != NULL) {
        PyTuple_SetItem(about, 0, Py_NewRef(shape));
        PyTuple_SetItem(about, 1, Py_NewRef(dtype));
    }
    if (bytes != NULL && about != NULL)
        array = shm_py_call(handle->state, SHM_PY_TENSOR_ARRAY, bytes, about, home);
    Py_XDECREF(bytes);
    Py_XDECREF(shape);
    Py_XDECREF(dtype);
    Py_XDECREF(about);
    return array;
}

PyObject *shm_py_tensor_array(shm_py_handle *handle, uint32_t collection)
{
    const shm_py_source *source = &handle->plan->sources[collection];
    shm_tensor tensor;
    if (!shm_dataset_tensor(handle->dataset, collection, &tensor))
        return PyErr_Format(PyExc_LookupError, "%U is no tensor", source->name);
    shm_py_handle_pin(handle);
    PyObject *home = home_of(handle, "tensor", source->name, NULL);
    PyObject *array = tensor_array(handle, &tensor, source->value, home);
    shm_py_handle_unpin(handle);
    Py_XDECREF(home);
    return array;
}

PyObject *shm_py_read_tensor(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const shm_tensor tensor = shm_list_cell_tensor(at);
    shm_py_handle_pin(handle);
    PyObject *array = tensor_array(handle, &tensor, type->element, Py_None);
    shm_py_handle_unpin(handle);
    return array;
}
