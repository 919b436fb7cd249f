/* cells.c — where the cells of a record stand that may refer to the heap. */
#include "collections/heap/cells.h"

#include <stdlib.h>

#include "libshm/error.h"

static shm_status add_run(shm_cells *cells, struct shm_cell_run run, shm_error *error)
{
    if (cells->count == cells->capacity) {
        const size_t capacity = cells->capacity == 0 ? 8 : cells->capacity * 2;
        struct shm_cell_run *runs = realloc(cells->runs, capacity * sizeof *runs);
        if (runs == NULL) {
            return shm_fail_memory(error);
        }
        cells->runs = runs;
        cells->capacity = capacity;
    }
    cells->runs[cells->count++] = run;
    return SHM_OK;
}

static shm_status add_type(shm_cells *cells, const shm_type *type, uint64_t offset,
                           shm_error *error);

static shm_status add_fields(shm_cells *cells, const shm_type *type, uint64_t offset,
                             shm_error *error)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const shm_status status = add_type(cells, field->type, offset + field->offset, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    return SHM_OK;
}

/* The runs of one element, from `first` on, become those of all: a run of one cell gets the
 * element's stride, one that fills the element grows longer, others are repeated. */
static shm_status repeat_runs(shm_cells *cells, size_t first, uint64_t stride, uint64_t length,
                              shm_error *error)
{
    const size_t end = cells->count;
    for (size_t i = first; i < end; i++) {
        struct shm_cell_run *run = &cells->runs[i];
        if (run->count == 1) {
            run->stride = stride;
            run->count = length;
        } else if (run->count * run->stride == stride) {
            run->count *= length;
        } else {
            struct shm_cell_run copy = *run;
            for (uint64_t k = 1; k < length; k++) {
                copy.offset += stride;
                const shm_status status = add_run(cells, copy, error);
                if (status != SHM_OK) {
                    return status;
                }
            }
        }
    }
    return SHM_OK;
}

static shm_status add_type(shm_cells *cells, const shm_type *type, uint64_t offset,
                           shm_error *error)
{
    if (!type->has_cells) {
        return SHM_OK;
    }
    switch (type->kind) {
    case SHM_OPTIONAL:
        return add_type(cells, type->element, offset, error);
    case SHM_STRUCT:
    case SHM_TUPLE:
        return add_fields(cells, type, offset, error);
    case SHM_ARRAY: {
        const size_t first = cells->count;
        if (type->length == 0) {
            return SHM_OK;
        }
        const shm_status status = add_type(cells, type->element, offset, error);
        return status == SHM_OK
                   ? repeat_runs(cells, first, type->element->size, type->length, error)
                   : status;
    }
    default: {
        const bool is_text = type->kind == SHM_STRING || type->kind == SHM_BYTES ||
                             type->kind == SHM_DECIMAL || type->kind == SHM_ANY;
        return add_run(cells, (struct shm_cell_run){offset, type->size, 1, is_text}, error);
    }
    }
}

shm_status shm_cells_open(const shm_type *type, shm_cells *cells, shm_error *error)
{
    const shm_status status = add_fields(cells, type, 0, error);
    if (status != SHM_OK) {
        shm_cells_close(cells);
    }
    return status;
}

void shm_cells_close(shm_cells *cells)
{
    free(cells->runs);
    cells->runs = NULL;
    cells->count = 0;
    cells->capacity = 0;
}
