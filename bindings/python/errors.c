#include "errors.h"

#include <errno.h>
#include <string.h>

/* The exception class of each status, by its name in libshm.errors. */
static const char *const status_classes[SHM_PY_STATUS_COUNT] = {
    [SHM_OK] = "Error",
    [SHM_INVALID] = "InvalidError",
    [SHM_BAD_SCHEMA] = "SchemaError",
    [SHM_DUPLICATE_KEY] = "DuplicateKeyError",
    [SHM_LIMIT] = "LimitError",
    [SHM_NO_MEMORY] = "OutOfMemoryError",
    [SHM_IO] = "ImageIOError",
    [SHM_NO_SPACE] = "NoSpaceError",
    [SHM_NOT_IMAGE] = "NotImageError",
    [SHM_TRUNCATED] = "TruncatedError",
    [SHM_CORRUPT] = "CorruptError",
    [SHM_WRONG_VERSION] = "VersionError",
    [SHM_WRONG_BYTE_ORDER] = "VersionError",
    [SHM_SCHEMA_MISMATCH] = "SchemaMismatchError",
    [SHM_NOT_FOUND] = "NotFoundError",
    [SHM_ABORTED] = "AbortedError",
    [SHM_LOCKED] = "LockedError",
};

static const char *const own_classes[SHM_PY_EXCEPTION_COUNT] = {
    [SHM_PY_CLOSED_ERROR] = "ClosedError",
    [SHM_PY_VALUE_TYPE_ERROR] = "ValueTypeError",
};

int shm_py_errors_open(shm_py_state *state)
{
    PyObject *errors = PyImport_ImportModule("libshm.errors");
    if (errors == NULL)
        return -1;
    int result = 0;
    for (size_t i = 0; i < SHM_PY_STATUS_COUNT && result == 0; i++) {
        state->errors[i] = PyObject_GetAttrString(errors, status_classes[i]);
        result = state->errors[i] == NULL ? -1 : 0;
    }
    for (size_t i = 0; i < SHM_PY_EXCEPTION_COUNT && result == 0; i++) {
        state->exceptions[i] = PyObject_GetAttrString(errors, own_classes[i]);
        result = state->exceptions[i] == NULL ? -1 : 0;
    }
    Py_DECREF(errors);
    return result;
}

/* errors.py chooses the subclass (FileNotFoundError, ...) by errno. */
static PyObject *os_exception(PyObject *class, const shm_error *error, PyObject *text,
                              PyObject *path)
{
    return PyObject_CallMethod(class, "of_errno", "iOO", error->os_errno, text,
                               path == NULL ? Py_None : path);
}

PyObject *shm_py_raise(shm_py_state *state, const shm_error *error, PyObject *path)
{
    const size_t status = (size_t)error->status < SHM_PY_STATUS_COUNT ? (size_t)error->status : 0;
    PyObject *class = state->errors[status];
    const char *words = error->text[0] != 0 ? error->text : shm_status_text(error->status);
    PyObject *text = PyUnicode_DecodeUTF8(words, (Py_ssize_t)strlen(words), "replace");
    if (text == NULL)
        return NULL;
    PyObject *exception = error->status == SHM_IO || error->status == SHM_NO_SPACE
                              ? os_exception(class, error, text, path)
                              : PyObject_CallFunctionObjArgs(class, text, NULL);
    Py_DECREF(text);
    if (exception != NULL) {
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
        Py_DECREF(exception);
    }
    return NULL;
}

PyObject *shm_py_raise_own(shm_py_state *state, shm_py_exception exception, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    PyErr_FormatV(state->exceptions[exception], format, arguments);
    va_end(arguments);
    return NULL;
}
