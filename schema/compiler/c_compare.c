/* The order of keys in sets and dicts: numbers and times by value, texts by their bytes, structs
 * field by field. */
#include "schema/compiler/c_unit.h"

static void print_text(shm_c_unit *unit, const shm_type *type)
{
    shm_c_print(unit,
                "    const %s text = shm_text_cell_%s(cell);\n"
                "    const size_t length = text.length < key.length ? text.length : "
                "key.length;\n"
                "    const int order = length == 0 ? 0 : memcmp(text.data, key.data, "
                "length);\n"
                "    return order != 0 ? order : (text.length > key.length) - "
                "(text.length < key.length);\n",
                type->kind == SHM_BYTES ? "shm_bytes" : "shm_string",
                type->kind == SHM_BYTES ? "bytes" : "string");
}

static void print_struct(shm_c_unit *unit, const shm_type *type, const char **compares)
{
    shm_c_print(unit, "    int order = 0;\n");
    for (size_t i = 0; i < type->field_count; i++) {
        const char *member = shm_c_field(unit, type, i);
        const bool is_struct = type->fields[i].type->kind == SHM_STRUCT;
        if (i > 0)
            shm_c_print(unit, "    if (order == 0)\n    ");
        shm_c_print(unit, "    order = %s(&cell->%s, %skey->%s);\n", compares[i], member,
                    is_struct ? "&" : "", member);
    }
    shm_c_print(unit, "    return order;\n");
}

static void print_body(shm_c_unit *unit, const shm_type *type, const char **compares)
{
    switch (type->kind) {
    case SHM_STRING:
    case SHM_BYTES:
        print_text(unit, type);
        return;
    case SHM_STRUCT:
        print_struct(unit, type, compares);
        return;
    case SHM_UUID:
        shm_c_print(unit, "    return memcmp(cell->bytes, key.bytes, sizeof key.bytes);\n");
        return;
    case SHM_DATE:
        shm_c_print(unit, "    return (cell->days > key.days) - (cell->days < key.days);\n");
        return;
    case SHM_DATETIME:
        shm_c_print(unit,
                    "    return (cell->micros > key.micros) - (cell->micros < key.micros);\n");
        return;
    case SHM_F32:
    case SHM_F64:
        shm_c_print(unit, "    if (*cell != *cell || key != key) /* NaN comes last */\n"
                          "        return (*cell != *cell) - (key != key);\n");
        break;
    default:
        break;
    }
    shm_c_print(unit, "    return (*cell > key) - (*cell < key);\n");
}

/* Recursion: structs in structs, bounded by SHM_STRUCT_DEPTH_MAX. */
const char *shm_c_need_compare(shm_c_unit *unit, const shm_type *type)
{
    const char *name = shm_c_text(unit, "%s_compare", shm_c_family(unit, type));
    const char *key = shm_c_key_type(unit, type);
    if (!shm_c_first(unit, shm_c_text(unit, "compare %s", name)))
        return name;
    const char **compares =
        shm_arena_alloc_array(&unit->arena, type->field_count + 1, sizeof *compares);
    if (compares == NULL) {
        unit->failed = true;
        return name;
    }
    for (size_t i = 0; i < type->field_count; i++)
        compares[i] = shm_c_need_compare(unit, type->fields[i].type);
    shm_c_begin(unit, "int", name,
                shm_c_text(unit, "const %s *cell, %s key", shm_c_in_place(unit, type), key));
    print_body(unit, type, compares);
    shm_c_print(unit, "}\n");
    return name;
}
