/* value_any.c — values typed at run time, as built-in objects. */
#include "value.h"

#include <shm/any.h>

static PyObject *node_object(shm_py_state *state, const shm_any *node);

static PyObject *list_object(shm_py_state *state, const shm_any *node)
{
    PyObject *list = PyList_New((Py_ssize_t)node->count);
    const uint8_t *at = node->inner;
    for (size_t i = 0; list != NULL && i < node->count; i++) {
        const shm_any inner = shm_any_next(at);
        PyObject *item = node_object(state, &inner);
        at = inner.end;
        if (item == NULL)
            Py_CLEAR(list);
        else
            PyList_SetItem(list, (Py_ssize_t)i, item);
    }
    return list;
}

/* Elements and keys must hash: a list reads as a tuple there, a dict as a tuple of pairs, and so
 * does what is in them. */
static PyObject *frozen(PyObject *object)
{
    if (object == NULL ||
        (!PyList_Check(object) && !PyDict_Check(object) && !PyTuple_Check(object)))
        return object;
    PyObject *items = PyDict_Check(object) ? PyDict_Items(object) : PySequence_List(object);
    Py_DECREF(object);
    const Py_ssize_t count = items == NULL ? 0 : PyList_Size(items);
    PyObject *tuple = items == NULL ? NULL : PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *item = frozen(Py_NewRef(PyList_GetItem(items, i)));
        if (item == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SetItem(tuple, i, item);
    }
    Py_XDECREF(items);
    return tuple;
}

static PyObject *set_object(shm_py_state *state, const shm_any *node)
{
    PyObject *items = PyList_New(0);
    const uint8_t *at = node->inner;
    for (size_t i = 0; items != NULL && i < node->count; i++) {
        const shm_any inner = shm_any_next(at);
        PyObject *item = frozen(node_object(state, &inner));
        at = inner.end;
        if (item == NULL || PyList_Append(items, item) != 0)
            Py_CLEAR(items);
        Py_XDECREF(item);
    }
    PyObject *set = items == NULL ? NULL : PyFrozenSet_New(items);
    Py_XDECREF(items);
    return set;
}

static PyObject *dict_object(shm_py_state *state, const shm_any *node)
{
    PyObject *dict = PyDict_New();
    const uint8_t *at = node->inner;
    for (size_t i = 0; dict != NULL && i < node->count; i++) {
        const shm_any key_node = shm_any_next(at);
        const shm_any value_node = shm_any_next(key_node.end);
        PyObject *key = frozen(node_object(state, &key_node));
        PyObject *value = key == NULL ? NULL : node_object(state, &value_node);
        at = value_node.end;
        if (value == NULL || PyDict_SetItem(dict, key, value) != 0)
            Py_CLEAR(dict);
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return dict;
}

static PyObject *tuple_object(shm_py_state *state, const shm_any *node)
{
    PyObject *list = list_object(state, node);
    PyObject *tuple = list == NULL ? NULL : PyList_AsTuple(list);
    Py_XDECREF(list);
    return tuple;
}

static PyObject *inner_object(shm_py_state *state, const shm_any *node)
{
    switch (node->kind) {
    case SHM_ANY_LIST:
        return list_object(state, node);
    case SHM_ANY_TUPLE:
        return tuple_object(state, node);
    case SHM_ANY_SET:
        return set_object(state, node);
    default:
        return dict_object(state, node);
    }
}

static PyObject *node_object(shm_py_state *state, const shm_any *node)
{
    switch (node->kind) {
    case SHM_ANY_NULL:
        return Py_NewRef(Py_None);
    case SHM_ANY_FALSE:
    case SHM_ANY_TRUE:
        return PyBool_FromLong(node->kind == SHM_ANY_TRUE);
    case SHM_ANY_INT:
        return PyLong_FromLongLong(node->u.integer);
    case SHM_ANY_UINT:
        return PyLong_FromUnsignedLongLong(node->u.uinteger);
    case SHM_ANY_FLOAT:
        return PyFloat_FromDouble(node->u.number);
    case SHM_ANY_STRING:
        return shm_py_text(node->u.text);
    case SHM_ANY_BYTES:
        return PyBytes_FromStringAndSize(node->u.text.data, (Py_ssize_t)node->u.text.length);
    case SHM_ANY_DECIMAL:
        return shm_py_decimal(state, node->u.text);
    case SHM_ANY_DATE:
        return shm_py_date(state, node->u.date);
    case SHM_ANY_DATETIME:
        return shm_py_datetime(state, node->u.datetime);
    case SHM_ANY_UUID:
        return shm_py_uuid(state, node->u.uuid.bytes);
    default:
        if (Py_EnterRecursiveCall(" while reading an any value"))
            return NULL;
        PyObject *object = inner_object(state, node);
        Py_LeaveRecursiveCall();
        return object;
    }
}

PyObject *shm_py_read_any(shm_py_handle *handle, const shm_py_type *type, const void *at)
{
    const shm_any node = shm_any_at(shm_text_cell_bytes(at));
    (void)type;
    shm_py_handle_pin(handle);
    PyObject *object = node_object(handle->state, &node);
    shm_py_handle_unpin(handle);
    return object;
}
