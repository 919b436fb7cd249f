/* module.c — the module object: its functions, and its state. */
#include "module.h"

#include "build.h"
#include "collection.h"
#include "errors.h"
#include "image.h"
#include "mapped/module.h"

/* ---- what is imported when first needed ---- */

typedef struct import_name {
    const char *module;
    const char *name;
    const char *attribute; /* of the thing, or NULL */
} import_name;

static const import_name import_names[SHM_PY_IMPORT_COUNT] = {
    [SHM_PY_DATE] = {"datetime", "date", NULL},
    [SHM_PY_DATE_FROM_ORDINAL] = {"datetime", "date", "fromordinal"},
    [SHM_PY_DATETIME] = {"datetime", "datetime", NULL},
    [SHM_PY_TIMEDELTA] = {"datetime", "timedelta", NULL},
    [SHM_PY_TIMEZONE] = {"datetime", "timezone", NULL},
    [SHM_PY_DECIMAL] = {"decimal", "Decimal", NULL},
    [SHM_PY_UUID] = {"libshm._views", "uuid_of_bytes", NULL},
    [SHM_PY_UUID_CLASS] = {"uuid", "UUID", NULL},
    [SHM_PY_INT_ENUM] = {"libshm._views", "make_enum", NULL},
    [SHM_PY_KEYS_VIEW] = {"libshm._views", "KeysView", NULL},
    [SHM_PY_ITEMS_VIEW] = {"libshm._views", "ItemsView", NULL},
    [SHM_PY_VALUES_VIEW] = {"libshm._views", "ValuesView", NULL},
    [SHM_PY_MAPPINGS_EQUAL] = {"libshm._views", "mappings_equal", NULL},
    [SHM_PY_MAPPING] = {"collections.abc", "Mapping", NULL},
    [SHM_PY_SET_ABC] = {"collections.abc", "Set", NULL},
    [SHM_PY_ROWS_ARRAY] = {"libshm._arrays", "rows_array", NULL},
    [SHM_PY_TENSOR_ARRAY] = {"libshm._arrays", "tensor_array", NULL},
    [SHM_PY_COLUMN] = {"libshm._views", "Column", NULL},
    [SHM_PY_ARRAY_ROWS] = {"libshm._arrays", "array_rows", NULL},
    [SHM_PY_PACKED_ROWS] = {"libshm._arrays", "packed_rows", NULL},
    [SHM_PY_TENSOR_BYTES] = {"libshm._arrays", "tensor_bytes", NULL},
    [SHM_PY_REOPEN_AT] = {"libshm._handles", "reopen_at", NULL},
    [SHM_PY_IS_KEYWORD] = {"keyword", "iskeyword", NULL},
    [SHM_PY_NAMESPACE] = {"libshm._handles", "namespace", NULL},
};

static PyObject *import_one(const import_name *what)
{
    PyObject *module = PyImport_ImportModule(what->module);
    PyObject *thing = module == NULL ? NULL : PyObject_GetAttrString(module, what->name);
    Py_XDECREF(module);
    if (thing == NULL || what->attribute == NULL)
        return thing;
    PyObject *attribute = PyObject_GetAttrString(thing, what->attribute);
    Py_DECREF(thing);
    return attribute;
}

PyObject *shm_py_imported(shm_py_state *state, shm_py_import what)
{
    if (state->imports[what] == NULL)
        state->imports[what] = import_one(&import_names[what]);
    return state->imports[what];
}

PyObject *shm_py_call(shm_py_state *state, shm_py_import what, PyObject *a, PyObject *b,
                      PyObject *c)
{
    PyObject *callable = shm_py_imported(state, what);
    return callable == NULL ? NULL : PyObject_CallFunctionObjArgs(callable, a, b, c, NULL);
}

shm_py_state *shm_py_state_of(PyTypeObject *type)
{
    return PyType_GetModuleState(type);
}

/* ---- functions ---- */

static PyObject *open_handle(PyObject *module, PyObject *arguments)
{
    PyObject *path;
    int verify;
    int huge_pages = 0;
    int private_copy = 0;
    if (!PyArg_ParseTuple(arguments, "Ui|pp", &path, &verify, &huge_pages, &private_copy))
        return NULL;
    const shm_open_options options = {
        .verify = (shm_verify)verify,
        .private_copy = private_copy != 0,
        .pages = huge_pages != 0 ? SHM_PAGES_HUGE : SHM_PAGES_DEFAULT,
    };
    return (PyObject *)shm_py_handle_open(PyModule_GetState(module), path, &options);
}

static bool is_handle(PyObject *module, PyObject *object)
{
    const shm_py_state *state = PyModule_GetState(module);
    if (Py_TYPE(object) == state->classes[SHM_PY_HANDLE])
        return true;
    PyErr_SetString(PyExc_TypeError, "not a handle");
    return false;
}

static PyObject *image_of(PyObject *module, PyObject *handle)
{
    if (!is_handle(module, handle))
        return NULL;
    if (!shm_py_handle_is_open((shm_py_handle *)handle))
        return shm_py_handle_closed((shm_py_handle *)handle);
    return shm_py_image_new((shm_py_handle *)Py_NewRef(handle));
}

/* Path, content, and whether it is open. */
static PyObject *describe_handle(PyObject *module, PyObject *object)
{
    if (!is_handle(module, object))
        return NULL;
    const shm_py_handle *handle = (shm_py_handle *)object;
    return Py_BuildValue("(O(KK)O)", handle->path, (unsigned long long)handle->content[0],
                         (unsigned long long)handle->content[1],
                         shm_py_handle_is_open(handle) ? Py_True : Py_False);
}

static PyObject *materialize(PyObject *module, PyObject *object)
{
    return shm_py_materialize(PyModule_GetState(module), object);
}

/* The row number of a record; None for one that is part of another. */
static PyObject *row_number(PyObject *module, PyObject *object)
{
    const shm_py_state *state = PyModule_GetState(module);
    uint32_t table;
    uint64_t row;
    if (!PyType_IsSubtype(Py_TYPE(object), state->classes[SHM_PY_RECORD]))
        return PyErr_Format(PyExc_TypeError, "row_number takes a record, not %R", object);
    const shm_py_record *record = (shm_py_record *)object;
    if (!shm_py_handle_is_open(record->handle))
        return shm_py_handle_closed(record->handle);
    if (!shm_py_record_place(record, &table, &row))
        Py_RETURN_NONE;
    return PyLong_FromUnsignedLongLong(row);
}

static PyMethodDef module_methods[] = {
    {"open_handle", open_handle, METH_VARARGS, NULL},
    {"image_of", image_of, METH_O, NULL},
    {"describe_handle", describe_handle, METH_O, NULL},
    {"materialize", materialize, METH_O, NULL},
    {"row_number", row_number, METH_O, NULL},
    {"build", SHM_PY_METHOD(shm_py_build), METH_VARARGS | METH_KEYWORDS, NULL},
    {NULL, NULL, 0, NULL},
};

/* ---- the module ---- */

static PyType_Spec *const class_specs[SHM_PY_CLASS_COUNT] = {
    [SHM_PY_PLAN] = &shm_py_plan_spec,
    [SHM_PY_HANDLE] = &shm_py_handle_spec,
    [SHM_PY_BUFFER] = &shm_py_buffer_spec,
    [SHM_PY_ITERATOR] = &shm_py_iterator_spec,
    [SHM_PY_IMAGE] = &shm_py_image_spec,
    [SHM_PY_RECORD] = &shm_py_record_spec,
    [SHM_PY_LIST] = &shm_py_list_spec,
    [SHM_PY_SET] = &shm_py_set_spec,
    [SHM_PY_DICT] = &shm_py_dict_spec,
    [SHM_PY_TUPLE] = &shm_py_tuple_spec,
    [SHM_PY_TABLE] = &shm_py_table_spec,
    [SHM_PY_ROWS] = &shm_py_rows_spec,
    [SHM_PY_INDEX] = &shm_py_index_spec,
    [SHM_PY_MULTI_INDEX] = &shm_py_multi_index_spec,
    [SHM_PY_APPROXIMATE_INDEX] = &shm_py_approximate_index_spec,
    [SHM_PY_SORTED_INDEX] = &shm_py_sorted_index_spec,
    [SHM_PY_MAP] = &shm_py_map_spec,
    [SHM_PY_MULTI_MAP] = &shm_py_multi_map_spec,
    [SHM_PY_KEY_SET] = &shm_py_key_set_spec,
    [SHM_PY_WALK] = &shm_py_walk_spec,
};

static int add_classes(shm_py_state *state)
{
    for (size_t i = 0; i < SHM_PY_CLASS_COUNT; i++) {
        PyObject *class = PyType_FromModuleAndSpec(state->module, class_specs[i], NULL);
        if (class == NULL)
            return -1;
        state->classes[i] = (PyTypeObject *)class;
        if (PyModule_AddType(state->module, (PyTypeObject *)class) != 0)
            return -1;
    }
    return 0;
}

/* libshm.ABSENT and the exceptions are Python's. */
static int add_constants(shm_py_state *state)
{
    PyObject *errors = PyImport_ImportModule("libshm.errors");
    state->absent = errors == NULL ? NULL : PyObject_GetAttrString(errors, "ABSENT");
    Py_XDECREF(errors);
    if (state->absent == NULL || shm_py_errors_open(state) != 0)
        return -1;
    state->plans = PyDict_New();
    if (state->plans == NULL ||
        PyModule_AddStringConstant(state->module, "version", shm_version()) != 0)
        return -1;
    return PyModule_AddStringConstant(state->module, "format_version", shm_format_version());
}

static int module_exec(PyObject *module)
{
    shm_py_state *state = PyModule_GetState(module);
    state->module = module;
    return add_constants(state) != 0 ? -1 : add_classes(state);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    shm_py_state *state = PyModule_GetState(module);
    for (size_t i = 0; i < SHM_PY_CLASS_COUNT; i++)
        Py_VISIT(state->classes[i]);
    for (size_t i = 0; i < SHM_PY_IMPORT_COUNT; i++)
        Py_VISIT(state->imports[i]);
    for (size_t i = 0; i < SHM_PY_STATUS_COUNT; i++)
        Py_VISIT(state->errors[i]);
    for (size_t i = 0; i < SHM_PY_EXCEPTION_COUNT; i++)
        Py_VISIT(state->exceptions[i]);
    Py_VISIT(state->absent);
    Py_VISIT(state->plans);
    return 0;
}

static int module_clear(PyObject *module)
{
    shm_py_state *state = PyModule_GetState(module);
    for (size_t i = 0; i < SHM_PY_CLASS_COUNT; i++)
        Py_CLEAR(state->classes[i]);
    for (size_t i = 0; i < SHM_PY_IMPORT_COUNT; i++)
        Py_CLEAR(state->imports[i]);
    for (size_t i = 0; i < SHM_PY_STATUS_COUNT; i++)
        Py_CLEAR(state->errors[i]);
    for (size_t i = 0; i < SHM_PY_EXCEPTION_COUNT; i++)
        Py_CLEAR(state->exceptions[i]);
    Py_CLEAR(state->absent);
    Py_CLEAR(state->plans);
    return 0;
}

static void module_free(void *module)
{
    module_clear(module);
}

static PyModuleDef_Slot module_slots[] = {
    {Py_mod_exec, SHM_PY_SLOT(module_exec)},
    {Py_mod_exec, SHM_PY_SLOT(shm_mapped_add)},
    {0, NULL},
};

static struct PyModuleDef module_definition = {
    PyModuleDef_HEAD_INIT,       .m_name = "libshm._libshm", .m_size = sizeof(shm_py_state),
    .m_methods = module_methods, .m_slots = module_slots,    .m_traverse = module_traverse,
    .m_clear = module_clear,     .m_free = module_free,
};

PyMODINIT_FUNC PyInit__libshm(void);

PyMODINIT_FUNC PyInit__libshm(void)
{
    return PyModuleDef_Init(&module_definition);
}
