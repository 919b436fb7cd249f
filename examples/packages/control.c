/* control.c — see control.h. */
#include "control.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static shm_string trimmed(shm_string text)
{
    while (text.length > 0 && is_blank(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length > 0 && is_blank(text.data[text.length - 1])) {
        text.length--;
    }
    return text;
}

/* Appends the stanza's lines to stanza->text, up to the empty line that ends it. */
static bool read_lines(FILE *stream, struct control_stanza *stanza)
{
    char *line = NULL;
    size_t line_capacity = 0;
    ssize_t length;
    bool ok = true;
    stanza->length = 0;
    while (ok && (length = getline(&line, &line_capacity, stream)) > 0) {
        const size_t bytes = (size_t)length;
        if (line[0] == '\n') {
            if (stanza->length > 0) {
                break;
            }
            continue;
        }
        if (stanza->length + bytes > stanza->capacity) {
            const size_t capacity = (stanza->length + bytes) * 2;
            char *text = realloc(stanza->text, capacity);
            ok = text != NULL;
            if (!ok) {
                break;
            }
            stanza->text = text;
            stanza->capacity = capacity;
        }
        memcpy(stanza->text + stanza->length, line, bytes);
        stanza->length += bytes;
    }
    free(line);
    if (!ok) {
        control_close(stanza);
    }
    return ok && stanza->length > 0;
}

/* The end of the field that begins at `at`: the line break that no blank follows. */
static const char *field_end(const char *at, const char *end)
{
    for (;;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        if (line_end == NULL || line_end + 1 == end) {
            return line_end == NULL ? end : line_end;
        }
        if (line_end[1] != ' ' && line_end[1] != '\t') {
            return line_end;
        }
        at = line_end + 1;
    }
}

bool control_read(FILE *stream, struct control_stanza *stanza)
{
    if (!read_lines(stream, stanza)) {
        return false;
    }
    stanza->field_count = 0;
    const char *at = stanza->text;
    const char *end = at + stanza->length;
    while (at < end && stanza->field_count < CONTROL_FIELD_COUNT_MAX) {
        const char *stop = field_end(at, end);
        const char *colon = memchr(at, ':', (size_t)(stop - at));
        if (colon != NULL) {
            struct control_field *field = &stanza->fields[stanza->field_count++];
            field->name = shm_string_of(at, (size_t)(colon - at));
            field->value = trimmed(shm_string_of(colon + 1, (size_t)(stop - colon - 1)));
        }
        at = stop + 1;
    }
    return true;
}

void control_close(struct control_stanza *stanza)
{
    free(stanza->text);
    stanza->text = NULL;
    stanza->length = 0;
    stanza->capacity = 0;
}

shm_string control_value(const struct control_stanza *stanza, shm_string name)
{
    for (size_t i = 0; i < stanza->field_count; i++) {
        if (shm_string_equal(stanza->fields[i].name, name)) {
            return stanza->fields[i].value;
        }
    }
    return SHM_STR("");
}

bool control_next_part(shm_string *rest, char mark, shm_string *part)
{
    if (rest->length == 0) {
        return false;
    }
    const char *stop = memchr(rest->data, mark, rest->length);
    const size_t length = stop == NULL ? rest->length : (size_t)(stop - rest->data);
    const size_t taken = stop == NULL ? length : length + 1;
    *part = trimmed(shm_string_of(rest->data, length));
    rest->data += taken;
    rest->length -= taken;
    return true;
}
