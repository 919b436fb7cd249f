/* materialize.c — plain copies of what stands in an image: built-ins all the way down. */
#include "items.h"

#include <string.h>

/* What records become: dicts, as a builder takes them, and references row numbers; or, for a copy
 * that is used as what it is of, objects with attributes, and references the records that they lead
 * to. */
typedef enum copy_form { COPY_DICTS, COPY_OBJECTS } copy_form;

static PyObject *plain_value(shm_py_handle *handle, const shm_py_type *type, const void *at,
                             copy_form form);

static PyObject *plain_tuple_of(shm_py_handle *handle, const shm_py_type *type, const void *at,
                                copy_form form)
{
    PyObject *tuple = PyTuple_New((Py_ssize_t)type->field_count);
    const unsigned char *row = at;
    for (size_t i = 0; tuple != NULL && i < type->field_count; i++) {
        const shm_py_field *field = &type->fields[i];
        PyObject *item = shm_py_field_presence(field, row) == SHM_PY_PRESENT
                             ? plain_value(handle, field->type, row + field->offset, form)
                             : shm_py_field_value(handle, field, row);
        if (item == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SetItem(tuple, (Py_ssize_t)i, item);
    }
    return tuple;
}

/* An absent T?? is left out, as a builder takes it. */
static PyObject *plain_fields(shm_py_handle *handle, const shm_py_type *type,
                              const unsigned char *row, copy_form form)
{
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < type->field_count; i++) {
        const shm_py_field *field = &type->fields[i];
        const shm_py_presence presence = shm_py_field_presence(field, row);
        if (presence == SHM_PY_ABSENT && field->nullable)
            continue;
        PyObject *value = presence == SHM_PY_PRESENT
                              ? plain_value(handle, field->type, row + field->offset, form)
                              : Py_NewRef(Py_None);
        if (value == NULL || PyDict_SetItem(dict, field->name, value) != 0)
            Py_CLEAR(dict);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *plain_record(shm_py_handle *handle, const shm_py_type *type,
                              const unsigned char *row, copy_form form)
{
    PyObject *fields = plain_fields(handle, type, row, form);
    if (fields == NULL || form == COPY_DICTS)
        return fields;
    PyObject *object = shm_py_call(handle->state, SHM_PY_NAMESPACE, fields, NULL, NULL);
    Py_DECREF(fields);
    return object;
}

static PyObject *plain_list(const shm_py_items *items, copy_form form)
{
    const Py_ssize_t count = items->count;
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item =
            plain_value(items->handle, items->element, items->items + i * items->stride, form);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, item);
    }
    return list;
}

/* Elements and keys hash: a struct is the tuple of its fields, an array that of its elements. */
static PyObject *plain_key(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const bool is_array = type->type->kind == SHM_ARRAY;
    const unsigned char *place = at;
    if (!is_array && type->type->kind != SHM_STRUCT)
        return shm_py_plain_value(handle, type, at);
    const size_t count = is_array ? (size_t)type->type->length : type->field_count;
    PyObject *tuple = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *item =
            is_array ? plain_key(handle, type->element, place + i * type->element->type->size)
                     : plain_key(handle, type->fields[i].type, place + type->fields[i].offset);
        if (item == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SetItem(tuple, (Py_ssize_t)i, item);
    }
    return tuple;
}

static PyObject *plain_set(shm_py_handle *handle, const shm_py_type *element,
                           const unsigned char *items, Py_ssize_t count)
{
    PyObject *list = PyList_New(count);
    for (Py_ssize_t i = 0; list != NULL && i < count; i++) {
        PyObject *item = plain_key(handle, element, items + i * (Py_ssize_t)element->type->size);
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, i, item);
    }
    PyObject *set = list == NULL ? NULL : PyFrozenSet_New(list);
    Py_XDECREF(list);
    return set;
}

static PyObject *plain_dict(const shm_py_items *items, copy_form form)
{
    PyObject *dict = PyDict_New();
    for (Py_ssize_t i = 0; dict != NULL && i < items->count; i++) {
        PyObject *key = plain_key(items->handle, items->element, items->items + i * items->stride);
        PyObject *value =
            key == NULL
                ? NULL
                : plain_value(items->handle, items->value,
                              items->values + i * (Py_ssize_t)items->value->type->size, form);
        if (value == NULL || PyDict_SetItem(dict, key, value) != 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *plain_proxy(PyObject *proxy, copy_form form)
{
    if (proxy == NULL)
        return NULL;
    const shm_py_items *items = (shm_py_items *)proxy;
    shm_py_state *state = items->handle->state;
    PyObject *plain;
    if (Py_TYPE(proxy) == state->classes[SHM_PY_LIST])
        plain = plain_list(items, form);
    else if (Py_TYPE(proxy) == state->classes[SHM_PY_SET])
        plain = plain_set(items->handle, items->element, items->items, items->count);
    else
        plain = plain_dict(items, form);
    Py_DECREF(proxy);
    return plain;
}

static PyObject *copy_of(PyObject *array)
{
    PyObject *copy = array == NULL ? NULL : PyObject_CallMethod(array, "copy", NULL);
    Py_XDECREF(array);
    return copy;
}

static PyObject *plain_composite(shm_py_handle *handle, const shm_py_type *type, const void *at,
                                 copy_form form)
{
    switch (type->type->kind) {
    case SHM_RECORD:
        at = shm_record_cell_at(at);
        return at == NULL ? Py_NewRef(Py_None) : plain_record(handle, type, at, form);
    case SHM_STRUCT:
        return plain_record(handle, type, at, form);
    case SHM_OPTIONAL:
        if (((const unsigned char *)at)[type->element->type->size] != SHM_PRESENT)
            return shm_py_value(handle, type, at);
        return plain_value(handle, type->element, at, form);
    case SHM_TUPLE:
        return plain_tuple_of(handle, type, at, form);
    case SHM_TENSOR:
        return copy_of(shm_py_value(handle, type, at));
    default:
        return plain_proxy(shm_py_value(handle, type, at), form);
    }
}

static PyObject *plain_value(shm_py_handle *handle, const shm_py_type *type, const void *at,
                             copy_form form)
{
    uint64_t number;
    if (type->type->kind == SHM_REF && form == COPY_DICTS) {
        memcpy(&number, at, sizeof number);
        return PyLong_FromUnsignedLongLong(number);
    }
    if (type->type->kind <= SHM_ENUM || type->type->kind == SHM_REF)
        return shm_py_value(handle, type, at);
    if (Py_EnterRecursiveCall(" while copying a value of an image"))
        return NULL;
    PyObject *plain = plain_composite(handle, type, at, form);
    Py_LeaveRecursiveCall();
    return plain;
}

PyObject *shm_py_plain_value(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    return plain_value(handle, type, at, COPY_DICTS);
}

PyObject *shm_py_plain_key(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    return plain_key(handle, type, at);
}

PyObject *shm_py_plain_field(shm_py_handle *handle, const shm_py_field *field,
                             const unsigned char *row)
{
    if (shm_py_field_presence(field, row) != SHM_PY_PRESENT)
        return shm_py_field_value(handle, field, row);
    return shm_py_plain_value(handle, field->type, row + field->offset);
}

PyObject *shm_py_plain_row(shm_py_handle *handle, const shm_py_type *type, const void *row)
{
    return plain_record(handle, type, row, COPY_DICTS);
}

/* Of a proxy; NULL of anything else. */
static shm_py_handle *handle_of(const shm_py_state *state, PyObject *object)
{
    PyTypeObject *class = Py_TYPE(object);
    if (PyType_IsSubtype(class, state->classes[SHM_PY_RECORD]))
        return ((shm_py_record *)object)->handle;
    if (class == state->classes[SHM_PY_TUPLE])
        return ((shm_py_tuple *)object)->handle;
    if (class == state->classes[SHM_PY_LIST] || class == state->classes[SHM_PY_SET] ||
        class == state->classes[SHM_PY_DICT])
        return ((shm_py_items *)object)->handle;
    return NULL;
}

static PyObject *copy_object(shm_py_state *state, PyObject *object, copy_form form)
{
    shm_py_handle *handle = handle_of(state, object);
    PyTypeObject *class = Py_TYPE(object);
    PyObject *plain;
    if (handle == NULL)
        return Py_NewRef(object);
    if (!shm_py_handle_is_open(handle))
        return shm_py_handle_closed(handle);
    shm_py_handle_pin(handle);
    if (class == state->classes[SHM_PY_TUPLE]) {
        const shm_py_tuple *tuple = (shm_py_tuple *)object;
        plain = plain_tuple_of(handle, tuple->type, tuple->at, form);
    } else if (PyType_IsSubtype(class, state->classes[SHM_PY_RECORD])) {
        const shm_py_record *record = (shm_py_record *)object;
        plain = plain_record(handle, shm_py_record_type(record), record->at, form);
    } else {
        plain = plain_proxy(Py_NewRef(object), form);
    }
    shm_py_handle_unpin(handle);
    return plain;
}

PyObject *shm_py_materialize(shm_py_state *state, PyObject *object)
{
    return copy_object(state, object, COPY_DICTS);
}

PyObject *shm_py_copy_objects(shm_py_state *state, PyObject *object)
{
    return copy_object(state, object, COPY_OBJECTS);
}
