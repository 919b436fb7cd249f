/* key.c — keys as bytes that are equal in every process, and their hashes.
 *
 *   'N'                    None               's' length bytes       text
 *   'i' word               an integer (signed) 'b' length bytes      bytes
 *   'j' word               one beyond 2^63    '(' count keys         a tuple
 *   'J' length bytes       a larger one       '{' count (length key) a frozenset, keys sorted
 *   'f' word               another float      'x' length bytes       what key_encode made
 * Lengths and counts take four bytes, words eight.  Numbers that are equal (1, 1.0, True) are one
 * key, as in a dict of Python's. */
#include <math.h>
#include <stdlib.h>

#include <shm/hash.h>
#include <shm/mix.h>

#include "mapped/mapped.h"

enum { SEED_INTEGER = 1, SEED_STR, SEED_OTHER, DEPTH_MAX = 100 };

void shm_mapped_bytes_out_open(shm_mapped_bytes_out *out)
{
    out->bytes = out->inside;
    out->used = 0;
    out->room = sizeof out->inside;
}

void shm_mapped_bytes_out_close(shm_mapped_bytes_out *out)
{
    if (out->bytes != out->inside) {
        PyMem_Free(out->bytes);
    }
}

int shm_mapped_bytes_out_add(shm_mapped_bytes_out *out, const void *bytes, size_t length)
{
    if (length > out->room - out->used) {
        const size_t room = (out->used + length) * 2;
        unsigned char *more =
            out->bytes == out->inside ? PyMem_Malloc(room) : PyMem_Realloc(out->bytes, room);
        if (more == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        if (out->bytes == out->inside) {
            memcpy(more, out->inside, out->used);
        }
        out->bytes = more;
        out->room = room;
    }
    memcpy(out->bytes + out->used, bytes, length);
    out->used += length;
    return 0;
}

int shm_mapped_key_integer(PyObject *key, bool *negative, uint64_t *word)
{
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(key, &overflow);
    *negative = overflow == 0 && value < 0;
    *word = (uint64_t)value;
    if (overflow == 0) {
        return 1;
    }
    if (overflow < 0) {
        return 0;
    }
    *word = PyLong_AsUnsignedLongLong(key);
    if (*word == UINT64_MAX && PyErr_Occurred()) {
        PyErr_Clear();
        return 0;
    }
    return 1;
}

static int add_tagged_word(shm_mapped_bytes_out *out, char tag, uint64_t word)
{
    unsigned char raw[9] = {(unsigned char)tag};
    shm_mapped_store64(raw + 1, word);
    return shm_mapped_bytes_out_add(out, raw, sizeof raw) == 0 ? 1 : -1;
}

static int add_length(shm_mapped_bytes_out *out, char tag, size_t length)
{
    unsigned char raw[5] = {(unsigned char)tag};
    if (length > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a key has less than 2^32 bytes");
        return -1;
    }
    shm_mapped_store_word(raw + 1, length, 4);
    return shm_mapped_bytes_out_add(out, raw, sizeof raw);
}

static int add_bytes(shm_mapped_bytes_out *out, char tag, const char *bytes, Py_ssize_t length)
{
    return add_length(out, tag, (size_t)length) == 0 &&
                   shm_mapped_bytes_out_add(out, bytes, (size_t)length) == 0
               ? 1
               : -1;
}

static int add_integer(shm_mapped_bytes_out *out, PyObject *key)
{
    bool negative;
    uint64_t word;
    if (shm_mapped_key_integer(key, &negative, &word) == 1) {
        return add_tagged_word(out, !negative && word > INT64_MAX ? 'j' : 'i', word);
    }
    /* Beyond 64 bits: its digits will do, as every number has one text. */
    PyObject *text = PyNumber_ToBase(key, 16);
    Py_ssize_t length;
    const char *digits = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, &length);
    const int status = digits == NULL ? -1 : add_bytes(out, 'J', digits, length);
    Py_XDECREF(text);
    return status;
}

static int add_float(shm_mapped_bytes_out *out, double value)
{
    uint64_t word;
    if (isnan(value)) {
        return 0;
    }
    if (isinf(value) || value != floor(value)) {
        memcpy(&word, &value, sizeof word);
        return add_tagged_word(out, 'f', word);
    }
    PyObject *integer = PyLong_FromDouble(value);
    const int status = integer == NULL ? -1 : add_integer(out, integer);
    Py_XDECREF(integer);
    return status;
}

static int add_key(shm_mapped_state *state, PyObject *key, shm_mapped_bytes_out *out, int depth);

static int add_tuple(shm_mapped_state *state, PyObject *key, shm_mapped_bytes_out *out, int depth)
{
    const Py_ssize_t count = PyTuple_Size(key);
    int status = add_length(out, '(', (size_t)count) == 0 ? 1 : -1;
    for (Py_ssize_t i = 0; status == 1 && i < count; i++) {
        status = add_key(state, PyTuple_GetItem(key, i), out, depth + 1);
    }
    return status;
}

/* A bytes object, NULL without an exception if it is no such key. */
static PyObject *key_object(shm_mapped_state *state, PyObject *key, int depth)
{
    shm_mapped_bytes_out out;
    shm_mapped_bytes_out_open(&out);
    PyObject *bytes = NULL;
    if (add_key(state, key, &out, depth) == 1) {
        bytes = PyBytes_FromStringAndSize((const char *)out.bytes, (Py_ssize_t)out.used);
    }
    shm_mapped_bytes_out_close(&out);
    return bytes;
}

static int add_sorted(PyObject *all, shm_mapped_bytes_out *out)
{
    const Py_ssize_t count = PyList_Size(all);
    int status = PyList_Sort(all) == 0 && add_length(out, '{', (size_t)count) == 0 ? 1 : -1;
    for (Py_ssize_t i = 0; status == 1 && i < count; i++) {
        unsigned char raw[4];
        PyObject *bytes = PyList_GetItem(all, i);
        shm_mapped_store_word(raw, (uint64_t)PyBytes_Size(bytes), 4);
        if (shm_mapped_bytes_out_add(out, raw, sizeof raw) != 0 ||
            shm_mapped_bytes_out_add(out, PyBytes_AsString(bytes), (size_t)PyBytes_Size(bytes)) !=
                0) {
            status = -1;
        }
    }
    return status;
}

static int add_set(shm_mapped_state *state, PyObject *key, shm_mapped_bytes_out *out, int depth)
{
    PyObject *all = PyList_New(0);
    PyObject *iterator = all == NULL ? NULL : PyObject_GetIter(key);
    PyObject *one = NULL;
    while (iterator != NULL && (one = PyIter_Next(iterator)) != NULL) {
        PyObject *bytes = key_object(state, one, depth + 1);
        Py_DECREF(one);
        const int status = bytes == NULL ? -1 : PyList_Append(all, bytes);
        Py_XDECREF(bytes);
        if (status != 0) {
            Py_DECREF(iterator);
            Py_DECREF(all);
            return PyErr_Occurred() ? -1 : 0;
        }
    }
    const int status = iterator == NULL || PyErr_Occurred() ? -1 : add_sorted(all, out);
    Py_XDECREF(iterator);
    Py_XDECREF(all);
    return status;
}

/* key_encode: None, if it is no such key; (None, a plain key); or (True, bytes). */
static int add_other(shm_mapped_state *state, PyObject *key, shm_mapped_bytes_out *out, int depth)
{
    PyObject *tagged;
    PyObject *as;
    PyObject *made = shm_mapped_call(state->key_encode, key);
    if (made == NULL || made == Py_None) {
        Py_XDECREF(made);
        return made == NULL ? -1 : 0;
    }
    int status = -1;
    if (PyArg_ParseTuple(made, "OO;key_encode returns a pair", &tagged, &as)) {
        if (tagged == Py_None) {
            status = add_key(state, as, out, depth + 1);
        } else if (PyBytes_Check(as)) {
            status = add_bytes(out, 'x', PyBytes_AsString(as), PyBytes_Size(as));
        }
    }
    Py_DECREF(made);
    return status;
}

const char *shm_mapped_utf8(PyObject *text, Py_ssize_t *length)
{
    const char *utf8 = PyUnicode_AsUTF8AndSize(text, length);
    if (utf8 == NULL && PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) {
        PyErr_Clear();
    }
    return utf8;
}

static int add_text(PyObject *text, shm_mapped_bytes_out *out)
{
    Py_ssize_t length;
    const char *utf8 = shm_mapped_utf8(text, &length);
    if (utf8 == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    return add_bytes(out, 's', utf8, length);
}

static int add_key(shm_mapped_state *state, PyObject *key, shm_mapped_bytes_out *out, int depth)
{
    if (depth > DEPTH_MAX) {
        PyErr_SetString(PyExc_RecursionError, "a key is nested too deeply");
        return -1;
    }
    if (PyUnicode_Check(key)) {
        return add_text(key, out);
    }
    if (PyLong_Check(key)) {
        return add_integer(out, key);
    }
    if (PyFloat_Check(key)) {
        return add_float(out, PyFloat_AsDouble(key));
    }
    if (PyBytes_Check(key)) {
        return add_bytes(out, 'b', PyBytes_AsString(key), PyBytes_Size(key));
    }
    if (key == Py_None) {
        return shm_mapped_bytes_out_add(out, "N", 1) == 0 ? 1 : -1;
    }
    if (PyTuple_Check(key)) {
        return add_tuple(state, key, out, depth);
    }
    if (PyAnySet_Check(key) || PyObject_TypeCheck(key, state->set_type)) {
        return add_set(state, key, out, depth);
    }
    if (PyList_Check(key) || PyDict_Check(key)) {
        return 0;
    }
    return add_other(state, key, out, depth);
}

int shm_mapped_key_bytes(shm_mapped_state *state, PyObject *key, shm_mapped_bytes_out *out)
{
    return add_key(state, key, out, 0);
}

int shm_mapped_key_hash(shm_mapped_state *state, PyObject *key, uint64_t *hash)
{
    shm_mapped_bytes_out out;
    if (PyUnicode_Check(key)) {
        Py_ssize_t length;
        const char *text = shm_mapped_utf8(key, &length);
        if (text == NULL) {
            return PyErr_Occurred() ? -1 : 0;
        }
        *hash = shm_hash64(text, (size_t)length, SEED_STR);
        return 1;
    }
    shm_mapped_bytes_out_open(&out);
    const int status = shm_mapped_key_bytes(state, key, &out);
    if (status == 1) {
        const bool integer = out.bytes[0] == 'i' || out.bytes[0] == 'j';
        *hash = integer ? shm_mix64(shm_mapped_load64(out.bytes + 1), SEED_INTEGER)
                        : shm_hash64(out.bytes, out.used, SEED_OTHER);
    }
    shm_mapped_bytes_out_close(&out);
    return status;
}

/* ---- back ---- */

typedef struct key_in {
    shm_mapped_state *state;
    const unsigned char *at;
    size_t left;
    int depth;
} key_in;

static PyObject *bad_key(const key_in *in)
{
    PyErr_SetString(in->state->corrupt_error, "corrupt bytes: a key of no known form");
    return NULL;
}

static const unsigned char *take(key_in *in, size_t length)
{
    if (length > in->left) {
        bad_key(in);
        return NULL;
    }
    const unsigned char *at = in->at;
    in->at += length;
    in->left -= length;
    return at;
}

/* A length, and so many bytes. */
static const unsigned char *take_bytes(key_in *in, size_t *length)
{
    const unsigned char *raw = take(in, 4);
    *length = raw == NULL ? 0 : shm_mapped_load32(raw);
    return raw == NULL ? NULL : take(in, *length);
}

static PyObject *read_key(key_in *in);

static PyObject *read_keys(key_in *in, bool set)
{
    const unsigned char *raw = take(in, 4);
    const size_t count = raw == NULL ? 0 : shm_mapped_load32(raw);
    PyObject *all = raw == NULL ? NULL : PyList_New(0);
    for (size_t i = 0; all != NULL && i < count; i++) {
        PyObject *one = set && take(in, 4) == NULL ? NULL : read_key(in);
        if (one == NULL || PyList_Append(all, one) != 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(one);
    }
    PyObject *made = all == NULL ? NULL : set ? PyFrozenSet_New(all) : PyList_AsTuple(all);
    Py_XDECREF(all);
    return made;
}

static PyObject *read_of_bytes(key_in *in, char tag)
{
    size_t length;
    const unsigned char *bytes = take_bytes(in, &length);
    if (bytes == NULL) {
        return NULL;
    }
    if (tag == 's') {
        PyObject *text = PyUnicode_DecodeUTF8((const char *)bytes, (Py_ssize_t)length, NULL);
        return text == NULL && PyErr_ExceptionMatches(PyExc_UnicodeError) ? bad_key(in) : text;
    }
    PyObject *made = PyBytes_FromStringAndSize((const char *)bytes, (Py_ssize_t)length);
    if (made == NULL || tag == 'b') {
        return made;
    }
    PyObject *value = tag == 'x' ? shm_mapped_call(in->state->key_decode, made)
                                 : PyLong_FromString(PyBytes_AsString(made), NULL, 16);
    Py_DECREF(made);
    if (value == NULL) {
        PyErr_Clear();
        return bad_key(in);
    }
    return value;
}

static PyObject *read_word(key_in *in, char tag)
{
    const unsigned char *raw = take(in, 8);
    if (raw == NULL) {
        return NULL;
    }
    const uint64_t word = shm_mapped_load64(raw);
    return tag == 'i'   ? PyLong_FromLongLong((long long)word)
           : tag == 'j' ? PyLong_FromUnsignedLongLong(word)
                        : PyFloat_FromDouble(shm_mapped_double_of(word));
}

static PyObject *read_tagged(key_in *in, char tag)
{
    switch (tag) {
    case 'N':
        Py_RETURN_NONE;
    case 'i':
    case 'j':
    case 'f':
        return read_word(in, tag);
    case '(':
    case '{':
        return read_keys(in, tag == '{');
    case 's':
    case 'b':
    case 'J':
    case 'x':
        return read_of_bytes(in, tag);
    default:
        return bad_key(in);
    }
}

static PyObject *read_key(key_in *in)
{
    const unsigned char *tag = take(in, 1);
    if (tag == NULL) {
        return NULL;
    }
    if (in->depth > DEPTH_MAX) {
        return bad_key(in);
    }
    in->depth++;
    PyObject *key = read_tagged(in, (char)*tag);
    in->depth--;
    return key;
}

PyObject *shm_mapped_key_of_bytes(shm_mapped_state *state, const unsigned char *bytes,
                                  size_t length)
{
    key_in in = {.state = state, .at = bytes, .left = length};
    return read_key(&in);
}
