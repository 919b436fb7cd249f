/* iterate.c — iterators and getters over what has a length and elements at indices. */
#include "mapped/mapped.h"

/* ---- iterators ---- */

typedef struct iterator {
    PyObject_HEAD PyObject *source; /* NULL once it is exhausted */
    PyObject *into;                 /* NULL, or the record that is pointed at each element */
    shm_mapped_at *at;
    Py_ssize_t index;
    Py_ssize_t count;
    unsigned char *mask; /* NULL, or a byte for each element */
} iterator;

/* The truth of each element of the mask. */
static int mask_read(iterator *made, PyObject *mask)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(mask, &buffer, PyBUF_FORMAT | PyBUF_STRIDES) == 0) {
        const bool bytes = buffer.itemsize == 1 && buffer.ndim == 1 && buffer.shape != NULL &&
                           buffer.shape[0] == made->count;
        for (Py_ssize_t i = 0; bytes && i < made->count; i++) {
            made->mask[i] = ((const unsigned char *)buffer.buf)[i * buffer.strides[0]] != 0;
        }
        PyBuffer_Release(&buffer);
        if (bytes) {
            return 0;
        }
    } else {
        PyErr_Clear();
    }
    if (PySequence_Size(mask) != made->count) {
        PyErr_Clear();
        PyErr_Format(PyExc_ValueError, "a mask of %zd elements expected", made->count);
        return -1;
    }
    for (Py_ssize_t i = 0; i < made->count; i++) {
        PyObject *one = PySequence_GetItem(mask, i);
        const int truth = one == NULL ? -1 : PyObject_IsTrue(one);
        Py_XDECREF(one);
        if (truth < 0) {
            return -1;
        }
        made->mask[i] = (unsigned char)truth;
    }
    return 0;
}

PyObject *shm_mapped_iterator_new(shm_mapped_state *state, PyObject *source, shm_mapped_at *at,
                                  Py_ssize_t count, PyObject *mask, PyObject *into)
{
    iterator *made = (iterator *)PyType_GenericAlloc(state->iterator_type, 0);
    if (made == NULL) {
        return NULL;
    }
    made->source = Py_NewRef(source);
    made->into = Py_XNewRef(into);
    made->at = at;
    made->count = count;
    if (mask != NULL) {
        made->mask = PyMem_Calloc(1, (size_t)count + 1);
        if (made->mask == NULL) {
            PyErr_NoMemory();
        }
        if (made->mask == NULL || mask_read(made, mask) != 0) {
            Py_DECREF((PyObject *)made);
            return NULL;
        }
    }
    return (PyObject *)made;
}

static PyObject *iterator_next(PyObject *self)
{
    iterator *from = (iterator *)self;
    while (from->mask != NULL && from->index < from->count && !from->mask[from->index]) {
        from->index++;
    }
    if (from->source == NULL || from->index >= from->count) {
        Py_CLEAR(from->source);
        return NULL;
    }
    /* Making an object may set off a collection, and that exhaust this iterator. */
    PyObject *source = Py_NewRef(from->source);
    PyObject *one = from->at(source, from->index++, from->into);
    Py_DECREF(source);
    return one;
}

static PyObject *iterator_length(PyObject *self, PyObject *unused)
{
    (void)unused;
    const iterator *from = (const iterator *)self;
    return PyLong_FromSsize_t(from->source == NULL ? 0 : from->count - from->index);
}

static void iterator_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    iterator *from = (iterator *)self;
    Py_XDECREF(from->source);
    Py_XDECREF(from->into);
    PyMem_Free(from->mask);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}

static PyMethodDef iterator_methods[] = {
    {"__length_hint__", iterator_length, METH_NOARGS, "At most so many elements are left."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot iterator_slots[] = {
    {Py_tp_dealloc, (void *)iterator_dealloc},
    {Py_tp_iter, (void *)PyObject_SelfIter},
    {Py_tp_iternext, (void *)iterator_next},
    {Py_tp_methods, iterator_methods},
    {0, NULL},
};

PyType_Spec shm_mapped_iterator_spec = {
    .name = "libshm._libshm.mapped.Iterator",
    .basicsize = sizeof(iterator),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = iterator_slots,
};

/* ---- getters: what a function of C calls with one argument is its fastest form ---- */

typedef struct element_getter {
    PyObject_HEAD PyObject *source;
    PyObject *into;
    shm_mapped_at *at;
    Py_ssize_t count;
} element_getter;

static PyObject *getter_call(PyObject *self, PyObject *key)
{
    const element_getter *from = (const element_getter *)self;
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (index < 0) {
        index += from->count;
    }
    if (index < 0 || index >= from->count) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return from->at(from->source, index, from->into);
}

static PyMethodDef getter_method = {"getter", getter_call, METH_O, "The element at an index."};

PyObject *shm_mapped_getter_new(shm_mapped_state *state, PyObject *source, shm_mapped_at *at,
                                Py_ssize_t count, PyObject *into)
{
    element_getter *made = (element_getter *)PyType_GenericAlloc(state->getter_type, 0);
    if (made == NULL) {
        return NULL;
    }
    made->source = Py_NewRef(source);
    made->into = Py_XNewRef(into);
    made->at = at;
    made->count = count;
    PyObject *call = PyCFunction_NewEx(&getter_method, (PyObject *)made, NULL);
    Py_DECREF((PyObject *)made);
    return call;
}

static void getter_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    element_getter *from = (element_getter *)self;
    Py_XDECREF(from->source);
    Py_XDECREF(from->into);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}

static PyType_Slot getter_slots[] = {
    {Py_tp_dealloc, (void *)getter_dealloc},
    {0, NULL},
};

PyType_Spec shm_mapped_getter_spec = {
    .name = "libshm._libshm.mapped.Getter",
    .basicsize = sizeof(element_getter),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = getter_slots,
};
