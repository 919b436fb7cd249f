#include <stdio.h>
#include <string.h>

#include <shm/text.h>

#include "cli.h"
#include "json_row.h"
#include "number.h"

static bool fail_range(shm_row_reader *reader, const char *at, shm_string token,
                       const shm_type *type)
{
    char reason[512];
    shm_number_range_text(token, type, reason, sizeof reason);
    return shm_json_fail(&reader->json, at, "%s", reason);
}

static bool fail_fraction(shm_row_reader *reader, const char *at, const shm_type *type)
{
    char name[256];
    char what[384];
    shm_type_text(type, name, sizeof name);
    snprintf(what, sizeof what, "a value of type %s: an integer takes no fraction and no exponent",
             name);
    return shm_json_fail_value(&reader->json, at, what);
}

static bool put_integer(shm_row_reader *reader, const shm_type *type, shm_string token,
                        const char *at)
{
    uint64_t word;
    const shm_kind kind = type->kind == SHM_REF ? SHM_U64 : type->kind;
    if (!shm_integer_read(token, kind, &word)) {
        return fail_range(reader, at, token, type);
    }
    if (kind <= SHM_I64) {
        shm_put_int(reader->builder, (int64_t)word);
    } else {
        shm_put_uint(reader->builder, word);
    }
    return shm_row_check(reader, at);
}

/* The text of the number, or of the name of a float, that comes next. */
static bool read_token(shm_row_reader *reader, const shm_type *type, shm_string *token)
{
    shm_json *json = &reader->json;
    const char *at = json->at;
    bool integral;
    if (*at == '"') {
        const bool named = shm_kind_is_float(type->kind);
        if (!named && type->kind != SHM_DECIMAL) {
            return shm_row_fail_type(reader, at, type);
        }
        if (!shm_json_string(json, token)) {
            return false;
        }
        return !named || shm_float_is_name(*token) || shm_row_fail_type(reader, at, type);
    }
    if (*at != '-' && (*at < '0' || *at > '9')) {
        return shm_row_fail_type(reader, at, type);
    }
    if (!shm_json_number(json, token, &integral)) {
        return false;
    }
    if (!integral && (shm_kind_is_integer(type->kind) || type->kind == SHM_REF)) {
        return fail_fraction(reader, at, type);
    }
    return true;
}

static bool put_token(shm_row_reader *reader, const shm_type *type, shm_string token,
                      const char *at)
{
    double number;
    if (type->kind == SHM_DECIMAL) {
        shm_put_text(reader->builder, token);
        return shm_row_check(reader, at);
    }
    if (!shm_kind_is_float(type->kind)) {
        return put_integer(reader, type, token, at);
    }
    if (!shm_float_read(token, type->kind, &number)) {
        return fail_range(reader, at, token, type);
    }
    shm_put_float(reader->builder, number);
    return shm_row_check(reader, at);
}

bool shm_row_read_number(shm_row_reader *reader, const shm_type *type)
{
    shm_string token = {NULL, 0};
    const char *at = reader->json.at;
    return read_token(reader, type, &token) && put_token(reader, type, token, at);
}

bool shm_row_put_number(shm_row_reader *reader, const shm_type *type, shm_string text,
                        const char *at)
{
    if (type->kind == SHM_DECIMAL || (shm_kind_is_float(type->kind) && shm_float_is_name(text))) {
        return put_token(reader, type, text, at);
    }
    bool integral = false;
    if (!shm_number_is(text, &integral)) {
        return shm_row_fail_type(reader, at, type);
    }
    if (!integral && !shm_kind_is_float(type->kind)) {
        return fail_fraction(reader, at, type);
    }
    return put_token(reader, type, text, at);
}

/* ---- numbers side by side ---- */

static bool pack_one(shm_row_reader *reader, const shm_type *element)
{
    shm_json *json = &reader->json;
    shm_string token = {NULL, 0};
    uint64_t word = 0;
    shm_json_peek(json);
    const char *at = json->at;
    if (element->kind == SHM_BOOL) {
        word = shm_json_take_word(json, "true", 4) ? 1 : 0;
        if (word == 0 && !shm_json_take_word(json, "false", 5)) {
            return shm_row_fail_type(reader, at, element);
        }
    } else if (!read_token(reader, element, &token)) {
        return false;
    } else if (shm_kind_is_float(element->kind)) {
        double number;
        if (!shm_float_read(token, element->kind, &number)) {
            return fail_range(reader, at, token, element);
        }
        if (element->kind == SHM_F32) {
            const float narrow = (float)number;
            shm_out_bytes(&reader->packed, &narrow, sizeof narrow);
            return true;
        }
        memcpy(&word, &number, sizeof word);
    } else if (!shm_integer_read(token, element->kind, &word)) {
        return fail_range(reader, at, token, element);
    }
    /* The low bytes of the extension are the number in its own width. */
    shm_out_bytes(&reader->packed, &word, element->size);
    return true;
}

bool shm_row_read_packed(shm_row_reader *reader, const shm_type *element, uint64_t *count)
{
    shm_json *json = &reader->json;
    shm_json_step step = {.outer = json->path};
    reader->packed.length = 0;
    shm_out_room(&reader->packed, 8);
    if (!shm_json_open(json, '[')) {
        return false;
    }
    json->path = &step;
    for (; shm_json_next(json, ']', step.index); step.index++) {
        if (!pack_one(reader, element)) {
            return false;
        }
    }
    json->path = step.outer;
    *count = step.index;
    return json->failed_at == NULL;
}
