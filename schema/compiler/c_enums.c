#include "schema/compiler/c_unit.h"

#include <limits.h>

static bool fits_int(const shm_type *type, int64_t value)
{
    if (type->element->kind == SHM_U64)
        return (uint64_t)value <= INT_MAX;
    return value >= INT_MIN && value <= INT_MAX;
}

static const char *wide_literal(shm_c_unit *unit, const shm_type *type, int64_t value)
{
    if (type->element->kind == SHM_U64 || type->element->kind == SHM_U32)
        return shm_c_text(unit, "UINT64_C(%llu)", (unsigned long long)value);
    if (value == INT64_MIN)
        return "(-INT64_C(9223372036854775807) - 1)";
    return shm_c_text(unit, "INT64_C(%lld)", (long long)value);
}

/* Constants of C's enums are ints; where one does not fit, all become macros. */
static void print_constants(shm_c_unit *unit, const shm_type *type, const char *name,
                            const char **constants)
{
    bool narrow = true;
    for (size_t i = 0; i < type->value_count; i++)
        narrow = narrow && fits_int(type, type->values[i].value);
    if (narrow)
        shm_c_print(unit, "enum {\n");
    for (size_t i = 0; i < type->value_count; i++) {
        const shm_enum_value *value = &type->values[i];
        shm_c_doc(unit, value->doc, narrow ? "    " : "");
        if (narrow)
            shm_c_print(unit, "    %s = %lld%s\n", constants[i], (long long)value->value,
                        i + 1 < type->value_count ? "," : "");
        else
            shm_c_print(unit, "#define %s ((%s)%s)\n", constants[i], name,
                        wide_literal(unit, type, value->value));
    }
    if (narrow)
        shm_c_print(unit, "};\n");
}

static void print_enum(shm_c_unit *unit, const shm_type *type)
{
    const char *name = shm_c_declared(unit, type);
    const char **constants =
        shm_arena_alloc_array(&unit->arena, type->value_count, sizeof *constants);
    if (constants == NULL) {
        unit->failed = true;
        return;
    }
    const char *upper = shm_c_upper(unit, name);
    for (size_t i = 0; i < type->value_count; i++)
        constants[i] = shm_c_claim(
            unit, shm_c_text(unit, "%s_%s", upper, shm_c_upper(unit, type->values[i].name)));
    shm_c_print(unit, "\n");
    shm_c_doc(unit, type->doc, "");
    shm_c_print(unit, "typedef %s %s;\n", shm_c_in_place(unit, type->element), name);
    print_constants(unit, type, name, constants);

    shm_c_print(unit, "\n/* The name as the schema has it; NULL for a number without a name. */");
    shm_c_begin(unit, "const char *", shm_c_text(unit, "%s_name", name),
                shm_c_text(unit, "%s value", name));
    shm_c_print(unit, "    switch (value) {\n");
    for (size_t i = 0; i < type->value_count; i++)
        shm_c_print(unit, "    case %s:\n        return \"%s\";\n", constants[i],
                    type->values[i].name);
    shm_c_print(unit, "    default:\n        return NULL;\n    }\n}\n");
}

void shm_c_enums(shm_c_unit *unit)
{
    for (size_t i = 0; i < unit->schema->declared_count; i++) {
        const shm_type *type = unit->schema->declared[i];
        if (type->kind == SHM_ENUM && shm_c_is_own(type))
            print_enum(unit, type);
    }
}
