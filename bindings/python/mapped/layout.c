/* layout.c — where the attributes of a class stand in its records. */
#include "mapped/mapped.h"

enum { SLOTS_MAX = 0xffff, HEAD_WORD_BITS = 64 };

shm_mapped_layout *shm_mapped_layout_of(shm_mapped_state *state, PyObject *object)
{
    if (!PyObject_TypeCheck(object, state->layout_type)) {
        PyErr_Format(PyExc_TypeError, "expected a Schema, not %R", (PyObject *)Py_TYPE(object));
        return NULL;
    }
    shm_mapped_layout *layout = (shm_mapped_layout *)object;
    if (layout->record_class == NULL) {
        PyErr_SetString(PyExc_TypeError, "the Schema is not complete: its __init__ did not run");
        return NULL;
    }
    return layout;
}

static void let_go(shm_mapped_layout *layout)
{
    for (uint32_t i = 0; i < layout->slot_count; i++) {
        shm_mapped_slot *slot = &layout->slots[i];
        Py_CLEAR(slot->nested);
        Py_CLEAR(slot->encode);
        Py_CLEAR(slot->decode);
    }
    PyTypeObject *record_class = layout->record_class;
    layout->record_class = NULL;
    Py_XDECREF((PyObject *)record_class);
    Py_CLEAR(layout->object_class);
    Py_CLEAR(layout->before_pack);
    Py_CLEAR(layout->after_pack);
}

static int layout_clear(PyObject *self)
{
    let_go((shm_mapped_layout *)self);
    return 0;
}

static int layout_traverse(PyObject *self, visitproc visit, void *arg)
{
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    Py_VISIT(Py_TYPE(self));
    for (uint32_t i = 0; i < layout->slot_count; i++) {
        Py_VISIT(layout->slots[i].nested);
        Py_VISIT(layout->slots[i].encode);
        Py_VISIT(layout->slots[i].decode);
    }
    Py_VISIT(layout->record_class);
    Py_VISIT(layout->object_class);
    Py_VISIT(layout->before_pack);
    Py_VISIT(layout->after_pack);
    return 0;
}

static void layout_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    PyObject_GC_UnTrack(self);
    let_go(layout);
    for (uint32_t i = 0; i < layout->slot_count; i++) {
        Py_XDECREF(layout->slots[i].name);
    }
    PyMem_Free(layout->slots);
    PyMem_Free(layout->empty);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF((PyObject *)type);
}

static PyObject *layout_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)args;
    (void)keywords;
    return PyType_GenericAlloc(type, 0);
}

static PyObject *strong_or_null(PyObject *object)
{
    return object == Py_None ? NULL : Py_NewRef(object);
}

/* (name, kind, codes, proxied, nested, encode, decode) */
static int slot_read(shm_mapped_state *state, PyObject *item, shm_mapped_slot *slot)
{
    PyObject *nested;
    PyObject *encode;
    PyObject *decode;
    int proxied;
    if (!PyArg_ParseTuple(item, "UIIpOOO:slot", &slot->name, &slot->kind, &slot->codes, &proxied,
                          &nested, &encode, &decode)) {
        slot->name = NULL;
        return -1;
    }
    Py_INCREF(slot->name);
    PyUnicode_InternInPlace(&slot->name);
    slot->proxied = proxied != 0;
    slot->encode = strong_or_null(encode);
    slot->decode = strong_or_null(decode);
    if (shm_mapped_kind_width(slot->kind) == 0) {
        PyErr_Format(PyExc_ValueError, "attribute %R: there is no kind %u", slot->name, slot->kind);
        return -1;
    }
    if (nested != Py_None) {
        slot->nested = shm_mapped_layout_of(state, nested);
        if (slot->nested == NULL) {
            return -1;
        }
        Py_INCREF((PyObject *)slot->nested);
    }
    return 0;
}

/* Widest first, so that there is no padding but at the end. */
static void place(shm_mapped_layout *layout)
{
    const uint32_t words = (layout->slot_count + HEAD_WORD_BITS - 1) / HEAD_WORD_BITS;
    uint32_t at = SHM_MAPPED_ITEM_HEAD_BYTES + 2 * 8 * words;
    for (unsigned width = 8; width != 0; width /= 2) {
        for (uint32_t i = 0; i < layout->slot_count; i++) {
            shm_mapped_slot *slot = &layout->slots[i];
            if (shm_mapped_kind_width(slot->kind) == width) {
                slot->present_at = SHM_MAPPED_ITEM_HEAD_BYTES + 8 * (i / HEAD_WORD_BITS);
                slot->none_at = slot->present_at + 8 * words;
                slot->bit = UINT64_C(1) << (i % HEAD_WORD_BITS);
                slot->at = at;
                at += width;
            }
        }
    }
    layout->fixed_bytes = (at + SHM_MAPPED_ITEM_ALIGNMENT - 1) / SHM_MAPPED_ITEM_ALIGNMENT *
                          SHM_MAPPED_ITEM_ALIGNMENT;
}

static int empty_new(shm_mapped_layout *layout)
{
    layout->empty = PyMem_Calloc(1, layout->fixed_bytes);
    if (layout->empty == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    const uint64_t count = layout->slot_count | (uint64_t)layout->fixed_bytes << 16;
    shm_mapped_store64(layout->empty, shm_mapped_item_head(SHM_MAPPED_CODE_RECORD, 0, count));
    return 0;
}

static int slots_read(shm_mapped_layout *layout, PyObject *items)
{
    const Py_ssize_t count = PyTuple_Size(items);
    if (count > SLOTS_MAX) {
        PyErr_Format(PyExc_ValueError, "a Schema has at most %d attributes", SLOTS_MAX);
        return -1;
    }
    layout->slots = PyMem_Calloc((size_t)count + 1, sizeof *layout->slots);
    if (layout->slots == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    for (Py_ssize_t i = 0; i < count; i++) {
        layout->slot_count = (uint32_t)i + 1;
        if (slot_read(layout->state, PyTuple_GetItem(items, i), &layout->slots[i]) != 0) {
            return -1;
        }
    }
    place(layout);
    return empty_new(layout);
}

/* _lay_out(slots, alignment, pack_bytes, pack_bytes_max): once, before anything else. */
static PyObject *layout_lay_out(PyObject *self, PyObject *args)
{
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    PyObject *items;
    unsigned alignment;
    unsigned long long bytes;
    unsigned long long bytes_max;
    if (!PyArg_ParseTuple(args, "O!IKK:_lay_out", &PyTuple_Type, &items, &alignment, &bytes,
                          &bytes_max)) {
        return NULL;
    }
    if (layout->state != NULL) {
        PyErr_SetString(PyExc_TypeError, "a Schema's attributes are fixed");
        return NULL;
    }
    layout->state = shm_mapped_state_of(Py_TYPE(self));
    if (layout->state == NULL || slots_read(layout, items) != 0) {
        return NULL;
    }
    layout->alignment = alignment;
    layout->pack_bytes = bytes;
    layout->pack_bytes_max = bytes_max;
    layout->code = SHM_MAPPED_CODE_RECORD;
    layout->serial = SHM_MAPPED_CODE_COUNT + ++layout->state->serial;
    Py_RETURN_NONE;
}

static PyObject *fields_of(shm_mapped_layout *layout, PyTypeObject *owner)
{
    for (uint32_t i = 0; i < layout->slot_count; i++) {
        PyObject *field = shm_mapped_field_new(layout, i, (PyObject *)owner);
        if (field == NULL ||
            PyObject_SetAttr((PyObject *)owner, layout->slots[i].name, field) != 0) {
            Py_XDECREF(field);
            return NULL;
        }
        Py_DECREF(field);
    }
    Py_RETURN_NONE;
}

/* The class's attribute, an integer; -1 with an exception. */
static long long number_of(PyObject *made, const char *name)
{
    PyObject *number = PyObject_GetAttrString(made, name);
    const long long value = number == NULL ? -1 : PyLong_AsLongLong(number);
    Py_XDECREF(number);
    return value;
}

/* _record_class(cls): records are from now on of this class, which gets the attributes. */
static PyObject *layout_record_class(PyObject *self, PyObject *made)
{
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    if (layout->empty == NULL || !PyType_Check(made) ||
        !PyType_IsSubtype((PyTypeObject *)made, layout->state->record_type)) {
        PyErr_SetString(PyExc_TypeError, "expected a class of records");
        return NULL;
    }
    const bool is_plain =
        number_of(made, "__basicsize__") == (long long)sizeof(shm_mapped_record) &&
        number_of(made, "__dictoffset__") == 0;
    if (PyErr_Occurred() || PyObject_SetAttr(made, layout->state->layout_name, self) != 0) {
        return NULL;
    }
    layout->is_plain = is_plain;
    PyTypeObject *before = layout->record_class;
    layout->record_class = (PyTypeObject *)Py_NewRef(made);
    Py_XDECREF((PyObject *)before);
    return fields_of(layout, (PyTypeObject *)made);
}

/* _set_hooks(before, after) */
static PyObject *layout_set_hooks(PyObject *self, PyObject *args)
{
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    PyObject *before;
    PyObject *after;
    if (!PyArg_ParseTuple(args, "OO:_set_hooks", &before, &after)) {
        return NULL;
    }
    shm_mapped_replace(&layout->before_pack, strong_or_null(before));
    shm_mapped_replace(&layout->after_pack, strong_or_null(after));
    Py_RETURN_NONE;
}

/* _set_pack_bytes(room, limit) */
static PyObject *layout_set_pack_bytes(PyObject *self, PyObject *args)
{
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    unsigned long long bytes;
    unsigned long long bytes_max;
    if (!PyArg_ParseTuple(args, "KK:_set_pack_bytes", &bytes, &bytes_max)) {
        return NULL;
    }
    layout->pack_bytes = bytes;
    layout->pack_bytes_max = bytes_max;
    Py_RETURN_NONE;
}

/* _layout(): (name, bytes from the record, width) of each attribute, and the bytes of all. */
static PyObject *layout_describe(PyObject *self, PyObject *unused)
{
    (void)unused;
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    PyObject *all = PyList_New(0);
    for (uint32_t i = 0; all != NULL && i < layout->slot_count; i++) {
        const shm_mapped_slot *slot = &layout->slots[i];
        PyObject *one =
            Py_BuildValue("(OII)", slot->name, slot->at, shm_mapped_kind_width(slot->kind));
        if (one == NULL || PyList_Append(all, one) != 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(one);
    }
    return all == NULL ? NULL : Py_BuildValue("(NI)", all, layout->fixed_bytes);
}

static PyObject *layout_proxy(PyObject *self, void *unused)
{
    (void)unused;
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    return Py_NewRef(layout->record_class == NULL ? Py_None : (PyObject *)layout->record_class);
}

static PyObject *layout_code(PyObject *self, void *unused)
{
    (void)unused;
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    return layout->code < SHM_MAPPED_CODE_USER_MIN ? Py_NewRef(Py_None)
                                                   : PyLong_FromUnsignedLong(layout->code);
}

static PyMethodDef layout_methods[] = {
    {"_lay_out", layout_lay_out, METH_VARARGS, NULL},
    {"_record_class", layout_record_class, METH_O, NULL},
    {"_set_hooks", layout_set_hooks, METH_VARARGS, NULL},
    {"_set_pack_bytes", layout_set_pack_bytes, METH_VARARGS, NULL},
    {"_layout", layout_describe, METH_NOARGS, NULL},
    {"_pack", shm_mapped_layout_pack, METH_VARARGS, NULL},
    {"_pack_into", shm_mapped_layout_pack_into, METH_VARARGS, NULL},
    {"_pack_array", shm_mapped_layout_pack_array, METH_VARARGS, NULL},
    {"_unpack_from", shm_mapped_layout_unpack_from, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef layout_getset[] = {
    {"Proxy", layout_proxy, NULL, "The class of this Schema's records.", NULL},
    {"code", layout_code, NULL, "The code it was registered with, or None.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot layout_slots[] = {
    {Py_tp_new, (void *)layout_new},
    {Py_tp_dealloc, (void *)layout_dealloc},
    {Py_tp_traverse, (void *)layout_traverse},
    {Py_tp_clear, (void *)layout_clear},
    {Py_tp_methods, layout_methods},
    {Py_tp_getset, layout_getset},
    {Py_tp_doc, "Where the attributes of a class stand in its records."},
    {0, NULL},
};

PyType_Spec shm_mapped_layout_spec = {
    .name = "libshm._libshm.mapped.Layout",
    .basicsize = sizeof(shm_mapped_layout),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = layout_slots,
};
