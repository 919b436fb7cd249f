/* field.c — the descriptor of an attribute of records: reading it, storing numbers atomically. */
#include "mapped/mapped.h"

typedef struct field {
    PyObject_HEAD PyTypeObject *owner; /* the class of records it was made for */
    shm_mapped_layout *layout;
    const shm_mapped_slot *slot;
} field;

PyObject *shm_mapped_field_new(shm_mapped_layout *layout, uint32_t index, PyObject *owner)
{
    field *made = (field *)PyType_GenericAlloc(layout->state->field_type, 0);
    if (made != NULL) {
        made->owner = (PyTypeObject *)Py_NewRef(owner);
        made->layout = (shm_mapped_layout *)Py_NewRef((PyObject *)layout);
        made->slot = &layout->slots[index];
    }
    return (PyObject *)made;
}

static int field_clear(PyObject *self)
{
    field *from = (field *)self;
    PyTypeObject *owner = from->owner;
    from->owner = NULL;
    Py_XDECREF((PyObject *)owner);
    return 0; /* the layout stays: the slot is its */
}

static int field_traverse(PyObject *self, visitproc visit, void *arg)
{
    field *from = (field *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(from->owner);
    Py_VISIT(from->layout);
    return 0;
}

static void field_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    field_clear(self);
    Py_XDECREF((PyObject *)((field *)self)->layout);
    PyObject_GC_Del(self);
    Py_DECREF((PyObject *)type);
}

/* The record of an object whose class is not the one the field was made for. */
static const shm_mapped_record *other_record(const field *from, PyObject *object)
{
    const shm_mapped_record *record = shm_mapped_record_of(from->layout->state, object);
    if (record == NULL || record->layout != from->layout) {
        PyErr_Format(PyExc_TypeError, "attribute %R is not one of %R objects", from->slot->name,
                     (PyObject *)Py_TYPE(object));
        return NULL;
    }
    return record;
}

static inline const shm_mapped_record *record_for(const field *from, PyObject *object)
{
    /* The layout, too, as a record's __class__ can be assigned to. */
    const bool own = Py_TYPE(object) == from->owner &&
                     ((const shm_mapped_record *)object)->layout == from->layout;
    return own ? (const shm_mapped_record *)object : other_record(from, object);
}

static PyObject *cell_read(const shm_mapped_slot *slot, const shm_mapped_record *record,
                           const unsigned char *cell)
{
    shm_mapped_item item;
    if (!shm_mapped_cell_resolve(record->space, cell, &item)) {
        return NULL;
    }
    const unsigned bit = item.code < SHM_MAPPED_CODE_RECORD ? item.code : SHM_MAPPED_CODE_RECORD;
    if ((slot->codes >> bit & 1) == 0) {
        return shm_mapped_corrupt(record->space, item.at,
                                  "a value that is not of the attribute's type");
    }
    if (slot->nested != NULL) {
        return shm_mapped_record_new(slot->nested, record->space, item.at, NULL, record->idmap);
    }
    /* Making objects may set off a collection, and that point the record elsewhere. */
    shm_mapped_space *space = record->space;
    PyObject *idmap = Py_XNewRef(record->idmap);
    shm_mapped_space_pin(space);
    shm_mapped_reader reader = shm_mapped_reader_of(space, slot->proxied, idmap);
    PyObject *value = slot->decode == NULL ? shm_mapped_item_read(&reader, &item)
                                           : shm_mapped_decoded_read(&reader, &item, slot->decode);
    shm_mapped_space_unpin(space);
    Py_XDECREF(idmap);
    return value;
}

static PyObject *absent(const shm_mapped_slot *slot, const shm_mapped_record *record)
{
    if ((shm_mapped_load64(record->at + slot->none_at) & slot->bit) != 0) {
        Py_RETURN_NONE;
    }
    PyErr_SetObject(PyExc_AttributeError, slot->name);
    return NULL;
}

PyObject *shm_mapped_slot_read(const shm_mapped_slot *slot, const shm_mapped_record *record)
{
    if ((shm_mapped_load64(record->at + slot->present_at) & slot->bit) == 0) {
        return absent(slot, record);
    }
    const unsigned char *at = record->at + slot->at;
    if (slot->kind != SHM_MAPPED_KIND_CELL) {
        return shm_mapped_number_read(slot->kind, at);
    }
    /* Short texts need neither bounds nor an item. */
    if ((*at & SHM_MAPPED_TAG_MASK) == SHM_MAPPED_TAG_STR && slot->decode == NULL &&
        (slot->codes >> SHM_MAPPED_CODE_STR & 1) != 0) {
        return shm_mapped_text_read(record->space, at + 1,
                                    *at >> SHM_MAPPED_TAG_BITS & SHM_MAPPED_CELL_INLINE_MAX);
    }
    return cell_read(slot, record, at);
}

static PyObject *field_get(PyObject *self, PyObject *object, PyObject *type)
{
    (void)type;
    const field *from = (const field *)self;
    if (object == NULL) {
        return Py_NewRef(self);
    }
    const shm_mapped_record *record = record_for(from, object);
    return record == NULL ? NULL : shm_mapped_slot_read(from->slot, record);
}

/* ---- atomic stores ---- */

/* Where the number stands; NULL with an exception if it cannot be stored to. */
static unsigned char *writable_at(const field *from, const shm_mapped_record *record)
{
    const shm_mapped_slot *slot = from->slot;
    if (slot->kind == SHM_MAPPED_KIND_CELL) {
        PyErr_Format(PyExc_TypeError, "attribute %R cannot be changed in place: only numbers can",
                     slot->name);
        return NULL;
    }
    if (record->space == NULL || !record->space->writable) {
        PyErr_Format(PyExc_TypeError, "attribute %R cannot be changed: the mapping is read-only",
                     slot->name);
        return NULL;
    }
    if ((uintptr_t)record->at % SHM_MAPPED_ITEM_ALIGNMENT != 0) {
        PyErr_Format(PyExc_ValueError,
                     "attribute %R cannot be stored atomically: its record stands at an address "
                     "that is no multiple of 8",
                     slot->name);
        return NULL;
    }
    return (unsigned char *)(uintptr_t)(record->at + slot->at);
}

static void atomic_store_word(unsigned char *at, unsigned width, uint64_t word)
{
    unsigned char raw[8];
    uint16_t two;
    uint32_t four;
    uint64_t eight;
    shm_mapped_store_word(raw, word, width);
    /* ORDER release: what the process wrote before.  PAIRS loads of other processes, which on the
     * machines we run on are whole and in order. */
    switch (width) {
    case 1:
        atomic_store_explicit((_Atomic uint8_t *)(void *)at, raw[0], memory_order_release);
        break;
    case 2:
        memcpy(&two, raw, 2);
        atomic_store_explicit((_Atomic uint16_t *)(void *)at, two, memory_order_release);
        break;
    case 4:
        memcpy(&four, raw, 4);
        atomic_store_explicit((_Atomic uint32_t *)(void *)at, four, memory_order_release);
        break;
    default:
        memcpy(&eight, raw, 8);
        atomic_store_explicit((_Atomic uint64_t *)(void *)at, eight, memory_order_release);
    }
}

/* Replaces the word if it is the expected one. */
static bool atomic_swap_word(unsigned char *at, unsigned width, uint64_t expected, uint64_t word)
{
    unsigned char old[8];
    unsigned char new[8];
    uint16_t two[2];
    uint32_t four[2];
    uint64_t eight[2];
    shm_mapped_store_word(old, expected, width);
    shm_mapped_store_word(new, word, width);
    /* ORDER acq_rel on success: a counter may guard what was written before it. */
    switch (width) {
    case 1:
        return atomic_compare_exchange_strong((_Atomic uint8_t *)(void *)at, &old[0], new[0]);
    case 2:
        memcpy(&two[0], old, 2);
        memcpy(&two[1], new, 2);
        return atomic_compare_exchange_strong((_Atomic uint16_t *)(void *)at, &two[0], two[1]);
    case 4:
        memcpy(&four[0], old, 4);
        memcpy(&four[1], new, 4);
        return atomic_compare_exchange_strong((_Atomic uint32_t *)(void *)at, &four[0], four[1]);
    default:
        memcpy(&eight[0], old, 8);
        memcpy(&eight[1], new, 8);
        return atomic_compare_exchange_strong((_Atomic uint64_t *)(void *)at, &eight[0], eight[1]);
    }
}

static bool is_present(const field *from, const shm_mapped_record *record)
{
    return (shm_mapped_load64(record->at + from->slot->present_at) & from->slot->bit) != 0;
}

/* After the value, so that whoever finds it present finds the value. */
static void mark_present(const field *from, const shm_mapped_record *record)
{
    unsigned char *at = (unsigned char *)(uintptr_t)(record->at + from->slot->present_at);
    unsigned char raw[8];
    uint64_t bit;
    shm_mapped_store64(raw, from->slot->bit);
    memcpy(&bit, raw, sizeof bit);
    atomic_fetch_or_explicit((_Atomic uint64_t *)(void *)at, bit, memory_order_release);
}

/* The word of an object for this attribute; errors name it. */
static int word_of(const field *from, PyObject *object, uint64_t *word)
{
    if (shm_mapped_number_word(from->slot->kind, object, word) == 0) {
        return 0;
    }
    return shm_mapped_error_of_attribute(from->slot->name);
}

static int field_set(PyObject *self, PyObject *object, PyObject *value)
{
    const field *from = (const field *)self;
    uint64_t word = 0;
    if (record_for(from, object) == NULL) {
        return -1;
    }
    /* First, as a number's __index__ may do anything; but a field that never can be stored to says
     * so whatever the value is. */
    if (value != NULL && from->slot->kind != SHM_MAPPED_KIND_CELL &&
        word_of(from, value, &word) != 0) {
        return -1;
    }
    const shm_mapped_record *record = record_for(from, object);
    unsigned char *at = record == NULL ? NULL : writable_at(from, record);
    if (at == NULL) {
        return -1;
    }
    if (value == NULL) {
        PyErr_Format(PyExc_TypeError, "attribute %R cannot be deleted", from->slot->name);
        return -1;
    }
    atomic_store_word(at, shm_mapped_kind_width(from->slot->kind), word);
    if (!is_present(from, record)) {
        mark_present(from, record);
    }
    return 0;
}

/* The record among the arguments, and where its number stands. */
static unsigned char *present_at(const field *from, PyObject *object)
{
    const shm_mapped_record *record = record_for(from, object);
    unsigned char *at = record == NULL ? NULL : writable_at(from, record);
    if (at != NULL && !is_present(from, record)) {
        PyErr_SetObject(PyExc_AttributeError, from->slot->name);
        return NULL;
    }
    return at;
}

/* Whether the number there is the expected one, by Python's equality: floats that are equal may
 * differ in their bits (0.0 and -0.0).  *old is then the word that is there. */
static bool equals(unsigned kind, const unsigned char *at, uint64_t *old)
{
    const uint64_t now = shm_mapped_kind_load(kind, at);
    const bool equal =
        kind == SHM_MAPPED_KIND_F64 ? shm_mapped_double_of(now) == shm_mapped_double_of(*old)
        : kind == SHM_MAPPED_KIND_F32
            ? shm_mapped_float_of((uint32_t)now) == shm_mapped_float_of((uint32_t)*old)
            : now == *old;
    *old = now;
    return equal;
}

static PyObject *field_cas(PyObject *self, PyObject *args)
{
    const field *from = (const field *)self;
    const unsigned kind = from->slot->kind;
    PyObject *object;
    PyObject *expected;
    PyObject *value;
    uint64_t old = 0;
    uint64_t word = 0;
    if (!PyArg_ParseTuple(args, "OOO:cas", &object, &expected, &value) ||
        present_at(from, object) == NULL || word_of(from, expected, &old) != 0 ||
        word_of(from, value, &word) != 0) {
        return NULL;
    }
    /* Again, as a number's __index__ may do anything. */
    unsigned char *at = present_at(from, object);
    if (at == NULL) {
        return NULL;
    }
    const bool swapped =
        equals(kind, at, &old) && atomic_swap_word(at, shm_mapped_kind_width(kind), old, word);
    return PyBool_FromLong(swapped);
}

/* What is there and `more` together, as a word; a new reference to the sum. */
static PyObject *sum_with(const field *from, uint64_t old, PyObject *more, uint64_t *word)
{
    unsigned char copy[8];
    shm_mapped_store64(copy, old);
    PyObject *now = shm_mapped_number_read(from->slot->kind, copy);
    PyObject *sum = now == NULL ? NULL : PyNumber_Add(now, more);
    Py_XDECREF(now);
    if (sum != NULL && word_of(from, sum, word) != 0) {
        Py_CLEAR(sum);
    }
    return sum;
}

/* Adds to what is there until nobody else changed it meanwhile; the sum is checked each time. */
static PyObject *field_add(PyObject *self, PyObject *args)
{
    const field *from = (const field *)self;
    const unsigned kind = from->slot->kind;
    PyObject *object;
    PyObject *more;
    if (!PyArg_ParseTuple(args, "OO:add", &object, &more)) {
        return NULL;
    }
    unsigned char *at = present_at(from, object);
    if (at == NULL) {
        return NULL;
    }
    /* An addition may do anything, even point the record elsewhere. */
    shm_mapped_space *space = ((shm_mapped_record *)object)->space;
    shm_mapped_space_pin(space);
    PyObject *sum;
    for (;;) {
        uint64_t word;
        const uint64_t old = shm_mapped_kind_load(kind, at);
        sum = sum_with(from, old, more, &word);
        if (sum == NULL || atomic_swap_word(at, shm_mapped_kind_width(kind), old, word)) {
            break;
        }
        Py_DECREF(sum);
    }
    shm_mapped_space_unpin(space);
    return sum;
}

static PyObject *field_name(PyObject *self, void *unused)
{
    (void)unused;
    return Py_NewRef(((field *)self)->slot->name);
}

static PyMethodDef field_methods[] = {
    {"cas", field_cas, METH_VARARGS,
     "cas(record, expected, new): stores `new` if the number equals `expected`; whether it did.\n"
     "Atomic between threads and processes."},
    {"add", field_add, METH_VARARGS,
     "add(record, number): adds to the number, atomically; the sum."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef field_getset[] = {
    {"__name__", field_name, NULL, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot field_slots[] = {
    {Py_tp_dealloc, (void *)field_dealloc},
    {Py_tp_traverse, (void *)field_traverse},
    {Py_tp_clear, (void *)field_clear},
    {Py_tp_descr_get, (void *)field_get},
    {Py_tp_descr_set, (void *)field_set},
    {Py_tp_methods, field_methods},
    {Py_tp_getset, field_getset},
    {Py_tp_doc, "An attribute of records."},
    {0, NULL},
};

PyType_Spec shm_mapped_field_spec = {
    .name = "libshm._libshm.mapped.Field",
    .basicsize = sizeof(field),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
             Py_TPFLAGS_IMMUTABLETYPE,
    .slots = field_slots,
};
