/* Failures that show only when all rows are there: which lines those rows came from. */
#include <stdio.h>
#include <string.h>

#include "build_options.h"
#include "cli.h"
#include "fill.h"

/* The file and line of a row of the collection of that name; false if that is not known. */
static bool find_line(const shm_fill *fill, const char *name, unsigned long long row,
                      const char **file, unsigned long long *line)
{
    const shm_collection *collection = shm_schema_collection(fill->schema, name);
    if (collection == NULL || row >= fill->collections[collection->number].count) {
        return false;
    }
    const shm_fill_rows *rows = &fill->collections[collection->number];
    size_t low = 0;
    size_t high = rows->run_count;
    while (high - low > 1) {
        const size_t middle = low + (high - low) / 2;
        if (rows->runs[middle].first_row <= row) {
            low = middle;
        } else {
            high = middle;
        }
    }
    if (rows->run_count == 0) {
        return false;
    }
    *file = rows->runs[low].file;
    *line = rows->runs[low].first_line + (row - rows->runs[low].first_row);
    return true;
}

/* "...: rows 3 and 7 of cities", as a unique index reports a repeated key. */
static bool tell_pair(const shm_fill *fill, const char *text)
{
    shm_cli_duplicate found;
    unsigned long long lines[2];
    const char *files[2];
    if (!shm_cli_duplicate_read(text, &found) ||
        !find_line(fill, found.collection, found.rows[0], &files[0], &lines[0]) ||
        !find_line(fill, found.collection, found.rows[1], &files[1], &lines[1])) {
        return false;
    }
    fprintf(stderr, "%s:%llu:1: %s (%s:%llu and %s:%llu)\n", files[1], lines[1], text, files[0],
            lines[0], files[1], lines[1]);
    return true;
}

/* "cities row 7: twin: ...", as a ref past the end of its table is reported. */
static bool tell_row(const shm_fill *fill, const char *text)
{
    unsigned long long row;
    unsigned long long line;
    const char *file;
    char name[256];
    int length = 0;
    if (sscanf(text, "%255s row %llu: %n", name, &row, &length) != 2 || length == 0 ||
        !find_line(fill, name, row, &file, &line)) {
        return false;
    }
    fprintf(stderr, "%s:%llu:1: %s\n", file, line, text + length);
    return true;
}

int shm_fill_fail_publish(shm_fill *fill, const char *image, const shm_error *error)
{
    const int code = shm_cli_exit_code(error->status);
    shm_progress_clear(&fill->progress);
    if (code != SHM_EXIT_BAD) {
        return shm_cli_fail_error(image, error);
    }
    if (!tell_pair(fill, error->text) && !tell_row(fill, error->text)) {
        shm_cli_fail(code, "%s", error->text);
    }
    return code;
}
