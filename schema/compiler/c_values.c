/* The types of a header that stand in place: what they are made of comes first. */

#include "schema/compiler/c_unit.h"

static bool is_by_value(const shm_type *type)
{
    return type->kind == SHM_STRUCT || type->kind == SHM_TUPLE || type->kind == SHM_ARRAY ||
           type->kind == SHM_OPTIONAL;
}

/* An optional that is not a field: its value, then whether it is there. */
static void print_optional(shm_c_unit *unit, const shm_type *type, const char *name)
{
    const uint64_t gap = type->size - type->element->size - 1;
    shm_c_print(unit, "\ntypedef struct %s %s;\nstruct %s {\n    %s;\n", name, name, name,
                shm_c_declare(unit, type->element, "value"));
    shm_c_print(unit, "    uint8_t state; /* a shm_presence */\n");
    if (gap > 0)
        shm_c_print(unit, "    uint8_t zero_0[%llu];\n", (unsigned long long)gap);
    if (type->has_cells)
        shm_c_print(unit,
                    "#ifdef __cplusplus\n    %s() = delete;\n    %s(const %s &) = delete;\n"
                    "    %s &operator=(const %s &) = delete;\n#endif\n",
                    name, name, name, name, name);
    shm_c_print(unit, "};\nstatic_assert(sizeof(%s) == %llu, \"size of %s\");\n", name,
                (unsigned long long)type->size, name);
}

/* Recursion: through what stands in place, bounded by SHM_STRUCT_DEPTH_MAX and
 * SHM_TYPE_DEPTH_MAX. */
void shm_c_need_value(shm_c_unit *unit, const shm_type *type)
{
    if (!is_by_value(type) || (type->kind == SHM_STRUCT && !shm_c_is_own(type)))
        return;
    const char *name = shm_c_in_place(unit, type);
    if (type->kind == SHM_STRUCT) {
        if (!shm_c_first(unit, shm_c_text(unit, "struct %s", name)))
            return;
    } else if (!shm_c_first(unit, name)) {
        return;
    }
    if (type->kind == SHM_ARRAY || type->kind == SHM_OPTIONAL)
        shm_c_need_value(unit, type->element);
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_type *inner = shm_c_value_type(type->fields[i].type);
        while (inner->kind == SHM_ARRAY)
            inner = inner->element;
        shm_c_need_value(unit, inner);
    }
    char text[256];
    shm_type_text(type, text, sizeof text);
    if (type->kind == SHM_ARRAY)
        shm_c_print(unit, "\ntypedef %s;\n", shm_c_declare(unit, type, name));
    else if (type->kind == SHM_OPTIONAL)
        print_optional(unit, type, name);
    else if (type->kind == SHM_TUPLE) {
        shm_c_print(unit, "\ntypedef struct %s %s;", name, name);
        shm_c_row(unit, type, name, text, NULL);
    } else {
        shm_c_row(unit, type, name, shm_c_text(unit, "struct %s", type->name), NULL);
    }
}

/* What stands in place inside of the lists, sets and dicts of a type.  Records and structs are
 * declared by their own names, so the recursion is bounded by SHM_TYPE_DEPTH_MAX. */
void shm_c_need_parts(shm_c_unit *unit, const shm_type *type)
{
    switch (type->kind) {
    case SHM_TUPLE:
        shm_c_need_value(unit, type);
        for (size_t i = 0; i < type->field_count; i++)
            shm_c_need_parts(unit, shm_c_value_type(type->fields[i].type));
        return;
    case SHM_OPTIONAL:
    case SHM_ARRAY:
        shm_c_need_parts(unit, type->element);
        return;
    case SHM_DICT:
        shm_c_need_value(unit, type->key);
        shm_c_need_parts(unit, type->key);
        break;
    case SHM_LIST:
    case SHM_SET:
        break;
    default:
        return;
    }
    shm_c_need_value(unit, type->element);
    shm_c_need_parts(unit, type->element);
}

void shm_c_rows(shm_c_unit *unit)
{
    const shm_schema *schema = unit->schema;
    shm_c_print(unit, "\n");
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (type->kind != SHM_ENUM && shm_c_is_own(type)) {
            const char *name = shm_c_declared(unit, type);
            shm_c_print(unit, "typedef struct %s %s;\n", name, name);
        }
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (type->kind == SHM_ENUM || !shm_c_is_own(type))
            continue;
        for (size_t k = 0; k < type->field_count; k++) {
            const shm_type *inner = shm_c_value_type(type->fields[k].type);
            while (inner->kind == SHM_ARRAY)
                inner = inner->element;
            shm_c_need_value(unit, inner);
        }
        if (type->kind == SHM_STRUCT)
            shm_c_need_value(unit, type);
        else
            shm_c_row(unit, type, shm_c_declared(unit, type),
                      shm_c_text(unit, "record %s", type->name), NULL);
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        for (size_t k = 0; shm_c_is_own(type) && k < type->field_count; k++)
            shm_c_need_parts(unit, shm_c_value_type(type->fields[k].type));
    }
}
