/* resolve.h — from syntax trees to the model: names, constants, types, defaults, datasets.
 * Internal.
 *
 * An error is told to the diagnostics and worked around (a wrong type becomes bool), so that the
 * following ones are found; the schema is then not made.  Functions that answer false or NULL do
 * so for want of memory only, unless they say otherwise. */
#ifndef SCHEMA_TEXT_RESOLVE_H
#define SCHEMA_TEXT_RESOLVE_H

#include "schema/model/names.h"
#include "schema/model/pool.h"
#include "schema/text/text.h"

typedef enum shm_symbol_state { SHM_SYMBOL_NEW, SHM_SYMBOL_OPEN, SHM_SYMBOL_DONE } shm_symbol_state;

typedef struct shm_symbol shm_symbol;

/* A record that every row of another one holds, at this place of its text. */
typedef struct shm_required {
    shm_symbol *record;
    uint32_t at;
    struct shm_required *next;
} shm_required;

/* A declaration in the making. */
struct shm_symbol {
    const shm_ast_declaration *declaration;
    const shm_ast_file *file;
    shm_type *type;               /* enum, struct, record */
    const shm_ast_literal *value; /* const: a number, a string, or the name true or false */
    shm_symbol_state state;
    uint32_t depth;          /* struct: how deep structs nest in it, itself counted */
    shm_name_table members;  /* struct, record: field by name.  enum: value by name */
    shm_required *required;  /* record */
    shm_required *unvisited; /* record: of these, what the search for circles has yet to see */
    size_t table_count;      /* record: tables of it in the chosen dataset */
};

/* Where a ref<R> stands. */
typedef struct shm_ref_use {
    const shm_type *owner; /* the record, maybe a hidden one */
    shm_symbol *target;
    const shm_ast_file *file;
    uint32_t at;
    struct shm_ref_use *next;
} shm_ref_use;

typedef struct shm_resolver {
    const shm_parsed *parsed;
    shm_arena *arena; /* of the schema */
    shm_arena scratch;
    shm_diagnostics *diagnostics;
    shm_type_pool pool;
    shm_name_table *names; /* by number of the file: its symbols, as written */
    shm_symbol *symbols;   /* of all files, in order of declaration */
    size_t symbol_count;
    shm_ref_use *refs;
    uint32_t open_structs;   /* structs being resolved, one inside the other */
    uint32_t part_depth;     /* the deepest struct in the one being resolved */
    uint64_t expanded_bytes; /* of the constants named so far, each time that they are */
    const shm_dataset_type *chosen;
} shm_resolver;

/* What surrounds a type. */
typedef struct shm_type_place {
    const shm_ast_file *file;
    shm_symbol *record;    /* the record whose field it is; NULL in structs and collections */
    const shm_type *owner; /* the same, or the hidden record of a collection */
    bool in_struct;
    bool nullable; /* T?? may stand here */
    bool required; /* every row has a value of it */
} shm_type_place;

static inline bool shm_resolver_stops(const shm_resolver *resolver)
{
    return resolver->diagnostics->full || resolver->diagnostics->out_of_memory;
}

/* Tells an error; answers false. */
#define shm_resolver_fail(resolver, file, at, ...)                                                 \
    shm_diagnose((resolver)->diagnostics, &(file)->source, (at), SHM_BAD_SCHEMA, __VA_ARGS__)

/* The same of a name that is not there: silent if a syntax error may have swallowed it. */
#define shm_resolver_miss(resolver, file, at, ...)                                                 \
    ((resolver)->parsed->incomplete ? false                                                        \
                                    : shm_resolver_fail((resolver), (file), (at), __VA_ARGS__))

/* ---- resolve_names.c ---- */

bool shm_resolve_names(shm_resolver *resolver);

/* The symbol that `name` means in a file; NULL if none, or if it is ambiguous, which is told. */
shm_symbol *shm_resolve_symbol(shm_resolver *resolver, const shm_ast_file *file,
                               const shm_ast_name *name, bool *ambiguous);

/* "first at FILE:LINE:COL", in static-free form: into `text` of at least SHM_PLACE_BYTES. */
enum { SHM_PLACE_BYTES = 320 };
const char *shm_place_text(const shm_ast_file *file, uint32_t at, char *text);

/* Tells of a name that would be another's once keywords got their underscore in generated code. */
void shm_resolve_keyword_clash(shm_resolver *resolver, const shm_ast_file *file,
                               const shm_ast_name *name, const shm_name_table *siblings);

/* ---- resolve_values.c ---- */

typedef struct shm_integer {
    bool negative;
    uint64_t magnitude;
} shm_integer;

/* What a literal stands for: itself, or the value of the constant that it names (true and false
 * are themselves).  NULL if there is no such constant, or too much was said by constants, which is
 * told. */
const shm_ast_literal *shm_resolve_literal(shm_resolver *resolver, const shm_ast_file *file,
                                           const shm_ast_literal *literal);

/* The integer of a literal within the range of a kind.  False if it is none, which is told. */
bool shm_resolve_integer(shm_resolver *resolver, const shm_ast_file *file,
                         const shm_ast_literal *literal, shm_kind kind, uint64_t *bits);

/* An integer from `least` to `most` that `what` names in messages; false if told it is none. */
bool shm_resolve_count(shm_resolver *resolver, const shm_ast_file *file,
                       const shm_ast_literal *literal, const char *what, uint64_t least,
                       uint64_t most, uint64_t *count);

/* Whether an integer, as two's complement, lies in a kind's range. */
bool shm_integer_fits(shm_integer integer, shm_kind kind);

/* Sets the default of a field from field->type. */
bool shm_resolve_default(shm_resolver *resolver, const shm_ast_file *file,
                         const shm_ast_literal *literal, shm_field *field);

/* ---- resolve_types.c ---- */

const shm_type *shm_resolve_type(shm_resolver *resolver, const shm_type_place *place,
                                 const shm_ast_type *type);

/* ---- resolve_declarations.c ---- */

/* Enums, structs and records, and the values of constants. */
bool shm_resolve_declarations(shm_resolver *resolver);
bool shm_resolve_struct(shm_resolver *resolver, shm_symbol *symbol);
bool shm_resolve_enum(shm_resolver *resolver, shm_symbol *symbol);

/* ---- resolve_circles.c ---- */

/* Tells of records of which every row holds another, without end. */
bool shm_resolve_circles(shm_resolver *resolver);

/* ---- resolve_dataset.c, resolve_index.c ---- */

bool shm_resolve_dataset(shm_resolver *resolver, const shm_ast_dataset *ast,
                         shm_dataset_type *dataset, bool is_chosen);
bool shm_resolve_index(shm_resolver *resolver, const shm_ast_collection *ast,
                       const shm_name_table *collections, shm_collection *collection);

/* After the reach of the dataset is known: each ref<R> in it needs exactly one table of R. */
void shm_resolve_refs(shm_resolver *resolver);

/* ---- canonical.c ---- */

/* Sets schema->text and the fingerprint, from what is marked as reached. */
bool shm_canonical_text(shm_schema *schema, shm_arena *arena);

#endif
