/* control.h — reads the package index that `apt-cache dumpavail` prints: stanzas of "Name: value"
 * lines, apart by empty lines. */
#ifndef PACKAGES_CONTROL_H
#define PACKAGES_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <shm/value.h>

enum { CONTROL_FIELD_COUNT_MAX = 64 };

struct control_field {
    shm_string name;
    shm_string value; /* continuation lines included, line breaks kept */
};

/* One stanza; its texts lie in `text` and live until the next read. */
struct control_stanza {
    char *text;
    size_t length;
    size_t capacity;
    struct control_field fields[CONTROL_FIELD_COUNT_MAX];
    size_t field_count;
};

/* Reads the next stanza.  False at the end of the stream or when memory is short (then
 * ferror-like: stanza->text is NULL). */
bool control_read(FILE *stream, struct control_stanza *stanza);

void control_close(struct control_stanza *stanza);

/* The value of the field of that name; empty if the stanza has none. */
shm_string control_value(const struct control_stanza *stanza, shm_string name);

/* Cuts the text before the first `mark` off *rest and returns it without the blanks around it.
 * False when *rest is used up. */
bool control_next_part(shm_string *rest, char mark, shm_string *part);

#endif
