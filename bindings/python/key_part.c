/* key_part.c — one scalar of a key: which word or text finds it, and how it compares in place. */
#include "key.h"

#include "value.h"

#include <math.h>
#include <string.h>

#include <shm/text.h>

/* No value of the type equals the key: fine if it hashes, as in a dict. */
static int not_there(PyObject *key)
{
    return PyObject_Hash(key) == -1 ? -1 : 0;
}

/* ---- integers ---- */

static bool fits_signed(shm_kind kind, int64_t value)
{
    static const int bits[] = {[SHM_I8] = 8, [SHM_I16] = 16, [SHM_I32] = 32, [SHM_I64] = 64};
    const int width = bits[kind];
    return width == 64 ||
           (value >= -(INT64_C(1) << (width - 1)) && value < INT64_C(1) << (width - 1));
}

static bool fits_unsigned(shm_kind kind, uint64_t value)
{
    static const int bits[] = {
        [SHM_BOOL] = 1, [SHM_U8] = 8, [SHM_U16] = 16, [SHM_U32] = 32, [SHM_U64] = 64};
    return bits[kind] == 64 || value >> bits[kind] == 0;
}

static bool is_signed(shm_kind kind)
{
    return kind >= SHM_I8 && kind <= SHM_I64;
}

/* Of an int object. */
static int word_of_int(shm_kind kind, PyObject *number, uint64_t *word)
{
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (value == -1 && overflow == 0 && PyErr_Occurred())
        return -1;
    if (overflow == 0 && (is_signed(kind) ? fits_signed(kind, value)
                                          : value >= 0 && fits_unsigned(kind, (uint64_t)value))) {
        *word = (uint64_t)value;
        return 1;
    }
    if (overflow <= 0 || kind != SHM_U64)
        return 0;
    *word = PyLong_AsUnsignedLongLong(number);
    if (*word == UINT64_MAX && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

/* Of what a conversion made: NaN is one key, though it equals nothing. */
static bool is_nan(PyObject *number)
{
    return PyFloat_Check(number) && isnan(PyFloat_AsDouble(number));
}

/* The number that an object converts to, if it equals it, as a Decimal or NumPy's bool may: 1, 0
 * or -1.  Complex numbers go by their real part, which is all that one that equals it has. */
static int equal_number(PyObject *key, PyObject *(*convert)(PyObject *), PyObject **number)
{
    if (PyUnicode_Check(key) || PyBytes_Check(key) || key == Py_None)
        return 0;
    if (PyObject_Hash(key) == -1)
        return -1;
    PyObject *real =
        PyComplex_Check(key) ? PyFloat_FromDouble(PyComplex_RealAsDouble(key)) : Py_NewRef(key);
    *number = real == NULL ? NULL : convert(real);
    Py_XDECREF(real);
    if (*number == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_TypeError) && !PyErr_ExceptionMatches(PyExc_ValueError) &&
            !PyErr_ExceptionMatches(PyExc_OverflowError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    const int equal = is_nan(*number) ? 1 : PyObject_RichCompareBool(*number, key, Py_EQ);
    if (equal != 1)
        Py_CLEAR(*number);
    return equal;
}

/* Floats and others equal integers as in a dict; NumPy's integers have an __index__. */
static int word_of_other(shm_kind kind, PyObject *key, uint64_t *word)
{
    PyObject *number = NULL;
    int known = 1;
    if (PyFloat_Check(key)) {
        const double value = PyFloat_AsDouble(key);
        if (!isfinite(value) || value != floor(value))
            return 0;
        number = PyLong_FromDouble(value);
    } else if (PyIndex_Check(key)) {
        number = PyNumber_Index(key);
    } else {
        known = equal_number(key, PyNumber_Long, &number);
    }
    if (known != 1 || number == NULL)
        return known == 0 ? 0 : -1;
    known = word_of_int(kind, number, word);
    Py_DECREF(number);
    return known;
}

static int word_of_enum(const shm_py_type *type, PyObject *key, uint64_t *word)
{
    const char *name = PyUnicode_Check(key) ? PyUnicode_AsUTF8AndSize(key, NULL) : NULL;
    if (PyUnicode_Check(key) && name == NULL) {
        PyErr_Clear();
        return 0;
    }
    if (name == NULL)
        return shm_py_key_word(NULL, type->element, key, word);
    for (size_t i = 0; i < type->type->value_count; i++) {
        if (strcmp(type->type->values[i].name, name) == 0) {
            *word = (uint64_t)type->type->values[i].value;
            return 1;
        }
    }
    return 0;
}

/* ---- floats ---- */

/* 2**53 + 1 and Decimal("0.1") are no floats: equal is only what converts without loss. */
static int word_of_float(PyObject *key, uint64_t *word)
{
    PyObject *number = key;
    if (PyFloat_Check(key)) {
        *word = shm_key_float(PyFloat_AsDouble(key));
        return 1;
    }
    const int equal = equal_number(key, PyNumber_Float, &number);
    if (equal != 1)
        return equal;
    *word = shm_key_float(PyFloat_AsDouble(number));
    Py_DECREF(number);
    return 1;
}

int shm_py_key_word(shm_py_state *state, const shm_py_type *leaf, PyObject *key, uint64_t *word)
{
    const shm_kind kind = leaf->type->kind;
    shm_date date;
    shm_datetime datetime;
    int known;
    switch (kind) {
    case SHM_F32:
    case SHM_F64:
        return word_of_float(key, word);
    case SHM_ENUM:
        return word_of_enum(leaf, key, word);
    case SHM_DATE:
        known = shm_py_to_date(state, key, &date);
        if (known == 1)
            *word = (uint64_t)(int64_t)date.days;
        return known == 0 ? not_there(key) : known;
    case SHM_DATETIME:
        known = shm_py_to_datetime(state, key, &datetime);
        if (known == 1)
            *word = (uint64_t)datetime.micros;
        return known == 0 ? not_there(key) : known;
    default:
        return PyLong_Check(key) ? word_of_int(kind, key, word) : word_of_other(kind, key, word);
    }
}

/* ---- texts ---- */

static int text_of_string(PyObject *key, shm_key_part *part)
{
    Py_ssize_t length;
    if (!PyUnicode_Check(key))
        return not_there(key);
    const char *text = PyUnicode_AsUTF8AndSize(key, &length);
    if (text == NULL) {
        /* A lone surrogate: no text of an image has one. */
        if (!PyErr_ExceptionMatches(PyExc_UnicodeError))
            return -1;
        PyErr_Clear();
        return 0;
    }
    *part = shm_key_text(shm_string_of(text, (size_t)length));
    return 1;
}

static int text_of_bytes(PyObject *key, shm_key_part *part)
{
    char *bytes;
    Py_ssize_t length;
    if (!PyBytes_Check(key))
        return not_there(key);
    if (PyBytes_AsStringAndSize(key, &bytes, &length) != 0)
        return -1;
    *part = shm_key_text(shm_string_of(bytes, (size_t)length));
    return 1;
}

static int text_of_uuid(shm_py_state *state, PyObject *key, shm_key_part *part, PyObject **held)
{
    PyObject *class = shm_py_imported(state, SHM_PY_UUID_CLASS);
    const int is_uuid = class == NULL ? -1 : PyObject_IsInstance(key, class);
    if (is_uuid <= 0)
        return is_uuid < 0 ? -1 : not_there(key);
    PyObject *bytes = PyObject_GetAttrString(key, "bytes");
    if (bytes == NULL || text_of_bytes(bytes, part) != 1) {
        Py_XDECREF(bytes);
        return -1;
    }
    *held = bytes;
    return 1;
}

int shm_py_key_part(shm_py_state *state, const shm_py_type *type, PyObject *key, shm_key_part *part,
                    PyObject **held)
{
    uint64_t word = 0;
    int known;
    switch (type->type->kind) {
    case SHM_STRING:
        return text_of_string(key, part);
    case SHM_BYTES:
        return text_of_bytes(key, part);
    case SHM_UUID:
        return text_of_uuid(state, key, part, held);
    default:
        known = shm_py_key_word(state, type, key, &word);
        if (known == 1)
            *part = shm_key_word(word);
        return known;
    }
}

/* ---- order in place ---- */

static int order_of_texts(shm_string a, shm_string b)
{
    const size_t shared = a.length < b.length ? a.length : b.length;
    const int order = shared == 0 ? 0 : memcmp(a.data, b.data, shared);
    if (order != 0)
        return order < 0 ? -1 : 1;
    return a.length < b.length ? -1 : a.length > b.length;
}

static int order_of_floats(double a, double b)
{
    if (isnan(a) || isnan(b))
        return (isnan(a) ? 1 : 0) - (isnan(b) ? 1 : 0);
    return a < b ? -1 : a > b;
}

static double float_at(shm_kind kind, const void *at)
{
    float narrow;
    double wide;
    if (kind == SHM_F32) {
        memcpy(&narrow, at, sizeof narrow);
        return (double)narrow;
    }
    memcpy(&wide, at, sizeof wide);
    return wide;
}

/* The 64-bit extension of an integer, bool or date. */
static uint64_t word_at(const shm_type *type, const void *at)
{
    const shm_value value = {.type = type, .stored = type, .at = at, .dataset = NULL};
    return shm_value_word(&value);
}

int shm_py_key_order(const shm_py_type *type, const void *at, const shm_key_part *part)
{
    shm_kind kind = type->type->kind;
    if (kind == SHM_UUID)
        return order_of_texts(shm_string_of(at, 16), part->text);
    if (kind == SHM_STRING || kind == SHM_BYTES)
        return order_of_texts(shm_text_cell_string(at), part->text);
    if (kind == SHM_F32 || kind == SHM_F64)
        return order_of_floats(float_at(kind, at), float_at(SHM_F64, &part->word));
    if (kind == SHM_ENUM)
        kind = type->type->element->kind;
    uint64_t word;
    if (kind == SHM_DATETIME)
        memcpy(&word, at, sizeof word);
    else
        word = word_at(type->type, at);
    if (is_signed(kind) || kind == SHM_DATE || kind == SHM_DATETIME) {
        const int64_t a = (int64_t)word;
        const int64_t b = (int64_t)part->word;
        return a < b ? -1 : a > b;
    }
    return word < part->word ? -1 : word > part->word;
}
