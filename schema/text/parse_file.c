#include "schema/text/parser.h"

#include "libshm/utf8.h"

/* Where the next declaration and so on are to be linked. */
struct ends {
    shm_ast_declaration **declaration;
    shm_ast_dataset **dataset;
    shm_ast_import **import;
};

/* After an error outside of braces, or behind a whole declaration that was none: past the next
 * ';' or '}' that stands in no braces. */
static void skip_declaration(shm_parser *parser)
{
    uint32_t depth = parser->open_braces;
    parser->open_braces = 0;
    while (!shm_parser_stops(parser)) {
        if (parser->token.kind == '{')
            depth++;
        if (parser->token.kind == '}' && depth > 0)
            depth--;
        const bool ends = depth == 0 && (parser->token.kind == '}' || parser->token.kind == ';');
        shm_parser_next(parser);
        if (ends)
            return;
    }
}

static bool parse_namespace(shm_parser *parser, uint32_t at)
{
    shm_ast_file *file = parser->file;
    shm_ast_name space;
    if (!shm_parser_name(parser, &space, "the name of the namespace"))
        return false;
    if (file->space.text != NULL)
        shm_parser_fail_at(parser, at, SHM_BAD_SCHEMA, "a file has one namespace only");
    else if (file->declarations != NULL || file->datasets != NULL)
        shm_parser_fail_at(parser, at, SHM_BAD_SCHEMA,
                           "namespace stands before the declarations of the file");
    else
        file->space = space;
    return shm_parser_expect_end(parser, "after the namespace");
}

static bool parse_import(shm_parser *parser, struct ends *ends)
{
    if (parser->token.kind != SHM_TOKEN_STRING)
        return shm_parser_fail(parser, "the file to import, as in import \"units.shm\"");
    const shm_ast_literal *path = shm_parser_literal(parser, "a path");
    shm_ast_import *import = shm_parser_alloc(parser, sizeof *import);
    if (path == NULL || import == NULL)
        return false;
    for (size_t i = 0; i < path->text.length; i++) {
        if (path->text.data[i] == '\0')
            return shm_parser_fail_at(parser, path->at, SHM_BAD_SCHEMA,
                                      "the path of a file has no NUL in it");
    }
    import->at = path->at;
    import->path = shm_arena_copy_text(parser->arena, path->text.data, path->text.length);
    if (import->path == NULL) {
        parser->out_of_memory = true;
        return false;
    }
    *ends->import = import;
    ends->import = &import->next;
    return shm_parser_expect_end(parser, "after the import");
}

static bool parse_const(shm_parser *parser, shm_ast_declaration *declaration)
{
    if (!shm_parser_name(parser, &declaration->name, "the name of the constant") ||
        !shm_parser_expect(parser, '=', "after the constant's name"))
        return false;
    declaration->value = shm_parser_literal(parser, "a number, a string, true or false");
    return declaration->value != NULL && shm_parser_expect_end(parser, "after the constant");
}

static bool parse_named(shm_parser *parser, shm_ast_declaration *declaration)
{
    if (!shm_parser_type_name(parser, &declaration->name, "the name of the type"))
        return false;
    if (declaration->kind == SHM_DECLARE_ENUM) {
        if (!shm_parser_expect(parser, ':', "and an integer type after the enum's name") ||
            !shm_parser_name(parser, &declaration->underlying, "an integer type"))
            return false;
    }
    if (!shm_parser_expect(parser, '{', "after the type's name"))
        return false;
    return declaration->kind == SHM_DECLARE_ENUM ? shm_parser_enum_values(parser, declaration)
                                                 : shm_parser_fields(parser, declaration);
}

static bool parse_declaration(shm_parser *parser, shm_declaration_kind kind, const char *doc,
                              struct ends *ends)
{
    shm_ast_declaration *declaration = shm_parser_alloc(parser, sizeof *declaration);
    if (declaration == NULL)
        return false;
    declaration->kind = kind;
    declaration->doc = doc;
    if (!(kind == SHM_DECLARE_CONST ? parse_const(parser, declaration)
                                    : parse_named(parser, declaration)))
        return false;
    *ends->declaration = declaration;
    ends->declaration = &declaration->next;
    parser->file->declaration_count++;
    return true;
}

static bool parse_dataset(shm_parser *parser, const char *doc, struct ends *ends)
{
    shm_ast_dataset *dataset = shm_parser_alloc(parser, sizeof *dataset);
    if (dataset == NULL)
        return false;
    dataset->doc = doc;
    if (!shm_parser_name(parser, &dataset->name, "the name of the dataset") ||
        !shm_parser_expect(parser, '{', "after the dataset's name") ||
        !shm_parser_dataset(parser, dataset))
        return false;
    *ends->dataset = dataset;
    ends->dataset = &dataset->next;
    parser->file->dataset_count++;
    return true;
}

static bool parse_item(shm_parser *parser, struct ends *ends)
{
    const uint32_t at = parser->token.at;
    const char *doc = shm_parser_doc(parser);
    if (shm_parser_take_word(parser, "namespace"))
        return parse_namespace(parser, at);
    if (shm_parser_take_word(parser, "import"))
        return parse_import(parser, ends);
    if (shm_parser_take_word(parser, "const"))
        return parse_declaration(parser, SHM_DECLARE_CONST, doc, ends);
    if (shm_parser_take_word(parser, "enum"))
        return parse_declaration(parser, SHM_DECLARE_ENUM, doc, ends);
    if (shm_parser_take_word(parser, "struct"))
        return parse_declaration(parser, SHM_DECLARE_STRUCT, doc, ends);
    if (shm_parser_take_word(parser, "record"))
        return parse_declaration(parser, SHM_DECLARE_RECORD, doc, ends);
    if (shm_parser_take_word(parser, "dataset"))
        return parse_dataset(parser, doc, ends);
    if (shm_parser_take(parser, ';')) {
        shm_parser_fail_at(parser, at, SHM_BAD_SCHEMA, "no ';' stands after a '}': take it away");
        return true;
    }
    return shm_parser_fail(parser, "namespace, import, const, enum, struct, record or dataset");
}

bool shm_parser_read(shm_ast_file *file, shm_arena *arena, shm_diagnostics *diagnostics)
{
    const shm_source *source = &file->source;
    if (source->length > SHM_SCHEMA_TEXT_BYTES_MAX) {
        shm_diagnose(diagnostics, source, 0, SHM_LIMIT, "a schema text has at most %d bytes",
                     SHM_SCHEMA_TEXT_BYTES_MAX);
        return !diagnostics->out_of_memory;
    }
    const size_t valid = shm_utf8_valid_prefix(source->text, source->length);
    if (valid < source->length) {
        shm_diagnose(diagnostics, source, valid, SHM_BAD_SCHEMA, "the text is not UTF-8 here");
        return !diagnostics->out_of_memory;
    }
    struct ends ends = {&file->declarations, &file->datasets, &file->imports};
    shm_parser parser = {.file = file, .arena = arena, .diagnostics = diagnostics};
    shm_lexer_open(&parser.lexer, source->text, source->length);
    shm_parser_next(&parser);
    while (!shm_parser_stops(&parser)) {
        if (!parse_item(&parser, &ends))
            skip_declaration(&parser);
    }
    return !parser.out_of_memory && !diagnostics->out_of_memory;
}
