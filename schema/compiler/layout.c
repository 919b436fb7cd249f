/* --print-layout: where the fields of structs and records stand. */
#include <stdio.h>
#include <string.h>

#include "schema/compiler/shmc.h"

enum { TYPE_TEXT_BYTES = 512 };

/* One line of a table: a field, a word of presence bits, or bytes that are zero. */
struct line {
    const char *name;
    const char *type;
    unsigned long long offset, size, align;
    char presence[64];
};

struct table {
    shm_output *out;
    bool json;
    size_t line_count;
    int name_width, type_width;
};

static void print_line(struct table *table, const struct line *line)
{
    shm_output *out = table->out;
    if (!table->json) {
        shm_output_print(out, "  %6llu  %6llu  %5llu  %-*s  %-*s%s%s\n", line->offset, line->size,
                         line->align, table->name_width, line->name,
                         line->presence[0] == '\0' ? 0 : table->type_width, line->type,
                         line->presence[0] == '\0' ? "" : "  ", line->presence);
        return;
    }
    shm_output_print(out, "%s\n        {\"name\": ", table->line_count++ == 0 ? "" : ",");
    shm_output_json(out, line->name);
    shm_output_print(out, ", \"type\": ");
    shm_output_json(out, line->type);
    shm_output_print(out, ", \"offset\": %llu, \"size\": %llu, \"align\": %llu", line->offset,
                     line->size, line->align);
    if (line->presence[0] != '\0') {
        shm_output_print(out, ", \"presence\": ");
        shm_output_json(out, line->presence);
    }
    shm_output_print(out, "}");
}

static void print_gap(struct table *table, uint64_t from, uint64_t until)
{
    if (from < until)
        print_line(
            table,
            &(struct line){
                .name = "-", .type = "padding", .offset = from, .size = until - from, .align = 1});
}

static void print_field(struct table *table, const shm_field *field, uint64_t *at)
{
    char type[TYPE_TEXT_BYTES];
    const shm_type *value = field->type;
    struct line line = {.name = field->name, .type = type, .offset = field->offset};
    shm_type_text(field->type, type, sizeof type);
    if (field->type->kind == SHM_OPTIONAL) {
        value = field->type->element;
        if (field->presence_bit == 0) {
            print_gap(table, *at, field->presence_offset);
            print_line(table, &(struct line){.name = "-",
                                             .type = "presence bits",
                                             .offset = field->presence_offset,
                                             .size = 8,
                                             .align = 8});
            *at = field->presence_offset + 8;
        }
        if (field->type->nullable)
            snprintf(line.presence, sizeof line.presence, "bits %u and %u at %llu",
                     field->presence_bit, field->presence_bit + 1,
                     (unsigned long long)field->presence_offset);
        else
            snprintf(line.presence, sizeof line.presence, "bit %u at %llu", field->presence_bit,
                     (unsigned long long)field->presence_offset);
    }
    print_gap(table, *at, field->offset);
    line.size = value->size;
    line.align = value->align;
    print_line(table, &line);
    *at = field->offset + value->size;
}

static void set_widths(struct table *table, const shm_type *type)
{
    table->name_width = 4;
    table->type_width = 13;
    for (size_t i = 0; i < type->field_count; i++) {
        char text[TYPE_TEXT_BYTES];
        const int name = (int)strlen(type->fields[i].name);
        const int width = (int)shm_type_text(type->fields[i].type, text, sizeof text);
        if (name > table->name_width && name <= 40)
            table->name_width = name;
        if (width > table->type_width && width <= 40)
            table->type_width = width;
    }
}

static void print_type(struct table *table, const shm_type *type, const char *word,
                       const char *name)
{
    shm_output *out = table->out;
    const uint64_t size = type->kind == SHM_RECORD ? type->row_size : type->size;
    const uint64_t align = type->kind == SHM_RECORD ? 8 : type->align;
    uint64_t at = 0;
    if (table->json)
        shm_output_print(out,
                         "    {\"kind\": \"%s\", \"name\": \"%s\", \"size\": %llu, "
                         "\"align\": %llu, \"fields\": [",
                         word, name, (unsigned long long)size, (unsigned long long)align);
    else
        shm_output_print(out, "%s %s: %llu bytes, aligned to %llu\n", word, name,
                         (unsigned long long)size, (unsigned long long)align);
    set_widths(table, type);
    table->line_count = 0;
    if (!table->json)
        shm_output_print(out, "  offset    size  align  %-*s  type\n", table->name_width, "name");
    for (size_t i = 0; i < type->field_count; i++)
        print_field(table, &type->fields[i], &at);
    print_gap(table, at, size);
    if (table->json)
        shm_output_print(out, "%s]}", table->line_count == 0 ? "" : "\n    ");
}

static void print_schema(struct table *table, const shm_schema *schema)
{
    size_t count = 0;
    const char *between = table->json ? ",\n" : "\n";
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (type->kind == SHM_ENUM)
            continue;
        shm_output_print(table->out, "%s", count++ == 0 ? "" : between);
        print_type(table, type, type->kind == SHM_STRUCT ? "struct" : "record", type->name);
    }
    for (size_t i = 0; schema->dataset != NULL && i < schema->dataset->collection_count; i++) {
        const shm_collection *collection = &schema->dataset->collections[i];
        if (collection->kind != SHM_MAP && collection->kind != SHM_MULTIMAP &&
            collection->kind != SHM_SET_OF)
            continue;
        shm_output_print(table->out, "%s", count++ == 0 ? "" : between);
        print_type(table, collection->record, "entry", collection->name);
    }
}

void shmc_print_layout(shmc_run *run, const char *path)
{
    shm_output out = {0};
    const shm_schema *schema = shmc_schema(run, path, true);
    if (schema == NULL)
        return;
    struct table table = {.out = &out, .json = run->options->json};
    if (table.json)
        shm_output_print(&out, "{\n  \"fingerprint\": \"%016llx%016llx\",\n  \"types\": [\n",
                         (unsigned long long)schema->fingerprint[1],
                         (unsigned long long)schema->fingerprint[0]);
    print_schema(&table, schema);
    if (table.json)
        shm_output_print(&out, "\n  ]\n}\n");
    shm_schema_free(schema);
    if (out.failed) {
        const shm_error error = {.status = SHM_NO_MEMORY, .text = "out of memory"};
        shmc_tell_failure(run, path, SHM_NO_MEMORY, &error);
    } else if (out.text != NULL) {
        fwrite(out.text, 1, out.length, stdout);
    }
    shm_output_free(&out);
}
