/* value.c — single values at an offset of a buffer: a cell, and what it refers to. */
#include "mapped/mapped.h"

static int pack_as_code(shm_mapped_packer *packer, uint64_t cell, PyObject *object, unsigned code,
                        PyObject *encode)
{
    if (encode != Py_None) {
        const shm_mapped_slot slot = {
            .kind = SHM_MAPPED_KIND_CELL, .codes = UINT32_MAX, .encode = encode};
        return shm_mapped_pack_slot(packer, &slot, cell, object);
    }
    return code == 0 || object == Py_None ? shm_mapped_pack_value(packer, cell, object)
                                          : shm_mapped_pack_as(packer, cell, object, code);
}

static PyObject *copy_out(const shm_mapped_packer *packer, PyObject *buffer)
{
    Py_buffer to;
    if (PyObject_GetBuffer(buffer, &to, PyBUF_WRITABLE) != 0) {
        return NULL;
    }
    const uint64_t end = packer->base + packer->used;
    const bool fits = end <= (uint64_t)to.len;
    if (fits) {
        memcpy((unsigned char *)to.buf + packer->base, packer->bytes, packer->used);
    } else {
        PyErr_Format(PyExc_ValueError,
                     "the value ends at offset %llu, and the buffer has %zd bytes",
                     (unsigned long long)end, to.len);
    }
    PyBuffer_Release(&to);
    return fits ? PyLong_FromUnsignedLongLong(end) : NULL;
}

/* value_pack_into(object, buffer, offset, code, encode, idmap): the offset of the end. */
static PyObject *value_pack_into(PyObject *module, PyObject *args)
{
    shm_mapped_packer packer;
    PyObject *object;
    PyObject *buffer;
    PyObject *encode;
    PyObject *idmap;
    PyObject *end = NULL;
    Py_ssize_t offset;
    unsigned code;
    if (!PyArg_ParseTuple(args, "OOnIOO:pack_into", &object, &buffer, &offset, &code, &encode,
                          &idmap) ||
        shm_mapped_packer_open(&packer, PyModule_GetState(module), 0) != 0) {
        return NULL;
    }
    packer.idmap = idmap == Py_None ? NULL : idmap;
    packer.target = buffer;
    const uint64_t cell =
        shm_mapped_packer_begin(&packer, offset)
            ? shm_mapped_packer_reserve(&packer, SHM_MAPPED_CELL_BYTES, SHM_MAPPED_ITEM_ALIGNMENT)
            : UINT64_MAX;
    if (cell != UINT64_MAX && pack_as_code(&packer, cell, object, code, encode) == 0) {
        end = copy_out(&packer, buffer);
    }
    if (end != NULL && shm_mapped_packer_commit(&packer) != 0) {
        Py_CLEAR(end);
    }
    shm_mapped_packer_close(&packer);
    return end;
}

/* value_unpack_from(space, offset, codes, proxied, decode, idmap) */
static PyObject *value_unpack_from(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *from;
    PyObject *decode;
    PyObject *idmap;
    Py_ssize_t offset;
    unsigned codes;
    int proxied;
    shm_mapped_item item;
    if (!PyArg_ParseTuple(args, "O!nIpOO:unpack_from", state->space_type, &from, &offset, &codes,
                          &proxied, &decode, &idmap)) {
        return NULL;
    }
    shm_mapped_space *space = (shm_mapped_space *)from;
    if (!shm_mapped_space_is_open(space)) {
        return NULL;
    }
    if (offset < 0 || (uint64_t)offset > space->size || space->size - (uint64_t)offset < 8) {
        return PyErr_Format(PyExc_ValueError, "offset %zd lies outside the buffer", offset);
    }
    if (!shm_mapped_cell_resolve(space, space->base + offset, &item)) {
        return NULL;
    }
    const unsigned bit = item.code < SHM_MAPPED_CODE_RECORD ? item.code : SHM_MAPPED_CODE_RECORD;
    if (item.code != SHM_MAPPED_CODE_NONE && (codes >> bit & 1) == 0) {
        return shm_mapped_corrupt(space, item.at, "a value that is not of the expected type");
    }
    shm_mapped_reader reader =
        shm_mapped_reader_of(space, proxied != 0, idmap == Py_None ? NULL : idmap);
    shm_mapped_space_pin(space);
    PyObject *value = decode == Py_None || item.code == SHM_MAPPED_CODE_NONE
                          ? shm_mapped_item_read(&reader, &item)
                          : shm_mapped_decoded_read(&reader, &item, decode);
    shm_mapped_space_unpin(space);
    return value;
}

/* key_bytes(key): what equal keys have in common, in every process; None if it is no such key. */
static PyObject *key_bytes(PyObject *module, PyObject *key)
{
    shm_mapped_bytes_out out;
    shm_mapped_bytes_out_open(&out);
    const int known = shm_mapped_key_bytes(PyModule_GetState(module), key, &out);
    PyObject *bytes =
        known < 0    ? NULL
        : known == 0 ? Py_NewRef(Py_None)
                     : PyBytes_FromStringAndSize((const char *)out.bytes, (Py_ssize_t)out.used);
    shm_mapped_bytes_out_close(&out);
    return bytes;
}

PyMethodDef shm_mapped_value_methods[] = {
    {"value_pack_into", value_pack_into, METH_VARARGS, NULL},
    {"value_unpack_from", value_unpack_from, METH_VARARGS, NULL},
    {"key_bytes", key_bytes, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
