/* verify.c — everything that opening an image leaves unchecked, part by part.
 *
 * The order matters: rows are checked before the indexes that hash their keys, and each heap before
 * the rows that refer to it. */
#include "collections/dataset/verify.h"

#include "collections/array/rows_verify.h"
#include "collections/dataset/dataset.h"
#include "collections/heap/heap_verify.h"
#include "collections/tensor/tensor_verify.h"
#include "libshm/error.h"

/* What refs may hold: the number of rows of a record's table, by the record's type id. */
static uint64_t *count_rows(const shm_stored *stored, shm_arena *arena)
{
    const shm_schema *schema = stored->schema;
    uint64_t *row_counts = shm_arena_alloc_array(arena, schema->type_count, sizeof *row_counts);
    if (row_counts == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < schema->dataset->collection_count; i++) {
        const shm_collection *collection = &schema->dataset->collections[i];
        if (collection->kind == SHM_TABLE) {
            row_counts[collection->record->id] = stored->collections[i].rows->count;
        }
    }
    return row_counts;
}

static shm_status verify_collection(shm_verifier *verifier, const shm_collection *collection,
                                    const struct shm_bound_collection *bound)
{
    verifier->where = collection->name;
    verifier->operations++;
    if (bound->tensor != NULL) {
        return shm_tensor_verify(verifier, collection->element, bound->tensor);
    }
    if (bound->rows == NULL) {
        return SHM_OK;
    }
    shm_status status =
        shm_heap_verify(verifier, verifier->base + bound->heap->offset, bound->heap->size);
    if (status == SHM_OK) {
        status = shm_rows_verify(verifier, collection->record, bound->rows);
    }
    shm_heap_verify_end(verifier);
    return status;
}

static shm_status verify_all(shm_verifier *verifier, const shm_stored *stored)
{
    const shm_dataset_type *dataset = stored->schema->dataset;
    shm_status status = SHM_OK;
    for (size_t i = 0; i < dataset->collection_count && status == SHM_OK; i++) {
        status = verify_collection(verifier, &dataset->collections[i], &stored->collections[i]);
    }
    for (size_t i = 0; i < dataset->collection_count && status == SHM_OK; i++) {
        if (stored->collections[i].index != NULL) {
            verifier->where = dataset->collections[i].name;
            status = shm_index_verify(verifier, stored->collections[i].index);
        }
    }
    return status;
}

shm_status shm_stored_verify(const shm_stored *stored, uint64_t *operations, shm_error *error)
{
    shm_arena arena = {0};
    shm_verifier verifier = {
        .base = stored->image.base,
        .size = stored->image.size,
        .schema = stored->schema,
        .error = error,
        .text_budget = SHM_BUDGET_LEAST + SHM_TEXT_BUDGET_FACTOR * stored->image.size,
        .step_budget = SHM_BUDGET_LEAST + SHM_STEP_BUDGET_FACTOR * stored->image.size};
    shm_status status = shm_image_check_sums(&stored->image, &verifier.operations, error);
    if (status == SHM_OK) {
        const uint64_t *row_counts = count_rows(stored, &arena);
        if (row_counts == NULL || shm_value_plans_make(&verifier, row_counts, &arena) != SHM_OK) {
            status = shm_fail_memory(error);
        }
    }
    if (status == SHM_OK) {
        status = verify_all(&verifier, stored);
    }
    shm_arena_close(&arena);
    if (status == SHM_OK && operations != NULL) {
        *operations = verifier.operations;
    }
    return status;
}
