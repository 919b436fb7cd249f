/* arrow.c — columns as Arrow's structs and capsules, and how tables export themselves. */
#include "arrow.h"

#include "collection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- schemas ---- */

static void release_schema(struct ArrowSchema *schema)
{
    for (int64_t i = 0; i < schema->n_children; i++) {
        if (schema->children[i] != NULL && schema->children[i]->release != NULL)
            schema->children[i]->release(schema->children[i]);
        free(schema->children[i]);
    }
    free(schema->children);
    free((char *)(uintptr_t)schema->format);
    free((char *)(uintptr_t)schema->name);
    schema->release = NULL;
}

int shm_py_column_schema(const shm_py_column *column, struct ArrowSchema *schema)
{
    memset(schema, 0, sizeof *schema);
    schema->release = release_schema;
    schema->format = strdup(column->format);
    schema->name = strdup(column->name);
    schema->flags = column->nullable ? ARROW_FLAG_NULLABLE : 0;
    schema->children = calloc(column->child_count + 1, sizeof(struct ArrowSchema *));
    bool good = schema->format != NULL && schema->name != NULL && schema->children != NULL;
    for (size_t i = 0; good && i < column->child_count; i++) {
        schema->children[i] = calloc(1, sizeof(struct ArrowSchema));
        good = schema->children[i] != NULL;
        if (good) {
            schema->n_children++;
            good = shm_py_column_schema(column->children[i], schema->children[i]) == 0;
        }
    }
    if (!good)
        release_schema(schema);
    return good ? 0 : -1;
}

/* ---- arrays ---- */

static void release_array(struct ArrowArray *array)
{
    for (int64_t i = 0; i < array->n_children; i++) {
        if (array->children[i]->release != NULL)
            array->children[i]->release(array->children[i]);
        free(array->children[i]);
    }
    for (int64_t i = 0; i < array->n_buffers; i++)
        free((void *)(uintptr_t)array->buffers[i]);
    free(array->children);
    free(array->buffers);
    array->release = NULL;
}

/* The buffer goes to the array; consumers want an address even where there are no bytes. */
static const void *take(shm_py_bytes *bytes)
{
    const void *data = bytes->data != NULL ? bytes->data : calloc(1, 64);
    memset(bytes, 0, sizeof *bytes);
    return data;
}

static void take_buffers(shm_py_column *column, struct ArrowArray *array)
{
    array->buffers[0] = column->null_count == 0 ? NULL : take(&column->validity);
    array->n_buffers = 1;
    if (column->shape == SHM_PY_TEXTS || column->shape == SHM_PY_LISTS ||
        column->shape == SHM_PY_MAPS)
        array->buffers[array->n_buffers++] = take(&column->offsets);
    if (column->shape == SHM_PY_FIXED || column->shape == SHM_PY_BITS ||
        column->shape == SHM_PY_TEXTS)
        array->buffers[array->n_buffers++] = take(&column->values);
}

int shm_py_column_array(shm_py_column *column, struct ArrowArray *array)
{
    memset(array, 0, sizeof *array);
    array->release = release_array;
    array->length = column->length;
    array->null_count = column->null_count;
    array->buffers = calloc(3, sizeof(void *));
    array->children = calloc(column->child_count + 1, sizeof(struct ArrowArray *));
    bool good = array->buffers != NULL && array->children != NULL;
    if (good)
        take_buffers(column, array);
    for (size_t i = 0; good && i < column->child_count; i++) {
        array->children[i] = calloc(1, sizeof(struct ArrowArray));
        good = array->children[i] != NULL;
        if (good) {
            array->n_children++;
            good = shm_py_column_array(column->children[i], array->children[i]) == 0;
        }
    }
    if (!good)
        release_array(array);
    return good ? 0 : -1;
}

/* ---- streams of one array ---- */

typedef struct stream_state {
    struct ArrowSchema schema;
    struct ArrowArray array;
    shm_py_column *column; /* for the schema, as often as it is asked for */
} stream_state;

static int stream_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
    const stream_state *state = stream->private_data;
    return shm_py_column_schema(state->column, out) == 0 ? 0 : ENOMEM;
}

static int stream_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
    stream_state *state = stream->private_data;
    *out = state->array;
    memset(&state->array, 0, sizeof state->array);
    return 0;
}

static const char *stream_error(struct ArrowArrayStream *stream)
{
    (void)stream;
    return "not enough memory";
}

static void release_stream(struct ArrowArrayStream *stream)
{
    stream_state *state = stream->private_data;
    if (state->array.release != NULL)
        state->array.release(&state->array);
    shm_py_column_free(state->column);
    free(state);
    stream->release = NULL;
}

/* ---- capsules ---- */

static void free_schema_capsule(PyObject *capsule)
{
    struct ArrowSchema *schema = PyCapsule_GetPointer(capsule, "arrow_schema");
    if (schema->release != NULL)
        schema->release(schema);
    free(schema);
}

static void free_array_capsule(PyObject *capsule)
{
    struct ArrowArray *array = PyCapsule_GetPointer(capsule, "arrow_array");
    if (array->release != NULL)
        array->release(array);
    free(array);
}

static void free_stream_capsule(PyObject *capsule)
{
    struct ArrowArrayStream *stream = PyCapsule_GetPointer(capsule, "arrow_array_stream");
    if (stream->release != NULL)
        stream->release(stream);
    free(stream);
}

PyObject *shm_py_schema_capsule(const shm_py_column *column)
{
    struct ArrowSchema *schema = calloc(1, sizeof *schema);
    if (schema == NULL || shm_py_column_schema(column, schema) != 0) {
        free(schema);
        return PyErr_NoMemory();
    }
    PyObject *capsule = PyCapsule_New(schema, "arrow_schema", free_schema_capsule);
    if (capsule == NULL) {
        schema->release(schema);
        free(schema);
    }
    return capsule;
}

PyObject *shm_py_array_capsule(shm_py_column *column)
{
    struct ArrowArray *array = calloc(1, sizeof *array);
    if (array == NULL || shm_py_column_array(column, array) != 0) {
        free(array);
        return PyErr_NoMemory();
    }
    PyObject *capsule = PyCapsule_New(array, "arrow_array", free_array_capsule);
    if (capsule == NULL) {
        array->release(array);
        free(array);
    }
    return capsule;
}

PyObject *shm_py_stream_capsule(shm_py_column *column)
{
    struct ArrowArrayStream *stream = calloc(1, sizeof *stream);
    stream_state *state = calloc(1, sizeof *state);
    if (stream == NULL || state == NULL || shm_py_column_array(column, &state->array) != 0) {
        free(stream);
        free(state);
        shm_py_column_free(column);
        return PyErr_NoMemory();
    }
    state->column = column;
    stream->get_schema = stream_schema;
    stream->get_next = stream_next;
    stream->get_last_error = stream_error;
    stream->release = release_stream;
    stream->private_data = state;
    PyObject *capsule = PyCapsule_New(stream, "arrow_array_stream", free_stream_capsule);
    if (capsule == NULL) {
        release_stream(stream);
        free(stream);
    }
    return capsule;
}

static PyObject *pair_of(shm_py_column *column)
{
    PyObject *schema = shm_py_schema_capsule(column);
    PyObject *array = schema == NULL ? NULL : shm_py_array_capsule(column);
    return array == NULL ? (Py_XDECREF(schema), NULL) : Py_BuildValue("(NN)", schema, array);
}

/* ---- tables ---- */

/* All rows, without the lock; the handle is pinned meanwhile. */
static void fill(shm_py_column *column, const shm_py_collection *table, const shm_py_field *field)
{
    shm_py_handle_pin(table->handle);
    Py_BEGIN_ALLOW_THREADS;
    for (Py_ssize_t i = 0; i < table->count; i++) {
        const uint64_t row = (uint64_t)(table->first + i * table->step);
        const unsigned char *at = table->table.rows + row * table->table.stride;
        if (field != NULL) {
            shm_py_column_add_field(column, field, at);
        } else {
            for (size_t j = 0; j < column->child_count; j++)
                shm_py_column_add_field(column->children[j], &column->type->fields[j], at);
            column->length++;
        }
    }
    Py_END_ALLOW_THREADS;
    shm_py_handle_unpin(table->handle);
}

static shm_py_column *table_column(PyObject *self, bool filled)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    if (!shm_py_collection_is_open(table))
        return NULL;
    shm_py_column *column = shm_py_column_new("", table->source->row, false, 0);
    if (column == NULL || !filled)
        return column;
    fill(column, table, NULL);
    if (shm_py_column_check(column) != 0) {
        shm_py_column_free(column);
        return NULL;
    }
    return column;
}

/* A schema may be asked for, and need not be heeded: consumers cast. */
static int check_request(PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"requested_schema", NULL};
    PyObject *requested;
    return PyArg_ParseTupleAndKeywords(arguments, keywords, "|O", names, &requested) ? 0 : -1;
}

PyObject *shm_py_table_arrow_schema(PyObject *self, PyObject *unused)
{
    (void)unused;
    shm_py_column *column = table_column(self, false);
    PyObject *capsule = column == NULL ? NULL : shm_py_schema_capsule(column);
    shm_py_column_free(column);
    return capsule;
}

PyObject *shm_py_table_arrow_array(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    if (check_request(arguments, keywords) != 0)
        return NULL;
    shm_py_column *column = table_column(self, true);
    PyObject *pair = column == NULL ? NULL : pair_of(column);
    shm_py_column_free(column);
    return pair;
}

PyObject *shm_py_table_arrow_stream(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    if (check_request(arguments, keywords) != 0)
        return NULL;
    shm_py_column *column = table_column(self, true);
    return column == NULL ? NULL : shm_py_stream_capsule(column);
}

/* _arrow_column(name): capsules of one field. */
PyObject *shm_py_table_arrow_column(PyObject *self, PyObject *name)
{
    const shm_py_collection *table = (shm_py_collection *)self;
    const shm_py_type *type = table->source->row;
    const shm_py_field *field = NULL;
    if (!shm_py_collection_is_open(table))
        return NULL;
    for (size_t i = 0; i < type->field_count; i++) {
        if (PyObject_RichCompareBool(type->fields[i].name, name, Py_EQ) == 1)
            field = &type->fields[i];
    }
    if (field == NULL) {
        PyErr_SetObject(PyExc_KeyError, name);
        return NULL;
    }
    shm_py_column *column =
        shm_py_column_new(PyUnicode_AsUTF8AndSize(name, NULL), field->type, field->optional, 0);
    if (column == NULL)
        return NULL;
    fill(column, table, field);
    PyObject *pair = shm_py_column_check(column) == 0 ? pair_of(column) : NULL;
    shm_py_column_free(column);
    return pair;
}
