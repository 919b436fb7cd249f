/* fill.h — filling collections of a build from files. */
#ifndef BINDINGS_CLI_FILL_H
#define BINDINGS_CLI_FILL_H

#include <shm/builder.h>

#include "input.h"
#include "json_row.h"
#include "progress.h"

typedef enum shm_file_form {
    SHM_FILE_UNKNOWN,
    SHM_FILE_JSONL,
    SHM_FILE_CSV,
    SHM_FILE_TSV,
    SHM_FILE_NPY
} shm_file_form;

typedef struct shm_fill {
    const shm_schema *schema;
    shm_builder *builder;
    shm_row_reader rows;
    shm_progress_view progress;
    uint64_t done_bytes;  /* of the files before this one */
    uint64_t total_bytes; /* of all files; 0: not known */
    uint64_t *row_counts; /* by collection number */
} shm_fill;

void shm_fill_open(shm_fill *fill, const shm_schema *schema, shm_builder *builder);
void shm_fill_close(shm_fill *fill);

/* The form of a file by its name. */
shm_file_form shm_file_form_of(const char *path);

/* Fill a collection from the files, one after the other.  0, or the exit code after a message
 * "FILE:LINE:COL: PATH: REASON". */
int shm_fill_jsonl(shm_fill *fill, const shm_collection *collection, const char *path);
int shm_fill_csv(shm_fill *fill, const shm_collection *collection, const char *path,
                 char delimiter);
int shm_fill_tensor(shm_fill *fill, const shm_collection *collection, const char *const *paths,
                    size_t path_count);
int shm_fill_npy_rows(shm_fill *fill, const shm_collection *collection, const char *path);

/* Reports the failure kept in fill->rows; its place is `line` and `column` of the input. */
int shm_fill_fail(shm_fill *fill, const shm_input *input, uint64_t line, uint64_t column);

void shm_fill_progress(shm_fill *fill, const shm_input *input);

#endif
