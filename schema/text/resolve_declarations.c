#include <string.h>

#include "schema/text/resolve.h"

static bool copy_name(shm_resolver *resolver, const shm_ast_name *name, const char **copy)
{
    *copy = shm_arena_copy_text(resolver->arena, name->text, name->length);
    return *copy != NULL;
}

static bool copy_doc(shm_resolver *resolver, const char *doc, const char **copy)
{
    *copy = doc == NULL ? NULL : shm_arena_copy_text(resolver->arena, doc, strlen(doc));
    return doc == NULL || *copy != NULL;
}

/* The numbers of an enum's values: told, or one more than the value before. */
static void enum_number(shm_resolver *resolver, const shm_symbol *symbol,
                        const shm_ast_enum_value *ast, shm_enum_value *values, size_t i)
{
    const shm_kind kind = symbol->type->element->kind;
    uint64_t bits = 0;
    if (ast->value != NULL) {
        shm_resolve_integer(resolver, symbol->file, ast->value, kind, &bits);
    } else if (i > 0) {
        const uint64_t last = (uint64_t)values[i - 1].value;
        const bool negative = shm_kind_is_signed(kind) && values[i - 1].value < 0;
        const shm_integer next = {negative && last != UINT64_MAX,
                                  negative ? 0 - last - 1 : last + 1};
        bits = last + 1;
        if ((!negative && last == UINT64_MAX) || !shm_integer_fits(next, kind))
            shm_resolver_fail(resolver, symbol->file, ast->name.at,
                              "'%.*s' has no number: the one before is the last that %s can hold",
                              (int)ast->name.length, ast->name.text, shm_scalar_name(kind));
    }
    values[i].value = (int64_t)bits;
}

static uint32_t value_at(const shm_symbol *symbol, ptrdiff_t number)
{
    const shm_ast_enum_value *ast = symbol->declaration->values;
    while (number-- > 0)
        ast = ast->next;
    return ast->name.at;
}

static bool enum_values(shm_resolver *resolver, shm_symbol *symbol, shm_name_table *numbers)
{
    const shm_ast_file *file = symbol->file;
    shm_enum_value *values =
        shm_arena_alloc_array(resolver->arena, symbol->declaration->member_count, sizeof *values);
    const shm_ast_enum_value *ast = symbol->declaration->values;
    if (values == NULL)
        return false;
    char place[SHM_PLACE_BYTES];
    size_t count = 0;
    for (size_t i = 0; ast != NULL && !shm_resolver_stops(resolver); ast = ast->next, i++) {
        if (!copy_name(resolver, &ast->name, &values[i].name) ||
            !copy_doc(resolver, ast->doc, &values[i].doc))
            return false;
        enum_number(resolver, symbol, ast, values, i);
        const shm_enum_value *other =
            shm_name_table_add(&symbol->members, ast->name.text, ast->name.length, &values[i]);
        if (other != NULL)
            shm_resolver_fail(resolver, file, ast->name.at, "'%s' stands twice in %s, first at %s",
                              values[i].name, symbol->type->name,
                              shm_place_text(file, value_at(symbol, other - values), place));
        other = shm_name_table_add(numbers, (const char *)&values[i].value, sizeof values[i].value,
                                   &values[i]);
        if (other != NULL)
            shm_resolver_fail(resolver, file, ast->name.at,
                              "'%s' has the number of '%s', which stands at %s", values[i].name,
                              other->name,
                              shm_place_text(file, value_at(symbol, other - values), place));
        count = i + 1;
    }
    if (!shm_pool_seal_values(&resolver->pool, symbol->type, values, count))
        return false;
    for (ast = symbol->declaration->values; ast != NULL; ast = ast->next)
        shm_resolve_keyword_clash(resolver, file, &ast->name, &symbol->members);
    return true;
}

bool shm_resolve_enum(shm_resolver *resolver, shm_symbol *symbol)
{
    const shm_ast_declaration *declaration = symbol->declaration;
    const shm_ast_name *underlying = &declaration->underlying;
    shm_kind kind = shm_scalar_kind(underlying->text, underlying->length);
    if (!shm_kind_is_integer(kind)) {
        shm_resolver_fail(resolver, symbol->file, underlying->at,
                          "an enum is stored as i8 i16 i32 i64 u8 u16 u32 or u64, not as '%.*s'",
                          (int)underlying->length, underlying->text);
        kind = SHM_I64;
    }
    const shm_type *element = shm_pool_scalar(&resolver->pool, kind);
    if (element == NULL)
        return false;
    symbol->type->element = element;
    symbol->type->size = element->size;
    symbol->type->align = element->align;
    symbol->type->is_key = true;
    if (declaration->member_count == 0)
        shm_resolver_miss(resolver, symbol->file, declaration->name.at, "the enum %s has no values",
                          symbol->type->name);
    shm_name_table numbers;
    return shm_name_table_create(&symbol->members, &resolver->scratch, declaration->member_count) &&
           shm_name_table_create(&numbers, &resolver->scratch, declaration->member_count) &&
           enum_values(resolver, symbol, &numbers);
}

static bool field(shm_resolver *resolver, shm_symbol *symbol, const shm_ast_field *ast,
                  shm_field *made)
{
    const bool is_record = symbol->declaration->kind == SHM_DECLARE_RECORD;
    const shm_type_place place = {.file = symbol->file,
                                  .record = is_record ? symbol : NULL,
                                  .owner = symbol->type,
                                  .in_struct = !is_record,
                                  .nullable = is_record,
                                  .required = is_record};
    if (!copy_name(resolver, &ast->name, &made->name) || !copy_doc(resolver, ast->doc, &made->doc))
        return false;
    made->type = shm_resolve_type(resolver, &place, ast->type);
    if (made->type == NULL)
        return false;
    made->deprecated = ast->deprecated;
    if (ast->was.text != NULL && !copy_name(resolver, &ast->was, &made->was))
        return false;
    if (ast->was.text != NULL && !is_record)
        shm_resolver_fail(resolver, symbol->file, ast->was.at,
                          "was has no meaning here: structs do not evolve");
    return ast->value == NULL || shm_resolve_default(resolver, symbol->file, ast->value, made);
}

/* A former name must not be in use. */
static bool check_former_names(shm_resolver *resolver, shm_symbol *symbol)
{
    size_t count = 0;
    shm_name_table table;
    const shm_ast_field *ast = symbol->declaration->fields;
    for (; ast != NULL; ast = ast->next)
        count += ast->was.text != NULL;
    if (count == 0)
        return true;
    if (!shm_name_table_create(&table, &resolver->scratch, count))
        return false;
    for (ast = symbol->declaration->fields; ast != NULL; ast = ast->next) {
        const shm_ast_name *was = &ast->was;
        if (was->text == NULL)
            continue;
        if (shm_name_table_find(&symbol->members, was->text, was->length) != NULL)
            shm_resolver_fail(resolver, symbol->file, was->at,
                              "'%.*s' is still the name of a field, so nothing was it",
                              (int)was->length, was->text);
        else if (shm_name_table_add(&table, was->text, was->length, symbol) != NULL)
            shm_resolver_fail(resolver, symbol->file, was->at, "two fields were '%.*s'",
                              (int)was->length, was->text);
    }
    return true;
}

static bool fields(shm_resolver *resolver, shm_symbol *symbol)
{
    const shm_ast_declaration *declaration = symbol->declaration;
    const char *kind = declaration->kind == SHM_DECLARE_RECORD ? "record" : "struct";
    char place[SHM_PLACE_BYTES];
    shm_field *made =
        shm_arena_alloc_array(resolver->arena, declaration->member_count, sizeof *made);
    if (made == NULL ||
        !shm_name_table_create(&symbol->members, &resolver->scratch, declaration->member_count))
        return false;
    size_t count = 0;
    for (const shm_ast_field *ast = declaration->fields; ast != NULL; ast = ast->next) {
        if (shm_resolver_stops(resolver))
            return true;
        if (!field(resolver, symbol, ast, &made[count]))
            return false;
        if (shm_name_table_add(&symbol->members, ast->name.text, ast->name.length, &made[count]) !=
            NULL) {
            const shm_ast_field *first = declaration->fields;
            while (strncmp(first->name.text, ast->name.text, ast->name.length) != 0 ||
                   first->name.length != ast->name.length)
                first = first->next;
            shm_resolver_fail(resolver, symbol->file, ast->name.at,
                              "the %s %s has a field '%.*s' already, at %s", kind,
                              symbol->type->name, (int)ast->name.length, ast->name.text,
                              shm_place_text(symbol->file, first->name.at, place));
        }
        count++;
    }
    for (const shm_ast_field *ast = declaration->fields; ast != NULL; ast = ast->next)
        shm_resolve_keyword_clash(resolver, symbol->file, &ast->name, &symbol->members);
    if (!check_former_names(resolver, symbol))
        return false;
    if (!shm_pool_seal_fields(symbol->type, made, count))
        shm_diagnose(resolver->diagnostics, &symbol->file->source, declaration->name.at, SHM_LIMIT,
                     "the %s %s takes more than %llu bytes", kind, symbol->type->name,
                     (unsigned long long)SHM_ROW_SIZE_MAX);
    return true;
}

bool shm_resolve_struct(shm_resolver *resolver, shm_symbol *symbol)
{
    const uint32_t outer_depth = resolver->part_depth;
    const shm_ast_declaration *declaration = symbol->declaration;
    symbol->state = SHM_SYMBOL_OPEN;
    /* Whatever goes wrong: sizes that others can work with. */
    symbol->type->size = 1;
    symbol->type->align = 1;
    resolver->part_depth = 0;
    resolver->open_structs++;
    if (declaration->member_count == 0)
        shm_resolver_miss(resolver, symbol->file, declaration->name.at,
                          "the struct %s has no fields", symbol->type->name);
    const bool made = fields(resolver, symbol);
    resolver->open_structs--;
    symbol->depth = resolver->part_depth + 1;
    if (symbol->depth > SHM_STRUCT_DEPTH_MAX) {
        shm_diagnose(resolver->diagnostics, &symbol->file->source, declaration->name.at, SHM_LIMIT,
                     "structs nested more than %d deep", SHM_STRUCT_DEPTH_MAX);
        symbol->depth = 1;
    }
    resolver->part_depth = outer_depth;
    symbol->state = SHM_SYMBOL_DONE;
    return made;
}

static void constant(shm_resolver *resolver, shm_symbol *symbol)
{
    symbol->value = shm_resolve_literal(resolver, symbol->file, symbol->declaration->value);
    symbol->state = SHM_SYMBOL_DONE;
}

static bool resolve_kind(shm_resolver *resolver, shm_declaration_kind kind)
{
    for (size_t i = 0; i < resolver->symbol_count && !shm_resolver_stops(resolver); i++) {
        shm_symbol *symbol = &resolver->symbols[i];
        bool made = true;
        if (symbol->declaration->kind != kind)
            continue;
        if (kind == SHM_DECLARE_CONST)
            constant(resolver, symbol);
        else if (kind == SHM_DECLARE_ENUM)
            made = shm_resolve_enum(resolver, symbol);
        else if (kind == SHM_DECLARE_RECORD)
            made = fields(resolver, symbol);
        else if (symbol->state == SHM_SYMBOL_NEW)
            made = shm_resolve_struct(resolver, symbol);
        if (!made)
            return false;
    }
    return true;
}

bool shm_resolve_declarations(shm_resolver *resolver)
{
    return resolve_kind(resolver, SHM_DECLARE_CONST) && resolve_kind(resolver, SHM_DECLARE_ENUM) &&
           resolve_kind(resolver, SHM_DECLARE_STRUCT) && resolve_kind(resolver, SHM_DECLARE_RECORD);
}
