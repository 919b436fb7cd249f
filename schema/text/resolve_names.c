#include <stdio.h>
#include <string.h>

#include "schema/model/keywords.h"
#include "schema/text/resolve.h"

const char *shm_place_text(const shm_ast_file *file, uint32_t at, char *text)
{
    uint32_t line;
    uint32_t column;
    shm_source_place(&file->source, at, &line, &column);
    snprintf(text, SHM_PLACE_BYTES, "%.280s:%u:%u", file->source.name, line, column);
    return text;
}

void shm_resolve_keyword_clash(shm_resolver *resolver, const shm_ast_file *file,
                               const shm_ast_name *name, const shm_name_table *siblings)
{
    const size_t length = name->length - 1;
    if (name->text[length] != '_' || !shm_name_is_keyword(name->text, length))
        return;
    if (shm_name_table_find(siblings, name->text, length) != NULL)
        shm_resolver_fail(resolver, file, name->at,
                          "'%.*s' and '%.*s' become one name in generated code, where a keyword "
                          "gets an underscore: rename one of them",
                          (int)name->length, name->text, (int)length, name->text);
}

static shm_kind type_kind(shm_declaration_kind kind)
{
    return kind == SHM_DECLARE_ENUM     ? SHM_ENUM
           : kind == SHM_DECLARE_STRUCT ? SHM_STRUCT
                                        : SHM_RECORD;
}

static bool is_reserved(const shm_ast_name *name)
{
    static const char *const words[] = {"ref", "tensor"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strlen(words[i]) == name->length && memcmp(words[i], name->text, name->length) == 0)
            return true;
    }
    return shm_scalar_kind(name->text, name->length) != 0;
}

/* The name of a type in messages and in canonical text: that of an import is qualified. */
static char *full_name(shm_resolver *resolver, const shm_ast_file *file, const shm_ast_name *name)
{
    if (file == resolver->parsed->root || memchr(name->text, '.', name->length) != NULL)
        return shm_arena_copy_text(resolver->arena, name->text, name->length);
    const char *space = file->space.text == NULL ? file->stem : file->space.text;
    const size_t space_length = file->space.text == NULL ? strlen(space) : file->space.length;
    char *text = shm_arena_alloc(resolver->arena, space_length + name->length + 2);
    if (text != NULL) {
        memcpy(text, space, space_length);
        text[space_length] = '.';
        memcpy(text + space_length + 1, name->text, name->length);
    }
    return text;
}

static bool declare(shm_resolver *resolver, const shm_ast_file *file, shm_symbol *symbol)
{
    const shm_ast_declaration *declaration = symbol->declaration;
    const shm_ast_name *name = &declaration->name;
    char place[SHM_PLACE_BYTES];
    if (is_reserved(name))
        shm_resolver_fail(resolver, file, name->at, "'%.*s' is a type of the language",
                          (int)name->length, name->text);
    const shm_symbol *other =
        shm_name_table_add(&resolver->names[file->source.number], name->text, name->length, symbol);
    if (other != NULL)
        shm_resolver_fail(resolver, file, name->at, "'%.*s' is declared twice, first at %s",
                          (int)name->length, name->text,
                          shm_place_text(file, other->declaration->name.at, place));
    if (declaration->kind == SHM_DECLARE_CONST)
        return true;
    const char *full = full_name(resolver, file, name);
    if (full == NULL)
        return false;
    symbol->type = shm_pool_declare(&resolver->pool, type_kind(declaration->kind), full);
    if (symbol->type == NULL)
        return false;
    shm_type_node_of(symbol->type)->declared_at = (uint32_t)(symbol - resolver->symbols);
    if (declaration->doc != NULL)
        symbol->type->doc =
            shm_arena_copy_text(resolver->arena, declaration->doc, strlen(declaration->doc));
    return declaration->doc == NULL || symbol->type->doc != NULL;
}

/* With imports, two files may give one full name to two types. */
static bool check_full_names(shm_resolver *resolver)
{
    shm_name_table table;
    const shm_ast_file *root = resolver->parsed->root;
    char place[SHM_PLACE_BYTES];
    if (!shm_name_table_create(&table, &resolver->scratch, resolver->symbol_count))
        return false;
    for (size_t i = 0; i < resolver->symbol_count; i++) {
        shm_symbol *symbol = &resolver->symbols[i];
        if (symbol->type == NULL)
            continue;
        const char *key = symbol->type->name;
        if (symbol->file == root && root->space.text != NULL && strchr(key, '.') == NULL) {
            const size_t space = root->space.length;
            char *qualified = shm_arena_alloc(&resolver->scratch, space + strlen(key) + 2);
            if (qualified == NULL)
                return false;
            memcpy(qualified, root->space.text, space);
            qualified[space] = '.';
            memcpy(qualified + space + 1, key, strlen(key));
            key = qualified;
        }
        const shm_symbol *other = shm_name_table_add(&table, key, strlen(key), symbol);
        if (other != NULL && other->file != symbol->file)
            shm_resolver_fail(resolver, symbol->file, symbol->declaration->name.at,
                              "two files declare '%s', the other at %s: give them different "
                              "namespaces",
                              key, shm_place_text(other->file, other->declaration->name.at, place));
    }
    return true;
}

bool shm_resolve_names(shm_resolver *resolver)
{
    const shm_parsed *parsed = resolver->parsed;
    size_t count = 0;
    for (const shm_ast_file *file = parsed->files; file != NULL; file = file->next)
        count += file->declaration_count;
    resolver->symbols = shm_arena_alloc_array(&resolver->scratch, count, sizeof(shm_symbol));
    resolver->names =
        shm_arena_alloc_array(&resolver->scratch, parsed->file_count, sizeof(shm_name_table));
    if (resolver->symbols == NULL || resolver->names == NULL)
        return false;
    for (const shm_ast_file *file = parsed->files; file != NULL; file = file->next) {
        if (!shm_name_table_create(&resolver->names[file->source.number], &resolver->scratch,
                                   file->declaration_count))
            return false;
        const shm_ast_declaration *declaration = file->declarations;
        for (; declaration != NULL; declaration = declaration->next) {
            shm_symbol *symbol = &resolver->symbols[resolver->symbol_count++];
            symbol->declaration = declaration;
            symbol->file = file;
            if (!declare(resolver, file, symbol))
                return false;
        }
    }
    return parsed->file_count == 1 || check_full_names(resolver);
}

static bool is_text(const char *text, size_t length, const char *other)
{
    return strlen(other) == length && memcmp(text, other, length) == 0;
}

shm_symbol *shm_resolve_symbol(shm_resolver *resolver, const shm_ast_file *file,
                               const shm_ast_name *name, bool *ambiguous)
{
    *ambiguous = false;
    shm_symbol *found =
        shm_name_table_find(&resolver->names[file->source.number], name->text, name->length);
    const char *point = found == NULL ? memchr(name->text, '.', name->length) : NULL;
    if (point == NULL)
        return found;
    const size_t length = (size_t)(point - name->text);
    for (const shm_ast_import *import = file->imports; import != NULL; import = import->next) {
        const shm_ast_file *other = import->file;
        if (other == NULL)
            continue;
        const shm_ast_name *space = &other->space;
        if (!is_text(name->text, length, other->stem) &&
            !(space->text != NULL && space->length == length &&
              memcmp(space->text, name->text, length) == 0))
            continue;
        shm_symbol *symbol = shm_name_table_find(&resolver->names[other->source.number], point + 1,
                                                 name->length - length - 1);
        if (found != NULL && symbol != NULL && symbol != found) {
            *ambiguous = true;
            shm_resolver_fail(resolver, file, name->at,
                              "'%.*s' may be that of '%.200s' or '%.200s'", (int)name->length,
                              name->text, found->file->source.name, other->source.name);
            return NULL;
        }
        if (symbol != NULL)
            found = symbol;
    }
    return found;
}
