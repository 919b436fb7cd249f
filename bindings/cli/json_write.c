#include "json_write.h"

#include <math.h>

#include <shm/text.h>

#include "json_row.h"

/* The first byte that must be escaped, or the end. */
static const char *plain_end(const char *at, const char *end)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    while (end - at >= 8) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        const uint64_t quote = word ^ (ones * '"');
        const uint64_t backslash = word ^ (ones * '\\');
        const uint64_t marks = (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
                                ((word - ones * 0x20) & ~word)) &
                               highs;
        if (marks != 0) {
            return at + __builtin_ctzll(marks) / 8;
        }
        at += 8;
    }
    while (at < end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20) {
        at++;
    }
    return at;
}

static void put_escape(shm_out *out, unsigned char c)
{
    static const char names[] = "btn?fr";
    shm_out_char(out, '\\');
    if (c >= '\b' && c <= '\r' && c != '\v') {
        shm_out_char(out, names[c - '\b']);
    } else if (c < 0x20) {
        shm_out_print(out, "u%04x", c);
    } else {
        shm_out_char(out, (char)c);
    }
}

void shm_json_write_string(shm_out *out, shm_string text)
{
    const char *at = text.data;
    const char *end = at + text.length;
    shm_out_char(out, '"');
    while (at < end) {
        const char *stop = plain_end(at, end);
        shm_out_bytes(out, at, (size_t)(stop - at));
        if (stop < end) {
            put_escape(out, (unsigned char)*stop++);
        }
        at = stop;
    }
    shm_out_char(out, '"');
}

void shm_json_write_text(shm_out *out, const char *text)
{
    shm_json_write_string(out, shm_string_of(text, strlen(text)));
}

void shm_json_write_u64(shm_out *out, uint64_t value)
{
    out->length += shm_u64_text(value, shm_out_room(out, SHM_INTEGER_TEXT_BYTES));
}

void shm_json_write_i64(shm_out *out, int64_t value)
{
    out->length += shm_i64_text(value, shm_out_room(out, SHM_INTEGER_TEXT_BYTES));
}

static void put_number_text(shm_out *out, const char *text, size_t length, bool quoted)
{
    if (quoted) {
        shm_out_char(out, '"');
    }
    shm_out_bytes(out, text, length);
    if (quoted) {
        shm_out_char(out, '"');
    }
}

void shm_json_write_f64(shm_out *out, double value, bool quoted)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    put_number_text(out, text, shm_f64_text(value, text), quoted && !isfinite(value));
}

void shm_json_write_f32(shm_out *out, float value, bool quoted)
{
    char text[SHM_FLOAT_TEXT_BYTES];
    put_number_text(out, text, shm_f32_text(value, text), quoted && !isfinite(value));
}

void shm_json_write_fingerprint(shm_out *out, const uint64_t fingerprint[2])
{
    shm_out_print(out, "%016llx%016llx", (unsigned long long)fingerprint[1],
                  (unsigned long long)fingerprint[0]);
}

static void put_base64(shm_out *out, shm_bytes bytes)
{
    char *room = shm_out_room(out, shm_base64_length(bytes.length) + 1);
    out->length += shm_base64_text(bytes, room);
}

static void put_enum(shm_out *out, const shm_value *value)
{
    const char *name = shm_value_enum_name(value);
    const uint64_t word = shm_value_word(value);
    if (name != NULL) {
        shm_out_text(out, name);
    } else if (value->type->element->kind >= SHM_U8) {
        shm_json_write_u64(out, word);
    } else {
        shm_json_write_i64(out, (int64_t)word);
    }
}

/* Scalars that stand in JSON as they are: numbers, bools.  False if it is none. */
static bool put_bare(shm_out *out, const shm_value *value, bool quoted)
{
    switch (value->type->kind) {
    case SHM_BOOL:
        shm_out_text(out, shm_value_word(value) != 0 ? "true" : "false");
        return true;
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
        shm_json_write_i64(out, (int64_t)shm_value_word(value));
        return true;
    case SHM_U8:
    case SHM_U16:
    case SHM_U32:
    case SHM_U64:
    case SHM_REF:
        shm_json_write_u64(out, shm_value_word(value));
        return true;
    case SHM_F32:
        shm_json_write_f32(out, (float)shm_value_float(value), quoted);
        return true;
    case SHM_F64:
        shm_json_write_f64(out, shm_value_float(value), quoted);
        return true;
    case SHM_DECIMAL:
        shm_out_string(out, shm_value_text(value));
        return true;
    default:
        return false;
    }
}

void shm_json_write_plain(shm_out *out, const shm_value *value)
{
    switch (value->type->kind) {
    case SHM_STRING:
        shm_out_string(out, shm_value_text(value));
        break;
    case SHM_BYTES: {
        const shm_string text = shm_value_text(value);
        put_base64(out, shm_bytes_of(text.data, text.length));
        break;
    }
    case SHM_ENUM:
        put_enum(out, value);
        break;
    case SHM_DATE:
        out->length += shm_date_text(shm_value_date(value), shm_out_room(out, SHM_DATE_TEXT_BYTES));
        break;
    case SHM_DATETIME:
        out->length += shm_datetime_text(shm_value_datetime(value),
                                         shm_out_room(out, SHM_DATETIME_TEXT_BYTES));
        break;
    case SHM_UUID:
        out->length += shm_uuid_text(shm_value_uuid(value), shm_out_room(out, SHM_UUID_TEXT_BYTES));
        break;
    default:
        put_bare(out, value, false);
        break;
    }
}

void shm_json_write_held(shm_out *out, const shm_type *type, shm_presence presence,
                         const shm_value *value)
{
    if (presence != SHM_PRESENT) {
        shm_out_text(out, "null");
    } else if (type->kind == SHM_OPTIONAL && value->type->kind == SHM_ANY &&
               shm_value_text(value).length == 0) {
        shm_out_text(out, "{\"$null\":null}");
    } else {
        shm_json_write(out, value);
    }
}

static void put_fields(shm_out *out, const shm_value *value)
{
    const shm_type *type = value->type;
    char before = '{';
    for (size_t i = 0; i < type->field_count; i++) {
        shm_value inner;
        const shm_presence presence = shm_value_field(value, i, &inner);
        if (presence == SHM_ABSENT && !shm_field_null_is_absent(&type->fields[i])) {
            continue;
        }
        shm_out_char(out, before);
        shm_out_char(out, '"');
        shm_out_text(out, type->fields[i].name);
        shm_out_bytes(out, "\":", 2);
        shm_json_write_held(out, type->fields[i].type, presence, &inner);
        before = ',';
    }
    if (before == '{') {
        shm_out_char(out, '{');
    }
    shm_out_char(out, '}');
}

static void put_tuple(shm_out *out, const shm_value *value)
{
    shm_out_char(out, '[');
    for (size_t i = 0; i < value->type->field_count; i++) {
        shm_value inner;
        if (i > 0) {
            shm_out_char(out, ',');
        }
        const shm_presence presence = shm_value_field(value, i, &inner);
        shm_json_write_held(out, value->type->fields[i].type, presence, &inner);
    }
    shm_out_char(out, ']');
}

static void put_item(shm_out *out, const shm_value *value, uint64_t i)
{
    shm_value item;
    const shm_presence presence = shm_value_item(value, i, &item);
    shm_json_write_held(out, value->type->element, presence, &item);
}

static void put_items(shm_out *out, const shm_value *value)
{
    const uint64_t count = shm_value_count(value);
    shm_out_char(out, '[');
    for (uint64_t i = 0; i < count; i++) {
        if (i > 0) {
            shm_out_char(out, ',');
        }
        put_item(out, value, i);
    }
    shm_out_char(out, ']');
}

static void put_dict(shm_out *out, const shm_value *value)
{
    const uint64_t count = shm_value_count(value);
    const bool named = value->type->key->kind == SHM_STRING;
    shm_out_char(out, named ? '{' : '[');
    for (uint64_t i = 0; i < count; i++) {
        shm_value key;
        if (i > 0) {
            shm_out_char(out, ',');
        }
        if (!named) {
            shm_out_char(out, '[');
        }
        shm_value_dict_key(value, i, &key);
        shm_json_write(out, &key);
        shm_out_char(out, named ? ':' : ',');
        put_item(out, value, i);
        if (!named) {
            shm_out_char(out, ']');
        }
    }
    shm_out_char(out, named ? '}' : ']');
}

void shm_json_write(shm_out *out, const shm_value *value)
{
    shm_out_pass(out);
    switch (value->type->kind) {
    case SHM_STRING:
        shm_json_write_string(out, shm_value_text(value));
        break;
    case SHM_ANY: {
        const shm_string text = shm_value_text(value);
        shm_json_write_any(out, shm_bytes_of(text.data, text.length));
        break;
    }
    case SHM_STRUCT:
    case SHM_RECORD:
        put_fields(out, value);
        break;
    case SHM_TUPLE:
        put_tuple(out, value);
        break;
    case SHM_LIST:
    case SHM_SET:
    case SHM_ARRAY:
        put_items(out, value);
        break;
    case SHM_DICT:
        put_dict(out, value);
        break;
    case SHM_TENSOR: {
        const shm_tensor tensor = shm_value_tensor(value);
        shm_json_write_tensor(out, &tensor, value->type->element->kind);
        break;
    }
    default:
        if (!put_bare(out, value, true)) {
            shm_out_char(out, '"');
            shm_json_write_plain(out, value);
            shm_out_char(out, '"');
        }
        break;
    }
}
