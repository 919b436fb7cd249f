#include "schema/text/parser.h"

static shm_ast_type *parse_type(shm_parser *parser, uint32_t depth);

/* Gives `type` its depth; false if that is too much. */
static bool set_depth(shm_parser *parser, shm_ast_type *type, uint32_t below)
{
    type->depth = below + 1;
    if (type->depth <= SHM_TYPE_DEPTH_MAX)
        return true;
    return shm_parser_fail_at(parser, type->at, SHM_LIMIT,
                              "a type nested more than %d deep: give parts of it a name",
                              SHM_TYPE_DEPTH_MAX);
}

static bool parse_name(shm_parser *parser, shm_ast_type *type)
{
    type->kind = SHM_ENUM;
    return shm_parser_type_name(parser, &type->name, "a type");
}

static bool parse_in_angles(shm_parser *parser, shm_ast_type *type, uint32_t depth)
{
    if (!shm_parser_expect(parser, '<', type->kind == SHM_REF ? "after ref" : "after tensor"))
        return false;
    if (type->kind == SHM_REF) {
        if (!shm_parser_type_name(parser, &type->name, "the name of a record"))
            return false;
    } else {
        type->parts = parse_type(parser, depth + 1);
        type->part_count = 1;
        if (type->parts == NULL)
            return false;
    }
    return shm_parser_expect(parser, '>', "after the type");
}

static bool parse_list(shm_parser *parser, shm_ast_type *type, uint32_t depth)
{
    type->kind = SHM_LIST;
    type->parts = parse_type(parser, depth + 1);
    type->part_count = 1;
    return type->parts != NULL && shm_parser_expect(parser, ']', "after the type of the elements");
}

static bool parse_set_or_dict(shm_parser *parser, shm_ast_type *type, uint32_t depth)
{
    parser->open_braces++;
    type->kind = SHM_SET;
    type->parts = parse_type(parser, depth + 1);
    type->part_count = 1;
    if (type->parts == NULL)
        return false;
    if (shm_parser_take(parser, ':')) {
        type->kind = SHM_DICT;
        type->part_count = 2;
        type->parts->next = parse_type(parser, depth + 1);
        if (type->parts->next == NULL)
            return false;
    }
    if (!shm_parser_expect(parser, '}',
                           type->kind == SHM_SET ? "after the type of the elements"
                                                 : "after the type of the values"))
        return false;
    parser->open_braces--;
    return true;
}

static bool parse_tuple(shm_parser *parser, shm_ast_type *type, uint32_t depth)
{
    shm_ast_type **end = &type->parts;
    type->kind = SHM_TUPLE;
    do {
        *end = parse_type(parser, depth + 1);
        if (*end == NULL)
            return false;
        end = &(*end)->next;
        type->part_count++;
    } while (shm_parser_take(parser, ','));
    if (!shm_parser_expect(parser, ')', "after the types of the tuple"))
        return false;
    if (type->part_count == 1)
        return shm_parser_fail_at(parser, type->at, SHM_BAD_SCHEMA,
                                  "a tuple has two parts or more; suffixes need no parentheses: "
                                  "u32?[4] is four optional numbers, u32[4]? an optional array");
    return true;
}

static shm_ast_type *parse_prefix(shm_parser *parser, uint32_t depth)
{
    shm_ast_type *type = shm_parser_alloc(parser, sizeof *type);
    if (type == NULL)
        return NULL;
    bool parsed;
    type->at = parser->token.at;
    if (depth > SHM_TYPE_DEPTH_MAX) {
        set_depth(parser, type, SHM_TYPE_DEPTH_MAX);
        return NULL;
    }
    if (shm_parser_take_word(parser, "ref")) {
        type->kind = SHM_REF;
        parsed = parse_in_angles(parser, type, depth);
    } else if (shm_parser_take_word(parser, "tensor")) {
        type->kind = SHM_TENSOR;
        parsed = parse_in_angles(parser, type, depth);
    } else if (shm_parser_take(parser, '[')) {
        parsed = parse_list(parser, type, depth);
    } else if (shm_parser_take(parser, '{')) {
        parsed = parse_set_or_dict(parser, type, depth);
    } else if (shm_parser_take(parser, '(')) {
        parsed = parse_tuple(parser, type, depth);
    } else {
        return parse_name(parser, type) ? type : NULL;
    }
    if (!parsed)
        return NULL;
    uint32_t below = 0;
    for (const shm_ast_type *part = type->parts; part != NULL; part = part->next)
        below = part->depth > below ? part->depth : below;
    return set_depth(parser, type, below) ? type : NULL;
}

/* `type` was followed by '?': its optional. */
static bool parse_optional(shm_parser *parser, shm_ast_type *type, uint32_t at)
{
    type->kind = SHM_OPTIONAL;
    type->at = at;
    type->nullable = shm_parser_take(parser, '?');
    if (parser->token.kind == '?')
        return shm_parser_fail_at(parser, parser->token.at, SHM_BAD_SCHEMA,
                                  "'?' stands at most twice: T? may be absent, T?? absent or null");
    return true;
}

static shm_ast_type *parse_type(shm_parser *parser, uint32_t depth)
{
    shm_ast_type *type = parse_prefix(parser, depth);
    while (type != NULL && (parser->token.kind == '?' || parser->token.kind == '[')) {
        const bool is_optional = parser->token.kind == '?';
        shm_ast_type *outer = shm_parser_alloc(parser, sizeof *outer);
        if (outer == NULL)
            return NULL;
        shm_parser_next(parser);
        outer->parts = type;
        outer->part_count = 1;
        if (is_optional) {
            if (!parse_optional(parser, outer, type->at))
                return NULL;
        } else {
            outer->kind = SHM_ARRAY;
            outer->at = type->at;
            outer->length = shm_parser_literal(parser, "the length of the array");
            if (outer->length == NULL || !shm_parser_expect(parser, ']', "after the length"))
                return NULL;
        }
        if (!set_depth(parser, outer, type->depth))
            return NULL;
        type = outer;
    }
    return type;
}

shm_ast_type *shm_parser_type(shm_parser *parser)
{
    return parse_type(parser, 0);
}
