#include "build.h"

#include "errors.h"
#include "key.h"

#include <stdio.h>
#include <string.h>

/* ---- failures ---- */

enum { PATH_BYTES = 512 };

/* Raises what the builder answered; an exception of the progress callable comes first. */
static int fail(const shm_py_build_state *build, const shm_error *error)
{
    if (!PyErr_Occurred())
        shm_py_raise(build->state, error, build->path);
    return -1;
}

static int fail_row(const shm_py_build_state *build, const shm_error *error)
{
    if (error->status == SHM_INVALID && !PyErr_Occurred()) {
        PyErr_Format(build->state->errors[SHM_INVALID], "%U: row %llu: %s", build->source->name,
                     build->row, error->text);
        return -1;
    }
    return fail(build, error);
}

/* The builder may have refused an earlier value of the row: that comes first. */
static bool failed_before(const shm_py_build_state *build)
{
    shm_error error = {0};
    return shm_builder_status(build->builder, &error) != SHM_OK && fail_row(build, &error) != 0;
}

/* The bytes of the step from a record or tuple to its field `next`, which the builder's path ends
 * with. */
static size_t step_length(const shm_py_type *type, size_t next, size_t path_length)
{
    char text[32];
    if (next >= type->field_count)
        return 0;
    if (type->type->kind == SHM_TUPLE)
        return (size_t)snprintf(text, sizeof text, "[%zu]", next);
    const size_t length = strlen(type->type->fields[next].name);
    return length < path_length ? length + 1 : length; /* and the point before it */
}

/* "cities: row 17: where.lat: "; of the whole record or tuple, if `within` is one: "cities: row 17:
 * where: ". */
static PyObject *place_of(const shm_py_build_state *build, const shm_py_type *within, size_t next)
{
    char path[PATH_BYTES];
    const size_t length = shm_builder_path(build->builder, path, sizeof path);
    const size_t step = within == NULL ? 0 : step_length(within, next, length);
    if (length < sizeof path && step <= length)
        path[length - step] = 0;
    return PyUnicode_FromFormat("%U: row %llu: %s%s", build->source->name, build->row, path,
                                path[0] == 0 ? "" : ": ");
}

/* Cut, as a value may be large. */
static PyObject *shown(PyObject *object)
{
    enum { SHOWN_MAX = 80 };
    PyObject *text = PyObject_Repr(object);
    if (text == NULL || PyUnicode_GetLength(text) <= SHOWN_MAX)
        return text;
    PyObject *cut = PyUnicode_Substring(text, 0, SHOWN_MAX);
    PyObject *dots = cut == NULL ? NULL : PyUnicode_FromFormat("%U...", cut);
    Py_XDECREF(cut);
    Py_DECREF(text);
    return dots;
}

/* Takes over the place. */
static int fail_type(const shm_py_build_state *build, PyObject *place, const shm_py_type *type,
                     PyObject *object, const char *more)
{
    char name[256];
    shm_type_text(type->type, name, sizeof name);
    PyObject *value = place == NULL ? NULL : shown(object);
    PyObject *class = value == NULL ? NULL : PyType_GetName(Py_TYPE(object));
    if (class != NULL)
        shm_py_raise_own(build->state, SHM_PY_VALUE_TYPE_ERROR, "%U%U (%U) is not of type %s%s",
                         place, value, class, name, more);
    Py_XDECREF(place);
    Py_XDECREF(value);
    Py_XDECREF(class);
    return -1;
}

int shm_py_put_fail(shm_py_build_state *build, const shm_py_type *type, PyObject *object,
                    const char *more)
{
    return failed_before(build) ? -1
                                : fail_type(build, place_of(build, NULL, 0), type, object, more);
}

int shm_py_put_fail_whole(shm_py_build_state *build, const shm_py_type *type, PyObject *object,
                          const char *more)
{
    return failed_before(build) ? -1
                                : fail_type(build, place_of(build, type, 0), type, object, more);
}

/* Takes over the place. */
static int refuse(const shm_py_build_state *build, PyObject *place, PyObject *object,
                  const char *reason)
{
    PyObject *value = place == NULL || object == NULL ? NULL : shown(object);
    if (place != NULL && value != NULL)
        PyErr_Format(build->state->errors[SHM_INVALID], "%U%U %s", place, value, reason);
    else if (place != NULL && object == NULL)
        PyErr_Format(build->state->errors[SHM_INVALID], "%U%s", place, reason);
    Py_XDECREF(place);
    Py_XDECREF(value);
    return -1;
}

int shm_py_put_refuse(shm_py_build_state *build, PyObject *object, const char *reason)
{
    return failed_before(build) ? -1 : refuse(build, place_of(build, NULL, 0), object, reason);
}

int shm_py_put_refuse_whole(shm_py_build_state *build, const shm_py_type *type, size_t next,
                            PyObject *object, const char *reason)
{
    return failed_before(build) ? -1 : refuse(build, place_of(build, type, next), object, reason);
}

int shm_py_put_wrap(shm_py_build_state *build, PyObject *object)
{
    if (!PyErr_ExceptionMatches(PyExc_UnicodeError) &&
        !PyErr_ExceptionMatches(PyExc_OverflowError) && !PyErr_ExceptionMatches(PyExc_ValueError))
        return -1;
    PyObject *type;
    PyObject *value;
    PyObject *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    PyObject *text = value == NULL ? NULL : PyObject_Str(value);
    const char *words = text == NULL ? NULL : PyUnicode_AsUTF8AndSize(text, NULL);
    if (words == NULL)
        PyErr_Clear();
    shm_py_put_refuse(build, object, words == NULL ? "cannot be taken" : words);
    Py_XDECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return -1;
}

/* ---- progress ---- */

/* Called with the lock or, while publishing, without it. */
static bool tell_progress(void *context, const shm_progress *progress)
{
    shm_py_build_state *build = context;
    if (build->thread != NULL)
        PyEval_RestoreThread(build->thread);
    bool go_on = PyErr_CheckSignals() == 0;
    if (go_on && build->progress != Py_None) {
        PyObject *answer = PyObject_CallFunction(build->progress, "sKK", progress->phase,
                                                 (unsigned long long)progress->done,
                                                 (unsigned long long)progress->total);
        go_on = answer != NULL && answer != Py_False;
        Py_XDECREF(answer);
    }
    if (build->thread != NULL)
        build->thread = PyEval_SaveThread();
    return go_on;
}

/* ---- rows ---- */

static int end_row(shm_py_build_state *build)
{
    shm_error error = {0};
    if (shm_builder_row_end(build->builder, NULL, &error) != SHM_OK)
        return fail_row(build, &error);
    build->row++;
    return 0;
}

static int put_row(shm_py_build_state *build, PyObject *object)
{
    shm_builder_row_begin(build->builder, build->source->collection->number);
    if (shm_py_put_fields(build, build->source->row, object) != 0)
        return -1;
    return end_row(build);
}

static int put_key(shm_py_build_state *build, PyObject *key)
{
    const shm_type *record = build->source->collection->put_record;
    shm_builder_row_begin(build->builder, build->source->collection->number);
    return shm_py_put(build, &build->plan->types[record->fields[0].type->id], key);
}

static int put_pair(shm_py_build_state *build, PyObject *key, PyObject *value)
{
    const shm_type *record = build->source->collection->put_record;
    if (put_key(build, key) != 0)
        return -1;
    if (shm_py_put(build, &build->plan->types[record->fields[1].type->id], value) != 0)
        return -1;
    return end_row(build);
}

static int put_entry(shm_py_build_state *build, PyObject *pair)
{
    PyObject *tuple = PyTuple_Check(pair) ? Py_NewRef(pair) : PySequence_Tuple(pair);
    if (tuple == NULL || PyTuple_Size(tuple) != 2) {
        const bool is_type = tuple != NULL || PyErr_ExceptionMatches(PyExc_TypeError);
        Py_XDECREF(tuple);
        if (!is_type)
            return -1;
        PyErr_Clear();
        return shm_py_put_refuse(build, pair, "is no pair of a key and a value");
    }
    const int result = put_pair(build, PyTuple_GetItem(tuple, 0), PyTuple_GetItem(tuple, 1));
    Py_DECREF(tuple);
    return result;
}

static int put_element(shm_py_build_state *build, PyObject *key)
{
    return put_key(build, key) != 0 ? -1 : end_row(build);
}

typedef int put_call(shm_py_build_state *build, PyObject *object);

static int put_all(shm_py_build_state *build, PyObject *rows, put_call *put)
{
    PyObject *iterator = PyObject_GetIter(rows);
    PyObject *object;
    int result = iterator == NULL ? -1 : 0;
    while (result == 0 && (object = PyIter_Next(iterator)) != NULL) {
        result = put(build, object);
        Py_DECREF(object);
    }
    Py_XDECREF(iterator);
    return result == 0 && PyErr_Occurred() ? -1 : result;
}

/* ---- structured arrays ---- */

static int add_packed(shm_py_build_state *build, PyObject *rows)
{
    Py_buffer view;
    shm_error error = {0};
    const size_t size = (size_t)build->source->row->type->row_size;
    if (PyObject_GetBuffer(rows, &view, PyBUF_C_CONTIGUOUS) != 0)
        return -1;
    const size_t count = (size_t)view.len / size;
    const shm_status status = shm_builder_add_rows(
        build->builder, build->source->collection->number, view.buf, count, size, NULL, &error);
    PyBuffer_Release(&view);
    build->row += count;
    if (status == SHM_INVALID && !PyErr_Occurred())
        PyErr_Format(build->state->errors[SHM_INVALID], "%U: %s", build->source->name, error.text);
    return status == SHM_OK ? 0 : fail(build, &error);
}

/* Rows of an array whose fields are the table's, all at once: 1, or 0 if it is no such array, or
 * -1. */
static int put_packed(shm_py_build_state *build, PyObject *array)
{
    if (!PyObject_HasAttrString(array, "dtype") || build->source->row->type->row_size == 0)
        return 0;
    PyObject *dtype = shm_py_row_dtype(build->source->row);
    PyObject *pieces =
        dtype == NULL ? NULL : shm_py_call(build->state, SHM_PY_PACKED_ROWS, array, dtype, NULL);
    Py_XDECREF(dtype);
    if (pieces == NULL || pieces == Py_None) {
        Py_XDECREF(pieces);
        return pieces == NULL ? -1 : 0;
    }
    const int result = put_all(build, pieces, add_packed);
    Py_DECREF(pieces);
    return result == 0 ? 1 : -1;
}

static int put_table(shm_py_build_state *build, PyObject *rows)
{
    const int packed = put_packed(build, rows);
    if (packed != 0)
        return packed < 0 ? -1 : 0;
    /* A structured array that is not the table's, as dicts. */
    PyObject *plain = PyObject_HasAttrString(rows, "dtype")
                          ? shm_py_call(build->state, SHM_PY_ARRAY_ROWS, rows, NULL, NULL)
                          : Py_NewRef(rows);
    const int result = plain == NULL ? -1 : put_all(build, plain, put_row);
    Py_XDECREF(plain);
    return result;
}

/* ---- tensors ---- */

static int add_elements(shm_py_build_state *build, PyObject *bytes)
{
    Py_buffer view;
    shm_error error = {0};
    if (PyObject_GetBuffer(bytes, &view, PyBUF_C_CONTIGUOUS) != 0)
        return -1;
    const size_t width = (size_t)build->source->value->type->size;
    const shm_status status =
        shm_builder_tensor_add(build->builder, build->source->collection->number, view.buf,
                               (size_t)view.len / width, &error);
    PyBuffer_Release(&view);
    return status == SHM_OK ? 0 : fail(build, &error);
}

/* A length that is none has raised an exception already. */
static int fail_shape(const shm_py_build_state *build, PyObject *shape)
{
    static const char *const format = "%U: %R is no shape: its lengths are integers from 0 on";
    const bool is_type = PyErr_ExceptionMatches(PyExc_TypeError);
    PyErr_Clear();
    if (is_type)
        shm_py_raise_own(build->state, SHM_PY_VALUE_TYPE_ERROR, format, build->source->name, shape);
    else
        PyErr_Format(build->state->errors[SHM_INVALID], format, build->source->name, shape);
    return -1;
}

static int begin_tensor(shm_py_build_state *build, PyObject *shape)
{
    uint64_t lengths[SHM_TENSOR_NDIM_MAX];
    shm_error error = {0};
    const Py_ssize_t ndim = PyTuple_Size(shape);
    if (ndim > SHM_TENSOR_NDIM_MAX)
        return shm_py_put_refuse(build, shape, "has too many dimensions");
    for (Py_ssize_t i = 0; i < ndim; i++) {
        lengths[i] = PyLong_AsUnsignedLongLong(PyTuple_GetItem(shape, i));
        if (PyErr_Occurred())
            return fail_shape(build, shape);
    }
    if (shm_builder_tensor_begin(build->builder, build->source->collection->number, lengths,
                                 (size_t)ndim, &error) != SHM_OK)
        return fail(build, &error);
    return 0;
}

/* tensor_bytes tells (shape, iterable of buffers) with elements of exactly the type. */
static int put_tensor(shm_py_build_state *build, PyObject *data)
{
    PyObject *format = PyUnicode_FromString(build->source->value->format);
    PyObject *parts = format == NULL ? NULL
                                     : shm_py_call(build->state, SHM_PY_TENSOR_BYTES, data, format,
                                                   build->source->name);
    Py_XDECREF(format);
    if (parts == NULL)
        return -1;
    int result = begin_tensor(build, PyTuple_GetItem(parts, 0));
    PyObject *iterator = result != 0 ? NULL : PyObject_GetIter(PyTuple_GetItem(parts, 1));
    PyObject *bytes;
    while (result == 0 && iterator != NULL && (bytes = PyIter_Next(iterator)) != NULL) {
        result = add_elements(build, bytes);
        Py_DECREF(bytes);
    }
    Py_XDECREF(iterator);
    Py_DECREF(parts);
    return result != 0 || PyErr_Occurred() ? -1 : 0;
}

/* ---- the whole ---- */

/* Pairs, or a mapping, whose pairs they are. */
static int put_pairs(shm_py_build_state *build, PyObject *pairs)
{
    PyObject *abstract = shm_py_imported(build->state, SHM_PY_MAPPING);
    const int is_mapping = abstract == NULL ? -1 : PyObject_IsInstance(pairs, abstract);
    if (is_mapping <= 0)
        return is_mapping < 0 ? -1 : put_all(build, pairs, put_entry);
    PyObject *items = PyObject_CallMethod(pairs, "items", NULL);
    const int result = items == NULL ? -1 : put_all(build, items, put_entry);
    Py_XDECREF(items);
    return result;
}

static int put_collection(shm_py_build_state *build, PyObject *name, PyObject *rows)
{
    build->source = NULL;
    build->row = 0;
    for (size_t i = 0; i < build->plan->source_count; i++) {
        if (PyObject_RichCompareBool(build->plan->sources[i].name, name, Py_EQ) == 1)
            build->source = &build->plan->sources[i];
    }
    if (build->source == NULL) {
        PyErr_Format(build->state->errors[SHM_NOT_FOUND], "the dataset has no collection %R", name);
        return -1;
    }
    switch (build->source->collection->kind) {
    case SHM_TABLE:
        return put_table(build, rows);
    case SHM_MAP:
    case SHM_MULTIMAP:
        return put_pairs(build, rows);
    case SHM_SET_OF:
        return put_all(build, rows, put_element);
    case SHM_TENSOR_OF:
        return put_tensor(build, rows);
    default:
        PyErr_Format(build->state->errors[SHM_INVALID],
                     "%U is built from the rows of its table: give those of %s", name,
                     build->source->collection->table->name);
        return -1;
    }
}

static int put_collections(shm_py_build_state *build, PyObject *collections)
{
    for (Py_ssize_t i = 0; i < PyList_Size(collections); i++) {
        PyObject *pair = PyList_GetItem(collections, i);
        if (put_collection(build, PyTuple_GetItem(pair, 0), PyTuple_GetItem(pair, 1)) != 0)
            return -1;
    }
    return 0;
}

static int publish(shm_py_build_state *build, const char *path)
{
    shm_error error = {0};
    build->thread = PyEval_SaveThread();
    const shm_status status = shm_builder_publish(build->builder, path, &error);
    PyEval_RestoreThread(build->thread);
    build->thread = NULL;
    return status == SHM_OK ? 0 : fail(build, &error);
}

static const shm_schema *parse(shm_py_state *state, PyObject *text, PyObject *file)
{
    const shm_schema *schema = NULL;
    shm_error error = {0};
    shm_status status;
    Py_ssize_t length;
    if (file != Py_None) {
        PyObject *bytes;
        if (!PyUnicode_FSConverter(file, &bytes))
            return NULL;
        status = shm_schema_parse_file(PyBytes_AsString(bytes), NULL, NULL, &schema, &error);
        Py_DECREF(bytes);
    } else {
        const char *words = PyUnicode_AsUTF8AndSize(text, &length);
        if (words == NULL)
            return NULL;
        status = shm_schema_parse(words, (size_t)length, "schema", NULL, &schema, &error);
    }
    if (status == SHM_OK && schema->dataset != NULL)
        return schema;
    if (status == SHM_OK) {
        shm_schema_free(schema);
        PyErr_SetString(state->errors[SHM_BAD_SCHEMA], "the schema has no dataset");
    } else {
        shm_py_raise(state, &error, file == Py_None ? NULL : file);
    }
    return NULL;
}

static int run(shm_py_build_state *build, PyObject *collections, const shm_build_options *options)
{
    shm_error error = {0};
    PyObject *bytes;
    if (shm_builder_open(build->plan->schema, options, &build->builder, &error) != SHM_OK)
        return fail(build, &error);
    int result = put_collections(build, collections);
    if (result == 0 && PyUnicode_FSConverter(build->path, &bytes)) {
        result = publish(build, PyBytes_AsString(bytes));
        Py_DECREF(bytes);
    }
    /* Closing may take a while where much was spilled; nobody waits for it in vain. */
    shm_builder_close(build->builder);
    shm_any_writer_close(build->any);
    return result != 0 || PyErr_Occurred() ? -1 : 0;
}

PyObject *shm_py_build(PyObject *module, PyObject *arguments, PyObject *keywords)
{
    static char *names[] = {"schema", "file",   "path",     "collections", "memory",
                            "jobs",   "folder", "progress", NULL};
    shm_py_build_state build = {.state = PyModule_GetState(module)};
    PyObject *text;
    PyObject *file;
    PyObject *collections;
    unsigned long long memory;
    unsigned jobs;
    shm_build_options options = {.progress = tell_progress, .progress_context = &build};
    if (!PyArg_ParseTupleAndKeywords(arguments, keywords, "OOUO!KIzO", names, &text, &file,
                                     &build.path, &PyList_Type, &collections, &memory, &jobs,
                                     &options.spill_folder, &build.progress))
        return NULL;
    options.memory_bytes = memory;
    options.jobs = jobs;
    const shm_schema *schema = parse(build.state, text, file);
    build.plan = schema == NULL ? NULL : shm_py_plan_of(build.state, schema);
    if (build.plan == NULL)
        return NULL;
    const int result = run(&build, collections, &options);
    Py_DECREF((PyObject *)build.plan);
    return result == 0 ? Py_NewRef(Py_None) : NULL;
}
