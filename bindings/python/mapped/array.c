/* array.c — packed objects of one Schema, by their index. */
#include "mapped/part.h"

Py_ssize_t shm_mapped_index_of(PyObject *key, uint64_t count)
{
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred()) {
        return -1;
    }
    if (index < 0) {
        index += (Py_ssize_t)count;
    }
    if (index < 0 || index >= (Py_ssize_t)count) {
        PyErr_Format(PyExc_IndexError, "index %zd is out of range: there are %llu elements", index,
                     (unsigned long long)count);
        return -1;
    }
    return index;
}

PyObject *shm_mapped_array_at(PyObject *self, Py_ssize_t index, PyObject *into)
{
    const shm_mapped_array *array = (const shm_mapped_array *)self;
    if (!shm_mapped_space_is_open(array->space)) {
        return NULL;
    }
    const unsigned width = array->part.width;
    const unsigned char *word = array->part.sections[1].at + (size_t)index * width;
    const uint64_t offset =
        width == 4 ? (uint64_t)shm_mapped_load32(word) * 8 : shm_mapped_load64(word);
    if (offset > array->part.total) {
        return shm_mapped_corrupt(array->space, word, "an element beyond its array");
    }
    return shm_mapped_record_new(array->layout, array->space, array->part.base + offset, into,
                                 NULL);
}

static PyObject *array_slice(PyObject *self, PyObject *key)
{
    Py_ssize_t start;
    Py_ssize_t stop;
    Py_ssize_t step;
    if (PySlice_Unpack(key, &start, &stop, &step) != 0) {
        return NULL;
    }
    const Py_ssize_t length = (Py_ssize_t)((shm_mapped_array *)self)->part.count;
    const Py_ssize_t count = PySlice_AdjustIndices(length, &start, &stop, step);
    PyObject *all = PyList_New(count);
    for (Py_ssize_t i = 0; all != NULL && i < count; i++) {
        PyObject *one = shm_mapped_array_at(self, start + i * step, NULL);
        if (one == NULL) {
            Py_CLEAR(all);
        } else {
            PyList_SetItem(all, i, one);
        }
    }
    return all;
}

static PyObject *array_subscript(PyObject *self, PyObject *key)
{
    if (PySlice_Check(key)) {
        return array_slice(self, key);
    }
    const Py_ssize_t index = shm_mapped_index_of(key, ((shm_mapped_array *)self)->part.count);
    return index < 0 ? NULL : shm_mapped_array_at(self, index, NULL);
}

static PyObject *array_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= (Py_ssize_t)((shm_mapped_array *)self)->part.count) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return shm_mapped_array_at(self, index, NULL);
}

static Py_ssize_t array_length(PyObject *self)
{
    return (Py_ssize_t)((shm_mapped_array *)self)->part.count;
}

static PyObject *array_iter(PyObject *self)
{
    const shm_mapped_array *array = (const shm_mapped_array *)self;
    return shm_mapped_iterator_new(array->layout->state, self, shm_mapped_array_at,
                                   (Py_ssize_t)array->part.count, NULL, NULL);
}

static PyObject *array_iter_method(PyObject *self, PyObject *unused)
{
    (void)unused;
    return array_iter(self);
}

static PyObject *array_iter_fast(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"mask", NULL};
    const shm_mapped_array *array = (const shm_mapped_array *)self;
    PyObject *mask = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:iter_fast", names, &mask)) {
        return NULL;
    }
    PyObject *into = PyObject_CallNoArgs((PyObject *)array->layout->record_class);
    PyObject *made = into == NULL
                         ? NULL
                         : shm_mapped_iterator_new(array->layout->state, self, shm_mapped_array_at,
                                                   (Py_ssize_t)array->part.count,
                                                   mask == Py_None ? NULL : mask, into);
    Py_XDECREF(into);
    return made;
}

static PyObject *array_getter(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"proxy_into", NULL};
    const shm_mapped_array *array = (const shm_mapped_array *)self;
    PyObject *into = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:getter", names, &into)) {
        return NULL;
    }
    if (into != Py_None) {
        const shm_mapped_record *record = shm_mapped_record_of(array->layout->state, into);
        if (record == NULL || record->layout != array->layout) {
            return PyErr_Format(PyExc_TypeError,
                                "proxy_into must be a Proxy of the array's Schema, not %R",
                                (PyObject *)Py_TYPE(into));
        }
    }
    return shm_mapped_getter_new(array->layout->state, self, shm_mapped_array_at,
                                 (Py_ssize_t)array->part.count, into == Py_None ? NULL : into);
}

static void array_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    shm_mapped_array *array = (shm_mapped_array *)self;
    Py_XDECREF((PyObject *)array->space);
    Py_XDECREF((PyObject *)array->layout);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF((PyObject *)type);
}

static PyObject *array_space(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef((PyObject *)((shm_mapped_array *)self)->space);
}

static PyObject *array_schema(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef((PyObject *)((shm_mapped_array *)self)->layout);
}

/* The class, if instances of it can be made as instances of `base`. */
static PyTypeObject *class_for(PyObject *object, PyTypeObject *base)
{
    if (!PyType_Check(object) || !PyType_IsSubtype((PyTypeObject *)object, base)) {
        PyErr_Format(PyExc_TypeError, "expected a class derived from %R, not %R", (PyObject *)base,
                     object);
        return NULL;
    }
    return (PyTypeObject *)object;
}

/* array_new(cls, schema, space, offset) */
PyObject *shm_mapped_array_new(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *of;
    PyObject *schema;
    PyObject *space;
    unsigned long long offset;
    shm_mapped_part part;
    if (!PyArg_ParseTuple(args, "OOO!K:array_new", &of, &schema, state->space_type, &space,
                          &offset)) {
        return NULL;
    }
    PyTypeObject *type = class_for(of, state->array_type);
    shm_mapped_layout *layout = type == NULL ? NULL : shm_mapped_layout_of(state, schema);
    if (layout == NULL || shm_mapped_part_bind((shm_mapped_space *)space, offset, &part) != 0) {
        return NULL;
    }
    if (part.kind != SHM_MAPPED_PART_ARRAY) {
        return shm_mapped_corrupt((shm_mapped_space *)space, part.base, "this is no array");
    }
    if (part.count > part.sections[1].size / part.width) {
        return shm_mapped_corrupt((shm_mapped_space *)space, part.base,
                                  "an array without its index");
    }
    shm_mapped_array *array = (shm_mapped_array *)PyType_GenericAlloc(type, 0);
    if (array != NULL) {
        array->space = (shm_mapped_space *)Py_NewRef(space);
        array->layout = (shm_mapped_layout *)Py_NewRef(schema);
        array->part = part;
    }
    return (PyObject *)array;
}

static PyMethodDef array_methods[] = {
    {"iter", array_iter_method, METH_NOARGS, "iter(): an iterator over the objects."},
    {"iter_fast", (PyCFunction)(void (*)(void))array_iter_fast, METH_VARARGS | METH_KEYWORDS,
     "iter_fast(mask=None): one proxy that is pointed at each object in turn; with a mask, at\n"
     "those whose element of it is true."},
    {"getter", (PyCFunction)(void (*)(void))array_getter, METH_VARARGS | METH_KEYWORDS,
     "getter(proxy_into=None): a function from an index to the object there, which with\n"
     "proxy_into is always that proxy, pointed there."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef array_getset[] = {
    {"_space", array_space, NULL, NULL, NULL},
    {"_schema", array_schema, NULL, "The Schema its objects are read with.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot array_slots[] = {
    {Py_tp_dealloc, (void *)array_dealloc},
    {Py_tp_iter, (void *)array_iter},
    {Py_tp_methods, array_methods},
    {Py_tp_getset, array_getset},
    {Py_sq_length, (void *)array_length},
    {Py_sq_item, (void *)array_item},
    {Py_mp_length, (void *)array_length},
    {Py_mp_subscript, (void *)array_subscript},
    {Py_tp_doc, "Packed objects of one Schema, by their index."},
    {0, NULL},
};

PyType_Spec shm_mapped_array_spec = {
    .name = "libshm._libshm.mapped.Array",
    .basicsize = sizeof(shm_mapped_array),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = array_slots,
};
