/* plan.h — what the module makes of a schema: how each type is read, and the Python classes of
 * its records and enums.
 *
 * A plan is made once for a schema and shared by all images that have it, so that records of two
 * images of one schema are of one class.  It is never changed; it lives as long as an image, or one
 * of its classes, of which each holds it. */
#ifndef SHM_PYTHON_PLAN_H
#define SHM_PYTHON_PLAN_H

#include "module.h"

#include <shm/schema.h>

typedef struct shm_py_type shm_py_type;
typedef struct shm_py_handle shm_py_handle;

/* The Python object of a value that stands at `at` in an open image. */
typedef PyObject *shm_py_read(shm_py_handle *handle, const shm_py_type *type, const void *at);

typedef struct shm_py_field {
    PyObject *name;          /* interned; NULL in a tuple */
    const shm_py_type *type; /* of an optional: what it may hold */
    uint64_t offset;
    uint64_t presence_offset;
    uint32_t presence_bit;
    bool optional; /* T? or T?? */
    bool nullable; /* T?? */
} shm_py_field;

struct shm_py_type {
    const shm_type *type;
    shm_py_read *read;
    const shm_py_type *element; /* optional, list, set, dict value, array, tensor, ref */
    const shm_py_type *key;     /* dict */
    const shm_py_field *fields; /* record, struct, tuple */
    size_t field_count;
    PyTypeObject *class;  /* record, struct: its class; else NULL */
    PyObject *enum_class; /* enum: its IntEnum */
    PyObject *members;    /* enum: dict, number to member */
    const char *format;   /* in struct's notation, if elements can be told so; else NULL */
    uint32_t ref_table;   /* ref: the collection that holds the rows; UINT32_MAX if none */
};

/* A collection: its schema, and the type of its rows and values. */
typedef struct shm_py_source {
    const shm_collection *collection;
    PyObject *name;           /* interned */
    const shm_py_type *types; /* those of the plan, by id */
    const shm_py_type *row;   /* the record of its rows: key and value, or the table's; or NULL */
    const shm_py_type *value; /* map, multimap: V; tensor: its elements */
    shm_py_field value_field; /* map, multimap: where it stands in an entry */
    /* Leaves of the key, in order, as parts of a compound key are: a struct's fields count. */
    const shm_py_type **leaves;
    size_t leaf_count;
} shm_py_source;

typedef struct shm_py_plan {
    PyObject base;
    shm_py_state *state;
    const shm_schema *schema;
    shm_py_type *types; /* by id */
    shm_py_source *sources;
    size_t source_count;
    PyTypeObject *image_class;
    PyObject *weak; /* weak references to it */
    void **blocks;  /* memory that it owns */
    size_t block_count;
} shm_py_plan;

extern PyType_Spec shm_py_plan_spec;

/* The plan of an equal schema, if there is one; NULL without an exception if there is none. */
shm_py_plan *shm_py_plan_find(shm_py_state *state, const shm_schema *schema);

/* The plan of a schema, made if there is none yet; takes over the schema, also where it fails. */
shm_py_plan *shm_py_plan_of(shm_py_state *state, const shm_schema *schema);

/* Zeroed memory that lives as long as the plan. */
void *shm_py_plan_memory(shm_py_plan *plan, size_t size);

/* The type without an optional around it. */
static inline const shm_py_type *shm_py_bare(const shm_py_type *type)
{
    return type->type->kind == SHM_OPTIONAL ? type->element : type;
}

/* fields.c: the descriptor of a field, as it is read best. */
getter shm_py_field_getter(const shm_py_field *field);

/* record.c: the class of a record or struct. */
PyTypeObject *shm_py_record_class(shm_py_plan *plan, shm_py_type *type);

/* image.c: the class of the images of a schema. */
PyTypeObject *shm_py_image_class(shm_py_plan *plan);

/* value_*.c: how values of a type are read. */
shm_py_read *shm_py_reader(const shm_type *type);

/* array.c: NumPy's dtype of a record's rows as a dict; None if not all fields have a fixed size. */
PyObject *shm_py_row_dtype(const shm_py_type *type);

/* struct's notation for numbers; NULL for other kinds. */
const char *shm_py_format(const shm_type *type);

#endif
