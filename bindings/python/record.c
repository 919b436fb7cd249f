/* record.c — records and structs: the base class libshm.Record, and the class of each in a
 * schema. */
#include "value.h"

#include "image.h"

#include <stdio.h>
#include <string.h>

/* The schema's type of a class stands in its dictionary, as the plan does; finding it there at each
 * comparison would cost more than looking through the classes of the plan. */
const shm_py_type *shm_py_record_type(const shm_py_record *record)
{
    const shm_py_plan *plan = record->handle->plan;
    const PyTypeObject *class = Py_TYPE((PyObject *)record);
    for (size_t i = 0; i < plan->schema->type_count; i++) {
        if (plan->types[i].class == class)
            return &plan->types[i];
    }
    return NULL;
}

static void record_dealloc(PyObject *self)
{
    Py_DECREF((PyObject *)((shm_py_record *)self)->handle);
    shm_py_free(self);
}

/* ---- comparison: records are equal if their fields are, and references if they lead to one row */

static PyObject *compared_value(shm_py_handle *handle, const shm_py_field *field,
                                const unsigned char *row)
{
    uint64_t number;
    if (field->type->type->kind != SHM_REF)
        return shm_py_field_value(handle, field, row);
    if (shm_py_field_presence(field, row) != SHM_PY_PRESENT)
        return Py_NewRef(Py_None);
    memcpy(&number, row + field->offset, sizeof number);
    return PyLong_FromUnsignedLongLong(number);
}

/* Elements by their bytes: comparing arrays of NumPy would answer arrays. */
static int tensor_equal(const shm_py_record *a, const shm_py_record *b, const shm_py_field *field)
{
    const shm_py_presence presence = shm_py_field_presence(field, a->at);
    if (presence != shm_py_field_presence(field, b->at))
        return 0;
    if (presence != SHM_PY_PRESENT)
        return 1;
    const shm_tensor x = shm_list_cell_tensor((const void *)(a->at + field->offset));
    const shm_tensor y = shm_list_cell_tensor((const void *)(b->at + field->offset));
    const size_t width = (size_t)field->type->element->type->size;
    if (x.ndim != y.ndim || x.count != y.count)
        return 0;
    if (x.shape != NULL && y.shape != NULL &&
        memcmp(x.shape, y.shape, x.ndim * sizeof *x.shape) != 0)
        return 0;
    if (x.data == NULL || y.data == NULL)
        return x.count == 0;
    return memcmp(x.data, y.data, x.count * width) == 0;
}

static int field_equal(const shm_py_record *a, const shm_py_record *b, const shm_py_field *field)
{
    if (field->type->type->kind == SHM_TENSOR)
        return tensor_equal(a, b, field);
    PyObject *left = compared_value(a->handle, field, a->at);
    PyObject *right = left == NULL ? NULL : compared_value(b->handle, field, b->at);
    const int result = right == NULL ? -1 : PyObject_RichCompareBool(left, right, Py_EQ);
    Py_XDECREF(left);
    Py_XDECREF(right);
    return result;
}

/* A struct is equal to the tuple of its fields, too: so are the keys that it is one of given. */
static PyObject *fields_tuple(const shm_py_record *record, const shm_py_type *type)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)type->field_count);
    for (size_t i = 0; tuple != NULL && i < type->field_count; i++) {
        PyObject *value = compared_value(record->handle, &type->fields[i], record->at);
        if (value == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SetItem(tuple, (Py_ssize_t)i, value);
    }
    return tuple;
}

static PyObject *compare_tuple(const shm_py_record *record, PyObject *other, int operation)
{
    const shm_py_type *type = shm_py_record_type(record);
    if (type->type->kind != SHM_STRUCT || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    if (!shm_py_handle_is_open(record->handle))
        return shm_py_handle_closed(record->handle);
    shm_py_handle_pin(record->handle);
    PyObject *tuple = fields_tuple(record, type);
    PyObject *result = tuple == NULL ? NULL : PyObject_RichCompare(tuple, other, operation);
    shm_py_handle_unpin(record->handle);
    Py_XDECREF(tuple);
    return result;
}

static int record_equal(const shm_py_record *a, const shm_py_record *b)
{
    const shm_py_type *type = shm_py_record_type(a);
    int result = 1;
    if (a->at == b->at)
        return 1;
    if (Py_EnterRecursiveCall(" while comparing records"))
        return -1;
    shm_py_handle_pin(a->handle);
    shm_py_handle_pin(b->handle);
    for (size_t i = 0; result == 1 && i < type->field_count; i++)
        result = field_equal(a, b, &type->fields[i]);
    shm_py_handle_unpin(a->handle);
    shm_py_handle_unpin(b->handle);
    Py_LeaveRecursiveCall();
    return result;
}

static PyObject *record_compare(PyObject *self, PyObject *other, int operation)
{
    const shm_py_record *a = (const shm_py_record *)self;
    const shm_py_record *b = (const shm_py_record *)other;
    if (PyTuple_Check(other))
        return compare_tuple(a, other, operation);
    if ((operation != Py_EQ && operation != Py_NE) || Py_TYPE(self) != Py_TYPE(other))
        Py_RETURN_NOTIMPLEMENTED;
    if (!shm_py_handle_is_open(a->handle))
        return shm_py_handle_closed(a->handle);
    if (!shm_py_handle_is_open(b->handle))
        return shm_py_handle_closed(b->handle);
    const int equal = record_equal(a, b);
    return equal < 0 ? NULL : PyBool_FromLong(equal == (operation == Py_EQ));
}

/* Of those fields that hash: a record is immutable, the lists in it need not count. */
static Py_hash_t hash_fields(const shm_py_record *record, const shm_py_type *type)
{
    Py_uhash_t hash = 0x345678;
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_kind kind = type->fields[i].type->type->kind;
        if (kind > SHM_ENUM || kind == SHM_ANY)
            continue;
        PyObject *value = compared_value(record->handle, &type->fields[i], record->at);
        const Py_hash_t part = value == NULL ? -1 : PyObject_Hash(value);
        Py_XDECREF(value);
        if (part == -1)
            return -1;
        hash = (hash ^ (Py_uhash_t)part) * 1000003;
    }
    return hash == (Py_uhash_t)-1 ? -2 : (Py_hash_t)hash;
}

/* As the tuple that it is equal to, if that hashes. */
static Py_hash_t hash_struct(const shm_py_record *record, const shm_py_type *type)
{
    PyObject *tuple = fields_tuple(record, type);
    Py_hash_t hash = tuple == NULL ? -1 : PyObject_Hash(tuple);
    if (tuple != NULL && hash == -1 && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        hash = hash_fields(record, type);
    }
    Py_XDECREF(tuple);
    return hash;
}

static Py_hash_t record_hash(PyObject *self)
{
    const shm_py_record *record = (const shm_py_record *)self;
    if (!shm_py_handle_is_open(record->handle)) {
        shm_py_handle_closed(record->handle);
        return -1;
    }
    const shm_py_type *type = shm_py_record_type(record);
    shm_py_handle_pin(record->handle);
    const Py_hash_t hash =
        type->type->kind == SHM_STRUCT ? hash_struct(record, type) : hash_fields(record, type);
    shm_py_handle_unpin(record->handle);
    return hash;
}

/* ---- what it shows ---- */

static PyObject *field_repr(const shm_py_record *record, const shm_py_field *field)
{
    PyObject *value;
    if (field->type->type->kind == SHM_REF)
        value = compared_value(record->handle, field, record->at);
    else
        value = shm_py_field_value(record->handle, field, record->at);
    PyObject *text = value == NULL ? NULL : PyUnicode_FromFormat("%U=%R", field->name, value);
    Py_XDECREF(value);
    return text;
}

static PyObject *record_repr(PyObject *self)
{
    const shm_py_record *record = (const shm_py_record *)self;
    PyObject *name = PyType_GetName(Py_TYPE(self));
    if (name == NULL || !shm_py_handle_is_open(record->handle)) {
        PyObject *closed = name == NULL ? NULL : PyUnicode_FromFormat("<%U, closed>", name);
        Py_XDECREF(name);
        return closed;
    }
    const shm_py_type *type = shm_py_record_type(record);
    shm_py_handle_pin(record->handle);
    PyObject *parts = PyList_New(0);
    for (size_t i = 0; parts != NULL && i < type->field_count; i++) {
        PyObject *part = field_repr(record, &type->fields[i]);
        if (part == NULL || PyList_Append(parts, part) != 0)
            Py_CLEAR(parts);
        Py_XDECREF(part);
    }
    shm_py_handle_unpin(record->handle);
    PyObject *comma = parts == NULL ? NULL : PyUnicode_FromString(", ");
    PyObject *inner = comma == NULL ? NULL : PyUnicode_Join(comma, parts);
    PyObject *text = inner == NULL ? NULL : PyUnicode_FromFormat("%U(%U)", name, inner);
    Py_XDECREF(comma);
    Py_XDECREF(inner);
    Py_XDECREF(parts);
    Py_DECREF(name);
    return text;
}

/* A row of a table is found again by its number; what is nested in a row goes as a plain copy. */
static PyObject *record_reduce(PyObject *self, PyObject *unused)
{
    const shm_py_record *record = (const shm_py_record *)self;
    uint32_t table;
    uint64_t row;
    (void)unused;
    if (!shm_py_handle_is_open(record->handle))
        return shm_py_handle_closed(record->handle);
    if (shm_py_record_place(record, &table, &row)) {
        PyObject *where = Py_BuildValue("(sOK)", "row", record->handle->plan->sources[table].name,
                                        (unsigned long long)row);
        return where == NULL ? NULL : shm_py_reduce_at(record->handle, where);
    }
    PyObject *copy = shm_py_copy_objects(record->handle->state, self);
    PyObject *reduced = copy == NULL ? NULL : PyObject_CallMethod(copy, "__reduce__", NULL);
    Py_XDECREF(copy);
    return reduced;
}

bool shm_py_record_place(const shm_py_record *record, uint32_t *table, uint64_t *row)
{
    const shm_py_plan *plan = record->handle->plan;
    const shm_py_type *type = shm_py_record_type(record);
    for (uint32_t i = 0; i < plan->source_count; i++) {
        if (plan->sources[i].collection->kind != SHM_TABLE || plan->sources[i].row != type)
            continue;
        const shm_table rows = shm_dataset_table(record->handle->dataset, i);
        const uintptr_t first = (uintptr_t)rows.rows;
        const uintptr_t at = (uintptr_t)record->at;
        if (rows.count > 0 && at >= first && (at - first) / rows.stride < rows.count) {
            *table = i;
            *row = (at - first) / rows.stride;
            return true;
        }
    }
    return false;
}

static PyMethodDef record_methods[] = {
    {"__reduce__", record_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot record_slots[] = {
    {Py_tp_doc, "A record or struct of an image; its attributes are the fields."},
    {Py_tp_dealloc, SHM_PY_SLOT(record_dealloc)},
    {Py_tp_richcompare, SHM_PY_SLOT(record_compare)},
    {Py_tp_hash, SHM_PY_SLOT(record_hash)},
    {Py_tp_repr, SHM_PY_SLOT(record_repr)},
    {Py_tp_methods, record_methods},
    {0, NULL},
};

PyType_Spec shm_py_record_spec = {
    .name = "libshm.Record",
    /* Less than an object of a schema's class takes: Python lets an object change its class to one
     * of the same layout, as those would be that add nothing to their base. */
    .basicsize = offsetof(shm_py_record, handle),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = record_slots,
};

/* ---- classes of a schema ---- */

static PyGetSetDef *make_getters(shm_py_plan *plan, const shm_py_type *type)
{
    /* A keyword is a field by its own name (for getattr) and by one with an underscore. */
    PyGetSetDef *getters = shm_py_plan_memory(plan, (2 * type->field_count + 1) * sizeof *getters);
    size_t count = 0;
    for (size_t i = 0; getters != NULL && i < type->field_count; i++) {
        const shm_field *field = &type->type->fields[i];
        getters[count].name = field->name;
        getters[count].doc = field->doc;
        getters[count].get = shm_py_field_getter(&type->fields[i]);
        getters[count].closure = (void *)(uintptr_t)&type->fields[i];
        count++;
        const int keyword = shm_py_is_keyword(plan->state, type->fields[i].name);
        if (keyword < 0)
            return NULL;
        if (keyword == 0)
            continue;
        const size_t length = strlen(field->name);
        char *name = shm_py_plan_memory(plan, length + 2);
        if (name == NULL)
            return NULL;
        memcpy(name, field->name, length);
        name[length] = '_';
        getters[count] = getters[count - 1];
        getters[count++].name = name;
    }
    return getters;
}

static int add_names(PyTypeObject *class, const shm_py_plan *plan, const shm_py_type *type)
{
    PyObject *names = PyTuple_New((Py_ssize_t)type->field_count);
    if (names == NULL)
        return -1;
    for (size_t i = 0; i < type->field_count; i++)
        PyTuple_SetItem(names, (Py_ssize_t)i, Py_NewRef(type->fields[i].name));
    int result = PyObject_SetAttrString((PyObject *)class, "__match_args__", names);
    if (result == 0)
        result = PyObject_SetAttrString((PyObject *)class, "__fields__", names);
    Py_DECREF(names);
    /* The descriptors point into the plan: it lives as long as they do. */
    return result == 0 ? PyObject_SetAttrString((PyObject *)class, "__plan__", (PyObject *)plan)
                       : -1;
}

PyTypeObject *shm_py_record_class(shm_py_plan *plan, shm_py_type *type)
{
    const size_t size = strlen(type->type->name) + sizeof "libshm.";
    char *name = shm_py_plan_memory(plan, size);
    PyGetSetDef *getters = name == NULL ? NULL : make_getters(plan, type);
    if (getters == NULL)
        return NULL;
    snprintf(name, size, "libshm.%s", type->type->name);
    PyType_Slot slots[] = {
        {Py_tp_getset, getters},
        {Py_tp_dealloc, SHM_PY_SLOT(record_dealloc)},
        {type->type->doc == NULL ? 0 : Py_tp_doc, (void *)(uintptr_t)type->type->doc},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = name,
        .basicsize = sizeof(shm_py_record),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
        .slots = slots,
    };
    PyObject *class = PyType_FromModuleAndSpec(plan->state->module, &spec,
                                               (PyObject *)plan->state->classes[SHM_PY_RECORD]);
    if (class != NULL && add_names((PyTypeObject *)class, plan, type) != 0)
        Py_CLEAR(class);
    return (PyTypeObject *)class;
}
