#include "image.h"

#include "collection.h"
#include "errors.h"

#include <stdio.h>
#include <string.h>

PyObject *shm_py_image_new(shm_py_handle *handle)
{
    const shm_py_plan *plan = handle->plan;
    shm_py_image *image = PyObject_New(shm_py_image, plan->image_class);
    if (image == NULL) {
        Py_DECREF((PyObject *)handle);
        return NULL;
    }
    image->handle = handle;
    image->is_open = true;
    handle->image_count++;
    memset(image->items, 0, plan->source_count * sizeof *image->items);
    for (size_t i = 0; i < plan->source_count; i++) {
        if (plan->sources[i].collection->kind == SHM_TENSOR_OF)
            continue;
        image->items[i] = shm_py_collection_new(handle, &plan->sources[i]);
        if (image->items[i] == NULL) {
            Py_DECREF((PyObject *)image);
            return NULL;
        }
    }
    return (PyObject *)image;
}

static void image_dealloc(PyObject *self)
{
    shm_py_image *image = (shm_py_image *)self;
    for (size_t i = 0; i < image->handle->plan->source_count; i++)
        Py_CLEAR(image->items[i]);
    /* What still reads it keeps it open; nobody else could close it. */
    if (image->is_open)
        image->handle->image_count--;
    Py_DECREF((PyObject *)image->handle);
    shm_py_free(self);
}

static bool image_is_open(const shm_py_image *image)
{
    if (image->is_open && shm_py_handle_is_open(image->handle))
        return true;
    shm_py_handle_closed(image->handle);
    return false;
}

/* ---- collections ---- */

static PyObject *collection_at(shm_py_image *image, size_t i)
{
    if (!image_is_open(image))
        return NULL;
    if (image->items[i] != NULL)
        return Py_NewRef(image->items[i]);
    return shm_py_collection_new(image->handle, &image->handle->plan->sources[i]);
}

static PyObject *get_tensor(PyObject *self, void *closure)
{
    const shm_py_source *source = closure;
    return collection_at((shm_py_image *)self, source->collection->number);
}

static PyObject *image_subscript(PyObject *self, PyObject *key)
{
    shm_py_image *image = (shm_py_image *)self;
    const shm_py_plan *plan = image->handle->plan;
    for (size_t i = 0; i < plan->source_count; i++) {
        const int equal = PyObject_RichCompareBool(plan->sources[i].name, key, Py_EQ);
        if (equal != 0)
            return equal < 0 ? NULL : collection_at(image, i);
    }
    PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

static Py_ssize_t image_length(PyObject *self)
{
    return (Py_ssize_t)((shm_py_image *)self)->handle->plan->source_count;
}

static PyObject *names_of(const shm_py_image *image)
{
    const shm_py_plan *plan = image->handle->plan;
    PyObject *names = PyTuple_New((Py_ssize_t)plan->source_count);
    for (size_t i = 0; names != NULL && i < plan->source_count; i++)
        PyTuple_SetItem(names, (Py_ssize_t)i, Py_NewRef(plan->sources[i].name));
    return names;
}

static PyObject *image_iterate(PyObject *self)
{
    PyObject *names = names_of((shm_py_image *)self);
    PyObject *iterator = names == NULL ? NULL : PyObject_GetIter(names);
    Py_XDECREF(names);
    return iterator;
}

static int image_contains(PyObject *self, PyObject *key)
{
    PyObject *names = names_of((shm_py_image *)self);
    const int result = names == NULL ? -1 : PySequence_Contains(names, key);
    Py_XDECREF(names);
    return result;
}

/* ---- closing ---- */

static PyObject *image_close(PyObject *self, PyObject *unused)
{
    shm_py_image *image = (shm_py_image *)self;
    (void)unused;
    if (!image->is_open)
        Py_RETURN_NONE;
    /* Other images on the same handle keep it. */
    if (image->handle->image_count == 1 && shm_py_handle_close(image->handle) != 0)
        return NULL;
    image->handle->image_count--;
    image->is_open = false;
    Py_RETURN_NONE;
}

static PyObject *image_enter(PyObject *self, PyObject *unused)
{
    (void)unused;
    return image_is_open((shm_py_image *)self) ? Py_NewRef(self) : NULL;
}

/* ---- what it is ---- */

static PyObject *get_closed(PyObject *self, void *closure)
{
    const shm_py_image *image = (shm_py_image *)self;
    (void)closure;
    return PyBool_FromLong(!image->is_open || !shm_py_handle_is_open(image->handle));
}

static PyObject *get_path(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(((shm_py_image *)self)->handle->path);
}

static PyObject *get_schema(PyObject *self, void *closure)
{
    const shm_string text = ((shm_py_image *)self)->handle->plan->schema->text;
    (void)closure;
    return shm_py_text(text);
}

static PyObject *get_size(PyObject *self, void *closure)
{
    const shm_py_image *image = (shm_py_image *)self;
    (void)closure;
    return image_is_open(image)
               ? PyLong_FromUnsignedLongLong(shm_dataset_size(image->handle->dataset))
               : NULL;
}

static PyObject *get_verified(PyObject *self, void *closure)
{
    const shm_py_image *image = (shm_py_image *)self;
    (void)closure;
    return image_is_open(image) ? PyBool_FromLong(shm_dataset_is_verified(image->handle->dataset))
                                : NULL;
}

/* The class of a record, struct or enum of the schema. */
static PyObject *image_class_named(PyObject *self, PyObject *name)
{
    const shm_py_plan *plan = ((shm_py_image *)self)->handle->plan;
    const char *wanted = PyUnicode_AsUTF8AndSize(name, NULL);
    if (wanted == NULL)
        return NULL;
    for (size_t i = 0; i < plan->schema->type_count; i++) {
        const shm_py_type *type = &plan->types[i];
        if (type->type->name == NULL || strcmp(type->type->name, wanted) != 0)
            continue;
        if (type->class != NULL)
            return Py_NewRef((PyObject *)type->class);
        if (type->enum_class != NULL)
            return Py_NewRef(type->enum_class);
    }
    PyErr_SetObject(PyExc_KeyError, name);
    return NULL;
}

static PyObject *image_repr(PyObject *self)
{
    const shm_py_image *image = (shm_py_image *)self;
    PyObject *names = names_of(image);
    PyObject *text = names == NULL ? NULL
                                   : PyUnicode_FromFormat("<Image %R: %R%s>", image->handle->path,
                                                          names, image->is_open ? "" : ", closed");
    Py_XDECREF(names);
    return text;
}

PyObject *shm_py_reduce_at(shm_py_handle *handle, PyObject *where)
{
    if (where == NULL)
        return NULL;
    PyObject *reopen = shm_py_imported(handle->state, SHM_PY_REOPEN_AT);
    if (reopen == NULL) {
        Py_DECREF(where);
        return NULL;
    }
    return Py_BuildValue("(O(O(KK)N))", reopen, handle->path,
                         (unsigned long long)handle->content[0],
                         (unsigned long long)handle->content[1], where);
}

static PyObject *image_reduce(PyObject *self, PyObject *unused)
{
    shm_py_image *image = (shm_py_image *)self;
    (void)unused;
    return image_is_open(image) ? shm_py_reduce_at(image->handle, Py_NewRef(Py_None)) : NULL;
}

static PyObject *get_handle(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef((PyObject *)((shm_py_image *)self)->handle);
}

static PyMethodDef image_methods[] = {
    {"close", image_close, METH_NOARGS,
     "Unmaps the image.  BufferError while arrays or memoryviews are on it; records and\n"
     "collections of it raise ClosedError from then on."},
    {"class_of", image_class_named, METH_O,
     "The class of a record, struct or enum of the schema: class_of(name)."},
    {"__enter__", image_enter, METH_NOARGS, NULL},
    {"__exit__", image_close, METH_VARARGS, NULL},
    {"__reduce__", image_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef image_getters[] = {
    {"closed", get_closed, NULL, "Whether it was closed.", NULL},
    {"path", get_path, NULL, "The absolute path of the file.", NULL},
    {"schema", get_schema, NULL, "The text of the schema.", NULL},
    {"size", get_size, NULL, "The bytes of the image.", NULL},
    {"verified", get_verified, NULL, "Whether all bytes were checked when it was opened.", NULL},
    {"_handle", get_handle, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot image_slots[] = {
    {Py_tp_doc, "An open image; its attributes are the collections of the dataset."},
    {Py_tp_dealloc, SHM_PY_SLOT(image_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(image_repr)},
    {Py_tp_iter, SHM_PY_SLOT(image_iterate)},
    {Py_mp_length, SHM_PY_SLOT(image_length)},
    {Py_mp_subscript, SHM_PY_SLOT(image_subscript)},
    {Py_sq_contains, SHM_PY_SLOT(image_contains)},
    {Py_tp_methods, image_methods},
    {Py_tp_getset, image_getters},
    {0, NULL},
};

PyType_Spec shm_py_image_spec = {
    .name = "libshm.Image",
    .basicsize = sizeof(shm_py_image),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = image_slots,
};

/* ---- the class of a schema ---- */

int shm_py_is_keyword(shm_py_state *state, PyObject *name)
{
    PyObject *answer = shm_py_call(state, SHM_PY_IS_KEYWORD, name, NULL, NULL);
    const int result = answer == NULL ? -1 : PyObject_IsTrue(answer);
    Py_XDECREF(answer);
    return result;
}

/* 1 if the name is a keyword, or one of an image's own attributes, so that it needs another. */
static int is_taken(const shm_py_plan *plan, PyObject *name)
{
    if (PyObject_HasAttr((PyObject *)plan->state->classes[SHM_PY_IMAGE], name))
        return 1;
    return shm_py_is_keyword(plan->state, name);
}

static const char *attribute_name(shm_py_plan *plan, const shm_py_source *source)
{
    const char *name = source->collection->name;
    const int taken = is_taken(plan, source->name);
    if (taken <= 0)
        return taken < 0 ? NULL : name;
    const size_t length = strlen(name);
    char *longer = shm_py_plan_memory(plan, length + 2);
    if (longer != NULL) {
        memcpy(longer, name, length);
        longer[length] = '_';
    }
    return longer;
}

/* A collection is a member of the object, which Python reads fastest; a tensor is made anew. */
static int add_attributes(shm_py_plan *plan, PyMemberDef *members, PyGetSetDef *getters)
{
    size_t member_count = 0;
    size_t getter_count = 0;
    for (size_t i = 0; i < plan->source_count; i++) {
        shm_py_source *source = &plan->sources[i];
        const char *name = attribute_name(plan, source);
        if (name == NULL)
            return -1;
        if (source->collection->kind == SHM_TENSOR_OF) {
            getters[getter_count++] = (PyGetSetDef){
                .name = name, .get = get_tensor, .doc = source->collection->doc, .closure = source};
        } else {
            members[member_count++] = (PyMemberDef){
                .name = name,
                .type = T_OBJECT_EX,
                .offset = (Py_ssize_t)(offsetof(shm_py_image, items) + i * sizeof(PyObject *)),
                .flags = READONLY,
                .doc = source->collection->doc};
        }
    }
    return 0;
}

PyTypeObject *shm_py_image_class(shm_py_plan *plan)
{
    const shm_dataset_type *dataset = plan->schema->dataset;
    const size_t count = plan->source_count;
    const size_t size = strlen(dataset->name) + sizeof "libshm.";
    char *name = shm_py_plan_memory(plan, size);
    PyGetSetDef *getters = shm_py_plan_memory(plan, (count + 1) * sizeof *getters);
    PyMemberDef *members = shm_py_plan_memory(plan, (count + 1) * sizeof *members);
    if (name == NULL || getters == NULL || members == NULL ||
        add_attributes(plan, members, getters) != 0)
        return NULL;
    snprintf(name, size, "libshm.%s", dataset->name);
    PyType_Slot slots[] = {
        {Py_tp_getset, getters},
        {Py_tp_members, members},
        {Py_tp_dealloc, SHM_PY_SLOT(image_dealloc)},
        {dataset->doc == NULL ? 0 : Py_tp_doc, (void *)(uintptr_t)dataset->doc},
        {0, NULL},
    };
    PyType_Spec spec = {
        .name = name,
        .basicsize = (int)(sizeof(shm_py_image) + count * sizeof(PyObject *)),
        .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
        .slots = slots,
    };
    PyObject *class = PyType_FromModuleAndSpec(plan->state->module, &spec,
                                               (PyObject *)plan->state->classes[SHM_PY_IMAGE]);
    if (class != NULL && PyObject_SetAttrString(class, "__plan__", (PyObject *)plan) != 0)
        Py_CLEAR(class);
    return (PyTypeObject *)class;
}
