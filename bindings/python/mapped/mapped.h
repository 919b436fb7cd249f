/* mapped.h — libshm.mapped_struct in C: what its files share.
 *
 * A *space* is memory that objects were packed into.  A *layout* says where the attributes of a
 * class stand; the class Schema is one.  A *record* is a view of a packed object, whose class has a
 * *field* (a descriptor) for each attribute; a *view* is one of a packed list, tuple, set or dict.
 * Arrays, mappers and mappings are *parts*: bytes with a header of their own (part_disk.h).
 *
 * Functions that return an object or an int fail as Python's do, with an exception set. */
#ifndef SHM_MAPPED_H
#define SHM_MAPPED_H

#include <Python.h>

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "mapped/item_disk.h"
#include "mapped/module.h"

/* Of the module object; types lead to it (shm_mapped_state_of). */
typedef struct shm_mapped_state {
    PyTypeObject *space_type;
    PyTypeObject *window_type;
    PyTypeObject *layout_type;
    PyTypeObject *field_type;
    PyTypeObject *record_type;
    PyTypeObject *list_type; /* views: of lists and tuples, of sets, of dicts */
    PyTypeObject *set_type;
    PyTypeObject *dict_type;
    PyTypeObject *iterator_type;
    PyTypeObject *getter_type;
    PyTypeObject *array_type;
    PyTypeObject *mapper_type;
    PyTypeObject *table_type;
    PyTypeObject *entries_type;
    PyTypeObject *mapping_type;
    PyObject *corrupt_error;
    PyObject *closed_error;
    PyObject *registered;                         /* dict: class to layout */
    PyObject *coded[SHM_MAPPED_CODE_COUNT];       /* by code: the layout of a registered class */
    PyObject *decoders[SHM_MAPPED_CODE_USER_MIN]; /* by code: bytes or a memoryview to an object */
    PyObject *proxied[SHM_MAPPED_CODE_USER_MIN];  /* by code: the class of a view */
    PyObject *encode; /* object to (code, part...), or (0, another object) */
    unsigned serial;  /* of the latest layout */
    PyObject *date_from_ordinal;
    PyObject *key_encode; /* as encode, of keys that are no plain values */
    PyObject *key_decode;
    PyObject *layout_name; /* "__layout__" */
    PyObject *to_ordinal_name;
} shm_mapped_state;

/* The state that a type of ours, or a class derived from one, belongs to; NULL with TypeError. */
shm_mapped_state *shm_mapped_state_of(PyTypeObject *type);

/* A call with one argument. */
static inline PyObject *shm_mapped_call(PyObject *function, PyObject *argument)
{
    return PyObject_CallFunctionObjArgs(function, argument, NULL);
}

/* Takes over `object` in place of what *at held. */
static inline void shm_mapped_replace(PyObject **at, PyObject *object)
{
    PyObject *before = *at;
    *at = object;
    Py_XDECREF(before);
}

/* Whether a method has the arguments (key, default=...), as METH_FASTCALL and keywords give them;
 * else TypeError.  *other becomes the default, if there is one. */
static inline bool shm_mapped_key_and_default(const char *name, PyObject *const *args,
                                              Py_ssize_t count, PyObject *names, PyObject **other)
{
    const Py_ssize_t named = names == NULL ? 0 : PyTuple_Size(names);
    const bool known =
        named == 0 || PyUnicode_CompareWithASCIIString(PyTuple_GetItem(names, 0), "default") == 0;
    if (count < 1 || count + named > 2 || !known) {
        PyErr_Format(PyExc_TypeError, "%s() takes a key and a default", name);
        return false;
    }
    if (count + named == 2) {
        *other = args[1];
    }
    return true;
}

/* ---- space.c ---- */

typedef struct shm_mapped_space {
    PyObject_HEAD shm_mapped_state *state;
    Py_buffer buffer;
    unsigned char *base; /* NULL once closed */
    uint64_t size;
    bool writable;
    _Atomic Py_ssize_t view_count; /* objects that hold addresses into it: it cannot close */
} shm_mapped_space;

/* A space of `size` bytes of an object with the buffer protocol; writable if that is asked for
 * (BufferError if it is not).  Throws ValueError if it does not hold so many bytes. */
PyObject *shm_mapped_space_open(shm_mapped_state *state, PyObject *object, uint64_t offset,
                                uint64_t size, bool writable);
enum { SHM_MAPPED_SPACE_WHOLE = -1 }; /* as a size: up to the end */

/* Memory of a space for the length of an object's life: with the buffer protocol, so that views of
 * NumPy and memoryviews keep the space open. */
PyObject *shm_mapped_window_new(shm_mapped_space *space, const unsigned char *at, uint64_t size);

static inline void shm_mapped_space_pin(shm_mapped_space *space)
{
    Py_INCREF((PyObject *)space);
    atomic_fetch_add_explicit(&space->view_count, 1, memory_order_relaxed);
}

static inline void shm_mapped_space_unpin(shm_mapped_space *space)
{
    if (space != NULL) {
        atomic_fetch_sub_explicit(&space->view_count, 1, memory_order_relaxed);
        Py_DECREF((PyObject *)space);
    }
}

/* Sets ClosedError and answers false if the space was closed. */
bool shm_mapped_space_is_open(const shm_mapped_space *space);

/* Whether `size` bytes from `at` on, an address computed from the space's base, lie within it. */
static inline bool shm_mapped_space_holds(const shm_mapped_space *space, const unsigned char *at,
                                          uint64_t size)
{
    const uint64_t from = (uint64_t)((uintptr_t)at - (uintptr_t)space->base);
    return from <= space->size && size <= space->size - from;
}

/* Sets CorruptError: `what` at the place `at`, whose message names the offset. */
void *shm_mapped_corrupt(const shm_mapped_space *space, const unsigned char *at, const char *what);

/* The same in place of the ValueError or OverflowError with which something refused the bytes. */
void *shm_mapped_corrupt_value(const shm_mapped_space *space, const unsigned char *at,
                               const char *what);

/* ---- layout.c ---- */

typedef struct shm_mapped_layout shm_mapped_layout;

/* An attribute. */
typedef struct shm_mapped_slot {
    PyObject *name; /* interned */
    unsigned kind;
    uint32_t at;         /* bytes from the record's head */
    uint32_t present_at; /* the word with its bit, and the bit */
    uint32_t none_at;
    uint64_t bit;
    /* Of cells: */
    uint32_t
        codes; /* a bit for each code that may be stored, SHM_MAPPED_CODE_RECORD for all records */
    bool proxied;
    shm_mapped_layout *nested;
    PyObject *encode; /* NULL, or instead of the state's */
    PyObject *decode;
} shm_mapped_slot;

struct shm_mapped_layout {
    PyObject_HEAD shm_mapped_state *state; /* NULL until it is laid out */
    shm_mapped_slot *slots;
    uint32_t slot_count;
    uint32_t fixed_bytes;
    uint32_t alignment;
    unsigned code;
    unsigned serial;         /* of its own: what the memo knows it by; beyond all codes */
    uint64_t pack_bytes;     /* the room that packing begins with */
    uint64_t pack_bytes_max; /* 0: no limit */
    unsigned char *empty;    /* a record whose attributes are all missing */
    PyTypeObject *record_class;
    bool is_plain;          /* that class: its instances have nothing but what records have */
    PyObject *object_class; /* NULL, or what a nested object must be an instance of */
    PyObject *before_pack;  /* hooks, or NULL */
    PyObject *after_pack;
};

extern PyType_Spec shm_mapped_layout_spec;

/* Methods of layouts that stand with what they do: pack_layout.c. */
PyObject *shm_mapped_layout_pack(PyObject *self, PyObject *args);
PyObject *shm_mapped_layout_pack_into(PyObject *self, PyObject *args);
PyObject *shm_mapped_layout_pack_array(PyObject *self, PyObject *args);
PyObject *shm_mapped_layout_unpack_from(PyObject *self, PyObject *args);

/* TypeError if it is no layout, or was not laid out yet. */
shm_mapped_layout *shm_mapped_layout_of(shm_mapped_state *state, PyObject *object);

/* ---- record.c, field.c ---- */

typedef struct shm_mapped_record {
    PyObject_HEAD const unsigned char
        *at; /* the layout's empty record until it is pointed somewhere */
    shm_mapped_layout *layout;
    shm_mapped_space *space; /* pinned; NULL: nowhere yet */
    PyObject *idmap;         /* NULL, or what was read: place to object */
} shm_mapped_record;

/* A record of the layout at `at`, which may be any address computed from the space's base: it
 * is checked.  With `into`, that record is pointed there and returned. */
PyObject *shm_mapped_record_new(shm_mapped_layout *layout, shm_mapped_space *space,
                                const unsigned char *at, PyObject *into, PyObject *idmap);
bool shm_mapped_record_points(shm_mapped_layout *layout, PyObject *record, shm_mapped_space *space,
                              const unsigned char *at);

/* The record behind an object, NULL (no exception) if it is none. */
shm_mapped_record *shm_mapped_record_of(const shm_mapped_state *state, PyObject *object);

PyObject *shm_mapped_field_new(shm_mapped_layout *layout, uint32_t index, PyObject *owner);
PyObject *shm_mapped_slot_read(const shm_mapped_slot *slot, const shm_mapped_record *record);

/* ---- read.c ---- */

typedef struct shm_mapped_reader {
    shm_mapped_space *space;
    PyObject *idmap;
    bool proxied;   /* containers as views */
    int64_t budget; /* values that may still be read: shared items can expand without end */
} shm_mapped_reader;

typedef struct shm_mapped_item {
    const unsigned char *at; /* its head; the cell, if it is stored there */
    const unsigned char *payload;
    unsigned code;
    unsigned form;
    uint64_t count;
} shm_mapped_item;

shm_mapped_reader shm_mapped_reader_of(shm_mapped_space *space, bool proxied, PyObject *idmap);

/* What a cell says; bounds of the head are checked, of the payload not. */
bool shm_mapped_cell_resolve(const shm_mapped_space *space, const unsigned char *cell,
                             shm_mapped_item *item);
PyObject *shm_mapped_cell_read(shm_mapped_reader *reader, const unsigned char *cell);
PyObject *shm_mapped_item_read(shm_mapped_reader *reader, const shm_mapped_item *item);

/* An element or value of the kind; it lies within the space. */
PyObject *shm_mapped_kind_read(shm_mapped_reader *reader, unsigned kind, const unsigned char *at);
PyObject *shm_mapped_number_read(unsigned kind, const unsigned char *at);

/* A text of so many bytes, which lie within the space. */
PyObject *shm_mapped_text_read(const shm_mapped_space *space, const unsigned char *at,
                               uint64_t length);

/* Whether a container's payload lies within the space; sets CorruptError if not. */
bool shm_mapped_item_checked(const shm_mapped_space *space, const shm_mapped_item *item);
PyObject *shm_mapped_set_read(shm_mapped_reader *reader, const shm_mapped_item *item);
PyObject *shm_mapped_dict_read(shm_mapped_reader *reader, const shm_mapped_item *item);
PyObject *shm_mapped_decoded_read(shm_mapped_reader *reader, const shm_mapped_item *item,
                                  PyObject *decode);

/* ---- pack.c ---- */

typedef struct shm_mapped_packed {
    PyObject *object; /* strong, so that its address stays its own */
    uint64_t position;
    unsigned code;
    bool open; /* a container whose elements are being packed */
} shm_mapped_packed;

/* What an object packs into: bytes from position `base` of a target on. */
typedef struct shm_mapped_packer {
    shm_mapped_state *state;
    unsigned char *bytes;
    size_t used;
    size_t room;
    uint64_t base;
    uint64_t limit;  /* bytes that one object may take; 0: any */
    uint64_t origin; /* items stand at multiples of eight from here */
    uint64_t start;  /* of the object */
    shm_mapped_packed *memo;
    uint32_t *memo_index;
    uint32_t memo_count;
    uint32_t memo_room; /* a power of two; the index has twice as many */
    PyObject *idmap;    /* NULL, or a dict: address to (position, code, object, target) */
    PyObject *target;
} shm_mapped_packer;

int shm_mapped_packer_open(shm_mapped_packer *packer, shm_mapped_state *state, size_t room);
void shm_mapped_packer_close(shm_mapped_packer *packer);

/* Begins the next object: what was packed before is not its to share, but by the idmap. */
void shm_mapped_packer_forget(shm_mapped_packer *packer);

/* Once the object's bytes are where they belong: the idmap learns what was packed. */
int shm_mapped_packer_commit(shm_mapped_packer *packer);

/* Appends zeroed bytes and answers their position; UINT64_MAX with an exception. */
uint64_t shm_mapped_packer_reserve(shm_mapped_packer *packer, uint64_t size, unsigned alignment);

/* Valid until the next reserve. */
static inline unsigned char *shm_mapped_packer_at(const shm_mapped_packer *packer,
                                                  uint64_t position)
{
    return packer->bytes + (position - packer->base);
}

/* Where the packing into a buffer begins, which fails at the end if that lies beyond it; ValueError
 * if it is negative.  Positions do not wrap: neither this nor what is packed has 2^63 bytes. */
static inline bool shm_mapped_packer_begin(shm_mapped_packer *packer, Py_ssize_t offset)
{
    if (offset < 0) {
        PyErr_Format(PyExc_ValueError, "an offset is a number from 0 on, not %zd", offset);
        return false;
    }
    packer->base = packer->origin = packer->start = (uint64_t)offset;
    return true;
}

static inline void shm_mapped_packer_refer(const shm_mapped_packer *packer, uint64_t cell,
                                           uint64_t item)
{
    shm_mapped_store64(shm_mapped_packer_at(packer, cell), item - cell);
}

/* Remembers where the object stands; found again by the object and the code it was packed as.
 * `find` answers 1 and the position, 0 if it is not known, -1 with an exception. */
int shm_mapped_memo_add(shm_mapped_packer *packer, PyObject *object, unsigned code,
                        uint64_t position, bool open);
int shm_mapped_memo_find(shm_mapped_packer *packer, PyObject *object, unsigned code, uint64_t cell,
                         uint64_t *position);
void shm_mapped_memo_shut(shm_mapped_packer *packer, PyObject *object, unsigned code);

/* Pack into a cell: any value; one as the given code; one of an attribute. */
int shm_mapped_pack_value(shm_mapped_packer *packer, uint64_t cell, PyObject *object);
int shm_mapped_pack_as(shm_mapped_packer *packer, uint64_t cell, PyObject *object, unsigned code);
int shm_mapped_pack_slot(shm_mapped_packer *packer, const shm_mapped_slot *slot, uint64_t at,
                         PyObject *object);
int shm_mapped_pack_sequence(shm_mapped_packer *packer, uint64_t cell, PyObject *object,
                             unsigned code);
int shm_mapped_pack_set(shm_mapped_packer *packer, uint64_t cell, PyObject *object);
int shm_mapped_pack_dict(shm_mapped_packer *packer, uint64_t cell, PyObject *object);

/* Packs the object's attributes at the end; *position is where. */
int shm_mapped_pack_record(shm_mapped_packer *packer, shm_mapped_layout *layout, PyObject *object,
                           uint64_t *position);
int shm_mapped_pack_nested(shm_mapped_packer *packer, uint64_t cell, PyObject *object,
                           shm_mapped_layout *layout);

/* Puts "attribute 'name': " before the message of the exception that is set.  Returns -1. */
int shm_mapped_error_of_attribute(PyObject *name);

/* The word of a number of the kind; TypeError, OverflowError. */
int shm_mapped_number_word(unsigned kind, PyObject *object, uint64_t *word);

/* ---- key.c: what equal keys have in common, in every process ---- */

typedef struct shm_mapped_bytes_out {
    unsigned char *bytes;
    size_t used;
    size_t room;
    unsigned char inside[120];
} shm_mapped_bytes_out;

/* Bytes that are equal if and only if the keys are: 1; 0 (no exception) if it is no such key; -1
 * with an exception (unhashable, NaN). */
int shm_mapped_key_bytes(shm_mapped_state *state, PyObject *key, shm_mapped_bytes_out *out);
void shm_mapped_bytes_out_open(shm_mapped_bytes_out *out);
int shm_mapped_bytes_out_add(shm_mapped_bytes_out *out, const void *bytes, size_t length);
void shm_mapped_bytes_out_close(shm_mapped_bytes_out *out);

/* NULL, without an exception if UTF-8 cannot write the text: nothing that is packed equals it. */
const char *shm_mapped_utf8(PyObject *text, Py_ssize_t *length);
PyObject *shm_mapped_key_of_bytes(shm_mapped_state *state, const unsigned char *bytes,
                                  size_t length);

/* As shm_mapped_key_bytes: its hash. */
int shm_mapped_key_hash(shm_mapped_state *state, PyObject *key, uint64_t *hash);
enum { SHM_MAPPED_HASH_UNKNOWN = -1 }; /* as the 32 bits of a set: no such key */

/* The 64 bits of an integral number: 1; 0 if it is none, or larger. */
int shm_mapped_key_integer(PyObject *key, bool *negative, uint64_t *word);

/* ---- views.c ---- */

typedef struct shm_mapped_view {
    PyObject_HEAD shm_mapped_space *space; /* pinned */
    const unsigned char *first;
    Py_ssize_t count;
    Py_ssize_t stride; /* bytes from an element to the next */
    unsigned kind;
    unsigned code;
} shm_mapped_view;

/* A view of a list, tuple, set or dict item, of the class that Python registered for it. */
PyObject *shm_mapped_view_new(shm_mapped_space *space, const shm_mapped_item *item);
PyObject *shm_mapped_view_of(shm_mapped_state *state, shm_mapped_space *space, unsigned code,
                             unsigned kind, const unsigned char *first, Py_ssize_t count,
                             Py_ssize_t stride);
PyObject *shm_mapped_view_at(PyObject *view, Py_ssize_t index, PyObject *into);

#define SHM_MAPPED_MATERIALIZE_DOC                                                                 \
    "materialize(): the built-in that this stands for, and nothing but built-ins in it."

/* Slots and a method of all three. */
PyObject *shm_mapped_view_materialize(PyObject *view, PyObject *unused);
void shm_mapped_view_dealloc(PyObject *view);
Py_ssize_t shm_mapped_view_length(PyObject *view);
PyObject *shm_mapped_view_iter(PyObject *view);

/* An iterator over whatever answers `at`; with a mask, over what it selects. */
typedef PyObject *shm_mapped_at(PyObject *source, Py_ssize_t index, PyObject *into);
PyObject *shm_mapped_iterator_new(shm_mapped_state *state, PyObject *source, shm_mapped_at *at,
                                  Py_ssize_t count, PyObject *mask, PyObject *into);
PyObject *shm_mapped_getter_new(shm_mapped_state *state, PyObject *source, shm_mapped_at *at,
                                Py_ssize_t count, PyObject *into);

/* ---- the module ---- */

extern PyType_Spec shm_mapped_space_spec, shm_mapped_window_spec, shm_mapped_field_spec,
    shm_mapped_record_spec, shm_mapped_list_spec, shm_mapped_set_spec, shm_mapped_dict_spec,
    shm_mapped_iterator_spec, shm_mapped_getter_spec, shm_mapped_array_spec, shm_mapped_mapper_spec,
    shm_mapped_table_spec, shm_mapped_entries_spec, shm_mapped_mapping_spec;
extern PyMethodDef shm_mapped_search_methods[];
extern PyMethodDef shm_mapped_value_methods[];
extern PyMethodDef shm_mapped_part_methods[];

#endif
