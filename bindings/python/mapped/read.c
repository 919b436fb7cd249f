/* read.c — cells and items to objects of Python. */
#include "mapped/mapped.h"

/* Values that a reading may make beyond one for each eight bytes of the mapping. */
enum { SPARE_VALUES = 1 << 20, EXPANSION_MAX = 16 };

shm_mapped_reader shm_mapped_reader_of(shm_mapped_space *space, bool proxied, PyObject *idmap)
{
    return (shm_mapped_reader){
        .space = space,
        .idmap = idmap,
        .proxied = proxied,
        .budget = (int64_t)(space->size / SHM_MAPPED_CELL_BYTES) * EXPANSION_MAX + SPARE_VALUES,
    };
}

static bool take_budget(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    reader->budget -= (int64_t)item->count + 1;
    if (reader->budget < 0) {
        shm_mapped_corrupt(reader->space, item->at,
                           "shared values expand to far more than the mapping holds");
        return false;
    }
    return true;
}

static void resolve_constant(uint64_t word, const unsigned char *cell, shm_mapped_item *item)
{
    item->code = word >> SHM_MAPPED_TAG_BITS == SHM_MAPPED_CONSTANT_NONE ? SHM_MAPPED_CODE_NONE
                                                                         : SHM_MAPPED_CODE_BOOL;
    item->payload = cell;
}

/* The item that a cell refers to. */
static bool resolve_item(const shm_mapped_space *space, const unsigned char *cell, uint64_t word,
                         shm_mapped_item *item)
{
    const uint64_t at = (uint64_t)(cell - space->base) + word;
    if (word == 0 || at > space->size || space->size - at < SHM_MAPPED_ITEM_HEAD_BYTES) {
        shm_mapped_corrupt(space, cell, "a reference leads out of the mapping");
        return false;
    }
    const uint64_t head = shm_mapped_load64(space->base + at);
    item->at = space->base + at;
    item->payload = item->at + SHM_MAPPED_ITEM_HEAD_BYTES;
    item->code = head & 0xff;
    item->form = head >> 8 & 0xff;
    item->count = head >> 16;
    return true;
}

bool shm_mapped_cell_resolve(const shm_mapped_space *space, const unsigned char *cell,
                             shm_mapped_item *item)
{
    static const unsigned char codes[] = {
        [SHM_MAPPED_TAG_INT] = SHM_MAPPED_CODE_INT,
        [SHM_MAPPED_TAG_FLOAT] = SHM_MAPPED_CODE_FLOAT,
        [SHM_MAPPED_TAG_STR] = SHM_MAPPED_CODE_STR,
        [SHM_MAPPED_TAG_BYTES] = SHM_MAPPED_CODE_BYTES,
        [SHM_MAPPED_TAG_DATE] = SHM_MAPPED_CODE_DATE,
    };
    const uint64_t word = shm_mapped_load64(cell);
    const unsigned tag = word & SHM_MAPPED_TAG_MASK;
    if (tag == SHM_MAPPED_TAG_ITEM) {
        return resolve_item(space, cell, word, item);
    }
    item->at = cell;
    item->payload = cell + 1;
    item->form = 1;
    item->count = word >> SHM_MAPPED_TAG_BITS & SHM_MAPPED_CELL_INLINE_MAX;
    if (tag == SHM_MAPPED_TAG_CONSTANT) {
        resolve_constant(word, cell, item);
        return true;
    }
    item->code = tag < sizeof codes ? codes[tag] : 0;
    if (item->code == 0) {
        shm_mapped_corrupt(space, cell, "a cell of no known kind");
        return false;
    }
    return true;
}

static uint64_t payload_bytes(const shm_mapped_item *item)
{
    const uint64_t count = item->count;
    switch (item->code) {
    case SHM_MAPPED_CODE_LIST:
    case SHM_MAPPED_CODE_TUPLE:
        return count * shm_mapped_kind_width(item->form);
    case SHM_MAPPED_CODE_FROZENSET:
        return item->form == SHM_MAPPED_KIND_CELL ? count * (SHM_MAPPED_CELL_BYTES + 4)
                                                  : count * shm_mapped_kind_width(item->form);
    case SHM_MAPPED_CODE_DICT:
        return count * (2 * SHM_MAPPED_CELL_BYTES + 8);
    default:
        return count;
    }
}

bool shm_mapped_item_checked(const shm_mapped_space *space, const shm_mapped_item *item)
{
    const bool elements = item->code == SHM_MAPPED_CODE_LIST ||
                          item->code == SHM_MAPPED_CODE_TUPLE ||
                          item->code == SHM_MAPPED_CODE_FROZENSET;
    if (elements && shm_mapped_kind_width(item->form) == 0) {
        shm_mapped_corrupt(space, item->at, "elements of no known kind");
        return false;
    }
    if (!shm_mapped_space_holds(space, item->payload, payload_bytes(item))) {
        shm_mapped_corrupt(space, item->at, "a value ends beyond the mapping");
        return false;
    }
    return true;
}

PyObject *shm_mapped_number_read(unsigned kind, const unsigned char *at)
{
    switch (kind) {
    case SHM_MAPPED_KIND_BOOL:
        return PyBool_FromLong(*at != 0);
    case SHM_MAPPED_KIND_U64:
        return PyLong_FromUnsignedLongLong(shm_mapped_load64(at));
    case SHM_MAPPED_KIND_F32:
        return PyFloat_FromDouble((double)shm_mapped_float_of(shm_mapped_load32(at)));
    case SHM_MAPPED_KIND_F64:
        return PyFloat_FromDouble(shm_mapped_double_of(shm_mapped_load64(at)));
    default:
        return PyLong_FromLongLong((long long)shm_mapped_kind_load(kind, at));
    }
}

PyObject *shm_mapped_kind_read(shm_mapped_reader *reader, unsigned kind, const unsigned char *at)
{
    return kind == SHM_MAPPED_KIND_CELL ? shm_mapped_cell_read(reader, at)
                                        : shm_mapped_number_read(kind, at);
}

static PyObject *date_read(shm_mapped_reader *reader, const shm_mapped_item *item, int64_t ordinal)
{
    PyObject *date =
        PyObject_CallFunction(reader->space->state->date_from_ordinal, "L", (long long)ordinal);
    return date != NULL ? date
                        : shm_mapped_corrupt_value(reader->space, item->at, "a date of no year");
}

/* Those that stand in their cell: their values are in its word. */
static PyObject *inline_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    const uint64_t word = shm_mapped_load64(item->at);
    switch (item->code) {
    case SHM_MAPPED_CODE_NONE:
        Py_RETURN_NONE;
    case SHM_MAPPED_CODE_BOOL:
        return PyBool_FromLong(word >> SHM_MAPPED_TAG_BITS == SHM_MAPPED_CONSTANT_TRUE);
    case SHM_MAPPED_CODE_INT:
        return PyLong_FromLongLong((int64_t)word >> SHM_MAPPED_TAG_BITS);
    case SHM_MAPPED_CODE_FLOAT:
        return PyFloat_FromDouble(shm_mapped_double_of(word & ~(uint64_t)SHM_MAPPED_TAG_MASK));
    default:
        return date_read(reader, item, (int64_t)word >> SHM_MAPPED_TAG_BITS);
    }
}

static PyObject *big_integer_read(const shm_mapped_item *item)
{
    PyObject *empty = PyLong_FromLong(0);
    PyObject *call = empty == NULL ? NULL : PyObject_GetAttrString(empty, "from_bytes");
    PyObject *bytes =
        PyBytes_FromStringAndSize((const char *)item->payload, (Py_ssize_t)item->count);
    PyObject *args = bytes == NULL ? NULL : Py_BuildValue("(Os)", bytes, "little");
    PyObject *names = args == NULL ? NULL : Py_BuildValue("{sO}", "signed", Py_True);
    PyObject *value = call == NULL || names == NULL ? NULL : PyObject_Call(call, args, names);
    Py_XDECREF(names);
    Py_XDECREF(args);
    Py_XDECREF(bytes);
    Py_XDECREF(call);
    Py_XDECREF(empty);
    return value;
}

static PyObject *number_item_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    if (item->code == SHM_MAPPED_CODE_INT) {
        return big_integer_read(item);
    }
    if (item->code == SHM_MAPPED_CODE_FLOAT && item->count == 8) {
        return PyFloat_FromDouble(shm_mapped_double_of(shm_mapped_load64(item->payload)));
    }
    return shm_mapped_corrupt(reader->space, item->at, "a number of no known form");
}

static PyObject *sequence_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    const bool tuple = item->code == SHM_MAPPED_CODE_TUPLE;
    const Py_ssize_t count = (Py_ssize_t)item->count;
    const unsigned width = shm_mapped_kind_width(item->form);
    PyObject *all = tuple ? PyTuple_New(count) : PyList_New(count);
    for (Py_ssize_t i = 0; all != NULL && i < count; i++) {
        PyObject *one = shm_mapped_kind_read(reader, item->form, item->payload + (size_t)i * width);
        if (one == NULL) {
            Py_CLEAR(all);
        } else if (tuple) {
            PyTuple_SetItem(all, i, one);
        } else {
            PyList_SetItem(all, i, one);
        }
    }
    return all;
}

PyObject *shm_mapped_set_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    const unsigned width = shm_mapped_kind_width(item->form);
    PyObject *all = PyFrozenSet_New(NULL);
    for (uint64_t i = 0; all != NULL && i < item->count; i++) {
        PyObject *one = shm_mapped_kind_read(reader, item->form, item->payload + i * width);
        if (one == NULL || PySet_Add(all, one) != 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(one);
    }
    return all;
}

PyObject *shm_mapped_dict_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    PyObject *all = PyDict_New();
    for (uint64_t i = 0; all != NULL && i < item->count; i++) {
        const unsigned char *entry = item->payload + i * 2 * SHM_MAPPED_CELL_BYTES;
        PyObject *key = shm_mapped_cell_read(reader, entry);
        PyObject *value =
            key == NULL ? NULL : shm_mapped_cell_read(reader, entry + SHM_MAPPED_CELL_BYTES);
        if (value == NULL || PyDict_SetItem(all, key, value) != 0) {
            Py_CLEAR(all);
        }
        Py_XDECREF(key);
        Py_XDECREF(value);
    }
    return all;
}

PyObject *shm_mapped_decoded_read(shm_mapped_reader *reader, const shm_mapped_item *item,
                                  PyObject *decode)
{
    if (item->at == item->payload - 1) {
        PyObject *plain = shm_mapped_item_read(reader, item);
        PyObject *value = plain == NULL ? NULL : shm_mapped_call(decode, plain);
        Py_XDECREF(plain);
        return value;
    }
    if (!shm_mapped_space_holds(reader->space, item->payload, item->count)) {
        return shm_mapped_corrupt(reader->space, item->at, "a value ends beyond the mapping");
    }
    PyObject *bytes = shm_mapped_window_new(reader->space, item->payload, item->count);
    PyObject *value = bytes == NULL ? NULL : shm_mapped_call(decode, bytes);
    Py_XDECREF(bytes);
    if (value == NULL && PyErr_ExceptionMatches(PyExc_Exception) &&
        !PyErr_ExceptionMatches(PyExc_MemoryError) && !PyErr_ExceptionMatches(PyExc_ImportError)) {
        PyErr_Clear();
        shm_mapped_corrupt(reader->space, item->at, "a value that its type cannot have");
    }
    return value;
}

static PyObject *container_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    if (!shm_mapped_item_checked(reader->space, item)) {
        return NULL;
    }
    if (reader->proxied) {
        return shm_mapped_view_new(reader->space, item);
    }
    if (!take_budget(reader, item) || Py_EnterRecursiveCall(" while reading a packed object")) {
        return NULL;
    }
    PyObject *all;
    if (item->code == SHM_MAPPED_CODE_DICT) {
        all = shm_mapped_dict_read(reader, item);
    } else if (item->code == SHM_MAPPED_CODE_FROZENSET) {
        all = shm_mapped_set_read(reader, item);
    } else {
        all = sequence_read(reader, item);
    }
    Py_LeaveRecursiveCall();
    /* An unhashable element or key was none when it was packed. */
    if (all == NULL && PyErr_ExceptionMatches(PyExc_TypeError)) {
        PyErr_Clear();
        shm_mapped_corrupt(reader->space, item->at, "an element that cannot be hashed");
    }
    return all;
}

static PyObject *registered_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    shm_mapped_layout *layout = (shm_mapped_layout *)reader->space->state->coded[item->code];
    if (layout == NULL) {
        return PyErr_Format(PyExc_LookupError,
                            "an object of code 0x%x, which no class is registered for: call "
                            "mapped_object.register_schema before reading it",
                            item->code);
    }
    return shm_mapped_record_new(layout, reader->space, item->at, NULL, reader->idmap);
}

PyObject *shm_mapped_text_read(const shm_mapped_space *space, const unsigned char *at,
                               uint64_t length)
{
    PyObject *text = PyUnicode_DecodeUTF8((const char *)at, (Py_ssize_t)length, NULL);
    return text != NULL ? text : shm_mapped_corrupt_value(space, at, "a text that is no UTF-8");
}

static PyObject *text_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    if (!shm_mapped_space_holds(reader->space, item->payload, item->count)) {
        return shm_mapped_corrupt(reader->space, item->at, "a text ends beyond the mapping");
    }
    if (item->code == SHM_MAPPED_CODE_STR) {
        return shm_mapped_text_read(reader->space, item->payload, item->count);
    }
    return PyBytes_FromStringAndSize((const char *)item->payload, (Py_ssize_t)item->count);
}

static PyObject *read_new(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    if (item->code == SHM_MAPPED_CODE_STR || item->code == SHM_MAPPED_CODE_BYTES) {
        return text_read(reader, item);
    }
    if (item->payload == item->at + 1 || item->payload == item->at) {
        return inline_read(reader, item);
    }
    if (item->code >= SHM_MAPPED_CODE_RECORD) {
        return registered_read(reader, item);
    }
    if (item->code >= SHM_MAPPED_CODE_LIST && item->code <= SHM_MAPPED_CODE_DICT) {
        return container_read(reader, item);
    }
    PyObject *decode = reader->space->state->decoders[item->code];
    if (decode != NULL) {
        return shm_mapped_decoded_read(reader, item, decode);
    }
    if (!shm_mapped_space_holds(reader->space, item->payload, item->count)) {
        return shm_mapped_corrupt(reader->space, item->at, "a value ends beyond the mapping");
    }
    return number_item_read(reader, item);
}

/* By its address, and as what it was read; beyond the keys of packing, which are negative. */
static PyObject *idmap_key(const shm_mapped_reader *reader, const shm_mapped_item *item)
{
    return PyLong_FromUnsignedLongLong((uint64_t)(uintptr_t)item->at * 2 + reader->proxied);
}

/* What the idmap has: 1 and a new reference, 0 if nothing, -1 with an exception. */
static int idmap_find(const shm_mapped_reader *reader, PyObject *key, PyObject **value)
{
    const shm_mapped_state *state = reader->space->state;
    PyObject *space;
    PyObject *held;
    PyObject *entry = PyObject_GetItem(reader->idmap, key);
    if (entry == NULL) {
        if (!PyErr_ExceptionMatches(PyExc_KeyError)) {
            return -1;
        }
        PyErr_Clear();
        return 0;
    }
    if (!PyTuple_Check(entry) ||
        !PyArg_ParseTuple(entry, "OO!", &held, state->space_type, &space)) {
        PyErr_Clear();
        PyErr_SetString(PyExc_TypeError, "an idmap must hold nothing but what reading put there");
        Py_DECREF(entry);
        return -1;
    }
    /* Where a space is closed, another may stand now. */
    const int found = ((shm_mapped_space *)space)->base != NULL;
    *value = found == 1 ? Py_NewRef(held) : NULL;
    Py_DECREF(entry);
    return found;
}

/* The entry keeps the space, so that its addresses mean no other. */
static int idmap_add(const shm_mapped_reader *reader, PyObject *key, PyObject *value)
{
    PyObject *entry = PyTuple_Pack(2, value, (PyObject *)reader->space);
    const int status = entry == NULL ? -1 : PyObject_SetItem(reader->idmap, key, entry);
    Py_XDECREF(entry);
    return status;
}

PyObject *shm_mapped_item_read(shm_mapped_reader *reader, const shm_mapped_item *item)
{
    if (reader->idmap == NULL || item->payload != item->at + SHM_MAPPED_ITEM_HEAD_BYTES) {
        return read_new(reader, item);
    }
    PyObject *value = NULL;
    PyObject *key = idmap_key(reader, item);
    if (key != NULL && idmap_find(reader, key, &value) == 0) {
        value = read_new(reader, item);
        if (value != NULL && idmap_add(reader, key, value) != 0) {
            Py_CLEAR(value);
        }
    }
    Py_XDECREF(key);
    return value;
}

PyObject *shm_mapped_cell_read(shm_mapped_reader *reader, const unsigned char *cell)
{
    shm_mapped_item item;
    return shm_mapped_cell_resolve(reader->space, cell, &item) ? shm_mapped_item_read(reader, &item)
                                                               : NULL;
}
