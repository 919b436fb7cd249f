/* view_hashed.c — packed sets and dicts, seen in place. */
#include "mapped/mapped.h"

/* ---- finding ---- */

/* The first of `count` ascending words of 32 bits that is not below `hash`. */
static uint64_t first_hash(const unsigned char *hashes, uint64_t count, uint32_t hash)
{
    uint64_t low = 0;
    while (count > 0) {
        const uint64_t half = count / 2;
        if (shm_mapped_load32(hashes + 4 * (low + half)) < hash) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return low;
}

/* The place in the order of hashes as an index of entries; UINT64_MAX with an exception. */
static uint64_t entry_index(const shm_mapped_view *view, const unsigned char *hashes,
                            uint64_t place)
{
    if (view->code == SHM_MAPPED_CODE_FROZENSET) {
        return place;
    }
    const unsigned char *at = hashes + 4 * ((uint64_t)view->count + place);
    const uint32_t index = shm_mapped_load32(at);
    if (index >= (uint64_t)view->count) {
        shm_mapped_corrupt(view->space, at, "an entry of a dict that has no such entry");
        return UINT64_MAX;
    }
    return index;
}

/* Among the keys of one hash: 1 and the index of the entry, 0, or -1 with an exception. */
static int find_among(PyObject *self, PyObject *key, const unsigned char *hashes, uint32_t hash,
                      uint64_t *index)
{
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    const uint64_t count = (uint64_t)view->count;
    for (uint64_t i = first_hash(hashes, count, hash);
         i < count && shm_mapped_load32(hashes + 4 * i) == hash; i++) {
        *index = entry_index(view, hashes, i);
        PyObject *one =
            *index == UINT64_MAX ? NULL : shm_mapped_view_at(self, (Py_ssize_t)*index, NULL);
        const int equal = one == NULL ? -1 : PyObject_RichCompareBool(one, key, Py_EQ);
        Py_XDECREF(one);
        if (equal != 0) {
            return equal;
        }
    }
    return 0;
}

/* A set or dict of cells. */
static int find_hashed(PyObject *self, PyObject *key, uint64_t *index)
{
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    const unsigned char *hashes = view->first + view->count * view->stride;
    uint64_t hash;
    if (!PyUnicode_CheckExact(key) && PyObject_Hash(key) == -1) {
        return -1;
    }
    const int known = shm_mapped_key_hash(view->space->state, key, &hash);
    if (known < 0) {
        return -1;
    }
    const int found = known == 0 ? 0 : find_among(self, key, hashes, (uint32_t)(hash >> 32), index);
    /* Of keys without a stable hash any may be equal to it. */
    return found != 0 ? found
                      : find_among(self, key, hashes, (uint32_t)SHM_MAPPED_HASH_UNKNOWN, index);
}

/* The integer that a number equals: 1; else 0; -1 with an exception. */
static int integer_of(const shm_mapped_view *view, PyObject *key, bool *negative, uint64_t *word)
{
    shm_mapped_bytes_out out;
    if (PyLong_Check(key)) {
        return shm_mapped_key_integer(key, negative, word);
    }
    if (PyObject_Hash(key) == -1) {
        return -1;
    }
    shm_mapped_bytes_out_open(&out);
    int status = shm_mapped_key_bytes(view->space->state, key, &out);
    if (status == 1) {
        status = out.bytes[0] == 'i' || out.bytes[0] == 'j';
        *word = status == 1 ? shm_mapped_load64(out.bytes + 1) : 0;
        *negative = out.bytes[0] == 'i' && (int64_t)*word < 0;
    }
    shm_mapped_bytes_out_close(&out);
    return status;
}

/* A set of integers of one kind, ascending. */
static int find_integer(PyObject *self, PyObject *key)
{
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    bool negative;
    uint64_t word;
    const int status = integer_of(view, key, &negative, &word);
    if (status != 1) {
        return status;
    }
    const bool beyond =
        view->kind == SHM_MAPPED_KIND_U64 ? negative : !negative && word > INT64_MAX;
    const uint64_t flip = view->kind == SHM_MAPPED_KIND_U64 ? 0 : UINT64_C(1) << 63;
    uint64_t low = 0;
    uint64_t count = beyond ? 0 : (uint64_t)view->count;
    while (count > 0) {
        const uint64_t half = count / 2;
        const unsigned char *at = view->first + (Py_ssize_t)(low + half) * view->stride;
        const uint64_t there = shm_mapped_kind_load(view->kind, at);
        if (there == word) {
            return 1;
        }
        if ((there ^ flip) < (word ^ flip)) {
            low += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return 0;
}

static int set_contains(PyObject *self, PyObject *key)
{
    uint64_t index;
    const unsigned kind = ((shm_mapped_view *)self)->kind;
    if (kind == SHM_MAPPED_KIND_CELL) {
        return find_hashed(self, key, &index);
    }
    const bool integers = kind != SHM_MAPPED_KIND_F32 && kind != SHM_MAPPED_KIND_F64;
    return integers ? find_integer(self, key) : 0;
}

static PyObject *no_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)args;
    (void)keywords;
    return PyErr_Format(PyExc_TypeError, "%R objects are views: they come from packed objects",
                        (PyObject *)type);
}

static PyMethodDef set_methods[] = {
    {"materialize", shm_mapped_view_materialize, METH_NOARGS, SHM_MAPPED_MATERIALIZE_DOC},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot set_slots[] = {
    {Py_tp_new, (void *)no_new},
    {Py_tp_dealloc, (void *)shm_mapped_view_dealloc},
    {Py_tp_iter, (void *)shm_mapped_view_iter},
    {Py_sq_length, (void *)shm_mapped_view_length},
    {Py_tp_methods, set_methods},
    {Py_sq_contains, (void *)set_contains},
    {Py_tp_doc, "A packed set, seen in place."},
    {0, NULL},
};

PyType_Spec shm_mapped_set_spec = {
    .name = "libshm._libshm.mapped.SetView",
    .basicsize = sizeof(shm_mapped_view),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = set_slots,
};

/* ---- dicts ---- */

static PyObject *dict_value(const shm_mapped_view *view, uint64_t index)
{
    const unsigned char *entry = view->first + (Py_ssize_t)index * view->stride;
    shm_mapped_reader reader = shm_mapped_reader_of(view->space, true, NULL);
    return shm_mapped_cell_read(&reader, entry + SHM_MAPPED_CELL_BYTES);
}

static PyObject *dict_subscript(PyObject *self, PyObject *key)
{
    uint64_t index;
    const int found = find_hashed(self, key, &index);
    if (found == 0) {
        PyErr_SetObject(PyExc_KeyError, key);
    }
    return found == 1 ? dict_value((const shm_mapped_view *)self, index) : NULL;
}

static PyObject *dict_get(PyObject *self, PyObject *const *args, Py_ssize_t count, PyObject *names)
{
    uint64_t index;
    PyObject *other = Py_None;
    if (!shm_mapped_key_and_default("get", args, count, names, &other)) {
        return NULL;
    }
    const int found = find_hashed(self, args[0], &index);
    return found == 1   ? dict_value((const shm_mapped_view *)self, index)
           : found == 0 ? Py_NewRef(other)
                        : NULL;
}

static int dict_contains(PyObject *self, PyObject *key)
{
    uint64_t index;
    return find_hashed(self, key, &index);
}

/* The value of each entry, as a list in place. */
static PyObject *dict_value_list(PyObject *self, PyObject *unused)
{
    (void)unused;
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    return shm_mapped_view_of(view->space->state, view->space, SHM_MAPPED_CODE_LIST,
                              SHM_MAPPED_KIND_CELL, view->first + SHM_MAPPED_CELL_BYTES,
                              view->count, view->stride);
}

static PyMethodDef dict_methods[] = {
    {"materialize", shm_mapped_view_materialize, METH_NOARGS, SHM_MAPPED_MATERIALIZE_DOC},
    {"get", (PyCFunction)(void (*)(void))dict_get, METH_FASTCALL | METH_KEYWORDS,
     "get(key, default=None)"},
    {"_value_list", dict_value_list, METH_NOARGS, "The values, in the order of the keys."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot dict_slots[] = {
    {Py_tp_new, (void *)no_new},
    {Py_tp_dealloc, (void *)shm_mapped_view_dealloc},
    {Py_tp_iter, (void *)shm_mapped_view_iter},
    {Py_tp_methods, dict_methods},
    {Py_sq_contains, (void *)dict_contains},
    {Py_mp_length, (void *)shm_mapped_view_length},
    {Py_mp_subscript, (void *)dict_subscript},
    {Py_tp_doc, "A packed dict, seen in place."},
    {0, NULL},
};

PyType_Spec shm_mapped_dict_spec = {
    .name = "libshm._libshm.mapped.DictView",
    .basicsize = sizeof(shm_mapped_view),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = dict_slots,
};
