/* The part of a header that builds an image. */
#include "schema/compiler/c_unit.h"

#include <string.h>

enum { LITERAL_MAX = 4095 };

/* Canonical text, a line of it on each line. */
void shm_c_schema_text(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    const shm_string text = dataset->schema->text;
    const bool is_long = text.length > LITERAL_MAX;
    if (is_long)
        shm_c_print(unit, "\n#pragma GCC diagnostic push\n"
                          "#pragma GCC diagnostic ignored \"-Woverlength-strings\"");
    shm_c_print(unit, "\n/* The schema in its canonical form. */");
    shm_c_begin(unit, "const char *", shm_c_text(unit, "%s_schema_text", dataset->prefix), "void");
    shm_c_print(unit, "    return ");
    for (size_t at = 0; at < text.length;) {
        const char *end = memchr(text.data + at, '\n', text.length - at);
        const size_t next = end == NULL ? text.length : (size_t)(end - text.data) + 1;
        shm_c_print(unit, "%s%s", at == 0 ? "" : "\n           ",
                    shm_c_literal(unit, text.data + at, next - at));
        at = next;
    }
    shm_c_print(unit, "%s;\n}\n%s", text.length == 0 ? "\"\"" : "",
                is_long ? "#pragma GCC diagnostic pop\n" : "");
}

static void print_open(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    const char *builder = dataset->builder;
    shm_c_print(
        unit,
        "\n/* A build of the dataset %s.  The first failure is kept in `error`; every later "
        "call answers it, and nothing is published. */\n"
        "typedef struct %s {\n    shm_builder *builder;\n    const shm_schema *schema;\n"
        "    shm_error error;\n} %s;\n",
        dataset->schema->dataset->name, builder, builder);
    shm_c_print(unit,
                "\n/* Starts a build; `options` may be NULL.  %s_builder_close ends it, also after "
                "a failure. */",
                dataset->prefix);
    shm_c_begin(unit, "shm_status", shm_c_text(unit, "%s_builder_open", dataset->prefix),
                shm_c_text(unit, "%s *builder, const shm_build_options *options", builder));
    shm_c_print(unit,
                "    const char *text = %s_schema_text();\n"
                "    memset(builder, 0, sizeof *builder);\n"
                "    shm_status status = shm_schema_parse(text, strlen(text), \"%s\", NULL, "
                "&builder->schema, &builder->error);\n"
                "    if (status == SHM_OK)\n"
                "        status = shm_builder_open(builder->schema, options, &builder->builder, "
                "&builder->error);\n"
                "    return status;\n}\n",
                dataset->prefix, dataset->prefix);
    shm_c_begin(unit, "void", shm_c_text(unit, "%s_builder_close", dataset->prefix),
                shm_c_text(unit, "%s *builder", builder));
    shm_c_print(unit, "    shm_builder_close(builder->builder);\n"
                      "    shm_schema_free(builder->schema);\n"
                      "    builder->builder = NULL;\n    builder->schema = NULL;\n}\n");
    shm_c_print(unit, "\n/* Puts the finished image at `path`, all or nothing. */");
    shm_c_begin(unit, "shm_status", shm_c_text(unit, "%s_builder_publish", dataset->prefix),
                shm_c_text(unit, "%s *builder, const char *path", builder));
    shm_c_print(unit, "    if (builder->builder == NULL)\n        return builder->error.status;\n"
                      "    return shm_builder_publish(builder->builder, path, "
                      "&builder->error);\n}\n");
}

/* What an argument of an input type is called in a parameter list: scalars by value, else by
 * address. */
static const char *parameter(shm_c_unit *unit, const shm_type *type, const char *name)
{
    if (type->kind == SHM_ARRAY)
        return shm_c_text(unit, "const %s", shm_c_declare_input(unit, type, name));
    if (type->kind <= SHM_ENUM || type->kind == SHM_REF)
        return shm_c_text(unit, "%s %s", shm_c_input(unit, type), name);
    return shm_c_text(unit, "const %s *%s", shm_c_input(unit, type), name);
}

static void print_row_by_value(shm_c_dataset *dataset, const shm_collection *collection,
                               const char *function, const char *arguments)
{
    shm_c_unit *unit = dataset->unit;
    shm_c_print(unit, "\n/* Adds a row to %s; `number`, unless NULL, receives its row number. */",
                collection->name);
    shm_c_begin(unit, "shm_status", function, shm_c_text(unit, "%s, uint64_t *number", arguments));
    shm_c_print(unit,
                "    if (builder->builder == NULL)\n        return builder->error.status;\n"
                "    shm_builder_row_begin(builder->builder, %u);\n"
                "    %s_fields(builder->builder, row);\n"
                "    return shm_builder_row_end(builder->builder, number, &builder->error);\n}\n",
                collection->number, shm_c_put_name(unit, collection->record));
}

static void print_table(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    const char *name = shm_c_text(unit, "%s_builder_add_%s", dataset->prefix, collection->name);
    const char *arguments = shm_c_text(unit, "%s *builder, const %s *row", dataset->builder,
                                       shm_c_input(unit, collection->record));
    const char *numbered = shm_c_text(unit, "%s_numbered", name);
    if (!shm_c_pack_table(dataset, collection, numbered, arguments))
        print_row_by_value(dataset, collection, numbered, arguments);
    shm_c_inline(unit, "shm_status", name, arguments,
                 shm_c_text(unit, "return %s(builder, row, NULL);", numbered));
}

static void put_argument(shm_c_unit *unit, const shm_type *type, const char *name,
                         const char *indent)
{
    if (type->kind <= SHM_ENUM || type->kind == SHM_REF || type->kind == SHM_ARRAY ||
        type->kind == SHM_RECORD)
        shm_c_put_value(unit, type, name, indent, 0);
    else
        shm_c_print(unit, "%s%s(builder, %s);\n", indent, shm_c_put_name(unit, type), name);
}

/* The arguments for a key or value; an optional one comes with what says whether it is there. */
static const char *add_argument(shm_c_unit *unit, const char *arguments, const shm_type *type,
                                const char *name)
{
    const shm_type *bare = shm_c_value_type(type);
    shm_c_need_input(unit, bare);
    shm_c_need_put(unit, bare);
    if (type->kind == SHM_OPTIONAL && bare->kind != SHM_RECORD)
        arguments = shm_c_text(unit, "%s, bool has_%s", arguments, name);
    return shm_c_text(unit, "%s, %s", arguments, parameter(unit, bare, name));
}

static void put_pair_field(shm_c_unit *unit, const shm_type *type, const char *name)
{
    const shm_type *bare = shm_c_value_type(type);
    const bool has = type->kind == SHM_OPTIONAL && bare->kind != SHM_RECORD;
    if (has)
        shm_c_print(unit, "    if (has_%s) {\n", name);
    put_argument(unit, bare, name, has ? "        " : "    ");
    if (has)
        shm_c_print(unit, "    } else {\n        shm_put_absent(builder);\n    }\n");
}

static void print_pairs(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    const shm_type *record = collection->record;
    const char *arguments = shm_c_text(unit, "%s *to", dataset->builder);
    for (size_t i = 0; i < record->field_count; i++)
        arguments = add_argument(unit, arguments, record->fields[i].type, record->fields[i].name);
    const char *name = shm_c_text(unit, "%s_builder_add_%s", dataset->prefix, collection->name);
    if (shm_c_pack_entries(dataset, collection, name, arguments))
        return;
    shm_c_print(unit, "\n/* Adds an entry to %s. */", collection->name);
    shm_c_begin(unit, "shm_status", name, arguments);
    shm_c_print(unit,
                "    shm_builder *builder = to->builder;\n"
                "    if (builder == NULL)\n        return to->error.status;\n"
                "    shm_builder_row_begin(builder, %u);\n",
                collection->number);
    for (size_t i = 0; i < record->field_count; i++)
        put_pair_field(unit, record->fields[i].type, record->fields[i].name);
    shm_c_print(unit, "    return shm_builder_row_end(builder, NULL, &to->error);\n}\n");
}

static void print_tensor(shm_c_dataset *dataset, const shm_collection *collection)
{
    shm_c_unit *unit = dataset->unit;
    shm_c_print(unit, "\n/* Sets %s: elements in C order, as many as the product of the shape. */",
                collection->name);
    shm_c_begin(unit, "shm_status",
                shm_c_text(unit, "%s_builder_set_%s", dataset->prefix, collection->name),
                shm_c_text(unit,
                           "%s *builder, const %s *elements, const uint64_t *shape, size_t ndim",
                           dataset->builder, shm_c_in_place(unit, collection->element)));
    shm_c_print(unit,
                "    if (builder->builder == NULL)\n        return builder->error.status;\n"
                "    size_t count = 1;\n"
                "    for (size_t i = 0; i < ndim; i++)\n"
                "        count *= (size_t)shape[i];\n"
                "    const shm_status status = shm_builder_tensor_begin(builder->builder, %u, "
                "shape, ndim, &builder->error);\n"
                "    if (status != SHM_OK)\n        return status;\n"
                "    return shm_builder_tensor_add(builder->builder, %u, elements, count, "
                "&builder->error);\n}\n",
                collection->number, collection->number);
}

void shm_c_builder(shm_c_dataset *dataset)
{
    const shm_dataset_type *type = dataset->schema->dataset;
    print_open(dataset);
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (collection->kind == SHM_TABLE)
            print_table(dataset, collection);
        else if (collection->kind == SHM_TENSOR_OF)
            print_tensor(dataset, collection);
        else if (dataset->indexes[i] != NULL)
            print_pairs(dataset, collection);
    }
}
