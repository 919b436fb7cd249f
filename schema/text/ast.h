/* ast.h — schema text as it was written: what the parser makes and the checks read.  Internal.
 *
 * Everything lies in the arena of the shm_parsed; names point into the source text. */
#ifndef SCHEMA_TEXT_AST_H
#define SCHEMA_TEXT_AST_H

#include <shm/schema.h>

#include "schema/text/diagnostic.h"

/* A name as written; that of a type may be qualified ("units.Length"). */
typedef struct shm_ast_name {
    const char *text; /* not NUL-terminated; NULL where there is none */
    uint32_t length;
    uint32_t at;
} shm_ast_name;

typedef enum shm_literal_kind {
    SHM_LITERAL_NUMBER = 1,
    SHM_LITERAL_STRING, /* `text` is its value, escapes replaced */
    SHM_LITERAL_NAME    /* an enum value, a constant, true or false */
} shm_literal_kind;

typedef struct shm_ast_literal {
    shm_literal_kind kind;
    uint32_t at;
    shm_string text;
} shm_ast_literal;

/* kind: SHM_ENUM stands for a name of any type; the other kinds for themselves. */
typedef struct shm_ast_type {
    shm_kind kind;
    uint32_t at;
    uint32_t depth;
    bool nullable;
    shm_ast_name name;          /* SHM_ENUM; SHM_REF: of the record */
    struct shm_ast_type *parts; /* the element; a dict: key, element; a tuple: all */
    size_t part_count;
    struct shm_ast_type *next;     /* in the parts of a tuple or dict */
    const shm_ast_literal *length; /* SHM_ARRAY */
} shm_ast_type;

typedef struct shm_ast_field {
    shm_ast_name name;
    shm_ast_type *type;
    const shm_ast_literal *value; /* the default; NULL if none */
    shm_ast_name was;
    const char *doc;
    bool deprecated;
    struct shm_ast_field *next;
} shm_ast_field;

typedef struct shm_ast_enum_value {
    shm_ast_name name;
    const shm_ast_literal *value; /* NULL: one more than the value before */
    const char *doc;
    struct shm_ast_enum_value *next;
} shm_ast_enum_value;

typedef struct shm_ast_path {
    shm_ast_name *steps;
    size_t step_count;
    struct shm_ast_path *next;
} shm_ast_path;

typedef struct shm_ast_collection {
    shm_ast_name name;
    shm_collection_kind kind;
    const char *doc;
    bool deprecated;
    bool is_min;
    shm_ast_name table;  /* index kinds */
    shm_ast_path *paths; /* index kinds */
    size_t path_count;
    shm_ast_type *key;             /* map, multimap, set */
    shm_ast_type *element;         /* table, map, multimap, tensor */
    const shm_ast_literal *one_in; /* N of approximate 1/N, NULL if not written */
    struct shm_ast_collection *next;
} shm_ast_collection;

typedef enum shm_declaration_kind {
    SHM_DECLARE_CONST = 1,
    SHM_DECLARE_ENUM,
    SHM_DECLARE_STRUCT,
    SHM_DECLARE_RECORD
} shm_declaration_kind;

typedef struct shm_ast_declaration {
    shm_declaration_kind kind;
    shm_ast_name name; /* of a type: may be qualified */
    const char *doc;
    const shm_ast_literal *value; /* const */
    shm_ast_name underlying;      /* enum: its integer type */
    shm_ast_enum_value *values;   /* enum */
    shm_ast_field *fields;        /* struct, record */
    size_t member_count;          /* values or fields */
    struct shm_ast_declaration *next;
} shm_ast_declaration;

typedef struct shm_ast_dataset {
    shm_ast_name name;
    const char *doc;
    shm_ast_collection *collections;
    size_t collection_count;
    struct shm_ast_dataset *next;
} shm_ast_dataset;

typedef struct shm_ast_import {
    const char *path; /* as written */
    uint32_t at;
    struct shm_ast_file *file; /* NULL until it is loaded */
    struct shm_ast_import *next;
} shm_ast_import;

typedef struct shm_ast_file {
    shm_source source;
    const char *identity; /* equal for two paths of one file */
    const char *stem;     /* "units" of "dir/units.shm" */
    shm_ast_name space;   /* its namespace, text NULL if none */
    shm_ast_import *imports;
    shm_ast_declaration *declarations;
    size_t declaration_count;
    shm_ast_dataset *datasets;
    size_t dataset_count;
    bool loading; /* its imports are being loaded */
    struct shm_ast_file *importer;
    struct shm_ast_file *loaded_before;
    struct shm_ast_file *next; /* in order of declaration: imports before importers */
} shm_ast_file;

#endif
