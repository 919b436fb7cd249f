/* Putting input structs into a builder, value by value. */
#include "schema/compiler/c_unit.h"

#include <assert.h>
#include <string.h>

/* "geo_put_city", "geo_put_list_of_string". */
const char *shm_c_put_name(shm_c_unit *unit, const shm_type *type)
{
    if (type->name == NULL)
        return shm_c_text(unit, "%s_put_%s", unit->family, shm_c_mangle(unit, type));
    const char *whole = shm_c_declared(unit, type);
    const char *dot = strrchr(type->name, '.');
    const char *name = dot == NULL ? type->name : dot + 1;
    name = shm_c_snake(unit, name, strlen(name));
    const int prefix_length = (int)(strlen(whole) - strlen(name));
    return shm_c_text(unit, "%.*sput_%s", prefix_length, whole, name);
}

/* What shm_put_elements takes, of those whose bytes have no gaps. */
static bool is_packed(const shm_type *type)
{
    return (type->kind >= SHM_I8 && type->kind <= SHM_F64) || type->kind == SHM_ENUM ||
           type->kind == SHM_DATE || type->kind == SHM_UUID;
}

static const char *scalar_put(const shm_type *type)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    switch (kind) {
    case SHM_BOOL:
        return "bool";
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
        return "int";
    case SHM_F32:
    case SHM_F64:
        return "float";
    case SHM_STRING:
    case SHM_DECIMAL:
        return "text";
    case SHM_BYTES:
    case SHM_ANY:
        return "bytes";
    case SHM_DATE:
        return "date";
    case SHM_DATETIME:
        return "datetime";
    case SHM_UUID:
        return "uuid";
    default:
        return "uint";
    }
}

static void put_array(shm_c_unit *unit, const shm_type *type, const char *value, const char *indent,
                      int depth)
{
    if (is_packed(type->element)) {
        shm_c_print(unit, "%sshm_put_elements(builder, %s, %llu);\n", indent, value,
                    (unsigned long long)type->length);
        return;
    }
    const char *i = depth == 0 ? "i" : shm_c_text(unit, "i_%d", depth);
    shm_c_print(unit, "%sshm_put_begin(builder);\n%sfor (size_t %s = 0; %s < %llu; %s++) {\n",
                indent, indent, i, i, (unsigned long long)type->length, i);
    shm_c_put_value(unit, type->element, shm_c_text(unit, "%s[%s]", value, i),
                    shm_c_text(unit, "%s    ", indent), depth + 1);
    shm_c_print(unit, "%s}\n%sshm_put_end(builder);\n", indent, indent);
}

/* Recursion: arrays in arrays, bounded by SHM_TYPE_DEPTH_MAX. */
void shm_c_put_value(shm_c_unit *unit, const shm_type *type, const char *value, const char *indent,
                     int depth)
{
    if (type->kind <= SHM_ENUM || type->kind == SHM_REF)
        shm_c_print(unit, "%sshm_put_%s(builder, %s);\n", indent, scalar_put(type), value);
    else if (type->kind == SHM_ARRAY)
        put_array(unit, type, value, indent, depth);
    else
        shm_c_print(unit, "%s%s(builder, %s%s);\n", indent, shm_c_put_name(unit, type),
                    type->kind == SHM_RECORD ? "" : "&", value);
}

void shm_c_put_fields(shm_c_unit *unit, const shm_type *type, const char *in)
{
    shm_c_flags flags;
    if (!shm_c_input_flags(unit, type, &flags))
        return;
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_type *value = shm_c_value_type(type->fields[i].type);
        const char *has = flags.has[i];
        const char *null = flags.null[i];
        const char *place = shm_c_text(unit, "%s->%s", in, shm_c_field(unit, type, i));
        const char *indent = has == NULL && null == NULL ? "    " : "        ";
        if (null != NULL)
            shm_c_print(unit, "    if (%s->%s) {\n        shm_put_null(builder);\n    } else %s",
                        in, null, has == NULL ? "{\n" : "");
        if (has != NULL)
            shm_c_print(unit, "%sif (%s->%s) {\n", null == NULL ? "    " : "", in, has);
        shm_c_put_value(unit, value, place, indent, 0);
        if (has != NULL)
            shm_c_print(unit, "    } else {\n        shm_put_absent(builder);\n");
        if (has != NULL || null != NULL)
            shm_c_print(unit, "    }\n");
    }
}

static void begin_put(shm_c_unit *unit, const shm_type *type)
{
    shm_c_begin(unit, "void", shm_c_put_name(unit, type),
                shm_c_text(unit, "shm_builder *builder, const %s *in", shm_c_input(unit, type)));
}

static void print_list(shm_c_unit *unit, const shm_type *type)
{
    assert(type->element != NULL);
    begin_put(unit, type);
    if (type->kind == SHM_TENSOR) {
        shm_c_print(unit, "    const uint64_t empty = 0;\n"
                          "    if (in->shape == NULL)\n"
                          "        shm_put_tensor(builder, NULL, &empty, 1);\n"
                          "    else\n"
                          "        shm_put_tensor(builder, in->items, in->shape, in->ndim);\n}\n");
        return;
    }
    if (type->kind != SHM_DICT && is_packed(type->element)) {
        shm_c_print(unit, "    shm_put_elements(builder, in->items, in->count);\n}\n");
        return;
    }
    shm_c_print(unit, "    shm_put_begin(builder);\n"
                      "    for (size_t i = 0; i < in->count; i++) {\n");
    if (type->kind == SHM_DICT) {
        shm_c_put_value(unit, type->key, "in->items[i].key", "        ", 1);
        shm_c_put_value(unit, type->element, "in->items[i].value", "        ", 1);
    } else if (type->element->kind == SHM_RECORD) {
        shm_c_put_value(unit, type->element, "&in->items[i]", "        ", 1);
    } else if (type->element->kind == SHM_ARRAY && !shm_c_is_plain(type->element)) {
        shm_c_put_value(unit, type->element, "in->items[i].items", "        ", 1);
    } else {
        shm_c_put_value(unit, type->element, "in->items[i]", "        ", 1);
    }
    shm_c_print(unit, "    }\n    shm_put_end(builder);\n}\n");
}

static void print_optional(shm_c_unit *unit, const shm_type *type)
{
    assert(type->element != NULL);
    begin_put(unit, type);
    shm_c_print(unit, "    if (!in->has_value) {\n        shm_put_absent(builder);\n"
                      "        return;\n    }\n");
    shm_c_put_value(unit, type->element, "in->value", "    ", 0);
    shm_c_print(unit, "}\n");
}

static void print_inside(shm_c_unit *unit, const shm_type *type)
{
    begin_put(unit, type);
    shm_c_print(unit, "    shm_put_begin(builder);\n");
    shm_c_put_fields(unit, type, "in");
    shm_c_print(unit, "    shm_put_end(builder);\n}\n");
}

/* Recursion: bounded by SHM_TYPE_DEPTH_MAX, as it stops at names. */
void shm_c_need_put(shm_c_unit *unit, const shm_type *type)
{
    if (type->name != NULL || type->kind <= SHM_UUID || type->kind == SHM_REF)
        return;
    if (type->kind == SHM_DICT)
        shm_c_need_put(unit, type->key);
    if (type->element != NULL)
        shm_c_need_put(unit, type->element);
    for (size_t i = 0; i < type->field_count; i++)
        shm_c_need_put(unit, shm_c_value_type(type->fields[i].type));
    if (type->kind == SHM_ARRAY ||
        !shm_c_first(unit, shm_c_text(unit, "put %s", shm_c_put_name(unit, type))))
        return;
    if (shm_c_is_cell_list(type))
        print_list(unit, type);
    else if (type->kind == SHM_OPTIONAL)
        print_optional(unit, type);
    else
        print_inside(unit, type);
}

static void print_record(shm_c_unit *unit, const shm_type *type)
{
    const char *name = shm_c_put_name(unit, type);
    const char *arguments =
        shm_c_text(unit, "shm_builder *builder, const %s *in", shm_c_input(unit, type));
    const char *fields = shm_c_text(unit, "%s_fields", name);
    shm_c_print(unit, "\n/* Puts the fields into the row or value that was begun. */");
    shm_c_begin(unit, "void", fields, arguments);
    shm_c_put_fields(unit, type, "in");
    if (type->field_count == 0)
        shm_c_print(unit, "    (void)builder;\n    (void)in;\n");
    shm_c_print(unit, "}\n\n/* Puts a nested %s; NULL puts an absent one. */", type->name);
    shm_c_begin(unit, "void", name, arguments);
    shm_c_print(unit,
                "    if (in == NULL) {\n        shm_put_absent(builder);\n"
                "        return;\n    }\n    shm_put_begin(builder);\n    %s(builder, in);\n"
                "    shm_put_end(builder);\n}\n",
                fields);
}

void shm_c_puts(shm_c_unit *unit)
{
    const shm_schema *schema = unit->schema;
    shm_c_print(unit, "\n");
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (type->kind != SHM_ENUM && shm_c_is_own(type))
            shm_c_print(unit, "static inline void %s(shm_builder *builder, const %s *in);\n",
                        shm_c_put_name(unit, type), shm_c_input(unit, type));
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        for (size_t k = 0; shm_c_is_own(type) && k < type->field_count; k++)
            shm_c_need_put(unit, shm_c_value_type(type->fields[k].type));
    }
    for (size_t i = 0; i < schema->declared_count; i++) {
        const shm_type *type = schema->declared[i];
        if (!shm_c_is_own(type) || type->kind == SHM_ENUM)
            continue;
        if (type->kind == SHM_RECORD)
            print_record(unit, type);
        else
            print_inside(unit, type);
    }
}
