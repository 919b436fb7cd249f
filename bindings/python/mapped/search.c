/* search.c — searches in sorted arrays, and the merge of two: over whatever has the buffer protocol
 * (NumPy arrays, array.array) and numbers of one kind, in one dimension or as rows by their first
 * column. */
#include "mapped/mapped.h"

/* A sorted array. */
typedef struct sorted {
    Py_buffer buffer;
    const unsigned char *first;
    Py_ssize_t count;
    Py_ssize_t stride;
    Py_ssize_t row_bytes;
    char format;
} sorted;

static char format_of(const Py_buffer *buffer)
{
    const char *format = buffer->format == NULL ? "B" : buffer->format;
    if (*format == '<' || *format == '=' || *format == '@') {
        format++;
    }
    return format[0] != 0 && format[1] == 0 && strchr("bBhHiIlLqQfd?", format[0]) != NULL
               ? format[0]
               : 0;
}

static int sorted_open(sorted *array, PyObject *object, int flags)
{
    if (PyObject_GetBuffer(object, &array->buffer, PyBUF_FORMAT | PyBUF_STRIDES | flags) != 0) {
        return -1;
    }
    const Py_buffer *buffer = &array->buffer;
    array->format = format_of(buffer);
    const bool rows = buffer->ndim == 2 && (buffer->shape[1] > 0 || buffer->shape[0] == 0) &&
                      (buffer->shape[1] < 2 || buffer->strides[1] == buffer->itemsize);
    if (array->format == 0 || (buffer->ndim != 1 && !rows)) {
        PyErr_SetString(PyExc_TypeError,
                        "expected a sorted array of numbers in native byte order, of one "
                        "dimension, or of rows that are contiguous");
        PyBuffer_Release(&array->buffer);
        return -1;
    }
    array->first = buffer->buf;
    array->count = buffer->shape[0];
    array->stride = buffer->strides[0];
    array->row_bytes = buffer->itemsize * (rows ? buffer->shape[1] : 1);
    return 0;
}

/* ---- numbers of all formats in one order ---- */

typedef struct number {
    double real;      /* of floats */
    uint64_t integer; /* of integers, their order made unsigned */
    bool is_real;
} number;

#define FLIP (UINT64_C(1) << 63)

static uint64_t native(const unsigned char *at, Py_ssize_t size, bool is_signed)
{
    int8_t one;
    int16_t two;
    int32_t four;
    uint64_t eight;
    switch (size) {
    case 1:
        memcpy(&one, at, 1);
        return is_signed ? (uint64_t)(int64_t)one : (uint8_t)one;
    case 2:
        memcpy(&two, at, 2);
        return is_signed ? (uint64_t)(int64_t)two : (uint16_t)two;
    case 4:
        memcpy(&four, at, 4);
        return is_signed ? (uint64_t)(int64_t)four : (uint32_t)four;
    default:
        memcpy(&eight, at, 8);
        return eight;
    }
}

static number number_at(const sorted *array, Py_ssize_t index)
{
    const unsigned char *at = array->first + index * array->stride;
    const bool is_signed = strchr("bhilq", array->format) != NULL;
    if (array->format == 'd' || array->format == 'f') {
        const uint64_t word = native(at, array->buffer.itemsize, false);
        return (number){.real = array->format == 'd' ? shm_mapped_double_of(word)
                                                     : (double)shm_mapped_float_of((uint32_t)word),
                        .is_real = true};
    }
    const uint64_t word = native(at, array->buffer.itemsize, is_signed);
    return (number){.integer = is_signed ? word ^ FLIP : word};
}

static bool below(number a, number b)
{
    return a.is_real ? a.real < b.real : a.integer < b.integer;
}

/* What is searched for, as the array's numbers are.  1; -1 or 2 if it lies below or above all; 0
 * with TypeError. */
static int number_of(const sorted *array, PyObject *object, number *found)
{
    bool negative;
    if (array->format == 'd' || array->format == 'f') {
        *found = (number){.real = PyFloat_AsDouble(object), .is_real = true};
        return PyErr_Occurred() ? 0 : 1;
    }
    PyObject *integer = PyNumber_Index(object);
    if (integer == NULL) {
        return 0;
    }
    const bool is_signed = strchr("bhilq", array->format) != NULL;
    int status = 1;
    if (shm_mapped_key_integer(integer, &negative, &found->integer) == 0) {
        PyObject *zero = PyLong_FromLong(0);
        status = PyObject_RichCompareBool(integer, zero, Py_LT) == 1 ? -1 : 2;
        Py_XDECREF(zero);
    } else if (is_signed) {
        status = !negative && found->integer >= FLIP ? 2 : 1;
        found->integer ^= FLIP;
    } else if (negative) {
        status = -1;
    }
    found->is_real = false;
    Py_DECREF(integer);
    return status;
}

/* ---- searching ---- */

static Py_ssize_t first_not_below(const sorted *array, Py_ssize_t low, Py_ssize_t high, number key)
{
    while (low < high) {
        const Py_ssize_t half = low + (high - low) / 2;
        if (below(number_at(array, half), key)) {
            low = half + 1;
        } else {
            high = half;
        }
    }
    return low;
}

/* From a hint outwards, in steps that double. */
static Py_ssize_t hinted(const sorted *array, Py_ssize_t hint, number key)
{
    Py_ssize_t low = hint < 0 ? 0 : hint > array->count ? array->count : hint;
    Py_ssize_t high = low;
    for (Py_ssize_t step = 1; low > 0 && !below(number_at(array, low - 1), key); step *= 2) {
        high = low - 1;
        low = low > step ? low - step : 0;
    }
    for (Py_ssize_t step = 1; high < array->count && below(number_at(array, high), key);
         step *= 2) {
        low = high + 1;
        high = array->count - high > step ? high + step : array->count;
    }
    return first_not_below(array, low, high, key);
}

/* The place of the object, by a hint (-1: none); -1 with an exception. */
static Py_ssize_t search(PyObject *object, PyObject *key, Py_ssize_t hint, bool *equal)
{
    sorted array;
    number sought;
    if (sorted_open(&array, object, 0) != 0) {
        return -1;
    }
    const int status = number_of(&array, key, &sought);
    Py_ssize_t at = status == 2 ? array.count : status == 0 ? -1 : 0;
    *equal = false;
    if (status == 1) {
        at = hint < 0 ? first_not_below(&array, 0, array.count, sought)
                      : hinted(&array, hint, sought);
        *equal = at < array.count && !below(sought, number_at(&array, at)) &&
                 !below(number_at(&array, at), sought) &&
                 (!sought.is_real || sought.real == sought.real);
    }
    PyBuffer_Release(&array.buffer);
    return at;
}

static PyObject *bsearch_of(PyObject *module, PyObject *args)
{
    PyObject *array;
    PyObject *key;
    bool equal;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:bsearch", &array, &key)) {
        return NULL;
    }
    const Py_ssize_t at = search(array, key, -1, &equal);
    return at < 0 ? NULL : PyLong_FromSsize_t(at);
}

static PyObject *hinted_bsearch_of(PyObject *module, PyObject *args)
{
    PyObject *array;
    PyObject *key;
    Py_ssize_t hint;
    bool equal;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOn:hinted_bsearch", &array, &key, &hint)) {
        return NULL;
    }
    const Py_ssize_t at = search(array, key, hint < 0 ? 0 : hint, &equal);
    return at < 0 ? NULL : PyLong_FromSsize_t(at);
}

static PyObject *sorted_contains_of(PyObject *module, PyObject *args)
{
    PyObject *array;
    PyObject *key;
    bool equal;
    (void)module;
    if (!PyArg_ParseTuple(args, "OO:sorted_contains", &array, &key)) {
        return NULL;
    }
    return search(array, key, -1, &equal) < 0 ? NULL : PyBool_FromLong(equal);
}

/* ---- merging ---- */

static void merge(const sorted *a, const sorted *b, const sorted *to)
{
    Py_ssize_t i = 0;
    Py_ssize_t j = 0;
    for (Py_ssize_t k = 0; k < a->count + b->count; k++) {
        const bool second =
            i == a->count || (j < b->count && below(number_at(b, j), number_at(a, i)));
        const unsigned char *from =
            second ? b->first + b->stride * j++ : a->first + a->stride * i++;
        memcpy((unsigned char *)(uintptr_t)to->first + k * to->stride, from, (size_t)to->row_bytes);
    }
}

static bool same_rows(const sorted *a, const sorted *b)
{
    return a->format == b->format && a->row_bytes == b->row_bytes;
}

static bool overlap(const sorted *a, const sorted *to)
{
    const uintptr_t from = (uintptr_t)a->buffer.buf;
    const uintptr_t at = (uintptr_t)to->buffer.buf;
    return a->count > 0 && from < at + (uintptr_t)to->buffer.len &&
           at < from + (uintptr_t)a->buffer.len;
}

static PyObject *merge_checked(const sorted *a, const sorted *b, const sorted *to)
{
    if (!same_rows(a, to) || !same_rows(b, to)) {
        PyErr_SetString(PyExc_TypeError, "the three arrays must have rows of one type");
        return NULL;
    }
    if (to->count < a->count + b->count) {
        return PyErr_Format(PyExc_ValueError, "the destination has %zd rows, and %zd are needed",
                            to->count, a->count + b->count);
    }
    if (overlap(a, to) || overlap(b, to)) {
        PyErr_SetString(PyExc_ValueError, "the destination must be memory of its own");
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS;
    merge(a, b, to);
    Py_END_ALLOW_THREADS;
    return PyLong_FromSsize_t(a->count + b->count);
}

static PyObject *index_merge_of(PyObject *module, PyObject *args)
{
    PyObject *left;
    PyObject *right;
    PyObject *into;
    sorted a;
    sorted b;
    sorted to;
    PyObject *count = NULL;
    (void)module;
    if (!PyArg_ParseTuple(args, "OOO:index_merge", &left, &right, &into) ||
        sorted_open(&a, left, 0) != 0) {
        return NULL;
    }
    if (sorted_open(&b, right, 0) == 0) {
        if (sorted_open(&to, into, PyBUF_WRITABLE) == 0) {
            count = merge_checked(&a, &b, &to);
            PyBuffer_Release(&to.buffer);
        }
        PyBuffer_Release(&b.buffer);
    }
    PyBuffer_Release(&a.buffer);
    return count;
}

PyMethodDef shm_mapped_search_methods[] = {
    {"bsearch", bsearch_of, METH_VARARGS,
     "bsearch(array, key): the first index of the sorted array whose element is not below key."},
    {"hinted_bsearch", hinted_bsearch_of, METH_VARARGS,
     "hinted_bsearch(array, key, hint): as bsearch; fast if the answer is near the hint."},
    {"sorted_contains", sorted_contains_of, METH_VARARGS,
     "sorted_contains(array, key): whether an element of the sorted array equals key."},
    {"index_merge", index_merge_of, METH_VARARGS,
     "index_merge(left, right, dest): merges two sorted arrays into a third, of equal elements\n"
     "those of left first; the number of elements."},
    {NULL, NULL, 0, NULL},
};
