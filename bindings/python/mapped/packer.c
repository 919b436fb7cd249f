/* packer.c — the bytes that objects are packed into, and what was packed already. */
#include "mapped/mapped.h"

enum { MEMO_ROOM_FIRST = 32, MEMO_ROOM_KEPT = 4096, ROOM_MIN = 256 };

int shm_mapped_packer_open(shm_mapped_packer *packer, shm_mapped_state *state, size_t room)
{
    *packer = (shm_mapped_packer){.state = state, .room = room < ROOM_MIN ? ROOM_MIN : room};
    packer->bytes = PyMem_Malloc(packer->room);
    if (packer->bytes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    return 0;
}

static void memo_free(shm_mapped_packer *packer)
{
    PyMem_Free(packer->memo);
    PyMem_Free(packer->memo_index);
    packer->memo = NULL;
    packer->memo_index = NULL;
    packer->memo_room = 0;
}

void shm_mapped_packer_forget(shm_mapped_packer *packer)
{
    const uint32_t count = packer->memo_count;
    packer->memo_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        Py_DECREF(packer->memo[i].object);
    }
    if (packer->memo_room > MEMO_ROOM_KEPT) {
        memo_free(packer);
    } else if (count > 0) {
        memset(packer->memo_index, 0, 2 * (size_t)packer->memo_room * sizeof *packer->memo_index);
    }
}

void shm_mapped_packer_close(shm_mapped_packer *packer)
{
    shm_mapped_packer_forget(packer);
    memo_free(packer);
    PyMem_Free(packer->bytes);
    packer->bytes = NULL;
}

static int grow(shm_mapped_packer *packer, size_t needed)
{
    const size_t room = needed > packer->room * 2 ? needed : packer->room * 2;
    unsigned char *bytes = PyMem_Realloc(packer->bytes, room);
    if (bytes == NULL) {
        PyErr_NoMemory();
        return -1;
    }
    packer->bytes = bytes;
    packer->room = room;
    return 0;
}

uint64_t shm_mapped_packer_reserve(shm_mapped_packer *packer, uint64_t size, unsigned alignment)
{
    const uint64_t end = packer->base + packer->used;
    const uint64_t padding = (packer->origin - end) % alignment;
    const uint64_t needed = packer->used + padding + size;
    if (packer->limit != 0 && end + padding + size - packer->start > packer->limit) {
        PyErr_Format(PyExc_ValueError,
                     "the object takes more than max_pack_buffer_size, %llu bytes",
                     (unsigned long long)packer->limit);
        return UINT64_MAX;
    }
    if (needed > PY_SSIZE_T_MAX) {
        PyErr_NoMemory();
        return UINT64_MAX;
    }
    if (needed > packer->room && grow(packer, (size_t)needed) != 0) {
        return UINT64_MAX;
    }
    memset(packer->bytes + packer->used, 0, (size_t)(padding + size));
    packer->used = (size_t)needed;
    return end + padding;
}

/* ---- the memo ---- */

/* The word of the index where the object is, or would be. */
static uint32_t *memo_word(const shm_mapped_packer *packer, const PyObject *object, unsigned code)
{
    const uint32_t mask = 2 * packer->memo_room - 1;
    const uint64_t mixed = ((uint64_t)(uintptr_t)object + code) * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t at = (uint32_t)(mixed >> 32) & mask;
    for (;; at = (at + 1) & mask) {
        const uint32_t index = packer->memo_index[at];
        if (index == 0 ||
            (packer->memo[index - 1].object == object && packer->memo[index - 1].code == code)) {
            return &packer->memo_index[at];
        }
    }
}

static int memo_grow(shm_mapped_packer *packer)
{
    const uint32_t room = packer->memo_room == 0 ? MEMO_ROOM_FIRST : packer->memo_room * 2;
    shm_mapped_packed *memo = PyMem_Realloc(packer->memo, room * sizeof *memo);
    if (memo != NULL) {
        packer->memo = memo;
    }
    uint32_t *index = room > UINT32_MAX / 4 ? NULL : PyMem_Calloc(2 * (size_t)room, sizeof *index);
    if (memo == NULL || index == NULL) {
        PyMem_Free(index);
        PyErr_NoMemory();
        return -1;
    }
    PyMem_Free(packer->memo_index);
    packer->memo_index = index;
    packer->memo_room = room;
    for (uint32_t i = 0; i < packer->memo_count; i++) {
        *memo_word(packer, memo[i].object, memo[i].code) = i + 1;
    }
    return 0;
}

static PyObject *idmap_key(const PyObject *object)
{
    return PyLong_FromLongLong(-(long long)(intptr_t)object);
}

/* The entry keeps the object and the target alive, so that neither's address means another. */
static int idmap_add(shm_mapped_packer *packer, PyObject *object, unsigned code, uint64_t position)
{
    PyObject *key = idmap_key(object);
    PyObject *entry =
        Py_BuildValue("(KIOO)", (unsigned long long)position, code, object, packer->target);
    const int status =
        key == NULL || entry == NULL ? -1 : PyObject_SetItem(packer->idmap, key, entry);
    Py_XDECREF(key);
    Py_XDECREF(entry);
    return status;
}

static int idmap_find(shm_mapped_packer *packer, PyObject *object, unsigned code,
                      uint64_t *position)
{
    unsigned long long at;
    unsigned as;
    PyObject *of;
    PyObject *target;
    PyObject *key = idmap_key(object);
    PyObject *entry = key == NULL ? NULL : PyObject_GetItem(packer->idmap, key);
    Py_XDECREF(key);
    if (entry == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
            return -1;
        }
        PyErr_Clear();
        return 0;
    }
    if (!PyTuple_Check(entry) ||
        !PyArg_ParseTuple(entry, "KIOO;an idmap holds what pack stored there", &at, &as, &of,
                          &target)) {
        PyErr_Clear();
        PyErr_SetString(PyExc_TypeError, "an idmap must hold nothing but what packing put there");
        Py_DECREF(entry);
        return -1;
    }
    const int found = of == object && as == code && target == packer->target;
    Py_DECREF(entry);
    *position = at;
    return found;
}

int shm_mapped_memo_add(shm_mapped_packer *packer, PyObject *object, unsigned code,
                        uint64_t position, bool open)
{
    if (packer->memo_count == packer->memo_room && memo_grow(packer) != 0) {
        return -1;
    }
    uint32_t *word = memo_word(packer, object, code);
    if (*word == 0) {
        *word = ++packer->memo_count;
        packer->memo[*word - 1].object = Py_NewRef(object);
    }
    shm_mapped_packed *packed = &packer->memo[*word - 1];
    packed->position = position;
    packed->code = code;
    packed->open = open;
    return 0;
}

int shm_mapped_packer_commit(shm_mapped_packer *packer)
{
    for (uint32_t i = 0; packer->idmap != NULL && i < packer->memo_count; i++) {
        const shm_mapped_packed *packed = &packer->memo[i];
        if (idmap_add(packer, packed->object, packed->code, packed->position) != 0) {
            return -1;
        }
    }
    return 0;
}

int shm_mapped_memo_find(shm_mapped_packer *packer, PyObject *object, unsigned code, uint64_t cell,
                         uint64_t *position)
{
    if (packer->memo_count > 0) {
        const uint32_t index = *memo_word(packer, object, code);
        if (index != 0) {
            if (packer->memo[index - 1].open) {
                PyErr_Format(PyExc_ValueError, "a %s that contains itself cannot be packed",
                             code == SHM_MAPPED_CODE_DICT ? "dict" : "container");
                return -1;
            }
            *position = packer->memo[index - 1].position;
            return 1;
        }
    }
    if (packer->idmap == NULL) {
        return 0;
    }
    const int found = idmap_find(packer, object, code, position);
    return found == 1 && (*position - cell) % SHM_MAPPED_ITEM_ALIGNMENT != 0 ? 0 : found;
}

void shm_mapped_memo_shut(shm_mapped_packer *packer, PyObject *object, unsigned code)
{
    const uint32_t index = *memo_word(packer, object, code);
    if (index != 0) {
        packer->memo[index - 1].open = false;
    }
}

/* ---- errors ---- */

int shm_mapped_error_of_attribute(PyObject *name)
{
    PyObject *type;
    PyObject *value;
    PyObject *trace;
    PyErr_Fetch(&type, &value, &trace);
    PyErr_NormalizeException(&type, &value, &trace);
    PyObject *as = NULL;
    if (type == PyExc_TypeError || type == PyExc_OverflowError || type == PyExc_ValueError) {
        as = type;
    } else if (PyErr_GivenExceptionMatches(type, PyExc_UnicodeError)) {
        as = PyExc_ValueError;
    }
    PyObject *text = as == NULL ? NULL : PyUnicode_FromFormat("attribute %R: %S", name, value);
    if (text == NULL) {
        PyErr_Clear();
        PyErr_Restore(type, value, trace);
        return -1;
    }
    PyErr_SetObject(as, text);
    Py_DECREF(text);
    Py_XDECREF(type);
    Py_XDECREF(value);
    Py_XDECREF(trace);
    return -1;
}
