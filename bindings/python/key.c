#include "key.h"

#include "value.h"

#include <string.h>

/* ---- the shape of a key ---- */

static const shm_type *part_type(const shm_key_path *path)
{
    const shm_type *type = path->steps[path->step_count - 1]->type;
    while (type->kind == SHM_OPTIONAL || type->kind == SHM_LIST || type->kind == SHM_SET)
        type = type->element;
    return type;
}

static size_t count_leaves(const shm_type *type)
{
    if (type->kind == SHM_OPTIONAL)
        return count_leaves(type->element);
    if (type->kind != SHM_STRUCT)
        return 1;
    size_t count = 0;
    for (size_t i = 0; i < type->field_count; i++)
        count += count_leaves(type->fields[i].type);
    return count;
}

static void add_leaves(const shm_py_plan *plan, const shm_type *type, shm_py_source *source)
{
    if (type->kind == SHM_OPTIONAL) {
        add_leaves(plan, type->element, source);
    } else if (type->kind != SHM_STRUCT) {
        source->leaves[source->leaf_count++] = &plan->types[type->id];
    } else {
        for (size_t i = 0; i < type->field_count; i++)
            add_leaves(plan, type->fields[i].type, source);
    }
}

int shm_py_key_leaves(shm_py_plan *plan, shm_py_source *source)
{
    const shm_collection *collection = source->collection;
    size_t count = 0;
    for (size_t i = 0; i < collection->key_count; i++)
        count += count_leaves(part_type(&collection->key[i]));
    source->leaves = shm_py_plan_memory(plan, count * sizeof(const shm_py_type *));
    if (source->leaves == NULL)
        return -1;
    for (size_t i = 0; i < collection->key_count; i++)
        add_leaves(plan, part_type(&collection->key[i]), source);
    return 0;
}

bool shm_py_key_is_many(const shm_py_source *source)
{
    const shm_collection *collection = source->collection;
    for (size_t i = 0; i < collection->key_count; i++) {
        const shm_key_path *path = &collection->key[i];
        const shm_type *type = path->steps[path->step_count - 1]->type;
        while (type->kind == SHM_OPTIONAL)
            type = type->element;
        if (type->kind == SHM_LIST || type->kind == SHM_SET)
            return true;
    }
    return false;
}

/* ---- making one ---- */

static void key_open(shm_py_key *key)
{
    key->parts = key->few_parts;
    key->held = key->few_held;
    key->count = 0;
    key->room = SHM_PY_KEY_FEW;
}

void shm_py_key_free(shm_py_key *key)
{
    for (size_t i = 0; i < key->count; i++)
        Py_XDECREF(key->held[i]);
    if (key->parts != key->few_parts) {
        PyMem_Free(key->parts);
        PyMem_Free(key->held);
    }
}

static int key_room(shm_py_key *key)
{
    if (key->count < key->room)
        return 0;
    const size_t room = 2 * key->room;
    shm_key_part *parts = PyMem_Malloc(room * sizeof *parts);
    PyObject **held = PyMem_Malloc(room * sizeof(PyObject *));
    if (parts == NULL || held == NULL) {
        PyMem_Free(parts);
        PyMem_Free(held);
        PyErr_NoMemory();
        return -1;
    }
    memcpy(parts, key->parts, key->count * sizeof *parts);
    memcpy(held, key->held, key->count * sizeof(PyObject *));
    if (key->parts != key->few_parts) {
        PyMem_Free(key->parts);
        PyMem_Free(key->held);
    }
    key->parts = parts;
    key->held = held;
    key->room = room;
    return 0;
}

static int add_part(shm_py_state *state, const shm_py_type *type, PyObject *object, shm_py_key *key)
{
    if (key_room(key) != 0)
        return -1;
    /* The object may be new (a field of a record): it is held, too. */
    PyObject *held = NULL;
    const int known = shm_py_key_part(state, type, object, &key->parts[key->count], &held);
    if (known == 1)
        key->held[key->count++] = held != NULL ? held : Py_NewRef(object);
    return known;
}

static int add_value(shm_py_state *state, const shm_py_type *type, PyObject *object,
                     shm_py_key *key);

/* The member of a struct's value: of a sequence by place, of a mapping or object by name. */
static PyObject *member_of(PyObject *object, const shm_py_type *type, size_t i)
{
    if (PyTuple_Check(object) || PyList_Check(object))
        return PySequence_GetItem(object, (Py_ssize_t)i);
    if (PyDict_Check(object))
        return PyObject_GetItem(object, type->fields[i].name);
    return PyObject_GetAttr(object, type->fields[i].name);
}

static int add_struct(shm_py_state *state, const shm_py_type *type, PyObject *object,
                      shm_py_key *key)
{
    if ((PyTuple_Check(object) || PyList_Check(object)) &&
        PySequence_Size(object) != (Py_ssize_t)type->field_count)
        return 0;
    for (size_t i = 0; i < type->field_count; i++) {
        PyObject *member = member_of(object, type, i);
        if (member == NULL) {
            if (!PyErr_ExceptionMatches(PyExc_KeyError) &&
                !PyErr_ExceptionMatches(PyExc_AttributeError))
                return -1;
            PyErr_Clear();
            return 0;
        }
        const int known = add_value(state, type->fields[i].type, member, key);
        Py_DECREF(member);
        if (known != 1)
            return known;
    }
    return 1;
}

static int add_value(shm_py_state *state, const shm_py_type *type, PyObject *object,
                     shm_py_key *key)
{
    return type->type->kind == SHM_STRUCT ? add_struct(state, type, object, key)
                                          : add_part(state, type, object, key);
}

static int add_compound(shm_py_state *state, const shm_py_source *source, PyObject *object,
                        bool may_be_short, shm_py_key *key)
{
    const size_t count = source->collection->key_count;
    const shm_py_type *types = source->types;
    if (!PyTuple_Check(object)) {
        /* Lists do not hash: as in a dict. */
        if (PyObject_Hash(object) == -1)
            return -1;
        return may_be_short ? add_value(state, &types[part_type(&source->collection->key[0])->id],
                                        object, key)
                            : 0;
    }
    const size_t given = (size_t)PyTuple_Size(object);
    if (given > count || (given < count && !may_be_short))
        return 0;
    for (size_t i = 0; i < given; i++) {
        const shm_type *type = part_type(&source->collection->key[i]);
        const int known =
            add_value(state, &types[type->id], PyTuple_GetItem(object, (Py_ssize_t)i), key);
        if (known != 1)
            return known;
    }
    return 1;
}

int shm_py_key_make(shm_py_state *state, const shm_py_source *source, PyObject *object,
                    bool may_be_short, shm_py_key *key)
{
    key_open(key);
    int known;
    if (source->collection->key_count > 1) {
        known = add_compound(state, source, object, may_be_short, key);
    } else {
        const shm_type *type = part_type(&source->collection->key[0]);
        known = add_value(state, &source->types[type->id], object, key);
    }
    if (known != 1)
        shm_py_key_free(key);
    return known;
}

PyObject *shm_py_key_identity(shm_py_state *state, const shm_py_source *source, PyObject *object)
{
    shm_py_key key;
    const int known = shm_py_key_make(state, source, object, false, &key);
    if (known != 1)
        return known < 0 ? NULL : PyBytes_FromStringAndSize("", 0);
    PyObject *identity = PyByteArray_FromStringAndSize("", 0);
    for (size_t i = 0; identity != NULL && i < key.count; i++) {
        const shm_key_part *part = &key.parts[i];
        const uint64_t head = part->text.data == NULL ? part->word : part->text.length;
        const Py_ssize_t at = PyByteArray_Size(identity);
        const Py_ssize_t length = (Py_ssize_t)part->text.length;
        if (PyByteArray_Resize(identity, at + (Py_ssize_t)sizeof head + length) != 0) {
            Py_CLEAR(identity);
            break;
        }
        char *bytes = PyByteArray_AsString(identity) + at;
        memcpy(bytes, &head, sizeof head);
        if (part->text.data != NULL)
            memcpy(bytes + sizeof head, part->text.data, (size_t)length);
    }
    shm_py_key_free(&key);
    PyObject *frozen = identity == NULL ? NULL : PyBytes_FromObject(identity);
    Py_XDECREF(identity);
    return frozen;
}

/* ---- keys of rows ---- */

/* Where the value that a path leads to stands; NULL if it is absent. */
static const unsigned char *path_at(const shm_key_path *path, const unsigned char *row)
{
    for (size_t i = 0; row != NULL && i < path->step_count; i++) {
        const shm_field *field = path->steps[i];
        if (field->type->kind == SHM_OPTIONAL) {
            uint64_t word;
            memcpy(&word, row + field->presence_offset, sizeof word);
            word >>= field->presence_bit;
            if ((word & 1) == 0 || (field->type->nullable && (word & 2) != 0))
                return NULL;
        }
        row += field->offset;
    }
    return row;
}

static PyObject *path_value(shm_py_handle *handle, const shm_py_source *source,
                            const shm_key_path *path, const unsigned char *row)
{
    const unsigned char *at = path_at(path, row);
    const shm_type *type = path->steps[path->step_count - 1]->type;
    if (at == NULL)
        return Py_NewRef(Py_None);
    return shm_py_value(handle, shm_py_bare(&source->types[type->id]), at);
}

PyObject *shm_py_key_of_row(shm_py_handle *handle, const shm_py_source *source, const void *row)
{
    const shm_collection *collection = source->collection;
    if (collection->key_count == 1)
        return path_value(handle, source, &collection->key[0], row);
    PyObject *key = PyTuple_New((Py_ssize_t)collection->key_count);
    for (size_t i = 0; key != NULL && i < collection->key_count; i++) {
        PyObject *part = path_value(handle, source, &collection->key[i], row);
        if (part == NULL)
            Py_CLEAR(key);
        else
            PyTuple_SetItem(key, (Py_ssize_t)i, part);
    }
    return key;
}

/* The key with the part `many` replaced by one of its elements. */
static int append_key(PyObject *keys, PyObject *key, Py_ssize_t many, PyObject *element)
{
    if (!PyTuple_Check(key) || many < 0)
        return PyList_Append(keys, element);
    const Py_ssize_t count = PyTuple_Size(key);
    PyObject *one = PyTuple_New(count);
    for (Py_ssize_t i = 0; one != NULL && i < count; i++)
        PyTuple_SetItem(one, i, Py_NewRef(i == many ? element : PyTuple_GetItem(key, i)));
    const int result = one == NULL ? -1 : PyList_Append(keys, one);
    Py_XDECREF(one);
    return result;
}

/* Which part is the list or set; -1 if the key is that part alone. */
static Py_ssize_t many_part(const shm_py_source *source)
{
    const shm_collection *collection = source->collection;
    for (size_t i = 0; collection->key_count > 1 && i < collection->key_count; i++) {
        const shm_key_path *path = &collection->key[i];
        const shm_type *type = path->steps[path->step_count - 1]->type;
        while (type->kind == SHM_OPTIONAL)
            type = type->element;
        if (type->kind == SHM_LIST || type->kind == SHM_SET)
            return (Py_ssize_t)i;
    }
    return -1;
}

PyObject *shm_py_keys_of_row(shm_py_handle *handle, const shm_py_source *source, const void *row)
{
    PyObject *key = shm_py_key_of_row(handle, source, row);
    PyObject *keys = key == NULL ? NULL : PyList_New(0);
    if (keys != NULL && !shm_py_key_is_many(source)) {
        if (PyList_Append(keys, key) != 0)
            Py_CLEAR(keys);
    } else if (keys != NULL) {
        const Py_ssize_t many = many_part(source);
        PyObject *elements = many < 0 ? key : PyTuple_GetItem(key, many);
        const Py_ssize_t count = elements == Py_None ? 0 : PyObject_Size(elements);
        PyObject *iterator = count <= 0 ? NULL : PyObject_GetIter(elements);
        PyObject *element;
        while (keys != NULL && iterator != NULL && (element = PyIter_Next(iterator)) != NULL) {
            if (element != Py_None && append_key(keys, key, many, element) != 0)
                Py_CLEAR(keys);
            Py_DECREF(element);
        }
        Py_XDECREF(iterator);
        if (PyErr_Occurred())
            Py_CLEAR(keys);
    }
    Py_XDECREF(key);
    return keys;
}
