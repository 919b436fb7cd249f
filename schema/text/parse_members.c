#include "schema/text/parser.h"

static bool parse_modifiers(shm_parser *parser, shm_ast_field *field)
{
    for (;;) {
        const uint32_t at = parser->token.at;
        bool again;
        if (shm_parser_take(parser, '=')) {
            again = field->value != NULL;
            field->value = shm_parser_literal(parser, "a default");
            if (field->value == NULL)
                return false;
        } else if (shm_parser_take_word(parser, "deprecated")) {
            again = field->deprecated;
            field->deprecated = true;
        } else if (shm_parser_take_word(parser, "was")) {
            again = field->was.text != NULL;
            if (!shm_parser_name(parser, &field->was, "the former name of the field"))
                return false;
        } else {
            return true;
        }
        if (again)
            return shm_parser_fail_at(parser, at, SHM_BAD_SCHEMA, "said twice for one field");
    }
}

static bool parse_field(shm_parser *parser, shm_ast_field *field)
{
    field->doc = shm_parser_doc(parser);
    if (!shm_parser_name(parser, &field->name, "a field or '}'") ||
        !shm_parser_expect(parser, ':', "after the field's name"))
        return false;
    field->type = shm_parser_type(parser);
    return field->type != NULL && parse_modifiers(parser, field) &&
           shm_parser_expect_end(parser, "after the field");
}

bool shm_parser_fields(shm_parser *parser, shm_ast_declaration *declaration)
{
    shm_ast_field **end = &declaration->fields;
    while (parser->token.kind != '}' && !shm_parser_stops(parser)) {
        shm_ast_field *field = shm_parser_alloc(parser, sizeof *field);
        if (field == NULL)
            return false;
        if (!parse_field(parser, field)) {
            shm_parser_skip_member(parser);
            continue;
        }
        *end = field;
        end = &field->next;
        declaration->member_count++;
    }
    return shm_parser_expect(parser, '}', "after the fields");
}

static bool parse_enum_value(shm_parser *parser, shm_ast_enum_value *value)
{
    value->doc = shm_parser_doc(parser);
    if (!shm_parser_name(parser, &value->name, "a value of the enum or '}'"))
        return false;
    if (!shm_parser_take(parser, '='))
        return true;
    value->value = shm_parser_literal(parser, "a number");
    return value->value != NULL;
}

/* After an error: to the next value or the closing brace. */
static void skip_enum_value(shm_parser *parser)
{
    while (!shm_parser_stops(parser) && parser->token.kind != ',' && parser->token.kind != '}')
        shm_parser_next(parser);
}

bool shm_parser_enum_values(shm_parser *parser, shm_ast_declaration *declaration)
{
    shm_ast_enum_value **end = &declaration->values;
    while (parser->token.kind != '}' && !shm_parser_stops(parser)) {
        shm_ast_enum_value *value = shm_parser_alloc(parser, sizeof *value);
        if (value == NULL)
            return false;
        if (parse_enum_value(parser, value)) {
            *end = value;
            end = &value->next;
            declaration->member_count++;
        } else {
            skip_enum_value(parser);
        }
        if (parser->token.kind == '}' || shm_parser_take(parser, ','))
            continue;
        shm_parser_fail(parser, "',' or '}' after the value");
        skip_enum_value(parser);
        shm_parser_take(parser, ',');
    }
    return shm_parser_expect(parser, '}', "after the values");
}
