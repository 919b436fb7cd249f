#include <string.h>

#include "schema/text/resolve.h"

enum { APPROXIMATE_ONE_IN = 1000 };
#define APPROXIMATE_ONE_IN_MAX (UINT64_C(1) << 32)

static const shm_type *present(const shm_type *type)
{
    return type->kind == SHM_OPTIONAL ? type->element : type;
}

/* The symbol of a declared type. */
static shm_symbol *symbol_of(shm_resolver *resolver, const shm_type *type)
{
    return &resolver->symbols[shm_type_node_of(type)->declared_at];
}

/* Why a field cannot be a part of a key. */
static bool fail_leaf(shm_resolver *resolver, uint32_t at, const shm_type *type, bool inside)
{
    char text[200];
    shm_type_text(type, text, sizeof text);
    const char *why = "keys are integers, floats, bool, enums, string, bytes, uuid, dates, structs "
                      "of these, and lists and sets of them";
    if (inside)
        why = "the elements of a list must be keys themselves";
    else if (present(type)->kind == SHM_STRUCT)
        why = "a struct is a key only if all in it are, none of them optional; name the fields "
              "that matter";
    return shm_resolver_fail(resolver, resolver->parsed->root, at, "%s cannot be a key: %s", text,
                             why);
}

/* The last field of a path: a key type, or a list or set of one.  False if it is none. */
static bool check_leaf(shm_resolver *resolver, const shm_ast_path *path, const shm_type *type,
                       size_t *list_count)
{
    const uint32_t at = path->steps[path->step_count - 1].at;
    const shm_type *value = present(type);
    if (value->kind != SHM_LIST && value->kind != SHM_SET)
        return value->is_key || fail_leaf(resolver, at, type, false);
    if (!value->element->is_key)
        return fail_leaf(resolver, at, type, true);
    if (++*list_count > 1)
        return shm_resolver_fail(resolver, resolver->parsed->root, at,
                                 "a key has at most one list or set among its fields");
    return true;
}

/* Walks a path from the record inwards.  *told is set on an error of the text. */
static bool resolve_path(shm_resolver *resolver, const shm_ast_path *ast, const shm_type *record,
                         shm_key_path *path, bool *told)
{
    const shm_ast_file *root = resolver->parsed->root;
    const shm_type *inside = record;
    const shm_field **steps =
        shm_arena_alloc_array(resolver->arena, ast->step_count, sizeof *steps);
    if (steps == NULL)
        return false;
    for (size_t i = 0; i < ast->step_count; i++) {
        const shm_ast_name *name = &ast->steps[i];
        if (inside->kind != SHM_STRUCT && inside->kind != SHM_RECORD) {
            *told = true;
            shm_resolver_fail(resolver, root, name->at,
                              "'%.*s' is no struct, so it has no field '%.*s'",
                              (int)ast->steps[i - 1].length, ast->steps[i - 1].text,
                              (int)name->length, name->text);
            return true;
        }
        if (inside->kind == SHM_RECORD && i > 0) {
            *told = true;
            shm_resolver_fail(resolver, root, name->at,
                              "keys lie in the row and its structs, not in a nested record");
            return true;
        }
        const shm_symbol *symbol = symbol_of(resolver, inside);
        steps[i] = shm_name_table_find(&symbol->members, name->text, name->length);
        if (steps[i] == NULL) {
            *told = true;
            shm_resolver_miss(resolver, root, name->at, "%s has no field '%.*s'", inside->name,
                              (int)name->length, name->text);
            return true;
        }
        inside = present(steps[i]->type);
    }
    path->steps = steps;
    path->step_count = ast->step_count;
    return true;
}

static bool same_path(const shm_key_path *a, const shm_key_path *b)
{
    if (a->step_count != b->step_count)
        return false;
    for (size_t i = 0; i < a->step_count; i++) {
        if (a->steps[i] != b->steps[i])
            return false;
    }
    return true;
}

/* All parts of the key; an error of the text leaves the collection without a key. */
static bool resolve_key(shm_resolver *resolver, const shm_ast_collection *ast,
                        shm_collection *collection)
{
    size_t list_count = 0;
    size_t count = 0;
    bool told = false;
    shm_key_path *key = shm_arena_alloc_array(resolver->arena, ast->path_count, sizeof *key);
    if (key == NULL)
        return false;
    for (const shm_ast_path *path = ast->paths; path != NULL; path = path->next, count++) {
        if (!resolve_path(resolver, path, collection->record, &key[count], &told))
            return false;
        if (told)
            return true;
        for (size_t i = 0; i < count; i++) {
            if (same_path(&key[i], &key[count])) {
                shm_resolver_fail(resolver, resolver->parsed->root, path->steps[0].at,
                                  "a field stands twice in one key");
                return true;
            }
        }
        const shm_field *last = key[count].steps[path->step_count - 1];
        if (!check_leaf(resolver, path, last->type, &list_count))
            return true;
    }
    collection->key = key;
    collection->key_count = count;
    return true;
}

bool shm_resolve_index(shm_resolver *resolver, const shm_ast_collection *ast,
                       const shm_name_table *collections, shm_collection *collection)
{
    const shm_ast_name *name = &ast->table;
    const shm_ast_file *root = resolver->parsed->root;
    const shm_collection *table = shm_name_table_find(collections, name->text, name->length);
    if (ast->kind == SHM_APPROXIMATE) {
        collection->approximate_one_in = APPROXIMATE_ONE_IN;
        if (ast->one_in != NULL)
            shm_resolve_count(resolver, root, ast->one_in, "the N of approximate 1/N", 2,
                              APPROXIMATE_ONE_IN_MAX, &collection->approximate_one_in);
    }
    if (table == NULL) {
        shm_resolver_miss(resolver, root, name->at, "the dataset has no table '%.*s'",
                          (int)name->length, name->text);
        return true;
    }
    if (table->kind != SHM_TABLE) {
        shm_resolver_fail(resolver, root, name->at,
                          "'%s' is no table: an index refers to an array<R>", table->name);
        return true;
    }
    collection->table = table;
    collection->record = table->record;
    return table->record == NULL || resolve_key(resolver, ast, collection);
}
