/* pack_value.c — values to cells, and to items where a cell cannot hold them. */
#include "mapped/mapped.h"

static void put_cell(const shm_mapped_packer *packer, uint64_t cell, unsigned tag, uint64_t rest)
{
    shm_mapped_store64(shm_mapped_packer_at(packer, cell), rest << SHM_MAPPED_TAG_BITS | tag);
}

/* An item with that payload, zero-padded. */
static int put_item(shm_mapped_packer *packer, uint64_t cell, unsigned code, const void *bytes,
                    size_t length, uint64_t *position)
{
    const uint64_t padded = (length + SHM_MAPPED_ITEM_ALIGNMENT - 1) / SHM_MAPPED_ITEM_ALIGNMENT *
                            SHM_MAPPED_ITEM_ALIGNMENT;
    *position = shm_mapped_packer_reserve(packer, SHM_MAPPED_ITEM_HEAD_BYTES + padded,
                                          SHM_MAPPED_ITEM_ALIGNMENT);
    if (*position == UINT64_MAX) {
        return -1;
    }
    unsigned char *at = shm_mapped_packer_at(packer, *position);
    shm_mapped_store64(at, shm_mapped_item_head(code, 0, length));
    memcpy(at + SHM_MAPPED_ITEM_HEAD_BYTES, bytes, length);
    shm_mapped_packer_refer(packer, cell, *position);
    return 0;
}

/* Short ones stand in the cell; long ones are packed once an object. */
static int put_text(shm_mapped_packer *packer, uint64_t cell, PyObject *object, unsigned code,
                    const char *text, Py_ssize_t length)
{
    uint64_t position;
    if (length <= SHM_MAPPED_CELL_INLINE_MAX) {
        unsigned char *at = shm_mapped_packer_at(packer, cell);
        const unsigned tag =
            code == SHM_MAPPED_CODE_STR ? SHM_MAPPED_TAG_STR : SHM_MAPPED_TAG_BYTES;
        at[0] = (unsigned char)(tag | (unsigned)length << SHM_MAPPED_TAG_BITS);
        memcpy(at + 1, text, (size_t)length);
        return 0;
    }
    const int found = shm_mapped_memo_find(packer, object, code, cell, &position);
    if (found != 0) {
        if (found > 0) {
            shm_mapped_packer_refer(packer, cell, position);
        }
        return found < 0 ? -1 : 0;
    }
    if (put_item(packer, cell, code, text, (size_t)length, &position) != 0) {
        return -1;
    }
    return shm_mapped_memo_add(packer, object, code, position, false);
}

static int put_str(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    Py_ssize_t length;
    const char *text = PyUnicode_AsUTF8AndSize(object, &length);
    return text == NULL ? -1 : put_text(packer, cell, object, SHM_MAPPED_CODE_STR, text, length);
}

static int put_bytes(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    Py_buffer buffer;
    if (PyObject_GetBuffer(object, &buffer, PyBUF_SIMPLE) != 0) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "bytes expected, not %R", (PyObject *)Py_TYPE(object));
        return -1;
    }
    const int status =
        put_text(packer, cell, object, SHM_MAPPED_CODE_BYTES, buffer.buf, buffer.len);
    PyBuffer_Release(&buffer);
    return status;
}

static int put_big_integer(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    uint64_t position;
    PyObject *bits = PyObject_CallMethod(object, "bit_length", NULL);
    const Py_ssize_t length = bits == NULL ? -1 : PyLong_AsSsize_t(bits) / 8 + 1;
    Py_XDECREF(bits);
    PyObject *call = PyErr_Occurred() ? NULL : PyObject_GetAttrString(object, "to_bytes");
    PyObject *args = call == NULL ? NULL : Py_BuildValue("(ns)", length, "little");
    PyObject *names = args == NULL ? NULL : Py_BuildValue("{sO}", "signed", Py_True);
    PyObject *bytes = names == NULL ? NULL : PyObject_Call(call, args, names);
    Py_XDECREF(call);
    Py_XDECREF(args);
    Py_XDECREF(names);
    if (bytes == NULL) {
        return -1;
    }
    const int status = put_item(packer, cell, SHM_MAPPED_CODE_INT, PyBytes_AsString(bytes),
                                (size_t)PyBytes_Size(bytes), &position);
    Py_DECREF(bytes);
    return status;
}

static int put_integer(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(object, &overflow);
    if (overflow != 0 || value >= INT64_C(1) << 60 || value < -(INT64_C(1) << 60)) {
        return put_big_integer(packer, cell, object);
    }
    put_cell(packer, cell, SHM_MAPPED_TAG_INT, (uint64_t)value);
    return 0;
}

static int put_float(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    uint64_t word;
    uint64_t position;
    unsigned char raw[8];
    if (shm_mapped_number_word(SHM_MAPPED_KIND_F64, object, &word) != 0) {
        return -1;
    }
    if ((word & SHM_MAPPED_TAG_MASK) == 0) {
        put_cell(packer, cell, SHM_MAPPED_TAG_FLOAT, word >> SHM_MAPPED_TAG_BITS);
        return 0;
    }
    shm_mapped_store64(raw, word);
    return put_item(packer, cell, SHM_MAPPED_CODE_FLOAT, raw, sizeof raw, &position);
}

static int put_date(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    PyObject *ordinal = PyObject_CallMethodObjArgs(object, packer->state->to_ordinal_name, NULL);
    const long long value = ordinal == NULL ? -1 : PyLong_AsLongLong(ordinal);
    Py_XDECREF(ordinal);
    if (value == -1 && PyErr_Occurred()) {
        PyErr_Clear();
        PyErr_Format(PyExc_TypeError, "date expected, not %R", (PyObject *)Py_TYPE(object));
        return -1;
    }
    put_cell(packer, cell, SHM_MAPPED_TAG_DATE, (uint64_t)value);
    return 0;
}

/* One payload of several objects with the buffer protocol. */
static int put_parts(shm_mapped_packer *packer, uint64_t cell, unsigned code, PyObject *parts)
{
    const Py_ssize_t count = PyTuple_Size(parts);
    const uint64_t item =
        shm_mapped_packer_reserve(packer, SHM_MAPPED_ITEM_HEAD_BYTES, SHM_MAPPED_ITEM_ALIGNMENT);
    uint64_t length = 0;
    if (item == UINT64_MAX) {
        return -1;
    }
    for (Py_ssize_t i = 1; i < count; i++) {
        Py_buffer buffer;
        if (PyObject_GetBuffer(PyTuple_GetItem(parts, i), &buffer, PyBUF_SIMPLE) != 0) {
            return -1;
        }
        const uint64_t at = shm_mapped_packer_reserve(packer, (uint64_t)buffer.len, 1);
        if (at != UINT64_MAX) {
            memcpy(shm_mapped_packer_at(packer, at), buffer.buf, (size_t)buffer.len);
        }
        length += (uint64_t)buffer.len;
        PyBuffer_Release(&buffer);
        if (at == UINT64_MAX) {
            return -1;
        }
    }
    shm_mapped_store64(shm_mapped_packer_at(packer, item), shm_mapped_item_head(code, 0, length));
    shm_mapped_packer_refer(packer, cell, item);
    return 0;
}

/* What `encode` makes of it: (code, part...); (code, object) of what is packed here; or (0, another
 * object). */
static int put_encoded(shm_mapped_packer *packer, uint64_t cell, PyObject *object, PyObject *encode)
{
    PyObject *parts = shm_mapped_call(encode, object);
    if (parts == NULL) {
        return -1;
    }
    int status = -1;
    if (!PyTuple_Check(parts) || PyTuple_Size(parts) < 2) {
        PyErr_SetString(PyExc_TypeError, "an encoder returns (code, part...)");
    } else {
        const unsigned long code = PyLong_AsUnsignedLong(PyTuple_GetItem(parts, 0));
        if (code == 0) {
            status = shm_mapped_pack_value(packer, cell, PyTuple_GetItem(parts, 1));
        } else if (code >= SHM_MAPPED_CODE_STR && code <= SHM_MAPPED_CODE_DICT) {
            status = shm_mapped_pack_as(packer, cell, PyTuple_GetItem(parts, 1), (unsigned)code);
        } else if (code < SHM_MAPPED_CODE_RECORD) {
            status = put_parts(packer, cell, (unsigned)code, parts);
        } else if (!PyErr_Occurred()) {
            PyErr_SetString(PyExc_ValueError, "an encoder's code is one of the library's");
        }
    }
    Py_DECREF(parts);
    return status;
}

int shm_mapped_pack_as(shm_mapped_packer *packer, uint64_t cell, PyObject *object, unsigned code)
{
    switch (code) {
    case SHM_MAPPED_CODE_STR:
        if (!PyUnicode_Check(object)) {
            PyErr_Format(PyExc_TypeError, "str expected, not %R", (PyObject *)Py_TYPE(object));
            return -1;
        }
        return put_str(packer, cell, object);
    case SHM_MAPPED_CODE_BYTES:
        return put_bytes(packer, cell, object);
    case SHM_MAPPED_CODE_DATE:
        return put_date(packer, cell, object);
    case SHM_MAPPED_CODE_LIST:
    case SHM_MAPPED_CODE_TUPLE:
        return shm_mapped_pack_sequence(packer, cell, object, code);
    case SHM_MAPPED_CODE_FROZENSET:
        return shm_mapped_pack_set(packer, cell, object);
    case SHM_MAPPED_CODE_DICT:
        return shm_mapped_pack_dict(packer, cell, object);
    default:
        return shm_mapped_pack_value(packer, cell, object);
    }
}

static void put_constant(shm_mapped_packer *packer, uint64_t cell,
                         enum shm_mapped_cell_constant constant)
{
    put_cell(packer, cell, SHM_MAPPED_TAG_CONSTANT, constant);
}

/* Objects of registered classes, views, subclasses of what we know, and the rest. */
static int pack_other(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    shm_mapped_state *state = packer->state;
    PyObject *found = PyDict_GetItemWithError(state->registered, (PyObject *)Py_TYPE(object));
    if (found != NULL) {
        return shm_mapped_pack_nested(packer, cell, object, (shm_mapped_layout *)found);
    }
    const shm_mapped_record *record = PyErr_Occurred() ? NULL : shm_mapped_record_of(state, object);
    if (record != NULL && record->layout->code >= SHM_MAPPED_CODE_USER_MIN) {
        return shm_mapped_pack_nested(packer, cell, object, record->layout);
    }
    if (PyErr_Occurred()) {
        return -1;
    }
    if (PyObject_TypeCheck(object, state->list_type)) {
        return shm_mapped_pack_sequence(packer, cell, object, ((shm_mapped_view *)object)->code);
    }
    if (PyObject_TypeCheck(object, state->set_type) || PyAnySet_Check(object)) {
        return shm_mapped_pack_set(packer, cell, object);
    }
    if (PyObject_TypeCheck(object, state->dict_type) || PyDict_Check(object)) {
        return shm_mapped_pack_dict(packer, cell, object);
    }
    if (PyList_Check(object) || PyTuple_Check(object)) {
        return shm_mapped_pack_sequence(packer, cell, object,
                                        PyList_Check(object) ? SHM_MAPPED_CODE_LIST
                                                             : SHM_MAPPED_CODE_TUPLE);
    }
    return put_encoded(packer, cell, object, state->encode);
}

int shm_mapped_pack_value(shm_mapped_packer *packer, uint64_t cell, PyObject *object)
{
    if (PyUnicode_CheckExact(object)) {
        return put_str(packer, cell, object);
    }
    if (object == Py_None) {
        put_constant(packer, cell, SHM_MAPPED_CONSTANT_NONE);
        return 0;
    }
    if (PyBool_Check(object)) {
        put_constant(packer, cell,
                     object == Py_True ? SHM_MAPPED_CONSTANT_TRUE : SHM_MAPPED_CONSTANT_FALSE);
        return 0;
    }
    if (PyLong_Check(object)) {
        return put_integer(packer, cell, object);
    }
    if (PyFloat_Check(object)) {
        return put_float(packer, cell, object);
    }
    if (PyBytes_Check(object)) {
        return put_bytes(packer, cell, object);
    }
    if (PyUnicode_Check(object)) {
        return put_str(packer, cell, object);
    }
    if (PyList_CheckExact(object)) {
        return shm_mapped_pack_sequence(packer, cell, object, SHM_MAPPED_CODE_LIST);
    }
    if (PyTuple_CheckExact(object)) {
        return shm_mapped_pack_sequence(packer, cell, object, SHM_MAPPED_CODE_TUPLE);
    }
    return pack_other(packer, cell, object);
}

static int pack_cell(shm_mapped_packer *packer, const shm_mapped_slot *slot, uint64_t cell,
                     PyObject *object)
{
    if (slot->nested != NULL) {
        return shm_mapped_pack_nested(packer, cell, object, slot->nested);
    }
    if (slot->encode != NULL) {
        return put_encoded(packer, cell, object, slot->encode);
    }
    const uint32_t codes = slot->codes;
    const bool one = (codes & (codes - 1)) == 0;
    return one ? shm_mapped_pack_as(packer, cell, object, (unsigned)__builtin_ctz(codes))
               : shm_mapped_pack_value(packer, cell, object);
}

int shm_mapped_pack_slot(shm_mapped_packer *packer, const shm_mapped_slot *slot, uint64_t at,
                         PyObject *object)
{
    uint64_t word;
    if (slot->kind == SHM_MAPPED_KIND_CELL) {
        return pack_cell(packer, slot, at, object);
    }
    if (shm_mapped_number_word(slot->kind, object, &word) != 0) {
        return -1;
    }
    shm_mapped_store_word(shm_mapped_packer_at(packer, at), word,
                          shm_mapped_kind_width(slot->kind));
    return 0;
}
