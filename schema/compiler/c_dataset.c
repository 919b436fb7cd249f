/* The part of a header that opens an image and reaches its collections. */
#include "schema/compiler/c_key.h"

#include <string.h>

static bool is_entries(const shm_collection *collection)
{
    return collection->kind == SHM_MAP || collection->kind == SHM_MULTIMAP ||
           collection->kind == SHM_SET_OF;
}

static bool is_index(const shm_collection *collection)
{
    return collection->kind == SHM_INDEX || collection->kind == SHM_MULTI ||
           collection->kind == SHM_APPROXIMATE || collection->kind == SHM_SORTED;
}

const char *shm_c_row_type(shm_c_dataset *dataset, const shm_collection *collection)
{
    const shm_collection *rows = collection->table == NULL ? collection : collection->table;
    if (is_entries(rows))
        return shm_c_text(dataset->unit, "%s_%s_entry", dataset->prefix, rows->name);
    return shm_c_declared(dataset->unit, rows->record);
}

/* ---- the struct ---- */

static const char *index_type(const shm_collection *collection)
{
    return shm_c_key_is_inlined(collection) ? "shm_word_index " : "const shm_index *";
}

static const char *member_type(const shm_collection *collection)
{
    if (is_index(collection))
        return index_type(collection);
    return collection->placed_width != 0       ? "shm_placed "
           : collection->kind == SHM_TENSOR_OF ? "shm_tensor "
                                               : "shm_table ";
}

static void print_struct(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    const shm_dataset_type *type = dataset->schema->dataset;
    shm_c_print(unit, "\n");
    shm_c_doc(unit, type->doc, "");
    shm_c_print(
        unit,
        "/* An open image of the dataset %s.  May be copied; what was read from it lives until "
        "%s_close. */\ntypedef struct %s {\n    shm_dataset *image;\n",
        type->name, dataset->prefix, dataset->type);
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        shm_c_doc(unit, collection->doc, "    ");
        shm_c_print(unit, "    %s%s;\n", member_type(collection), dataset->members[i]);
        if (dataset->indexes[i] != NULL && collection->placed_width == 0)
            shm_c_print(unit, "    %s%s;\n", index_type(collection), dataset->indexes[i]);
    }
    for (size_t i = 0; i < dataset->schema->type_count; i++) {
        if (dataset->fields[i] != NULL)
            shm_c_print(unit, "    const shm_bound_field *%s;\n", dataset->fields[i]);
    }
    shm_c_print(unit, "} %s;\n", dataset->type);
}

static void print_bind_index(shm_c_unit *unit, const shm_collection *collection, const char *member)
{
    const char *found = shm_c_text(unit, "shm_dataset_index(image, %u)", collection->number);
    if (shm_c_key_is_inlined(collection))
        found = shm_c_text(unit, "shm_word_index_of(%s)", found);
    shm_c_print(unit, "    dataset.%s = %s;\n", member, found);
}

static void print_bind(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    const shm_dataset_type *type = dataset->schema->dataset;
    shm_c_print(unit, "\n/* The collections of an open image whose schema is this one. */");
    shm_c_begin(unit, dataset->type, shm_c_text(unit, "%s_bind", dataset->prefix),
                "shm_dataset *image");
    shm_c_print(unit, "    %s dataset;\n    dataset.image = image;\n", dataset->type);
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        const char *member = dataset->members[i];
        if (collection->kind == SHM_TENSOR_OF)
            shm_c_print(unit, "    (void)shm_dataset_tensor(image, %zu, &dataset.%s);\n", i,
                        member);
        else if (is_index(collection))
            print_bind_index(unit, collection, member);
        else if (collection->placed_width != 0)
            shm_c_print(unit, "    dataset.%s = shm_dataset_placed(image, %zu);\n", member, i);
        else
            shm_c_print(unit, "    dataset.%s = shm_dataset_table(image, %zu);\n", member, i);
        if (dataset->indexes[i] != NULL && collection->placed_width == 0)
            print_bind_index(unit, collection, dataset->indexes[i]);
    }
    for (size_t i = 0; i < dataset->schema->type_count; i++) {
        if (dataset->fields[i] != NULL)
            shm_c_print(unit, "    dataset.%s = shm_dataset_bound_fields(image, %zu);\n",
                        dataset->fields[i], i);
    }
    shm_c_print(unit, "    return dataset;\n}\n");
}

/* ---- open and close ---- */

#define VERIFYING "%s *dataset, const char *path, shm_verify verify, shm_error *error"

static void print_open_exact(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    const char *prefix = dataset->prefix;
    shm_c_print(unit,
                "\n/* Opens an image that was built with exactly this schema; `options` may be "
                "NULL.\n"
                " * Fails as shm_dataset_open does; *dataset is then untouched. */");
    shm_c_begin(unit, "SHM_MUST_USE shm_status", shm_c_text(unit, "%s_open_with", prefix),
                shm_c_text(unit,
                           "%s *dataset, const char *path, const shm_open_options *options, "
                           "shm_error *error",
                           dataset->type));
    shm_c_print(unit,
                "    shm_dataset *image;\n"
                "    shm_status status = shm_dataset_open_as(path, options, %s_fingerprint(), "
                "\"%s\", NULL, &image, error);\n"
                "    if (status == SHM_OK) {\n"
                "        *dataset = %s_bind(image);\n"
                "    } else if (status == SHM_SCHEMA_MISMATCH) {\n"
                "        /* For its message, which names the fields that differ. */\n"
                "        const shm_open_options unverified = "
                "shm_open_verifying(SHM_VERIFY_NEVER);\n"
                "        const shm_status other =\n"
                "            shm_dataset_open_as(path, &unverified, %s_fingerprint(), "
                "\"%s\", %s_schema_text(), &image, error);\n"
                "        if (other == SHM_OK)\n"
                "            shm_dataset_close(image);\n"
                "        else\n"
                "            status = other;\n"
                "    }\n"
                "    return status;\n}\n",
                prefix, prefix, prefix, prefix, prefix, prefix);
    shm_c_print(unit, "\n/* The same with all other options at their defaults. */");
    shm_c_begin(unit, "SHM_MUST_USE shm_status", shm_c_text(unit, "%s_open", prefix),
                shm_c_text(unit, VERIFYING, dataset->type));
    shm_c_print(unit,
                "    const shm_open_options options = shm_open_verifying(verify);\n"
                "    return %s_open_with(dataset, path, &options, error);\n}\n",
                prefix);
}

static void print_open_compatible(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    const char *prefix = dataset->prefix;
    shm_c_print(unit, "\n/* The same for an image whose schema may also be an older or newer, "
                      "compatible one.  Read its rows "
                      "with the accessors that end in _in, not as structs. */");
    shm_c_begin(unit, "SHM_MUST_USE shm_status", shm_c_text(unit, "%s_open_compatible", prefix),
                shm_c_text(unit, VERIFYING, dataset->type));
    shm_c_print(unit,
                "    const shm_open_options options = shm_open_verifying(verify);\n"
                "    shm_dataset *image;\n"
                "    const shm_status status = shm_dataset_open_as(path, &options, "
                "%s_fingerprint(), \"%s\", %s_schema_text(), &image, error);\n"
                "    if (status == SHM_OK)\n"
                "        *dataset = %s_bind(image);\n"
                "    return status;\n}\n",
                prefix, prefix, prefix, prefix);
}

static void print_open(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    const char *prefix = dataset->prefix;
    const uint64_t *fingerprint = dataset->schema->fingerprint;
    shm_c_begin(unit, "const uint64_t *", shm_c_text(unit, "%s_fingerprint", prefix), "void");
    shm_c_print(unit,
                "    static const uint64_t fingerprint[2] = {UINT64_C(0x%016llx), "
                "UINT64_C(0x%016llx)};\n    return fingerprint;\n}\n",
                (unsigned long long)fingerprint[0], (unsigned long long)fingerprint[1]);

    print_open_exact(dataset);
    print_open_compatible(dataset);
    shm_c_inline(unit, "void", shm_c_text(unit, "%s_close", prefix),
                 shm_c_text(unit, "%s *dataset", dataset->type),
                 "shm_dataset_close(dataset->image);\n    dataset->image = NULL;");
}

/* ---- names ---- */

const char *shm_c_local_name(shm_c_unit *unit, const shm_type *type)
{
    return shm_c_is_own(type) ? shm_c_snake(unit, type->name, strlen(type->name))
                              : shm_c_declared(unit, type);
}

static void name_members(shm_c_dataset *dataset, shm_claims *members)
{
    shm_c_unit *unit = dataset->unit;
    const shm_dataset_type *type = dataset->schema->dataset;
    shm_c_spare(unit, members, "image");
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        dataset->members[i] = shm_c_spare(unit, members, shm_c_member(unit, collection->name));
    }
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (!is_entries(collection))
            continue;
        dataset->indexes[i] =
            shm_c_spare(unit, members, shm_c_text(unit, "%s_index", collection->name));
        dataset->fields[collection->record->id] =
            shm_c_spare(unit, members, shm_c_text(unit, "%s_fields", collection->name));
    }
    for (size_t i = 0; i < dataset->schema->declared_count; i++) {
        const shm_type *record = dataset->schema->declared[i];
        if (record->kind == SHM_RECORD && dataset->reached[record->id])
            dataset->fields[record->id] = shm_c_spare(
                unit, members, shm_c_text(unit, "%s_fields", shm_c_local_name(unit, record)));
    }
}

/* ---- what the dataset reaches ---- */

/* A stack of types, each of which is pushed once. */
static void reach(shm_c_dataset *dataset, const shm_type **stack, size_t *count,
                  const shm_type *type)
{
    if (type != NULL && !dataset->reached[type->id]) {
        dataset->reached[type->id] = true;
        stack[(*count)++] = type;
    }
}

static void mark_reached(shm_c_dataset *dataset, const shm_type **stack)
{
    const shm_dataset_type *type = dataset->schema->dataset;
    size_t count = 0;
    for (size_t i = 0; i < type->collection_count; i++)
        reach(dataset, stack, &count, type->collections[i].record);
    while (count > 0) {
        const shm_type *top = stack[--count];
        reach(dataset, stack, &count, top->element);
        reach(dataset, stack, &count, top->key);
        for (size_t i = 0; i < top->field_count; i++)
            reach(dataset, stack, &count, top->fields[i].type);
    }
}

void shm_c_dataset_section(shm_c_unit *unit, const shm_schema *schema, const char *prefix)
{
    const shm_dataset_type *type = schema->dataset;
    const size_t collection_count = type->collection_count + 1;
    shm_c_dataset dataset = {.unit = unit, .schema = schema, .prefix = prefix};
    shm_claims members = {0};
    const shm_type **stack =
        shm_arena_alloc_array(&unit->arena, schema->type_count + 1, sizeof *stack);
    dataset.reached = shm_arena_alloc_array(&unit->arena, schema->type_count + 1, sizeof(bool));
    dataset.members = shm_arena_alloc_array(&unit->arena, collection_count, sizeof(char *));
    dataset.indexes = shm_arena_alloc_array(&unit->arena, collection_count, sizeof(char *));
    dataset.fields = shm_arena_alloc_array(&unit->arena, schema->type_count + 1, sizeof(char *));
    if (stack == NULL || dataset.reached == NULL || dataset.members == NULL ||
        dataset.indexes == NULL || dataset.fields == NULL) {
        unit->failed = true;
        return;
    }
    mark_reached(&dataset, stack);
    name_members(&dataset, &members);
    shm_claims_free(&members);
    dataset.type = shm_c_claim(unit, shm_c_text(unit, "%s_dataset", prefix));
    dataset.builder = shm_c_claim(unit, shm_c_text(unit, "%s_builder", prefix));

    shm_c_print(unit, "\n/* ---- reading: dataset %s ---- */\n", type->name);
    shm_c_entries(&dataset);
    shm_c_schema_text(&dataset);
    print_struct(&dataset);
    print_bind(&dataset);
    print_open(&dataset);
    shm_c_collections(&dataset);
    shm_c_bound(&dataset);
    shm_c_print(unit, "\n/* ---- building: dataset %s ---- */\n", type->name);
    shm_c_builder(&dataset);
}
