/* Tensors, sets of numbers and plain rows from .npy files. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "fill.h"
#include "npy.h"

enum { CHUNK_BYTES = 1 << 16 };

static int fail_builder(shm_fill *fill, const char *path, const shm_error *error)
{
    shm_progress_clear(&fill->progress);
    return shm_cli_fail_error(path, error);
}

/* Copies the next `length` bytes of the file; false after a message. */
static bool read_exactly(shm_input *input, unsigned char *bytes, size_t length, int *code)
{
    size_t done = 0;
    while (done < length) {
        const size_t left = input->end - input->start;
        const size_t piece = left < length - done ? left : length - done;
        memcpy(bytes + done, input->bytes + input->start, piece);
        input->start += piece;
        done += piece;
        if (done < length && !shm_input_more(input, code)) {
            if (*code == SHM_EXIT_DONE) {
                *code =
                    shm_cli_fail(SHM_EXIT_BAD, "%s: it ends before its last element", input->name);
            }
            return false;
        }
    }
    return true;
}

static void swap_all(unsigned char *bytes, size_t count, const shm_npy_column *column)
{
    if (column->swapped) {
        for (size_t i = 0; i < count; i++) {
            shm_npy_swap(bytes + i * column->size, column->size);
        }
    }
}

static int check_end(shm_input *input)
{
    int code = SHM_EXIT_DONE;
    if (input->start < input->end || shm_input_more(input, &code)) {
        return shm_cli_fail(SHM_EXIT_BAD, "%s: bytes follow its last element", input->name);
    }
    return code;
}

/* ---- tensors ---- */

static int add_elements(shm_fill *fill, const shm_collection *collection, const char *path,
                        const void *elements, size_t count)
{
    shm_error error = {.status = SHM_OK};
    if (shm_builder_tensor_add(fill->builder, collection->number, elements, count, &error) !=
        SHM_OK) {
        return fail_builder(fill, path, &error);
    }
    return SHM_EXIT_DONE;
}

static int add_in_c_order(shm_fill *fill, const shm_collection *collection, shm_input *input,
                          const shm_npy *npy)
{
    static _Alignas(8) unsigned char chunk[CHUNK_BYTES];
    const size_t most = CHUNK_BYTES / npy->item_size;
    int code = SHM_EXIT_DONE;
    for (uint64_t done = 0; done < npy->count && code == SHM_EXIT_DONE;) {
        const size_t count = npy->count - done < most ? (size_t)(npy->count - done) : most;
        if (!read_exactly(input, chunk, count * npy->item_size, &code)) {
            return code;
        }
        swap_all(chunk, count, &npy->columns[0]);
        code = add_elements(fill, collection, input->name, chunk, count);
        shm_fill_progress(fill, input);
        done += count;
    }
    return code;
}

/* Moves to the next index in C order, keeping its place in a Fortran-ordered file. */
static void step_index(const shm_npy *npy, const uint64_t *strides, uint64_t *index,
                       uint64_t *place)
{
    for (size_t axis = npy->ndim; axis-- > 0;) {
        *place += strides[axis];
        if (++index[axis] < npy->shape[axis]) {
            return;
        }
        *place -= strides[axis] * npy->shape[axis];
        index[axis] = 0;
    }
}

/* Fortran order: the whole file is read, and its elements picked in C order. */
static int add_transposed(shm_fill *fill, const shm_collection *collection, shm_input *input,
                          const shm_npy *npy)
{
    static _Alignas(8) unsigned char chunk[CHUNK_BYTES];
    uint64_t strides[SHM_TENSOR_NDIM_MAX];
    uint64_t index[SHM_TENSOR_NDIM_MAX] = {0};
    uint64_t stride = 1;
    uint64_t place = 0;
    size_t filled = 0;
    const size_t size = npy->item_size;
    size_t bytes;
    int code = SHM_EXIT_DONE;
    if (__builtin_mul_overflow((size_t)npy->count, size, &bytes)) {
        return shm_cli_fail(SHM_EXIT_BAD, "%s: it ends before its last element", input->name);
    }
    for (size_t axis = 0; axis < npy->ndim; axis++) {
        strides[axis] = stride;
        stride *= npy->shape[axis];
    }
    unsigned char *all = shm_cli_realloc(NULL, bytes + 1);
    if (read_exactly(input, all, bytes, &code)) {
        swap_all(all, (size_t)npy->count, &npy->columns[0]);
        for (uint64_t i = 0; i < npy->count && code == SHM_EXIT_DONE; i++) {
            memcpy(chunk + filled, all + place * size, size);
            filled += size;
            step_index(npy, strides, index, &place);
            if (filled == CHUNK_BYTES || i + 1 == npy->count) {
                code = add_elements(fill, collection, input->name, chunk, filled / size);
                filled = 0;
            }
        }
    }
    free(all);
    return code;
}

/* Whether a file of known length holds the elements that its header promises. */
static int check_length(const shm_input *input, const shm_npy *npy)
{
    const uint64_t header = input->read_bytes - (input->end - input->start);
    uint64_t bytes;
    if (input->file_bytes == 0 ||
        (!__builtin_mul_overflow(npy->count, (uint64_t)npy->item_size, &bytes) &&
         bytes == input->file_bytes - header)) {
        return SHM_EXIT_DONE;
    }
    return shm_cli_fail(SHM_EXIT_BAD,
                        "%s: it holds %llu bytes of elements, its header promises "
                        "%llu elements of %zu bytes",
                        input->name, (unsigned long long)(input->file_bytes - header),
                        (unsigned long long)npy->count, npy->item_size);
}

static int open_tensor(const shm_collection *collection, const char *path, shm_input *input,
                       shm_npy *npy)
{
    int code = shm_input_open(input, path);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    code = shm_npy_read(input, npy);
    if (code == SHM_EXIT_DONE &&
        (npy->structured || !shm_npy_is_kind(&npy->columns[0], collection->element->kind))) {
        char dtype[8] = "a list";
        char element[64];
        if (!npy->structured) {
            shm_npy_column_text(&npy->columns[0], dtype);
        }
        shm_type_text(collection->element, element, sizeof element);
        code = shm_cli_fail(SHM_EXIT_BAD, "%s: its elements are %s, %s is a tensor<%s>",
                            input->name, dtype, collection->name, element);
        shm_npy_close(npy);
    }
    if (code == SHM_EXIT_DONE && (code = check_length(input, npy)) != SHM_EXIT_DONE) {
        shm_npy_close(npy);
    }
    if (code != SHM_EXIT_DONE) {
        shm_input_close(input);
    }
    return code;
}

/* Reads the headers: the files follow one another along the first axis. */
static int join_shapes(const shm_collection *collection, const char *const *paths,
                       size_t path_count, shm_npy *whole)
{
    memset(whole, 0, sizeof *whole);
    for (size_t i = 0; i < path_count; i++) {
        shm_input input;
        shm_npy npy;
        const int code = open_tensor(collection, paths[i], &input, &npy);
        if (code != SHM_EXIT_DONE) {
            return code;
        }
        shm_input_close(&input);
        const bool fits = i == 0 || (npy.ndim > 0 && npy.ndim == whole->ndim &&
                                     memcmp(npy.shape + 1, whole->shape + 1,
                                            (npy.ndim - 1) * sizeof *npy.shape) == 0);
        const uint64_t before = whole->shape[0];
        if (i == 0) {
            *whole = npy;
        } else if (fits) {
            whole->shape[0] += npy.shape[0];
        }
        shm_npy_close(&npy);
        whole->columns = NULL;
        if (!fits || whole->shape[0] < before) {
            return shm_cli_fail(SHM_EXIT_BAD,
                                "%s: its shape does not follow on that of the files before it: "
                                "only the first dimension may differ",
                                paths[i]);
        }
    }
    return SHM_EXIT_DONE;
}

static int add_tensor_file(shm_fill *fill, const shm_collection *collection, const char *path)
{
    shm_input input;
    shm_npy npy;
    int code = open_tensor(collection, path, &input, &npy);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    code = npy.fortran_order && npy.ndim > 1 ? add_transposed(fill, collection, &input, &npy)
                                             : add_in_c_order(fill, collection, &input, &npy);
    if (code == SHM_EXIT_DONE) {
        code = check_end(&input);
    }
    fill->done_bytes += input.read_bytes;
    shm_input_close(&input);
    shm_npy_close(&npy);
    return code;
}

int shm_fill_tensor(shm_fill *fill, const shm_collection *collection, const char *const *paths,
                    size_t path_count)
{
    shm_npy whole;
    shm_error error = {.status = SHM_OK};
    int code = join_shapes(collection, paths, path_count, &whole);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    if (shm_builder_tensor_begin(fill->builder, collection->number, whole.shape, whole.ndim,
                                 &error) != SHM_OK) {
        return fail_builder(fill, paths[0], &error);
    }
    uint64_t *count = &fill->collections[collection->number].count;
    *count = 1;
    for (size_t i = 0; i < whole.ndim; i++) {
        *count *= whole.shape[i];
    }
    for (size_t i = 0; i < path_count && code == SHM_EXIT_DONE; i++) {
        code = add_tensor_file(fill, collection, paths[i]);
    }
    return code;
}

/* ---- rows ---- */

static void put_column(shm_builder *builder, const shm_npy_column *column,
                       const unsigned char *element)
{
    _Alignas(8) unsigned char bytes[8] = {0};
    uint64_t word;
    double number;
    float narrow;
    memcpy(bytes, element + column->offset, column->size);
    if (column->swapped) {
        shm_npy_swap(bytes, column->size);
    }
    memcpy(&word, bytes, sizeof word);
    if (column->letter == 'b') {
        shm_put_bool(builder, word != 0);
    } else if (column->letter == 'u') {
        shm_put_uint(builder, word);
    } else if (column->letter == 'i') {
        const unsigned shift = (unsigned)(64 - 8 * column->size);
        shm_put_int(builder, (int64_t)(word << shift) >> shift);
    } else if (column->size == 4) {
        memcpy(&narrow, bytes, sizeof narrow);
        shm_put_float(builder, (double)narrow);
    } else {
        memcpy(&number, bytes, sizeof number);
        shm_put_float(builder, number);
    }
}

/* The field of each column; a plain array fills the only field there is. */
static int match_columns(shm_fill *fill, const shm_collection *collection, const char *path,
                         const shm_npy *npy, size_t *fields)
{
    const shm_field_table *table = shm_field_tables_at(&fill->reader.fields, collection->record);
    if (npy->ndim != 1 || (!npy->structured && table->count != 1)) {
        return shm_cli_fail(SHM_EXIT_BAD, "%s: %s takes one-dimensional arrays%s", path,
                            collection->name,
                            table->count == 1 ? "" : " of structures whose names are its fields");
    }
    for (size_t i = 0; i < npy->column_count; i++) {
        const char *name = npy->columns[i].name;
        fields[i] =
            npy->structured ? shm_field_table_find(table, shm_string_of(name, strlen(name))) : 0;
        if (fields[i] == SIZE_MAX) {
            return shm_cli_fail(SHM_EXIT_BAD, "%s: unknown field \"%s\" of %s", path, name,
                                collection->name);
        }
    }
    return SHM_EXIT_DONE;
}

static int add_rows(shm_fill *fill, const shm_collection *collection, shm_input *input,
                    const shm_npy *npy, const size_t *fields, unsigned char *element)
{
    int code = SHM_EXIT_DONE;
    for (uint64_t row = 0; row < npy->count; row++) {
        shm_error error = {.status = SHM_OK};
        if (!read_exactly(input, element, npy->item_size, &code)) {
            return code;
        }
        shm_builder_row_begin(fill->builder, collection->number);
        for (size_t i = 0; i < npy->column_count; i++) {
            shm_put_field(fill->builder, fields[i]);
            put_column(fill->builder, &npy->columns[i], element);
        }
        if (shm_builder_row_end(fill->builder, NULL, &error) != SHM_OK) {
            shm_progress_clear(&fill->progress);
            return shm_cli_fail(shm_cli_exit_code(error.status), "%s: element %llu: %s",
                                input->name, (unsigned long long)row, error.text);
        }
        fill->collections[collection->number].count++;
    }
    return check_end(input);
}

int shm_fill_npy_rows(shm_fill *fill, const shm_collection *collection, const char *path)
{
    shm_input input;
    shm_npy npy;
    int code = shm_input_open(&input, path);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    code = shm_npy_read(&input, &npy);
    if (code == SHM_EXIT_DONE) {
        size_t *fields = shm_cli_realloc(NULL, npy.column_count * sizeof *fields);
        unsigned char *element = shm_cli_realloc(NULL, npy.item_size);
        code = match_columns(fill, collection, path, &npy, fields);
        if (code == SHM_EXIT_DONE) {
            code = add_rows(fill, collection, &input, &npy, fields, element);
        }
        free(fields);
        free(element);
        shm_npy_close(&npy);
    }
    fill->done_bytes += input.read_bytes;
    shm_input_close(&input);
    return code;
}
