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

/* Rows that follow one another as the lines of a file do. */
typedef struct shm_fill_run {
    const char *file;
    uint64_t first_row;
    uint64_t first_line;
} shm_fill_run;

/* Where the rows of one collection came from. */
typedef struct shm_fill_rows {
    uint64_t count;
    shm_fill_run *runs;
    size_t run_count;
    size_t run_size;
} shm_fill_rows;

typedef struct shm_fill {
    const shm_schema *schema;
    shm_builder *builder;
    shm_row_reader reader;
    shm_progress_view progress;
    uint64_t done_bytes;        /* of the files before this one */
    uint64_t total_bytes;       /* of all files; 0: not known */
    shm_fill_rows *collections; /* by number */
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

/* Counts a row of the collection, which began at that line of the input. */
void shm_fill_count(shm_fill *fill, const shm_collection *collection, const shm_input *input,
                    uint64_t line);

/* Reports a failure of publishing; one that names rows, with the lines that they came from. */
int shm_fill_fail_publish(shm_fill *fill, const char *image, const shm_error *error);

/* Reports the failure kept in fill->reader; its place is `line` and `column` of the input. */
int shm_fill_fail(shm_fill *fill, const shm_input *input, uint64_t line, uint64_t column);

void shm_fill_progress(shm_fill *fill, const shm_input *input);

#endif
