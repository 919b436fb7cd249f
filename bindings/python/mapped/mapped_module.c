/* mapped_module.c — the module of libshm.mapped_struct's C half: its state, its types, and what
 * Python hands it: classes of views, encoders and decoders, registered classes. */
#include "mapped/mapped.h"

static struct PyModuleDef definition;

shm_mapped_state *shm_mapped_state_of(PyTypeObject *type)
{
    for (; type != NULL; type = PyType_GetSlot(type, Py_tp_base)) {
        PyObject *module = PyType_GetModule(type);
        if (module != NULL && PyModule_GetDef(module) == &definition) {
            return PyModule_GetState(module);
        }
        PyErr_Clear();
        if ((PyType_GetFlags(type) & Py_TPFLAGS_HEAPTYPE) == 0) {
            break;
        }
    }
    PyErr_SetString(PyExc_TypeError, "no type of libshm.mapped_struct");
    return NULL;
}

static PyObject *set_class_of_code(PyObject *table[], PyObject *args, const char *format)
{
    unsigned code;
    PyObject *object;
    if (!PyArg_ParseTuple(args, format, &code, &object)) {
        return NULL;
    }
    if (code >= SHM_MAPPED_CODE_USER_MIN) {
        PyErr_SetString(PyExc_ValueError, "no code of the library");
        return NULL;
    }
    shm_mapped_replace(&table[code], Py_NewRef(object));
    Py_RETURN_NONE;
}

/* set_decoder(code, function): what becomes of the payload of such items. */
static PyObject *set_decoder(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    return set_class_of_code(state->decoders, args, "IO:set_decoder");
}

/* set_view(code, cls): the class of views of such items, derived from the one in C. */
static PyObject *set_view(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    unsigned code;
    PyObject *made;
    if (!PyArg_ParseTuple(args, "IO!:set_view", &code, &PyType_Type, &made)) {
        return NULL;
    }
    PyTypeObject *type = (PyTypeObject *)made;
    if (!PyType_IsSubtype(type, state->list_type) && !PyType_IsSubtype(type, state->set_type) &&
        !PyType_IsSubtype(type, state->dict_type)) {
        PyErr_SetString(PyExc_TypeError, "no class of views");
        return NULL;
    }
    return set_class_of_code(state->proxied, args, "IO:set_view");
}

/* set_encoders(encode, key_encode, key_decode) */
static PyObject *set_encoders(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *encode;
    PyObject *key_encode;
    PyObject *key_decode;
    if (!PyArg_ParseTuple(args, "OOO:set_encoders", &encode, &key_encode, &key_decode)) {
        return NULL;
    }
    shm_mapped_replace(&state->encode, Py_NewRef(encode));
    shm_mapped_replace(&state->key_encode, Py_NewRef(key_encode));
    shm_mapped_replace(&state->key_decode, Py_NewRef(key_decode));
    Py_RETURN_NONE;
}

static int register_code(shm_mapped_state *state, shm_mapped_layout *layout, unsigned code)
{
    if (code < SHM_MAPPED_CODE_USER_MIN || code >= SHM_MAPPED_CODE_COUNT) {
        PyErr_Format(PyExc_ValueError, "a code is a number from %d to %d, or one such character",
                     SHM_MAPPED_CODE_USER_MIN, SHM_MAPPED_CODE_COUNT - 1);
        return -1;
    }
    if (layout->code >= SHM_MAPPED_CODE_USER_MIN && layout->code != code) {
        PyErr_Format(PyExc_ValueError, "the Schema is registered already, with code 0x%x",
                     layout->code);
        return -1;
    }
    PyObject *taken = state->coded[code];
    if (taken != NULL && taken != (PyObject *)layout) {
        PyErr_Format(PyExc_ValueError, "code 0x%x stands for %R already", code,
                     ((shm_mapped_layout *)taken)->object_class);
        return -1;
    }
    return 0;
}

/* register_schema(cls, schema, code) */
static PyObject *register_schema(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *of;
    PyObject *schema;
    unsigned code;
    if (!PyArg_ParseTuple(args, "O!OI:register_schema", &PyType_Type, &of, &schema, &code)) {
        return NULL;
    }
    shm_mapped_layout *layout = shm_mapped_layout_of(state, schema);
    if (layout == NULL || register_code(state, layout, code) != 0) {
        return NULL;
    }
    if (layout->object_class != NULL && layout->object_class != of) {
        return PyErr_Format(PyExc_ValueError, "the Schema is registered already, for %R",
                            layout->object_class);
    }
    if (PyDict_SetItem(state->registered, of, schema) != 0) {
        return NULL;
    }
    shm_mapped_replace(&layout->object_class, Py_NewRef(of));
    layout->code = code;
    shm_mapped_replace(&state->coded[code], Py_NewRef(schema));
    Py_RETURN_NONE;
}

/* register_subclass(cls, of): objects of cls are packed as those of the registered class are. */
static PyObject *register_subclass(PyObject *module, PyObject *args)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *more;
    PyObject *of;
    if (!PyArg_ParseTuple(args, "O!O!:register_subclass", &PyType_Type, &more, &PyType_Type, &of)) {
        return NULL;
    }
    PyObject *layout = PyDict_GetItemWithError(state->registered, of);
    if (layout == NULL) {
        return PyErr_Occurred() ? NULL : PyErr_Format(PyExc_ValueError, "%R is not registered", of);
    }
    if (PyDict_SetItem(state->registered, more, layout) != 0) {
        return NULL;
    }
    Py_RETURN_NONE;
}

/* registered(cls or code): the Schema, or None. */
static PyObject *registered(PyObject *module, PyObject *key)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject *found = NULL;
    if (PyLong_Check(key)) {
        const unsigned long code = PyLong_AsUnsignedLong(key);
        found = code < SHM_MAPPED_CODE_COUNT ? state->coded[code] : NULL;
    } else {
        found = PyDict_GetItemWithError(state->registered, key);
    }
    return PyErr_Occurred() ? NULL : Py_NewRef(found == NULL ? Py_None : found);
}

static PyMethodDef methods[] = {
    {"set_decoder", set_decoder, METH_VARARGS, NULL},
    {"set_view", set_view, METH_VARARGS, NULL},
    {"set_encoders", set_encoders, METH_VARARGS, NULL},
    {"register_schema", register_schema, METH_VARARGS, NULL},
    {"register_subclass", register_subclass, METH_VARARGS, NULL},
    {"registered", registered, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};

/* ---- the module object ---- */

static int add_type(PyObject *module, PyType_Spec *spec, PyTypeObject **type)
{
    *type = (PyTypeObject *)PyType_FromModuleAndSpec(module, spec, NULL);
    return *type == NULL ? -1 : PyModule_AddType(module, *type);
}

static int add_types(PyObject *module, shm_mapped_state *state)
{
    const struct {
        PyType_Spec *spec;
        PyTypeObject **type;
    } types[] = {
        {&shm_mapped_space_spec, &state->space_type},
        {&shm_mapped_window_spec, &state->window_type},
        {&shm_mapped_layout_spec, &state->layout_type},
        {&shm_mapped_field_spec, &state->field_type},
        {&shm_mapped_record_spec, &state->record_type},
        {&shm_mapped_list_spec, &state->list_type},
        {&shm_mapped_set_spec, &state->set_type},
        {&shm_mapped_dict_spec, &state->dict_type},
        {&shm_mapped_iterator_spec, &state->iterator_type},
        {&shm_mapped_getter_spec, &state->getter_type},
        {&shm_mapped_array_spec, &state->array_type},
        {&shm_mapped_mapper_spec, &state->mapper_type},
        {&shm_mapped_table_spec, &state->table_type},
        {&shm_mapped_entries_spec, &state->entries_type},
        {&shm_mapped_mapping_spec, &state->mapping_type},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (add_type(module, types[i].spec, types[i].type) != 0) {
            return -1;
        }
    }
    return 0;
}

static int add_names(shm_mapped_state *state)
{
    PyObject *datetime = PyImport_ImportModule("datetime");
    PyObject *date = datetime == NULL ? NULL : PyObject_GetAttrString(datetime, "date");
    Py_XDECREF(datetime);
    state->date_from_ordinal = date == NULL ? NULL : PyObject_GetAttrString(date, "fromordinal");
    Py_XDECREF(date);
    state->registered = PyDict_New();
    state->layout_name = PyUnicode_InternFromString("__layout__");
    state->to_ordinal_name = PyUnicode_InternFromString("toordinal");
    PyObject *errors = PyImport_ImportModule("libshm.errors");
    state->corrupt_error = errors == NULL ? NULL : PyObject_GetAttrString(errors, "CorruptError");
    state->closed_error = errors == NULL ? NULL : PyObject_GetAttrString(errors, "ClosedError");
    Py_XDECREF(errors);
    if (state->date_from_ordinal == NULL || state->registered == NULL ||
        state->layout_name == NULL || state->to_ordinal_name == NULL ||
        state->corrupt_error == NULL || state->closed_error == NULL) {
        return -1;
    }
    return 0;
}

static int module_exec(PyObject *module)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyMethodDef *all[] = {methods, shm_mapped_part_methods, shm_mapped_value_methods,
                          shm_mapped_search_methods};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (PyModule_AddFunctions(module, all[i]) != 0) {
            return -1;
        }
    }
    return add_types(module, state) != 0 ? -1 : add_names(state);
}

/* All strong references of the state. */
static PyObject **references(shm_mapped_state *state, size_t index)
{
    PyObject **const all[] = {
        (PyObject **)&state->space_type,
        (PyObject **)&state->window_type,
        (PyObject **)&state->layout_type,
        (PyObject **)&state->field_type,
        (PyObject **)&state->record_type,
        (PyObject **)&state->list_type,
        (PyObject **)&state->set_type,
        (PyObject **)&state->dict_type,
        (PyObject **)&state->iterator_type,
        (PyObject **)&state->getter_type,
        (PyObject **)&state->array_type,
        (PyObject **)&state->mapper_type,
        (PyObject **)&state->table_type,
        (PyObject **)&state->entries_type,
        (PyObject **)&state->mapping_type,
        &state->corrupt_error,
        &state->closed_error,
        &state->registered,
        &state->encode,
        &state->date_from_ordinal,
        &state->key_encode,
        &state->key_decode,
        &state->layout_name,
        &state->to_ordinal_name,
    };
    const size_t count = sizeof all / sizeof *all;
    if (index < count) {
        return all[index];
    }
    index -= count;
    if (index < SHM_MAPPED_CODE_USER_MIN) {
        return &state->decoders[index];
    }
    index -= SHM_MAPPED_CODE_USER_MIN;
    if (index < SHM_MAPPED_CODE_USER_MIN) {
        return &state->proxied[index];
    }
    index -= SHM_MAPPED_CODE_USER_MIN;
    return index < SHM_MAPPED_CODE_COUNT ? &state->coded[index] : NULL;
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject **reference;
    for (size_t i = 0; (reference = references(state, i)) != NULL; i++) {
        Py_VISIT(*reference);
    }
    return 0;
}

/* Types and what is read by objects that outlive the module stays: only the cycles through Python
 * are cut. */
static int module_clear(PyObject *module)
{
    shm_mapped_state *state = PyModule_GetState(module);
    for (size_t i = 0; i < SHM_MAPPED_CODE_COUNT; i++) {
        Py_CLEAR(state->coded[i]);
    }
    if (state->registered != NULL) {
        PyDict_Clear(state->registered);
    }
    return 0;
}

static void module_free(void *module)
{
    shm_mapped_state *state = PyModule_GetState(module);
    PyObject **reference;
    for (size_t i = 0; state != NULL && (reference = references(state, i)) != NULL; i++) {
        Py_CLEAR(*reference);
    }
}

static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, (void *)module_exec},
    {0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, .m_name = "libshm._libshm.mapped", .m_size = sizeof(shm_mapped_state),
    .m_slots = slots,      .m_traverse = module_traverse,     .m_clear = module_clear,
    .m_free = module_free,
};

int shm_mapped_add(PyObject *parent)
{
    PyObject *types = PyImport_ImportModule("types");
    PyObject *make = types == NULL ? NULL : PyObject_GetAttrString(types, "SimpleNamespace");
    PyObject *none = make == NULL ? NULL : PyTuple_New(0);
    PyObject *names = none == NULL ? NULL : Py_BuildValue("{ss}", "name", definition.m_name);
    PyObject *spec = names == NULL ? NULL : PyObject_Call(make, none, names);
    PyObject *module = spec == NULL ? NULL : PyModule_FromDefAndSpec(&definition, spec);
    Py_XDECREF(types);
    Py_XDECREF(make);
    Py_XDECREF(none);
    Py_XDECREF(names);
    Py_XDECREF(spec);
    if (module != NULL && PyModule_ExecDef(module, &definition) != 0) {
        Py_CLEAR(module);
    }
    const int status = module == NULL ? -1 : PyModule_AddObjectRef(parent, "mapped", module);
    Py_XDECREF(module);
    return status;
}
