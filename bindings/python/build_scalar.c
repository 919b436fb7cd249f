/* build_scalar.c — scalars of Python into a build.  What has no place in the type is refused
 * here; ranges are checked by the builder. */
#include "build.h"

#include "key.h"

#include "image.h"

#include <string.h>

/* An int, or what has an __index__, into `put_int` or `put_uint`. */
static int put_int(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    int overflow;
    if (!PyLong_Check(object)) {
        if (!PyIndex_Check(object))
            return shm_py_put_fail(build, type, object, "");
        PyObject *number = PyNumber_Index(object);
        const int result = number == NULL ? -1 : put_int(build, type, number);
        Py_XDECREF(number);
        return result;
    }
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow == 0) {
        shm_put_int(build->builder, value);
        return 0;
    }
    const unsigned long long large = overflow > 0 ? PyLong_AsUnsignedLongLong(object) : 0;
    if (overflow < 0 || PyErr_Occurred()) {
        PyErr_Clear();
        return shm_py_put_refuse(build, object, "is out of range for 64 bits");
    }
    shm_put_uint(build->builder, large);
    return 0;
}

static int put_float(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    if (PyFloat_Check(object)) {
        shm_put_float(build->builder, PyFloat_AsDouble(object));
        return 0;
    }
    if (PyUnicode_Check(object) || PyBytes_Check(object))
        return shm_py_put_fail(build, type, object, "");
    const double value = PyFloat_AsDouble(object);
    if (value == -1.0 && PyErr_Occurred()) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError))
            return shm_py_put_wrap(build, object);
        PyErr_Clear();
        return shm_py_put_fail(build, type, object, "");
    }
    shm_put_float(build->builder, value);
    return 0;
}

/* NumPy's bool is no bool of Python's, but is worth its name. */
static int put_bool(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    if (object == Py_True || object == Py_False) {
        shm_put_bool(build->builder, object == Py_True);
        return 0;
    }
    PyObject *name = PyType_GetName(Py_TYPE(object));
    if (name == NULL)
        return -1;
    const bool is_numpy = PyUnicode_CompareWithASCIIString(name, "bool_") == 0 ||
                          PyUnicode_CompareWithASCIIString(name, "bool") == 0;
    Py_DECREF(name);
    const int value = is_numpy ? PyObject_IsTrue(object) : 0;
    if (!is_numpy)
        return shm_py_put_fail(build, type, object, "");
    if (value >= 0)
        shm_put_bool(build->builder, value != 0);
    return value < 0 ? -1 : 0;
}

static int put_string(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    Py_ssize_t length;
    if (!PyUnicode_Check(object))
        return shm_py_put_fail(build, type, object, "");
    const char *text = PyUnicode_AsUTF8AndSize(object, &length);
    if (text == NULL)
        return shm_py_put_wrap(build, object);
    shm_put_text(build->builder, shm_string_of(text, (size_t)length));
    return 0;
}

static int put_bytes(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    Py_buffer view;
    if (PyUnicode_Check(object) || PyObject_GetBuffer(object, &view, PyBUF_C_CONTIGUOUS) != 0) {
        PyErr_Clear();
        return shm_py_put_fail(build, type, object, "");
    }
    shm_put_bytes(build->builder, shm_bytes_of(view.buf, (size_t)view.len));
    PyBuffer_Release(&view);
    return 0;
}

/* A Decimal, an int, or a text of one. */
static int put_decimal(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    PyObject *class = shm_py_imported(build->state, SHM_PY_DECIMAL);
    const int is_decimal = class == NULL ? -1 : PyObject_IsInstance(object, class);
    Py_ssize_t length;
    if (is_decimal < 0)
        return -1;
    if (is_decimal == 0 && !PyUnicode_Check(object) &&
        (!PyLong_Check(object) || PyBool_Check(object)))
        return shm_py_put_fail(build, type, object, "");
    PyObject *text = PyObject_Str(object);
    const char *words = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
    if (words != NULL)
        shm_put_text(build->builder, shm_string_of(words, (size_t)length));
    Py_XDECREF(text);
    return words == NULL ? shm_py_put_wrap(build, object) : 0;
}

static int put_time(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    shm_date date;
    shm_datetime datetime;
    const bool is_date = type->type->kind == SHM_DATE;
    const int known = is_date ? shm_py_to_date(build->state, object, &date)
                              : shm_py_to_datetime(build->state, object, &datetime);
    if (known < 0)
        return shm_py_put_wrap(build, object);
    if (known == 0)
        return shm_py_put_fail(build, type, object, "");
    if (is_date)
        shm_put_date(build->builder, date);
    else
        shm_put_datetime(build->builder, datetime);
    return 0;
}

static int put_uuid(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    shm_key_part part;
    shm_uuid uuid;
    PyObject *held = NULL;
    const int known = shm_py_key_part(build->state, type, object, &part, &held);
    if (known == 1)
        memcpy(uuid.bytes, part.text.data, sizeof uuid.bytes);
    Py_XDECREF(held);
    if (known != 1) {
        PyErr_Clear();
        return shm_py_put_fail(build, type, object, "");
    }
    shm_put_uuid(build->builder, uuid);
    return 0;
}

/* A member, its number, or its name. */
static int put_enum(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    return PyUnicode_Check(object) ? put_string(build, type, object) : put_int(build, type, object);
}

/* A row number, or a record that is a row. */
static int put_ref(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    uint32_t table;
    uint64_t row;
    if (!PyType_IsSubtype(Py_TYPE(object), build->state->classes[SHM_PY_RECORD]))
        return put_int(build, type, object);
    const shm_py_record *record = (shm_py_record *)object;
    if (!shm_py_handle_is_open(record->handle)) {
        shm_py_handle_closed(record->handle);
        return -1;
    }
    if (!shm_py_record_place(record, &table, &row))
        return shm_py_put_fail(build, type, object, ": it is no row of a table");
    shm_put_uint(build->builder, row);
    return 0;
}

int shm_py_put_scalar(shm_py_build_state *build, const shm_py_type *type, PyObject *object)
{
    switch (type->type->kind) {
    case SHM_BOOL:
        return put_bool(build, type, object);
    case SHM_F32:
    case SHM_F64:
        return put_float(build, type, object);
    case SHM_STRING:
        return put_string(build, type, object);
    case SHM_BYTES:
        return put_bytes(build, type, object);
    case SHM_DECIMAL:
        return put_decimal(build, type, object);
    case SHM_DATE:
    case SHM_DATETIME:
        return put_time(build, type, object);
    case SHM_UUID:
        return put_uuid(build, type, object);
    case SHM_ENUM:
        return put_enum(build, type, object);
    case SHM_REF:
        return put_ref(build, type, object);
    default:
        return put_int(build, type, object);
    }
}
