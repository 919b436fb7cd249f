/* The second family of accessors, which reads rows of older images by the bound table. */
#include "schema/compiler/c_unit.h"

static void print_value(shm_c_dataset *dataset, const shm_type *type, const char *name,
                        const char *arguments, const char *field)
{
    shm_c_unit *unit = dataset->unit;
    const char *result = shm_c_read_type(unit, type);
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    const char *at = shm_c_text(unit, "shm_bound_field_at(%s, row)", field);
    const char *body;
    if (kind == SHM_BOOL)
        body = shm_c_text(unit, "return shm_bound_field_word(%s, row) != 0;", field);
    else if (kind <= SHM_U64 || kind == SHM_REF)
        body = shm_c_text(unit, "return (%s)shm_bound_field_word(%s, row);", result, field);
    else if (type->kind == SHM_ARRAY || type->kind == SHM_STRUCT || type->kind == SHM_TUPLE ||
             type->kind == SHM_LIST || type->kind == SHM_SET || type->kind == SHM_DICT)
        body = shm_c_text(unit, "return (%s)%s;", result, at);
    else if (shm_c_is_text(type) || type->kind == SHM_RECORD || type->kind == SHM_TENSOR) {
        const char *cell = shm_c_in_place(unit, type);
        shm_c_begin(unit, result, name, arguments);
        shm_c_print(unit, "    const %s *cell = (const %s *)%s;\n    return %s;\n}\n", cell, cell,
                    at, shm_c_read_cell(unit, type, "cell"));
        return;
    } else {
        body = shm_c_text(unit, "return *(const %s *)%s;", result, at);
    }
    shm_c_inline(unit, result, name, arguments, body);
}

static void print_record(shm_c_dataset *dataset, const shm_type *type, const char *row,
                         const char *base)
{
    shm_c_unit *unit = dataset->unit;
    const char *arguments =
        shm_c_text(unit, "const %s *dataset, const %s *row", dataset->type, row);
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const shm_type *value = shm_c_value_type(field->type);
        shm_c_need_value(unit, value->kind == SHM_ARRAY ? value->element : value);
        const char *bound = shm_c_text(unit, "&dataset->%s[%zu]", dataset->fields[type->id], i);
        if (field->type->kind == SHM_OPTIONAL)
            shm_c_inline(unit, "bool", shm_c_text(unit, "%s_has_%s_in", base, field->name),
                         arguments,
                         shm_c_text(unit, "return shm_bound_field_present(%s, row);", bound));
        if (field->type->nullable)
            shm_c_inline(unit, "bool", shm_c_text(unit, "%s_%s_is_null_in", base, field->name),
                         arguments,
                         shm_c_text(unit, "return shm_bound_field_null(%s, row);", bound));
        print_value(dataset, value, shm_c_text(unit, "%s_%s_in", base, field->name), arguments,
                    bound);
    }
}

void shm_c_bound(shm_c_dataset *dataset)
{
    shm_c_unit *unit = dataset->unit;
    shm_c_print(unit, "\n/* ---- reading rows of images that may be older ---- */\n");
    for (size_t i = 0; i < dataset->schema->declared_count; i++) {
        const shm_type *type = dataset->schema->declared[i];
        if (dataset->fields[type->id] != NULL)
            print_record(dataset, type, shm_c_declared(unit, type),
                         shm_c_text(unit, "%s_%s", dataset->prefix, shm_c_local_name(unit, type)));
    }
    const shm_dataset_type *type = dataset->schema->dataset;
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (dataset->indexes[i] != NULL)
            print_record(dataset, collection->record, shm_c_row_type(dataset, collection),
                         shm_c_text(unit, "%s_%s", dataset->prefix, collection->name));
    }
}
