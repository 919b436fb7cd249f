/* pack_container.c — lists, tuples, sets and dicts. */
#include <stdlib.h>

#include "mapped/mapped.h"

/* ---- what elements have in common ---- */

typedef struct survey {
    int64_t least;
    uint64_t most;
    bool any_negative;
    bool integers;
    bool floats;
    bool bools;
} survey;

static void survey_integer(survey *of, PyObject *object)
{
    bool negative;
    uint64_t word;
    of->floats = of->bools = false;
    if (shm_mapped_key_integer(object, &negative, &word) != 1) {
        of->integers = false;
    } else if (negative) {
        of->any_negative = true;
        of->least = (int64_t)word < of->least ? (int64_t)word : of->least;
    } else {
        of->most = word > of->most ? word : of->most;
    }
}

static void survey_one(survey *of, PyObject *object)
{
    if (PyLong_CheckExact(object)) {
        survey_integer(of, object);
    } else if (PyFloat_CheckExact(object)) {
        of->integers = of->bools = false;
    } else if (PyBool_Check(object)) {
        of->integers = of->floats = false;
    } else {
        of->integers = of->floats = of->bools = false;
    }
}

/* The narrowest kind of the integers; cells if there is none for all. */
static unsigned integer_kind(const survey *of)
{
    if (!of->any_negative) {
        return of->most <= UINT8_MAX    ? SHM_MAPPED_KIND_U8
               : of->most <= UINT16_MAX ? SHM_MAPPED_KIND_U16
               : of->most <= UINT32_MAX ? SHM_MAPPED_KIND_U32
                                        : SHM_MAPPED_KIND_U64;
    }
    const int64_t most = of->most > INT64_MAX ? INT64_MAX : (int64_t)of->most;
    if (of->most > INT64_MAX) {
        return SHM_MAPPED_KIND_CELL;
    }
    return of->least >= INT8_MIN && most <= INT8_MAX     ? SHM_MAPPED_KIND_I8
           : of->least >= INT16_MIN && most <= INT16_MAX ? SHM_MAPPED_KIND_I16
           : of->least >= INT32_MIN && most <= INT32_MAX ? SHM_MAPPED_KIND_I32
                                                         : SHM_MAPPED_KIND_I64;
}

static unsigned kind_of(const survey *of)
{
    return of->integers ? integer_kind(of)
           : of->floats ? SHM_MAPPED_KIND_F64
           : of->bools  ? SHM_MAPPED_KIND_BOOL
                        : SHM_MAPPED_KIND_CELL;
}

static PyObject *element(PyObject *all, Py_ssize_t i)
{
    PyObject *one = PyList_Check(all) ? PyList_GetItem(all, i) : PyTuple_GetItem(all, i);
    return Py_XNewRef(one);
}

static Py_ssize_t element_count(PyObject *all)
{
    return PyList_Check(all) ? PyList_Size(all) : PyTuple_Size(all);
}

static unsigned kind_of_all(PyObject *all)
{
    survey of = {.integers = true, .floats = true, .bools = true};
    const Py_ssize_t count = element_count(all);
    for (Py_ssize_t i = 0; i < count && (of.integers || of.floats || of.bools); i++) {
        survey_one(&of, PyList_Check(all) ? PyList_GetItem(all, i) : PyTuple_GetItem(all, i));
    }
    return kind_of(&of);
}

/* Reserves a container and remembers it as open; `code` and `form` with the count are its head. */
static uint64_t container_open(shm_mapped_packer *packer, uint64_t cell, PyObject *object,
                               unsigned code, unsigned form, uint64_t count, uint64_t payload)
{
    const uint64_t padded = (payload + SHM_MAPPED_ITEM_ALIGNMENT - 1) / SHM_MAPPED_ITEM_ALIGNMENT *
                            SHM_MAPPED_ITEM_ALIGNMENT;
    const uint64_t at = shm_mapped_packer_reserve(packer, SHM_MAPPED_ITEM_HEAD_BYTES + padded,
                                                  SHM_MAPPED_ITEM_ALIGNMENT);
    if (at == UINT64_MAX || shm_mapped_memo_add(packer, object, code, at, true) != 0) {
        return UINT64_MAX;
    }
    shm_mapped_store64(shm_mapped_packer_at(packer, at), shm_mapped_item_head(code, form, count));
    shm_mapped_packer_refer(packer, cell, at);
    return at + SHM_MAPPED_ITEM_HEAD_BYTES;
}

/* 1: it is packed already, and the cell refers to it. */
static int packed_before(shm_mapped_packer *packer, uint64_t cell, PyObject *object, unsigned code)
{
    uint64_t position;
    const int found = shm_mapped_memo_find(packer, object, code, cell, &position);
    if (found == 1) {
        shm_mapped_packer_refer(packer, cell, position);
    }
    return found;
}

static int put_element(shm_mapped_packer *packer, unsigned kind, uint64_t at, PyObject *object)
{
    uint64_t word;
    if (kind == SHM_MAPPED_KIND_CELL) {
        return shm_mapped_pack_value(packer, at, object);
    }
    if (shm_mapped_number_word(kind, object, &word) != 0) {
        return -1;
    }
    shm_mapped_store_word(shm_mapped_packer_at(packer, at), word, shm_mapped_kind_width(kind));
    return 0;
}

static int put_elements(shm_mapped_packer *packer, unsigned kind, uint64_t at, PyObject *all,
                        Py_ssize_t count)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *one = element(all, i);
        const int status =
            one == NULL
                ? -1
                : put_element(packer, kind, at + (uint64_t)i * shm_mapped_kind_width(kind), one);
        Py_XDECREF(one);
        if (status != 0) {
            return -1;
        }
    }
    return 0;
}

static int pack_elements(shm_mapped_packer *packer, uint64_t cell, PyObject *object, PyObject *all,
                         unsigned code)
{
    const Py_ssize_t count = element_count(all);
    const unsigned kind = kind_of_all(all);
    const uint64_t at = container_open(packer, cell, object, code, kind, (uint64_t)count,
                                       (uint64_t)count * shm_mapped_kind_width(kind));
    if (at == UINT64_MAX || Py_EnterRecursiveCall(" while packing an object")) {
        return -1;
    }
    const int status = put_elements(packer, kind, at, all, count);
    Py_LeaveRecursiveCall();
    shm_mapped_memo_shut(packer, object, code);
    return status;
}

/* A list or tuple of the elements of any sequence; a new reference. */
static PyObject *plain_sequence(PyObject *object, unsigned code)
{
    if (PyList_CheckExact(object) || PyTuple_CheckExact(object)) {
        return Py_NewRef(object);
    }
    if (!PySequence_Check(object) || PyUnicode_Check(object) || PyBytes_Check(object)) {
        return PyErr_Format(PyExc_TypeError, "%s expected, not %R",
                            code == SHM_MAPPED_CODE_LIST ? "list" : "tuple",
                            (PyObject *)Py_TYPE(object));
    }
    return PySequence_List(object);
}

int shm_mapped_pack_sequence(shm_mapped_packer *packer, uint64_t cell, PyObject *object,
                             unsigned code)
{
    const int found = packed_before(packer, cell, object, code);
    if (found != 0) {
        return found < 0 ? -1 : 0;
    }
    PyObject *all = plain_sequence(object, code);
    const int status = all == NULL ? -1 : pack_elements(packer, cell, object, all, code);
    Py_XDECREF(all);
    return status;
}

/* ---- sets and dicts: in the order of stable hashes ---- */

typedef struct hashed {
    PyObject *key; /* borrowed from `all` */
    uint64_t hash; /* or the integer, its order made unsigned */
    uint64_t index;
} hashed;

static int hashed_compare(const void *a, const void *b)
{
    const hashed *x = a;
    const hashed *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return x->index < y->index ? -1 : x->index > y->index;
}

static int hash_keys(shm_mapped_packer *packer, PyObject *all, hashed *keys)
{
    const Py_ssize_t count = PyList_Size(all);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *key = PyList_GetItem(all, i);
        uint64_t hash;
        const int known = shm_mapped_key_hash(packer->state, key, &hash);
        if (known < 0) {
            return -1;
        }
        const uint32_t narrow =
            known == 0 ? (uint32_t)SHM_MAPPED_HASH_UNKNOWN : (uint32_t)(hash >> 32);
        keys[i] = (hashed){.key = key, .hash = narrow, .index = (uint64_t)i};
    }
    qsort(keys, (size_t)count, sizeof *keys, hashed_compare);
    return 0;
}

/* Sets of numbers of one kind are in their order. */
static int order_numbers(PyObject *all, unsigned kind, hashed *keys)
{
    const Py_ssize_t count = PyList_Size(all);
    const uint64_t flip = kind == SHM_MAPPED_KIND_U64 ? 0 : UINT64_C(1) << 63;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *key = PyList_GetItem(all, i);
        uint64_t word;
        if (shm_mapped_number_word(kind, key, &word) != 0) {
            return -1;
        }
        keys[i] = (hashed){.key = key, .hash = word ^ flip, .index = (uint64_t)i};
    }
    qsort(keys, (size_t)count, sizeof *keys, hashed_compare);
    return 0;
}

static hashed *keys_new(Py_ssize_t count)
{
    hashed *keys = PyMem_Calloc((size_t)count + 1, sizeof *keys);
    if (keys == NULL) {
        PyErr_NoMemory();
    }
    return keys;
}

static int put_set(shm_mapped_packer *packer, uint64_t at, unsigned kind, const hashed *keys,
                   Py_ssize_t count)
{
    const unsigned width = shm_mapped_kind_width(kind);
    for (Py_ssize_t i = 0; i < count; i++) {
        if (put_element(packer, kind, at + (uint64_t)i * width, keys[i].key) != 0) {
            return -1;
        }
    }
    for (Py_ssize_t i = 0; kind == SHM_MAPPED_KIND_CELL && i < count; i++) {
        const uint64_t to = at + (uint64_t)count * SHM_MAPPED_CELL_BYTES + (uint64_t)i * 4;
        shm_mapped_store_word(shm_mapped_packer_at(packer, to), keys[i].hash, 4);
    }
    return 0;
}

static int pack_set(shm_mapped_packer *packer, uint64_t cell, PyObject *object, PyObject *all,
                    hashed *keys)
{
    const Py_ssize_t count = PyList_Size(all);
    unsigned kind = kind_of_all(all);
    if (kind == SHM_MAPPED_KIND_F64 || kind == SHM_MAPPED_KIND_BOOL) {
        kind = SHM_MAPPED_KIND_CELL;
    }
    const uint64_t bytes = kind == SHM_MAPPED_KIND_CELL ? SHM_MAPPED_CELL_BYTES + 4
                                                        : (uint64_t)shm_mapped_kind_width(kind);
    if ((kind == SHM_MAPPED_KIND_CELL ? hash_keys(packer, all, keys)
                                      : order_numbers(all, kind, keys)) != 0) {
        return -1;
    }
    const uint64_t at = container_open(packer, cell, object, SHM_MAPPED_CODE_FROZENSET, kind,
                                       (uint64_t)count, (uint64_t)count * bytes);
    if (at == UINT64_MAX || Py_EnterRecursiveCall(" while packing an object")) {
        return -1;
    }
    const int status = put_set(packer, at, kind, keys, count);
    Py_LeaveRecursiveCall();
    shm_mapped_memo_shut(packer, object, SHM_MAPPED_CODE_FROZENSET);
    return status;
}

int shm_mapped_pack_set(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    const int found = packed_before(packer, cell, object, SHM_MAPPED_CODE_FROZENSET);
    if (found != 0) {
        return found < 0 ? -1 : 0;
    }
    if (!PyAnySet_Check(object) && !PyObject_TypeCheck(object, packer->state->set_type)) {
        PyErr_Format(PyExc_TypeError, "set or frozenset expected, not %R",
                     (PyObject *)Py_TYPE(object));
        return -1;
    }
    PyObject *all = PySequence_List(object);
    hashed *keys = all == NULL ? NULL : keys_new(PyList_Size(all));
    const int status = keys == NULL ? -1 : pack_set(packer, cell, object, all, keys);
    PyMem_Free(keys);
    Py_XDECREF(all);
    return status;
}

/* Entries in their own order, then hashes with the entries' indices in the order of hashes. */
static int put_dict(shm_mapped_packer *packer, uint64_t at, PyObject *names, PyObject *values,
                    const hashed *keys)
{
    const Py_ssize_t count = PyList_Size(names);
    const uint64_t hashes = at + (uint64_t)count * 2 * SHM_MAPPED_CELL_BYTES;
    for (Py_ssize_t i = 0; i < count; i++) {
        const uint64_t entry = at + (uint64_t)i * 2 * SHM_MAPPED_CELL_BYTES;
        if (shm_mapped_pack_value(packer, entry, PyList_GetItem(names, i)) != 0 ||
            shm_mapped_pack_value(packer, entry + SHM_MAPPED_CELL_BYTES,
                                  PyList_GetItem(values, i)) != 0) {
            return -1;
        }
        const uint64_t to = hashes + (uint64_t)i * 4;
        shm_mapped_store_word(shm_mapped_packer_at(packer, to), keys[i].hash, 4);
        shm_mapped_store_word(shm_mapped_packer_at(packer, to + (uint64_t)count * 4), keys[i].index,
                              4);
    }
    return 0;
}

static int pack_dict(shm_mapped_packer *packer, uint64_t cell, PyObject *object, PyObject *names,
                     PyObject *values)
{
    const Py_ssize_t count = PyList_Size(names);
    if (PyList_Size(values) != count || count > UINT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "a dict of up to 2^32 - 1 keys, with a value each");
        return -1;
    }
    hashed *keys = keys_new(count);
    if (keys == NULL || hash_keys(packer, names, keys) != 0) {
        PyMem_Free(keys);
        return -1;
    }
    const uint64_t at =
        container_open(packer, cell, object, SHM_MAPPED_CODE_DICT, SHM_MAPPED_KIND_CELL,
                       (uint64_t)count, (uint64_t)count * (2 * SHM_MAPPED_CELL_BYTES + 8));
    int status = -1;
    if (at != UINT64_MAX && !Py_EnterRecursiveCall(" while packing an object")) {
        status = put_dict(packer, at, names, values, keys);
        Py_LeaveRecursiveCall();
        shm_mapped_memo_shut(packer, object, SHM_MAPPED_CODE_DICT);
    }
    PyMem_Free(keys);
    return status;
}

int shm_mapped_pack_dict(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    const int found = packed_before(packer, cell, object, SHM_MAPPED_CODE_DICT);
    if (found != 0) {
        return found < 0 ? -1 : 0;
    }
    PyObject *names = PyMapping_Check(object) ? PyMapping_Keys(object) : NULL;
    PyObject *values = names == NULL ? NULL : PyMapping_Values(object);
    if (values == NULL) {
        Py_XDECREF(names);
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "dict expected, not %R", (PyObject *)Py_TYPE(object));
        return -1;
    }
    const int status = pack_dict(packer, cell, object, names, values);
    Py_DECREF(names);
    Py_DECREF(values);
    return status;
}
