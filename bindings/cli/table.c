#include "table.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli.h"

void shm_text_table_cell(shm_text_table *table, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    shm_out_bytes(&table->cells, text, strlen(text) + 1);
    table->cell_count++;
}

/* Columns are as wide as they look: continuation bytes take no room. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) {
        width += ((unsigned char)*text & 0xc0) != 0x80 ? 1 : 0;
    }
    return width;
}

static bool is_number(const char *text)
{
    return text[0] >= '0' && text[0] <= '9';
}

void shm_text_table_end(shm_text_table *table, shm_out *out)
{
    size_t *widths = shm_cli_realloc(NULL, table->column_count * sizeof *widths);
    memset(widths, 0, table->column_count * sizeof *widths);
    const char *cell = table->cells.bytes;
    for (size_t i = 0; i < table->cell_count; i++) {
        const size_t width = width_of(cell);
        size_t *widest = &widths[i % table->column_count];
        *widest = width > *widest ? width : *widest;
        cell += strlen(cell) + 1;
    }
    cell = table->cells.bytes;
    for (size_t i = 0; i < table->cell_count; i++) {
        const size_t column = i % table->column_count;
        const bool last = column + 1 == table->column_count;
        const int space = (int)(widths[column] - width_of(cell));
        if (is_number(cell)) {
            shm_out_print(out, "%*s%s", space, "", cell);
        } else {
            shm_out_print(out, "%s%*s", cell, last ? 0 : space, "");
        }
        shm_out_text(out, last ? "\n" : "  ");
        cell += strlen(cell) + 1;
    }
    free(widths);
    shm_out_close(&table->cells);
}
