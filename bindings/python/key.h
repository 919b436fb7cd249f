/* key.h — keys: Python objects as the words and texts that finds take, and keys read from rows.
 *
 * As in a dict, an object that no key of the collection can equal (of another type, out of range)
 * is not an error but is not there; one that does not hash is a TypeError. */
#ifndef SHM_PYTHON_KEY_H
#define SHM_PYTHON_KEY_H

#include "handle.h"

enum { SHM_PY_KEY_FEW = 8 };

/* A key to find: its parts, and what keeps their texts. */
typedef struct shm_py_key {
    shm_key_part *parts;
    PyObject **held;
    size_t count;
    size_t room;
    shm_key_part few_parts[SHM_PY_KEY_FEW];
    PyObject *few_held[SHM_PY_KEY_FEW];
} shm_py_key;

/* Fills source->leaves. */
int shm_py_key_leaves(shm_py_plan *plan, shm_py_source *source);

/* One part of a scalar type: 1, or 0 where no value of the type equals `key`, or -1.  `held`
 * receives what keeps a text, if the key itself does not; else it is untouched. */
int shm_py_key_part(shm_py_state *state, const shm_py_type *type, PyObject *key, shm_key_part *part,
                    PyObject **held);

/* The parts of a key of the collection; with `may_be_short` a tuple of its first parts will do.
 * 1, 0 or -1 as above.  To be freed if 1. */
int shm_py_key_make(shm_py_state *state, const shm_py_source *source, PyObject *object,
                    bool may_be_short, shm_py_key *key);
void shm_py_key_free(shm_py_key *key);

/* Bytes that are equal for keys that the collection takes as one: other than to Python, NaN is one
 * key, and two datetimes of one instant are, whatever their zones. */
PyObject *shm_py_key_identity(shm_py_state *state, const shm_py_source *source, PyObject *object);

/* A key as a word, where shm_index_key_form is SHM_KEY_WORD: 1, 0 or -1. */
int shm_py_key_word(shm_py_state *state, const shm_py_type *leaf, PyObject *key, uint64_t *word);

/* Whether keys of a collection are elements of a list or set, of which a row may have many. */
bool shm_py_key_is_many(const shm_py_source *source);

/* The key of a row, if it is not many; None stands for a part that is absent. */
PyObject *shm_py_key_of_row(shm_py_handle *handle, const shm_py_source *source, const void *row);

/* All keys of a row as a list, whether one or many. */
PyObject *shm_py_keys_of_row(shm_py_handle *handle, const shm_py_source *source, const void *row);

/* Python's dates and times as the library's: 1, 0 where the object is none, -1 where it cannot be
 * held (an offset of seconds). */
int shm_py_to_date(shm_py_state *state, PyObject *object, shm_date *date);
int shm_py_to_datetime(shm_py_state *state, PyObject *object, shm_datetime *datetime);

#endif
