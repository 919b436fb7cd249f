/* mapping.c — what a mapper finds in an array; iterators over mappers. */
#include "mapped/part.h"

/* ---- iterators over the slots of a mapper ---- */

typedef struct entries {
    PyObject_HEAD shm_mapped_mapper *mapper; /* NULL once it is exhausted */
    uint64_t slot;
    int mode;
} entries;

PyObject *shm_mapped_entries_new(shm_mapped_mapper *mapper, int mode)
{
    if (!shm_mapped_space_is_open(mapper->space)) {
        return NULL;
    }
    entries *made = (entries *)PyType_GenericAlloc(mapper->state->entries_type, 0);
    if (made != NULL) {
        made->mapper = (shm_mapped_mapper *)Py_NewRef((PyObject *)mapper);
        made->mode = mode;
    }
    return (PyObject *)made;
}

/* The next slot that is taken, NULL at the end. */
static const unsigned char *next_slot(entries *from)
{
    const shm_mapped_mapper *mapper = from->mapper;
    const unsigned width = mapper->part.width;
    const unsigned stride = shm_mapped_mapper_stride(&mapper->part);
    while (from->slot < mapper->slot_count) {
        const unsigned char *slot = mapper->part.sections[0].at + from->slot++ * stride;
        if (shm_mapped_word_load(slot + width, width) != shm_mapped_word_empty(width)) {
            return slot;
        }
    }
    return NULL;
}

static PyObject *entry_of(const shm_mapped_mapper *mapper, int mode, const unsigned char *slot)
{
    shm_mapped_values values;
    PyObject *key = NULL;
    PyObject *value = NULL;
    if (mode != SHM_MAPPED_ENTRIES_KEYS) {
        value = shm_mapped_mapper_run(mapper, slot, &values)
                    ? shm_mapped_mapper_answer(mapper, &values)
                    : NULL;
        if (value == NULL || mode == SHM_MAPPED_ENTRIES_VALUES) {
            return value;
        }
    }
    key = shm_mapped_mapper_key_read(mapper, slot);
    if (mode == SHM_MAPPED_ENTRIES_KEYS || key == NULL) {
        Py_XDECREF(value);
        return key;
    }
    return Py_BuildValue("(NN)", key, value);
}

static PyObject *entries_next(PyObject *self)
{
    entries *from = (entries *)self;
    if (from->mapper == NULL || !shm_mapped_space_is_open(from->mapper->space)) {
        return NULL;
    }
    const unsigned char *slot = next_slot(from);
    if (slot == NULL) {
        Py_CLEAR(from->mapper);
        return NULL;
    }
    /* Making objects may set off a collection, and that exhaust this iterator, or close the
     * space. */
    shm_mapped_mapper *mapper = (shm_mapped_mapper *)Py_NewRef((PyObject *)from->mapper);
    shm_mapped_space_pin(mapper->space);
    PyObject *entry = entry_of(mapper, from->mode, slot);
    shm_mapped_space_unpin(mapper->space);
    Py_DECREF((PyObject *)mapper);
    return entry;
}

static void entries_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF((PyObject *)((entries *)self)->mapper);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}

static PyType_Slot entries_slots[] = {
    {Py_tp_dealloc, (void *)entries_dealloc},
    {Py_tp_iter, (void *)PyObject_SelfIter},
    {Py_tp_iternext, (void *)entries_next},
    {0, NULL},
};

PyType_Spec shm_mapped_entries_spec = {
    .name = "libshm._libshm.mapped.Entries",
    .basicsize = sizeof(entries),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = entries_slots,
};

/* ---- mappings ---- */

typedef struct mapping {
    PyObject_HEAD shm_mapped_array *array;
    shm_mapped_mapper *mapper;
} mapping;

/* The object that the mapper has the index of. */
static PyObject *object_at(const mapping *of, const shm_mapped_values *values, uint64_t i)
{
    const uint64_t index = shm_mapped_mapper_value(of->mapper, values, i);
    if (index >= of->array->part.count) {
        return shm_mapped_corrupt(of->mapper->space, values->at,
                                  "a key of an object that does not exist");
    }
    return shm_mapped_array_at((PyObject *)of->array, (Py_ssize_t)index, NULL);
}

static PyObject *all_objects(const mapping *of, const shm_mapped_values *values)
{
    shm_mapped_space *space = of->mapper->space;
    shm_mapped_space_pin(space);
    PyObject *all = PyList_New((Py_ssize_t)values->count);
    for (uint64_t i = 0; all != NULL && i < values->count; i++) {
        PyObject *one = object_at(of, values, i);
        if (one == NULL) {
            Py_CLEAR(all);
        } else {
            PyList_SetItem(all, (Py_ssize_t)i, one);
        }
    }
    shm_mapped_space_unpin(space);
    return all;
}

static PyObject *answer(const mapping *of, const shm_mapped_values *values)
{
    return of->mapper->multi ? all_objects(of, values) : object_at(of, values, 0);
}

static PyObject *mapping_subscript(PyObject *self, PyObject *key)
{
    const mapping *of = (const mapping *)self;
    shm_mapped_values values;
    const int found = shm_mapped_mapper_find(of->mapper, key, &values);
    if (found == 0) {
        PyErr_SetObject(PyExc_KeyError, key);
    }
    return found == 1 ? answer(of, &values) : NULL;
}

static PyObject *mapping_get(PyObject *self, PyObject *const *args, Py_ssize_t count,
                             PyObject *names)
{
    const mapping *of = (const mapping *)self;
    shm_mapped_values values;
    PyObject *other = Py_None;
    if (!shm_mapped_key_and_default("get", args, count, names, &other)) {
        return NULL;
    }
    const int found = shm_mapped_mapper_find(of->mapper, args[0], &values);
    return found == 1 ? answer(of, &values) : found == 0 ? Py_NewRef(other) : NULL;
}

static PyObject *mapping_get_iter(PyObject *self, PyObject *const *args, Py_ssize_t count,
                                  PyObject *names)
{
    const mapping *of = (const mapping *)self;
    shm_mapped_values values;
    PyObject *other = NULL;
    if (!shm_mapped_key_and_default("get_iter", args, count, names, &other)) {
        return NULL;
    }
    const int found = shm_mapped_mapper_find(of->mapper, args[0], &values);
    if (found < 0 || (found == 0 && other != NULL)) {
        return found < 0 ? NULL : Py_NewRef(other);
    }
    PyObject *all = found == 1 ? all_objects(of, &values) : PyList_New(0);
    PyObject *iterator = all == NULL ? NULL : PyObject_GetIter(all);
    Py_XDECREF(all);
    return iterator;
}

static int mapping_contains(PyObject *self, PyObject *key)
{
    shm_mapped_values values;
    return shm_mapped_mapper_find(((const mapping *)self)->mapper, key, &values);
}

static PyObject *mapping_has_key(PyObject *self, PyObject *key)
{
    const int found = mapping_contains(self, key);
    return found < 0 ? NULL : PyBool_FromLong(found);
}

static Py_ssize_t mapping_length(PyObject *self)
{
    return (Py_ssize_t)((const mapping *)self)->mapper->part.count;
}

static PyObject *mapping_iter(PyObject *self)
{
    return shm_mapped_entries_new(((mapping *)self)->mapper, SHM_MAPPED_ENTRIES_KEYS);
}

static PyObject *mapping_array(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef((PyObject *)((mapping *)self)->array);
}

static PyObject *mapping_mapper(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef((PyObject *)((mapping *)self)->mapper);
}

static void mapping_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    Py_XDECREF((PyObject *)((mapping *)self)->array);
    Py_XDECREF((PyObject *)((mapping *)self)->mapper);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF((PyObject *)type);
}

/* mapping_new(cls, array, mapper) */
PyObject *shm_mapped_mapping_new(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *of;
    PyObject *array;
    PyObject *mapper;
    if (!PyArg_ParseTuple(args, "O!O!O!:mapping_new", &PyType_Type, &of, state->array_type, &array,
                          state->mapper_type, &mapper)) {
        return NULL;
    }
    if (!PyType_IsSubtype((PyTypeObject *)of, state->mapping_type)) {
        return PyErr_Format(PyExc_TypeError, "%R is no class of mappings", of);
    }
    mapping *made = (mapping *)PyType_GenericAlloc((PyTypeObject *)of, 0);
    if (made != NULL) {
        made->array = (shm_mapped_array *)Py_NewRef(array);
        made->mapper = (shm_mapped_mapper *)Py_NewRef(mapper);
    }
    return (PyObject *)made;
}

static PyMethodDef mapping_methods[] = {
    {"get", (PyCFunction)(void (*)(void))mapping_get, METH_FASTCALL | METH_KEYWORDS,
     "get(key, default=None)"},
    {"get_iter", (PyCFunction)(void (*)(void))mapping_get_iter, METH_FASTCALL | METH_KEYWORDS,
     "get_iter(key, default=iter(())): an iterator over all objects of the key."},
    {"has_key", mapping_has_key, METH_O, "has_key(key): whether there is such a key."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef mapping_getset[] = {
    {"value_array", mapping_array, NULL, "The array of the objects.", NULL},
    {"id_mapper", mapping_mapper, NULL, "The mapper from keys to indices.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot mapping_slots[] = {
    {Py_tp_dealloc, (void *)mapping_dealloc},
    {Py_tp_iter, (void *)mapping_iter},
    {Py_tp_methods, mapping_methods},
    {Py_tp_getset, mapping_getset},
    {Py_sq_contains, (void *)mapping_contains},
    {Py_mp_length, (void *)mapping_length},
    {Py_mp_subscript, (void *)mapping_subscript},
    {Py_tp_doc, "Keys to packed objects."},
    {0, NULL},
};

PyType_Spec shm_mapped_mapping_spec = {
    .name = "libshm._libshm.mapped.Mapping",
    .basicsize = sizeof(mapping),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = mapping_slots,
};
