/* record.c — packed objects, seen in place. */
#include "mapped/mapped.h"

shm_mapped_record *shm_mapped_record_of(const shm_mapped_state *state, PyObject *object)
{
    return PyObject_TypeCheck(object, state->record_type) ? (shm_mapped_record *)object : NULL;
}

/* What fields rely on: the attributes of the layout, and bits for them, lie within the space. */
static bool record_checked(const shm_mapped_layout *layout, const shm_mapped_space *space,
                           const unsigned char *at)
{
    if (!shm_mapped_space_holds(space, at, layout->fixed_bytes)) {
        shm_mapped_corrupt(space, at, "a record ends beyond the mapping");
        return false;
    }
    const uint64_t count = layout->slot_count | (uint64_t)layout->fixed_bytes << 16;
    const uint64_t head = shm_mapped_load64(at);
    if (head >> 16 != count || (head & 0xff) < SHM_MAPPED_CODE_RECORD) {
        shm_mapped_corrupt(space, at, "no record of this Schema");
        return false;
    }
    return true;
}

static void point(shm_mapped_record *record, shm_mapped_space *space, const unsigned char *at)
{
    if (record->space != space) {
        shm_mapped_space *before = record->space;
        shm_mapped_space_pin(space);
        record->space = space;
        shm_mapped_space_unpin(before);
    }
    record->at = at;
}

bool shm_mapped_record_points(shm_mapped_layout *layout, PyObject *object, shm_mapped_space *space,
                              const unsigned char *at)
{
    shm_mapped_record *record = shm_mapped_record_of(layout->state, object);
    if (record == NULL || record->layout != layout) {
        PyErr_Format(PyExc_TypeError, "proxy_into must be a %s of this Schema, not %R", "Proxy",
                     (PyObject *)Py_TYPE(object));
        return false;
    }
    if (!record_checked(layout, space, at)) {
        return false;
    }
    point(record, space, at);
    return true;
}

/* A record that points nowhere.  The collector knows those that hold objects: an idmap, which may
 * hold what holds them, or attributes of a class of the user's.  The others have nothing to find,
 * and making them shall cost little. */
static shm_mapped_record *allocate(PyTypeObject *type, shm_mapped_layout *layout, PyObject *idmap)
{
    shm_mapped_record *record = (shm_mapped_record *)PyType_GenericAlloc(type, 0);
    if (record == NULL) {
        return NULL;
    }
    record->layout = (shm_mapped_layout *)Py_NewRef((PyObject *)layout);
    record->at = layout->empty;
    record->idmap = Py_XNewRef(idmap);
    if (idmap == NULL && layout->is_plain && type == layout->record_class) {
        PyObject_GC_UnTrack(record);
    }
    return record;
}

PyObject *shm_mapped_record_new(shm_mapped_layout *layout, shm_mapped_space *space,
                                const unsigned char *at, PyObject *into, PyObject *idmap)
{
    if (into != NULL) {
        return shm_mapped_record_points(layout, into, space, at) ? Py_NewRef(into) : NULL;
    }
    if (!record_checked(layout, space, at)) {
        return NULL;
    }
    if (layout->record_class == NULL) {
        PyErr_SetString(PyExc_TypeError, "the Schema has no class of records");
        return NULL;
    }
    /* An allocation may set off a collection, and that anything: it shall not close the space. */
    shm_mapped_space_pin(space);
    shm_mapped_record *record = allocate(layout->record_class, layout, idmap);
    if (record == NULL) {
        shm_mapped_space_unpin(space);
        return NULL;
    }
    record->space = space;
    record->at = at;
    return (PyObject *)record;
}

static PyObject *record_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
    (void)args;
    (void)keywords;
    shm_mapped_state *state = shm_mapped_state_of(type);
    PyObject *found = state == NULL ? NULL : PyObject_GetAttr((PyObject *)type, state->layout_name);
    if (found == NULL) {
        return NULL;
    }
    shm_mapped_layout *layout = shm_mapped_layout_of(state, found);
    if (layout != NULL && !PyType_IsSubtype(type, layout->record_class)) {
        PyErr_SetString(PyExc_TypeError, "the class is not one of its Schema's records");
        layout = NULL;
    }
    shm_mapped_record *record = layout == NULL ? NULL : allocate(type, layout, NULL);
    Py_DECREF(found);
    return (PyObject *)record;
}

static int record_traverse(PyObject *self, visitproc visit, void *arg)
{
    const shm_mapped_record *record = (const shm_mapped_record *)self;
    Py_VISIT(Py_TYPE(self));
    Py_VISIT(record->layout);
    Py_VISIT(record->idmap);
    return 0;
}

/* The layout stays: fields rely on it. */
static int record_clear(PyObject *self)
{
    Py_CLEAR(((shm_mapped_record *)self)->idmap);
    return 0;
}

static void record_dealloc(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);
    shm_mapped_record *record = (shm_mapped_record *)self;
    PyObject_GC_UnTrack(self);
    shm_mapped_space_unpin(record->space);
    Py_XDECREF(record->idmap);
    Py_XDECREF((PyObject *)record->layout);
    ((freefunc)PyType_GetSlot(type, Py_tp_free))(self);
    Py_DECREF((PyObject *)type);
}

static PyObject *record_offset(PyObject *self, void *unused)
{
    (void)unused;
    const shm_mapped_record *record = (const shm_mapped_record *)self;
    if (record->space == NULL) {
        Py_RETURN_NONE;
    }
    return PyLong_FromLongLong((long long)(record->at - record->space->base));
}

static PyGetSetDef record_getset[] = {
    {"_offset", record_offset, NULL, "Where it stands in its mapping; None: nowhere yet.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

static PyType_Slot record_slots[] = {
    {Py_tp_new, (void *)record_new},
    {Py_tp_dealloc, (void *)record_dealloc},
    {Py_tp_traverse, (void *)record_traverse},
    {Py_tp_clear, (void *)record_clear},
    {Py_tp_getset, record_getset},
    {Py_tp_doc, "A packed object, seen in place."},
    {0, NULL},
};

PyType_Spec shm_mapped_record_spec = {
    .name = "libshm._libshm.mapped.Record",
    .basicsize = sizeof(shm_mapped_record),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .slots = record_slots,
};
