/* build_any.c — values typed at run time: what Python's object is decides. */
#include "build.h"

#include "errors.h"
#include "image.h"
#include "key.h"

#include <string.h>

static int put_node(shm_py_build_state *build, PyObject *object);

static int put_int(shm_py_build_state *build, PyObject *number)
{
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (overflow == 0) {
        shm_any_put_int(build->any, value);
        return 0;
    }
    const unsigned long long large = overflow > 0 ? PyLong_AsUnsignedLongLong(number) : 0;
    if (overflow < 0 || PyErr_Occurred()) {
        PyErr_Clear();
        return shm_py_put_refuse(build, number, "is out of range for 64 bits");
    }
    shm_any_put_uint(build->any, large);
    return 0;
}

static int put_text(shm_py_build_state *build, PyObject *object)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(object, &length);
    if (text == NULL)
        return shm_py_put_wrap(build, object);
    shm_any_put_text(build->any, SHM_ANY_STRING, shm_string_of(text, (size_t)length));
    return 0;
}

static int put_bytes(shm_py_build_state *build, PyObject *object)
{
    Py_buffer view;
    if (PyObject_GetBuffer(object, &view, PyBUF_C_CONTIGUOUS) != 0)
        return -1;
    shm_any_put_text(build->any, SHM_ANY_BYTES, shm_string_of(view.buf, (size_t)view.len));
    PyBuffer_Release(&view);
    return 0;
}

static int put_inner(shm_py_build_state *build, PyObject *object, shm_any_kind kind)
{
    PyObject *iterator = PyObject_GetIter(object);
    PyObject *item;
    int result = iterator == NULL ? -1 : 0;
    shm_any_put_begin(build->any, kind);
    while (result == 0 && (item = PyIter_Next(iterator)) != NULL) {
        result = put_node(build, item);
        Py_DECREF(item);
    }
    shm_any_put_end(build->any);
    Py_XDECREF(iterator);
    return result != 0 || PyErr_Occurred() ? -1 : 0;
}

static int put_dict(shm_py_build_state *build, PyObject *dict)
{
    PyObject *items = PyDict_Items(dict);
    int result = items == NULL ? -1 : 0;
    shm_any_put_begin(build->any, SHM_ANY_DICT);
    for (Py_ssize_t i = 0; result == 0 && i < PyList_Size(items); i++) {
        PyObject *pair = PyList_GetItem(items, i);
        result = put_node(build, PyTuple_GetItem(pair, 0));
        if (result == 0)
            result = put_node(build, PyTuple_GetItem(pair, 1));
    }
    shm_any_put_end(build->any);
    Py_XDECREF(items);
    return result;
}

/* Decimal, date, datetime, uuid: 1, or 0 if it is none of them, or -1. */
static int put_library_type(shm_py_build_state *build, PyObject *object)
{
    shm_date date;
    shm_datetime datetime;
    Py_ssize_t length;
    int known = shm_py_to_date(build->state, object, &date);
    if (known == 1)
        shm_any_put_date(build->any, date);
    if (known != 0)
        return known;
    known = shm_py_to_datetime(build->state, object, &datetime);
    if (known == 1)
        shm_any_put_datetime(build->any, datetime);
    if (known != 0)
        return known < 0 ? shm_py_put_wrap(build, object) : known;
    PyObject *decimal = shm_py_imported(build->state, SHM_PY_DECIMAL);
    PyObject *uuid = decimal == NULL ? NULL : shm_py_imported(build->state, SHM_PY_UUID_CLASS);
    known = uuid == NULL ? -1 : PyObject_IsInstance(object, decimal);
    if (known == 1) {
        PyObject *text = PyObject_Str(object);
        const char *words = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
        if (words != NULL)
            shm_any_put_text(build->any, SHM_ANY_DECIMAL, shm_string_of(words, (size_t)length));
        Py_XDECREF(text);
        return words == NULL ? -1 : 1;
    }
    if (known == 0)
        known = PyObject_IsInstance(object, uuid);
    if (known == 1) {
        shm_uuid value;
        PyObject *bytes = PyObject_GetAttrString(object, "bytes");
        char *data;
        if (bytes == NULL || PyBytes_AsStringAndSize(bytes, &data, &length) != 0 || length != 16) {
            Py_XDECREF(bytes);
            return -1;
        }
        memcpy(value.bytes, data, sizeof value.bytes);
        Py_DECREF(bytes);
        shm_any_put_uuid(build->any, value);
    }
    return known;
}

static int fail_kind(shm_py_build_state *build, PyObject *object)
{
    return shm_py_put_refuse(build, object, "is of no type that any can hold");
}

/* Proxies and NumPy's numbers: what they stand for. */
static int put_other(shm_py_build_state *build, PyObject *object)
{
    const int known = put_library_type(build, object);
    if (known != 0)
        return known < 0 ? -1 : 0;
    PyObject *plain = shm_py_materialize(build->state, object);
    if (plain != NULL && plain == object) {
        Py_DECREF(plain);
        plain = PyIndex_Check(object) ? PyNumber_Index(object) : NULL;
        if (plain == NULL && !PyErr_Occurred()) {
            PyObject *item = PyObject_GetAttrString(object, "item");
            plain = item == NULL ? NULL : PyObject_CallObject(item, NULL);
            Py_XDECREF(item);
            if (plain == NULL || Py_TYPE(plain) == Py_TYPE(object)) {
                PyErr_Clear();
                Py_XDECREF(plain);
                return fail_kind(build, object);
            }
        }
    }
    const int result = plain == NULL ? -1 : put_node(build, plain);
    Py_XDECREF(plain);
    return result;
}

static int put_container(shm_py_build_state *build, PyObject *object)
{
    if (PyDict_Check(object))
        return put_dict(build, object);
    if (PyList_Check(object))
        return put_inner(build, object, SHM_ANY_LIST);
    if (PyTuple_Check(object))
        return put_inner(build, object, SHM_ANY_TUPLE);
    if (PyAnySet_Check(object))
        return put_inner(build, object, SHM_ANY_SET);
    return put_other(build, object);
}

static int put_node(shm_py_build_state *build, PyObject *object)
{
    if (object == Py_None) {
        shm_any_put_null(build->any);
        return 0;
    }
    if (PyBool_Check(object)) {
        shm_any_put_bool(build->any, object == Py_True);
        return 0;
    }
    if (PyLong_Check(object))
        return put_int(build, object);
    if (PyFloat_Check(object)) {
        shm_any_put_float(build->any, PyFloat_AsDouble(object));
        return 0;
    }
    if (PyUnicode_Check(object))
        return put_text(build, object);
    if (PyBytes_Check(object) || PyByteArray_Check(object) || PyMemoryView_Check(object))
        return put_bytes(build, object);
    if (Py_EnterRecursiveCall(" while putting an any value"))
        return -1;
    const int result = put_container(build, object);
    Py_LeaveRecursiveCall();
    return result;
}

int shm_py_put_any(shm_py_build_state *build, PyObject *object)
{
    shm_bytes encoded;
    shm_error error = {0};
    if (build->any == NULL)
        build->any = shm_any_writer_open();
    if (build->any == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    shm_any_begin(build->any);
    if (put_node(build, object) != 0)
        return -1;
    if (shm_any_end(build->any, &encoded, &error) != SHM_OK)
        return shm_py_put_refuse(build, object, error.text);
    shm_put_bytes(build->builder, encoded);
    return 0;
}
