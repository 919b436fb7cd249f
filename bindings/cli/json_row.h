/* json_row.h — rows from JSON, straight into a builder by the schema's types. */
#ifndef BINDINGS_CLI_JSON_ROW_H
#define BINDINGS_CLI_JSON_ROW_H

#include <shm/any.h>
#include <shm/builder.h>

#include "fields.h"
#include "json_read.h"

typedef struct shm_row_reader {
    shm_json json;
    shm_builder *builder;
    shm_field_tables fields;
    shm_any_writer *any; /* made when first needed */
    shm_out packed;      /* numbers side by side, or decoded bytes */
    shm_status status;   /* of the builder's failure, if it was the builder that failed */
} shm_row_reader;

void shm_row_reader_open(shm_row_reader *reader, shm_builder *builder, const shm_schema *schema);
void shm_row_reader_close(shm_row_reader *reader);

/* Reads the object that the text of reader->json is into one row of the collection.  On failure the
 * place and reason are in reader->json, and the builder can only be closed. */
bool shm_row_read(shm_row_reader *reader, const shm_collection *collection);

/* Puts the value that comes next, of that type. */
bool shm_row_read_value(shm_row_reader *reader, const shm_type *type);

/* The same for one whose text stands outside JSON (a CSV cell, unquoted): numbers, names and texts
 * as they are.  A NUL must follow the text.  `at` is the place to report. */
bool shm_row_read_plain(shm_row_reader *reader, const shm_type *type, shm_string text,
                        const char *at);

/* Whether values of the type have such a form (else their cells hold JSON). */
bool shm_type_is_plain(const shm_type *type);

/* Whether null is written for the field where leaving it out would say something else: an absent T?
 * that has a default.  (T?? has a null of its own.) */
bool shm_field_null_is_absent(const shm_field *field);

/* Keeps the builder's reason, at `at`; always false. */
bool shm_row_keep_failure(shm_row_reader *reader, const char *at);

/* Whether the builder is still well; else keeps its reason, at `at`. */
static inline bool shm_row_check(shm_row_reader *reader, const char *at)
{
    return shm_builder_status(reader->builder, NULL) == SHM_OK || shm_row_keep_failure(reader, at);
}

/* "VALUE is not a value of type TYPE". */
bool shm_row_fail_type(shm_row_reader *reader, const char *at, const shm_type *type);

/* ---- json_number.c ---- */

/* An integer, float, decimal or ref from the number that comes next (floats also from a string). */
bool shm_row_read_number(shm_row_reader *reader, const shm_type *type);

/* The same from the text of one. */
bool shm_row_put_number(shm_row_reader *reader, const shm_type *type, shm_string text,
                        const char *at);

/* The array of numbers (or bools) that comes next, side by side into reader->packed. */
bool shm_row_read_packed(shm_row_reader *reader, const shm_type *element, uint64_t *count);

/* The object {"shape": [...], "data": [...]} that comes next. */
bool shm_row_read_tensor(shm_row_reader *reader, const shm_type *type);

/* ---- json_any.c ---- */

bool shm_row_read_any(shm_row_reader *reader);

#endif
