#include "key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/text.h>

#include "cli.h"
#include "input.h"
#include "json_write.h"
#include "number.h"

void shm_cli_key_open(shm_cli_key *key, const shm_collection *collection)
{
    memset(key, 0, sizeof *key);
    key->collection = collection;
}

void shm_cli_key_close(shm_cli_key *key)
{
    free(key->parts);
    free(key->text_places);
    shm_out_close(&key->texts);
    shm_out_close(&key->json);
    shm_json_close(&key->reader);
}

static shm_key_part *new_part(shm_cli_key *key)
{
    if (key->part_count == key->part_size) {
        key->part_size = key->part_size == 0 ? 8 : 2 * key->part_size;
        key->parts = shm_cli_realloc(key->parts, key->part_size * sizeof *key->parts);
        key->text_places =
            shm_cli_realloc(key->text_places, key->part_size * sizeof *key->text_places);
    }
    key->text_places[key->part_count] = SIZE_MAX;
    return &key->parts[key->part_count++];
}

static void add_word(shm_cli_key *key, uint64_t word)
{
    *new_part(key) = shm_key_word(word);
}

static void add_text(shm_cli_key *key, const void *bytes, size_t length)
{
    *new_part(key) = shm_key_text(shm_string_of("", length));
    key->text_places[key->part_count - 1] = key->texts.length;
    shm_out_bytes(&key->texts, bytes, length);
}

static bool fail_type(shm_cli_key *key, const char *at, const shm_type *type, const char *more)
{
    char name[256];
    char what[512];
    shm_type_text(type, name, sizeof name);
    snprintf(what, sizeof what, "a value of type %s%s", name, more);
    return shm_json_fail_value(&key->reader, at, what);
}

/* ---- scalars ---- */

static bool read_number(shm_cli_key *key, const shm_type *type, shm_string text, const char *at)
{
    bool integral = false;
    double number = 0;
    uint64_t word = 0;
    const bool is_float = shm_kind_is_float(type->kind);
    if (!(is_float && shm_float_is_name(text)) &&
        (!shm_number_is(text, &integral) || (!integral && !is_float))) {
        return fail_type(key, at, type, "");
    }
    if (is_float ? !shm_float_read(text, type->kind, &number)
                 : !shm_integer_read(text, type->kind, &word)) {
        char reason[512];
        shm_number_range_text(text, type, reason, sizeof reason);
        return shm_json_fail(&key->reader, at, "%s", reason);
    }
    if (type->kind == SHM_F32) {
        shm_json_write_f32(&key->json, (float)number, true);
    } else if (is_float) {
        shm_json_write_f64(&key->json, number, true);
    } else if (type->kind <= SHM_I64) {
        shm_json_write_i64(&key->json, (int64_t)word);
    } else {
        shm_json_write_u64(&key->json, word);
    }
    add_word(key, is_float ? shm_key_float(number) : word);
    return true;
}

static bool read_enum(shm_cli_key *key, const shm_type *type, shm_string text, const char *at)
{
    for (size_t i = 0; i < type->value_count; i++) {
        const char *name = type->values[i].name;
        if (shm_string_equal(text, shm_string_of(name, strlen(name)))) {
            add_word(key, (uint64_t)type->values[i].value);
            shm_json_write_text(&key->json, name);
            return true;
        }
    }
    return fail_type(key, at, type, "");
}

static bool read_bool(shm_cli_key *key, const shm_type *type, shm_string text, const char *at)
{
    const bool is_true = shm_string_equal(text, SHM_STR("true"));
    if (!is_true && !shm_string_equal(text, SHM_STR("false"))) {
        return fail_type(key, at, type, " (true or false)");
    }
    add_word(key, is_true ? 1 : 0);
    shm_out_string(&key->json, text);
    return true;
}

static bool read_bytes(shm_cli_key *key, const shm_type *type, shm_string text, const char *at)
{
    size_t length;
    uint8_t *bytes = (uint8_t *)shm_out_room(&key->texts, text.length / 4 * 3 + 4);
    if (!shm_base64_read(text, bytes, &length)) {
        return fail_type(key, at, type, " (base64 with padding)");
    }
    /* They stand where add_text would copy them. */
    *new_part(key) = shm_key_text(shm_string_of("", length));
    key->text_places[key->part_count - 1] = key->texts.length;
    key->texts.length += length;
    shm_json_write_string(&key->json, text);
    return true;
}

static bool read_time(shm_cli_key *key, const shm_type *type, shm_string text, const char *at)
{
    char plain[SHM_DATETIME_TEXT_BYTES];
    shm_date date;
    shm_datetime datetime;
    if (type->kind == SHM_DATE) {
        if (!shm_date_read(text, &date)) {
            return fail_type(key, at, type, " (YYYY-MM-DD)");
        }
        add_word(key, (uint64_t)(int64_t)date.days);
        shm_date_text(date, plain);
    } else {
        if (!shm_datetime_read(text, &datetime)) {
            return fail_type(key, at, type, " (YYYY-MM-DDThh:mm:ss and a zone)");
        }
        add_word(key, (uint64_t)datetime.micros);
        shm_datetime_text(datetime, plain);
    }
    shm_json_write_text(&key->json, plain);
    return true;
}

static bool read_uuid(shm_cli_key *key, const shm_type *type, shm_string text, const char *at)
{
    char plain[SHM_UUID_TEXT_BYTES];
    shm_uuid uuid;
    if (!shm_uuid_read(text, &uuid)) {
        return fail_type(key, at, type, "");
    }
    add_text(key, uuid.bytes, sizeof uuid.bytes);
    shm_uuid_text(uuid, plain);
    shm_json_write_text(&key->json, plain);
    return true;
}

static bool read_string(shm_cli_key *key, shm_string text, const char *at)
{
    if (!shm_text_is_utf8(text)) {
        return shm_json_fail_value(&key->reader, at, "valid UTF-8");
    }
    add_text(key, text.data, text.length);
    shm_json_write_string(&key->json, text);
    return true;
}

/* A scalar from its text, unquoted; a NUL follows numbers. */
static bool read_scalar(shm_cli_key *key, const shm_type *type, shm_string text, const char *at)
{
    switch (type->kind) {
    case SHM_BOOL:
        return read_bool(key, type, text, at);
    case SHM_ENUM:
        return read_enum(key, type, text, at);
    case SHM_STRING:
        return read_string(key, text, at);
    case SHM_BYTES:
        return read_bytes(key, type, text, at);
    case SHM_DATE:
    case SHM_DATETIME:
        return read_time(key, type, text, at);
    case SHM_UUID:
        return read_uuid(key, type, text, at);
    default:
        return read_number(key, type, text, at);
    }
}

/* ---- JSON ---- */

static bool read_json(shm_cli_key *key, const shm_type *type);

/* Fields may come in any order, parts must not: a field that comes early is passed over, and the
 * object read again for it. */
static bool read_member(shm_cli_key *key, const shm_type *type, size_t field, const char *object)
{
    shm_json *json = &key->reader;
    const char *name = type->fields[field].name;
    bool found = false;
    uint64_t count = 0;
    const char *value = NULL;
    json->at = object;
    if (!shm_json_open(json, '{')) {
        return false;
    }
    for (; shm_json_next(json, '}', count); count++) {
        shm_string text;
        shm_string raw;
        shm_json_peek(json);
        const char *at = json->at;
        if (!shm_json_key(json, &text, &raw)) {
            return false;
        }
        if (shm_string_equal(text, shm_string_of(name, strlen(name)))) {
            if (found) {
                return shm_json_fail(json, at, "repeated field \"%s\"", name);
            }
            found = true;
            value = json->at;
        }
        if (!shm_json_skip(json)) {
            return false;
        }
    }
    if (json->failed_at != NULL) {
        return false;
    }
    if (!found || count != type->field_count) {
        char what[512];
        char type_name[256];
        shm_type_text(type, type_name, sizeof type_name);
        snprintf(what, sizeof what, "an object with the fields of %s", type_name);
        return shm_json_fail_value(json, object, what);
    }
    const char *end = json->at;
    const unsigned depth = json->depth;
    json->at = value;
    const bool good = read_json(key, type->fields[field].type);
    json->at = end;
    json->depth = depth;
    return good;
}

static bool read_struct(shm_cli_key *key, const shm_type *type)
{
    shm_json_peek(&key->reader);
    const char *object = key->reader.at;
    for (size_t i = 0; i < type->field_count; i++) {
        shm_out_print(&key->json, "%s\"%s\":", i == 0 ? "{" : ",", type->fields[i].name);
        if (!read_member(key, type, i, object)) {
            return false;
        }
    }
    shm_out_char(&key->json, '}');
    return true;
}

/* The text of a scalar: a string's, or a number or word as it stands. */
static bool read_token(shm_cli_key *key, const shm_type *type, shm_string *text)
{
    shm_json *json = &key->reader;
    bool integral;
    const char c = shm_json_peek(json);
    const char *at = json->at;
    const bool is_float = shm_kind_is_float(type->kind);
    if (type->kind == SHM_BOOL) {
        if (!shm_json_take_word(json, "true", 4) && !shm_json_take_word(json, "false", 5)) {
            return fail_type(key, at, type, "");
        }
        *text = shm_string_of(at, (size_t)(json->at - at));
        return true;
    }
    if (c == '"') {
        if (!shm_json_string(json, text)) {
            return false;
        }
        return !(shm_kind_is_integer(type->kind) || (is_float && !shm_float_is_name(*text))) ||
               fail_type(key, at, type, "");
    }
    if (!shm_kind_is_integer(type->kind) && !is_float) {
        return fail_type(key, at, type, "");
    }
    return shm_json_number(json, text, &integral);
}

static bool read_json(shm_cli_key *key, const shm_type *type)
{
    shm_string text;
    shm_json_peek(&key->reader);
    const char *at = key->reader.at;
    if (type->kind == SHM_OPTIONAL) {
        type = type->element;
    }
    if (type->kind == SHM_STRUCT) {
        return read_struct(key, type);
    }
    return read_token(key, type, &text) && read_scalar(key, type, text, at);
}

/* The type of one part of the key: of a list or set, that of its elements. */
static const shm_type *part_type(const shm_key_path *path)
{
    const shm_type *type = path->steps[path->step_count - 1]->type;
    while (type->kind == SHM_OPTIONAL || type->kind == SHM_LIST || type->kind == SHM_SET) {
        type = type->element;
    }
    return type;
}

static bool read_compound(shm_cli_key *key)
{
    shm_json *json = &key->reader;
    const shm_collection *collection = key->collection;
    uint64_t count = 0;
    shm_out_char(&key->json, '[');
    if (!shm_json_open(json, '[')) {
        return false;
    }
    for (; shm_json_next(json, ']', count); count++) {
        if (count == collection->key_count) {
            break;
        }
        if (count > 0) {
            shm_out_char(&key->json, ',');
        }
        if (!read_json(key, part_type(&collection->key[count]))) {
            return false;
        }
    }
    if (json->failed_at != NULL) {
        return false;
    }
    const bool is_short = key->may_be_short && count < collection->key_count;
    if ((count != collection->key_count && !is_short) || json->at[-1] != ']') {
        return shm_json_fail(json, json->start, "the key of %s is an array of %zu parts",
                             collection->name, collection->key_count);
    }
    shm_out_char(&key->json, ']');
    return shm_json_end(json);
}

/* Copies the word to where the JSON reader may look ahead. */
static bool read_copy(shm_cli_key *key, const char *word, size_t length)
{
    char *copy = shm_cli_realloc(NULL, length + SHM_INPUT_SLACK_BYTES);
    memcpy(copy, word, length);
    memset(copy + length, 0, SHM_INPUT_SLACK_BYTES);
    shm_json_begin(&key->reader, copy, length);
    bool good;
    if (key->collection->key_count > 1) {
        good = read_compound(key);
    } else {
        const shm_type *type = part_type(&key->collection->key[0]);
        if (type->kind == SHM_STRUCT) {
            good = read_json(key, type) && shm_json_end(&key->reader);
        } else {
            key->reader.plain = true;
            good = read_scalar(key, type, shm_string_of(copy, length), copy);
        }
    }
    free(copy);
    return good;
}

bool shm_cli_key_read(shm_cli_key *key, const char *word)
{
    static const shm_type row_number = {.kind = SHM_U64, .size = 8, .align = 8};
    const size_t length = strlen(word);
    key->part_count = 0;
    key->texts.length = 0;
    shm_out_room(&key->texts, 1);
    key->json.length = 0;
    if (key->collection->kind == SHM_TABLE) {
        shm_json_begin(&key->reader, word, length);
        key->reader.plain = true;
        return read_number(key, &row_number, shm_string_of(word, length), word);
    }
    if (!read_copy(key, word, length)) {
        return false;
    }
    for (size_t i = 0; i < key->part_count; i++) {
        if (key->text_places[i] != SIZE_MAX) {
            key->parts[i].text.data = key->texts.bytes + key->text_places[i];
        }
    }
    return true;
}

shm_row_range shm_cli_key_find(const shm_cli_key *key, const shm_index *index)
{
    switch (index == NULL ? 0 : (int)shm_index_key_form(index)) {
    case SHM_KEY_WORD:
        return shm_multi_find_word(index, key->parts[0].word);
    case SHM_KEY_TEXT:
        return shm_multi_find_text(index, key->parts[0].text);
    case SHM_KEY_PARTS:
        return shm_multi_find_parts(index, key->parts);
    default:
        return (shm_row_range){.count = 0};
    }
}
