#include "plan.h"

#include "errors.h"
#include "key.h"

#include <stdio.h>
#include <string.h>

/* ---- memory ---- */

void *shm_py_plan_memory(shm_py_plan *plan, size_t size)
{
    void **blocks = PyMem_Realloc(plan->blocks, (plan->block_count + 1) * sizeof *blocks);
    if (blocks == NULL)
        return PyErr_NoMemory();
    plan->blocks = blocks;
    void *block = PyMem_Calloc(1, size == 0 ? 1 : size);
    if (block == NULL)
        return PyErr_NoMemory();
    blocks[plan->block_count++] = block;
    return block;
}

/* ---- types ---- */

static void set_field(const shm_py_plan *plan, const shm_field *model, shm_py_field *field)
{
    field->type = shm_py_bare(&plan->types[model->type->id]);
    field->offset = model->offset;
    field->presence_offset = model->presence_offset;
    field->presence_bit = model->presence_bit;
    field->optional = model->type->kind == SHM_OPTIONAL;
    field->nullable = model->type->nullable;
}

static int add_fields(shm_py_plan *plan, shm_py_type *type)
{
    const shm_type *model = type->type;
    shm_py_field *fields = shm_py_plan_memory(plan, model->field_count * sizeof *fields);
    if (fields == NULL)
        return -1;
    type->fields = fields;
    for (size_t i = 0; i < model->field_count; i++) {
        const shm_field *field = &model->fields[i];
        set_field(plan, field, &fields[i]);
        if (field->name != NULL) {
            fields[i].name = PyUnicode_InternFromString(field->name);
            if (fields[i].name == NULL)
                return -1;
        }
        type->field_count = i + 1;
    }
    return 0;
}

static PyObject *enum_number(const shm_type *type, size_t i)
{
    const int64_t value = type->values[i].value;
    const bool is_unsigned = type->element != NULL && type->element->kind == SHM_U64;
    return is_unsigned ? PyLong_FromUnsignedLongLong((uint64_t)value) : PyLong_FromLongLong(value);
}

/* Python refuses a few names in enums (mro, _x_): these get an underscore, as keywords do. */
static PyObject *make_enum(shm_py_plan *plan, const shm_type *type, bool careful)
{
    PyObject *values = PyList_New(0);
    for (size_t i = 0; values != NULL && i < type->value_count; i++) {
        PyObject *number = enum_number(type, i);
        const char *format = careful ? "(s#O)" : "(sO)";
        char name[SHM_NAME_LENGTH_MAX + 8];
        const int length = snprintf(name, sizeof name, "%s_", type->values[i].name);
        PyObject *pair = number == NULL ? NULL
                         : careful      ? Py_BuildValue(format, name, (Py_ssize_t)length, number)
                                        : Py_BuildValue(format, type->values[i].name, number);
        Py_XDECREF(number);
        if (pair == NULL || PyList_Append(values, pair) != 0)
            Py_CLEAR(values);
        Py_XDECREF(pair);
    }
    PyObject *name = values == NULL ? NULL : PyUnicode_FromString(type->name);
    PyObject *class =
        name == NULL ? NULL : shm_py_call(plan->state, SHM_PY_INT_ENUM, name, values, NULL);
    Py_XDECREF(name);
    Py_XDECREF(values);
    return class;
}

static int add_enum(shm_py_plan *plan, shm_py_type *type)
{
    type->enum_class = make_enum(plan, type->type, false);
    if (type->enum_class == NULL) {
        PyErr_Clear();
        type->enum_class = make_enum(plan, type->type, true);
    }
    if (type->enum_class == NULL)
        return -1;
    type->members = PyDict_New();
    for (size_t i = 0; type->members != NULL && i < type->type->value_count; i++) {
        PyObject *number = enum_number(type->type, i);
        PyObject *member =
            number == NULL ? NULL : PyObject_CallFunctionObjArgs(type->enum_class, number, NULL);
        const int result = member == NULL ? -1 : PyDict_SetItem(type->members, number, member);
        Py_XDECREF(number);
        Py_XDECREF(member);
        if (result != 0)
            return -1;
    }
    return type->members == NULL ? -1 : 0;
}

static uint32_t table_of(const shm_schema *schema, const shm_type *record)
{
    for (size_t i = 0; i < schema->dataset->collection_count; i++) {
        const shm_collection *collection = &schema->dataset->collections[i];
        if (collection->kind == SHM_TABLE && collection->record == record)
            return collection->number;
    }
    return UINT32_MAX;
}

static int add_type(shm_py_plan *plan, shm_py_type *type)
{
    const shm_type *model = type->type;
    type->read = shm_py_reader(model);
    type->format = shm_py_format(model);
    if (model->element != NULL)
        type->element = &plan->types[model->element->id];
    if (model->key != NULL)
        type->key = &plan->types[model->key->id];
    if (model->kind == SHM_REF)
        type->ref_table = table_of(plan->schema, model->element);
    if (model->kind == SHM_ENUM)
        return add_enum(plan, type);
    return model->field_count > 0 ? add_fields(plan, type) : 0;
}

static int add_types(shm_py_plan *plan)
{
    const shm_schema *schema = plan->schema;
    plan->types = shm_py_plan_memory(plan, schema->type_count * sizeof *plan->types);
    if (plan->types == NULL)
        return -1;
    for (size_t i = 0; i < schema->type_count; i++)
        plan->types[i].type = schema->types[i];
    for (size_t i = 0; i < schema->type_count; i++) {
        if (add_type(plan, &plan->types[i]) != 0)
            return -1;
    }
    for (size_t i = 0; i < schema->type_count; i++) {
        const shm_kind kind = schema->types[i]->kind;
        if (kind != SHM_RECORD && kind != SHM_STRUCT)
            continue;
        plan->types[i].class = shm_py_record_class(plan, &plan->types[i]);
        if (plan->types[i].class == NULL)
            return -1;
    }
    return 0;
}

/* ---- collections ---- */

static int add_source(shm_py_plan *plan, shm_py_source *source)
{
    const shm_collection *collection = source->collection;
    source->types = plan->types;
    source->name = PyUnicode_InternFromString(collection->name);
    if (source->name == NULL)
        return -1;
    const shm_collection *table = collection->table == NULL ? collection : collection->table;
    if (table->kind == SHM_TABLE)
        source->row = &plan->types[table->record->id];
    if (collection->element != NULL)
        source->value = &plan->types[collection->element->id];
    if (collection->kind == SHM_MAP || collection->kind == SHM_MULTIMAP)
        set_field(plan, &collection->record->fields[1], &source->value_field);
    return shm_py_key_leaves(plan, source);
}

static int add_sources(shm_py_plan *plan)
{
    const shm_dataset_type *dataset = plan->schema->dataset;
    const size_t count = dataset->collection_count;
    plan->sources = shm_py_plan_memory(plan, count * sizeof *plan->sources);
    if (plan->sources == NULL)
        return -1;
    plan->source_count = count;
    for (size_t i = 0; i < count; i++)
        plan->sources[i].collection = &dataset->collections[i];
    for (size_t i = 0; i < count; i++) {
        if (add_source(plan, &plan->sources[i]) != 0)
            return -1;
    }
    plan->image_class = shm_py_image_class(plan);
    return plan->image_class == NULL ? -1 : 0;
}

/* ---- the object ---- */

static int plan_traverse(PyObject *self, visitproc visit, void *arg)
{
    shm_py_plan *plan = (shm_py_plan *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(plan->image_class);
    for (size_t i = 0; plan->types != NULL && i < plan->schema->type_count; i++) {
        Py_VISIT(plan->types[i].class);
        Py_VISIT(plan->types[i].enum_class);
        Py_VISIT(plan->types[i].members);
    }
    return 0;
}

static int plan_clear(PyObject *self)
{
    shm_py_plan *plan = (shm_py_plan *)self;
    Py_CLEAR(plan->image_class);
    for (size_t i = 0; plan->types != NULL && i < plan->schema->type_count; i++) {
        Py_CLEAR(plan->types[i].class);
        Py_CLEAR(plan->types[i].enum_class);
        Py_CLEAR(plan->types[i].members);
    }
    return 0;
}

static void free_names(shm_py_plan *plan)
{
    for (size_t i = 0; i < plan->source_count; i++)
        Py_XDECREF(plan->sources[i].name);
    for (size_t i = 0; plan->types != NULL && i < plan->schema->type_count; i++) {
        for (size_t j = 0; j < plan->types[i].field_count; j++)
            Py_XDECREF(plan->types[i].fields[j].name);
    }
}

static void plan_dealloc(PyObject *self)
{
    shm_py_plan *plan = (shm_py_plan *)self;
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (plan->weak != NULL)
        PyObject_ClearWeakRefs(self);
    plan_clear(self);
    free_names(plan);
    for (size_t i = 0; i < plan->block_count; i++)
        PyMem_Free(plan->blocks[i]);
    PyMem_Free(plan->blocks);
    shm_schema_free(plan->schema);
    PyObject_GC_Del(self);
    Py_DECREF((PyObject *)type);
}

static PyMemberDef plan_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(shm_py_plan, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot plan_slots[] = {
    {Py_tp_dealloc, SHM_PY_SLOT(plan_dealloc)},
    {Py_tp_traverse, SHM_PY_SLOT(plan_traverse)},
    {Py_tp_clear, SHM_PY_SLOT(plan_clear)},
    {Py_tp_members, plan_members},
    {0, NULL},
};

PyType_Spec shm_py_plan_spec = {
    .name = "libshm._Plan",
    .basicsize = sizeof(shm_py_plan),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = plan_slots,
};

/* ---- those there are ---- */

static PyObject *fingerprint_of(const shm_schema *schema)
{
    return PyBytes_FromStringAndSize((const char *)schema->fingerprint, sizeof schema->fingerprint);
}

shm_py_plan *shm_py_plan_find(shm_py_state *state, const shm_schema *schema)
{
    PyObject *key = fingerprint_of(schema);
    if (key == NULL)
        return NULL;
    PyObject *weak = PyDict_GetItemWithError(state->plans, key);
    Py_DECREF(key);
    PyObject *plan = weak == NULL ? NULL : PyWeakref_GetObject(weak);
    return plan == NULL || plan == Py_None ? NULL : (shm_py_plan *)Py_NewRef(plan);
}

static int remember(shm_py_state *state, shm_py_plan *plan)
{
    PyObject *key = fingerprint_of(plan->schema);
    PyObject *weak = key == NULL ? NULL : PyWeakref_NewRef((PyObject *)plan, NULL);
    const int result = weak == NULL ? -1 : PyDict_SetItem(state->plans, key, weak);
    Py_XDECREF(key);
    Py_XDECREF(weak);
    return result;
}

shm_py_plan *shm_py_plan_of(shm_py_state *state, const shm_schema *schema)
{
    shm_py_plan *plan = shm_py_plan_find(state, schema);
    if (plan != NULL || PyErr_Occurred()) {
        shm_schema_free(schema);
        return plan;
    }
    PyTypeObject *class = state->classes[SHM_PY_PLAN];
    plan = (shm_py_plan *)((allocfunc)PyType_GetSlot(class, Py_tp_alloc))(class, 0);
    if (plan == NULL) {
        shm_schema_free(schema);
        return NULL;
    }
    plan->state = state;
    plan->schema = schema;
    if (add_types(plan) != 0 || add_sources(plan) != 0 || remember(state, plan) != 0) {
        Py_DECREF((PyObject *)plan);
        return NULL;
    }
    return plan;
}
