/* rows.h — the rows of a table, map, multimap or set, wherever they stand in it: the one way in
 * which the command goes through them.  Index kinds: the rows of their table. */
#ifndef BINDINGS_CLI_ROWS_H
#define BINDINGS_CLI_ROWS_H

#include <stdbool.h>

#include <shm/dataset.h>

typedef struct shm_cli_rows {
    const shm_dataset *dataset;
    uint32_t collection;
    uint64_t count;
    uint64_t next; /* the row that shm_cli_rows_next looks at next */
} shm_cli_rows;

shm_cli_rows shm_cli_rows_of(const shm_dataset *dataset, const shm_collection *collection);

/* The next row in order; false at the end. */
bool shm_cli_rows_next(shm_cli_rows *rows, shm_value *row);

/* A row chosen by a random number; false if there is none. */
bool shm_cli_rows_pick(const shm_cli_rows *rows, uint64_t random, shm_value *row);

#endif
