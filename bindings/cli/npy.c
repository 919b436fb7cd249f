#include "npy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* The header is a Python literal: {'descr': ..., 'fortran_order': ..., 'shape': (...), } */
typedef struct literal {
    const char *at; /* ends with a NUL */
} literal;

static bool take(literal *text, char c)
{
    while (*text->at == ' ' || *text->at == '\n' || *text->at == '\t') {
        text->at++;
    }
    if (*text->at != c) {
        return false;
    }
    text->at++;
    return true;
}

static bool take_string(literal *text, char *string, size_t size)
{
    const char quote = take(text, '\'') ? '\'' : take(text, '"') ? '"' : '\0';
    const char *end = quote == '\0' ? NULL : strchr(text->at, quote);
    if (end == NULL || (size_t)(end - text->at) >= size ||
        memchr(text->at, '\\', (size_t)(end - text->at)) != NULL) {
        return false;
    }
    memcpy(string, text->at, (size_t)(end - text->at));
    string[end - text->at] = '\0';
    text->at = end + 1;
    return true;
}

static bool take_bool(literal *text, bool *value)
{
    take(text, ' ');
    *value = strncmp(text->at, "True", 4) == 0;
    if (!*value && strncmp(text->at, "False", 5) != 0) {
        return false;
    }
    text->at += *value ? 4 : 5;
    return true;
}

static bool take_shape(literal *text, shm_npy *npy)
{
    npy->ndim = 0;
    npy->count = 1;
    bool empty = false;
    bool overflow = false;
    if (!take(text, '(')) {
        return false;
    }
    while (!take(text, ')')) {
        char *end;
        take(text, ' ');
        if (*text->at < '0' || *text->at > '9' || npy->ndim == SHM_TENSOR_NDIM_MAX) {
            return false;
        }
        const uint64_t dimension = strtoull(text->at, &end, 10);
        text->at = end + (*end == 'L' ? 1 : 0);
        npy->shape[npy->ndim++] = dimension;
        empty = empty || dimension == 0;
        overflow = __builtin_mul_overflow(npy->count, dimension, &npy->count) || overflow;
        if (!take(text, ',') && *text->at != ')') {
            return false;
        }
    }
    npy->count = empty ? 0 : npy->count;
    return empty || !overflow;
}

static bool is_little_endian(void)
{
    const uint16_t one = 1;
    return *(const unsigned char *)&one == 1;
}

/* "<f4" into the column. */
static bool parse_dtype(const char *text, shm_npy_column *column)
{
    char *end;
    const char order = *text;
    if (strchr("<>=|", order) == NULL || order == '\0' || strchr("biuf", text[1]) == NULL ||
        text[1] == '\0' || text[2] < '0' || text[2] > '9') {
        return false;
    }
    column->letter = text[1];
    column->size = strtoull(text + 2, &end, 10);
    column->swapped = column->size > 1 && order == (is_little_endian() ? '>' : '<');
    const bool whole =
        column->size == 1 || column->size == 2 || column->size == 4 || column->size == 8;
    return *end == '\0' && whole && (column->letter != 'b' || column->size == 1) &&
           (column->letter != 'f' || column->size >= 4);
}

static shm_npy_column *add_column(shm_npy *npy)
{
    npy->columns = shm_cli_realloc(npy->columns, (npy->column_count + 1) * sizeof *npy->columns);
    shm_npy_column *column = &npy->columns[npy->column_count++];
    memset(column, 0, sizeof *column);
    column->offset = npy->item_size;
    return column;
}

/* A dtype, or a list of (name, dtype). */
static bool take_dtype(literal *text, shm_npy *npy)
{
    char dtype[64];
    if (!take(text, '[')) {
        shm_npy_column *column = add_column(npy);
        if (!take_string(text, dtype, sizeof dtype) || !parse_dtype(dtype, column)) {
            return false;
        }
        npy->item_size = column->size;
        return true;
    }
    npy->structured = true;
    while (!take(text, ']')) {
        shm_npy_column *column = add_column(npy);
        if (!take(text, '(') || !take_string(text, column->name, sizeof column->name) ||
            !take(text, ',') || !take_string(text, dtype, sizeof dtype) ||
            !parse_dtype(dtype, column) || !take(text, ')')) {
            return false;
        }
        npy->item_size += column->size;
        take(text, ',');
    }
    return npy->column_count > 0;
}

static const char *parse_header(const char *header, shm_npy *npy)
{
    literal text = {header};
    unsigned seen = 0;
    if (!take(&text, '{')) {
        return "its header is no Python dictionary";
    }
    while (!take(&text, '}')) {
        char key[32];
        if (!take_string(&text, key, sizeof key) || !take(&text, ':')) {
            return "its header is no Python dictionary";
        }
        if (strcmp(key, "descr") == 0 && (seen & 1) == 0) {
            seen |= 1;
            if (!take_dtype(&text, npy)) {
                return "its elements are not integers, f4 or f8 floats, bools or plain structures "
                       "of these";
            }
        } else if (strcmp(key, "fortran_order") == 0 && (seen & 2) == 0) {
            seen |= 2;
            if (!take_bool(&text, &npy->fortran_order)) {
                return "its fortran_order is neither True nor False";
            }
        } else if (strcmp(key, "shape") == 0 && (seen & 4) == 0) {
            seen |= 4;
            if (!take_shape(&text, npy)) {
                return "its shape is no tuple of at most 32 sizes";
            }
        } else {
            return "its header has an unknown or a repeated entry";
        }
        take(&text, ',');
    }
    return seen == 7 ? NULL : "its header lacks descr, fortran_order or shape";
}

/* Waits for `length` bytes at input->start. */
static bool need(shm_input *input, size_t length, int *code)
{
    while (input->end - input->start < length) {
        if (!shm_input_more(input, code)) {
            return false;
        }
    }
    return true;
}

static const char *read_header(shm_input *input, shm_npy *npy, int *code)
{
    static const char cut[] = "it ends within its header";
    if (!need(input, 10, code) || memcmp(input->bytes + input->start, "\x93NUMPY", 6) != 0) {
        return "it is no .npy file";
    }
    const unsigned char *bytes = (const unsigned char *)input->bytes + input->start;
    const unsigned major = bytes[6];
    const size_t fixed = major == 1 ? 10 : 12;
    if (major < 1 || major > 3) {
        return "its format version is not 1, 2 or 3";
    }
    if (!need(input, fixed, code)) {
        return cut;
    }
    bytes = (const unsigned char *)input->bytes + input->start;
    size_t length = (size_t)bytes[8] | (size_t)bytes[9] << 8;
    if (major > 1) {
        length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    }
    if (length > (size_t)1 << 24 || !need(input, fixed + length, code)) {
        return cut;
    }
    char *header = shm_cli_realloc(NULL, length + 1);
    memcpy(header, input->bytes + input->start + fixed, length);
    header[length] = '\0';
    const char *reason = parse_header(header, npy);
    free(header);
    input->start += fixed + length;
    return reason;
}

int shm_npy_read(shm_input *input, shm_npy *npy)
{
    int code = SHM_EXIT_DONE;
    memset(npy, 0, sizeof *npy);
    const char *reason = read_header(input, npy, &code);
    if (code == SHM_EXIT_DONE && reason != NULL) {
        code = shm_cli_fail(SHM_EXIT_BAD, "%s: %s", input->name, reason);
    }
    if (code != SHM_EXIT_DONE) {
        shm_npy_close(npy);
    }
    return code;
}

void shm_npy_close(shm_npy *npy)
{
    free(npy->columns);
    memset(npy, 0, sizeof *npy);
}

void shm_npy_column_text(const shm_npy_column *column, char text[8])
{
    const bool little = is_little_endian() != column->swapped;
    snprintf(text, 8, "%c%c%u",
             column->size == 1 ? '|'
             : little          ? '<'
                               : '>',
             column->letter, (unsigned)(column->size & 0xff));
}

static char kind_letter(shm_kind kind, size_t *size)
{
    static const size_t sizes[] = {1, 2, 4, 8};
    if (kind == SHM_BOOL) {
        *size = 1;
        return 'b';
    }
    if (kind == SHM_F32 || kind == SHM_F64) {
        *size = kind == SHM_F32 ? 4 : 8;
        return 'f';
    }
    if (kind >= SHM_I8 && kind <= SHM_U64) {
        *size = sizes[(kind - SHM_I8) % 4];
        return kind <= SHM_I64 ? 'i' : 'u';
    }
    *size = 0;
    return '\0';
}

bool shm_npy_is_kind(const shm_npy_column *column, shm_kind kind)
{
    size_t size;
    const char letter = kind_letter(kind, &size);
    return column->letter == letter && column->size == size;
}

void shm_npy_swap(unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        const unsigned char byte = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = byte;
    }
}

void shm_npy_write_header(shm_out *out, shm_kind kind, const shm_tensor *tensor)
{
    shm_npy_column column = {.swapped = false};
    char dtype[8];
    shm_out text = {0};
    column.letter = kind_letter(kind, &column.size);
    shm_npy_column_text(&column, dtype);
    shm_out_print(&text, "{'descr': '%s', 'fortran_order': False, 'shape': (", dtype);
    for (size_t i = 0; i < tensor->ndim; i++) {
        const uint64_t size = tensor->shape == NULL ? 0 : tensor->shape[i];
        shm_out_print(&text,
                      i + 1 < tensor->ndim ? "%llu, "
                      : tensor->ndim == 1  ? "%llu,"
                                           : "%llu",
                      (unsigned long long)size);
    }
    shm_out_text(&text, "), }");
    /* The elements begin at a multiple of 64; a newline ends the header. */
    const size_t length = (10 + text.length + 1 + 63) / 64 * 64 - 10;
    while (text.length < length - 1) {
        shm_out_char(&text, ' ');
    }
    shm_out_char(&text, '\n');
    shm_out_bytes(out, "\x93NUMPY\x01\x00", 8);
    shm_out_char(out, (char)(length & 0xff));
    shm_out_char(out, (char)(length >> 8));
    shm_out_bytes(out, text.bytes, text.length);
    shm_out_close(&text);
}
