#include "json_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "number.h"

void shm_row_reader_open(shm_row_reader *reader, shm_builder *builder, const shm_schema *schema)
{
    memset(reader, 0, sizeof *reader);
    reader->builder = builder;
    shm_field_tables_open(&reader->fields, schema);
}

void shm_row_reader_close(shm_row_reader *reader)
{
    shm_json_close(&reader->json);
    shm_field_tables_close(&reader->fields);
    shm_any_writer_close(reader->any);
    shm_out_close(&reader->packed);
}

bool shm_row_keep_failure(shm_row_reader *reader, const char *at)
{
    shm_error error = {.status = SHM_OK};
    reader->status = shm_builder_status(reader->builder, &error);
    return shm_json_fail_text(&reader->json, at, error.text);
}

bool shm_row_fail_type(shm_row_reader *reader, const char *at, const shm_type *type)
{
    char name[256];
    char what[300];
    shm_type_text(type, name, sizeof name);
    snprintf(what, sizeof what, "a value of type %s", name);
    return shm_json_fail_value(&reader->json, at, what);
}

/* ---- objects ---- */

/* Reads the key of a member, and finds its field. */
static bool read_field_key(shm_row_reader *reader, const shm_type *type,
                           const shm_field_table *table, size_t expected, size_t *field)
{
    shm_json *json = &reader->json;
    if (expected < table->count && shm_field_name_stands(&table->names[expected], json->at)) {
        *field = expected;
        json->at += table->names[expected].member_length;
        return true;
    }
    shm_string key;
    shm_string raw;
    shm_json_peek(json);
    const char *at = json->at;
    if (!shm_json_key(json, &key, &raw)) {
        return false;
    }
    *field = shm_field_table_find(table, key);
    if (*field == SIZE_MAX) {
        char quoted[SHM_JSON_QUOTED_BYTES];
        shm_json_quote_text(raw, quoted);
        return shm_json_fail(json, at, "unknown field %s%s%s", quoted,
                             type->name == NULL ? "" : " of record ",
                             type->name == NULL ? "" : type->name);
    }
    return true;
}

/* A field's value failed: if the builder refused it because the field's key at `key` stands for the
 * second time, that is what is said.  Always false. */
static bool tell_repeated(shm_row_reader *reader, const char *object, const char *key,
                          const char *name)
{
    shm_json *json = &reader->json;
    if (reader->status == SHM_INVALID && shm_json_repeated_key(object, json->end, false) == key) {
        json->failed_at = NULL;
        return shm_json_fail(json, key, "repeated field \"%s\"", name);
    }
    return false;
}

/* The members of an object into fields of the struct or record begun last. */
static bool read_members(shm_row_reader *reader, const shm_type *type)
{
    shm_json *json = &reader->json;
    const shm_field_table *table = shm_field_tables_at(&reader->fields, type);
    shm_json_step step = {.outer = json->path};
    const char *object = json->at;
    size_t expected = 0;
    bool in_order = true;
    if (!shm_json_open(json, '{')) {
        return false;
    }
    for (uint64_t count = 0; shm_json_next(json, '}', count); count++) {
        size_t field;
        shm_json_peek(json);
        const char *at = json->at;
        if (!read_field_key(reader, type, table, expected, &field)) {
            return false;
        }
        in_order = in_order && field == count;
        if (!in_order) {
            shm_put_field(reader->builder, field);
        }
        step.name = table->names[field].text;
        json->path = &step;
        if (!shm_row_read_value(reader, type->fields[field].type)) {
            json->path = step.outer;
            return tell_repeated(reader, object, at, step.name);
        }
        json->path = step.outer;
        expected = field + 1;
    }
    return json->failed_at == NULL;
}

/* Begins and ends what `type` puts between shm_put_begin and shm_put_end. */
static bool begin(shm_row_reader *reader, const char *at)
{
    shm_put_begin(reader->builder);
    return shm_row_check(reader, at);
}

static bool end(shm_row_reader *reader, const char *at)
{
    shm_put_end(reader->builder);
    return shm_row_check(reader, at);
}

static bool read_object(shm_row_reader *reader, const shm_type *type)
{
    const char *at = reader->json.at;
    if (*at != '{') {
        return shm_row_fail_type(reader, at, type);
    }
    return begin(reader, at) && read_members(reader, type) && end(reader, at);
}

/* ---- arrays ---- */

static bool fail_length(shm_row_reader *reader, const char *at, const shm_type *type,
                        uint64_t count)
{
    char name[256];
    shm_type_text(type, name, sizeof name);
    const uint64_t wanted = type->kind == SHM_TUPLE ? type->field_count : type->length;
    return shm_json_fail(&reader->json, at, "%llu element%s where %s has %llu",
                         (unsigned long long)count, count == 1 ? "" : "s", name,
                         (unsigned long long)wanted);
}

static bool read_packed_array(shm_row_reader *reader, const shm_type *type, const char *at)
{
    uint64_t count;
    if (!shm_row_read_packed(reader, type->element, &count)) {
        return false;
    }
    if (type->kind == SHM_ARRAY && count != type->length) {
        return fail_length(reader, at, type, count);
    }
    shm_put_elements(reader->builder, reader->packed.bytes, count);
    return shm_row_check(reader, at);
}

/* The elements of an array of texts, begun last. */
static bool read_texts(shm_row_reader *reader, const shm_type *type, shm_json_step *step)
{
    shm_json *json = &reader->json;
    for (; shm_json_next(json, ']', step->index); step->index++) {
        shm_string text;
        json->path = step;
        const char *at = shm_json_peek(json) == '"' ? json->at : NULL;
        if (at == NULL) {
            return shm_row_fail_type(reader, json->at, type->element);
        }
        if (!shm_json_string(json, &text)) {
            return false;
        }
        shm_put_text(reader->builder, text);
        if (!shm_row_check(reader, at)) {
            return false;
        }
        json->path = step->outer;
    }
    return json->failed_at == NULL;
}

static bool read_array(shm_row_reader *reader, const shm_type *type)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    if (*at != '[') {
        return shm_row_fail_type(reader, at, type);
    }
    if (type->kind != SHM_TUPLE &&
        (shm_kind_is_integer(type->element->kind) || shm_kind_is_float(type->element->kind))) {
        return read_packed_array(reader, type, at);
    }
    const uint64_t most = type->kind == SHM_TUPLE   ? type->field_count
                          : type->kind == SHM_ARRAY ? type->length
                                                    : UINT64_MAX;
    shm_json_step step = {.outer = json->path};
    if (!begin(reader, at) || !shm_json_open(json, '[')) {
        return false;
    }
    if (most == UINT64_MAX && type->element->kind == SHM_STRING) {
        return read_texts(reader, type, &step) && end(reader, at);
    }
    for (; shm_json_next(json, ']', step.index); step.index++) {
        json->path = &step;
        if (step.index == most) {
            json->path = step.outer;
            return fail_length(reader, at, type, step.index + 1);
        }
        if (!shm_row_read_value(reader, type->kind == SHM_TUPLE ? type->fields[step.index].type
                                                                : type->element)) {
            return false;
        }
        json->path = step.outer;
    }
    if (json->failed_at != NULL) {
        return false;
    }
    if (most != UINT64_MAX && step.index != most) {
        return fail_length(reader, at, type, step.index);
    }
    return end(reader, at);
}

/* ---- dicts ---- */

/* Ends a dict; a repeated key is reported where it stands for the second time. */
static bool end_dict(shm_row_reader *reader, const char *at)
{
    shm_put_end(reader->builder);
    if (shm_builder_status(reader->builder, NULL) == SHM_OK) {
        return true;
    }
    const char *repeated = shm_json_repeated_key(at, reader->json.end, false);
    return shm_row_keep_failure(reader, repeated == NULL ? at : repeated);
}

static bool read_text_dict(shm_row_reader *reader, const shm_type *type)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    shm_json_step step = {.outer = json->path};
    if (*at != '{') {
        return shm_row_fail_type(reader, at, type);
    }
    if (!begin(reader, at) || !shm_json_open(json, '{')) {
        return false;
    }
    for (uint64_t count = 0; shm_json_next(json, '}', count); count++) {
        shm_string key;
        shm_json_peek(json);
        const char *key_at = json->at;
        if (!shm_json_key(json, &key, &step.key)) {
            return false;
        }
        shm_put_text(reader->builder, key);
        json->path = &step;
        if (!shm_row_check(reader, key_at) || !shm_row_read_value(reader, type->element)) {
            return false;
        }
        json->path = step.outer;
    }
    return json->failed_at == NULL && end_dict(reader, at);
}

static bool read_pair(shm_row_reader *reader, const shm_type *type, shm_json_step *step)
{
    shm_json *json = &reader->json;
    shm_json_peek(json);
    const char *at = json->at;
    if (*at != '[') {
        return shm_json_fail_value(json, at, "a pair [key, value]");
    }
    if (!shm_json_open(json, '[') || !shm_json_next(json, ']', 0)) {
        return json->failed_at == NULL && shm_json_fail_value(json, at, "a pair [key, value]");
    }
    shm_json_peek(json);
    const char *key = json->at;
    if (!shm_row_read_value(reader, type->key)) {
        return false;
    }
    if (!shm_json_next(json, ']', 1)) {
        return json->failed_at == NULL && shm_json_fail_value(json, at, "a pair [key, value]");
    }
    const uint64_t index = step->index;
    step->key = shm_string_of(key, (size_t)(json->at - key));
    while (step->key.length > 0 && (shm_json_is_space(step->key.data[step->key.length - 1]) ||
                                    step->key.data[step->key.length - 1] == ',')) {
        step->key.length--;
    }
    if (!shm_row_read_value(reader, type->element)) {
        return false;
    }
    step->key.data = NULL;
    step->index = index;
    if (shm_json_next(json, ']', 1)) {
        return shm_json_fail_value(json, at, "a pair [key, value]");
    }
    return json->failed_at == NULL;
}

static bool read_pair_dict(shm_row_reader *reader, const shm_type *type)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    shm_json_step step = {.outer = json->path};
    if (*at != '[') {
        return shm_row_fail_type(reader, at, type);
    }
    if (!begin(reader, at) || !shm_json_open(json, '[')) {
        return false;
    }
    for (; shm_json_next(json, ']', step.index); step.index++) {
        json->path = &step;
        if (!read_pair(reader, type, &step)) {
            return false;
        }
        json->path = step.outer;
    }
    return json->failed_at == NULL && end_dict(reader, at);
}

/* ---- values ---- */

static bool read_bool(shm_row_reader *reader, const shm_type *type)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    const bool is_true = shm_json_take_word(json, "true", 4);
    if (!is_true && !shm_json_take_word(json, "false", 5)) {
        return shm_row_fail_type(reader, at, type);
    }
    shm_put_bool(reader->builder, is_true);
    return shm_row_check(reader, at);
}

static bool read_text(shm_row_reader *reader, const shm_type *type)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    shm_string text;
    if (*at != '"') {
        return shm_row_fail_type(reader, at, type);
    }
    return shm_json_string(json, &text) && shm_row_read_plain(reader, type, text, at);
}

static bool read_optional(shm_row_reader *reader, const shm_type *type)
{
    const char *at = reader->json.at;
    if (*at != 'n' || !shm_json_take_word(&reader->json, "null", 4)) {
        return shm_row_read_value(reader, type->element);
    }
    if (type->nullable) {
        shm_put_null(reader->builder);
    } else {
        shm_put_absent(reader->builder);
    }
    return shm_row_check(reader, at);
}

bool shm_row_read_value(shm_row_reader *reader, const shm_type *type)
{
    shm_json_peek(&reader->json);
    switch (type->kind) {
    case SHM_BOOL:
        return read_bool(reader, type);
    case SHM_I8:
    case SHM_I16:
    case SHM_I32:
    case SHM_I64:
    case SHM_U8:
    case SHM_U16:
    case SHM_U32:
    case SHM_U64:
    case SHM_F32:
    case SHM_F64:
    case SHM_DECIMAL:
    case SHM_REF:
        return shm_row_read_number(reader, type);
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DATE:
    case SHM_DATETIME:
    case SHM_UUID:
    case SHM_ENUM:
        return read_text(reader, type);
    case SHM_ANY:
        return shm_row_read_any(reader);
    case SHM_STRUCT:
    case SHM_RECORD:
        return read_object(reader, type);
    case SHM_OPTIONAL:
        return read_optional(reader, type);
    case SHM_LIST:
    case SHM_SET:
    case SHM_ARRAY:
    case SHM_TUPLE:
        return read_array(reader, type);
    case SHM_DICT:
        return type->key->kind == SHM_STRING ? read_text_dict(reader, type)
                                             : read_pair_dict(reader, type);
    case SHM_TENSOR:
        return shm_row_read_tensor(reader, type);
    }
    return shm_row_fail_type(reader, reader->json.at, type);
}

bool shm_row_read(shm_row_reader *reader, const shm_collection *collection)
{
    shm_json *json = &reader->json;
    shm_error error; /* set by who fails */
    shm_json_peek(json);
    const char *at = json->at;
    if (*at != '{') {
        return shm_json_fail_value(json, at, "a row (an object)");
    }
    shm_builder_row_begin(reader->builder, collection->number);
    if (!shm_row_check(reader, at) || !read_members(reader, collection->record) ||
        !shm_json_end(json)) {
        return false;
    }
    reader->status = shm_builder_row_end(reader->builder, NULL, &error);
    return reader->status == SHM_OK || shm_json_fail_text(json, at, error.text);
}
