/* pack_record.c — objects by their attributes; and the methods of Schema that pack and unpack. */
#include "mapped/mapped.h"

static void set_bit(const shm_mapped_packer *packer, uint64_t word_at, uint64_t bit)
{
    unsigned char *at = shm_mapped_packer_at(packer, word_at);
    shm_mapped_store64(at, shm_mapped_load64(at) | bit);
}

static int put_attribute(shm_mapped_packer *packer, const shm_mapped_slot *slot, uint64_t record,
                         PyObject *object)
{
    PyObject *value = PyObject_GetAttr(object, slot->name);
    if (value == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_AttributeError)) {
            return -1;
        }
        PyErr_Clear();
        return 0;
    }
    int status = 0;
    if (value == Py_None) {
        set_bit(packer, record + slot->none_at, slot->bit);
    } else {
        set_bit(packer, record + slot->present_at, slot->bit);
        status = shm_mapped_pack_slot(packer, slot, record + slot->at, value);
        if (status != 0) {
            shm_mapped_error_of_attribute(slot->name);
        }
    }
    Py_DECREF(value);
    return status;
}

static int put_attributes(shm_mapped_packer *packer, const shm_mapped_layout *layout,
                          PyObject *object, uint64_t record)
{
    for (uint32_t i = 0; i < layout->slot_count; i++) {
        if (put_attribute(packer, &layout->slots[i], record, object) != 0) {
            return -1;
        }
    }
    return 0;
}

static int after(const shm_mapped_packer *packer, const shm_mapped_layout *layout, PyObject *object,
                 uint64_t position)
{
    if (layout->after_pack == NULL) {
        return 0;
    }
    const uint64_t end = packer->base + packer->used;
    PyObject *done =
        PyObject_CallFunction(layout->after_pack, "OKK", object, (unsigned long long)position,
                              (unsigned long long)(end - position));
    Py_XDECREF(done);
    return done == NULL ? -1 : 0;
}

static int pack_attributes(shm_mapped_packer *packer, shm_mapped_layout *layout, PyObject *object,
                           PyObject *as, uint64_t *position)
{
    const uint64_t at = shm_mapped_packer_reserve(packer, layout->fixed_bytes, layout->alignment);
    if (at == UINT64_MAX || shm_mapped_memo_add(packer, object, layout->serial, at, false) != 0) {
        return -1;
    }
    const uint64_t count = layout->slot_count | (uint64_t)layout->fixed_bytes << 16;
    shm_mapped_store64(shm_mapped_packer_at(packer, at),
                       shm_mapped_item_head(layout->code, 0, count));
    if (put_attributes(packer, layout, as, at) != 0) {
        return -1;
    }
    *position = at;
    return after(packer, layout, object, at);
}

int shm_mapped_pack_record(shm_mapped_packer *packer, shm_mapped_layout *layout, PyObject *object,
                           uint64_t *position)
{
    PyObject *as = Py_NewRef(object);
    if (layout->before_pack != NULL) {
        PyObject *other = shm_mapped_call(layout->before_pack, object);
        if (other == NULL) {
            Py_DECREF(as);
            return -1;
        }
        if (other == Py_None) {
            Py_DECREF(other);
        } else {
            shm_mapped_replace(&as, other);
        }
    }
    int status = -1;
    if (!Py_EnterRecursiveCall(" while packing an object")) {
        status = pack_attributes(packer, layout, object, as, position);
        Py_LeaveRecursiveCall();
    }
    Py_DECREF(as);
    return status;
}

/* Whether the object is one that the layout's class stands for. */
static int belongs(const shm_mapped_layout *layout, PyObject *object)
{
    const shm_mapped_record *record = shm_mapped_record_of(layout->state, object);
    if (layout->object_class == NULL || (record != NULL && record->layout == layout)) {
        return 1;
    }
    PyObject *registered =
        PyDict_GetItemWithError(layout->state->registered, (PyObject *)Py_TYPE(object));
    if (registered == (PyObject *)layout) {
        return 1;
    }
    return PyErr_Occurred() ? -1 : PyObject_IsInstance(object, layout->object_class);
}

int shm_mapped_pack_nested(shm_mapped_packer *packer, uint64_t cell, PyObject *object,
                           shm_mapped_layout *layout)
{
    uint64_t position;
    int found = shm_mapped_memo_find(packer, object, layout->serial, cell, &position);
    if (found == 0) {
        const int fits = belongs(layout, object);
        if (fits == 0) {
            PyErr_Format(PyExc_TypeError, "%R expected, not %R", layout->object_class,
                         (PyObject *)Py_TYPE(object));
        }
        found =
            fits == 1 && shm_mapped_pack_record(packer, layout, object, &position) == 0 ? 1 : -1;
    }
    if (found < 0) {
        return -1;
    }
    shm_mapped_packer_refer(packer, cell, position);
    return 0;
}

/* ---- methods of layouts ---- */

static shm_mapped_layout *ready(PyObject *self)
{
    shm_mapped_layout *layout = (shm_mapped_layout *)self;
    if (layout->state == NULL || layout->record_class == NULL) {
        PyErr_SetString(PyExc_TypeError, "the Schema is not complete: its __init__ did not run");
        return NULL;
    }
    return layout;
}

static PyObject *none_is_null(PyObject *object)
{
    return object == Py_None ? NULL : object;
}

/* _pack(object): bytes. */
PyObject *shm_mapped_layout_pack(PyObject *self, PyObject *args)
{
    shm_mapped_packer packer;
    uint64_t position;
    PyObject *object;
    PyObject *bytes = NULL;
    shm_mapped_layout *layout = ready(self);
    if (layout == NULL || !PyArg_ParseTuple(args, "O:pack", &object) ||
        shm_mapped_packer_open(&packer, layout->state, layout->pack_bytes) != 0) {
        return NULL;
    }
    packer.limit = layout->pack_bytes_max;
    if (shm_mapped_pack_record(&packer, layout, object, &position) == 0) {
        bytes = PyByteArray_FromStringAndSize((const char *)packer.bytes, (Py_ssize_t)packer.used);
    }
    shm_mapped_packer_close(&packer);
    return bytes;
}

/* Copies what was packed to where it was packed for. */
static PyObject *copy_into(const shm_mapped_packer *packer, PyObject *object)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_WRITABLE) != 0) {
        return NULL;
    }
    const uint64_t end = packer->base + packer->used;
    const bool fits = end <= (uint64_t)buffer.len;
    if (fits) {
        memcpy((unsigned char *)buffer.buf + packer->base, packer->bytes, packer->used);
    } else {
        PyErr_Format(PyExc_ValueError,
                     "the object takes %zu bytes from offset %llu on, and the buffer has %zd",
                     packer->used, (unsigned long long)packer->base, buffer.len);
    }
    PyBuffer_Release(&buffer);
    return fits ? PyLong_FromUnsignedLongLong(end) : NULL;
}

/* _pack_into(object, buffer, offset, idmap): the offset of the end. */
PyObject *shm_mapped_layout_pack_into(PyObject *self, PyObject *args)
{
    shm_mapped_packer packer;
    uint64_t position;
    PyObject *object;
    PyObject *buffer;
    PyObject *idmap;
    Py_ssize_t offset;
    PyObject *end = NULL;
    shm_mapped_layout *layout = ready(self);
    if (layout == NULL ||
        !PyArg_ParseTuple(args, "OOnO:pack_into", &object, &buffer, &offset, &idmap) ||
        shm_mapped_packer_open(&packer, layout->state, layout->pack_bytes) != 0) {
        return NULL;
    }
    packer.limit = layout->pack_bytes_max;
    packer.idmap = none_is_null(idmap);
    packer.target = buffer;
    if (shm_mapped_packer_begin(&packer, offset) &&
        shm_mapped_pack_record(&packer, layout, object, &position) == 0) {
        end = copy_into(&packer, buffer);
    }
    if (end != NULL && shm_mapped_packer_commit(&packer) != 0) {
        Py_CLEAR(end);
    }
    shm_mapped_packer_close(&packer);
    return end;
}

/* _unpack_from(space, offset, idmap, proxy_into) */
PyObject *shm_mapped_layout_unpack_from(PyObject *self, PyObject *args)
{
    PyObject *space;
    PyObject *idmap;
    PyObject *into;
    Py_ssize_t offset;
    shm_mapped_layout *layout = ready(self);
    if (layout == NULL ||
        !PyArg_ParseTuple(args, "O!nOO:unpack_from", layout->state->space_type, &space, &offset,
                          &idmap, &into) ||
        !shm_mapped_space_is_open((shm_mapped_space *)space)) {
        return NULL;
    }
    if (offset < 0 || (uint64_t)offset > ((shm_mapped_space *)space)->size) {
        return PyErr_Format(PyExc_ValueError, "offset %zd lies outside the buffer", offset);
    }
    return shm_mapped_record_new(layout, (shm_mapped_space *)space,
                                 ((shm_mapped_space *)space)->base + offset, none_is_null(into),
                                 none_is_null(idmap));
}

/* ---- arrays ---- */

enum { FLUSH_BYTES = 1 << 20 };

/* Hands what was packed to `write`; positions go on from there. */
static int flush(shm_mapped_packer *packer, PyObject *write)
{
    if (packer->used == 0) {
        return 0;
    }
    PyObject *bytes =
        PyMemoryView_FromMemory((char *)packer->bytes, (Py_ssize_t)packer->used, PyBUF_READ);
    PyObject *done = bytes == NULL ? NULL : shm_mapped_call(write, bytes);
    /* Whoever kept it would see other bytes later. */
    PyObject *released = done == NULL ? NULL : PyObject_CallMethod(bytes, "release", NULL);
    Py_XDECREF(bytes);
    Py_XDECREF(done);
    Py_XDECREF(released);
    packer->base += packer->used;
    packer->used = 0;
    return released == NULL ? -1 : 0;
}

/* The places of the objects, and whether all are such that four bytes hold them. */
typedef struct places {
    shm_mapped_bytes_out words;
    bool narrow;
} places;

static int add_place(places *to, uint64_t position)
{
    enum { UNIT = 8 };
    unsigned char raw[8];
    shm_mapped_store64(raw, position);
    to->narrow = to->narrow && position % UNIT == 0 && position / UNIT <= UINT32_MAX;
    return shm_mapped_bytes_out_add(&to->words, raw, sizeof raw);
}

/* In units of eight, four bytes each: over what was there. */
static void make_narrow(places *of)
{
    const size_t count = of->words.used / 8;
    for (size_t i = 0; i < count; i++) {
        const uint64_t position = shm_mapped_load64(of->words.bytes + 8 * i);
        shm_mapped_store_word(of->words.bytes + 4 * i, position / 8, 4);
    }
    of->words.used = count * 4;
}

static int pack_element(shm_mapped_packer *packer, shm_mapped_layout *layout, PyObject *object,
                        PyObject *write, places *index)
{
    uint64_t position;
    packer->start = packer->base + packer->used;
    int found = packer->idmap == NULL
                    ? 0
                    : shm_mapped_memo_find(packer, object, layout->serial, 0, &position);
    if (found == 0) {
        found = shm_mapped_pack_record(packer, layout, object, &position) == 0 ? 1 : -1;
        found = found == 1 && shm_mapped_packer_commit(packer) == 0 ? 1 : -1;
    }
    shm_mapped_packer_forget(packer);
    if (found < 0 || add_place(index, position) != 0) {
        return -1;
    }
    return packer->used >= FLUSH_BYTES ? flush(packer, write) : 0;
}

static int pack_elements(shm_mapped_packer *packer, shm_mapped_layout *layout, PyObject *objects,
                         PyObject *write, places *index)
{
    PyObject *iterator = PyObject_GetIter(objects);
    int status = iterator == NULL ? -1 : 0;
    while (status == 0) {
        PyObject *object = PyIter_Next(iterator);
        if (object == NULL) {
            status = PyErr_Occurred() ? -1 : flush(packer, write);
            break;
        }
        status = pack_element(packer, layout, object, write, index);
        Py_DECREF(object);
    }
    Py_XDECREF(iterator);
    return status;
}

/* (width of places, places as bytes, the end) */
static PyObject *array_of(const shm_mapped_packer *packer, places *index)
{
    if (index->narrow) {
        make_narrow(index);
    }
    return Py_BuildValue("(iy#K)", index->narrow ? 4 : 8, (const char *)index->words.bytes,
                         (Py_ssize_t)index->words.used, (unsigned long long)packer->base);
}

/* _pack_array(objects, write, position, idmap, target): as array_of. */
PyObject *shm_mapped_layout_pack_array(PyObject *self, PyObject *args)
{
    shm_mapped_packer packer;
    places index = {.narrow = true};
    PyObject *objects;
    PyObject *write;
    PyObject *idmap;
    PyObject *target;
    unsigned long long position;
    PyObject *made = NULL;
    shm_mapped_layout *layout = ready(self);
    if (layout == NULL ||
        !PyArg_ParseTuple(args, "OOKOO:_pack_array", &objects, &write, &position, &idmap,
                          &target) ||
        shm_mapped_packer_open(&packer, layout->state, 2 * FLUSH_BYTES) != 0) {
        return NULL;
    }
    packer.limit = layout->pack_bytes_max;
    packer.base = position;
    packer.idmap = none_is_null(idmap);
    packer.target = target;
    shm_mapped_bytes_out_open(&index.words);
    if (pack_elements(&packer, layout, objects, write, &index) == 0) {
        made = array_of(&packer, &index);
    }
    shm_mapped_bytes_out_close(&index.words);
    shm_mapped_packer_close(&packer);
    return made;
}
