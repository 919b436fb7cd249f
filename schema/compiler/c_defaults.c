/* The defaults of a schema, for inputs that start from them. */
#include "schema/compiler/c_unit.h"

#include <math.h>
#include <string.h>

#include <shm/text.h>

/* Octal escapes end after three digits, whatever follows; a second '?' could begin a trigraph. */
const char *shm_c_literal(shm_c_unit *unit, const char *text, size_t length)
{
    shm_output out = {0};
    shm_output_add(&out, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            shm_output_print(&out, "\\%c", c);
        else if (c == '?' && i > 0 && text[i - 1] == '?')
            shm_output_add(&out, "\\?", 2);
        else if (c == '\n')
            shm_output_add(&out, "\\n", 2);
        else if (c < 0x20 || c == 0x7f)
            shm_output_print(&out, "\\%03o", c);
        else
            shm_output_add(&out, text + i, 1);
    }
    shm_output_add(&out, "\"", 1);
    const char *literal =
        out.failed ? NULL : shm_arena_copy_text(&unit->arena, out.text, out.length);
    shm_output_free(&out);
    if (literal == NULL)
        unit->failed = true;
    return literal == NULL ? "\"\"" : literal;
}

/* Bytes that need not be text. */
static const char *bytes_literal(shm_c_unit *unit, shm_string bytes)
{
    const char *literal = "\"";
    for (size_t i = 0; i < bytes.length; i++)
        literal = shm_c_text(unit, "%s\\%03o", literal, (unsigned char)bytes.data[i]);
    return shm_c_text(unit, "%s\"", literal);
}

static const char *integer_literal(shm_c_unit *unit, shm_kind kind, uint64_t bits)
{
    const int64_t value = (int64_t)bits;
    switch (kind) {
    case SHM_U64:
        return shm_c_text(unit, "UINT64_C(%llu)", (unsigned long long)bits);
    case SHM_U32:
        return shm_c_text(unit, "UINT32_C(%llu)", (unsigned long long)bits);
    case SHM_U8:
    case SHM_U16:
        return shm_c_text(unit, "%llu", (unsigned long long)bits);
    case SHM_I64:
        if (value == INT64_MIN)
            return "(-INT64_C(9223372036854775807) - 1)";
        return shm_c_text(unit, "INT64_C(%lld)", (long long)value);
    default:
        if (value == INT32_MIN)
            return "(-2147483647 - 1)";
        return shm_c_text(unit, "%lld", (long long)value);
    }
}

static const char *float_literal(shm_c_unit *unit, shm_kind kind, uint64_t bits)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    double value;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value))
        return isnan(value) ? "NAN" : value < 0 ? "-INFINITY" : "INFINITY";
    if (kind == SHM_F32)
        shm_f32_text((float)value, text);
    else
        shm_f64_text(value, text);
    return shm_c_text(unit, "%s%s", text, kind == SHM_F32 ? "f" : "");
}

static void print_default(shm_c_unit *unit, const shm_type *type, const shm_field *field,
                          const char *place)
{
    const shm_kind kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
    const char *value = "";
    switch (kind) {
    case SHM_BOOL:
        value = field->value.bits != 0 ? "true" : "false";
        break;
    case SHM_F32:
    case SHM_F64:
        value = float_literal(unit, kind, field->value.bits);
        break;
    case SHM_STRING:
    case SHM_DECIMAL:
        value = shm_c_text(unit, "SHM_STR(%s)",
                           shm_c_literal(unit, field->value.text.data, field->value.text.length));
        break;
    case SHM_BYTES:
        value = shm_c_text(unit, "shm_bytes_of(%s, %zu)", bytes_literal(unit, field->value.text),
                           field->value.text.length);
        break;
    case SHM_UUID:
        shm_c_print(unit, "    memcpy(%s.bytes, %s, sizeof %s.bytes);\n", place,
                    bytes_literal(unit, field->value.text), place);
        return;
    case SHM_DATE:
        shm_c_print(unit, "    %s.days = %d;\n", place, (int)(int32_t)field->value.bits);
        return;
    case SHM_DATETIME:
        shm_c_print(unit,
                    "    %s.micros = %s;\n    %s.zone_minutes = %d;\n"
                    "    %s.zone_given = %d;\n",
                    place, integer_literal(unit, SHM_I64, field->value.bits), place,
                    field->value.zone_minutes, place, field->value.zone_given);
        return;
    default:
        value = integer_literal(unit, kind, field->value.bits);
        break;
    }
    shm_c_print(unit, "    %s = %s;", place, value);
    for (size_t i = 0; i < type->value_count; i++) {
        if ((uint64_t)type->values[i].value == field->value.bits)
            shm_c_print(unit, " /* %s */", type->values[i].name);
    }
    shm_c_print(unit, "\n");
}

/* Recursion: structs in structs, bounded by SHM_STRUCT_DEPTH_MAX. */
static void print_fields(shm_c_unit *unit, const shm_type *type, const char *base)
{
    shm_c_flags flags;
    if (!shm_c_input_flags(unit, type, &flags))
        return;
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const char *place = shm_c_text(unit, "%s.%s", base, shm_c_field(unit, type, i));
        if (field->type->kind == SHM_STRUCT)
            print_fields(unit, field->type, place);
        if (!field->has_default)
            continue;
        if (flags.has[i] != NULL)
            shm_c_print(unit, "    %s.%s = true;\n", base, flags.has[i]);
        print_default(unit, shm_c_value_type(field->type), field, place);
    }
}

bool shm_c_needs_math(const shm_type *type)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const shm_kind kind = shm_c_value_type(field->type)->kind;
        double value;
        memcpy(&value, &field->value.bits, sizeof value);
        if (field->has_default && (kind == SHM_F32 || kind == SHM_F64) && !isfinite(value))
            return true;
    }
    return false;
}

void shm_c_defaults(shm_c_unit *unit)
{
    for (size_t i = 0; i < unit->schema->declared_count; i++) {
        const shm_type *type = unit->schema->declared[i];
        if (type->kind != SHM_RECORD || !shm_c_is_own(type))
            continue;
        const char *input = shm_c_input(unit, type);
        shm_c_print(unit, "\n/* %s to build, with the defaults of the schema. */", type->name);
        shm_c_begin(unit, input, shm_c_text(unit, "%s_default", input), "void");
        shm_c_print(unit, "    %s row;\n    memset(&row, 0, sizeof row);\n", input);
        print_fields(unit, type, "row");
        shm_c_print(unit, "    return row;\n}\n");
    }
}
