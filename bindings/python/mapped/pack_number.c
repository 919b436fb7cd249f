/* pack_number.c — numbers of Python to words of a kind. */
#include <assert.h>
#include <math.h>

#include "mapped/mapped.h"

static const char *const names[SHM_MAPPED_KIND_COUNT] = {
    "",       "bool",  "int8",   "uint8",   "int16",   "uint16", "int32",
    "uint32", "int64", "uint64", "float32", "float64", "object",
};

static int out_of_range(unsigned kind, PyObject *object)
{
    PyErr_Format(PyExc_OverflowError, "%R is out of range for %s", object, names[kind]);
    return -1;
}

static int wrong_type(unsigned kind, PyObject *object)
{
    PyErr_Format(PyExc_TypeError, "%s expected, not %R", names[kind], object);
    return -1;
}

static int unsigned_word(unsigned kind, PyObject *integer, uint64_t *word)
{
    const unsigned bits = shm_mapped_kind_width(kind) * 8;
    const unsigned long long value = PyLong_AsUnsignedLongLong(integer);
    if (value == (unsigned long long)-1 && PyErr_Occurred()) {
        PyErr_Clear();
        return out_of_range(kind, integer);
    }
    if (bits < 64 && value >> bits != 0) {
        return out_of_range(kind, integer);
    }
    *word = value;
    return 0;
}

static int signed_word(unsigned kind, PyObject *integer, uint64_t *word)
{
    const unsigned bits = shm_mapped_kind_width(kind) * 8;
    int overflow;
    assert(bits >= 8);
    const long long value = PyLong_AsLongLongAndOverflow(integer, &overflow);
    const long long greatest = (long long)((UINT64_C(1) << (bits - 1)) - 1);
    if (overflow != 0 || value > greatest || value < -greatest - 1) {
        return out_of_range(kind, integer);
    }
    *word = (uint64_t)value;
    return 0;
}

static int integer_word(unsigned kind, PyObject *object, uint64_t *word)
{
    const bool is_unsigned = kind == SHM_MAPPED_KIND_U8 || kind == SHM_MAPPED_KIND_U16 ||
                             kind == SHM_MAPPED_KIND_U32 || kind == SHM_MAPPED_KIND_U64;
    PyObject *integer = PyLong_Check(object) ? Py_NewRef(object) : PyNumber_Index(object);
    if (integer == NULL) {
        PyErr_Clear();
        return wrong_type(kind, object);
    }
    const int status =
        is_unsigned ? unsigned_word(kind, integer, word) : signed_word(kind, integer, word);
    Py_DECREF(integer);
    return status;
}

static int float_word(unsigned kind, PyObject *object, uint64_t *word)
{
    const double value = PyFloat_AsDouble(object);
    if (value == -1.0 && PyErr_Occurred()) {
        const bool too_large = PyErr_ExceptionMatches(PyExc_OverflowError);
        PyErr_Clear();
        return too_large ? out_of_range(kind, object) : wrong_type(kind, object);
    }
    if (kind == SHM_MAPPED_KIND_F64) {
        memcpy(word, &value, sizeof value);
        return 0;
    }
    const float narrow = (float)value;
    uint32_t bits;
    if (isinf(narrow) && !isinf(value)) {
        return out_of_range(kind, object);
    }
    memcpy(&bits, &narrow, sizeof bits);
    *word = bits;
    return 0;
}

static int bool_word(PyObject *object, uint64_t *word)
{
    if (PyBool_Check(object)) {
        *word = object == Py_True;
        return 0;
    }
    if (integer_word(SHM_MAPPED_KIND_I64, object, word) != 0 || *word > 1) {
        /* NumPy's bool is neither. */
        PyObject *type = (PyObject *)Py_TYPE(object);
        PyObject *name = PyObject_GetAttrString(type, "__name__");
        const bool numpy = name != NULL && (PyUnicode_CompareWithASCIIString(name, "bool_") == 0 ||
                                            PyUnicode_CompareWithASCIIString(name, "bool") == 0);
        Py_XDECREF(name);
        PyErr_Clear();
        if (!numpy) {
            return wrong_type(SHM_MAPPED_KIND_BOOL, object);
        }
        const int truth = PyObject_IsTrue(object);
        *word = truth > 0;
        return truth < 0 ? -1 : 0;
    }
    return 0;
}

int shm_mapped_number_word(unsigned kind, PyObject *object, uint64_t *word)
{
    switch (kind) {
    case SHM_MAPPED_KIND_BOOL:
        return bool_word(object, word);
    case SHM_MAPPED_KIND_F32:
    case SHM_MAPPED_KIND_F64:
        return float_word(kind, object, word);
    default:
        return integer_word(kind, object, word);
    }
}
