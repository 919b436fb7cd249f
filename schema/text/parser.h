/* parser.h — from tokens to the syntax tree of one file.  Internal.
 *
 * Syntax errors go to the diagnostics; the parser then goes on after the next ';' or '}'.
 * Recursion is bounded by SHM_TYPE_DEPTH_MAX.  Cost: linear. */
#ifndef SCHEMA_TEXT_PARSER_H
#define SCHEMA_TEXT_PARSER_H

#include "schema/text/ast.h"
#include "schema/text/lexer.h"

typedef struct shm_parser {
    shm_ast_file *file;
    shm_lexer lexer;
    shm_token token;       /* the next one that is no comment */
    uint32_t previous_end; /* offset where the token before it ends, and its line */
    uint32_t previous_line;
    uint32_t doc_at; /* the /// comments before it; none if doc_end is 0 */
    uint32_t doc_end;
    uint32_t open_braces; /* of the types around the token */
    shm_arena *arena;
    shm_diagnostics *diagnostics;
    bool out_of_memory;
} shm_parser;

/* Reads file->source into the rest of *file.  False if memory is short. */
bool shm_parser_read(shm_ast_file *file, shm_arena *arena, shm_diagnostics *diagnostics);

/* ---- between the parser's files.  What returns false or NULL has told why. ---- */

void shm_parser_next(shm_parser *parser);
bool shm_parser_stops(const shm_parser *parser);
bool shm_parser_is_word(const shm_parser *parser, const char *word);
bool shm_parser_take_word(shm_parser *parser, const char *word);
bool shm_parser_take(shm_parser *parser, int kind);

/* Takes `kind`, or tells that it is missing (`where`: "after the field's name"). */
bool shm_parser_expect(shm_parser *parser, int kind, const char *where);

/* The same for the ';' that ends a statement; one missing at the end of a line is only told. */
bool shm_parser_expect_end(shm_parser *parser, const char *where);

/* "expected WHAT" at the next token. */
bool shm_parser_fail(shm_parser *parser, const char *what);
bool shm_parser_fail_at(shm_parser *parser, uint32_t at, shm_status status, const char *format, ...)
    SHM_PRINTF(4, 5);

/* Zeroed memory of the tree; NULL sets out_of_memory. */
void *shm_parser_alloc(shm_parser *parser, size_t size);

bool shm_parser_name(shm_parser *parser, shm_ast_name *name, const char *what);
bool shm_parser_type_name(shm_parser *parser, shm_ast_name *name, const char *what);
const shm_ast_literal *shm_parser_literal(shm_parser *parser, const char *what);

/* The doc comment before the next token; NULL if none (or memory is short). */
const char *shm_parser_doc(shm_parser *parser);

/* After an error inside a declaration's braces: to the next member or the closing brace. */
void shm_parser_skip_member(shm_parser *parser);

shm_ast_type *shm_parser_type(shm_parser *parser);
bool shm_parser_fields(shm_parser *parser, shm_ast_declaration *declaration);
bool shm_parser_enum_values(shm_parser *parser, shm_ast_declaration *declaration);
bool shm_parser_dataset(shm_parser *parser, shm_ast_dataset *dataset);

#endif
