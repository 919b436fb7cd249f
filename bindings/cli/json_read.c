#include "json_read.h"

#include <string.h>

void shm_json_begin(shm_json *json, const char *text, size_t length)
{
    json->start = text;
    json->at = text;
    json->end = text + length;
    json->path = NULL;
    json->depth = 0;
    json->failed_at = NULL;
    json->plain = false;
}

void shm_json_close(shm_json *json)
{
    shm_out_close(&json->scratch);
}

bool shm_json_take_word(shm_json *json, const char *word, size_t length)
{
    shm_json_peek(json);
    if ((size_t)(json->end - json->at) < length || memcmp(json->at, word, length) != 0) {
        return false;
    }
    const char next = json->at[length];
    if ((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
        (next >= '0' && next <= '9') || next == '_') {
        return false;
    }
    json->at += length;
    return true;
}

/* Passes over bytes of a string that stand for themselves: no quote, backslash or control
 * character.  Looks at eight bytes at a time: (x - 0x01..) & ~x & 0x80.. marks the lowest zero byte
 * of x. */
static const char *plain_end(const char *at)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    for (;;) {
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
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

/* The four digits after "\u" at `at`; -1 if they are none. */
static int32_t hex_unit(const char *at)
{
    int32_t unit = 0;
    if (at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        const int digit = hex_digit(at[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

static void put_code_point(shm_out *out, uint32_t point)
{
    char bytes[4];
    size_t length;
    if (point < 0x80) {
        bytes[0] = (char)point;
        length = 1;
    } else if (point < 0x800) {
        bytes[0] = (char)(0xc0 | point >> 6);
        bytes[1] = (char)(0x80 | (point & 0x3f));
        length = 2;
    } else if (point < 0x10000) {
        bytes[0] = (char)(0xe0 | point >> 12);
        bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
        bytes[2] = (char)(0x80 | (point & 0x3f));
        length = 3;
    } else {
        bytes[0] = (char)(0xf0 | point >> 18);
        bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
        bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
        bytes[3] = (char)(0x80 | (point & 0x3f));
        length = 4;
    }
    shm_out_bytes(out, bytes, length);
}

/* Reads "\uXXXX" at json->at, or two of them that form a surrogate pair, into the scratch. */
static bool unescape_unicode(shm_json *json, const char *token)
{
    const int32_t unit = hex_unit(json->at);
    if (unit < 0) {
        return shm_json_fail(json, token, "\\u is not followed by four hexadecimal digits");
    }
    if (unit < 0xd800 || unit > 0xdfff) {
        put_code_point(&json->scratch, (uint32_t)unit);
        json->at += 6;
        return true;
    }
    const int32_t low = unit < 0xdc00 ? hex_unit(json->at + 6) : -1;
    if (low < 0xdc00 || low > 0xdfff) {
        return shm_json_fail(json, token, "unpaired surrogate \\u%.4s", json->at + 2);
    }
    put_code_point(&json->scratch,
                   0x10000 + (((uint32_t)unit - 0xd800) << 10 | ((uint32_t)low - 0xdc00)));
    json->at += 12;
    return true;
}

static bool unescape(shm_json *json, const char *token)
{
    static const char from[] = "\"\\/bfnrt";
    static const char to[] = "\"\\/\b\f\n\r\t";
    const char letter = json->at[1];
    if (letter == 'u') {
        return unescape_unicode(json, token);
    }
    const char *found = letter == '\0' ? NULL : strchr(from, letter);
    if (found == NULL) {
        return shm_json_fail(json, token, "a string holds an unknown escape");
    }
    shm_out_char(&json->scratch, to[found - from]);
    json->at += 2;
    return true;
}

/* The rest of a string from its first escape; what stands before it is in the scratch. */
static bool string_rest(shm_json *json, const char *token, shm_string *text)
{
    for (;;) {
        const char *stop = plain_end(json->at);
        shm_out_bytes(&json->scratch, json->at, (size_t)(stop - json->at));
        json->at = stop;
        if (*stop == '"') {
            json->at++;
            *text = shm_string_of(json->scratch.bytes, json->scratch.length);
            return true;
        }
        if (*stop == '\\') {
            if (!unescape(json, token)) {
                return false;
            }
        } else if (stop >= json->end) {
            return shm_json_fail(json, token, "a string does not end before the end of the row");
        } else {
            return shm_json_fail(json, token, "a string holds the control character \\x%02x",
                                 (unsigned char)*stop);
        }
    }
}

bool shm_json_string(shm_json *json, shm_string *text)
{
    if (shm_json_peek(json) != '"') {
        return shm_json_fail_value(json, json->at, "a string");
    }
    const char *token = json->at;
    const char *first = token + 1;
    const char *stop = plain_end(first);
    if (*stop == '"') {
        json->at = stop + 1;
        *text = shm_string_of(first, (size_t)(stop - first));
        return true;
    }
    json->scratch.length = 0;
    shm_out_room(&json->scratch, 1);
    json->at = first;
    return string_rest(json, token, text);
}

static const char *digits_end(const char *at)
{
    while (*at >= '0' && *at <= '9') {
        at++;
    }
    return at;
}

bool shm_json_number(shm_json *json, shm_string *token, bool *integral)
{
    shm_json_peek(json);
    const char *start = json->at;
    const char *digits = start + (*start == '-' ? 1 : 0);
    const char *at = digits_end(digits);
    if (at == digits || (*digits == '0' && at - digits > 1)) {
        return shm_json_fail_value(json, start, "a number");
    }
    *integral = true;
    if (*at == '.') {
        const char *fraction = at + 1;
        at = digits_end(fraction);
        *integral = false;
        if (at == fraction) {
            return shm_json_fail_value(json, start, "a number");
        }
    }
    if (*at == 'e' || *at == 'E') {
        const char *exponent = at + (at[1] == '+' || at[1] == '-' ? 2 : 1);
        at = digits_end(exponent);
        *integral = false;
        if (at == exponent) {
            return shm_json_fail_value(json, start, "a number");
        }
    }
    if ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '.' || *at == '_') {
        return shm_json_fail_value(json, start, "a number");
    }
    *token = shm_string_of(start, (size_t)(at - start));
    json->at = at;
    return true;
}

bool shm_json_open(shm_json *json, char open)
{
    if (!shm_json_take(json, open)) {
        return shm_json_fail_value(json, json->at, open == '[' ? "an array" : "an object");
    }
    if (++json->depth > SHM_JSON_DEPTH_MAX) {
        return shm_json_fail(json, json->at - 1, "values are nested more than %d deep",
                             SHM_JSON_DEPTH_MAX);
    }
    return true;
}

bool shm_json_next_other(shm_json *json, char close, uint64_t count)
{
    const char c = shm_json_peek(json);
    if (c == close) {
        json->at++;
        json->depth--;
        return false;
    }
    if (count == 0) {
        return true;
    }
    if (c == ',') {
        json->at++;
        return true;
    }
    if (c == '\0' && json->at >= json->end) {
        return shm_json_fail(json, json->at, "expected ',' or '%c', found the end of the row",
                             close);
    }
    char quoted[SHM_JSON_QUOTED_BYTES];
    shm_json_quote(json, json->at, quoted);
    return shm_json_fail(json, json->at, "expected ',' or '%c', found %s", close, quoted);
}

bool shm_json_colon(shm_json *json)
{
    if (!shm_json_take(json, ':')) {
        return shm_json_fail(json, json->at, "expected ':' after a key");
    }
    return true;
}

bool shm_json_key(shm_json *json, shm_string *key, shm_string *raw)
{
    shm_json_peek(json);
    const char *start = json->at;
    if (*start != '"') {
        return shm_json_fail_value(json, start, "a key (a string)");
    }
    if (!shm_json_string(json, key)) {
        return false;
    }
    *raw = shm_string_of(start, (size_t)(json->at - start));
    return shm_json_colon(json);
}

bool shm_json_end(shm_json *json)
{
    if (shm_json_peek(json) == '\0' && json->at >= json->end) {
        return true;
    }
    char quoted[SHM_JSON_QUOTED_BYTES];
    shm_json_quote(json, json->at, quoted);
    return shm_json_fail(json, json->at, "expected the end of the row, found %s", quoted);
}

bool shm_json_skip(shm_json *json)
{
    shm_string text;
    bool integral;
    const char c = shm_json_peek(json);
    if (c == '"') {
        return shm_json_string(json, &text);
    }
    if (c == '{' || c == '[') {
        const char close = c == '{' ? '}' : ']';
        if (!shm_json_open(json, c)) {
            return false;
        }
        for (uint64_t count = 0; shm_json_next(json, close, count); count++) {
            shm_string raw;
            if (c == '{' && !shm_json_key(json, &text, &raw)) {
                return false;
            }
            if (!shm_json_skip(json)) {
                return false;
            }
        }
        return json->failed_at == NULL;
    }
    if (shm_json_take_word(json, "true", 4) || shm_json_take_word(json, "false", 5) ||
        shm_json_take_word(json, "null", 4)) {
        return true;
    }
    return shm_json_number(json, &text, &integral);
}
