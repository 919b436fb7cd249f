#include "schema/compiler/wrap.h"

#include <string.h>

enum { COLUMN_MAX = 100, INDENT = 4, NESTING_MAX = 32, ALIGN_MAX = 64 };

/* Where the brackets open at the end of a line stand, the innermost last. */
struct brackets {
    size_t columns[NESTING_MAX];
    size_t count;
};

/* A place to break at, and how far the next line is indented then. */
struct place {
    size_t at; /* of the space; 0: there is none */
    struct brackets open;
};

static bool starts_with(const char *line, size_t length, const char *prefix)
{
    const size_t prefix_length = strlen(prefix);
    return length >= prefix_length && memcmp(line, prefix, prefix_length) == 0;
}

static void note_bracket(struct brackets *open, char c, size_t column)
{
    if (c == '(' || c == '{') {
        if (open->count < NESTING_MAX)
            open->columns[open->count] = column;
        open->count++;
    } else if ((c == ')' || c == '}') && open->count > 0) {
        open->count--;
    }
}

/* The last space within the line's room that follows a comma or an operator; else the last one at
 * all; else the first one beyond.  Literals are not broken. */
static struct place find_break(const char *line, size_t length, size_t indent,
                               const struct brackets *open)
{
    struct place good = {0};
    struct place any = {0};
    struct brackets now = *open;
    bool quoted = false;
    size_t column = 0;
    for (size_t i = 0; i < length; i++) {
        if (((unsigned char)line[i] & 0xc0) == 0x80)
            continue;
        column++;
        if (quoted && line[i] == '\\') {
            i++;
            column++;
        } else if (line[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && line[i] == ' ' && i > indent) {
            if (column > COLUMN_MAX + 1 && (good.at != 0 || any.at != 0))
                break;
            struct place *place = strchr(",=?|&;", line[i - 1]) != NULL ? &good : &any;
            place->at = i;
            place->open = now;
        } else if (!quoted) {
            note_bracket(&now, line[i], column);
        }
    }
    return good.at != 0 ? good : any;
}

static size_t columns(const char *line, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += ((unsigned char)line[i] & 0xc0) != 0x80;
    return count;
}

/* One line, by way of copies that are each shorter. */
static void wrap_code(shm_output *out, const char *line, size_t length, size_t indent)
{
    struct brackets open = {0};
    shm_output rest = {0};
    shm_output_add(&rest, line, length);
    size_t margin = indent;
    while (!rest.failed && columns(rest.text, rest.length) > COLUMN_MAX) {
        const struct place place = find_break(rest.text, rest.length, margin, &open);
        if (place.at == 0)
            break;
        shm_output_add(out, rest.text, place.at);
        shm_output_add(out, "\n", 1);
        open = place.open;
        margin = indent + INDENT;
        if (open.count > 0 && open.count <= NESTING_MAX &&
            open.columns[open.count - 1] <= ALIGN_MAX)
            margin = open.columns[open.count - 1];
        shm_output next = {0};
        shm_output_print(&next, "%*s%s", (int)margin, "", rest.text + place.at + 1);
        shm_output_free(&rest);
        rest = next;
    }
    if (rest.failed)
        out->failed = true;
    else
        shm_output_add(out, rest.text, rest.length);
    shm_output_free(&rest);
}

/* The words of a comment go on behind " * ". */
static void wrap_comment(shm_output *out, const char *line, size_t length, size_t indent)
{
    size_t room = COLUMN_MAX;
    while (columns(line, length) > room) {
        size_t at = 0;
        size_t column = 0;
        for (size_t i = 0; i < length; i++) {
            column += ((unsigned char)line[i] & 0xc0) != 0x80;
            if (line[i] == ' ' && i > indent + 3 && (column <= room + 1 || at == 0))
                at = i;
        }
        if (at == 0 || at + 2 >= length)
            break;
        shm_output_add(out, line, at);
        shm_output_print(out, "\n%*s * ", (int)indent, "");
        line += at + 1;
        length -= at + 1;
        room = COLUMN_MAX - indent - 3;
        indent = 0;
    }
    shm_output_add(out, line, length);
}

static void wrap_line(shm_output *out, const char *line, size_t length)
{
    size_t indent = 0;
    while (indent < length && line[indent] == ' ')
        indent++;
    const char *text = line + indent;
    const size_t text_length = length - indent;
    if (starts_with(text, text_length, "#"))
        shm_output_add(out, line, length);
    else if (starts_with(text, text_length, "/*") || starts_with(text, text_length, "* "))
        wrap_comment(out, line, length, starts_with(text, text_length, "* ") ? indent - 1 : indent);
    else
        wrap_code(out, line, length, indent);
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
