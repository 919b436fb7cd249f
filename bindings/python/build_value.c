/* build_value.c — composite values of Python into a build. */
#include "build.h"

#include "collection.h"

#include <stdio.h>
#include <string.h>

/* ---- fields ---- */

/* What a field is put as; `object` is borrowed. */
static int put_field(shm_py_build_state *build, const shm_py_field *field, PyObject *object)
{
    if (__builtin_expect(object == Py_None, 0) && field->optional) {
        if (field->nullable)
            shm_put_null(build->builder);
        else
            shm_put_absent(build->builder);
        return 0;
    }
    return shm_py_put(build, field->type, object);
}

/* Puts field i if it is given, going to it if those before were not. */
static int put_given(shm_py_build_state *build, const shm_py_type *type, size_t i, size_t *next,
                     PyObject *object)
{
    if (object == build->state->absent)
        return 0;
    if (i != *next)
        shm_put_field(build->builder, i);
    *next = i + 1;
    return put_field(build, &type->fields[i], object);
}

static int fail_unknown(shm_py_build_state *build, const shm_py_type *type, size_t next,
                        PyObject *dict)
{
    PyObject *key;
    PyObject *value;
    Py_ssize_t at = 0;
    while (PyDict_Next(dict, &at, &key, &value)) {
        bool known = false;
        for (size_t i = 0; i < type->field_count && !known; i++)
            known = PyObject_RichCompareBool(type->fields[i].name, key, Py_EQ) == 1;
        if (!known)
            return shm_py_put_refuse_whole(build, type, next, key, "is no field of the record");
    }
    return shm_py_put_refuse_whole(build, type, next, NULL, "the dict changed while it was put");
}

static int put_dict(shm_py_build_state *build, const shm_py_type *type, PyObject *dict)
{
    size_t next = 0;
    Py_ssize_t found = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        PyObject *value = PyDict_GetItemWithError(dict, type->fields[i].name);
        if (value == NULL) {
            if (PyErr_Occurred())
                return -1;
            continue;
        }
        found++;
        /* Putting may run code of the value's, which may change the dict. */
        Py_INCREF(value);
        const int result = put_given(build, type, i, &next, value);
        Py_DECREF(value);
        if (result != 0)
            return -1;
    }
    return found == PyDict_Size(dict) ? 0 : fail_unknown(build, type, next, dict);
}

static int put_sequence(shm_py_build_state *build, const shm_py_type *type, PyObject *tuple)
{
    size_t next = 0;
    const Py_ssize_t count = PyTuple_Size(tuple);
    if ((size_t)count != type->field_count) {
        char reason[128];
        snprintf(reason, sizeof reason, "has %zd values for %zu fields", count, type->field_count);
        return shm_py_put_refuse_whole(build, type, 0, tuple, reason);
    }
    for (size_t i = 0; i < type->field_count; i++) {
        if (put_given(build, type, i, &next, PyTuple_GetItem(tuple, (Py_ssize_t)i)) != 0)
            return -1;
    }
    return 0;
}

static int put_attributes(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    size_t next = 0;
    bool any = type->field_count == 0;
    for (size_t i = 0; i < type->field_count; i++) {
        PyObject *value = PyObject_GetAttr(object, type->fields[i].name);
        if (value == NULL) {
            if (!PyErr_ExceptionMatches(PyExc_AttributeError))
                return -1;
            PyErr_Clear();
            continue;
        }
        any = true;
        const int result = put_given(build, type, i, &next, value);
        Py_DECREF(value);
        if (result != 0)
            return -1;
    }
    /* Of a record all fields may be absent. */
    any = any || PyType_IsSubtype(Py_TYPE(object), build->state->classes[SHM_PY_RECORD]);
    return any ? 0 : shm_py_put_fail_whole(build, type, object, ": it has none of its fields");
}

static int is_mapping(shm_py_build_state *build, PyObject *object)
{
    PyObject *abstract = shm_py_imported(build->state, SHM_PY_MAPPING);
    return abstract == NULL ? -1 : PyObject_IsInstance(object, abstract);
}

/* A named tuple goes by its names, as an object does. */
static int is_plain_sequence(PyObject *object)
{
    return PyList_Check(object) ||
           (PyTuple_Check(object) &&
            (PyTuple_CheckExact(object) || !PyObject_HasAttrString(object, "_fields")));
}

int shm_py_put_fields(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    if (PyDict_Check(object))
        return put_dict(build, type, object);
    if (PyTuple_CheckExact(object))
        return put_sequence(build, type, object);
    const bool is_tuple = Py_TYPE(object) == build->state->classes[SHM_PY_TUPLE];
    if (is_tuple || is_plain_sequence(object)) {
        PyObject *tuple = PySequence_Tuple(object);
        const int result = tuple == NULL ? -1 : put_sequence(build, type, tuple);
        Py_XDECREF(tuple);
        return result;
    }
    const int mapping = is_mapping(build, object);
    if (mapping < 0)
        return -1;
    if (mapping == 0)
        return put_attributes(build, type, object);
    PyObject *dict = PyObject_CallFunctionObjArgs((PyObject *)&PyDict_Type, object, NULL);
    const int result = dict == NULL ? -1 : put_dict(build, type, dict);
    Py_XDECREF(dict);
    return result;
}

/* ---- containers ---- */

/* Whether it is a masked array of NumPy's that hides elements, which are in its buffer all the
 * same: 1, 0 or -1. */
static int is_hiding(PyObject *object)
{
    if (!PyObject_HasAttrString(object, "mask"))
        return 0;
    PyObject *mask = PyObject_GetAttrString(object, "mask");
    PyObject *any = mask == NULL ? NULL : PyObject_CallMethod(mask, "any", NULL);
    const int result = any == NULL ? -1 : PyObject_IsTrue(any);
    Py_XDECREF(mask);
    Py_XDECREF(any);
    return result;
}

/* Numbers that lie as the type's own: 1 if they were put at once, 0 if not, -1. */
static int put_buffer(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    Py_buffer view;
    if (type->element->format == NULL || PyList_Check(object) || PyTuple_Check(object) ||
        PyAnySet_Check(object) || !PyObject_CheckBuffer(object))
        return 0;
    const int hiding = is_hiding(object);
    if (hiding != 0)
        return hiding < 0 ? -1 : shm_py_put_refuse(build, object, "has masked elements");
    if (PyObject_GetBuffer(object, &view, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) != 0) {
        PyErr_Clear();
        return 0;
    }
    const char *format = view.format == NULL ? "B" : view.format;
    char code = format[0] == '<' || format[0] == '=' || format[0] == '@' ? format[1] : format[0];
    /* "l" is as wide as "q" here. */
    code = (char)(code == 'l' ? 'q' : code == 'L' ? 'Q' : code);
    const bool fits = view.ndim == 1 && code == type->element->format[0] &&
                      (size_t)view.itemsize == type->element->type->size;
    if (fits)
        shm_put_elements(build->builder, view.buf, (size_t)view.len / (size_t)view.itemsize);
    PyBuffer_Release(&view);
    return fits ? 1 : 0;
}

static int put_items(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    if (PyUnicode_Check(object) || PyDict_Check(object))
        return shm_py_put_fail(build, type, object, "");
    const int at_once = put_buffer(build, type, object);
    if (at_once != 0)
        return at_once < 0 ? -1 : 0;
    PyObject *iterator = PyObject_GetIter(object);
    if (iterator == NULL) {
        PyErr_Clear();
        return shm_py_put_fail(build, type, object, "");
    }
    PyObject *item;
    int result = 0;
    shm_put_begin(build->builder);
    while (result == 0 && (item = PyIter_Next(iterator)) != NULL) {
        result = shm_py_put(build, type->element, item);
        Py_DECREF(item);
        /* An endless iterator ends with the first element that is refused. */
        if (result == 0 && shm_builder_status(build->builder, NULL) != SHM_OK)
            break;
    }
    Py_DECREF(iterator);
    shm_put_end(build->builder);
    return result != 0 || PyErr_Occurred() ? -1 : 0;
}

static int put_pairs(shm_py_build_state *build, const shm_py_type *type, PyObject *dict)
{
    PyObject *items = PyObject_CallMethod(dict, "items", NULL);
    PyObject *iterator = items == NULL ? NULL : PyObject_GetIter(items);
    PyObject *pair;
    int result = iterator == NULL ? -1 : 0;
    shm_put_begin(build->builder);
    while (result == 0 && (pair = PyIter_Next(iterator)) != NULL) {
        PyObject *key = PySequence_GetItem(pair, 0);
        PyObject *value = key == NULL ? NULL : PySequence_GetItem(pair, 1);
        result = value == NULL || shm_py_put(build, type->key, key) != 0 ||
                         shm_py_put(build, type->element, value) != 0
                     ? -1
                     : 0;
        Py_XDECREF(key);
        Py_XDECREF(value);
        Py_DECREF(pair);
    }
    Py_XDECREF(iterator);
    Py_XDECREF(items);
    shm_put_end(build->builder);
    return result != 0 || PyErr_Occurred() ? -1 : 0;
}

static int put_mapping(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    const int mapping = PyDict_Check(object) ? 1 : is_mapping(build, object);
    if (mapping < 0)
        return -1;
    return mapping == 0 ? shm_py_put_fail(build, type, object, "") : put_pairs(build, type, object);
}

/* Tuples are put by place, whatever sequence they come as. */
static int put_tuple(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    PyObject *tuple = PyUnicode_Check(object) ? NULL : PySequence_Tuple(object);
    if (tuple == NULL) {
        PyErr_Clear();
        return shm_py_put_fail(build, type, object, "");
    }
    shm_put_begin(build->builder);
    const int result = put_sequence(build, type, tuple);
    shm_put_end(build->builder);
    Py_DECREF(tuple);
    return result;
}

static int put_shape(shm_py_build_state *build, PyObject *parts, const void *elements)
{
    uint64_t lengths[SHM_TENSOR_NDIM_MAX];
    PyObject *shape = PyTuple_GetItem(parts, 0);
    const Py_ssize_t ndim = PyTuple_Size(shape);
    if (ndim > SHM_TENSOR_NDIM_MAX)
        return shm_py_put_refuse(build, shape, "has too many dimensions");
    for (Py_ssize_t i = 0; i < ndim; i++) {
        lengths[i] = PyLong_AsUnsignedLongLong(PyTuple_GetItem(shape, i));
        if (PyErr_Occurred())
            return -1;
    }
    shm_put_tensor(build->builder, elements, lengths, (size_t)ndim);
    return 0;
}

static int put_tensor(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    Py_buffer view;
    PyObject *format = PyUnicode_FromString(type->element->format);
    PyObject *parts = format == NULL
                          ? NULL
                          : shm_py_call(build->state, SHM_PY_TENSOR_BYTES, object, format, NULL);
    Py_XDECREF(format);
    if (parts == NULL)
        return PyErr_ExceptionMatches(PyExc_TypeError) || PyErr_ExceptionMatches(PyExc_ValueError)
                   ? (PyErr_Clear(), shm_py_put_fail(build, type, object, ""))
                   : -1;
    /* Pieces come one by one: a collection takes those, a field has the whole. */
    PyObject *pieces = PyTuple_GetItem(parts, 1);
    if (!PyList_Check(pieces)) {
        Py_DECREF(parts);
        return shm_py_put_fail(build, type, object, ": a field takes an array, not pieces of one");
    }
    int result = -1;
    PyObject *bytes = PySequence_GetItem(pieces, 0);
    if (bytes != NULL && PyObject_GetBuffer(bytes, &view, PyBUF_C_CONTIGUOUS) == 0) {
        result = put_shape(build, parts, view.buf);
        PyBuffer_Release(&view);
    }
    Py_XDECREF(bytes);
    Py_DECREF(parts);
    return result;
}

static int put_optional(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    if (object != Py_None)
        return shm_py_put(build, type->element, object);
    shm_put_absent(build->builder);
    return 0;
}

static int put_composite(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    int result;
    switch (type->type->kind) {
    case SHM_ANY:
        return shm_py_put_any(build, object);
    case SHM_STRUCT:
    case SHM_RECORD:
        shm_put_begin(build->builder);
        result = shm_py_put_fields(build, type, object);
        shm_put_end(build->builder);
        return result;
    case SHM_OPTIONAL:
        return put_optional(build, type, object);
    case SHM_DICT:
        return put_mapping(build, type, object);
    case SHM_TUPLE:
        return put_tuple(build, type, object);
    case SHM_TENSOR:
        return put_tensor(build, type, object);
    default:
        return put_items(build, type, object);
    }
}

int shm_py_put(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    const shm_kind kind = type->type->kind;
    if ((kind <= SHM_ENUM && kind != SHM_ANY) || kind == SHM_REF)
        return shm_py_put_scalar(build, type, object);
    if (Py_EnterRecursiveCall(" while putting a value into an image"))
        return -1;
    const int result = put_composite(build, type, object);
    Py_LeaveRecursiveCall();
    return result;
}
