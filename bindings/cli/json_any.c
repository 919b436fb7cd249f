/* Values typed at run time: natural JSON, and tagged objects for what JSON lacks. */
#include <string.h>

#include <shm/any.h>
#include <shm/text.h>

#include "cli.h"
#include "json_row.h"

static bool read_node(shm_row_reader *reader);

static bool read_integer(shm_row_reader *reader, shm_string token, const char *at)
{
    int64_t integer;
    uint64_t magnitude;
    if (shm_string_equal(token, SHM_STR("-0"))) {
        shm_any_put_int(reader->any, 0);
    } else if (shm_i64_read(token, &integer)) {
        shm_any_put_int(reader->any, integer);
    } else if (shm_u64_read(token, &magnitude)) {
        shm_any_put_uint(reader->any, magnitude);
    } else {
        return shm_json_fail_value(&reader->json, at,
                                   "in the range of 64-bit integers; a "
                                   "{\"$decimal\": ...} holds any number");
    }
    return true;
}

static bool read_number(shm_row_reader *reader)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    shm_string token;
    bool integral;
    double number;
    if (!shm_json_number(json, &token, &integral)) {
        return false;
    }
    if (integral) {
        return read_integer(reader, token, at);
    }
    if (!shm_f64_read(token, &number)) {
        return shm_json_fail_value(json, at, "in the range of f64");
    }
    shm_any_put_float(reader->any, number);
    return true;
}

static bool put_text(shm_row_reader *reader, shm_string text, const char *at)
{
    if (!shm_text_is_utf8(text)) {
        return shm_json_fail_value(&reader->json, at, "valid UTF-8");
    }
    shm_any_put_text(reader->any, SHM_ANY_STRING, text);
    return true;
}

/* The elements of the array that comes next. */
static bool read_elements(shm_row_reader *reader, shm_any_kind kind)
{
    shm_json *json = &reader->json;
    shm_json_step step = {.outer = json->path};
    if (!shm_json_open(json, '[')) {
        return false;
    }
    shm_any_put_begin(reader->any, kind);
    json->path = &step;
    for (; shm_json_next(json, ']', step.index); step.index++) {
        if (!read_node(reader)) {
            return false;
        }
    }
    json->path = step.outer;
    shm_any_put_end(reader->any);
    return json->failed_at == NULL;
}

/* One [key, value] of a {"$dict": ...}. */
static bool read_pair(shm_row_reader *reader)
{
    shm_json *json = &reader->json;
    shm_json_peek(json);
    const char *at = json->at;
    if (!shm_json_open(json, '[')) {
        return false;
    }
    for (uint64_t count = 0; count < 2; count++) {
        if (!shm_json_next(json, ']', count)) {
            return json->failed_at == NULL && shm_json_fail_value(json, at, "a pair [key, value]");
        }
        if (!read_node(reader)) {
            return false;
        }
    }
    if (shm_json_next(json, ']', 2)) {
        return shm_json_fail_value(json, at, "a pair [key, value]");
    }
    return json->failed_at == NULL;
}

static bool read_pairs(shm_row_reader *reader)
{
    shm_json *json = &reader->json;
    shm_json_step step = {.outer = json->path};
    if (!shm_json_open(json, '[')) {
        return false;
    }
    shm_any_put_begin(reader->any, SHM_ANY_DICT);
    json->path = &step;
    for (; shm_json_next(json, ']', step.index); step.index++) {
        if (!read_pair(reader)) {
            return false;
        }
    }
    json->path = step.outer;
    shm_any_put_end(reader->any);
    return json->failed_at == NULL;
}

/* ---- tags ---- */

static bool read_bytes_tag(shm_row_reader *reader, shm_string text)
{
    size_t length;
    reader->packed.length = 0;
    uint8_t *bytes = (uint8_t *)shm_out_room(&reader->packed, text.length / 4 * 3 + 4);
    if (!shm_base64_read(text, bytes, &length)) {
        return false;
    }
    shm_any_put_text(reader->any, SHM_ANY_BYTES, shm_string_of((const char *)bytes, length));
    return true;
}

static bool read_date_tag(shm_row_reader *reader, shm_string text)
{
    shm_date date;
    if (!shm_date_read(text, &date)) {
        return false;
    }
    shm_any_put_date(reader->any, date);
    return true;
}

static bool read_datetime_tag(shm_row_reader *reader, shm_string text)
{
    shm_datetime datetime;
    if (!shm_datetime_read(text, &datetime)) {
        return false;
    }
    shm_any_put_datetime(reader->any, datetime);
    return true;
}

static bool read_uuid_tag(shm_row_reader *reader, shm_string text)
{
    shm_uuid uuid;
    if (!shm_uuid_read(text, &uuid)) {
        return false;
    }
    shm_any_put_uuid(reader->any, uuid);
    return true;
}

static bool read_decimal_tag(shm_row_reader *reader, shm_string text)
{
    if (!shm_decimal_valid(text)) {
        return false;
    }
    shm_any_put_text(reader->any, SHM_ANY_DECIMAL, text);
    return true;
}

static bool read_float_tag(shm_row_reader *reader, shm_string text)
{
    double number;
    if (!shm_f64_read(text, &number)) {
        return false;
    }
    shm_any_put_float(reader->any, number);
    return true;
}

typedef struct text_tag {
    const char *name;
    bool number; /* takes a JSON number, too */
    bool (*read)(shm_row_reader *reader, shm_string text);
    const char *what;
} text_tag;

static const text_tag text_tags[] = {
    {"$bytes", false, read_bytes_tag, "base64 (RFC 4648, with padding)"},
    {"$date", false, read_date_tag, "a date (YYYY-MM-DD, years 0001 to 9999)"},
    {"$datetime", false, read_datetime_tag, "a datetime with a zone (Z or +hh:mm)"},
    {"$decimal", true, read_decimal_tag, "a decimal"},
    {"$float", true, read_float_tag, "a float"},
    {"$uuid", false, read_uuid_tag, "a uuid"},
};

static bool read_text_tag(shm_row_reader *reader, const text_tag *tag)
{
    shm_json *json = &reader->json;
    shm_string text;
    bool integral;
    const char c = shm_json_peek(json);
    const char *at = json->at;
    if (c == '"' ? !shm_json_string(json, &text)
                 : !tag->number || !shm_json_number(json, &text, &integral)) {
        return shm_json_fail_value(json, at, tag->what);
    }
    return tag->read(reader, text) || shm_json_fail_value(json, at, tag->what);
}

/* {"$null":null}: a null that is there, where a bare one says that an optional is absent. */
static bool read_null_tag(shm_row_reader *reader)
{
    shm_json *json = &reader->json;
    shm_json_peek(json);
    const char *at = json->at;
    if (!shm_json_take_word(json, "null", 4)) {
        return shm_json_fail_value(json, at, "null");
    }
    shm_any_put_null(reader->any);
    return true;
}

/* Reads the value of a tagged object up to its '}'; `key_at` is the tag, `name` its unescaped
 * text. */
static bool read_tagged(shm_row_reader *reader, shm_string name, shm_string raw, const char *key_at)
{
    shm_json *json = &reader->json;
    bool good = false;
    bool known = false;
    for (size_t i = 0; i < sizeof text_tags / sizeof *text_tags && !known; i++) {
        known = shm_string_equal(name, shm_string_of(text_tags[i].name, strlen(text_tags[i].name)));
        if (known) {
            good = read_text_tag(reader, &text_tags[i]);
        }
    }
    if (!known && shm_string_equal(name, SHM_STR("$set"))) {
        good = read_elements(reader, SHM_ANY_SET);
    } else if (!known && shm_string_equal(name, SHM_STR("$tuple"))) {
        good = read_elements(reader, SHM_ANY_TUPLE);
    } else if (!known && shm_string_equal(name, SHM_STR("$dict"))) {
        good = read_pairs(reader);
    } else if (!known && shm_string_equal(name, SHM_STR("$null"))) {
        good = read_null_tag(reader);
    } else if (!known) {
        char quoted[SHM_JSON_QUOTED_BYTES];
        shm_json_quote_text(raw, quoted);
        return shm_json_fail(json, key_at,
                             "%s is no tag; a key that begins with $ is written with $$", quoted);
    }
    if (!good) {
        return false;
    }
    if (shm_json_next(json, '}', 1)) {
        return shm_json_fail(json, key_at,
                             "a tagged object holds nothing else; a key that begins with $ is "
                             "written with $$");
    }
    return json->failed_at == NULL;
}

static bool is_tag(shm_string key)
{
    return key.length > 0 && key.data[0] == '$' && (key.length == 1 || key.data[1] != '$');
}

/* An object after its '{': a tag if its only key begins with one $, else a dict with string
 * keys. */
static bool read_object(shm_row_reader *reader)
{
    shm_json *json = &reader->json;
    shm_json_step step = {.outer = json->path};
    if (!shm_json_open(json, '{')) {
        return false;
    }
    uint64_t count = 0;
    for (; shm_json_next(json, '}', count); count++) {
        shm_string key;
        shm_json_peek(json);
        const char *key_at = json->at;
        if (!shm_json_key(json, &key, &step.key)) {
            return false;
        }
        if (is_tag(key)) {
            if (count == 0) {
                return read_tagged(reader, key, step.key, key_at);
            }
            return shm_json_fail(json, key_at, "a key that begins with $ is written with $$");
        }
        if (count == 0) {
            shm_any_put_begin(reader->any, SHM_ANY_DICT);
        }
        if (key.length > 1 && key.data[0] == '$') {
            key = shm_string_of(key.data + 1, key.length - 1);
        }
        if (!put_text(reader, key, key_at)) {
            return false;
        }
        json->path = &step;
        if (!read_node(reader)) {
            return false;
        }
        json->path = step.outer;
    }
    if (count == 0) {
        shm_any_put_begin(reader->any, SHM_ANY_DICT);
    }
    shm_any_put_end(reader->any);
    return json->failed_at == NULL;
}

static bool read_node(shm_row_reader *reader)
{
    shm_json *json = &reader->json;
    shm_string text;
    const char c = shm_json_peek(json);
    const char *at = json->at;
    if (c == '"') {
        return shm_json_string(json, &text) && put_text(reader, text, at);
    }
    if (c == '{') {
        return read_object(reader);
    }
    if (c == '[') {
        return read_elements(reader, SHM_ANY_LIST);
    }
    if (shm_json_take_word(json, "null", 4)) {
        shm_any_put_null(reader->any);
    } else if (shm_json_take_word(json, "true", 4)) {
        shm_any_put_bool(reader->any, true);
    } else if (shm_json_take_word(json, "false", 5)) {
        shm_any_put_bool(reader->any, false);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        return read_number(reader);
    } else {
        return shm_json_fail_value(json, at, "a JSON value");
    }
    return true;
}

bool shm_row_read_any(shm_row_reader *reader)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    shm_bytes encoded;
    shm_error error = {.status = SHM_OK};
    if (reader->any == NULL) {
        reader->any = shm_any_writer_open();
        if (reader->any == NULL) {
            reader->status = SHM_NO_MEMORY;
            return shm_json_fail(json, at, "out of memory");
        }
    }
    shm_any_begin(reader->any);
    if (!read_node(reader)) {
        return false;
    }
    const shm_status status = shm_any_end(reader->any, &encoded, &error);
    if (status != SHM_OK) {
        reader->status = status;
        const char *repeated = shm_json_repeated_key(at, json->at, true);
        if (status == SHM_INVALID && repeated != NULL) {
            char quoted[SHM_JSON_QUOTED_BYTES];
            shm_json_quote(json, repeated, quoted);
            return shm_json_fail(json, repeated, "repeated key %s", quoted);
        }
        return shm_json_fail(json, at, "%s", error.text);
    }
    shm_put_bytes(reader->builder, encoded);
    return shm_row_check(reader, at);
}
