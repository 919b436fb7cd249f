/* index.c — indexes and maps as mappings, and sets: what a key gives is a record or value where
 * keys are unique, and a sequence of them where not. */
#include "collection.h"

#include "items.h"

/* ---- unique keys: index, map ---- */

static PyObject *unique_subscript(PyObject *self, PyObject *key)
{
    const shm_py_collection *collection = (shm_py_collection *)self;
    const void *row;
    const int found = shm_py_find_row(collection, key, &row);
    if (found == 1)
        return shm_py_row_object(collection, row);
    if (found == 0)
        PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

static int unique_contains(PyObject *self, PyObject *key)
{
    const void *row;
    return shm_py_find_row((shm_py_collection *)self, key, &row);
}

static PyObject *unique_get(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                            PyObject *names)
{
    const void *row;
    PyObject *fallback = shm_py_get_default(arguments, count, names);
    if (fallback == NULL)
        return NULL;
    const int found = shm_py_find_row((shm_py_collection *)self, arguments[0], &row);
    if (found == 1)
        return shm_py_row_object((shm_py_collection *)self, row);
    return found < 0 ? NULL : Py_NewRef(fallback);
}

/* ---- keys with several rows ---- */

static PyObject *multi_subscript(PyObject *self, PyObject *key)
{
    shm_py_collection *collection = (shm_py_collection *)self;
    shm_row_range range;
    if (shm_py_find_rows(collection, key, &range) != 1)
        return NULL;
    if (range.count > 0)
        return shm_py_rows_new(collection, range);
    PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

static int multi_contains(PyObject *self, PyObject *key)
{
    shm_row_range range;
    return shm_py_find_rows((shm_py_collection *)self, key, &range) != 1 ? -1 : range.count > 0;
}

static PyObject *multi_get(PyObject *self, PyObject *const *arguments, Py_ssize_t count,
                           PyObject *names)
{
    shm_row_range range;
    PyObject *fallback = shm_py_get_default(arguments, count, names);
    if (fallback == NULL || shm_py_find_rows((shm_py_collection *)self, arguments[0], &range) != 1)
        return NULL;
    if (range.count > 0)
        return shm_py_rows_new((shm_py_collection *)self, range);
    return Py_NewRef(fallback);
}

static PyObject *sorted_subscript(PyObject *self, PyObject *key)
{
    return PySlice_Check(key) ? shm_py_sorted_slice(self, key) : multi_subscript(self, key);
}

static Py_ssize_t entry_count(PyObject *self)
{
    const shm_py_collection *collection = (shm_py_collection *)self;
    return shm_py_collection_is_open(collection)
               ? (Py_ssize_t)shm_index_entry_count(collection->index)
               : -1;
}

/* As a dict beside a mapping. */
static PyObject *mapping_compare(PyObject *self, PyObject *other, int operation)
{
    if (operation != Py_EQ && operation != Py_NE)
        Py_RETURN_NOTIMPLEMENTED;
    shm_py_state *state = ((shm_py_collection *)self)->handle->state;
    PyObject *equal = shm_py_call(state, SHM_PY_MAPPINGS_EQUAL, self, other, NULL);
    if (equal == NULL || equal == Py_NotImplemented || operation == Py_EQ)
        return equal;
    PyObject *differ = PyBool_FromLong(equal == Py_False);
    Py_DECREF(equal);
    return differ;
}

static PyObject *no_keys(PyObject *self)
{
    return PyErr_Format(PyExc_TypeError,
                        "%U is an approximate index: it holds hashes and cannot tell its keys",
                        ((shm_py_collection *)self)->source->name);
}

/* ---- sets of keys ---- */

static PyObject *frozen(PyObject *self)
{
    return PyFrozenSet_New(self);
}

static bool is_set(PyObject *object)
{
    return PyAnySet_Check(object);
}

/* Beside a set, or another collection of the kind. */
static PyObject *set_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(other) != Py_TYPE(self) && !is_set(other))
        Py_RETURN_NOTIMPLEMENTED;
    return shm_py_compare_plain(self, other, operation, frozen);
}

static PyObject *set_isdisjoint(PyObject *self, PyObject *other)
{
    PyObject *iterator = PyObject_GetIter(other);
    PyObject *item;
    int shared = iterator == NULL ? -1 : 0;
    while (shared == 0 && (item = PyIter_Next(iterator)) != NULL) {
        shared = unique_contains(self, item);
        Py_DECREF(item);
    }
    Py_XDECREF(iterator);
    return shared < 0 || PyErr_Occurred() ? NULL : PyBool_FromLong(shared == 0);
}

/* ---- the classes ---- */

/* Methods that several kinds have. */
/* clang-format off */
#define WALKS                                                                                     \
    {"keys", shm_py_method_keys, METH_NOARGS, "A view of the keys."},                             \
    {"items", shm_py_method_items, METH_NOARGS, "A view of the pairs."},                          \
    {"values", shm_py_method_values, METH_NOARGS, "A view of the values."},                       \
    {"_iterate_items", shm_py_method_iterate_items, METH_NOARGS, NULL},                           \
    {"_iterate_values", shm_py_method_iterate_values, METH_NOARGS, NULL}

#define FINDS_OF_MANY                                                                             \
    {"get_many", SHM_PY_METHOD(shm_py_method_get_many), METH_VARARGS | METH_KEYWORDS,             \
     "What each key gives: get_many(keys, default=...).  Without a default a key that is not\n"   \
     "there is a KeyError."},                                                                     \
    {"contains_many", SHM_PY_METHOD(shm_py_method_contains_many), METH_O,                         \
     "Whether each key is there, as a NumPy array of bool: contains_many(keys)."},                \
    {"_iterate_plain", shm_py_method_iterate_plain, METH_NOARGS, NULL},                           \
    {"_key_kind", shm_py_method_key_kind, METH_NOARGS, NULL},                                     \
    {"_find_many", shm_py_method_find_many, METH_VARARGS, NULL},                                  \
    {"_are_there", shm_py_method_are_there, METH_VARARGS, NULL},                                  \
    {"__reduce__", shm_py_collection_reduce, METH_NOARGS, NULL}
/* clang-format on */

static PyMethodDef index_methods[] = {
    {"get", SHM_PY_METHOD(unique_get), METH_FASTCALL | METH_KEYWORDS,
     "What the key gives, or a default: get(key, default=None)."},
    {"rows_many", SHM_PY_METHOD(shm_py_method_rows_many), METH_O,
     "The row number of each key as a NumPy array, -1 where there is none: rows_many(keys)."},
    WALKS,
    FINDS_OF_MANY,
    {NULL, NULL, 0, NULL},
};

static PyMethodDef map_methods[] = {
    {"get", SHM_PY_METHOD(unique_get), METH_FASTCALL | METH_KEYWORDS,
     "What the key gives, or a default: get(key, default=None)."},
    {"_gather", shm_py_method_gather, METH_VARARGS, NULL},
    {"_value_dtype", shm_py_method_value_dtype, METH_NOARGS, NULL},
    WALKS,
    FINDS_OF_MANY,
    {NULL, NULL, 0, NULL},
};

static PyMethodDef multi_methods[] = {
    {"get", SHM_PY_METHOD(multi_get), METH_FASTCALL | METH_KEYWORDS,
     "What the key gives, or a default: get(key, default=None)."},
    {"_rows_at", shm_py_method_rows_at, METH_VARARGS, NULL},
    WALKS,
    FINDS_OF_MANY,
    {NULL, NULL, 0, NULL},
};

static PyMethodDef sorted_methods[] = {
    {"get", SHM_PY_METHOD(multi_get), METH_FASTCALL | METH_KEYWORDS,
     "What the key gives, or a default: get(key, default=None)."},
    {"range", SHM_PY_METHOD(shm_py_sorted_range), METH_VARARGS | METH_KEYWORDS,
     "The rows whose keys are at least `start` and less than `stop`, in order of their keys:\n"
     "range(start=None, stop=None).  [start:stop] is the same."},
    {"prefix", shm_py_sorted_prefix, METH_O,
     "The rows whose keys begin with the text; of a compound key, with a tuple of parts of which\n"
     "the last may go on."},
    {"_rows_at", shm_py_method_rows_at, METH_VARARGS, NULL},
    WALKS,
    FINDS_OF_MANY,
    {NULL, NULL, 0, NULL},
};

static PyMethodDef approximate_methods[] = {
    {"get", SHM_PY_METHOD(multi_get), METH_FASTCALL | METH_KEYWORDS,
     "What the key gives, or a default: get(key, default=None)."},
    {"_rows_at", shm_py_method_rows_at, METH_VARARGS, NULL},
    FINDS_OF_MANY,
    {NULL, NULL, 0, NULL},
};

static PyMethodDef set_methods[] = {
    {"isdisjoint", set_isdisjoint, METH_O, "As of a frozenset."},
    {"contains_many", SHM_PY_METHOD(shm_py_method_contains_many), METH_O,
     "Whether each key is there, as a NumPy array of bool: contains_many(keys)."},
    {"_iterate_plain", shm_py_method_iterate_plain, METH_NOARGS, NULL},
    {"_key_kind", shm_py_method_key_kind, METH_NOARGS, NULL},
    {"_find_many", shm_py_method_find_many, METH_VARARGS, NULL},
    {"_are_there", shm_py_method_are_there, METH_VARARGS, NULL},
    {"__reduce__", shm_py_collection_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyType_Slot index_slots[] = {
    {Py_tp_doc, "A unique index: a mapping from keys to records."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_richcompare, SHM_PY_SLOT(mapping_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_walk_keys)},
    {Py_mp_subscript, SHM_PY_SLOT(unique_subscript)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_key_count)},
    {Py_sq_contains, SHM_PY_SLOT(unique_contains)},
    {Py_tp_methods, index_methods},
    {0, NULL},
};

PyType_Spec shm_py_index_spec = {
    .name = "libshm.Index",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = index_slots,
};

static PyType_Slot map_slots[] = {
    {Py_tp_doc, "A map: a mapping from keys to values."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_richcompare, SHM_PY_SLOT(mapping_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_walk_keys)},
    {Py_mp_subscript, SHM_PY_SLOT(unique_subscript)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_key_count)},
    {Py_sq_contains, SHM_PY_SLOT(unique_contains)},
    {Py_tp_methods, map_methods},
    {0, NULL},
};

PyType_Spec shm_py_map_spec = {
    .name = "libshm.Map",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = map_slots,
};

static PyType_Slot multi_index_slots[] = {
    {Py_tp_doc, "An index: a mapping from keys to the rows that have them."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_richcompare, SHM_PY_SLOT(mapping_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_walk_keys)},
    {Py_mp_subscript, SHM_PY_SLOT(multi_subscript)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_key_count)},
    {Py_sq_contains, SHM_PY_SLOT(multi_contains)},
    {Py_tp_methods, multi_methods},
    {0, NULL},
};

PyType_Spec shm_py_multi_index_spec = {
    .name = "libshm.MultiIndex",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = multi_index_slots,
};

static PyType_Slot multi_map_slots[] = {
    {Py_tp_doc, "A multimap: a mapping from keys to sequences of values."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_richcompare, SHM_PY_SLOT(mapping_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_walk_keys)},
    {Py_mp_subscript, SHM_PY_SLOT(multi_subscript)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_key_count)},
    {Py_sq_contains, SHM_PY_SLOT(multi_contains)},
    {Py_tp_methods, multi_methods},
    {0, NULL},
};

PyType_Spec shm_py_multi_map_spec = {
    .name = "libshm.MultiMap",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = multi_map_slots,
};

static PyType_Slot sorted_index_slots[] = {
    {Py_tp_doc, "A sorted index: a mapping, in order of keys, to the rows that have them."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_richcompare, SHM_PY_SLOT(mapping_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_walk_keys)},
    {Py_mp_subscript, SHM_PY_SLOT(sorted_subscript)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_key_count)},
    {Py_sq_contains, SHM_PY_SLOT(multi_contains)},
    {Py_tp_methods, sorted_methods},
    {0, NULL},
};

PyType_Spec shm_py_sorted_index_spec = {
    .name = "libshm.SortedIndex",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = sorted_index_slots,
};

static PyType_Slot approximate_index_slots[] = {
    {Py_tp_doc, "An approximate index: rows that may have a key, and all that do."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_iter, SHM_PY_SLOT(no_keys)},
    {Py_mp_subscript, SHM_PY_SLOT(multi_subscript)},
    {Py_mp_length, SHM_PY_SLOT(entry_count)},
    {Py_sq_contains, SHM_PY_SLOT(multi_contains)},
    {Py_tp_methods, approximate_methods},
    {0, NULL},
};

PyType_Spec shm_py_approximate_index_spec = {
    .name = "libshm.ApproximateIndex",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = approximate_index_slots,
};

static PyType_Slot key_set_slots[] = {
    {Py_tp_doc, "A set of keys."},
    {Py_tp_dealloc, SHM_PY_SLOT(shm_py_collection_dealloc)},
    {Py_tp_repr, SHM_PY_SLOT(shm_py_collection_repr)},
    {Py_tp_iter, SHM_PY_SLOT(shm_py_walk_keys)},
    {Py_mp_length, SHM_PY_SLOT(shm_py_key_count)},
    {Py_sq_contains, SHM_PY_SLOT(unique_contains)},
    {Py_tp_richcompare, SHM_PY_SLOT(set_compare)},
    {Py_tp_hash, SHM_PY_SLOT(PyObject_HashNotImplemented)},
    {Py_nb_and, SHM_PY_SLOT(shm_py_set_and)},
    {Py_nb_or, SHM_PY_SLOT(shm_py_set_or)},
    {Py_nb_subtract, SHM_PY_SLOT(shm_py_set_subtract)},
    {Py_nb_xor, SHM_PY_SLOT(shm_py_set_xor)},
    {Py_tp_methods, set_methods},
    {0, NULL},
};

PyType_Spec shm_py_key_set_spec = {
    .name = "libshm.KeySet",
    .basicsize = sizeof(shm_py_collection),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = key_set_slots,
};
