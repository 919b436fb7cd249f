/* value_scalar.c — scalars in place as objects of Python and its standard library. */
#include "value.h"

#include <string.h>

/* ---- numbers ---- */

static PyObject *read_bool(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    (void)handle;
    (void)type;
    return PyBool_FromLong(*(const uint8_t *)at != 0);
}

static PyObject *read_i8(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    (void)handle;
    (void)type;
    return PyLong_FromLong(*(const int8_t *)at);
}

static PyObject *read_i16(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    int16_t value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    return PyLong_FromLong(value);
}

static PyObject *read_i32(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    int32_t value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    return PyLong_FromLong(value);
}

static PyObject *read_i64(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    int64_t value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    return PyLong_FromLongLong(value);
}

static PyObject *read_u8(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    (void)handle;
    (void)type;
    return PyLong_FromLong(*(const uint8_t *)at);
}

static PyObject *read_u16(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    uint16_t value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    return PyLong_FromLong(value);
}

static PyObject *read_u32(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    uint32_t value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    return PyLong_FromLongLong(value);
}

static PyObject *read_u64(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    uint64_t value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    /* The signed way is faster, and most numbers fit it. */
    return value <= INT64_MAX ? PyLong_FromLongLong((int64_t)value)
                              : PyLong_FromUnsignedLongLong(value);
}

static PyObject *read_f32(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    float value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    return PyFloat_FromDouble((double)value);
}

static PyObject *read_f64(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    double value;
    (void)handle;
    (void)type;
    memcpy(&value, at, sizeof value);
    return PyFloat_FromDouble(value);
}

/* A number that the schema has no name for stays a number. */
static PyObject *read_enum(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    PyObject *number = type->element->read(handle, type->element, at);
    if (number == NULL || type->members == NULL)
        return number;
    PyObject *member = PyDict_GetItemWithError(type->members, number);
    if (member == NULL)
        return PyErr_Occurred() ? NULL : number;
    Py_DECREF(number);
    return Py_NewRef(member);
}

/* ---- texts ---- */

PyObject *shm_py_text(shm_string text)
{
    return PyUnicode_FromStringAndSize(text.data, (Py_ssize_t)text.length);
}

static PyObject *read_string(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    (void)handle;
    (void)type;
    return shm_py_text(shm_text_cell_string(at));
}

static PyObject *read_bytes(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const shm_string text = shm_text_cell_string(at);
    (void)handle;
    (void)type;
    return PyBytes_FromStringAndSize(text.data, (Py_ssize_t)text.length);
}

PyObject *shm_py_decimal(shm_py_state *state, shm_string text)
{
    PyObject *string = shm_py_text(text);
    PyObject *decimal =
        string == NULL ? NULL : shm_py_call(state, SHM_PY_DECIMAL, string, NULL, NULL);
    Py_XDECREF(string);
    return decimal;
}

static PyObject *read_decimal(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    (void)type;
    return shm_py_decimal(handle->state, shm_text_cell_string(at));
}

PyObject *shm_py_uuid(shm_py_state *state, const uint8_t *bytes)
{
    PyObject *raw = PyBytes_FromStringAndSize((const char *)bytes, 16);
    PyObject *uuid = raw == NULL ? NULL : shm_py_call(state, SHM_PY_UUID, raw, NULL, NULL);
    Py_XDECREF(raw);
    return uuid;
}

static PyObject *read_uuid(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    (void)type;
    return shm_py_uuid(handle->state, at);
}

/* ---- times ---- */

enum { ORDINAL_OF_EPOCH = 719163 };
#define MICROS_A_SECOND INT64_C(1000000)
#define SECONDS_A_DAY INT64_C(86400)

PyObject *shm_py_date(shm_py_state *state, shm_date date)
{
    PyObject *ordinal = PyLong_FromLong((long)date.days + ORDINAL_OF_EPOCH);
    if (ordinal == NULL)
        return NULL;
    PyObject *result = shm_py_call(state, SHM_PY_DATE_FROM_ORDINAL, ordinal, NULL, NULL);
    Py_DECREF(ordinal);
    return result;
}

static PyObject *read_date(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    shm_date date;
    (void)type;
    memcpy(&date, at, sizeof date);
    return shm_py_date(handle->state, date);
}

/* Year, month and day of days since 1970, by eras of 400 years from March on. */
static void civil_of(int64_t days, int *year, int *month, int *day)
{
    const int64_t shifted = days + 719468;
    const int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    const int64_t of_era = shifted - era * 146097;
    const int64_t years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const int64_t of_year = of_era - (365 * years + years / 4 - years / 100);
    const int64_t shifted_month = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(years + era * 400 + (*month <= 2 ? 1 : 0));
}

static PyObject *zone_of(shm_py_state *state, int minutes)
{
    PyObject *delta_class = shm_py_imported(state, SHM_PY_TIMEDELTA);
    PyObject *delta =
        delta_class == NULL ? NULL : PyObject_CallFunction(delta_class, "ii", 0, minutes * 60);
    PyObject *zone = delta == NULL ? NULL : shm_py_call(state, SHM_PY_TIMEZONE, delta, NULL, NULL);
    Py_XDECREF(delta);
    return zone;
}

/* Without a zone: a naive datetime, of UTC. */
PyObject *shm_py_datetime(shm_py_state *state, shm_datetime datetime)
{
    const int64_t micros = datetime.micros + datetime.zone_minutes * 60 * MICROS_A_SECOND;
    const int64_t day_micros = SECONDS_A_DAY * MICROS_A_SECOND;
    const int64_t days = micros / day_micros - (micros % day_micros < 0 ? 1 : 0);
    const int64_t rest = micros - days * day_micros;
    const int seconds = (int)(rest / MICROS_A_SECOND);
    int year;
    int month;
    int day;
    civil_of(days, &year, &month, &day);
    PyObject *class = shm_py_imported(state, SHM_PY_DATETIME);
    PyObject *zone = class == NULL              ? NULL
                     : datetime.zone_given != 0 ? zone_of(state, datetime.zone_minutes)
                                                : Py_NewRef(Py_None);
    if (zone == NULL)
        return NULL;
    return PyObject_CallFunction(class, "iiiiiiiN", year, month, day, seconds / 3600,
                                 seconds / 60 % 60, seconds % 60, (int)(rest % MICROS_A_SECOND),
                                 zone);
}

static PyObject *read_datetime(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    shm_datetime datetime;
    (void)type;
    memcpy(&datetime, at, sizeof datetime);
    return shm_py_datetime(handle->state, datetime);
}

/* ---- records and references ---- */

static PyObject *read_record(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const void *row = shm_record_cell_at(at);
    return row == NULL ? Py_NewRef(Py_None) : shm_py_record_new(handle, type->class, row);
}

static PyObject *read_struct(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    return shm_py_record_new(handle, type->class, at);
}

static PyObject *read_ref(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    uint64_t number;
    memcpy(&number, at, sizeof number);
    const shm_table table = shm_dataset_table(handle->dataset, type->ref_table);
    const void *row = shm_table_at(&table, number);
    return row == NULL ? Py_NewRef(Py_None) : shm_py_record_new(handle, type->element->class, row);
}

/* In lists and the like: the value, then a byte with its state. */
static PyObject *read_optional(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const unsigned char state = ((const unsigned char *)at)[type->element->type->size];
    if (state == SHM_PRESENT)
        return type->element->read(handle, type->element, at);
    Py_RETURN_NONE;
}

/* ---- which ---- */

shm_py_read *shm_py_reader(const shm_type *type)
{
    static shm_py_read *const readers[] = {
        [SHM_BOOL] = read_bool,
        [SHM_I8] = read_i8,
        [SHM_I16] = read_i16,
        [SHM_I32] = read_i32,
        [SHM_I64] = read_i64,
        [SHM_U8] = read_u8,
        [SHM_U16] = read_u16,
        [SHM_U32] = read_u32,
        [SHM_U64] = read_u64,
        [SHM_F32] = read_f32,
        [SHM_F64] = read_f64,
        [SHM_STRING] = read_string,
        [SHM_BYTES] = read_bytes,
        [SHM_DECIMAL] = read_decimal,
        [SHM_ANY] = shm_py_read_any,
        [SHM_DATE] = read_date,
        [SHM_DATETIME] = read_datetime,
        [SHM_UUID] = read_uuid,
        [SHM_ENUM] = read_enum,
        [SHM_STRUCT] = read_struct,
        [SHM_RECORD] = read_record,
        [SHM_REF] = read_ref,
        [SHM_OPTIONAL] = read_optional,
        [SHM_LIST] = shm_py_read_list,
        [SHM_SET] = shm_py_read_set,
        [SHM_DICT] = shm_py_read_dict,
        [SHM_ARRAY] = shm_py_read_array,
        [SHM_TUPLE] = shm_py_read_tuple,
        [SHM_TENSOR] = shm_py_read_tensor,
    };
    return readers[type->kind];
}

const char *shm_py_format(const shm_type *type)
{
    /* Fixed widths, native order: images are little-endian. */
    static const char *const formats[SHM_F64 + 1] = {
        [SHM_BOOL] = "?", [SHM_I8] = "b",  [SHM_I16] = "h", [SHM_I32] = "i",
        [SHM_I64] = "q",  [SHM_U8] = "B",  [SHM_U16] = "H", [SHM_U32] = "I",
        [SHM_U64] = "Q",  [SHM_F32] = "f", [SHM_F64] = "d",
    };
    if (type->kind == SHM_ENUM)
        return shm_py_format(type->element);
    return type->kind <= SHM_F64 ? formats[type->kind] : NULL;
}
