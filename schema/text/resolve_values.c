#include <math.h>
#include <string.h>

#include <shm/text.h>

#include "schema/text/resolve.h"

enum { QUOTED_BYTES_MAX = 60 };

static bool is_word(const shm_ast_literal *literal, const char *word)
{
    return literal->kind == SHM_LITERAL_NAME && literal->text.length == strlen(word) &&
           memcmp(literal->text.data, word, literal->text.length) == 0;
}

static int quoted(const shm_ast_literal *literal)
{
    size_t length = literal->text.length;
    if (length > QUOTED_BYTES_MAX) {
        length = QUOTED_BYTES_MAX;
        while (length > 0 && ((unsigned char)literal->text.data[length] & 0xc0) == 0x80)
            length--;
    }
    return (int)length;
}

/* A long constant that is named often would make a short text a schema without bound: what all
 * constants expand to is no more than a text may hold. */
static const shm_ast_literal *expand(shm_resolver *resolver, const shm_ast_file *file,
                                     const shm_ast_literal *literal, const shm_ast_literal *value)
{
    resolver->expanded_bytes += value->text.length;
    if (resolver->expanded_bytes <= SHM_SCHEMA_TEXT_BYTES_MAX)
        return value;
    shm_diagnose(resolver->diagnostics, &file->source, literal->at, SHM_LIMIT,
                 "what the constants of the schema stand for takes more than %d bytes",
                 SHM_SCHEMA_TEXT_BYTES_MAX);
    return NULL;
}

const shm_ast_literal *shm_resolve_literal(shm_resolver *resolver, const shm_ast_file *file,
                                           const shm_ast_literal *literal)
{
    const shm_ast_name name = {literal->text.data, (uint32_t)literal->text.length, literal->at};
    bool ambiguous;
    if (literal->kind != SHM_LITERAL_NAME || is_word(literal, "true") || is_word(literal, "false"))
        return literal;
    const shm_symbol *symbol = shm_resolve_symbol(resolver, file, &name, &ambiguous);
    if (symbol == NULL) {
        if (!ambiguous)
            shm_resolver_miss(resolver, file, literal->at, "there is no constant '%.*s'",
                              (int)name.length, name.text);
        return NULL;
    }
    if (symbol->declaration->kind != SHM_DECLARE_CONST) {
        shm_resolver_fail(resolver, file, literal->at, "'%.*s' is a type, not a constant",
                          (int)name.length, name.text);
        return NULL;
    }
    if (symbol->value == NULL && symbol->state == SHM_SYMBOL_NEW)
        shm_resolver_fail(resolver, file, literal->at,
                          "the constant '%.*s' is used above its declaration", (int)name.length,
                          name.text);
    return symbol->value == NULL ? NULL : expand(resolver, file, literal, symbol->value);
}

static bool read_integer(const shm_ast_literal *literal, shm_integer *integer)
{
    shm_string text = literal->text;
    if (literal->kind != SHM_LITERAL_NUMBER)
        return false;
    integer->negative = text.data[0] == '-';
    if (integer->negative)
        text = shm_string_of(text.data + 1, text.length - 1);
    return shm_u64_read(text, &integer->magnitude);
}

bool shm_integer_fits(shm_integer integer, shm_kind kind)
{
    const unsigned bits = 8U << ((unsigned)(kind - SHM_I8) & 3U);
    const uint64_t all = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    if (!shm_kind_is_signed(kind))
        return integer.magnitude <= all && (!integer.negative || integer.magnitude == 0);
    return integer.magnitude <= all / 2 + (integer.negative ? 1 : 0);
}

bool shm_resolve_integer(shm_resolver *resolver, const shm_ast_file *file,
                         const shm_ast_literal *literal, shm_kind kind, uint64_t *bits)
{
    shm_integer integer;
    const shm_ast_literal *value = shm_resolve_literal(resolver, file, literal);
    if (value == NULL)
        return false;
    if (!read_integer(value, &integer) || !shm_integer_fits(integer, kind))
        return shm_resolver_fail(resolver, file, literal->at,
                                 "'%.*s' is not an integer that %s can hold", quoted(value),
                                 value->text.data, shm_scalar_name(kind));
    *bits = integer.negative ? 0 - integer.magnitude : integer.magnitude;
    return true;
}

bool shm_resolve_count(shm_resolver *resolver, const shm_ast_file *file,
                       const shm_ast_literal *literal, const char *what, uint64_t least,
                       uint64_t most, uint64_t *count)
{
    shm_integer integer;
    const shm_ast_literal *value = shm_resolve_literal(resolver, file, literal);
    if (value == NULL)
        return false;
    if (!read_integer(value, &integer) || (integer.negative && integer.magnitude > 0) ||
        integer.magnitude < least || integer.magnitude > most)
        return shm_resolver_fail(
            resolver, file, literal->at, "%s is an integer from %llu to %llu, not '%.*s'", what,
            (unsigned long long)least, (unsigned long long)most, quoted(value), value->text.data);
    *count = integer.magnitude;
    return true;
}

static uint64_t f64_bits(double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

/* Numbers, and the strings "NaN", "Infinity" and "-Infinity"; no other strings. */
static bool read_float(const shm_ast_literal *literal, shm_kind kind, uint64_t *bits)
{
    double number;
    float narrow;
    if (literal->kind == SHM_LITERAL_NAME)
        return false;
    if (kind == SHM_F32) {
        if (!shm_f32_read(literal->text, &narrow))
            return false;
        number = (double)narrow;
    } else if (!shm_f64_read(literal->text, &number)) {
        return false;
    }
    if (literal->kind == SHM_LITERAL_STRING && isfinite(number))
        return false;
    *bits = f64_bits(isnan(number) ? (double)NAN : number);
    return true;
}

static bool copy_text(shm_resolver *resolver, shm_string text, shm_field *field)
{
    const char *copy = shm_arena_copy_text(resolver->arena, text.data, text.length);
    field->value.text = shm_string_of(copy, text.length);
    return copy != NULL;
}

/* Defaults of kinds that are written as strings (decimals as numbers, too).  Sets *is_value. */
static bool read_text_default(shm_resolver *resolver, const shm_ast_literal *literal, shm_kind kind,
                              shm_field *field, bool *is_value)
{
    shm_datetime datetime;
    shm_uuid uuid;
    shm_date date;
    *is_value = literal->kind == SHM_LITERAL_STRING;
    switch (kind) {
    case SHM_STRING:
    case SHM_BYTES:
        return !*is_value || copy_text(resolver, literal->text, field);
    case SHM_DECIMAL:
        *is_value = literal->kind != SHM_LITERAL_NAME && shm_decimal_valid(literal->text);
        return !*is_value || copy_text(resolver, literal->text, field);
    case SHM_UUID:
        *is_value = *is_value && shm_uuid_read(literal->text, &uuid);
        return !*is_value ||
               copy_text(resolver, shm_string_of((const char *)uuid.bytes, sizeof uuid), field);
    case SHM_DATE:
        *is_value = *is_value && shm_date_read(literal->text, &date);
        if (*is_value)
            field->value.bits = (uint64_t)(int64_t)date.days;
        return true;
    default:
        *is_value = *is_value && shm_datetime_read(literal->text, &datetime);
        if (*is_value) {
            field->value.bits = (uint64_t)datetime.micros;
            field->value.zone_minutes = datetime.zone_minutes;
            field->value.zone_given = datetime.zone_given;
        }
        return true;
    }
}

static bool enum_default(shm_resolver *resolver, const shm_ast_file *file,
                         const shm_ast_literal *literal, const shm_type *type, shm_field *field)
{
    const shm_symbol *symbol = &resolver->symbols[shm_type_node_of(type)->declared_at];
    const shm_enum_value *value =
        shm_name_table_find(&symbol->members, literal->text.data, literal->text.length);
    if (value != NULL && literal->kind == SHM_LITERAL_NAME) {
        field->value.bits = (uint64_t)value->value;
        field->value.text = shm_string_of(value->name, literal->text.length);
        return true;
    }
    return shm_resolver_miss(resolver, file, literal->at, "'%.*s' is no value of the enum %s",
                             quoted(literal), literal->text.data, type->name);
}

static const char *default_form(shm_kind kind)
{
    switch (kind) {
    case SHM_BOOL:
        return "true or false";
    case SHM_F32:
    case SHM_F64:
        return "a number that it can hold, or \"NaN\", \"Infinity\", \"-Infinity\"";
    case SHM_DECIMAL:
        return "a number, or a string with one in it";
    case SHM_DATE:
        return "a string like \"2024-02-29\"";
    case SHM_DATETIME:
        return "a string like \"2024-02-29T12:00:00Z\"";
    case SHM_UUID:
        return "a string like \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"";
    default:
        return "a string";
    }
}

bool shm_resolve_default(shm_resolver *resolver, const shm_ast_file *file,
                         const shm_ast_literal *literal, shm_field *field)
{
    const shm_type *type = field->type->kind == SHM_OPTIONAL ? field->type->element : field->type;
    bool is_value = true;
    field->has_default = true;
    if (field->type->kind == SHM_OPTIONAL && field->type->nullable) {
        shm_resolver_fail(resolver, file, literal->at,
                          "a field of type T?? has no default: one that is left out is absent");
        return true;
    }
    if (type->kind == SHM_ENUM) {
        enum_default(resolver, file, literal, type, field);
        return true;
    }
    if (type->kind > SHM_UUID || type->kind == SHM_ANY) {
        shm_resolver_fail(resolver, file, literal->at,
                          "a field of this type has no default: bool, numbers, string, bytes, "
                          "dates, uuid and enums may have one");
        return true;
    }
    const shm_ast_literal *value = shm_resolve_literal(resolver, file, literal);
    if (value == NULL)
        return true;
    if (shm_kind_is_integer(type->kind)) {
        shm_resolve_integer(resolver, file, literal, type->kind, &field->value.bits);
        return true;
    }
    if (type->kind == SHM_BOOL) {
        is_value = value->kind == SHM_LITERAL_NAME;
        field->value.bits = is_word(value, "true");
    } else if (type->kind == SHM_F32 || type->kind == SHM_F64) {
        is_value = read_float(value, type->kind, &field->value.bits);
    } else if (!read_text_default(resolver, value, type->kind, field, &is_value)) {
        return false;
    }
    if (!is_value)
        shm_resolver_fail(resolver, file, literal->at, "the default of a %s is %s, not '%.*s'",
                          shm_scalar_name(type->kind), default_form(type->kind), quoted(value),
                          value->text.data);
    return true;
}
