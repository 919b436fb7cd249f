/* space.c — memory that objects were packed into, and windows on it. */
#include "mapped/mapped.h"

static PyObject *open_as(PyTypeObject *type, shm_mapped_state *state, PyObject *object,
                         uint64_t offset, uint64_t size, bool writable)
{
    shm_mapped_space *space = (shm_mapped_space *)PyType_GenericAlloc(type, 0);
    if (space == NULL) {
        return NULL;
    }
    space->state = state;
    if (PyObject_GetBuffer(object, &space->buffer, writable ? PyBUF_WRITABLE : PyBUF_SIMPLE) != 0) {
        Py_DECREF((PyObject *)space);
        return NULL;
    }
    const uint64_t length = (uint64_t)space->buffer.len;
    if (size == (uint64_t)SHM_MAPPED_SPACE_WHOLE && offset <= length) {
        size = length - offset;
    }
    if (offset > length) {
        PyErr_Format(PyExc_ValueError,
                     "offset %llu lies beyond the buffer's end: it has %llu bytes",
                     (unsigned long long)offset, (unsigned long long)length);
    } else if (size > length - offset) {
        PyErr_Format(PyExc_ValueError, "the buffer has %llu bytes, not %llu from offset %llu on",
                     (unsigned long long)length, (unsigned long long)size,
                     (unsigned long long)offset);
    }
    if (offset > length || size > length - offset) {
        PyBuffer_Release(&space->buffer);
        Py_DECREF((PyObject *)space);
        return NULL;
    }
    space->base = (unsigned char *)space->buffer.buf + offset;
    space->size = size;
    space->writable = writable;
    return (PyObject *)space;
}

PyObject *shm_mapped_space_open(shm_mapped_state *state, PyObject *object, uint64_t offset,
                                uint64_t size, bool writable)
{
    return open_as(state->space_type, state, object, offset, size, writable);
}

bool shm_mapped_space_is_open(const shm_mapped_space *space)
{
    if (space->base != NULL) {
        return true;
    }
    PyErr_SetString(space->state->closed_error, "the mapping is closed");
    return false;
}

void *shm_mapped_corrupt(const shm_mapped_space *space, const unsigned char *at, const char *what)
{
    PyErr_Format(space->state->corrupt_error, "corrupt bytes at offset %lld: %s",
                 (long long)((intptr_t)at - (intptr_t)space->base), what);
    return NULL;
}

void *shm_mapped_corrupt_value(const shm_mapped_space *space, const unsigned char *at,
                               const char *what)
{
    if (PyErr_ExceptionMatches(PyExc_ValueError) || PyErr_ExceptionMatches(PyExc_OverflowError)) {
        PyErr_Clear();
        shm_mapped_corrupt(space, at, what);
    }
    return NULL;
}

static PyObject *space_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"buffer", "offset", "size", "writable", NULL};
    PyObject *buffer;
    Py_ssize_t offset = 0;
    Py_ssize_t size = SHM_MAPPED_SPACE_WHOLE;
    int writable = 0;
    shm_mapped_state *state = shm_mapped_state_of(type);
    if (state == NULL || !PyArg_ParseTupleAndKeywords(args, keywords, "O|nnp:Space", names, &buffer,
                                                      &offset, &size, &writable)) {
        return NULL;
    }
    if (offset < 0 || size < SHM_MAPPED_SPACE_WHOLE) {
        PyErr_SetString(PyExc_ValueError, "offset and size cannot be negative");
        return NULL;
    }
    return open_as(type, state, buffer, (uint64_t)offset, (uint64_t)size, writable != 0);
}

static void release(shm_mapped_space *space)
{
    if (space->base != NULL) {
        space->base = NULL;
        space->size = 0;
        PyBuffer_Release(&space->buffer);
    }
}

static void space_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    release((shm_mapped_space *)self);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}

static PyObject *space_close(PyObject *self, PyObject *unused)
{
    (void)unused;
    shm_mapped_space *space = (shm_mapped_space *)self;
    const Py_ssize_t count = atomic_load_explicit(&space->view_count, memory_order_relaxed);
    if (count > 0) {
        return PyErr_Format(PyExc_BufferError,
                            "cannot close the mapping: %zd objects or arrays still refer to it",
                            count);
    }
    release(space);
    Py_RETURN_NONE;
}

/* Touches every page, so that later reads wait for no disk. */
static PyObject *space_preload(PyObject *self, PyObject *unused)
{
    (void)unused;
    enum { PAGE_BYTES = 4096 };
    shm_mapped_space *space = (shm_mapped_space *)self;
    if (!shm_mapped_space_is_open(space)) {
        return NULL;
    }
    shm_mapped_space_pin(space);
    Py_BEGIN_ALLOW_THREADS;
    for (uint64_t at = 0; at < space->size; at += PAGE_BYTES) {
        (void)*(volatile const unsigned char *)(space->base + at);
    }
    Py_END_ALLOW_THREADS;
    shm_mapped_space_unpin(space);
    Py_RETURN_NONE;
}

static PyObject *space_window(PyObject *self, PyObject *args)
{
    shm_mapped_space *space = (shm_mapped_space *)self;
    Py_ssize_t offset = 0;
    Py_ssize_t size = SHM_MAPPED_SPACE_WHOLE;
    if (!PyArg_ParseTuple(args, "|nn:window", &offset, &size) || !shm_mapped_space_is_open(space)) {
        return NULL;
    }
    if (offset >= 0 && size == SHM_MAPPED_SPACE_WHOLE && (uint64_t)offset <= space->size) {
        size = (Py_ssize_t)(space->size - (uint64_t)offset);
    }
    if (offset < 0 || size < 0 ||
        !shm_mapped_space_holds(space, space->base + offset, (uint64_t)size)) {
        PyErr_SetString(PyExc_ValueError, "the window lies outside the mapping");
        return NULL;
    }
    return shm_mapped_window_new(space, space->base + offset, (uint64_t)size);
}

static PyObject *space_size(PyObject *self, void *unused)
{
    (void)unused;
    return PyLong_FromUnsignedLongLong(((shm_mapped_space *)self)->size);
}

static PyObject *space_writable(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(((shm_mapped_space *)self)->writable);
}

static PyObject *space_closed(PyObject *self, void *unused)
{
    (void)unused;
    return PyBool_FromLong(((shm_mapped_space *)self)->base == NULL);
}

static PyMethodDef space_methods[] = {
    {"close", space_close, METH_NOARGS, "Lets go of the buffer; BufferError while it is in use."},
    {"preload", space_preload, METH_NOARGS, "Reads every page once."},
    {"window", space_window, METH_VARARGS, "window(offset=0, size=-1): a memoryview of a part."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef space_getset[] = {
    {"size", space_size, NULL, "Bytes.", NULL},
    {"writable", space_writable, NULL, "Whether numbers can be stored.", NULL},
    {"closed", space_closed, NULL, "Whether it was closed.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot space_slots[] = {
    {Py_tp_new, (void *)space_new},
    {Py_tp_dealloc, (void *)space_dealloc},
    {Py_tp_methods, space_methods},
    {Py_tp_getset, space_getset},
    {Py_tp_doc, "Space(buffer, offset=0, size=-1, writable=False): memory of packed objects."},
    {0, NULL},
};

PyType_Spec shm_mapped_space_spec = {
    .name = "libshm._libshm.mapped.Space",
    .basicsize = sizeof(shm_mapped_space),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = space_slots,
};

/* ---- windows ---- */

typedef struct window {
    PyObject_HEAD shm_mapped_space *space; /* pinned */
    const unsigned char *at;
    uint64_t size;
} window;

PyObject *shm_mapped_window_new(shm_mapped_space *space, const unsigned char *at, uint64_t size)
{
    window *made = (window *)PyType_GenericAlloc(space->state->window_type, 0);
    if (made == NULL) {
        return NULL;
    }
    shm_mapped_space_pin(space);
    made->space = space;
    made->at = at;
    made->size = size;
    PyObject *memory = PyMemoryView_FromObject((PyObject *)made);
    Py_DECREF((PyObject *)made);
    return memory;
}

static int window_get(PyObject *self, Py_buffer *buffer, int flags)
{
    window *from = (window *)self;
    return PyBuffer_FillInfo(buffer, self, (void *)(uintptr_t)from->at, (Py_ssize_t)from->size,
                             !from->space->writable, flags);
}

static void window_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    shm_mapped_space_unpin(((window *)self)->space);
    PyObject_Free(self);
    Py_DECREF((PyObject *)type);
}

static PyType_Slot window_slots[] = {
    {Py_tp_dealloc, (void *)window_dealloc},
    {Py_bf_getbuffer, (void *)window_get},
    {Py_tp_doc, "Memory of a space."},
    {0, NULL},
};

PyType_Spec shm_mapped_window_spec = {
    .name = "libshm._libshm.mapped.Window",
    .basicsize = sizeof(window),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
    .slots = window_slots,
};
