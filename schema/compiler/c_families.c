/* What a header offers for lists, sets, dicts, tuples and optionals inside of others: functions on
 * their cells, which the accessors of fields are made of. */
#include "schema/compiler/c_unit.h"

static bool has_span(const shm_type *element)
{
    return !shm_c_is_text(element) && !shm_c_is_cell_list(element) && element->kind != SHM_RECORD;
}

const char *shm_c_span(shm_c_unit *unit, const shm_type *element)
{
    if (!has_span(element))
        return NULL;
    const char *name = shm_c_text(unit, "%s_span", shm_c_family(unit, element));
    if (shm_c_first(unit, name))
        shm_c_print(unit, "\ntypedef struct %s {\n    const %s *items;\n    size_t count;\n} %s;\n",
                    name, shm_c_in_place(unit, element), name);
    return name;
}

static void print_elements(shm_c_unit *unit, const shm_type *type, const char *family)
{
    const shm_type *element = type->element;
    const char *in_place = shm_c_in_place(unit, element);
    const char *span = shm_c_span(unit, element);
    if (span != NULL) {
        shm_c_begin(unit, span, shm_c_text(unit, "%s_span", family), "const shm_list_cell *list");
        shm_c_print(unit,
                    "    const shm_span all = shm_list_cell_span(list);\n"
                    "    %s span;\n"
                    "    span.items = (const %s *)all.items;\n"
                    "    span.count = all.count;\n"
                    "    return span;\n}\n",
                    span, in_place);
    }
    shm_c_begin(unit, shm_c_read_type(unit, element), shm_c_text(unit, "%s_at", family),
                "const shm_list_cell *list, size_t i");
    shm_c_print(unit,
                "    const %s *items = (const %s *)shm_list_cell_span(list).items;\n"
                "    return %s;\n}\n",
                in_place, in_place, shm_c_read(unit, element, "items[i]"));
}

static void print_search(shm_c_unit *unit, const shm_type *key, const char *cell,
                         const char *on_hit)
{
    const char *compare = shm_c_need_compare(unit, key);
    const char *in_place = shm_c_in_place(unit, key);
    shm_c_print(unit,
                "    const %s *keys = (const %s *)shm_list_cell_span(%s).items;\n"
                "    size_t low = 0;\n"
                "    size_t high = (size_t)%s->count;\n"
                "    while (low < high) {\n"
                "        const size_t middle = low + (high - low) / 2;\n"
                "        const int order = %s(&keys[middle], key);\n"
                "%s"
                "        if (order < 0)\n"
                "            low = middle + 1;\n"
                "        else\n"
                "            high = middle;\n"
                "    }\n"
                "    return false;\n}\n",
                in_place, in_place, cell, cell, compare, on_hit);
}

static void print_set(shm_c_unit *unit, const shm_type *type, const char *family)
{
    const char *key = shm_c_key_type(unit, type->element);
    shm_c_need_compare(unit, type->element);
    shm_c_begin(unit, "bool", shm_c_text(unit, "%s_contains", family),
                shm_c_text(unit, "const shm_list_cell *set, %s key", key));
    print_search(unit, type->element, "set", "        if (order == 0)\n            return true;\n");
}

static void print_dict(shm_c_unit *unit, const shm_type *type, const char *family)
{
    const char *key_cell = shm_c_in_place(unit, type->key);
    const char *value_cell = shm_c_in_place(unit, type->element);
    const char *value_type = shm_c_read_type(unit, type->element);
    const char *at = shm_c_text(unit, "%s_value_at", family);
    const char *key = shm_c_key_type(unit, type->key);
    shm_c_need_compare(unit, type->key);

    shm_c_begin(unit, shm_c_read_type(unit, type->key), shm_c_text(unit, "%s_key_at", family),
                "const shm_list_cell *dict, size_t i");
    shm_c_print(unit,
                "    const %s *keys = (const %s *)shm_list_cell_span(dict).items;\n"
                "    return %s;\n}\n",
                key_cell, key_cell, shm_c_read(unit, type->key, "keys[i]"));
    shm_c_begin(unit, value_type, at, "const shm_list_cell *dict, size_t i");
    shm_c_print(unit,
                "    const shm_span values = shm_dict_cell_values(dict, sizeof(%s));\n"
                "    const %s *items = (const %s *)values.items;\n"
                "    return %s;\n}\n",
                key_cell, value_cell, value_cell, shm_c_read(unit, type->element, "items[i]"));
    shm_c_print(unit, "\n/* Sets *value if the dict has the key. */");
    shm_c_begin(unit, "bool", shm_c_text(unit, "%s_find", family),
                shm_c_text(unit, "const shm_list_cell *dict, %s key, %s *value", key, value_type));
    print_search(unit, type->key, "dict",
                 shm_c_text(unit,
                            "        if (order == 0) {\n            *value = %s(dict, middle);\n"
                            "            return true;\n        }\n",
                            at));
}

static void print_optional(shm_c_unit *unit, const shm_type *type, const char *family)
{
    const char *argument = shm_c_text(unit, "const %s *optional", family);
    shm_c_inline(unit, "bool", shm_c_text(unit, "%s_has_value", family), argument,
                 "return optional->state == SHM_PRESENT;");
    if (!shm_c_is_plain(type->element) && type->element->kind != SHM_ARRAY)
        shm_c_inline(
            unit, shm_c_read_type(unit, type->element), shm_c_text(unit, "%s_value", family),
            argument,
            shm_c_text(unit, "return %s;", shm_c_read(unit, type->element, "optional->value")));
}

/* Recursion: bounded by SHM_TYPE_DEPTH_MAX, as it stops at names. */
void shm_c_need_family(shm_c_unit *unit, const shm_type *type)
{
    if (type->kind == SHM_ARRAY || type->kind == SHM_LIST || type->kind == SHM_SET ||
        type->kind == SHM_DICT || type->kind == SHM_OPTIONAL)
        shm_c_need_family(unit, type->element);
    if (type->kind == SHM_TUPLE) {
        for (size_t i = 0; i < type->field_count; i++)
            shm_c_need_family(unit, shm_c_value_type(type->fields[i].type));
    }
    const char *family = shm_c_family(unit, type);
    const bool wanted =
        shm_c_is_cell_list(type) || type->kind == SHM_OPTIONAL || type->kind == SHM_TUPLE;
    if (!wanted || !shm_c_first(unit, shm_c_text(unit, "family %s", family)))
        return;
    if (type->kind == SHM_LIST || type->kind == SHM_SET)
        print_elements(unit, type, family);
    if (type->kind == SHM_SET)
        print_set(unit, type, family);
    else if (type->kind == SHM_DICT)
        print_dict(unit, type, family);
    else if (type->kind == SHM_OPTIONAL)
        print_optional(unit, type, family);
    else if (type->kind == SHM_TUPLE)
        shm_c_accessors(unit, type, family, family, false);
}
