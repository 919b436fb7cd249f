/* walk.c — going through an index, map or set key by key.
 *
 * Indexes do not hold their keys: these are read from rows.  Where a row has one key, the index
 * leads from key to key (unique ones are walked row by row).  Where a list or set gives a row many
 * keys, each is told at the first row that it finds. */
#include "collection.h"

#include "image.h"
#include "items.h"

typedef struct walk_object {
    PyObject base;
    shm_py_collection *collection; /* NULL at the end */
    shm_py_walk_mode mode;
    bool is_running; /* within a step */
    uint64_t cursor;
    PyObject *pending; /* keys of the row at hand that are still to be told; or NULL */
    Py_ssize_t pending_at;
    const void *row;
    shm_row_range group; /* sorted: the rows of the key at hand */
} walk_object;

static void walk_dealloc(PyObject *self)
{
    walk_object *walk = (walk_object *)self;
    Py_XDECREF((PyObject *)walk->collection);
    Py_XDECREF(walk->pending);
    shm_py_free(self);
}

/* ---- one step ---- */

/* A key as a copy that hashes; takes it over. */
static PyObject *plain_key(const walk_object *walk, PyObject *key)
{
    const shm_py_handle *handle = walk->collection->handle;
    if (key == NULL || !PyTuple_Check(key)) {
        if (key == NULL || !PyType_IsSubtype(Py_TYPE(key), handle->state->classes[SHM_PY_RECORD]))
            return key;
        const shm_py_record *record = (shm_py_record *)key;
        PyObject *plain = shm_py_plain_key(record->handle, shm_py_record_type(record), record->at);
        Py_DECREF(key);
        return plain;
    }
    const Py_ssize_t count = PyTuple_Size(key);
    PyObject *tuple = PyTuple_New(count);
    for (Py_ssize_t i = 0; tuple != NULL && i < count; i++) {
        PyObject *part = plain_key(walk, Py_NewRef(PyTuple_GetItem(key, i)));
        if (part == NULL)
            Py_CLEAR(tuple);
        else
            PyTuple_SetItem(tuple, i, part);
    }
    Py_DECREF(key);
    return tuple;
}

static PyObject *plain_result(const walk_object *walk, PyObject *key, const void *row,
                              shm_row_range range)
{
    PyObject *plain = plain_key(walk, key);
    PyObject *value = NULL;
    if (plain != NULL && walk->collection->source->collection->kind == SHM_SET_OF)
        return plain;
    if (plain != NULL && row != NULL) {
        value = shm_py_row_plain(walk->collection, row);
    } else if (plain != NULL) {
        PyObject *rows = shm_py_rows_new(walk->collection, range);
        value = rows == NULL ? NULL : shm_py_rows_plain(rows, NULL);
        Py_XDECREF(rows);
    }
    return value == NULL ? (Py_XDECREF(plain), NULL) : Py_BuildValue("(NN)", plain, value);
}

/* Makes what the mode asks for; takes over the key.  `row`: of a unique collection, else NULL. */
static PyObject *result(const walk_object *walk, PyObject *key, const void *row,
                        shm_row_range range)
{
    if (key == NULL || walk->mode == SHM_PY_WALK_KEYS)
        return key;
    if (walk->mode == SHM_PY_WALK_PLAIN)
        return plain_result(walk, key, row, range);
    PyObject *value = row != NULL ? shm_py_row_object(walk->collection, row)
                                  : shm_py_rows_new(walk->collection, range);
    if (walk->mode == SHM_PY_WALK_VALUES) {
        Py_DECREF(key);
        return value;
    }
    return value == NULL ? (Py_DECREF(key), NULL) : Py_BuildValue("(NN)", key, value);
}

/* A row whose key is absent, in whole or in part, is not in the index. */
static bool is_absent(PyObject *key)
{
    if (key == Py_None)
        return true;
    if (!PyTuple_Check(key))
        return false;
    for (Py_ssize_t i = 0; i < PyTuple_Size(key); i++) {
        if (PyTuple_GetItem(key, i) == Py_None)
            return true;
    }
    return false;
}

static PyObject *key_of(const shm_py_collection *collection, const void *row)
{
    return shm_py_key_of_row(collection->handle, collection->source, row);
}

/* The next row of a unique collection, or of any table; NULL at the end. */
static const void *next_row(walk_object *walk)
{
    const shm_py_collection *collection = walk->collection;
    shm_value value;
    if (collection->placed.width == 0)
        return shm_table_at(&collection->table, walk->cursor++);
    return shm_dataset_next(collection->handle->dataset, collection->source->collection->number,
                            &walk->cursor, &value)
               ? value.at
               : NULL;
}

static PyObject *next_unique(walk_object *walk)
{
    static const shm_row_range none;
    const void *row;
    while ((row = next_row(walk)) != NULL) {
        PyObject *key = key_of(walk->collection, row);
        if (key == NULL || !is_absent(key))
            return result(walk, key, row, none);
        Py_DECREF(key);
    }
    return NULL;
}

static PyObject *next_group(walk_object *walk)
{
    const shm_py_collection *collection = walk->collection;
    shm_row_range range;
    uint64_t row;
    if (!shm_index_next(collection->index, &walk->cursor, &range))
        return NULL;
    shm_row_range first = range;
    if (!shm_row_range_next(&first, &row))
        return NULL;
    const void *at = shm_table_at(&collection->table, row);
    return at == NULL ? NULL : result(walk, key_of(collection, at), NULL, range);
}

/* ---- rows with many keys ---- */

static bool is_same_range(const shm_row_range *a, const shm_row_range *b)
{
    return a->at == b->at && a->count == b->count && (a->at != NULL || a->only == b->only);
}

/* Appends the key unless one like it was seen. */
static int add_distinct(const walk_object *walk, PyObject *key, PyObject *seen)
{
    const shm_py_collection *collection = walk->collection;
    PyObject *identity = shm_py_key_identity(collection->handle->state, collection->source, key);
    int result = identity == NULL ? -1 : PySet_Contains(seen, identity);
    if (result == 0)
        result = PySet_Add(seen, identity) != 0 ? -1 : PyList_Append(walk->pending, key);
    Py_XDECREF(identity);
    return result < 0 ? -1 : 0;
}

/* The distinct keys of the row. */
static int take_keys(walk_object *walk)
{
    PyObject *keys =
        shm_py_keys_of_row(walk->collection->handle, walk->collection->source, walk->row);
    PyObject *seen = keys == NULL ? NULL : PySet_New(NULL);
    walk->pending = seen == NULL ? NULL : PyList_New(0);
    walk->pending_at = 0;
    int result = walk->pending == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_Size(keys); i++)
        result = add_distinct(walk, PyList_GetItem(keys, i), seen);
    Py_XDECREF(keys);
    Py_XDECREF(seen);
    return result;
}

/* Goes to the next row with keys: 1, 0 at the end, -1. */
static int enter_row(walk_object *walk)
{
    const shm_py_collection *collection = walk->collection;
    Py_CLEAR(walk->pending);
    if (collection->source->collection->kind != SHM_SORTED) {
        walk->row = next_row(walk);
    } else {
        uint64_t number;
        if (!shm_index_next(collection->index, &walk->cursor, &walk->group))
            return 0;
        shm_row_range first = walk->group;
        walk->row =
            shm_row_range_next(&first, &number) ? shm_table_at(&collection->table, number) : NULL;
    }
    if (walk->row == NULL)
        return 0;
    return take_keys(walk) == 0 ? 1 : -1;
}

/* Whether this is the row at which the key is told, and its rows. */
static int is_told_here(const walk_object *walk, PyObject *key, shm_row_range *range)
{
    const shm_py_collection *collection = walk->collection;
    uint64_t number;
    if (shm_py_find_rows(collection, key, range) != 1)
        return -1;
    if (collection->source->collection->kind == SHM_SORTED)
        return is_same_range(range, &walk->group);
    shm_row_range first = *range;
    return shm_row_range_next(&first, &number) &&
           shm_table_at(&collection->table, number) == walk->row;
}

static PyObject *next_of_many(walk_object *walk)
{
    const bool is_unique = walk->collection->source->collection->kind == SHM_INDEX;
    for (;;) {
        while (walk->pending != NULL && walk->pending_at < PyList_Size(walk->pending)) {
            shm_row_range range;
            PyObject *key = PyList_GetItem(walk->pending, walk->pending_at++);
            const int told = is_told_here(walk, key, &range);
            if (told < 0)
                return NULL;
            if (told == 1)
                return result(walk, Py_NewRef(key), is_unique ? walk->row : NULL, range);
        }
        if (enter_row(walk) != 1)
            return NULL;
    }
}

/* ---- the object ---- */

static PyObject *step(walk_object *walk)
{
    const shm_collection_kind kind = walk->collection->source->collection->kind;
    if (shm_py_key_is_many(walk->collection->source))
        return next_of_many(walk);
    if (kind == SHM_INDEX || kind == SHM_MAP || kind == SHM_SET_OF)
        return next_unique(walk);
    return next_group(walk);
}

/* A step reads keys, values and rows with Python's code between: the image stays open meanwhile,
 * and the iterator, as a generator does, takes no step within a step. */
static PyObject *walk_next(PyObject *self)
{
    walk_object *walk = (walk_object *)self;
    if (walk->collection == NULL || !shm_py_collection_is_open(walk->collection))
        return NULL;
    if (walk->is_running)
        return PyErr_Format(PyExc_ValueError, "the iterator over %U is already taking a step",
                            walk->collection->source->name);
    shm_py_handle *handle = walk->collection->handle;
    walk->is_running = true;
    shm_py_handle_pin(handle);
    PyObject *next = step(walk);
    shm_py_handle_unpin(handle);
    walk->is_running = false;
    if (next == NULL && !PyErr_Occurred()) {
        shm_py_collection *collection = walk->collection;
        walk->collection = NULL;
        Py_DECREF((PyObject *)collection);
    }
    return next;
}

static PyType_Slot walk_slots[] = {
    {Py_tp_dealloc, SHM_PY_SLOT(walk_dealloc)},
    {Py_tp_iter, SHM_PY_SLOT(PyObject_SelfIter)},
    {Py_tp_iternext, SHM_PY_SLOT(walk_next)},
    {0, NULL},
};

PyType_Spec shm_py_walk_spec = {
    .name = "libshm._Walk",
    .basicsize = sizeof(walk_object),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = walk_slots,
};

PyObject *shm_py_walk_new(shm_py_collection *collection, shm_py_walk_mode mode)
{
    if (!shm_py_collection_is_open(collection))
        return NULL;
    walk_object *walk = PyObject_New(walk_object, collection->handle->state->classes[SHM_PY_WALK]);
    if (walk == NULL)
        return NULL;
    walk->collection = (shm_py_collection *)Py_NewRef((PyObject *)collection);
    walk->mode = mode;
    walk->is_running = false;
    walk->cursor = 0;
    walk->pending = NULL;
    walk->pending_at = 0;
    walk->row = NULL;
    return (PyObject *)walk;
}

PyObject *shm_py_walk_keys(PyObject *self)
{
    return shm_py_walk_new((shm_py_collection *)self, SHM_PY_WALK_KEYS);
}

PyObject *shm_py_method_iterate_items(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_walk_new((shm_py_collection *)self, SHM_PY_WALK_ITEMS);
}

PyObject *shm_py_method_iterate_values(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_walk_new((shm_py_collection *)self, SHM_PY_WALK_VALUES);
}

PyObject *shm_py_method_iterate_plain(PyObject *self, PyObject *unused)
{
    (void)unused;
    return shm_py_walk_new((shm_py_collection *)self, SHM_PY_WALK_PLAIN);
}
