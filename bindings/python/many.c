/* many.c — finds for whole arrays of keys, without the interpreter's lock.
 *
 * libshm/_arrays.py makes the arrays; here keys come as a C-contiguous buffer of numbers or of
 * padded bytes, or as a list of str or bytes, and answers go into a writable buffer. */
#include "collection.h"

#include "errors.h"

#include <string.h>

/* So many that waits for memory overlap, and so few that their lines stay in the first cache. */
enum { CHUNK = 256 };

typedef struct key_batch {
    const shm_py_collection *collection;
    Py_buffer buffer; /* obj NULL: a list */
    PyObject *list;
    char code;    /* of the buffer's format */
    size_t width; /* bytes of an element */
    size_t count;
    bool high_is_none; /* words with the top bit are of the other signedness: no keys */
    uint64_t words[CHUNK];
    shm_string texts[CHUNK];
    uint64_t rows[CHUNK];
    const void *entries[CHUNK];
} key_batch;

/* ---- keys ---- */

static int open_list(key_batch *batch, PyObject *keys)
{
    /* A copy: nobody else can take its texts away. */
    batch->list = PySequence_List(keys);
    if (batch->list == NULL)
        return -1;
    batch->count = (size_t)PyList_Size(batch->list);
    return 0;
}

static int fail_format(const key_batch *batch)
{
    PyErr_Format(PyExc_TypeError, "%U: an array of format '%s' holds no keys of it",
                 batch->collection->source->name, batch->buffer.format);
    return -1;
}

/* Which formats hold keys of the leaf. */
static bool format_fits(key_batch *batch)
{
    const shm_kind kind = batch->collection->source->leaves[0]->type->kind;
    if (batch->collection->form == SHM_KEY_TEXT)
        return batch->code == 's' && (kind != SHM_UUID || batch->width == sizeof(shm_uuid));
    if (kind == SHM_F32 || kind == SHM_F64)
        return strchr("fdbhilqBHILQ", batch->code) != NULL;
    return strchr("?bhilqBHILQ", batch->code) != NULL;
}

static bool is_unsigned_code(char code)
{
    return strchr("?BHILQ", code) != NULL;
}

static int open_buffer(key_batch *batch, PyObject *keys)
{
    if (PyObject_GetBuffer(keys, &batch->buffer, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) != 0)
        return -1;
    const char *format = batch->buffer.format == NULL ? "B" : batch->buffer.format;
    const size_t length = strlen(format);
    batch->code = format[length - 1];
    batch->width = (size_t)batch->buffer.itemsize;
    batch->count = batch->width == 0 ? 0 : (size_t)batch->buffer.len / batch->width;
    const bool swapped = format[0] == '>' || format[0] == '!';
    if (swapped || !format_fits(batch) ||
        (batch->code != 's' && length > 1 && strchr("<=@|", format[0]) == NULL))
        return fail_format(batch);
    const shm_type *leaf = batch->collection->source->leaves[0]->type;
    const shm_kind kind = leaf->kind == SHM_ENUM ? leaf->element->kind : leaf->kind;
    const bool keys_are_unsigned = kind == SHM_BOOL || (kind >= SHM_U8 && kind <= SHM_U64);
    batch->high_is_none = kind != SHM_F32 && kind != SHM_F64 && batch->code != 's' &&
                          keys_are_unsigned != is_unsigned_code(batch->code);
    return 0;
}

static int batch_open(key_batch *batch, PyObject *keys)
{
    return PyList_Check(keys) || PyTuple_Check(keys) ? open_list(batch, keys)
                                                     : open_buffer(batch, keys);
}

static void batch_close(key_batch *batch)
{
    Py_XDECREF(batch->list);
    if (batch->buffer.obj != NULL)
        PyBuffer_Release(&batch->buffer);
    PyMem_Free(batch);
}

static uint64_t word_of(const unsigned char *at, char code, size_t width)
{
    uint64_t word = 0;
    memcpy(&word, at, width);
    if (!is_unsigned_code(code) && width < 8 && (word >> (8 * width - 1) & 1) != 0)
        word |= UINT64_MAX << (8 * width);
    return word;
}

static double float_of(const unsigned char *at, char code, size_t width)
{
    float narrow;
    double wide;
    if (code == 'f') {
        memcpy(&narrow, at, sizeof narrow);
        return (double)narrow;
    }
    if (code == 'd') {
        memcpy(&wide, at, sizeof wide);
        return wide;
    }
    const uint64_t word = word_of(at, code, width);
    return is_unsigned_code(code) ? (double)word : (double)(int64_t)word;
}

static void take_words(key_batch *batch, size_t first, size_t count)
{
    const unsigned char *at = (const unsigned char *)batch->buffer.buf + first * batch->width;
    const shm_kind kind = batch->collection->source->leaves[0]->type->kind;
    if (kind == SHM_F32 || kind == SHM_F64) {
        for (size_t i = 0; i < count; i++)
            batch->words[i] =
                shm_key_float(float_of(at + i * batch->width, batch->code, batch->width));
    } else if (batch->width == sizeof(uint64_t)) {
        memcpy(batch->words, at, count * sizeof *batch->words);
    } else {
        for (size_t i = 0; i < count; i++)
            batch->words[i] = word_of(at + i * batch->width, batch->code, batch->width);
    }
}

/* Texts with zeros behind them, or uuids, which may end in zeros. */
static void take_padded(key_batch *batch, size_t first, size_t count)
{
    const char *at = (const char *)batch->buffer.buf + first * batch->width;
    const bool is_uuid = batch->collection->source->leaves[0]->type->kind == SHM_UUID;
    for (size_t i = 0; i < count; i++, at += batch->width) {
        size_t length = batch->width;
        while (!is_uuid && length > 0 && at[length - 1] == 0)
            length--;
        batch->texts[i] = shm_string_of(at, length);
    }
}

/* With the lock.  What is no text finds nothing, as a single find would. */
static int take_texts(key_batch *batch, size_t first, size_t count, bool *known)
{
    for (size_t i = 0; i < count; i++) {
        shm_key_part part = {.text = {.data = "", .length = 0}};
        PyObject *held = NULL;
        const int result =
            shm_py_key_part(batch->collection->handle->state, batch->collection->source->leaves[0],
                            PyList_GetItem(batch->list, (Py_ssize_t)(first + i)), &part, &held);
        if (held != NULL) {
            /* Of a uuid: its bytes stay as long as the batch. */
            const int kept = PyList_Append(batch->list, held);
            Py_DECREF(held);
            if (kept != 0)
                return -1;
        }
        if (result < 0)
            return -1;
        known[i] = result == 1;
        batch->words[i] = part.word;
        batch->texts[i] = part.text;
    }
    return 0;
}

/* ---- finding ---- */

/* Row numbers into batch->rows, SHM_NO_ROW where there is none. */
static void find_rows(key_batch *batch, size_t count, const bool *known)
{
    const shm_py_collection *collection = batch->collection;
    if (collection->form == SHM_KEY_TEXT)
        shm_index_find_texts(collection->index, batch->texts, count, batch->rows);
    else
        shm_index_find_words(collection->index, batch->words, count, batch->rows);
    for (size_t i = 0; i < count; i++) {
        const bool none =
            (known != NULL && !known[i]) || (batch->high_is_none && (int64_t)batch->words[i] < 0);
        if (none)
            batch->rows[i] = SHM_NO_ROW;
    }
}

/* Entries into batch->entries, NULL where there is none. */
static void find_entries(key_batch *batch, size_t count, const bool *known)
{
    const shm_py_collection *collection = batch->collection;
    if (collection->placed.width == 0) {
        find_rows(batch, count, known);
        for (size_t i = 0; i < count; i++)
            batch->entries[i] = shm_table_at(&collection->table, batch->rows[i]);
        return;
    }
    shm_placed_find_many(&collection->placed, batch->words, count, batch->entries);
    for (size_t i = 0; i < count; i++) {
        const bool none =
            (known != NULL && !known[i]) || (batch->high_is_none && (int64_t)batch->words[i] < 0);
        if (none)
            batch->entries[i] = NULL;
    }
}

/* What one piece of keys found goes to `put`. */
typedef void put_call(const key_batch *batch, size_t first, size_t count, void *context);

static int find_all(key_batch *batch, bool entries, put_call *put, void *context)
{
    bool known[CHUNK];
    shm_py_handle *handle = batch->collection->handle;
    if (!shm_py_collection_is_open(batch->collection))
        return -1;
    shm_py_handle_pin(handle);
    for (size_t first = 0; first < batch->count && batch->list != NULL; first += CHUNK) {
        const size_t count = batch->count - first < CHUNK ? batch->count - first : CHUNK;
        if (take_texts(batch, first, count, known) != 0) {
            shm_py_handle_unpin(handle);
            return -1;
        }
        (entries ? find_entries : find_rows)(batch, count, known);
        put(batch, first, count, context);
    }
    if (batch->list == NULL) {
        Py_BEGIN_ALLOW_THREADS;
        for (size_t first = 0; first < batch->count; first += CHUNK) {
            const size_t count = batch->count - first < CHUNK ? batch->count - first : CHUNK;
            if (batch->code == 's')
                take_padded(batch, first, count);
            else
                take_words(batch, first, count);
            (entries ? find_entries : find_rows)(batch, count, NULL);
            put(batch, first, count, context);
        }
        Py_END_ALLOW_THREADS;
    }
    shm_py_handle_unpin(handle);
    return 0;
}

static void put_rows(const key_batch *batch, size_t first, size_t count, void *context)
{
    memcpy((uint64_t *)context + first, batch->rows, count * sizeof *batch->rows);
}

static void put_bools(const key_batch *batch, size_t first, size_t count, void *context)
{
    bool *out = (bool *)context + first;
    for (size_t i = 0; i < count; i++)
        out[i] = batch->entries[i] != NULL;
}

typedef struct gather_out {
    unsigned char *values;
    const unsigned char *missing; /* what stands for a key that is not there */
    size_t width;
    size_t offset; /* of the value in an entry */
    size_t first_missing;
} gather_out;

static void put_values(const key_batch *batch, size_t first, size_t count, void *context)
{
    gather_out *out = context;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *entry = batch->entries[i];
        const unsigned char *value = entry == NULL ? out->missing : entry + out->offset;
        unsigned char *to = out->values + (first + i) * out->width;
        if (out->width == 8)
            memcpy(to, value, 8);
        else
            memcpy(to, value, out->width);
        if (entry == NULL && out->first_missing > first + i)
            out->first_missing = first + i;
    }
}

/* ---- methods ---- */

static key_batch *batch_for(PyObject *self, PyObject *keys)
{
    const shm_py_collection *collection = (shm_py_collection *)self;
    if (!shm_py_collection_is_open(collection))
        return NULL;
    key_batch *batch = PyMem_Calloc(1, sizeof *batch);
    if (batch == NULL)
        return (key_batch *)PyErr_NoMemory();
    batch->collection = collection;
    if (batch_open(batch, keys) != 0) {
        batch_close(batch);
        return NULL;
    }
    return batch;
}

static int out_buffer(PyObject *out, size_t count, size_t width, Py_buffer *buffer)
{
    if (PyObject_GetBuffer(out, buffer, PyBUF_C_CONTIGUOUS | PyBUF_WRITABLE) != 0)
        return -1;
    if ((size_t)buffer->len == count * width)
        return 0;
    PyBuffer_Release(buffer);
    PyErr_SetString(PyExc_ValueError, "the answers do not fit the keys");
    return -1;
}

/* (keys, out) of a method: what each key finds goes to `out`, in `width` bytes. */
static PyObject *fill_out(PyObject *self, PyObject *arguments, size_t width, bool entries,
                          put_call *put)
{
    PyObject *keys;
    PyObject *out;
    Py_buffer buffer;
    if (!PyArg_ParseTuple(arguments, "OO", &keys, &out))
        return NULL;
    key_batch *batch = batch_for(self, keys);
    if (batch == NULL)
        return NULL;
    int result = out_buffer(out, batch->count, width, &buffer);
    if (result == 0) {
        result = find_all(batch, entries, put, buffer.buf);
        PyBuffer_Release(&buffer);
    }
    batch_close(batch);
    return result != 0 ? NULL : Py_NewRef(Py_None);
}

PyObject *shm_py_method_find_many(PyObject *self, PyObject *arguments)
{
    return fill_out(self, arguments, sizeof(uint64_t), false, put_rows);
}

PyObject *shm_py_method_are_there(PyObject *self, PyObject *arguments)
{
    return fill_out(self, arguments, sizeof(bool), true, put_bools);
}

/* _gather(keys, values, missing): fills `values`; the position of the first key that is not there,
 * or -1. */
PyObject *shm_py_method_gather(PyObject *self, PyObject *arguments)
{
    PyObject *keys;
    PyObject *out;
    Py_buffer missing;
    Py_buffer values;
    const shm_py_field *field = &((shm_py_collection *)self)->source->value_field;
    if (!PyArg_ParseTuple(arguments, "OOy*", &keys, &out, &missing))
        return NULL;
    gather_out gather = {
        .missing = missing.buf,
        .width = (size_t)field->type->type->size,
        .offset = (size_t)field->offset,
        .first_missing = SIZE_MAX,
    };
    key_batch *batch = NULL;
    int result = -1;
    if ((size_t)missing.len != gather.width)
        PyErr_SetString(PyExc_ValueError, "the default does not fit the values");
    else
        batch = batch_for(self, keys);
    if (batch != NULL && out_buffer(out, batch->count, gather.width, &values) == 0) {
        gather.values = values.buf;
        result = find_all(batch, true, put_values, &gather);
        PyBuffer_Release(&values);
    }
    if (batch != NULL)
        batch_close(batch);
    PyBuffer_Release(&missing);
    if (result != 0)
        return NULL;
    return gather.first_missing == SIZE_MAX ? PyLong_FromLong(-1)
                                            : PyLong_FromSize_t(gather.first_missing);
}

/* "word", "float", "date", "datetime", "string", "bytes", "uuid" or "parts": how keys of arrays are
 * taken. */
PyObject *shm_py_method_key_kind(PyObject *self, PyObject *unused)
{
    const shm_py_collection *collection = (shm_py_collection *)self;
    const char *kind = "parts";
    (void)unused;
    if (collection->source->collection->key_count == 1 && collection->source->leaf_count == 1) {
        switch (collection->source->leaves[0]->type->kind) {
        case SHM_STRING:
            kind = "string";
            break;
        case SHM_BYTES:
            kind = "bytes";
            break;
        case SHM_UUID:
            kind = "uuid";
            break;
        case SHM_F32:
        case SHM_F64:
            kind = "float";
            break;
        case SHM_DATE:
            kind = "date";
            break;
        case SHM_DATETIME:
            kind = "datetime";
            break;
        default:
            kind = "word";
        }
        if (collection->source->collection->key_count == 1 && collection->index != NULL &&
            collection->form == SHM_KEY_PARTS)
            kind = "parts";
    }
    return PyUnicode_FromString(kind);
}

/* Calls the function of libshm._arrays with the collection in front. */
static PyObject *forward(PyObject *self, const char *name, PyObject *arguments, PyObject *keywords)
{
    PyObject *module = PyImport_ImportModule("libshm._arrays");
    PyObject *function = module == NULL ? NULL : PyObject_GetAttrString(module, name);
    PyObject *mine = function == NULL ? NULL : PyTuple_New(1);
    if (mine != NULL)
        PyTuple_SetItem(mine, 0, Py_NewRef(self));
    PyObject *all = mine == NULL ? NULL : PySequence_Concat(mine, arguments);
    PyObject *result = all == NULL ? NULL : PyObject_Call(function, all, keywords);
    Py_XDECREF(module);
    Py_XDECREF(function);
    Py_XDECREF(mine);
    Py_XDECREF(all);
    return result;
}

static PyObject *forward_one(PyObject *self, const char *name, PyObject *argument)
{
    PyObject *arguments = PyTuple_New(1);
    if (arguments == NULL)
        return NULL;
    PyTuple_SetItem(arguments, 0, Py_NewRef(argument));
    PyObject *result = forward(self, name, arguments, NULL);
    Py_DECREF(arguments);
    return result;
}

PyObject *shm_py_method_get_many(PyObject *self, PyObject *arguments, PyObject *keywords)
{
    return forward(self, "get_many", arguments, keywords);
}

PyObject *shm_py_method_contains_many(PyObject *self, PyObject *keys)
{
    return forward_one(self, "contains_many", keys);
}

PyObject *shm_py_method_rows_many(PyObject *self, PyObject *keys)
{
    return forward_one(self, "rows_many", keys);
}
