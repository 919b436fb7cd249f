/* builder.c — the life of a builder, its rows, and its first failure. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "collections/dataset/builder.h"
#include "collections/dataset/sections.h"
#include "libshm/error.h"

enum { PROGRESS_ROW_COUNT = 1 << 16 };

/* ---- failures ---- */

enum { REASON_BYTES = SHM_ERROR_TEXT_BYTES / 2 };

static void fail_with_path(shm_builder *builder, shm_status status, enum shm_path_end end,
                           const char *reason)
{
    if (builder->failure.status != SHM_OK) {
        return;
    }
    char path[SHM_ERROR_TEXT_BYTES - REASON_BYTES];
    shm_builder_path_text(builder, end, path, sizeof path);
    shm_fail(&builder->failure, status, "%s%s%s", path, path[0] == '\0' ? "" : ": ", reason);
}

void shm_builder_fail(shm_builder *builder, shm_status status, const char *format, ...)
{
    char reason[REASON_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    fail_with_path(builder, status, SHM_PATH_CURRENT, reason);
}

void shm_builder_fail_outside(shm_builder *builder, shm_status status, const char *format, ...)
{
    char reason[REASON_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    fail_with_path(builder, status, SHM_PATH_OUTSIDE, reason);
}

void shm_builder_fail_memory(shm_builder *builder)
{
    if (builder->failure.status == SHM_OK) {
        (void)shm_fail_memory(&builder->failure);
    }
}

shm_status shm_builder_answer(const shm_builder *builder, shm_error *error)
{
    if (error != NULL && builder->failure.status != SHM_OK) {
        *error = builder->failure;
    }
    return builder->failure.status;
}

shm_status shm_builder_status(const shm_builder *builder, shm_error *error)
{
    return builder->failure.status == SHM_OK ? SHM_OK : shm_builder_answer(builder, error);
}

/* ---- open and close ---- */

static shm_status open_collection(shm_builder *builder, const shm_collection *collection,
                                  struct shm_build_collection *made, shm_error *error)
{
    made->collection = collection;
    made->tensor.budget = &builder->budget;
    made->ndim = 1;
    if (collection->kind == SHM_TABLE) {
        builder->table_of[collection->record->id] = collection->number;
    }
    if (!shm_collection_has_rows(collection)) {
        return SHM_OK;
    }
    shm_heap_build_open(&builder->budget, builder->secret, &made->heap);
    shm_status status =
        shm_rows_build_open(collection->put_record, &builder->budget, &made->rows, error);
    if (status == SHM_OK && collection->kind == SHM_SET_OF) {
        status = shm_set_rows_open(builder, made, error);
    }
    return status;
}

static shm_status open_collections(shm_builder *builder, shm_error *error)
{
    const shm_schema *schema = builder->schema;
    const size_t count = schema->dataset->collection_count;
    builder->collections = calloc(count + 1, sizeof *builder->collections);
    builder->table_of = malloc((schema->type_count + 1) * sizeof *builder->table_of);
    if (builder->collections == NULL || builder->table_of == NULL) {
        return shm_fail_memory(error);
    }
    for (size_t i = 0; i < schema->type_count; i++) {
        builder->table_of[i] = SHM_NO_TABLE;
    }
    shm_status status = SHM_OK;
    for (size_t i = 0; i < count && status == SHM_OK; i++) {
        status = open_collection(builder, &schema->dataset->collections[i],
                                 &builder->collections[i], error);
    }
    return status;
}

shm_status shm_builder_open(const shm_schema *schema, const shm_build_options *options,
                            shm_builder **builder, shm_error *error)
{
    if (schema->dataset == NULL) {
        return shm_fail(error, SHM_INVALID,
                        "the schema has no dataset to build; declare one, or choose one");
    }
    shm_status status = shm_keys_check(schema->dataset, error);
    if (status != SHM_OK) {
        return status;
    }
    shm_builder *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return shm_fail_memory(error);
    }
    made->schema = schema;
    if (options != NULL) {
        made->options = *options;
    }
    made->budget.left =
        made->options.memory_bytes != 0 ? made->options.memory_bytes : shm_budget_default("");
    made->budget.kept = made->budget.left / 2;
    made->budget.folder = made->options.spill_folder;
    if (getrandom(&made->secret, sizeof made->secret, 0) != (ssize_t)sizeof made->secret) {
        status = shm_fail_errno(error, "cannot draw a random number");
        free(made);
        return status;
    }
    status = open_collections(made, error);
    if (status != SHM_OK) {
        shm_builder_close(made);
        return status;
    }
    *builder = made;
    return SHM_OK;
}

static void close_collection(struct shm_build_collection *collection)
{
    shm_rows_build_close(&collection->rows);
    shm_heap_build_close(&collection->heap);
    shm_spool_close(&collection->tensor);
    shm_slots_close(&collection->slots);
    free(collection->refs);
}

void shm_builder_close(shm_builder *builder)
{
    if (builder == NULL) {
        return;
    }
    if (builder->collections != NULL) {
        for (size_t i = 0; i < builder->schema->dataset->collection_count; i++) {
            close_collection(&builder->collections[i]);
        }
    }
    for (size_t i = 0; i < builder->frame_capacity; i++) {
        shm_frame_free(&builder->frames[i]);
    }
    shm_budget_drop_spare(&builder->budget);
    shm_scratch_close(&builder->scratch);
    shm_arena_close(&builder->arena);
    free(builder->order);
    free(builder->frames);
    free(builder->collections);
    free(builder->table_of);
    free(builder);
}

/* ---- rows ---- */

bool shm_rows_may_begin(shm_builder *builder, uint32_t collection)
{
    if (builder->failure.status != SHM_OK) {
        return false;
    }
    if (builder->frame_count != 0 || builder->finished) {
        shm_builder_fail_outside(builder, SHM_INVALID,
                                 builder->finished ? "the image is finished; begin another build"
                                                   : "a row begins before the last one ended");
        return false;
    }
    const shm_dataset_type *dataset = builder->schema->dataset;
    if (collection >= dataset->collection_count ||
        !shm_collection_has_rows(&dataset->collections[collection])) {
        shm_builder_fail(builder, SHM_INVALID, "%s takes no rows%s",
                         collection < dataset->collection_count
                             ? dataset->collections[collection].name
                             : "a collection that does not exist",
                         collection < dataset->collection_count ? " of its own" : "");
        return false;
    }
    return true;
}

void shm_builder_row_begin(shm_builder *builder, uint32_t collection)
{
    if (!shm_rows_may_begin(builder, collection)) {
        return;
    }
    shm_scratch_clear(&builder->scratch);
    builder->item_depth = 0;
    builder->row_of = &builder->collections[collection];
    (void)shm_frame_open(builder, builder->row_of->collection->put_record, NULL);
}

/* Moves what the row refers to into the heap, and sets its cells to the places. */
static shm_status settle_links(shm_heap_build *heap, struct shm_part *row, shm_error *error)
{
    uint64_t nodes = 0;
    shm_links_sort(row->links.list, row->links.count);
    for (size_t i = 0; i < row->links.count; i++) {
        const struct shm_link *link = &row->links.list[i];
        const shm_status status = shm_heap_build_add(heap, link->item, error);
        if (status != SHM_OK) {
            return status;
        }
        nodes += link->item->nodes;
        if (nodes > SHM_NESTING_NODES_MAX) {
            return shm_fail(error, SHM_LIMIT, "more than 2^32 values in one row");
        }
        memcpy(row->bytes + link->offset, &link->item->place, sizeof link->item->place);
    }
    return SHM_OK;
}

static shm_status add_row(shm_builder *builder, uint64_t *row, shm_error *error)
{
    struct shm_build_collection *collection = builder->row_of;
    struct shm_part *bytes = &builder->frames[0].parts[SHM_PART_VALUES];
    shm_status status = settle_links(&collection->heap, bytes, error);
    *row = collection->rows.count;
    if (status == SHM_OK && collection->collection->kind == SHM_SET_OF) {
        status = shm_set_row_find(builder, collection, bytes->bytes, row, error);
        if (status != SHM_OK || *row != collection->rows.count) {
            return status;
        }
    }
    return status == SHM_OK ? shm_rows_build_add(&collection->rows, bytes->bytes, error) : status;
}

bool shm_builder_progress(shm_builder *builder, const char *phase, uint64_t done, uint64_t total)
{
    const shm_progress progress = {phase, done, total};
    return builder->options.progress == NULL ||
           builder->options.progress(builder->options.progress_context, &progress);
}

void shm_builder_notice(shm_builder *builder, const char *format, ...)
{
    char text[SHM_ERROR_TEXT_BYTES];
    va_list arguments;
    if (builder->options.notice == NULL) {
        return;
    }
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    builder->options.notice(builder->options.notice_context, text);
}

void shm_rows_were_added(shm_builder *builder, uint64_t count)
{
    const uint64_t before = builder->rows_put;
    builder->rows_put += count;
    if (before / PROGRESS_ROW_COUNT != builder->rows_put / PROGRESS_ROW_COUNT &&
        !shm_builder_progress(builder, "rows", builder->rows_put, 0)) {
        shm_builder_fail(builder, SHM_ABORTED, "stopped after %llu rows",
                         (unsigned long long)builder->rows_put);
    }
}

static void row_end(shm_builder *builder, uint64_t *row)
{
    if (builder->frame_count != 1) {
        shm_builder_fail_outside(builder, SHM_INVALID,
                                 builder->frame_count == 0 ? "a row ends that did not begin"
                                                           : "the row ends inside of it");
        return;
    }
    if (!shm_put_defaults(builder)) {
        return;
    }
    shm_error error;
    if (add_row(builder, row, &error) != SHM_OK) {
        builder->frame_count = 0;
        builder->failure = error;
        return;
    }
    builder->frame_count = 0;
    shm_rows_were_added(builder, 1);
}

shm_status shm_builder_row_end(shm_builder *builder, uint64_t *row, shm_error *error)
{
    uint64_t number = 0;
    if (builder->failure.status == SHM_OK) {
        row_end(builder, &number);
    }
    const shm_status status = shm_builder_answer(builder, error);
    if (status == SHM_OK && row != NULL) {
        *row = number;
    }
    return status;
}
