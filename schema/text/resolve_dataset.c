#include <string.h>

#include "schema/model/layout.h"
#include "schema/text/resolve.h"

static bool is_index(shm_collection_kind kind)
{
    return kind == SHM_INDEX || kind == SHM_MULTI || kind == SHM_APPROXIMATE || kind == SHM_SORTED;
}

static bool resolve_table(shm_resolver *resolver, const shm_ast_collection *ast, bool is_chosen,
                          shm_collection *collection)
{
    const shm_ast_file *root = resolver->parsed->root;
    const shm_type_place place = {.file = root};
    const shm_type *type = shm_resolve_type(resolver, &place, ast->element);
    if (type == NULL)
        return false;
    if (type->kind == SHM_RECORD) {
        collection->record = type;
        collection->put_record = type;
        if (is_chosen)
            resolver->symbols[shm_type_node_of(type)->declared_at].table_count++;
        return true;
    }
    char text[200];
    shm_type_text(type, text, sizeof text);
    shm_resolver_miss(resolver, root, ast->element->at,
                      "the rows of a table are records; '%s' is none", text);
    return true;
}

static bool resolve_tensor(shm_resolver *resolver, const shm_ast_collection *ast,
                           shm_collection *collection)
{
    const shm_ast_file *root = resolver->parsed->root;
    const shm_type_place place = {.file = root};
    collection->element = shm_resolve_type(resolver, &place, ast->element);
    if (collection->element == NULL)
        return false;
    if (!shm_kind_is_number(collection->element->kind))
        shm_resolver_miss(resolver, root, ast->element->at,
                          "a tensor's elements are integers or floats");
    return true;
}

/* The key of a map, multimap or set is the field `key` of its hidden record. */
static bool set_key(shm_resolver *resolver, const shm_field *fields, shm_collection *collection)
{
    shm_key_path *path = shm_arena_alloc(resolver->arena, sizeof *path);
    const shm_field **steps = shm_arena_alloc(resolver->arena, sizeof *steps);
    if (path == NULL || steps == NULL)
        return false;
    steps[0] = &fields[0];
    path->steps = steps;
    path->step_count = 1;
    collection->key = path;
    collection->key_count = 1;
    return true;
}

/* Makes it a placed map if its types allow: entries then stand in lines, and are put as before. */
static bool place_entry(shm_resolver *resolver, shm_type *record, shm_field *fields,
                        shm_collection *collection)
{
    const uint32_t width = shm_layout_placed_width(fields[0].type, fields[1].type);
    if (width == 0)
        return true;
    shm_type *put = shm_arena_alloc(resolver->arena, sizeof *put);
    shm_field *put_fields = shm_arena_alloc_array(resolver->arena, 2, sizeof *put_fields);
    if (put == NULL || put_fields == NULL)
        return false;
    *put = *record;
    memcpy(put_fields, fields, 2 * sizeof *fields);
    put->fields = put_fields;
    collection->put_record = put;
    collection->placed_width = width;
    shm_layout_place_entry(record, fields, width);
    return true;
}

static bool resolve_pairs(shm_resolver *resolver, const shm_ast_collection *ast,
                          shm_collection *collection)
{
    const shm_ast_file *root = resolver->parsed->root;
    shm_type *record = shm_pool_declare(&resolver->pool, SHM_RECORD, collection->name);
    const size_t field_count = ast->kind == SHM_SET_OF ? 1 : 2;
    shm_field *fields = shm_arena_alloc_array(resolver->arena, field_count, sizeof *fields);
    if (record == NULL || fields == NULL)
        return false;
    const shm_type_place place = {.file = root, .owner = record};
    fields[0].name = "key";
    fields[0].type = shm_resolve_type(resolver, &place, ast->key);
    if (fields[0].type == NULL)
        return false;
    char text[200];
    if (!fields[0].type->is_key) {
        shm_type_text(fields[0].type, text, sizeof text);
        shm_resolver_fail(resolver, root, ast->key->at, "%s cannot be the key of a %s", text,
                          ast->kind == SHM_SET_OF ? "set"
                          : ast->kind == SHM_MAP  ? "map"
                                                  : "multimap");
    }
    if (field_count == 2) {
        fields[1].name = "value";
        fields[1].type = shm_resolve_type(resolver, &place, ast->element);
        if (fields[1].type == NULL)
            return false;
        collection->element = fields[1].type;
    }
    if (!shm_pool_seal_fields(record, fields, field_count))
        shm_diagnose(resolver->diagnostics, &root->source, ast->name.at, SHM_LIMIT,
                     "an entry of '%s' takes more than %llu bytes", collection->name,
                     (unsigned long long)SHM_ROW_SIZE_MAX);
    collection->record = record;
    collection->put_record = record;
    if (ast->kind == SHM_MAP && !place_entry(resolver, record, fields, collection))
        return false;
    return set_key(resolver, fields, collection);
}

/* Name and doc; and all but index kinds, which need to see every table first. */
static bool begin(shm_resolver *resolver, const shm_ast_collection *ast, bool is_chosen,
                  shm_collection *collection)
{
    collection->kind = ast->kind;
    collection->deprecated = ast->deprecated;
    collection->is_min = ast->is_min;
    collection->name = shm_arena_copy_text(resolver->arena, ast->name.text, ast->name.length);
    if (collection->name == NULL)
        return false;
    if (ast->doc != NULL) {
        collection->doc = shm_arena_copy_text(resolver->arena, ast->doc, strlen(ast->doc));
        if (collection->doc == NULL)
            return false;
    }
    if (is_index(ast->kind))
        return true;
    if (ast->kind == SHM_TABLE)
        return resolve_table(resolver, ast, is_chosen, collection);
    if (ast->kind == SHM_TENSOR_OF)
        return resolve_tensor(resolver, ast, collection);
    return resolve_pairs(resolver, ast, collection);
}

static bool add_name(shm_resolver *resolver, const shm_ast_dataset *dataset,
                     const shm_ast_collection *ast, shm_name_table *names,
                     shm_collection *collection)
{
    const shm_ast_file *root = resolver->parsed->root;
    const shm_collection *other =
        shm_name_table_add(names, ast->name.text, ast->name.length, collection);
    if (other == NULL)
        return true;
    char place[SHM_PLACE_BYTES];
    const shm_ast_collection *first = dataset->collections;
    for (uint32_t i = 0; i < other->number; i++)
        first = first->next;
    return shm_resolver_fail(resolver, root, ast->name.at,
                             "the dataset has a collection '%s' already, at %s", collection->name,
                             shm_place_text(root, first->name.at, place));
}

bool shm_resolve_dataset(shm_resolver *resolver, const shm_ast_dataset *ast,
                         shm_dataset_type *dataset, bool is_chosen)
{
    shm_name_table names;
    shm_collection *collections =
        shm_arena_alloc_array(resolver->arena, ast->collection_count, sizeof *collections);
    if (collections == NULL ||
        !shm_name_table_create(&names, &resolver->scratch, ast->collection_count))
        return false;
    uint32_t count = 0;
    const shm_ast_collection *item = ast->collections;
    for (; item != NULL && !shm_resolver_stops(resolver); item = item->next, count++) {
        collections[count].number = count;
        if (!begin(resolver, item, is_chosen, &collections[count]))
            return false;
        add_name(resolver, ast, item, &names, &collections[count]);
    }
    if (shm_resolver_stops(resolver))
        return true;
    count = 0;
    for (item = ast->collections; item != NULL; item = item->next, count++) {
        shm_resolve_keyword_clash(resolver, resolver->parsed->root, &item->name, &names);
        if (is_index(item->kind) && !shm_resolve_index(resolver, item, &names, &collections[count]))
            return false;
    }
    dataset->collections = collections;
    dataset->collection_count = count;
    dataset->name = shm_arena_copy_text(resolver->arena, ast->name.text, ast->name.length);
    if (ast->doc != NULL)
        dataset->doc = shm_arena_copy_text(resolver->arena, ast->doc, strlen(ast->doc));
    return dataset->name != NULL && (ast->doc == NULL || dataset->doc != NULL);
}

void shm_resolve_refs(shm_resolver *resolver)
{
    for (const shm_ref_use *use = resolver->refs; use != NULL; use = use->next) {
        if (use->owner == NULL || !shm_type_node_of(use->owner)->reached ||
            use->target->table_count == 1)
            continue;
        const char *name = use->target->type->name;
        if (use->target->table_count == 0)
            shm_resolver_fail(resolver, use->file, use->at,
                              "ref<%s> needs a table of %s in the dataset %s", name, name,
                              resolver->chosen->name);
        else
            shm_resolver_fail(resolver, use->file, use->at,
                              "ref<%s> is ambiguous: the dataset %s has %zu tables of %s", name,
                              resolver->chosen->name, use->target->table_count, name);
    }
}
