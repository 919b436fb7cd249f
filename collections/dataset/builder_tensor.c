/* builder_tensor.c — tensor collections: a shape, then elements in pieces. */
#include <stdio.h>
#include <string.h>

#include "collections/dataset/builder.h"
#include "collections/dataset/elements.h"

enum { SHAPE_TEXT_BYTES = 128 };

/* "[3, 4]", cut at the end of `text`, which it returns. */
static const char *shape_text(const uint64_t *shape, size_t ndim, char text[SHAPE_TEXT_BYTES])
{
    size_t length = 1;
    text[0] = '[';
    for (size_t i = 0; i < ndim && length < SHAPE_TEXT_BYTES - 24; i++) {
        length += (size_t)snprintf(text + length, SHAPE_TEXT_BYTES - length, "%s%llu",
                                   i == 0 ? "" : ", ", (unsigned long long)shape[i]);
    }
    snprintf(text + length, SHAPE_TEXT_BYTES - length, "]");
    return text;
}

/* The tensor collection of that number; NULL after a failure. */
static struct shm_build_collection *tensor_at(shm_builder *builder, uint32_t number)
{
    const shm_dataset_type *dataset = builder->schema->dataset;
    if (builder->failure.status != SHM_OK) {
        return NULL;
    }
    if (number >= dataset->collection_count || dataset->collections[number].kind != SHM_TENSOR_OF) {
        shm_builder_fail_outside(builder, SHM_INVALID, "%s is not a tensor",
                                 number < dataset->collection_count
                                     ? dataset->collections[number].name
                                     : "a collection that does not exist");
        return NULL;
    }
    return &builder->collections[number];
}

static void set_shape(shm_builder *builder, struct shm_build_collection *tensor,
                      const uint64_t *shape, size_t ndim)
{
    uint64_t count;
    if (ndim > SHM_TENSOR_NDIM_MAX || !shm_shape_count(shape, ndim, &count)) {
        shm_builder_fail_outside(builder, SHM_LIMIT,
                                 "%s: a tensor of %zu dimensions or too many elements (at most %d, "
                                 "2^48)",
                                 tensor->collection->name, ndim, SHM_TENSOR_NDIM_MAX);
        return;
    }
    for (size_t i = 0; i < ndim; i++) {
        tensor->shape[i] = shape[i];
    }
    tensor->tensor_begun = true;
    tensor->ndim = ndim;
    tensor->element_count = count;
}

static void begin(shm_builder *builder, struct shm_build_collection *tensor, const uint64_t *shape,
                  size_t ndim)
{
    if (tensor->tensor_begun) {
        shm_builder_fail_outside(builder, SHM_INVALID, "%s: its shape was given before",
                                 tensor->collection->name);
        return;
    }
    set_shape(builder, tensor, shape, ndim);
}

/* Whether tensors of these shapes can follow one another along the first axis. */
static bool follows(const struct shm_build_collection *tensor, const uint64_t *shape, size_t ndim)
{
    if (ndim != tensor->ndim || ndim == 0) {
        return false;
    }
    for (size_t i = 1; i < ndim; i++) {
        if (shape[i] != tensor->shape[i]) {
            return false;
        }
    }
    return shape[0] <= UINT64_MAX - tensor->shape[0];
}

static void extend(shm_builder *builder, struct shm_build_collection *tensor, const uint64_t *shape,
                   size_t ndim)
{
    uint64_t longer[SHM_TENSOR_NDIM_MAX];
    const bool is_empty = tensor->ndim == 1 && tensor->shape[0] == 0;
    if (is_empty) {
        set_shape(builder, tensor, shape, ndim);
        return;
    }
    if (!follows(tensor, shape, ndim)) {
        char texts[2][SHAPE_TEXT_BYTES];
        shm_builder_fail_outside(
            builder, SHM_INVALID,
            "%s: a tensor of the shape %s cannot follow on %s: only the first dimension may differ",
            tensor->collection->name, shape_text(shape, ndim, texts[0]),
            shape_text(tensor->shape, tensor->ndim, texts[1]));
        return;
    }
    memcpy(longer, tensor->shape, ndim * sizeof *longer);
    longer[0] += shape[0];
    set_shape(builder, tensor, longer, ndim);
}

bool shm_tensor_extend(shm_builder *builder, uint32_t collection, const uint64_t *shape,
                       size_t ndim)
{
    struct shm_build_collection *tensor = tensor_at(builder, collection);
    if (tensor != NULL) {
        extend(builder, tensor, shape, ndim);
    }
    return builder->failure.status == SHM_OK;
}

shm_status shm_builder_tensor_begin(shm_builder *builder, uint32_t collection,
                                    const uint64_t *shape, size_t ndim, shm_error *error)
{
    struct shm_build_collection *tensor = tensor_at(builder, collection);
    if (tensor != NULL) {
        begin(builder, tensor, shape, ndim);
    }
    return shm_builder_answer(builder, error);
}

shm_status shm_builder_tensor_add(shm_builder *builder, uint32_t collection, const void *elements,
                                  size_t count, shm_error *error)
{
    struct shm_build_collection *tensor = tensor_at(builder, collection);
    if (tensor == NULL) {
        return shm_builder_answer(builder, error);
    }
    const size_t size = (size_t)tensor->collection->element->size;
    const uint64_t there = shm_spool_size(&tensor->tensor) / size;
    if (count > tensor->element_count - there) {
        shm_builder_fail_outside(
            builder, SHM_INVALID, "%s: more than the %llu elements of its shape",
            tensor->collection->name, (unsigned long long)tensor->element_count);
        return shm_builder_answer(builder, error);
    }
    shm_error failure;
    if (shm_spool_append(&tensor->tensor, elements, count * size, &failure) != SHM_OK) {
        builder->failure = failure;
    }
    return shm_builder_answer(builder, error);
}

bool shm_tensors_check(shm_builder *builder)
{
    for (size_t i = 0; i < builder->schema->dataset->collection_count; i++) {
        const struct shm_build_collection *tensor = &builder->collections[i];
        if (tensor->collection->kind != SHM_TENSOR_OF) {
            continue;
        }
        const uint64_t there = shm_spool_size(&tensor->tensor) / tensor->collection->element->size;
        if (there != tensor->element_count) {
            shm_builder_fail(builder, SHM_INVALID, "%s: %llu elements where its shape has %llu",
                             tensor->collection->name, (unsigned long long)there,
                             (unsigned long long)tensor->element_count);
            return false;
        }
    }
    return true;
}
