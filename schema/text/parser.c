#include "schema/text/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { QUOTED_BYTES_MAX = 64 };

void *shm_parser_alloc(shm_parser *parser, size_t size)
{
    void *memory = shm_arena_alloc(parser->arena, size);
    if (memory == NULL)
        parser->out_of_memory = true;
    return memory;
}

void shm_parser_next(shm_parser *parser)
{
    parser->previous_end = parser->token.at + parser->token.length;
    parser->previous_line = parser->token.line;
    parser->doc_end = 0;
    for (;;) {
        shm_lexer_next(&parser->lexer, &parser->token);
        if (parser->token.kind == SHM_TOKEN_DOC) {
            if (parser->doc_end == 0)
                parser->doc_at = parser->token.at;
            parser->doc_end = parser->token.at + parser->token.length;
        } else if (parser->token.kind != SHM_TOKEN_COMMENT) {
            return;
        }
    }
}

bool shm_parser_stops(const shm_parser *parser)
{
    return parser->token.kind == SHM_TOKEN_END || parser->diagnostics->full ||
           parser->out_of_memory || parser->diagnostics->out_of_memory;
}

bool shm_parser_is_word(const shm_parser *parser, const char *word)
{
    const shm_token *token = &parser->token;
    return token->kind == SHM_TOKEN_NAME && strlen(word) == token->length &&
           memcmp(parser->lexer.text + token->at, word, token->length) == 0;
}

bool shm_parser_take_word(shm_parser *parser, const char *word)
{
    if (!shm_parser_is_word(parser, word))
        return false;
    shm_parser_next(parser);
    return true;
}

bool shm_parser_take(shm_parser *parser, int kind)
{
    if (parser->token.kind != kind)
        return false;
    shm_parser_next(parser);
    return true;
}

bool shm_parser_fail_at(shm_parser *parser, uint32_t at, shm_status status, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return shm_diagnose(parser->diagnostics, &parser->file->source, at, status, "%s", text);
}

bool shm_parser_fail(shm_parser *parser, const char *what)
{
    const shm_token *token = &parser->token;
    const char *text = parser->lexer.text + token->at;
    if (token->kind == SHM_TOKEN_BAD)
        return shm_parser_fail_at(parser, token->at, SHM_BAD_SCHEMA, "%s", token->problem);
    if (token->kind == SHM_TOKEN_END)
        return shm_parser_fail_at(parser, token->at, SHM_BAD_SCHEMA,
                                  "expected %s, but the text ends here", what);
    uint32_t length = token->length;
    if (length > QUOTED_BYTES_MAX) {
        length = QUOTED_BYTES_MAX;
        while (((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    return shm_parser_fail_at(parser, token->at, SHM_BAD_SCHEMA, "expected %s, not '%.*s%s'", what,
                              (int)length, text, length < token->length ? "..." : "");
}

bool shm_parser_expect(shm_parser *parser, int kind, const char *where)
{
    if (shm_parser_take(parser, kind))
        return true;
    char what[96];
    snprintf(what, sizeof what, "'%c' %s", (char)kind, where);
    return shm_parser_fail(parser, what);
}

bool shm_parser_expect_end(shm_parser *parser, const char *where)
{
    if (shm_parser_take(parser, ';'))
        return true;
    if (parser->token.line == parser->previous_line && parser->token.kind != '}' &&
        parser->token.kind != SHM_TOKEN_END)
        return shm_parser_expect(parser, ';', where);
    shm_parser_fail_at(parser, parser->previous_end, SHM_BAD_SCHEMA, "expected ';' %s", where);
    return true;
}

bool shm_parser_name(shm_parser *parser, shm_ast_name *name, const char *what)
{
    const shm_token *token = &parser->token;
    if (token->kind != SHM_TOKEN_NAME)
        return shm_parser_fail(parser, what);
    if (token->length > SHM_NAME_LENGTH_MAX)
        return shm_parser_fail_at(parser, token->at, SHM_LIMIT,
                                  "a name of %u bytes: %d is the limit", token->length,
                                  SHM_NAME_LENGTH_MAX);
    name->text = parser->lexer.text + token->at;
    name->length = token->length;
    name->at = token->at;
    shm_parser_next(parser);
    return true;
}

bool shm_parser_type_name(shm_parser *parser, shm_ast_name *name, const char *what)
{
    shm_ast_name after = {0};
    if (!shm_parser_name(parser, name, what))
        return false;
    if (!shm_parser_take(parser, '.'))
        return true;
    if (!shm_parser_name(parser, &after, "a name after the point"))
        return false;
    if (after.at != name->at + name->length + 1)
        return shm_parser_fail_at(parser, name->at, SHM_BAD_SCHEMA,
                                  "a qualified name is written without spaces");
    name->length += 1 + after.length;
    return true;
}

const shm_ast_literal *shm_parser_literal(shm_parser *parser, const char *what)
{
    shm_ast_literal *literal = shm_parser_alloc(parser, sizeof *literal);
    shm_ast_name name = {0};
    const shm_token token = parser->token;
    if (literal == NULL)
        return NULL;
    literal->at = token.at;
    literal->text = shm_string_of(parser->lexer.text + token.at, token.length);
    switch (token.kind) {
    case SHM_TOKEN_NUMBER:
        literal->kind = SHM_LITERAL_NUMBER;
        break;
    case SHM_TOKEN_STRING:
        literal->kind = SHM_LITERAL_STRING;
        if (!shm_token_string(&parser->lexer, &token, parser->arena, &literal->text)) {
            parser->out_of_memory = true;
            return NULL;
        }
        break;
    case SHM_TOKEN_NAME:
        literal->kind = SHM_LITERAL_NAME;
        if (!shm_parser_type_name(parser, &name, what))
            return NULL;
        literal->text.length = name.length;
        return literal;
    default:
        shm_parser_fail(parser, what);
        return NULL;
    }
    shm_parser_next(parser);
    return literal;
}

/* The text of one /// line: without the slashes and one space, and without trailing blanks. */
static shm_string doc_line(const char *text, const char *end)
{
    text += 3;
    if (text < end && *text == ' ')
        text++;
    while (end > text && (end[-1] == ' ' || end[-1] == '\t' || end[-1] == '\r'))
        end--;
    return shm_string_of(text, (size_t)(end - text));
}

const char *shm_parser_doc(shm_parser *parser)
{
    if (parser->doc_end == 0)
        return NULL;
    char *doc = shm_parser_alloc(parser, parser->doc_end - parser->doc_at + 1);
    if (doc == NULL)
        return NULL;
    char *to = doc;
    shm_lexer inside = parser->lexer;
    shm_token token;
    inside.next = parser->doc_at;
    inside.length = parser->doc_end;
    for (shm_lexer_next(&inside, &token); token.kind != SHM_TOKEN_END;
         shm_lexer_next(&inside, &token)) {
        if (token.kind != SHM_TOKEN_DOC)
            continue;
        const char *text = inside.text + token.at;
        const shm_string line = doc_line(text, text + token.length);
        if (to != doc)
            *to++ = '\n';
        for (size_t i = 0; i < line.length; i++)
            *to++ = line.data[i] == '\0' ? ' ' : line.data[i];
    }
    return doc;
}

void shm_parser_skip_member(shm_parser *parser)
{
    uint32_t depth = parser->open_braces;
    parser->open_braces = 0;
    while (!shm_parser_stops(parser)) {
        if (shm_parser_take(parser, ';'))
            return;
        if (parser->token.kind == '{')
            depth++;
        if (parser->token.kind == '}' && depth-- == 0)
            return;
        shm_parser_next(parser);
    }
}
