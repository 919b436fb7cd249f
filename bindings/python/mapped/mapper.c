/* mapper.c — keys to numbers: finding. */
#include <shm/hash.h>
#include <shm/mix.h>

#include "mapped/part.h"

/* ---- keys ---- */

static int numeric_key(unsigned width, PyObject *object, shm_mapped_mapper_key *key)
{
    bool negative;
    PyObject *integer = PyLong_Check(object) ? Py_NewRef(object) : PyNumber_Index(object);
    if (integer == NULL) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "a key of this mapper is an integer, not %R",
                     (PyObject *)Py_TYPE(object));
        return -1;
    }
    const int known = shm_mapped_key_integer(integer, &negative, &key->word);
    Py_DECREF(integer);
    return known == 1 && !negative && (width == 8 || key->word <= UINT32_MAX);
}

static void hash_bytes(unsigned width, shm_mapped_mapper_key *key)
{
    const uint64_t hash = shm_hash64(key->bytes, key->length, 0);
    key->word = width == 8 ? hash : hash >> 32;
}

static int string_key(unsigned width, PyObject *object, shm_mapped_mapper_key *key)
{
    Py_ssize_t length;
    if (PyUnicode_Check(object)) {
        key->bytes = (const unsigned char *)shm_mapped_utf8(object, &length);
    } else if (PyBytes_Check(object)) {
        key->bytes = (const unsigned char *)PyBytes_AsString(object);
        length = PyBytes_Size(object);
    } else {
        PyErr_Format(PyExc_TypeError, "a key of this mapper is a str or bytes, not %R",
                     (PyObject *)Py_TYPE(object));
        return -1;
    }
    if (key->bytes == NULL) {
        return PyErr_Occurred() ? -1 : 0;
    }
    key->length = (size_t)length;
    if (key->length > UINT32_MAX) {
        return 0;
    }
    hash_bytes(width, key);
    return 1;
}

static int object_key(shm_mapped_state *state, unsigned width, PyObject *object,
                      shm_mapped_mapper_key *key)
{
    const int known = shm_mapped_key_bytes(state, object, &key->made);
    if (known == 0 && PyUnicode_Check(object)) {
        return 0;
    }
    if (known == 0 && PyObject_Hash(object) != -1) {
        PyErr_Format(PyExc_TypeError,
                     "%R cannot be a key: keys are numbers but NaN, texts, bytes, dates, None, and "
                     "tuples and frozensets of them",
                     object);
    }
    key->bytes = key->made.bytes;
    key->length = key->made.used;
    if (known == 1) {
        hash_bytes(width, key);
    }
    return known == 1 ? 1 : -1;
}

bool shm_mapped_mapper_key_is_text(PyObject *object)
{
    Py_ssize_t length;
    PyObject *text = NULL;
    if (PyBytes_Check(object)) {
        text = PyUnicode_DecodeUTF8(PyBytes_AsString(object), PyBytes_Size(object), NULL);
    } else if (!PyUnicode_Check(object) || shm_mapped_utf8(object, &length) != NULL) {
        return true;
    }
    const bool is_text = text != NULL;
    Py_XDECREF(text);
    if (!is_text && (!PyErr_Occurred() || PyErr_ExceptionMatches(PyExc_UnicodeError))) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "key %R is no text that UTF-8 can write", object);
    }
    return is_text;
}

int shm_mapped_mapper_key_of(shm_mapped_state *state, unsigned kind, unsigned width,
                             PyObject *object, shm_mapped_mapper_key *key)
{
    shm_mapped_bytes_out_open(&key->made);
    switch (kind) {
    case SHM_MAPPED_PART_NUMERIC:
        return numeric_key(width, object, key);
    case SHM_MAPPED_PART_STRING:
        return string_key(width, object, key);
    case SHM_MAPPED_PART_HASH:
        return PyLong_Check(object) ? numeric_key(width, object, key)
                                    : string_key(width, object, key);
    default:
        return object_key(state, width, object, key);
    }
}

void shm_mapped_mapper_key_close(shm_mapped_mapper_key *key)
{
    shm_mapped_bytes_out_close(&key->made);
}

/* ---- finding ---- */

/* The bytes of the slot's key; false, with an exception, if they lie outside the pool. */
static bool pool_key(const shm_mapped_mapper *mapper, const unsigned char *slot,
                     shm_mapped_section *key)
{
    const shm_mapped_section *pool = &mapper->part.sections[2];
    const unsigned width = mapper->part.width;
    const uint64_t place = shm_mapped_word_load(slot + 2 * width, width);
    if (place <= pool->size && pool->size - place >= 4) {
        key->size = shm_mapped_load32(pool->at + place);
        key->at = pool->at + place + 4;
        if (key->size <= pool->size - place - 4) {
            return true;
        }
    }
    shm_mapped_corrupt(mapper->space, slot, "a key beyond the keys");
    return false;
}

/* 1: the slot is the key's. */
static int is_key(const shm_mapped_mapper *mapper, const unsigned char *slot,
                  const shm_mapped_mapper_key *key)
{
    shm_mapped_section stored;
    if (mapper->part.kind != SHM_MAPPED_PART_STRING &&
        mapper->part.kind != SHM_MAPPED_PART_OBJECT) {
        return 1;
    }
    if (!pool_key(mapper, slot, &stored)) {
        return -1;
    }
    return stored.size == key->length && memcmp(stored.at, key->bytes, key->length) == 0;
}

/* Its slot: 1, 0 or -1.  At most all slots are looked at, whatever they hold. */
static int find_slot(const shm_mapped_mapper *mapper, const shm_mapped_mapper_key *key,
                     const unsigned char **slot)
{
    const shm_mapped_part *part = &mapper->part;
    const unsigned width = part->width;
    const unsigned stride = shm_mapped_mapper_stride(part);
    const uint64_t count = mapper->slot_count;
    uint64_t index = shm_multiply_high(shm_mix64(key->word, part->seed), count);
    for (uint64_t left = count; left > 0; left--) {
        *slot = part->sections[0].at + index * stride;
        if (shm_mapped_word_load(*slot + width, width) == shm_mapped_word_empty(width)) {
            return 0;
        }
        if (shm_mapped_word_load(*slot, width) == key->word) {
            const int is = is_key(mapper, *slot, key);
            if (is != 0) {
                return is;
            }
        }
        index = index + 1 == count ? 0 : index + 1;
    }
    return 0;
}

bool shm_mapped_mapper_run(const shm_mapped_mapper *mapper, const unsigned char *slot,
                           shm_mapped_values *values)
{
    const unsigned width = mapper->part.width;
    const uint64_t value = shm_mapped_word_load(slot + width, width);
    const shm_mapped_section *runs = &mapper->part.sections[1];
    if ((value & shm_mapped_word_highest(width)) == 0) {
        *values = (shm_mapped_values){.at = slot + width, .count = 1};
        return true;
    }
    const uint64_t place = value & ~shm_mapped_word_highest(width);
    const uint64_t words = runs->size / width;
    if (place < words) {
        values->count = shm_mapped_word_load(runs->at + place * width, width);
        values->at = runs->at + (place + 1) * width;
        if (values->count > 0 && values->count <= words - place - 1) {
            return true;
        }
    }
    shm_mapped_corrupt(mapper->space, slot, "values of a key beyond the values");
    return false;
}

int shm_mapped_mapper_find(const shm_mapped_mapper *mapper, PyObject *object,
                           shm_mapped_values *values)
{
    shm_mapped_mapper_key key;
    const unsigned char *slot;
    int found = shm_mapped_mapper_key_of(mapper->state, mapper->part.kind, mapper->part.width,
                                         object, &key);
    /* Only now: a key's __index__ may do anything. */
    if (found >= 0 && !shm_mapped_space_is_open(mapper->space)) {
        found = -1;
    }
    if (found == 1) {
        found = find_slot(mapper, &key, &slot);
    }
    if (found == 1 && !shm_mapped_mapper_run(mapper, slot, values)) {
        found = -1;
    }
    shm_mapped_mapper_key_close(&key);
    return found;
}

PyObject *shm_mapped_mapper_key_read(const shm_mapped_mapper *mapper, const unsigned char *slot)
{
    shm_mapped_section key;
    if (mapper->part.kind == SHM_MAPPED_PART_NUMERIC || mapper->part.kind == SHM_MAPPED_PART_HASH) {
        return PyLong_FromUnsignedLongLong(shm_mapped_word_load(slot, mapper->part.width));
    }
    if (!pool_key(mapper, slot, &key)) {
        return NULL;
    }
    if (mapper->part.kind == SHM_MAPPED_PART_STRING) {
        return shm_mapped_text_read(mapper->space, key.at, key.size);
    }
    return shm_mapped_key_of_bytes(mapper->state, key.at, key.size);
}

PyObject *shm_mapped_mapper_answer(const shm_mapped_mapper *mapper, const shm_mapped_values *values)
{
    if (!mapper->multi) {
        return PyLong_FromUnsignedLongLong(shm_mapped_mapper_value(mapper, values, 0));
    }
    /* A list may set off a collection, and that anything: it shall not close the space. */
    shm_mapped_space *space = mapper->space;
    shm_mapped_space_pin(space);
    PyObject *all = PyList_New((Py_ssize_t)values->count);
    for (uint64_t i = 0; all != NULL && i < values->count; i++) {
        PyObject *one = PyLong_FromUnsignedLongLong(shm_mapped_mapper_value(mapper, values, i));
        if (one == NULL) {
            Py_CLEAR(all);
        } else {
            PyList_SetItem(all, (Py_ssize_t)i, one);
        }
    }
    shm_mapped_space_unpin(space);
    return all;
}

/* ---- the type ---- */

static PyObject *mapper_subscript(PyObject *self, PyObject *key)
{
    shm_mapped_values values;
    const int found = shm_mapped_mapper_find((const shm_mapped_mapper *)self, key, &values);
    if (found == 0) {
        PyErr_SetObject(PyExc_KeyError, key);
    }
    return found == 1 ? shm_mapped_mapper_answer((const shm_mapped_mapper *)self, &values) : NULL;
}

static PyObject *mapper_get(PyObject *self, PyObject *const *args, Py_ssize_t count,
                            PyObject *names)
{
    shm_mapped_values values;
    PyObject *other = Py_None;
    if (!shm_mapped_key_and_default("get", args, count, names, &other)) {
        return NULL;
    }
    const int found = shm_mapped_mapper_find((const shm_mapped_mapper *)self, args[0], &values);
    return found == 1   ? shm_mapped_mapper_answer((const shm_mapped_mapper *)self, &values)
           : found == 0 ? Py_NewRef(other)
                        : NULL;
}

static int mapper_contains(PyObject *self, PyObject *key)
{
    shm_mapped_values values;
    return shm_mapped_mapper_find((const shm_mapped_mapper *)self, key, &values);
}

static PyObject *mapper_has_key(PyObject *self, PyObject *key)
{
    const int found = mapper_contains(self, key);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static Py_ssize_t mapper_length(PyObject *self)
{
    return (Py_ssize_t)((shm_mapped_mapper *)self)->part.count;
}

static PyObject *mapper_iter(PyObject *self)
{
    return shm_mapped_entries_new((shm_mapped_mapper *)self, SHM_MAPPED_ENTRIES_KEYS);
}

static PyObject *mapper_iterkeys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_mapped_entries_new((shm_mapped_mapper *)self, SHM_MAPPED_ENTRIES_KEYS);
}

static PyObject *mapper_itervalues(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_mapped_entries_new((shm_mapped_mapper *)self, SHM_MAPPED_ENTRIES_VALUES);
}

static PyObject *mapper_iteritems(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_mapped_entries_new((shm_mapped_mapper *)self, SHM_MAPPED_ENTRIES_ITEMS);
}

static PyObject *mapper_space(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef((PyObject *)((shm_mapped_mapper *)self)->space);
}

static PyObject *mapper_entry_count(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(((shm_mapped_mapper *)self)->part.entry_count);
}

/* mapper_new(cls, kind, width, multi, space, offset) */
PyObject *shm_mapped_mapper_new(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *of;
    PyObject *space;
    unsigned kind;
    unsigned width;
    int multi;
    unsigned long long offset;
    shm_mapped_part part;
    if (!PyArg_ParseTuple(args, "O!IIpO!K:mapper_new", &PyType_Type, &of, &kind, &width, &multi,
                          state->space_type, &space, &offset) ||
        shm_mapped_part_bind((shm_mapped_space *)space, offset, &part) != 0) {
        return NULL;
    }
    if (!PyType_IsSubtype((PyTypeObject *)of, state->mapper_type)) {
        return PyErr_Format(PyExc_TypeError, "%R is no class of mappers", of);
    }
    if (part.kind != kind || part.width != width) {
        return PyErr_Format(state->corrupt_error,
                            "no mapper of keys of kind %u and words of %u bytes stands at offset "
                            "%llu: its kind is %u, its words have %u bytes",
                            kind, width, offset, part.kind, part.width);
    }
    const uint64_t slot_count = part.sections[0].size / shm_mapped_mapper_stride(&part);
    if (part.count > slot_count) {
        return shm_mapped_corrupt((shm_mapped_space *)space, part.base,
                                  "a mapper of more keys than it has room for");
    }
    shm_mapped_mapper *mapper = (shm_mapped_mapper *)PyType_GenericAlloc((PyTypeObject *)of, 0);
    if (mapper != NULL) {
        mapper->space = (shm_mapped_space *)Py_NewRef(space);
        mapper->state = state;
        mapper->part = part;
        mapper->slot_count = slot_count;
        mapper->multi = multi != 0;
    }
    return (PyObject *)mapper;
}

static void mapper_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF((PyObject *)((shm_mapped_mapper *)self)->space);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF((PyObject *)type);
}

static PyMethodDef mapper_methods[] = {
    {"get", (PyCFunction)(void (*)(void))mapper_get, METH_FASTCALL | METH_KEYWORDS,
     "get(key, default=None)"},
    {"has_key", mapper_has_key, METH_O, "has_key(key): whether there is such a key."},
    {"iterkeys", mapper_iterkeys, METH_NOARGS, "An iterator over the keys."},
    {"itervalues", mapper_itervalues, METH_NOARGS, "An iterator over what get answers."},
    {"iteritems", mapper_iteritems, METH_NOARGS, "An iterator over keys and what get answers."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef mapper_getset[] = {
    {"_space", mapper_space, NULL, NULL, NULL},
    {"entry_count", mapper_entry_count, NULL, "How many values all keys have together.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot mapper_slots[] = {
    {Py_tp_dealloc, (void *)mapper_dealloc},
    {Py_tp_iter, (void *)mapper_iter},
    {Py_tp_methods, mapper_methods},
    {Py_tp_getset, mapper_getset},
    {Py_sq_contains, (void *)mapper_contains},
    {Py_mp_length, (void *)mapper_length},
    {Py_mp_subscript, (void *)mapper_subscript},
    {Py_tp_doc, "Keys to numbers, packed."},
    {0, NULL},
};

PyType_Spec shm_mapped_mapper_spec = {
    .name = "libshm._libshm.mapped.Mapper",
    .basicsize = sizeof(shm_mapped_mapper),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = mapper_slots,
};
