#include "tests/support/random_shards.h"

#include <stdlib.h>
#include <string.h>

struct deal {
    shm_test_model *model;
    size_t count;                             /* of shards */
    shm_test_span *spans[SHM_TEST_SHARD_MAX]; /* by collection */
};

static uint64_t length_of(const shm_test_rows *rows)
{
    if (rows->tensor != NULL) {
        return rows->tensor->ndim == 0 ? 0 : rows->tensor->shape[0];
    }
    return rows->count;
}

/* Cuts the collection into runs, none of them empty if there are as many rows as shards. */
static void cut(struct deal *deal, size_t collection)
{
    const uint64_t length = length_of(&deal->model->collections[collection]);
    uint64_t first = 0;
    for (size_t i = 0; i < deal->count; i++) {
        const uint64_t later = deal->count - 1 - i;
        const uint64_t left = length - first;
        uint64_t count = left;
        if (later > 0) {
            count = left <= later ? left > 0 : 1 + shm_test_below(deal->model, left - later);
        }
        deal->spans[i][collection] = (shm_test_span){first, count};
        first += count;
    }
}

/* Puts what the shard has of a tensor; one that gets nothing of it leaves it at its shape [0]. */
static void put_tensor(shm_builder *builder, const shm_test_rows *rows, shm_test_span span,
                       bool is_first)
{
    const shm_test_value *tensor = rows->tensor;
    uint64_t shape[SHM_TENSOR_NDIM_MAX];
    uint64_t count = 1;
    shm_error error;
    if (tensor->ndim == 0 || length_of(rows) == 0) {
        span = (shm_test_span){0, is_first};
    }
    if (span.count == 0) {
        return;
    }
    memcpy(shape, tensor->shape, tensor->ndim * sizeof *shape);
    for (size_t i = 1; i < tensor->ndim; i++) {
        count *= shape[i];
    }
    if (tensor->ndim > 0 && length_of(rows) > 0) {
        shape[0] = span.count;
    } else if (tensor->ndim > 0) {
        count = 0;
    }
    const size_t row_bytes = (size_t)(count * rows->collection->element->size);
    if (shm_builder_tensor_begin(builder, rows->collection->number, shape, tensor->ndim, &error) !=
            SHM_OK ||
        shm_builder_tensor_add(builder, rows->collection->number,
                               tensor->text.data + span.first * row_bytes, span.count * count,
                               &error) != SHM_OK) {
        abort();
    }
}

/* Puts the rows of a shard; refs lead to `bases` and the rows of their table in the shard. */
static void put_shard(struct deal *deal, shm_builder *builder, size_t shard, bool shifted)
{
    const shm_schema *schema = deal->model->schema;
    shm_test_span *spans = calloc(schema->type_count + 1, sizeof *spans);
    for (size_t i = 0; i < schema->dataset->collection_count; i++) {
        const shm_collection *collection = &schema->dataset->collections[i];
        if (collection->kind == SHM_TABLE) {
            const shm_test_span *span = &deal->spans[shard][i];
            spans[collection->record->id] = (shm_test_span){shifted ? span->first : 0, span->count};
        }
    }
    for (size_t i = 0; i < schema->dataset->collection_count; i++) {
        const shm_test_rows *rows = &deal->model->collections[i];
        if (rows->tensor == NULL) {
            shm_test_put_shard(builder, rows, deal->spans[shard][i], spans);
        } else if (!shifted) {
            put_tensor(builder, rows, deal->spans[shard][i], shard == 0);
        } else if (shard == 0) {
            put_tensor(builder, rows, (shm_test_span){0, length_of(rows)}, true);
        }
    }
    free(spans);
}

static shm_builder *open_builder(const shm_test_model *model)
{
    shm_builder *builder;
    shm_error error;
    if (shm_builder_open(model->schema, NULL, &builder, &error) != SHM_OK) {
        abort();
    }
    return builder;
}

static struct shm_test_image finish(shm_builder *builder)
{
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    return image;
}

/* No table that has rows may lack them in a shard: a ref there would have nothing to lead to. */
static size_t count_shards(const shm_test_model *model, size_t most)
{
    size_t count = most;
    for (size_t i = 0; i < model->schema->dataset->collection_count; i++) {
        const shm_test_rows *rows = &model->collections[i];
        if (rows->collection->kind == SHM_TABLE && rows->count > 0 && rows->count < count) {
            count = (size_t)rows->count;
        }
    }
    return count;
}

void shm_test_shards_make(shm_test_model *model, size_t most, shm_test_shards *shards)
{
    const size_t collection_count = model->schema->dataset->collection_count;
    struct deal deal = {.model = model, .count = count_shards(model, most)};
    for (size_t i = 0; i < deal.count; i++) {
        deal.spans[i] = calloc(collection_count + 1, sizeof *deal.spans[i]);
    }
    for (size_t i = 0; i < collection_count; i++) {
        cut(&deal, i);
    }
    shm_builder *whole = open_builder(model);
    shards->count = deal.count;
    for (size_t i = 0; i < deal.count; i++) {
        shm_builder *builder = open_builder(model);
        put_shard(&deal, builder, i, false);
        shards->images[i] = finish(builder);
        put_shard(&deal, whole, i, true);
    }
    shards->whole = finish(whole);
    for (size_t i = 0; i < deal.count; i++) {
        free(deal.spans[i]);
    }
}

void shm_test_shards_free(shm_test_shards *shards)
{
    for (size_t i = 0; i < shards->count; i++) {
        free(shards->images[i].bytes);
    }
    free(shards->whole.bytes);
}
