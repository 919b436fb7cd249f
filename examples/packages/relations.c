/* relations.c — see relations.h. */
#include "relations.h"

static size_t length_until(shm_string text, const char *marks)
{
    size_t length = 0;
    while (length < text.length && strchr(marks, text.data[length]) == NULL) {
        length++;
    }
    return length;
}

static shm_string after(shm_string text, size_t skipped)
{
    return shm_string_of(text.data + skipped, text.length - skipped);
}

static shm_string without_leading(shm_string text, const char *marks)
{
    while (text.length > 0 && strchr(marks, text.data[0]) != NULL) {
        text = after(text, 1);
    }
    return text;
}

bool relation_read(shm_string text, struct relation *relation)
{
    text = without_leading(text, " \t\n");
    const size_t name_length = length_until(text, " \t\n:(");
    relation->name = shm_string_of(text.data, name_length);
    relation->operator_text = SHM_STR("");
    relation->version = SHM_STR("");
    const size_t open = length_until(text, "(");
    if (open < text.length) {
        shm_string inside = without_leading(after(text, open + 1), " \t\n");
        size_t operator_length = 0;
        while (operator_length < inside.length && strchr("<=>", inside.data[operator_length])) {
            operator_length++;
        }
        relation->operator_text = shm_string_of(inside.data, operator_length);
        inside = without_leading(after(inside, operator_length), " \t\n");
        relation->version = shm_string_of(inside.data, length_until(inside, ") \t\n"));
    }
    return name_length > 0;
}
