/* table.h — columns of text, lined up. */
#ifndef BINDINGS_CLI_TABLE_H
#define BINDINGS_CLI_TABLE_H

#include <stddef.h>

#include "out.h"

typedef struct shm_text_table {
    size_t column_count;
    shm_out cells; /* NUL-terminated, row by row */
    size_t cell_count;
} shm_text_table;

void shm_text_table_cell(shm_text_table *table, const char *format, ...) SHM_PRINTF(2, 3);

/* Writes the rows; cells that are numbers go to the right.  Frees the table's memory. */
void shm_text_table_end(shm_text_table *table, shm_out *out);

#endif
