#include "fill.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

void shm_fill_open(shm_fill *fill, const shm_schema *schema, shm_builder *builder)
{
    const size_t bytes = (schema->dataset->collection_count + 1) * sizeof *fill->collections;
    fill->schema = schema;
    fill->builder = builder;
    fill->collections = shm_cli_realloc(NULL, bytes);
    memset(fill->collections, 0, bytes);
    shm_row_reader_open(&fill->reader, builder, schema);
}

void shm_fill_close(shm_fill *fill)
{
    shm_row_reader_close(&fill->reader);
    for (size_t i = 0; i < fill->schema->dataset->collection_count; i++) {
        free(fill->collections[i].runs);
    }
    free(fill->collections);
    fill->collections = NULL;
}

static bool ends_with(const char *path, const char *ending)
{
    const size_t length = strlen(path);
    const size_t ending_length = strlen(ending);
    return length >= ending_length && strcmp(path + length - ending_length, ending) == 0;
}

shm_file_form shm_file_form_of(const char *path)
{
    if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdin") == 0 ||
        strncmp(path, "/dev/fd/", 8) == 0 || ends_with(path, ".jsonl") ||
        ends_with(path, ".ndjson")) {
        return SHM_FILE_JSONL;
    }
    if (ends_with(path, ".csv")) {
        return SHM_FILE_CSV;
    }
    if (ends_with(path, ".tsv")) {
        return SHM_FILE_TSV;
    }
    return ends_with(path, ".npy") ? SHM_FILE_NPY : SHM_FILE_UNKNOWN;
}

int shm_fill_fail(shm_fill *fill, const shm_input *input, uint64_t line, uint64_t column)
{
    const shm_row_reader *reader = &fill->reader;
    const int code = reader->status == SHM_OK ? SHM_EXIT_BAD : shm_cli_exit_code(reader->status);
    shm_progress_clear(&fill->progress);
    if (code != SHM_EXIT_BAD) {
        return shm_cli_fail(code, "%s", reader->json.reason);
    }
    fprintf(stderr, "%s:%llu:%llu: %s\n", input->name, (unsigned long long)line,
            (unsigned long long)column, reader->json.reason);
    return code;
}

void shm_fill_progress(shm_fill *fill, const shm_input *input)
{
    if (fill->progress.mode != SHM_PROGRESS_NEVER) {
        shm_progress_show(&fill->progress, "rows", fill->done_bytes + input->read_bytes,
                          fill->total_bytes);
    }
}

void shm_fill_count(shm_fill *fill, const shm_collection *collection, const shm_input *input,
                    uint64_t line)
{
    shm_fill_rows *rows = &fill->collections[collection->number];
    const uint64_t row = rows->count++;
    const shm_fill_run *last = rows->run_count == 0 ? NULL : &rows->runs[rows->run_count - 1];
    if (last == NULL || last->file != input->name ||
        line != last->first_line + (row - last->first_row)) {
        if (rows->run_count == rows->run_size) {
            rows->run_size = rows->run_size == 0 ? 4 : 2 * rows->run_size;
            rows->runs = shm_cli_realloc(rows->runs, rows->run_size * sizeof *rows->runs);
        }
        rows->runs[rows->run_count++] = (shm_fill_run){input->name, row, line};
    }
    if ((row & 0xfff) == 0) {
        shm_fill_progress(fill, input);
    }
}

/* Whether nothing but space stands in the line. */
static bool is_blank(const char *line, size_t length)
{
    while (length > 0 && shm_json_is_space(line[length - 1])) {
        length--;
    }
    return length == 0;
}

static int read_lines(shm_fill *fill, const shm_collection *collection, shm_input *input)
{
    shm_json *json = &fill->reader.json;
    int code = SHM_EXIT_DONE;
    char *line;
    size_t length;
    if (!shm_input_skip_mark(input, &code)) {
        return code;
    }
    while (shm_input_line(input, &line, &length, &code)) {
        if (is_blank(line, length)) {
            continue;
        }
        shm_json_begin(json, line, length);
        if (!shm_row_read(&fill->reader, collection)) {
            uint64_t lines_down;
            const uint64_t column = shm_json_column(json, json->failed_at, &lines_down);
            return shm_fill_fail(fill, input, input->line - 1, column);
        }
        shm_fill_count(fill, collection, input, input->line - 1);
    }
    return code;
}

int shm_fill_jsonl(shm_fill *fill, const shm_collection *collection, const char *path)
{
    shm_input input;
    int code = shm_input_open(&input, path);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    code = read_lines(fill, collection, &input);
    shm_fill_progress(fill, &input);
    fill->done_bytes += input.read_bytes;
    shm_input_close(&input);
    return code;
}
