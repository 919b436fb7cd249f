/* c_unit.h — one header in the making, and the C names and forms of types.  Internal.
 *
 * A type has up to four forms in C:
 *   in place   what stands in a row or list        uint32_t, shm_text_cell, geo_point
 *   read       what accessors answer               uint32_t, shm_string, const geo_point *
 *   key        what finds take                     uint32_t, shm_string, const geo_point *
 *   input      what a builder takes                uint32_t, shm_string, geo_list_of_string_input
 * Types without a name of their own are called by their parts: [string] is list_of_string. */
#ifndef SCHEMA_COMPILER_C_UNIT_H
#define SCHEMA_COMPILER_C_UNIT_H

#include <shm/schema.h>

#include "libshm/arena.h"
#include "schema/compiler/claims.h"
#include "schema/compiler/output.h"
#include "schema/text/text.h"

typedef struct shm_c_unit {
    shm_output out;
    shm_arena arena;
    const shm_ast_file *file; /* what the header is for */
    const shm_schema *schema; /* all its declared types */
    const char *prefix;       /* of declared types: "geo" */
    const char *family;       /* of types that no declaration names */
    shm_claims claims;
    bool failed; /* memory ran out */
} shm_c_unit;

/* What stands around a dataset's functions. */
typedef struct shm_c_dataset {
    shm_c_unit *unit;
    const shm_schema *schema; /* of this dataset */
    const char *prefix;       /* "geo", or "geo_world" where a file has several */
    const char *type;         /* "geo_dataset" */
    const char *builder;      /* "geo_builder" */
    const char **members;     /* by collection: its member of the dataset struct */
    const char **indexes;     /* the same for the index of maps, multimaps and sets */
    const char **fields;      /* by type id: the member with the bound fields of a record */
    bool *reached;            /* by type id */
} shm_c_dataset;

void shm_c_print(shm_c_unit *unit, const char *format, ...) SHM_PRINTF(2, 3);

/* Formatted text that lives as long as the unit; "" when memory is short. */
const char *shm_c_text(shm_c_unit *unit, const char *format, ...) SHM_PRINTF(2, 3);

/* `name`, or with as many '_' behind it as make it new; it is then taken. */
const char *shm_c_claim(shm_c_unit *unit, const char *name);

/* The same among the names of one struct or parameter list. */
const char *shm_c_spare(shm_c_unit *unit, shm_claims *taken, const char *name);

/* Whether this is the first time that the name is asked for; it is then taken. */
bool shm_c_first(shm_c_unit *unit, const char *name);

/* Prints "static inline RESULT NAME(ARGUMENTS)\n{\n" under a claimed name. */
void shm_c_begin(shm_c_unit *unit, const char *result, const char *name, const char *arguments);

/* The same with a body of one line. */
void shm_c_inline(shm_c_unit *unit, const char *result, const char *name, const char *arguments,
                  const char *body);

/* Prints a doc comment, if there is one. */
void shm_c_doc(shm_c_unit *unit, const char *doc, const char *indent);

/* ---- names ---- */

/* "HTTPServer" as "http_server"; anything but letters and digits becomes '_'. */
const char *shm_c_snake(shm_c_unit *unit, const char *name, size_t length);
/* The same, with a '_' before a digit that would begin it. */
const char *shm_c_identifier(shm_c_unit *unit, const char *name, size_t length);
const char *shm_c_upper(shm_c_unit *unit, const char *name);

/* The name as a member or parameter: a word of C or C++ gets a '_'. */
const char *shm_c_member(shm_c_unit *unit, const char *name);

/* The prefix of the names of a file. */
const char *shm_c_file_prefix(shm_c_unit *unit, const shm_ast_file *file);

/* "geo_city" of an enum, struct or record, of this file or an imported one. */
const char *shm_c_declared(shm_c_unit *unit, const shm_type *type);

/* Whether this file declares it. */
bool shm_c_is_own(const shm_type *type);

/* "list_of_string", "city". */
const char *shm_c_mangle(shm_c_unit *unit, const shm_type *type);

/* The prefix of functions on a type that stands in no declaration: "geo_list_of_string". */
const char *shm_c_family(shm_c_unit *unit, const shm_type *type);

/* The member of field i. */
const char *shm_c_field(shm_c_unit *unit, const shm_type *type, size_t i);

/* By field: the member with its presence word, NULL for fields that are not optional. */
const char **shm_c_presence(shm_c_unit *unit, const shm_type *type);

/* By field: the members of the input form that say whether an optional is given, and null. */
typedef struct shm_c_flags {
    const char **has;  /* NULL: not optional, or a pointer */
    const char **null; /* NULL: not T?? */
} shm_c_flags;

bool shm_c_input_flags(shm_c_unit *unit, const shm_type *type, shm_c_flags *flags);

/* The bytes as a C string literal. */
const char *shm_c_literal(shm_c_unit *unit, const char *text, size_t length);

/* ---- forms ---- */

/* In place; of an array: the name of its typedef. */
const char *shm_c_in_place(shm_c_unit *unit, const shm_type *type);

/* "uint8_t digest[16]": a declaration in place. */
const char *shm_c_declare(shm_c_unit *unit, const shm_type *type, const char *name);

/* What reading answers, and the expression for it, given the value in place. */
const char *shm_c_read_type(shm_c_unit *unit, const shm_type *type);
const char *shm_c_read(shm_c_unit *unit, const shm_type *type, const char *place);

/* The same for a text, record or tensor cell, given its address. */
const char *shm_c_read_cell(shm_c_unit *unit, const shm_type *type, const char *cell);

/* What finds take; `unit` gets what the type needs. */
const char *shm_c_key_type(shm_c_unit *unit, const shm_type *type);

/* The input form as a member or, of an array or record, as an element; "uint8_t digest[16]". */
const char *shm_c_input(shm_c_unit *unit, const shm_type *type);
const char *shm_c_declare_input(shm_c_unit *unit, const shm_type *type, const char *name);

/* Numbers, enums, times, and structs, tuples and arrays of only these: their forms in place and as
 * input are one. */
bool shm_c_is_plain(const shm_type *type);
bool shm_c_is_text(const shm_type *type);
bool shm_c_is_cell_list(const shm_type *type);

/* The type of a field without its optional. */
static inline const shm_type *shm_c_value_type(const shm_type *type)
{
    return type->kind == SHM_OPTIONAL ? type->element : type;
}

/* ---- the parts of a header, in its order ---- */

void shm_c_enums(shm_c_unit *unit);
void shm_c_rows(shm_c_unit *unit);
void shm_c_row(shm_c_unit *unit, const shm_type *type, const char *name, const char *title,
               const char *gap_note);
void shm_c_need_value(shm_c_unit *unit, const shm_type *type);
void shm_c_need_parts(shm_c_unit *unit, const shm_type *type);
/* The span of elements of that type ("geo_u32_span"), printed at its first use; NULL for elements
 * that are cells. */
const char *shm_c_span(shm_c_unit *unit, const shm_type *element);
void shm_c_need_family(shm_c_unit *unit, const shm_type *type);
void shm_c_need_input(shm_c_unit *unit, const shm_type *type);
void shm_c_need_put(shm_c_unit *unit, const shm_type *type);
const char *shm_c_need_compare(shm_c_unit *unit, const shm_type *type);
void shm_c_accessors(shm_c_unit *unit, const shm_type *type, const char *row, const char *base,
                     bool scalars_too);
void shm_c_type_accessors(shm_c_unit *unit);
void shm_c_inputs(shm_c_unit *unit);
void shm_c_defaults(shm_c_unit *unit);

/* Whether a default of its fields is written NAN or INFINITY. */
bool shm_c_needs_math(const shm_type *type);

void shm_c_puts(shm_c_unit *unit);
/* The function that puts a value of the type: "geo_put_city". */
const char *shm_c_put_name(shm_c_unit *unit, const shm_type *type);
void shm_c_put_fields(shm_c_unit *unit, const shm_type *type, const char *in);
void shm_c_put_value(shm_c_unit *unit, const shm_type *type, const char *value, const char *indent,
                     int depth);
void shm_c_dataset_section(shm_c_unit *unit, const shm_schema *schema, const char *prefix);

/* The type of a collection's rows, and a type's name within its dataset's prefix. */
const char *shm_c_row_type(shm_c_dataset *dataset, const shm_collection *collection);
const char *shm_c_local_name(shm_c_unit *unit, const shm_type *type);
void shm_c_entries(shm_c_dataset *dataset);
void shm_c_collections(shm_c_dataset *dataset);
void shm_c_index(shm_c_dataset *dataset, const shm_collection *collection);
void shm_c_bound(shm_c_dataset *dataset);
void shm_c_builder(shm_c_dataset *dataset);
void shm_c_schema_text(shm_c_dataset *dataset);

#endif
