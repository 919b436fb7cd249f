#include "collection.h"

#include "image.h"
#include "items.h"

static shm_py_class class_of(shm_collection_kind kind)
{
    static const shm_py_class classes[] = {
        [SHM_TABLE] = SHM_PY_TABLE,       [SHM_INDEX] = SHM_PY_INDEX,
        [SHM_MULTI] = SHM_PY_MULTI_INDEX, [SHM_APPROXIMATE] = SHM_PY_APPROXIMATE_INDEX,
        [SHM_MAP] = SHM_PY_MAP,           [SHM_MULTIMAP] = SHM_PY_MULTI_MAP,
        [SHM_SET_OF] = SHM_PY_KEY_SET,    [SHM_SORTED] = SHM_PY_SORTED_INDEX,
    };
    return classes[kind];
}

PyObject *shm_py_collection_new(shm_py_handle *handle, const shm_py_source *source)
{
    const uint32_t number = source->collection->number;
    if (source->collection->kind == SHM_TENSOR_OF)
        return shm_py_tensor_array(handle, number);
    shm_py_collection *collection =
        PyObject_New(shm_py_collection, handle->state->classes[class_of(source->collection->kind)]);
    if (collection == NULL)
        return NULL;
    collection->handle = shm_py_handle_hold(handle);
    collection->source = source;
    collection->table = shm_dataset_table(handle->dataset, number);
    collection->index = shm_dataset_index(handle->dataset, number);
    collection->placed = shm_dataset_placed(handle->dataset, number);
    collection->form = shm_index_key_form(collection->index);
    collection->first = 0;
    collection->step = 1;
    collection->count = (Py_ssize_t)shm_dataset_row_count(handle->dataset, number);
    return (PyObject *)collection;
}

void shm_py_collection_dealloc(PyObject *self)
{
    Py_DECREF((PyObject *)((shm_py_collection *)self)->handle);
    shm_py_free(self);
}

PyObject *shm_py_collection_reduce(PyObject *self, PyObject *unused)
{
    const shm_py_collection *collection = (shm_py_collection *)self;
    (void)unused;
    if (!shm_py_collection_is_open(collection))
        return NULL;
    PyObject *where = Py_BuildValue("(sO)", "collection", collection->source->name);
    return where == NULL ? NULL : shm_py_reduce_at(collection->handle, where);
}

PyObject *shm_py_row_object(const shm_py_collection *collection, const void *row)
{
    const shm_py_source *source = collection->source;
    if (source->row != NULL)
        return shm_py_record_new(collection->handle, source->row->class, row);
    return shm_py_field_value(collection->handle, &source->value_field, row);
}

PyObject *shm_py_row_plain(const shm_py_collection *collection, const void *row)
{
    const shm_py_source *source = collection->source;
    shm_py_handle_pin(collection->handle);
    PyObject *plain = source->row != NULL
                          ? shm_py_plain_row(collection->handle, source->row, row)
                          : shm_py_plain_field(collection->handle, &source->value_field, row);
    shm_py_handle_unpin(collection->handle);
    return plain;
}

/* ---- finding ---- */

static shm_row_range find_parts(const shm_py_collection *collection, const shm_py_key *key)
{
    switch (collection->form) {
    case SHM_KEY_WORD:
        return shm_multi_find_word(collection->index, key->parts[0].word);
    case SHM_KEY_TEXT:
        return shm_multi_find_text(collection->index, key->parts[0].text);
    default:
        return shm_multi_find_parts(collection->index, key->parts);
    }
}

static const void *find_one(const shm_py_collection *collection, const shm_py_key *key)
{
    uint64_t row;
    switch (collection->form) {
    case SHM_KEY_WORD:
        row = shm_index_find_word(collection->index, key->parts[0].word);
        break;
    case SHM_KEY_TEXT:
        row = shm_index_find_text(collection->index, key->parts[0].text);
        break;
    default:
        row = shm_index_find_parts(collection->index, key->parts);
        break;
    }
    return shm_table_at(&collection->table, row);
}

/* A key of one word needs no parts made.  Making a key may run code that closes the image, so that
 * whether it is open is asked after that. */
static int find_word(const shm_py_collection *collection, PyObject *object, const void **row)
{
    uint64_t word;
    const int known =
        shm_py_key_word(collection->handle->state, collection->source->leaves[0], object, &word);
    if (known != 1)
        return known;
    if (!shm_py_collection_is_open(collection))
        return -1;
    if (collection->placed.width != 0)
        *row = shm_placed_find(&collection->placed, word);
    else
        *row = shm_table_at(&collection->table, shm_index_find_word(collection->index, word));
    return *row != NULL;
}

static bool is_one_word(const shm_py_collection *collection)
{
    return collection->form == SHM_KEY_WORD && collection->source->leaf_count == 1 &&
           collection->source->collection->key_count == 1;
}

int shm_py_find_row(const shm_py_collection *collection, PyObject *object, const void **row)
{
    shm_py_key key;
    if (!shm_py_collection_is_open(collection))
        return -1;
    if (is_one_word(collection) && !PyTuple_Check(object))
        return find_word(collection, object, row);
    const int known =
        shm_py_key_make(collection->handle->state, collection->source, object, false, &key);
    if (known != 1)
        return known;
    const bool is_open = shm_py_collection_is_open(collection);
    if (is_open)
        *row = find_one(collection, &key);
    shm_py_key_free(&key);
    return is_open ? *row != NULL : -1;
}

int shm_py_find_rows(const shm_py_collection *collection, PyObject *object, shm_row_range *range)
{
    shm_py_key key;
    const bool is_sorted = collection->source->collection->kind == SHM_SORTED;
    if (!shm_py_collection_is_open(collection))
        return -1;
    const int known =
        shm_py_key_make(collection->handle->state, collection->source, object, is_sorted, &key);
    if (known < 0)
        return -1;
    memset(range, 0, sizeof *range);
    if (known == 0)
        return 1;
    const bool is_open = shm_py_collection_is_open(collection);
    if (is_open)
        *range = is_sorted ? shm_sorted_find_parts(collection->index, key.parts, key.count)
                           : find_parts(collection, &key);
    shm_py_key_free(&key);
    return is_open ? 1 : -1;
}

/* ---- what index kinds and maps share ---- */

Py_ssize_t shm_py_key_count(PyObject *self)
{
    const shm_py_collection *collection = (shm_py_collection *)self;
    if (!shm_py_collection_is_open(collection))
        return -1;
    if (collection->source->collection->kind == SHM_MAP ||
        collection->source->collection->kind == SHM_SET_OF)
        return collection->count;
    return (Py_ssize_t)shm_index_key_count(collection->index);
}

PyObject *shm_py_collection_repr(PyObject *self)
{
    const shm_py_collection *collection = (shm_py_collection *)self;
    PyObject *class = PyType_GetName(Py_TYPE(self));
    if (class == NULL)
        return NULL;
    PyObject *text = PyUnicode_FromFormat(
        "<%U %U of %R%s>", class, collection->source->name, collection->handle->path,
        shm_py_handle_is_open(collection->handle) ? "" : ", closed");
    Py_DECREF(class);
    return text;
}

static PyObject *make_view(PyObject *self, shm_py_import class)
{
    return shm_py_call(((shm_py_collection *)self)->handle->state, class, self, NULL, NULL);
}

PyObject *shm_py_method_keys(PyObject *self, PyObject *unused)
{
    (void)unused;
    return make_view(self, SHM_PY_KEYS_VIEW);
}

PyObject *shm_py_method_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return make_view(self, SHM_PY_ITEMS_VIEW);
}

PyObject *shm_py_method_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return make_view(self, SHM_PY_VALUES_VIEW);
}
