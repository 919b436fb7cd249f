/* view.c — packed lists, tuples, sets and dicts, seen in place; iterators and getters. */
#include "mapped/mapped.h"

PyObject *shm_mapped_view_of(shm_mapped_state *state, shm_mapped_space *space, unsigned code,
                             unsigned kind, const unsigned char *first, Py_ssize_t count,
                             Py_ssize_t stride)
{
    PyTypeObject *type = (PyTypeObject *)state->proxied[code];
    if (type == NULL) {
        PyErr_SetString(PyExc_TypeError, "there is no class for such a view");
        return NULL;
    }
    shm_mapped_space_pin(space);
    shm_mapped_view *view = (shm_mapped_view *)PyType_GenericAlloc(type, 0);
    if (view == NULL) {
        shm_mapped_space_unpin(space);
        return NULL;
    }
    view->space = space;
    view->first = first;
    view->count = count;
    view->stride = stride;
    view->kind = kind;
    view->code = code;
    return (PyObject *)view;
}

PyObject *shm_mapped_view_new(shm_mapped_space *space, const shm_mapped_item *item)
{
    if (!shm_mapped_item_checked(space, item)) {
        return NULL;
    }
    const bool dict = item->code == SHM_MAPPED_CODE_DICT;
    const unsigned kind = dict ? SHM_MAPPED_KIND_CELL : item->form;
    const Py_ssize_t stride =
        dict ? 2 * SHM_MAPPED_CELL_BYTES : (Py_ssize_t)shm_mapped_kind_width(kind);
    return shm_mapped_view_of(space->state, space, item->code, kind, item->payload,
                              (Py_ssize_t)item->count, stride);
}

/* An element, or a key; containers in it are views, too. */
PyObject *shm_mapped_view_at(PyObject *self, Py_ssize_t index, PyObject *into)
{
    (void)into;
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    const unsigned char *at = view->first + index * view->stride;
    if (view->kind != SHM_MAPPED_KIND_CELL) {
        return shm_mapped_number_read(view->kind, at);
    }
    shm_mapped_reader reader = shm_mapped_reader_of(view->space, true, NULL);
    return shm_mapped_cell_read(&reader, at);
}

void shm_mapped_view_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    shm_mapped_space_unpin(((shm_mapped_view *)self)->space);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF((PyObject *)type);
}

Py_ssize_t shm_mapped_view_length(PyObject *self)
{
    return ((shm_mapped_view *)self)->count;
}

PyObject *shm_mapped_view_iter(PyObject *self)
{
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    return shm_mapped_iterator_new(view->space->state, self, shm_mapped_view_at, view->count, NULL,
                                   NULL);
}

static PyObject *no_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)args;
    (void)keywords;
    return PyErr_Format(PyExc_TypeError, "%R objects are views: they come from packed objects",
                        (PyObject *)type);
}

/* ---- built-ins of them, nothing but built-ins in them ---- */

static PyObject *elements_read(shm_mapped_reader *reader, const shm_mapped_view *view)
{
    PyObject *all = PyList_New(0);
    for (Py_ssize_t i = 0; all != NULL && i < view->count; i++) {
        PyObject *one = shm_mapped_kind_read(reader, view->kind, view->first + i * view->stride);
        if (one == NULL || PyList_Append(all, one) != 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(one);
    }
    return all;
}

static PyObject *dict_read(shm_mapped_reader *reader, const shm_mapped_view *view)
{
    const shm_mapped_item item = {.at = view->first - SHM_MAPPED_ITEM_HEAD_BYTES,
                                  .payload = view->first,
                                  .code = SHM_MAPPED_CODE_DICT,
                                  .count = (uint64_t)view->count};
    return shm_mapped_dict_read(reader, &item);
}

PyObject *shm_mapped_view_materialize(PyObject *self, PyObject *unused)
{
    (void)unused;
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    shm_mapped_reader reader = shm_mapped_reader_of(view->space, false, NULL);
    if (view->code == SHM_MAPPED_CODE_DICT) {
        return dict_read(&reader, view);
    }
    PyObject *all = elements_read(&reader, view);
    PyObject *made = NULL;
    if (all == NULL || view->code == SHM_MAPPED_CODE_LIST) {
        return all;
    }
    made = view->code == SHM_MAPPED_CODE_TUPLE ? PyList_AsTuple(all) : PyFrozenSet_New(all);
    Py_DECREF(all);
    return made;
}

/* ---- lists and tuples ---- */

static PyObject *slice(const shm_mapped_view *view, PyObject *key)
{
    Py_ssize_t start;
    Py_ssize_t stop;
    Py_ssize_t step;
    if (PySlice_Unpack(key, &start, &stop, &step) != 0) {
        return NULL;
    }
    const Py_ssize_t count = PySlice_AdjustIndices(view->count, &start, &stop, step);
    return shm_mapped_view_of(view->space->state, view->space, view->code, view->kind,
                              count == 0 ? view->first : view->first + start * view->stride, count,
                              count > 1 ? view->stride * step : view->stride);
}

static PyObject *list_subscript(PyObject *self, PyObject *key)
{
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    if (PySlice_Check(key)) {
        return slice(view, key);
    }
    Py_ssize_t index = PyNumber_AsSsize_t(key, PyExc_IndexError);
    if (index == -1 && PyErr_Occurred()) {
        return NULL;
    }
    if (index < 0) {
        index += view->count;
    }
    if (index < 0 || index >= view->count) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return shm_mapped_view_at(self, index, NULL);
}

static PyObject *list_item(PyObject *self, Py_ssize_t index)
{
    if (index < 0 || index >= ((shm_mapped_view *)self)->count) {
        PyErr_SetString(PyExc_IndexError, "index out of range");
        return NULL;
    }
    return shm_mapped_view_at(self, index, NULL);
}

static int list_contains(PyObject *self, PyObject *value)
{
    const Py_ssize_t count = ((shm_mapped_view *)self)->count;
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *one = shm_mapped_view_at(self, i, NULL);
        const int equal = one == NULL ? -1 : PyObject_RichCompareBool(one, value, Py_EQ);
        Py_XDECREF(one);
        if (equal != 0) {
            return equal;
        }
    }
    return 0;
}

/* Whether the other is a list or tuple, as this one is, or a view of one. */
static bool comparable(const shm_mapped_view *view, PyObject *other)
{
    if (PyObject_TypeCheck(other, view->space->state->list_type)) {
        return ((shm_mapped_view *)other)->code == view->code;
    }
    return view->code == SHM_MAPPED_CODE_LIST ? PyList_Check(other) : PyTuple_Check(other);
}

/* The first index where the two differ, the lesser length if there is none; -1: an exception.
 * *mine and *its are then the elements there (new references), or NULL. */
static Py_ssize_t first_difference(PyObject *self, PyObject *other, Py_ssize_t count,
                                   PyObject **mine, PyObject **its)
{
    for (Py_ssize_t i = 0; i < count; i++) {
        *mine = shm_mapped_view_at(self, i, NULL);
        *its = *mine == NULL ? NULL : PySequence_GetItem(other, i);
        const int equal = *its == NULL ? -1 : PyObject_RichCompareBool(*mine, *its, Py_EQ);
        if (equal == 0) {
            return i;
        }
        Py_CLEAR(*mine);
        Py_CLEAR(*its);
        if (equal < 0) {
            return -1;
        }
    }
    return count;
}

static PyObject *compare_lengths(Py_ssize_t a, Py_ssize_t b, int operation)
{
    Py_RETURN_RICHCOMPARE(a, b, operation);
}

static PyObject *list_compare(PyObject *self, PyObject *other, int operation)
{
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    PyObject *mine = NULL;
    PyObject *its = NULL;
    if (!comparable(view, other)) {
        Py_RETURN_NOTIMPLEMENTED;
    }
    const Py_ssize_t length = PySequence_Size(other);
    const bool for_equality = operation == Py_EQ || operation == Py_NE;
    if (length < 0 || (for_equality && length != view->count)) {
        return length < 0 ? NULL : PyBool_FromLong(operation == Py_NE);
    }
    const Py_ssize_t count = length < view->count ? length : view->count;
    const Py_ssize_t at = first_difference(self, other, count, &mine, &its);
    PyObject *answer = NULL;
    if (at == count) {
        answer = compare_lengths(view->count, length, operation);
    } else if (at >= 0) {
        answer = for_equality ? PyBool_FromLong(operation == Py_NE)
                              : PyObject_RichCompare(mine, its, operation);
    }
    Py_XDECREF(mine);
    Py_XDECREF(its);
    return answer;
}

static Py_hash_t list_hash(PyObject *self)
{
    if (((shm_mapped_view *)self)->code != SHM_MAPPED_CODE_TUPLE) {
        return PyObject_HashNotImplemented(self);
    }
    /* Corrupt bytes may hold a tuple that contains itself. */
    if (Py_EnterRecursiveCall(" while hashing a packed tuple")) {
        return -1;
    }
    PyObject *all = PySequence_Tuple(self);
    const Py_hash_t hash = all == NULL ? -1 : PyObject_Hash(all);
    Py_XDECREF(all);
    Py_LeaveRecursiveCall();
    return hash;
}

static PyObject *list_iter_fast(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"mask", NULL};
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    PyObject *mask = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:iter_fast", names, &mask)) {
        return NULL;
    }
    return shm_mapped_iterator_new(view->space->state, self, shm_mapped_view_at, view->count,
                                   mask == Py_None ? NULL : mask, NULL);
}

static PyObject *list_getter(PyObject *self, PyObject *args, PyObject *keywords)
{
    static char *names[] = {"proxy_into", NULL};
    const shm_mapped_view *view = (const shm_mapped_view *)self;
    PyObject *into = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, keywords, "|O:getter", names, &into)) {
        return NULL;
    }
    return shm_mapped_getter_new(view->space->state, self, shm_mapped_view_at, view->count, NULL);
}

static PyObject *list_iter_method(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_mapped_view_iter(self);
}

static PyMethodDef list_methods[] = {
    {"materialize", shm_mapped_view_materialize, METH_NOARGS, SHM_MAPPED_MATERIALIZE_DOC},
    {"iter", list_iter_method, METH_NOARGS, "iter(): an iterator over the elements."},
    {"iter_fast", (PyCFunction)(void (*)(void))list_iter_fast, METH_VARARGS | METH_KEYWORDS,
     "iter_fast(mask=None): over the elements whose byte or object in the mask is true."},
    {"getter", (PyCFunction)(void (*)(void))list_getter, METH_VARARGS | METH_KEYWORDS,
     "getter(proxy_into=None): a function from an index to the element there."},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot list_slots[] = {
    {Py_tp_new, (void *)no_new},
    {Py_tp_dealloc, (void *)shm_mapped_view_dealloc},
    {Py_tp_iter, (void *)shm_mapped_view_iter},
    {Py_tp_richcompare, (void *)list_compare},
    {Py_tp_hash, (void *)list_hash},
    {Py_tp_methods, list_methods},
    {Py_sq_length, (void *)shm_mapped_view_length},
    {Py_sq_item, (void *)list_item},
    {Py_sq_contains, (void *)list_contains},
    {Py_mp_length, (void *)shm_mapped_view_length},
    {Py_mp_subscript, (void *)list_subscript},
    {Py_tp_doc, "A packed list or tuple, seen in place."},
    {0, NULL},
};

PyType_Spec shm_mapped_list_spec = {
    .name = "libshm._libshm.mapped.ListView",
    .basicsize = sizeof(shm_mapped_view),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .slots = list_slots,
};
