/* Rows from CSV (RFC 4180): a header that names fields, then a row a record. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fill.h"

typedef struct csv_cell {
    size_t place; /* where it begins in the record as it stands in the file */
    size_t text;  /* where its unquoted text begins: in the record, or in reader->text */
    size_t length;
    bool quoted;
    bool copied; /* the text is in reader->text, since it has doubled quotes */
} csv_cell;

typedef struct csv_column {
    size_t field;
    bool plain; /* the cell is no JSON */
} csv_column;

typedef struct csv_reader {
    shm_fill *fill;
    const shm_collection *collection;
    shm_input *input;
    char delimiter;
    shm_out text; /* of cells that cannot be read where they stand */
    csv_cell *cells;
    size_t cell_count;
    size_t cell_size;
    csv_column *columns;
    size_t column_count;
    size_t record_length; /* in the file, line end included */
    int code;
} csv_reader;

typedef enum csv_step { CSV_WHOLE, CSV_CUT, CSV_BAD } csv_step;

static csv_step fail_at(csv_reader *reader, const char *place, const char *reason)
{
    const shm_input *input = reader->input;
    shm_json *json = &reader->fill->reader.json;
    uint64_t lines_down;
    shm_json_begin(json, input->bytes + input->start, input->end - input->start);
    shm_json_fail(json, place, "%s", reason);
    const uint64_t column = shm_json_column(json, place, &lines_down);
    reader->code = shm_fill_fail(reader->fill, input, input->line + lines_down, column);
    return CSV_BAD;
}

static csv_cell *new_cell(csv_reader *reader, size_t place)
{
    if (reader->cell_count == reader->cell_size) {
        reader->cell_size = reader->cell_size == 0 ? 32 : 2 * reader->cell_size;
        reader->cells = shm_cli_realloc(reader->cells, reader->cell_size * sizeof *reader->cells);
    }
    csv_cell *cell = &reader->cells[reader->cell_count++];
    *cell = (csv_cell){.place = place, .text = place};
    return cell;
}

/* Takes a piece of a quoted cell up to `quote`, the first of two that stand for one. */
static void take_piece(csv_reader *reader, csv_cell *cell, const char *from, const char *quote)
{
    if (!cell->copied) {
        cell->copied = true;
        cell->text = reader->text.length;
    }
    shm_out_bytes(&reader->text, from, (size_t)(quote - from));
}

/* Reads a quoted cell from its quote; *at is then behind the closing one. */
static csv_step read_quoted(csv_reader *reader, csv_cell *cell, const char **at, const char *end)
{
    const char *opening = *at;
    const char *from = opening + 1;
    for (;;) {
        const char *quote = memchr(from, '"', (size_t)(end - from));
        if (quote == NULL || (quote + 1 == end && !reader->input->ended)) {
            return reader->input->ended ? fail_at(reader, opening, "a quoted cell does not end")
                                        : CSV_CUT;
        }
        *at = quote + 1;
        if (quote + 1 < end && quote[1] == '"') {
            take_piece(reader, cell, from, quote + 1);
            from = quote + 2;
            continue;
        }
        if (cell->copied) {
            take_piece(reader, cell, from, quote);
            cell->length = reader->text.length - cell->text;
            shm_out_char(&reader->text, '\0');
        } else {
            cell->text++;
            cell->length = (size_t)(quote - from);
        }
        return CSV_WHOLE;
    }
}

/* The first delimiter, line end or quote, or `end`.  Looks at eight bytes at a time, as the JSON
 * reader does at strings; what follows the input may be read. */
static const char *unquoted_end(const char *at, const char *end, char delimiter)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    const uint64_t highs = UINT64_C(0x8080808080808080);
    for (; at < end; at += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        const uint64_t quote = word ^ (ones * '"');
        const uint64_t newline = word ^ (ones * '\n');
        const uint64_t separator = word ^ (ones * (unsigned char)delimiter);
        const uint64_t marks = (((quote - ones) & ~quote) | ((newline - ones) & ~newline) |
                                ((separator - ones) & ~separator)) &
                               highs;
        if (marks != 0) {
            at += __builtin_ctzll(marks) / 8;
            break;
        }
    }
    return at < end ? at : end;
}

static csv_step read_unquoted(csv_reader *reader, csv_cell *cell, const char **at, const char *end)
{
    const char *from = *at;
    const char *stop = unquoted_end(from, end, reader->delimiter);
    if (stop < end && *stop == '"') {
        return fail_at(reader, stop, "a quote inside a cell that is not quoted");
    }
    *at = stop;
    const bool ends_line = stop < end ? *stop == '\n' : true;
    if (ends_line && stop > from && stop[-1] == '\r') {
        stop--;
    }
    cell->length = (size_t)(stop - from);
    return CSV_WHOLE;
}

/* What stands behind a cell: a delimiter (more follows), or the end of the record. */
static csv_step end_cell(csv_reader *reader, const char **at, const char *end, bool *more)
{
    const char *next = *at;
    *more = false;
    if (next < end && *next == '\r' && (next + 1 < end ? next[1] == '\n' : reader->input->ended)) {
        next++;
    } else if (next < end && *next == '\r' && next + 1 == end) {
        return CSV_CUT;
    }
    if (next == end) {
        *at = next;
        return reader->input->ended ? CSV_WHOLE : CSV_CUT;
    }
    if (*next != '\n' && *next != reader->delimiter) {
        return fail_at(reader, next, "text after the closing quote of a cell");
    }
    *more = *next != '\n';
    *at = next + 1;
    return CSV_WHOLE;
}

/* Splits the record at input->start into cells, as far as it is in the buffer. */
static csv_step split(csv_reader *reader)
{
    const char *start = reader->input->bytes + reader->input->start;
    const char *end = reader->input->bytes + reader->input->end;
    const char *at = start;
    bool more = true;
    reader->cell_count = 0;
    reader->text.length = 0;
    while (more) {
        csv_cell *cell = new_cell(reader, (size_t)(at - start));
        cell->quoted = at < end && *at == '"';
        csv_step step = cell->quoted ? read_quoted(reader, cell, &at, end)
                                     : read_unquoted(reader, cell, &at, end);
        if (step == CSV_WHOLE) {
            step = end_cell(reader, &at, end, &more);
        }
        if (step != CSV_WHOLE) {
            return step;
        }
    }
    if (reader->text.length > 0) { /* the JSON reader looks ahead */
        memset(shm_out_room(&reader->text, SHM_INPUT_SLACK_BYTES), 0, SHM_INPUT_SLACK_BYTES);
    }
    reader->record_length = (size_t)(at - start);
    return CSV_WHOLE;
}

/* The next record into reader->cells; false at the end, or after a message. */
static bool next_record(csv_reader *reader)
{
    for (;;) {
        const bool empty = reader->input->start == reader->input->end;
        const csv_step step = empty ? CSV_CUT : split(reader);
        if (step == CSV_WHOLE) {
            return true;
        }
        if (step == CSV_BAD) {
            return false;
        }
        if (!shm_input_more(reader->input, &reader->code) && (reader->code != 0 || empty)) {
            return false;
        }
    }
}

static void take_record(csv_reader *reader)
{
    const char *at = reader->input->bytes + reader->input->start;
    const char *end = at + reader->record_length;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        reader->input->line++;
        at++;
    }
    reader->input->start += reader->record_length;
}

static shm_string cell_text(const csv_reader *reader, const csv_cell *cell)
{
    const char *base =
        cell->copied ? reader->text.bytes : reader->input->bytes + reader->input->start;
    return shm_string_of(base + cell->text, cell->length);
}

static const char *cell_place(const csv_reader *reader, const csv_cell *cell)
{
    return reader->input->bytes + reader->input->start + cell->place;
}

/* Reports the failure kept while a cell was read, at the cell. */
static bool fail_cell(csv_reader *reader, const char *place)
{
    const shm_input *input = reader->input;
    shm_json position = {.start = input->bytes + input->start};
    uint64_t lines_down;
    const uint64_t column = shm_json_column(&position, place, &lines_down);
    reader->code = shm_fill_fail(reader->fill, input, input->line + lines_down, column);
    return false;
}

static bool fail_column(csv_reader *reader, const csv_cell *cell, const char *what)
{
    char reason[512];
    char quoted[SHM_JSON_QUOTED_BYTES];
    const char *name = reader->collection->record->name;
    shm_json_quote_text(cell_text(reader, cell), quoted);
    snprintf(reason, sizeof reason, "%s column \"%s\"%s%s", what, quoted,
             name == NULL ? "" : " of record ", name == NULL ? "" : name);
    fail_at(reader, cell_place(reader, cell), reason);
    return false;
}

/* An empty line holds no cells, rather than an empty one, where the record has no fields. */
static void drop_no_cell(csv_reader *reader)
{
    if (reader->collection->record->field_count == 0 && reader->cell_count == 1 &&
        reader->cells[0].length == 0) {
        reader->cell_count = 0;
    }
}

static bool read_header(csv_reader *reader)
{
    const shm_field_table *table =
        shm_field_tables_at(&reader->fill->reader.fields, reader->collection->record);
    if (!next_record(reader)) {
        if (reader->code == 0) {
            fail_at(reader, reader->input->bytes + reader->input->start,
                    "no header: the first line must name the fields");
        }
        return false;
    }
    drop_no_cell(reader);
    reader->column_count = reader->cell_count;
    reader->columns = shm_cli_realloc(NULL, (reader->column_count + 1) * sizeof *reader->columns);
    for (size_t i = 0; i < reader->column_count; i++) {
        const csv_cell *cell = &reader->cells[i];
        csv_column *column = &reader->columns[i];
        column->field = shm_field_table_find(table, cell_text(reader, cell));
        if (column->field == SIZE_MAX) {
            return fail_column(reader, cell, "unknown");
        }
        for (size_t k = 0; k < i; k++) {
            if (reader->columns[k].field == column->field) {
                return fail_column(reader, cell, "repeated");
            }
        }
        column->plain = shm_type_is_plain(reader->collection->record->fields[column->field].type);
    }
    take_record(reader);
    return true;
}

/* Puts the value of a text that a NUL ends. */
static bool read_text(csv_reader *reader, const csv_cell *cell, const csv_column *column,
                      shm_string text)
{
    shm_row_reader *rows = &reader->fill->reader;
    const shm_field *field = &reader->collection->record->fields[column->field];
    const shm_json_step step = {.name = field->name};
    shm_json_begin(&rows->json, text.data, text.length);
    rows->json.path = &step;
    if (!column->plain) {
        return shm_row_read_value(rows, field->type) && shm_json_end(&rows->json);
    }
    rows->json.plain = true;
    const bool is_null = !cell->quoted && shm_string_equal(text, SHM_STR("null"));
    if (is_null && (field->type->nullable || shm_field_null_is_absent(field))) {
        if (field->type->nullable) {
            shm_put_null(rows->builder);
        } else {
            shm_put_absent(rows->builder);
        }
        return shm_row_check(rows, text.data);
    }
    return shm_row_read_plain(rows, field->type, text, text.data);
}

/* Puts a cell's value.  Its text stands in the input, mostly: a NUL takes the place of what ends it
 * meanwhile. */
static bool read_cell(csv_reader *reader, const csv_cell *cell, const csv_column *column)
{
    const shm_string text = cell_text(reader, cell);
    char *end = cell->copied ? reader->text.bytes : reader->input->bytes + reader->input->start;
    end += cell->text + cell->length;
    const char ended_by = *end;
    *end = '\0';
    const bool is_read = read_text(reader, cell, column, text);
    *end = ended_by;
    return is_read;
}

/* Does the cell leave its field out?  A text that must be given is empty then, as other writers of
 * CSV mean it. */
static bool leaves_out(const csv_cell *cell, const shm_field *field)
{
    const shm_kind kind = field->type->kind;
    const bool is_text = kind == SHM_STRING || kind == SHM_BYTES;
    return cell->length == 0 && !cell->quoted && (!is_text || field->has_default);
}

static bool read_row(csv_reader *reader)
{
    shm_row_reader *rows = &reader->fill->reader;
    const shm_type *record = reader->collection->record;
    shm_error error; /* set by who fails */
    const char *start = reader->input->bytes + reader->input->start;
    shm_json_begin(&rows->json, start, reader->record_length);
    drop_no_cell(reader);
    if (reader->cell_count != reader->column_count) {
        shm_json_fail(&rows->json, start, "%zu cells where the header has %zu", reader->cell_count,
                      reader->column_count);
        return fail_cell(reader, start);
    }
    size_t next = 0; /* the field that follows the one put last */
    shm_builder_row_begin(rows->builder, reader->collection->number);
    for (size_t i = 0; i < reader->cell_count; i++) {
        const csv_cell *cell = &reader->cells[i];
        const csv_column *column = &reader->columns[i];
        if (leaves_out(cell, &record->fields[column->field])) {
            continue;
        }
        if (column->field != next) {
            shm_put_field(rows->builder, column->field);
        }
        next = column->field + 1;
        if (!read_cell(reader, cell, column)) {
            return fail_cell(reader, cell_place(reader, cell));
        }
    }
    shm_json_begin(&rows->json, start, reader->record_length);
    rows->status = shm_builder_row_end(rows->builder, NULL, &error);
    if (rows->status != SHM_OK) {
        shm_json_fail_text(&rows->json, start, error.text);
        return fail_cell(reader, start);
    }
    return true;
}

static void read_records(csv_reader *reader)
{
    if (!read_header(reader)) {
        return;
    }
    while (next_record(reader)) {
        const bool blank = reader->cell_count == 1 && reader->cells[0].length == 0 &&
                           !reader->cells[0].quoted && reader->column_count > 1;
        if (!blank) {
            if (!read_row(reader)) {
                return;
            }
            shm_fill_count(reader->fill, reader->collection, reader->input, reader->input->line);
        }
        take_record(reader);
    }
}

int shm_fill_csv(shm_fill *fill, const shm_collection *collection, const char *path, char delimiter)
{
    shm_input input;
    csv_reader reader = {
        .fill = fill, .collection = collection, .input = &input, .delimiter = delimiter};
    reader.code = shm_input_open(&input, path);
    if (reader.code != SHM_EXIT_DONE) {
        return reader.code;
    }
    if (shm_input_skip_mark(&input, &reader.code)) {
        read_records(&reader);
    }
    shm_fill_progress(fill, &input);
    fill->done_bytes += input.read_bytes;
    shm_input_close(&input);
    shm_out_close(&reader.text);
    free(reader.cells);
    free(reader.columns);
    return reader.code;
}
