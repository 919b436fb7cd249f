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

static shm_kind integer_kind(const shm_type *type)
{
    return type->kind == SHM_REF ? SHM_U64 : type->kind;
}

static bool put_word(shm_row_reader *reader, shm_kind kind, uint64_t word, const char *at)
{
    if (kind <= SHM_I64) {
        shm_put_int(reader->builder, (int64_t)word);
    } else {
        shm_put_uint(reader->builder, word);
    }
    return shm_row_check(reader, at);
}

static bool put_integer(shm_row_reader *reader, const shm_type *type, shm_string token,
                        const char *at)
{
    uint64_t word;
    const shm_kind kind = integer_kind(type);
    if (!shm_integer_read(token, kind, &word)) {
        return fail_range(reader, at, token, type);
    }
    return put_word(reader, kind, word, at);
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

/* ---- numbers as most are ----
 *
 * These are read in one pass; whatever else there may be is looked at again, slowly, by what tells
 * errors. */

typedef struct plain_number {
    uint64_t word; /* of an integer */
    double value;  /* of an f64 */
} plain_number;

/* The end of the number that begins at `at`; NULL if it has to be looked at slowly. */
static inline const char *scan_number(const shm_type *type, const char *at, const char *end,
                                      plain_number *number)
{
    if (type->kind == SHM_F64) {
        const size_t length = shm_f64_scan(shm_string_of(at, (size_t)(end - at)), &number->value);
        return length == 0 ? NULL : at + length;
    }
    if (type->kind == SHM_F32 || type->kind == SHM_DECIMAL) {
        return NULL;
    }
    return shm_integer_scan(at, integer_kind(type), &number->word);
}

/* Whether nothing that follows a number could belong to it. */
static inline bool ends_number(char c)
{
    return c == ',' || c == '}' || c == ']' || c == '\0' || shm_json_is_space(c);
}

static bool put_number(shm_row_reader *reader, const shm_type *type, const plain_number *number,
                       const char *at)
{
    if (type->kind == SHM_F64) {
        shm_put_float(reader->builder, number->value);
        return shm_row_check(reader, at);
    }
    return put_word(reader, integer_kind(type), number->word, at);
}

bool shm_row_read_number(shm_row_reader *reader, const shm_type *type)
{
    plain_number number;
    shm_string token = {NULL, 0};
    const char *at = reader->json.at;
    const char *end = scan_number(type, at, reader->json.end, &number);
    if (end != NULL && ends_number(*end)) {
        reader->json.at = end;
        return put_number(reader, type, &number, at);
    }
    return read_token(reader, type, &token) && put_token(reader, type, token, at);
}

bool shm_row_put_number(shm_row_reader *reader, const shm_type *type, shm_string text,
                        const char *at)
{
    plain_number number;
    const char *text_end = text.data + text.length;
    if (text.length > 0 && scan_number(type, text.data, text_end, &number) == text_end) {
        return put_number(reader, type, &number, at);
    }
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

/* One that has to be looked at slowly. */
static bool pack_slowly(shm_row_reader *reader, const shm_type *element, plain_number *number)
{
    shm_json *json = &reader->json;
    shm_string token = {NULL, 0};
    const char *at = json->at;
    if (element->kind == SHM_BOOL) {
        number->word = shm_json_take_word(json, "true", 4) ? 1 : 0;
        return number->word != 0 || shm_json_take_word(json, "false", 5) ||
               shm_row_fail_type(reader, at, element);
    }
    if (!read_token(reader, element, &token)) {
        return false;
    }
    const bool fits = shm_kind_is_float(element->kind)
                          ? shm_float_read(token, element->kind, &number->value)
                          : shm_integer_read(token, element->kind, &number->word);
    return fits || fail_range(reader, at, token, element);
}

static bool pack_one(shm_row_reader *reader, const shm_type *element)
{
    shm_json *json = &reader->json;
    plain_number number = {0};
    shm_json_peek(json);
    const char *end =
        element->kind == SHM_BOOL ? NULL : scan_number(element, json->at, json->end, &number);
    if (end != NULL && ends_number(*end)) {
        json->at = end;
    } else if (!pack_slowly(reader, element, &number)) {
        return false;
    }
    if (element->kind == SHM_F32) {
        const float narrow = (float)number.value;
        shm_out_bytes(&reader->packed, &narrow, sizeof narrow);
    } else if (element->kind == SHM_F64) {
        shm_out_bytes(&reader->packed, &number.value, sizeof number.value);
    } else { /* the low bytes of the extension are the number in its own width */
        shm_out_bytes(&reader->packed, &number.word, element->size);
    }
    return true;
}

/* Integers as most are, one after the other while each is followed by the next: what stops them is
 * looked at again. */
static void pack_plain(shm_row_reader *reader, const shm_type *element, uint64_t *index)
{
    enum { SOME = 64 };
    shm_json *json = &reader->json;
    const shm_integer_limits limits = shm_integer_limits_of(element->kind);
    const size_t size = (size_t)element->size;
    for (bool goes_on = true; goes_on;) {
        char *room = shm_out_room(&reader->packed, SOME * sizeof(uint64_t));
        size_t count = 0;
        for (; count < SOME && goes_on; count += goes_on) {
            uint64_t word;
            const char *end = shm_integer_scan_within(json->at, &limits, &word);
            goes_on = end != NULL && *end == ',';
            if (goes_on) {
                memcpy(room, &word, sizeof word); /* the low bytes are what stays */
                room += size;
                json->at = end + 1;
            }
        }
        reader->packed.length += count * size;
        *index += count;
    }
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
    for (bool is_next = shm_json_next(json, ']', 0); is_next;
         is_next = shm_json_next(json, ']', step.index)) {
        if (shm_kind_is_integer(element->kind)) {
            pack_plain(reader, element, &step.index);
        }
        if (!pack_one(reader, element)) {
            return false;
        }
        step.index++;
    }
    json->path = step.outer;
    *count = step.index;
    return json->failed_at == NULL;
}
