/* Values whose text stands for itself: what JSON strings hold, and cells of CSV. */
#include <stdio.h>
#include <string.h>

#include <shm/text.h>

#include "json_row.h"

bool shm_field_null_is_absent(const shm_field *field)
{
    return field->has_default && field->type->kind == SHM_OPTIONAL && !field->type->nullable;
}

bool shm_type_is_plain(const shm_type *type)
{
    switch (type->kind) {
    case SHM_OPTIONAL:
        return shm_type_is_plain(type->element);
    case SHM_ANY:
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
    case SHM_ARRAY:
    case SHM_TUPLE:
    case SHM_TENSOR:
        return false;
    default:
        return true;
    }
}

static bool put_bytes(shm_row_reader *reader, shm_string text, const char *at)
{
    size_t length;
    reader->packed.length = 0;
    uint8_t *bytes = (uint8_t *)shm_out_room(&reader->packed, text.length / 4 * 3 + 4);
    if (!shm_base64_read(text, bytes, &length)) {
        return shm_json_fail_value(&reader->json, at, "base64 (RFC 4648, with padding)");
    }
    shm_put_bytes(reader->builder, shm_bytes_of(bytes, length));
    return shm_row_check(reader, at);
}

static bool put_date(shm_row_reader *reader, shm_string text, const char *at)
{
    shm_date date;
    if (!shm_date_read(text, &date)) {
        return shm_json_fail_value(&reader->json, at, "a date (YYYY-MM-DD, years 0001 to 9999)");
    }
    shm_put_date(reader->builder, date);
    return shm_row_check(reader, at);
}

static bool put_datetime(shm_row_reader *reader, shm_string text, const char *at)
{
    shm_datetime datetime;
    if (!shm_datetime_read(text, &datetime)) {
        return shm_json_fail_value(&reader->json, at,
                                   "a datetime (YYYY-MM-DDThh:mm:ss, a fraction of 0 or 6 digits, "
                                   "then the zone: Z or +hh:mm or -hh:mm)");
    }
    shm_put_datetime(reader->builder, datetime);
    return shm_row_check(reader, at);
}

static bool put_uuid(shm_row_reader *reader, shm_string text, const char *at)
{
    shm_uuid uuid;
    if (!shm_uuid_read(text, &uuid)) {
        return shm_json_fail_value(&reader->json, at, "a uuid (8-4-4-4-12 hexadecimal digits)");
    }
    shm_put_uuid(reader->builder, uuid);
    return shm_row_check(reader, at);
}

static bool put_bool(shm_row_reader *reader, const shm_type *type, shm_string text, const char *at)
{
    const bool is_true = shm_string_equal(text, SHM_STR("true"));
    if (!is_true && !shm_string_equal(text, SHM_STR("false"))) {
        return shm_row_fail_type(reader, at, type);
    }
    shm_put_bool(reader->builder, is_true);
    return shm_row_check(reader, at);
}

/* The builder refused a text: says so with the value as it stands in the file. */
static bool fail_text(shm_row_reader *reader, const shm_type *type, shm_string text, const char *at)
{
    char what[512];
    if (shm_builder_status(reader->builder, NULL) != SHM_INVALID) {
        return shm_row_check(reader, at);
    }
    if (!shm_text_is_utf8(text)) {
        return shm_json_fail_value(&reader->json, at, "valid UTF-8");
    }
    if (type->kind != SHM_ENUM) {
        return shm_row_check(reader, at);
    }
    size_t length = (size_t)snprintf(what, sizeof what / 2, "a value of enum %.200s (", type->name);
    for (size_t i = 0; i < type->value_count; i++) {
        const char *name = type->values[i].name;
        const bool fits = length + strlen(name) + 8 < sizeof what;
        length += (size_t)sprintf(what + length, "%s%s", i == 0 ? "" : ", ", fits ? name : "...");
        if (!fits) {
            break;
        }
    }
    memcpy(what + length, ")", 2);
    return shm_json_fail_value(&reader->json, at, what);
}

bool shm_row_read_plain(shm_row_reader *reader, const shm_type *type, shm_string text,
                        const char *at)
{
    switch (type->kind) {
    case SHM_OPTIONAL:
        return shm_row_read_plain(reader, type->element, text, at);
    case SHM_BOOL:
        return put_bool(reader, type, text, at);
    case SHM_BYTES:
        return put_bytes(reader, text, at);
    case SHM_DATE:
        return put_date(reader, text, at);
    case SHM_DATETIME:
        return put_datetime(reader, text, at);
    case SHM_UUID:
        return put_uuid(reader, text, at);
    case SHM_STRING:
    case SHM_ENUM:
        shm_put_text(reader->builder, text);
        return shm_builder_status(reader->builder, NULL) == SHM_OK ||
               fail_text(reader, type, text, at);
    default:
        return shm_row_put_number(reader, type, text, at);
    }
}
