/* lexer.h — schema text as a stream of tokens, comments included, so that a formatter can be
 * written on it.  Internal.  The text must be valid UTF-8; tokens point into it. */
#ifndef SCHEMA_TEXT_LEXER_H
#define SCHEMA_TEXT_LEXER_H

#include <stddef.h>
#include <stdint.h>

#include <shm/value.h>

#include "libshm/arena.h"

/* A token of one punctuation character has that character as its kind: { } [ ] ( ) < > : ; , . = ?
 * and / (in 1/1000). */
typedef enum shm_token_kind {
    SHM_TOKEN_END = 256,
    SHM_TOKEN_NAME,    /* [A-Za-z_][A-Za-z0-9_]*: keywords, too */
    SHM_TOKEN_NUMBER,  /* as JSON writes numbers */
    SHM_TOKEN_STRING,  /* as JSON writes strings, with its quotes */
    SHM_TOKEN_COMMENT, /* // to the end of the line (//// as well) */
    SHM_TOKEN_DOC,     /* /// to the end of the line */
    SHM_TOKEN_BAD      /* `problem` says why */
} shm_token_kind;

typedef struct shm_token {
    int kind;
    uint32_t at; /* offset in the text */
    uint32_t length;
    uint32_t line;       /* from 1, where it begins (no token spans lines) */
    const char *problem; /* of SHM_TOKEN_BAD; static storage */
} shm_token;

typedef struct shm_lexer {
    const char *text;
    uint32_t length;
    uint32_t next;
    uint32_t line;
} shm_lexer;

/* Begins at the first character (after a byte order mark); length is at most
 * SHM_SCHEMA_TEXT_BYTES_MAX. */
void shm_lexer_open(shm_lexer *lexer, const char *text, size_t length);

/* The next token; SHM_TOKEN_END again and again at the end. */
void shm_lexer_next(shm_lexer *lexer, shm_token *token);

/* The value of a string token: its escapes replaced.  False when memory is short. */
bool shm_token_string(const shm_lexer *lexer, const shm_token *token, shm_arena *arena,
                      shm_string *value);

#endif
