#include "schema/text/diagnostic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Of a longer line only the surroundings of the place are kept. */
enum { SOURCE_LINE_BYTES_MAX = 400, SOURCE_LINE_BEFORE = 120 };

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

static uint32_t code_points(const char *from, const char *to)
{
    uint32_t count = 0;
    for (; from < to; from++)
        count += !is_continuation(*from);
    return count;
}

static const char *line_start(const shm_source *source, const char *place)
{
    while (place > source->text && place[-1] != '\n')
        place--;
    return place;
}

void shm_source_place(const shm_source *source, size_t at, uint32_t *line, uint32_t *column)
{
    const char *place = source->text + at;
    uint32_t newlines = 0;
    for (const char *c = source->text; c < place; c++)
        newlines += *c == '\n';
    *line = newlines + 1;
    *column = code_points(line_start(source, place), place) + 1;
}

static bool copy_line(shm_diagnostics *diagnostics, const shm_source *source, size_t at,
                      shm_diagnostic *item)
{
    const char *place = source->text + at;
    const char *end = source->text + source->length;
    const char *first = line_start(source, place);
    const char *last = place;
    while (last < end && *last != '\n' && *last != '\r')
        last++;
    if (last - first > SOURCE_LINE_BYTES_MAX) {
        if (place - first > SOURCE_LINE_BEFORE)
            first = place - SOURCE_LINE_BEFORE;
        while (first < place && is_continuation(*first))
            first++;
        if (last - first > SOURCE_LINE_BYTES_MAX)
            last = first + SOURCE_LINE_BYTES_MAX;
        while (last > place && last < end && is_continuation(*last))
            last--;
    }
    item->caret = code_points(first, place);
    item->source_line = shm_arena_copy_text(&diagnostics->arena, first, (size_t)(last - first));
    return item->source_line != NULL;
}

static bool format_text(shm_diagnostics *diagnostics, shm_diagnostic *item, const char *format,
                        va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0)
        return false;
    char *text = shm_arena_alloc(&diagnostics->arena, (size_t)length + 1);
    if (text == NULL)
        return false;
    vsnprintf(text, (size_t)length + 1, format, arguments);
    item->text = text;
    return true;
}

static int compare(const shm_diagnostic *a, const shm_diagnostic *b)
{
    if (a->source_number != b->source_number)
        return a->source_number < b->source_number ? -1 : 1;
    return a->at == b->at ? 0 : a->at < b->at ? -1 : 1;
}

static void insert(shm_diagnostics *diagnostics, const shm_diagnostic *item)
{
    size_t place = diagnostics->count;
    while (place > 0 && compare(item, &diagnostics->items[place - 1]) < 0)
        place--;
    memmove(&diagnostics->items[place + 1], &diagnostics->items[place],
            (diagnostics->count - place) * sizeof *item);
    diagnostics->items[place] = *item;
    diagnostics->count++;
    diagnostics->full = diagnostics->count == SHM_DIAGNOSTIC_COUNT_MAX;
}

bool shm_diagnose(shm_diagnostics *diagnostics, const shm_source *source, size_t at,
                  shm_status status, const char *format, ...)
{
    shm_diagnostic item = {.file = source->name,
                           .status = status,
                           .source_number = source->number,
                           .at = (uint32_t)at};
    if (diagnostics->full)
        return false;
    for (size_t i = 0; i < diagnostics->count; i++) {
        if (compare(&item, &diagnostics->items[i]) == 0)
            return false;
    }
    shm_source_place(source, at, &item.line, &item.column);
    va_list arguments;
    va_start(arguments, format);
    const bool made = format_text(diagnostics, &item, format, arguments) &&
                      copy_line(diagnostics, source, at, &item);
    va_end(arguments);
    if (made)
        insert(diagnostics, &item);
    else
        diagnostics->out_of_memory = true;
    return false;
}

void shm_diagnostics_close(shm_diagnostics *diagnostics)
{
    shm_arena_close(&diagnostics->arena);
    memset(diagnostics, 0, sizeof *diagnostics);
}
