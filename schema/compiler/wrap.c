#include "schema/compiler/wrap.h"

#include <string.h>

enum { COLUMN_MAX = 100, INDENT = 4 };

/* Columns of UTF-8: one for each code point. */
static size_t columns(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

/* The last space to break at within `room` columns, the first one if none is; 0 without any. */
static size_t find_break(const char *line, size_t length, size_t indent, size_t room)
{
    size_t best = 0;
    size_t column = 0;
    bool quoted = false;
    for (size_t i = 0; i < length; i++) {
        column += ((unsigned char)line[i] & 0xc0) != 0x80;
        if (line[i] == '\\' && quoted) {
            i++;
            column++;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (line[i] == ' ' && !quoted && i > indent) {
            if (column > room && best != 0)
                return best;
            best = i;
        }
    }
    return column > room ? best : 0;
}

static void wrap_line(shm_output *out, const char *line, size_t length)
{
    size_t indent = 0;
    while (indent < length && line[indent] == ' ')
        indent++;
    const char *rest = line + indent;
    const bool is_comment = length - indent >= 2 && (memcmp(rest, "* ", 2) == 0 || memcmp(rest, "/*", 2) == 0);
    const bool is_fixed = length == indent || rest[0] == '#';
    size_t room = COLUMN_MAX;
    while (!is_fixed && columns(line, length) > room) {
        const size_t at = find_break(line, length, indent + (is_comment ? 3 : 0), room);
        if (at == 0)
            break;
        shm_output_add(out, line, at);
        line += at + 1;
        length -= at + 1;
        const size_t next = is_comment ? indent : indent + INDENT;
        shm_output_print(out, "\n%*s%s", (int)next, "", is_comment ? " * " : "");
        room = COLUMN_MAX - next - (is_comment ? 3 : 0);
        indent = 0;
    }
    shm_output_add(out, line, length);
}

void shm_wrap_lines(shm_output *out, const char *text, size_t length)
{
    while (length > 0) {
        const char *end = memchr(text, '\n', length);
        const size_t line = end == NULL ? length : (size_t)(end - text);
        wrap_line(out, text, line);
        if (end == NULL)
            return;
        shm_output_add(out, "\n", 1);
        text = end + 1;
        length -= line + 1;
    }
}
