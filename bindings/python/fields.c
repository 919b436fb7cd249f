/* fields.c — the descriptors of records: one C getter for each way to read a field, so that an
 * attribute costs a load and the making of its object. */
#include "value.h"

#include <string.h>

/* Copies the field's bytes; false with ClosedError. */
__attribute__((always_inline)) static inline bool load(PyObject *self, const void *closure,
                                                       void *value, size_t size)
{
    const shm_py_record *record = (const shm_py_record *)self;
    const shm_py_field *field = closure;
    if (!shm_py_handle_is_open(record->handle)) {
        shm_py_handle_closed(record->handle);
        return false;
    }
    memcpy(value, record->at + field->offset, size);
    return true;
}

static PyObject *get_bool(PyObject *self, void *closure)
{
    uint8_t value;
    return load(self, closure, &value, sizeof value) ? PyBool_FromLong(value) : NULL;
}

static PyObject *get_i8(PyObject *self, void *closure)
{
    int8_t value;
    return load(self, closure, &value, sizeof value) ? PyLong_FromLong(value) : NULL;
}

static PyObject *get_i16(PyObject *self, void *closure)
{
    int16_t value;
    return load(self, closure, &value, sizeof value) ? PyLong_FromLong(value) : NULL;
}

static PyObject *get_i32(PyObject *self, void *closure)
{
    int32_t value;
    return load(self, closure, &value, sizeof value) ? PyLong_FromLong(value) : NULL;
}

static PyObject *get_i64(PyObject *self, void *closure)
{
    int64_t value;
    return load(self, closure, &value, sizeof value) ? PyLong_FromLong(value) : NULL;
}

static PyObject *get_u8(PyObject *self, void *closure)
{
    uint8_t value;
    return load(self, closure, &value, sizeof value) ? PyLong_FromLong(value) : NULL;
}

static PyObject *get_u16(PyObject *self, void *closure)
{
    uint16_t value;
    return load(self, closure, &value, sizeof value) ? PyLong_FromLong(value) : NULL;
}

static PyObject *get_u32(PyObject *self, void *closure)
{
    uint32_t value;
    return load(self, closure, &value, sizeof value) ? PyLong_FromLongLong(value) : NULL;
}

static PyObject *get_u64(PyObject *self, void *closure)
{
    uint64_t value;
    if (!load(self, closure, &value, sizeof value))
        return NULL;
    return value <= INT64_MAX ? PyLong_FromLongLong((int64_t)value)
                              : PyLong_FromUnsignedLongLong(value);
}

static PyObject *get_f32(PyObject *self, void *closure)
{
    float value;
    return load(self, closure, &value, sizeof value) ? PyFloat_FromDouble((double)value) : NULL;
}

static PyObject *get_f64(PyObject *self, void *closure)
{
    double value;
    return load(self, closure, &value, sizeof value) ? PyFloat_FromDouble(value) : NULL;
}

static PyObject *get_string(PyObject *self, void *closure)
{
    const shm_py_record *record = (const shm_py_record *)self;
    const shm_py_field *field = closure;
    if (!shm_py_handle_is_open(record->handle))
        return shm_py_handle_closed(record->handle);
    return shm_py_text(shm_text_cell_string((const void *)(record->at + field->offset)));
}

static PyObject *get_other(PyObject *self, void *closure)
{
    const shm_py_record *record = (const shm_py_record *)self;
    const shm_py_field *field = closure;
    if (!shm_py_handle_is_open(record->handle))
        return shm_py_handle_closed(record->handle);
    return shm_py_value(record->handle, field->type, record->at + field->offset);
}

static PyObject *get_optional(PyObject *self, void *closure)
{
    const shm_py_record *record = (const shm_py_record *)self;
    const shm_py_field *field = closure;
    if (!shm_py_handle_is_open(record->handle))
        return shm_py_handle_closed(record->handle);
    const shm_py_presence presence = shm_py_field_presence(field, record->at);
    if (__builtin_expect(presence != SHM_PY_PRESENT, 0)) {
        if (presence == SHM_PY_ABSENT && field->nullable)
            return PyErr_Format(PyExc_AttributeError, "%U is absent (it is neither null nor given)",
                                field->name);
        return Py_NewRef(Py_None);
    }
    return shm_py_value(record->handle, field->type, record->at + field->offset);
}

getter shm_py_field_getter(const shm_py_field *field)
{
    static const getter getters[] = {
        [SHM_BOOL] = get_bool, [SHM_I8] = get_i8,   [SHM_I16] = get_i16, [SHM_I32] = get_i32,
        [SHM_I64] = get_i64,   [SHM_U8] = get_u8,   [SHM_U16] = get_u16, [SHM_U32] = get_u32,
        [SHM_U64] = get_u64,   [SHM_F32] = get_f32, [SHM_F64] = get_f64, [SHM_STRING] = get_string,
    };
    if (field->optional)
        return get_optional;
    return field->type->type->kind <= SHM_STRING ? getters[field->type->type->kind] : get_other;
}

PyObject *shm_py_field_value(shm_py_handle *handle, const shm_py_field *field,
                             const unsigned char *row)
{
    const shm_py_presence presence = shm_py_field_presence(field, row);
    if (presence == SHM_PY_PRESENT)
        return shm_py_value(handle, field->type, row + field->offset);
    return Py_NewRef(presence == SHM_PY_ABSENT && field->nullable ? handle->state->absent
                                                                  : Py_None);
}
