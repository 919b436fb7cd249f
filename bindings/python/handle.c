#include "handle.h"

#include "errors.h"

#include <shm/mix.h>

/* What differs wherever the bytes do, as far as their checksums tell. */
static void read_content(shm_py_handle *handle)
{
    const shm_schema *schema = shm_dataset_schema(handle->dataset);
    uint64_t low = schema->fingerprint[0];
    uint64_t high = schema->fingerprint[1] ^ shm_dataset_size(handle->dataset);
    const size_t count = shm_dataset_section_count(handle->dataset);
    for (size_t i = 0; i < count; i++) {
        const shm_section_info section = shm_dataset_section(handle->dataset, i);
        low = shm_mix64_after(low ^ section.checksum, section.offset);
        high = shm_mix64_after(high + section.checksum, section.size);
    }
    handle->content[0] = low;
    handle->content[1] = high;
}

/* The schema lives in the dataset; the plan needs one that outlives it. */
static shm_py_plan *make_plan(shm_py_state *state, const shm_dataset *dataset)
{
    const shm_schema *stored = shm_dataset_schema(dataset);
    const shm_schema *schema;
    shm_error error = {0};
    if (shm_schema_parse(stored->text.data, stored->text.length, "schema", NULL, &schema, &error) !=
        SHM_OK) {
        shm_py_raise(state, &error, NULL);
        return NULL;
    }
    return shm_py_plan_of(state, schema);
}

static shm_py_plan *find_plan(shm_py_state *state, const shm_dataset *dataset)
{
    shm_py_plan *plan = shm_py_plan_find(state, shm_dataset_schema(dataset));
    return plan != NULL || PyErr_Occurred() ? plan : make_plan(state, dataset);
}

static shm_status open_dataset(PyObject *path, const shm_open_options *options,
                               shm_dataset **dataset, shm_error *error)
{
    shm_status status;
    const char *name = PyBytes_AsString(path);
    Py_BEGIN_ALLOW_THREADS;
    status = shm_dataset_open(name, options, dataset, error);
    Py_END_ALLOW_THREADS;
    return status;
}

static shm_py_handle *new_handle(shm_py_state *state, PyObject *path, shm_dataset *dataset)
{
    shm_py_handle *handle = PyObject_New(shm_py_handle, state->classes[SHM_PY_HANDLE]);
    if (handle == NULL) {
        shm_dataset_close(dataset);
        return NULL;
    }
    handle->dataset = dataset;
    handle->state = state;
    handle->path = Py_NewRef(path);
    handle->pin_count = 0;
    handle->image_count = 0;
    handle->weak = NULL;
    handle->plan = find_plan(state, dataset);
    if (handle->plan == NULL) {
        Py_DECREF((PyObject *)handle);
        return NULL;
    }
    read_content(handle);
    return handle;
}

shm_py_handle *shm_py_handle_open(shm_py_state *state, PyObject *path,
                                  const shm_open_options *options)
{
    PyObject *bytes;
    if (!PyUnicode_FSConverter(path, &bytes))
        return NULL;
    shm_dataset *dataset;
    shm_error error = {0};
    const shm_status status = open_dataset(bytes, options, &dataset, &error);
    Py_DECREF(bytes);
    if (status != SHM_OK) {
        shm_py_raise(state, &error, path);
        return NULL;
    }
    return new_handle(state, path, dataset);
}

int shm_py_handle_close(shm_py_handle *handle)
{
    if (handle->pin_count > 0) {
        PyErr_Format(PyExc_BufferError,
                     "cannot close %R: %zd arrays, memoryviews or calls of other threads are on "
                     "its bytes; delete them first",
                     handle->path, handle->pin_count);
        return -1;
    }
    shm_dataset *dataset = handle->dataset;
    handle->dataset = NULL;
    shm_dataset_close(dataset);
    return 0;
}

PyObject *shm_py_handle_closed(const shm_py_handle *handle)
{
    return shm_py_raise_own(handle->state, SHM_PY_CLOSED_ERROR, "the image %R is closed",
                            handle->path);
}

const unsigned char *shm_py_handle_base(const shm_py_handle *handle)
{
    const shm_section_info section = shm_dataset_section(handle->dataset, 0);
    return section.bytes - section.offset;
}

static void handle_dealloc(PyObject *self)
{
    shm_py_handle *handle = (shm_py_handle *)self;
    if (handle->weak != NULL)
        PyObject_ClearWeakRefs(self);
    shm_dataset_close(handle->dataset);
    Py_XDECREF((PyObject *)handle->plan);
    Py_XDECREF(handle->path);
    shm_py_free(self);
}

static PyMemberDef handle_members[] = {
    {"__weaklistoffset__", T_PYSSIZET, offsetof(shm_py_handle, weak), READONLY, NULL},
    {NULL, 0, 0, 0, NULL},
};

static PyType_Slot handle_slots[] = {
    {Py_tp_dealloc, SHM_PY_SLOT(handle_dealloc)},
    {Py_tp_members, handle_members},
    {0, NULL},
};

PyType_Spec shm_py_handle_spec = {
    .name = "libshm._Handle",
    .basicsize = sizeof(shm_py_handle),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = handle_slots,
};

/* ---- buffers ---- */

typedef struct buffer_object {
    PyObject base;
    shm_py_handle *handle;
    const void *at;
    size_t size;
} buffer_object;

static int buffer_get(PyObject *self, Py_buffer *view, int flags)
{
    buffer_object *buffer = (buffer_object *)self;
    if (!shm_py_handle_is_open(buffer->handle)) {
        shm_py_handle_closed(buffer->handle);
        view->obj = NULL;
        return -1;
    }
    /* No bytes of the image are written: the flag says so. */
    if (PyBuffer_FillInfo(view, self, (void *)(uintptr_t)buffer->at, (Py_ssize_t)buffer->size, 1,
                          flags) != 0)
        return -1;
    shm_py_handle_pin(buffer->handle);
    return 0;
}

static void buffer_release(PyObject *self, Py_buffer *view)
{
    (void)view;
    shm_py_handle_unpin(((buffer_object *)self)->handle);
}

static void buffer_dealloc(PyObject *self)
{
    Py_DECREF((PyObject *)((buffer_object *)self)->handle);
    shm_py_free(self);
}

static PyType_Slot buffer_slots[] = {
    {Py_tp_dealloc, SHM_PY_SLOT(buffer_dealloc)},
    {Py_bf_getbuffer, SHM_PY_SLOT(buffer_get)},
    {Py_bf_releasebuffer, SHM_PY_SLOT(buffer_release)},
    {0, NULL},
};

PyType_Spec shm_py_buffer_spec = {
    .name = "libshm._Buffer",
    .basicsize = sizeof(buffer_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = buffer_slots,
};

PyObject *shm_py_handle_bytes(shm_py_handle *handle, const void *at, size_t size)
{
    buffer_object *buffer = PyObject_New(buffer_object, handle->state->classes[SHM_PY_BUFFER]);
    if (buffer == NULL)
        return NULL;
    buffer->handle = shm_py_handle_hold(handle);
    buffer->at = at == NULL ? "" : at;
    buffer->size = at == NULL ? 0 : size;
    PyObject *view = PyMemoryView_FromObject((PyObject *)buffer);
    Py_DECREF((PyObject *)buffer);
    return view;
}
