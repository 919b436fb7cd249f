/* time.c — dates and times of the standard library as those of images.  The stable ABI has no
 * access to their parts but by attributes. */
#include "key.h"

#include "value.h"

enum { ORDINAL_OF_EPOCH = 719163 };

static int is_instance(shm_py_state *state, PyObject *object, shm_py_import what)
{
    PyObject *class = shm_py_imported(state, what);
    return class == NULL ? -1 : PyObject_IsInstance(object, class);
}

/* A number that a method or attribute gives. */
static int number_of(PyObject *number, long long *value)
{
    if (number == NULL)
        return -1;
    *value = PyLong_AsLongLong(number);
    Py_DECREF(number);
    return *value == -1 && PyErr_Occurred() ? -1 : 0;
}

static int attribute(PyObject *object, const char *name, long long *value)
{
    return number_of(PyObject_GetAttrString(object, name), value);
}

static int days_of(PyObject *object, long long *days)
{
    if (number_of(PyObject_CallMethod(object, "toordinal", NULL), days) != 0)
        return -1;
    *days -= ORDINAL_OF_EPOCH;
    return 0;
}

int shm_py_to_date(shm_py_state *state, PyObject *object, shm_date *date)
{
    long long days;
    const int is_date = is_instance(state, object, SHM_PY_DATE);
    if (is_date <= 0)
        return is_date;
    /* A datetime is a date to Python's types, but not equal to one. */
    const int is_datetime = is_instance(state, object, SHM_PY_DATETIME);
    if (is_datetime != 0)
        return is_datetime < 0 ? -1 : 0;
    if (days_of(object, &days) != 0)
        return -1;
    date->days = (int32_t)days;
    return 1;
}

/* The offset from UTC in minutes; given is false for a naive datetime. */
static int offset_of(PyObject *object, long long *minutes, bool *given)
{
    long long days;
    long long seconds;
    long long micros;
    PyObject *offset = PyObject_CallMethod(object, "utcoffset", NULL);
    *minutes = 0;
    *given = offset != Py_None;
    if (offset == NULL || offset == Py_None) {
        Py_XDECREF(offset);
        return offset == NULL ? -1 : 0;
    }
    int result = attribute(offset, "days", &days) != 0 || attribute(offset, "seconds", &seconds) ||
                         attribute(offset, "microseconds", &micros)
                     ? -1
                     : 0;
    Py_DECREF(offset);
    if (result == 0 && (seconds % 60 != 0 || micros != 0)) {
        PyErr_Format(PyExc_ValueError, "%R: its offset from UTC is not whole minutes", object);
        result = -1;
    }
    if (result == 0)
        *minutes = days * 1440 + seconds / 60;
    return result;
}

int shm_py_to_datetime(shm_py_state *state, PyObject *object, shm_datetime *datetime)
{
    long long days;
    long long hour;
    long long minute;
    long long second;
    long long micro;
    long long offset;
    bool given;
    const int is_datetime = is_instance(state, object, SHM_PY_DATETIME);
    if (is_datetime <= 0)
        return is_datetime;
    if (days_of(object, &days) != 0 || attribute(object, "hour", &hour) != 0 ||
        attribute(object, "minute", &minute) != 0 || attribute(object, "second", &second) != 0 ||
        attribute(object, "microsecond", &micro) != 0 || offset_of(object, &offset, &given) != 0)
        return -1;
    const long long seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second;
    datetime->micros = seconds * 1000000 + micro;
    datetime->zone_minutes = (int16_t)offset;
    datetime->zone_given = given ? 1 : 0;
    datetime->zero = 0;
    return 1;
}
