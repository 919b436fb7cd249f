/* Failures of the JSON reader: where they are, what they quote, and the path to them. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/text.h>

#include "json_read.h"

/* Writes the path into `text`, cut to `size`; answers its length. */
static size_t put_path(const shm_json_step *step, char *text, size_t size)
{
    if (step == NULL) {
        return 0;
    }
    const size_t length = put_path(step->outer, text, size);
    char *at = text + length;
    const size_t left = size - length;
    int more;
    if (step->name != NULL) {
        more = snprintf(at, left, "%s%s", length == 0 ? "" : ".", step->name);
    } else if (step->key.data != NULL) {
        char quoted[SHM_JSON_QUOTED_BYTES];
        shm_json_quote_text(step->key, quoted);
        more = snprintf(at, left, "[%s]", quoted);
    } else {
        more = snprintf(at, left, "[%llu]", (unsigned long long)step->index);
    }
    return more < 0 || (size_t)more >= left ? size - 1 : length + (size_t)more;
}

bool shm_json_fail_text(shm_json *json, const char *at, const char *reason)
{
    if (json->failed_at == NULL) {
        json->failed_at = at;
        snprintf(json->reason, sizeof json->reason, "%s", reason);
    }
    return false;
}

bool shm_json_fail(shm_json *json, const char *at, const char *format, ...)
{
    if (json->failed_at != NULL) {
        return false;
    }
    json->failed_at = at;
    if (json->quiet) {
        return false;
    }
    char *reason = json->reason;
    size_t length = put_path(json->path, reason, sizeof json->reason / 2);
    if (length > 0) {
        reason[length++] = ':';
        reason[length++] = ' ';
    }
    va_list list;
    va_start(list, format);
    vsnprintf(reason + length, sizeof json->reason - length, format, list);
    va_end(list);
    return false;
}

bool shm_json_fail_value(shm_json *json, const char *at, const char *what)
{
    if (json->quiet) {
        return shm_json_fail(json, at, "%s", what);
    }
    if (at >= json->end && !json->plain) {
        return shm_json_fail(json, at, "expected %s, found the end of the row", what);
    }
    char quoted[SHM_JSON_QUOTED_BYTES];
    shm_json_quote(json, at, quoted);
    return shm_json_fail(json, at, "%s is not %s", quoted, what);
}

uint64_t shm_json_column(const shm_json *json, const char *at, uint64_t *lines_down)
{
    uint64_t column = 1;
    *lines_down = 0;
    for (const char *byte = json->start; byte < at; byte++) {
        if (*byte == '\n') {
            column = 1;
            ++*lines_down;
        } else if (((unsigned char)*byte & 0xc0) != 0x80) {
            column++;
        }
    }
    return column;
}

/* The length of the well-formed UTF-8 character at `at`; 0 if it is none. */
static size_t character_length(const char *at, size_t left)
{
    for (size_t length = 1; length <= 4 && length <= left; length++) {
        if (shm_text_is_utf8(shm_string_of(at, length))) {
            return length;
        }
    }
    return 0;
}

void shm_json_quote_text(shm_string text, char *quoted)
{
    size_t from = 0;
    size_t to = 0;
    while (from < text.length) {
        const unsigned char byte = (unsigned char)text.data[from];
        const size_t length = character_length(text.data + from, text.length - from);
        if (from + (length == 0 ? 1 : length) > SHM_JSON_QUOTE_BYTES) {
            memcpy(quoted + to, "...", 3);
            to += 3;
            break;
        }
        if (length == 0 || byte < 0x20 || byte == 0x7f) {
            to += (size_t)sprintf(quoted + to, "\\x%02x", byte);
            from++;
        } else {
            memcpy(quoted + to, text.data + from, length);
            to += length;
            from += length;
        }
    }
    quoted[to] = '\0';
}

void shm_json_quote(const shm_json *json, const char *at, char *quoted)
{
    if (json->plain) {
        quoted[0] = '"';
        shm_json_quote_text(shm_string_of(at, (size_t)(json->end - at)), quoted + 1);
        const size_t length = strlen(quoted);
        memcpy(quoted + length, "\"", 2);
        return;
    }
    /* What cannot be read as a value is quoted up to the next separator. */
    shm_json again = {.quiet = true};
    shm_json_begin(&again, at, (size_t)(json->end - at));
    const char *stop;
    if (shm_json_skip(&again)) {
        stop = again.at;
    } else if (*at == '"' || *at == '{' || *at == '[') {
        stop = json->end;
    } else {
        stop = at + strcspn(at, " \t\r\n,:]}");
        stop += stop == at && at < json->end ? 1 : 0;
    }
    shm_json_close(&again);
    shm_json_quote_text(shm_string_of(at, (size_t)(stop - at)), quoted);
}

typedef struct seen_key {
    const char *text; /* unescaped, in memory of its own */
    size_t length;
    const char *at;
} seen_key;

static int compare_seen(const void *a, const void *b)
{
    const seen_key *x = a;
    const seen_key *y = b;
    const size_t length = x->length < y->length ? x->length : y->length;
    const int order = length == 0 ? 0 : memcmp(x->text, y->text, length);
    if (order != 0) {
        return order;
    }
    if (x->length != y->length) {
        return x->length < y->length ? -1 : 1;
    }
    return (x->at > y->at) - (x->at < y->at);
}

/* The place of the earliest key that stood before, among `count` keys. */
static const char *first_repeated(seen_key *keys, size_t count)
{
    const char *found = NULL;
    if (count > 1) {
        qsort(keys, count, sizeof *keys, compare_seen);
    }
    for (size_t i = 1; i < count; i++) {
        if (shm_string_equal(shm_string_of(keys[i].text, keys[i].length),
                             shm_string_of(keys[i - 1].text, keys[i - 1].length)) &&
            (found == NULL || keys[i].at < found)) {
            found = keys[i].at;
        }
    }
    return found;
}

/* Reads one key of an object (its text unescaped), or of an array of pairs (as it stands). */
static bool read_seen(shm_json *json, bool object, seen_key *key)
{
    shm_string text;
    shm_string raw;
    if (object) {
        shm_json_peek(json);
        key->at = json->at;
        if (!shm_json_key(json, &text, &raw)) {
            return false;
        }
    } else {
        if (!shm_json_open(json, '[') || !shm_json_next(json, ']', 0)) {
            return false;
        }
        shm_json_peek(json);
        key->at = json->at;
        if (!shm_json_skip(json)) {
            return false;
        }
        text = shm_string_of(key->at, (size_t)(json->at - key->at));
        if (!shm_json_next(json, ']', 1)) {
            return false;
        }
    }
    char *copy = malloc(text.length + 1);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, text.data, text.length);
    key->text = copy;
    key->length = text.length;
    return true;
}

static const char *repeated_in(shm_json *json, bool inside);

static const char *repeated_in_container(shm_json *json, bool object, bool pairs, bool inside)
{
    const char close = object ? '}' : ']';
    const char *found = NULL;
    seen_key *keys = NULL;
    size_t count = 0;
    size_t size = 0;
    uint64_t items = 0;
    while (found == NULL && shm_json_next(json, close, items)) {
        if (object || pairs) {
            if (count == size) {
                size = size == 0 ? 16 : 2 * size;
                seen_key *grown = realloc(keys, size * sizeof *keys);
                if (grown == NULL) {
                    break;
                }
                keys = grown;
            }
            if (!read_seen(json, object, &keys[count])) {
                break;
            }
            count++;
        }
        if (inside) {
            found = repeated_in(json, inside);
        } else if (!shm_json_skip(json)) {
            break;
        }
        if (!object && pairs && shm_json_next(json, ']', 1)) {
            break;
        }
        items++;
    }
    if (found == NULL) {
        found = first_repeated(keys, count);
    }
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)keys[i].text);
    }
    free(keys);
    return found;
}

static const char *repeated_in(shm_json *json, bool inside)
{
    const char c = shm_json_peek(json);
    if (c != '{' && c != '[') {
        shm_json_skip(json);
        return NULL;
    }
    if (!shm_json_open(json, c)) {
        return NULL;
    }
    return repeated_in_container(json, c == '{', c == '[' && !inside, inside);
}

const char *shm_json_repeated_key(const char *at, const char *end, bool inside)
{
    shm_json json = {.quiet = true};
    shm_json_begin(&json, at, (size_t)(end - at));
    const char *found = repeated_in(&json, inside);
    shm_json_close(&json);
    return found;
}
