#include "schema/text/resolve.h"

#include <stdlib.h>
#include <string.h>

#include "libshm/error.h"
#include "schema/model/order.h"
#include "schema/model/schema.h"

/* All datasets of the root are checked; the chosen one (of that name, or a single one if the name
 * is NULL) becomes that of the schema. */
static bool resolve_datasets(shm_resolver *resolver, const char *name, shm_schema *schema)
{
    const shm_ast_file *root = resolver->parsed->root;
    shm_name_table names;
    if (!shm_name_table_create(&names, &resolver->scratch, root->dataset_count))
        return false;
    const shm_ast_dataset *ast = root->datasets;
    for (; ast != NULL && !shm_resolver_stops(resolver); ast = ast->next) {
        const bool is_chosen = name == NULL
                                   ? root->dataset_count == 1
                                   : strlen(name) == ast->name.length &&
                                         memcmp(name, ast->name.text, ast->name.length) == 0;
        shm_dataset_type *dataset = shm_arena_alloc(resolver->arena, sizeof *dataset);
        if (dataset == NULL || !shm_resolve_dataset(resolver, ast, dataset, is_chosen))
            return false;
        if (is_chosen)
            schema->dataset = dataset;
        if (shm_name_table_add(&names, ast->name.text, ast->name.length, dataset) != NULL)
            shm_resolver_fail(resolver, root, ast->name.at, "there are two datasets '%.*s'",
                              (int)ast->name.length, ast->name.text);
    }
    resolver->chosen = schema->dataset;
    return true;
}

static bool set_declared(const shm_resolver *resolver, shm_schema *schema)
{
    const shm_ast_name *space = &resolver->parsed->root->space;
    const shm_type **declared =
        shm_arena_alloc_array(resolver->arena, resolver->symbol_count, sizeof *declared);
    if (declared == NULL)
        return false;
    for (size_t i = 0; i < resolver->symbol_count; i++) {
        if (resolver->symbols[i].type != NULL)
            declared[schema->declared_count++] = resolver->symbols[i].type;
    }
    schema->declared = declared;
    if (space->text != NULL)
        schema->space = shm_arena_copy_text(resolver->arena, space->text, space->length);
    return space->text == NULL || schema->space != NULL;
}

/* Fills the schema; NO_MEMORY, or OK even if there are diagnostics. */
static shm_status resolve(shm_resolver *resolver, const char *dataset, shm_schema *schema)
{
    if (!shm_resolve_names(resolver) || !shm_resolve_declarations(resolver) ||
        !shm_resolve_circles(resolver) || !resolve_datasets(resolver, dataset, schema) ||
        !set_declared(resolver, schema))
        return SHM_NO_MEMORY;
    if (resolver->diagnostics->count > 0)
        return SHM_OK;
    if (!shm_order_reach(schema, &resolver->scratch))
        return SHM_NO_MEMORY;
    if (schema->dataset != NULL)
        shm_resolve_refs(resolver);
    const shm_status status = shm_order_types(schema, resolver->pool.node_count, resolver->arena);
    if (status == SHM_LIMIT)
        shm_diagnose(resolver->diagnostics, &resolver->parsed->root->source, 0, SHM_LIMIT,
                     "more than %d types in one schema", SHM_TYPE_COUNT_MAX);
    if (status == SHM_NO_MEMORY || resolver->diagnostics->out_of_memory)
        return SHM_NO_MEMORY;
    if (resolver->diagnostics->count > 0)
        return SHM_OK;
    if (!shm_canonical_text(schema, resolver->arena))
        return SHM_NO_MEMORY;
    if (schema->text.length > SHM_SCHEMA_TEXT_BYTES_MAX)
        shm_diagnose(resolver->diagnostics, &resolver->parsed->root->source, 0, SHM_LIMIT,
                     "the schema takes %zu bytes in one text, and %d is the limit",
                     schema->text.length, SHM_SCHEMA_TEXT_BYTES_MAX);
    return resolver->diagnostics->out_of_memory ? SHM_NO_MEMORY : SHM_OK;
}

/* The failure that the first diagnostic stands for, or that of the choice of a dataset. */
static shm_status failure(const shm_resolver *resolver, const char *dataset,
                          const shm_schema *schema, shm_error *error)
{
    const shm_diagnostics *diagnostics = resolver->diagnostics;
    const shm_ast_file *root = resolver->parsed->root;
    if (diagnostics->count > 0) {
        const shm_diagnostic *first = &diagnostics->items[0];
        return shm_fail(error, first->status, "%s:%u:%u: error: %s", first->file, first->line,
                        first->column, first->text);
    }
    if (schema->dataset != NULL || (dataset != NULL && dataset[0] == '\0') ||
        (dataset == NULL && root->dataset_count == 0))
        return SHM_OK;
    char names[256] = "";
    size_t length = 0;
    for (const shm_ast_dataset *ast = root->datasets;
         ast != NULL && length + ast->name.length + 3 < sizeof names; ast = ast->next) {
        if (length > 0) {
            memcpy(names + length, ", ", 2);
            length += 2;
        }
        memcpy(names + length, ast->name.text, ast->name.length);
        length += ast->name.length;
        names[length] = '\0';
    }
    if (dataset == NULL)
        return shm_fail(error, SHM_INVALID, "%s: there are %zu datasets, choose one of: %s",
                        root->source.name, root->dataset_count, names);
    return shm_fail(error, SHM_NOT_FOUND, "%s: there is no dataset '%s'; there are: %s",
                    root->source.name, dataset, root->dataset_count == 0 ? "none" : names);
}

shm_status shm_schema_of(const shm_parsed *parsed, const char *dataset,
                         shm_diagnostics *diagnostics, const shm_schema **schema, shm_error *error)
{
    shm_schema_owner *owner = calloc(1, sizeof *owner);
    if (owner == NULL)
        return shm_fail_memory(error);
    shm_resolver resolver = {.parsed = parsed,
                             .arena = &owner->arena,
                             .diagnostics = diagnostics,
                             .pool = {.arena = &owner->arena}};
    shm_status status = resolve(&resolver, dataset, &owner->schema);
    shm_arena_close(&resolver.scratch);
    if (status != SHM_OK || diagnostics->out_of_memory)
        status = shm_fail_memory(error);
    else
        status = failure(&resolver, dataset, &owner->schema, error);
    if (status != SHM_OK) {
        shm_schema_free(&owner->schema);
        return status;
    }
    *schema = &owner->schema;
    return SHM_OK;
}

static shm_status make_schema(shm_status status, shm_parsed *parsed, const char *dataset,
                              shm_diagnostics *diagnostics, const shm_schema **schema,
                              shm_error *error)
{
    if (status == SHM_OK)
        status = shm_schema_of(parsed, dataset, diagnostics, schema, error);
    shm_parsed_free(parsed);
    shm_diagnostics_close(diagnostics);
    return status;
}

shm_status shm_schema_parse(const char *text, size_t length, const char *name, const char *dataset,
                            const shm_schema **schema, shm_error *error)
{
    shm_diagnostics diagnostics = {0};
    shm_parsed *parsed = NULL;
    const char *path = name != NULL ? name : "schema";
    const shm_loaded root = {.path = path, .identity = path, .text = text, .length = length};
    const shm_status status = shm_text_parse(&root, NULL, &diagnostics, &parsed, error);
    return make_schema(status, parsed, dataset, &diagnostics, schema, error);
}

shm_status shm_schema_parse_file(const char *path, const char *const *import_dirs,
                                 const char *dataset, const shm_schema **schema, shm_error *error)
{
    shm_diagnostics diagnostics = {0};
    shm_parsed *parsed = NULL;
    const shm_status status = shm_text_parse_file(path, import_dirs, &diagnostics, &parsed, error);
    return make_schema(status, parsed, dataset, &diagnostics, schema, error);
}
