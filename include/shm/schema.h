/* schema.h — the model of a schema: its types, their layout in memory, and what a dataset holds.
 *
 * A schema is made from text, never changed afterwards, and freed whole.  All its structs are plain
 * and readable; every pointer in them lives until shm_schema_free.  Equal types are one object, so
 * types of one schema compare by address.  Threads: any number may read a schema. */
#ifndef SHM_SCHEMA_H
#define SHM_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>
#include <shm/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct shm_type shm_type;
typedef struct shm_field shm_field;
typedef struct shm_schema shm_schema;

/* Pinned values (they appear in tools' JSON output). */
typedef enum shm_kind {
    SHM_BOOL = 1,
    SHM_I8 = 2,
    SHM_I16 = 3,
    SHM_I32 = 4,
    SHM_I64 = 5,
    SHM_U8 = 6,
    SHM_U16 = 7,
    SHM_U32 = 8,
    SHM_U64 = 9,
    SHM_F32 = 10,
    SHM_F64 = 11,
    SHM_STRING = 12,   /* text cell, UTF-8 */
    SHM_BYTES = 13,    /* text cell */
    SHM_DECIMAL = 14,  /* text cell holding the number's text */
    SHM_ANY = 15,      /* text cell holding an encoded value, see any.h */
    SHM_DATE = 16,     /* shm_date */
    SHM_DATETIME = 17, /* shm_datetime */
    SHM_UUID = 18,     /* shm_uuid */
    SHM_ENUM = 19,     /* its underlying integer */
    SHM_STRUCT = 20,   /* fields in place */
    SHM_RECORD = 21,   /* in a field: a record cell.  In a table: fields in place */
    SHM_REF = 22,      /* shm_row_number of a row in the table of `element` */
    SHM_OPTIONAL = 23, /* as a field: presence bits and `element`.  Elsewhere: value, then a byte */
    SHM_LIST = 24,     /* list cell of `element` */
    SHM_SET = 25,      /* list cell of `element`, in key order, each once */
    SHM_DICT = 26,     /* list cell: keys of `key` in key order, then values of `element` */
    SHM_ARRAY = 27,    /* `length` times `element`, in place */
    SHM_TUPLE = 28,    /* fields in place, unnamed */
    SHM_TENSOR = 29    /* list cell of numbers of `element`, with a shape */
} shm_kind;

typedef struct shm_enum_value {
    const char *name;
    const char *doc; /* the /// comment above it, without the slashes; NULL if none */
    int64_t value;   /* for a u64 enum: the same bits */
} shm_enum_value;

struct shm_field {
    const char *name;     /* NULL in a tuple */
    const char *was;      /* its former name, NULL if none */
    const char *doc;      /* NULL if none */
    const shm_type *type; /* an SHM_OPTIONAL type for T? and T?? */
    uint64_t offset;      /* in bytes from the start of the row, struct or tuple */
    bool deprecated;
    bool has_default;
    /* Optional fields only: the u64 presence word at `presence_offset`, and the first bit in it.
     * T?:  bit set = present.   T??: bit = given (null or a value), bit + 1 = null. */
    uint64_t presence_offset;
    uint32_t presence_bit;
    /* The default where has_default: by the field's kind (that of `element` for an optional). */
    struct {
        uint64_t bits; /* integers (64-bit extension), bool, enum, date: days, f32 and f64: as f64,
                        * datetime: micros */
        int16_t zone_minutes;
        uint16_t zone_given;
        shm_string text; /* string, decimal, bytes; uuid: its 16 bytes; enum: the
                          * value's name */
    } value;
};

struct shm_type {
    shm_kind kind;
    uint32_t id;             /* its place in schema->types */
    uint64_t size;           /* bytes in place: in a row, list, tuple... (a record: its cell, 8) */
    uint64_t align;          /* 1, 2, 4 or 8 */
    bool has_cells;          /* holds text, list or record cells in place, directly or inside */
    bool nullable;           /* SHM_OPTIONAL: T?? rather than T? */
    bool is_key;             /* may be a key, a set element or a dict key */
    const char *name;        /* enum, struct, record: as written in text ("City", "units.Length") */
    const char *doc;         /* NULL if none */
    const shm_type *element; /* optional, list, set, dict value, array, tensor; ref: the record;
                              * enum: the underlying integer type */
    const shm_type *key;     /* dict */
    uint64_t length;         /* array */
    const shm_field *fields; /* struct, record, tuple: in declaration order */
    size_t field_count;
    uint64_t row_size;            /* record: bytes of its fields in place; a multiple of 8 */
    const shm_enum_value *values; /* enum: in declaration order */
    size_t value_count;
};

typedef enum shm_collection_kind {
    SHM_TABLE = 1,       /* array<R>: the only kind that index kinds refer to */
    SHM_INDEX = 2,       /* index T by ...: unique */
    SHM_MULTI = 3,       /* multi T by ... */
    SHM_APPROXIMATE = 4, /* multi T by ... approximate */
    SHM_MAP = 5,         /* map<K, V> */
    SHM_MULTIMAP = 6,    /* multimap<K, V> */
    SHM_SET_OF = 7,      /* set<K> */
    SHM_TENSOR_OF = 8,   /* tensor<T> */
    SHM_SORTED = 9       /* sorted T by ...: ordered */
} shm_collection_kind;

/* One part of an index key: a field reached through structs, e.g. where.lat. */
typedef struct shm_key_path {
    const shm_field *const *steps; /* from the record inwards; only the last is not a struct's */
    size_t step_count;
} shm_key_path;

typedef struct shm_collection {
    const char *name;
    const char *doc;
    uint32_t number; /* its place in dataset->collections */
    shm_collection_kind kind;
    /* What its rows are.  Table: the record.  Map, multimap: a hidden record {key, value}; set: a
     * hidden record {key}.  Index kinds: the record of the table.  Tensor: NULL. */
    const shm_type *record;
    /* What is put as its rows: `record`, or, for a placed map, {key, value} laid out as any record:
     * to build, an entry is not yet in its line. */
    const shm_type *put_record;
    const shm_type *element;            /* tensor: its element type; map, multimap: V; else NULL */
    const struct shm_collection *table; /* index kinds: the table.  Others: NULL */
    const shm_key_path *key; /* index kinds: as written.  Map, multimap, set: field `key` */
    size_t key_count;
    uint64_t approximate_one_in; /* SHM_APPROXIMATE: N of 1/N */
    bool is_min;                 /* `min`: the smallest form rather than the fastest */
    /* A placed map (shm/placed.h), dense if `is_min`: the bytes that a key takes in it, and a
     * value, 4 or 8.  Its record has `key` at 0 and `value` at SHM_PLACED_VALUE_AT.  Else 0. */
    uint32_t placed_width;
    bool deprecated;
} shm_collection;

typedef struct shm_dataset_type {
    const char *name;
    const char *doc;
    const shm_collection *collections;
    size_t collection_count;
} shm_dataset_type;

struct shm_schema {
    const char *space;            /* its namespace, NULL if none */
    const shm_type *const *types; /* all types, by id; an item in the heap names its type so */
    size_t type_count;
    const shm_type *const *declared; /* enums, structs and records, in order of declaration */
    size_t declared_count;
    const shm_dataset_type *dataset; /* the chosen one; NULL if the text has none */
    /* The canonical text: one self-contained schema without comments and imports, holding what the
     * dataset reaches.  Two schemas mean the same exactly if these are equal bytes. */
    shm_string text;
    uint64_t fingerprint[2]; /* XXH3-128 of `text`: low word first */
};

enum {
    SHM_TYPE_COUNT_MAX = 65535,  /* distinct types of a schema */
    SHM_NAME_LENGTH_MAX = 255,   /* bytes of an identifier */
    SHM_TYPE_DEPTH_MAX = 64,     /* brackets, braces and question marks around one type */
    SHM_STRUCT_DEPTH_MAX = 64,   /* structs in structs */
    SHM_KEY_PART_COUNT_MAX = 16, /* parts of a compound key */
    SHM_SCHEMA_TEXT_BYTES_MAX = 16 << 20
};
/* The largest row, struct or fixed array, in bytes. */
#define SHM_ROW_SIZE_MAX (UINT64_C(1) << 31)

/* Makes a schema from one self-contained text (no imports), as a file of an image holds it.
 * `name` stands in messages; NULL: "schema".  `dataset` chooses one of several datasets; NULL: the
 * only one.
 * Fails: BAD_SCHEMA and LIMIT (error->text is "NAME:LINE:COL: error: ..." of the first error; the
 * whole list is in the compiler's interface), NOT_FOUND (no dataset of that name), INVALID (there
 * are several, and none chosen), NO_MEMORY.  Owner: the caller, until shm_schema_free.
 * Cost: linear in the text. */
SHM_API SHM_MUST_USE shm_status shm_schema_parse(const char *text, size_t length, const char *name,
                                                 const char *dataset, const shm_schema **schema,
                                                 shm_error *error);

/* The same from a file, imports included (sought beside the importing file, then in
 * `import_dirs`, which ends with NULL or is NULL).  Fails also: IO (the file cannot be read). */
SHM_API SHM_MUST_USE shm_status shm_schema_parse_file(const char *path,
                                                      const char *const *import_dirs,
                                                      const char *dataset,
                                                      const shm_schema **schema, shm_error *error);

SHM_API void shm_schema_free(const shm_schema *schema);

/* The collection of that name; NULL if there is none. */
SHM_API const shm_collection *shm_schema_collection(const shm_schema *schema, const char *name);

/* Writes the type as schema text ("{string: [u32?]}") into `text`, cut to `size` bytes with the
 * NUL, and returns its whole length, as snprintf does. */
SHM_API size_t shm_type_text(const shm_type *type, char *text, size_t size);

/* May programs of `newer` read data of `older`?  Every break is told to `visit` as one line
 * ("record City: field name: string became u32"); NULL to just ask.  `old_reads_new`, unless NULL,
 * is set to whether programs of `older` could read data of `newer`, too: if there is no break and
 * no field was widened.  Answers whether there was no break; want of memory counts as one. */
typedef void shm_break_visit(void *context, const char *text);
SHM_API bool shm_schema_compatible(const shm_schema *newer, const shm_schema *older,
                                   shm_break_visit *visit, void *context, bool *old_reads_new);

#ifdef __cplusplus
}
#endif
#endif
