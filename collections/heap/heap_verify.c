/* heap_verify.c — one pass over the items of a heap.
 *
 * An item's bytes are checked when all items before it are, and only then is its start marked: a
 * reference that hits a mark leads to something already verified, so nothing is ever visited twice,
 * however often it is shared, and no chain of references can return to where it began (H1). */
#include "collections/heap/heap_verify.h"

#include <stdlib.h>
#include <string.h>

#include <shm/builder.h>

#include "collections/heap/heap_disk.h"
#include "collections/key/key.h"
#include "libshm/error.h"

/* An item being checked: what is left of it moves forward from `at`. */
struct item {
    const unsigned char *start;
    const unsigned char *at;
    uint64_t left; /* bytes to the end of the section */
    uint64_t count;
    const shm_type *type;
};

static uint64_t load64(const unsigned char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

/* Takes `count` times `size` bytes of the item and answers where they begin; NULL if they are not
 * there. */
static const unsigned char *take(struct item *item, uint64_t count, uint64_t size)
{
    const unsigned char *at = item->at;
    uint64_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > item->left) {
        return NULL;
    }
    item->at += bytes;
    item->left -= bytes;
    return at;
}

static shm_status fail_end(const shm_verifier *verifier, const struct item *item)
{
    return shm_verify_fail(verifier, SHM_CORRUPT, item->start,
                           "an item reaches past the end of the heap");
}

/* Takes the zeros up to the next multiple of 8. */
static shm_status take_padding(shm_verifier *verifier, struct item *item)
{
    const uint64_t past = (uint64_t)(item->at - item->start) % SHM_HEAP_ALIGN;
    if (past == 0) {
        return SHM_OK;
    }
    const unsigned char *at = take(item, 1, SHM_HEAP_ALIGN - past);
    return at == NULL ? fail_end(verifier, item)
                      : shm_zero_verify(verifier, at, SHM_HEAP_ALIGN - past);
}

/* How many bytes comparing this key may read outside of its place. */
static uint64_t text_bytes(const shm_type *type, const unsigned char *at)
{
    if (type->kind != SHM_STRING && type->kind != SHM_BYTES) {
        return 0;
    }
    return shm_text_cell_string((const shm_text_cell *)(const void *)at).length;
}

/* The elements of a set, the keys of a dict: each above the one before. */
static shm_status verify_order(shm_verifier *verifier, const shm_type *type,
                               const unsigned char *at, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        const unsigned char *key = at + i * type->size;
        const uint64_t bytes = text_bytes(type, key);
        if (!shm_budget_take(&verifier->text_budget, bytes)) {
            return SHM_OK;
        }
        verifier->operations += 1 + bytes / 64;
        if (shm_key_compare(type, key - type->size, key) >= 0) {
            return shm_verify_fail(verifier, SHM_CORRUPT, key,
                                   "the keys of a set or dict do not rise");
        }
    }
    return SHM_OK;
}

static shm_status verify_elements(shm_verifier *verifier, struct item *item, const shm_type *type,
                                  bool in_order)
{
    const unsigned char *at = take(item, item->count, type->size);
    if (at == NULL) {
        return fail_end(verifier, item);
    }
    const shm_status status =
        shm_values_verify(verifier, &verifier->plans[type->id], at, item->count);
    return status == SHM_OK && in_order ? verify_order(verifier, type, at, item->count) : status;
}

static shm_status verify_dict(shm_verifier *verifier, struct item *item)
{
    shm_status status = verify_elements(verifier, item, item->type->key, true);
    if (status == SHM_OK) {
        status = take_padding(verifier, item);
    }
    return status != SHM_OK ? status : verify_elements(verifier, item, item->type->element, false);
}

static shm_status verify_shape(shm_verifier *verifier, const struct item *item,
                               const unsigned char *shape, uint64_t ndim)
{
    if (!shm_shape_valid(shape, ndim, item->count)) {
        return shm_verify_fail(verifier, SHM_CORRUPT, shape,
                               "a tensor's shape does not agree with its elements");
    }
    if (ndim == 1 && item->count == 0) {
        return shm_verify_fail(verifier, SHM_CORRUPT, item->start,
                               "a tensor of shape [0] has an item");
    }
    verifier->operations += ndim;
    return SHM_OK;
}

static shm_status verify_tensor(shm_verifier *verifier, struct item *item)
{
    const unsigned char *head = take(item, 1, 8);
    if (head == NULL) {
        return fail_end(verifier, item);
    }
    const uint64_t ndim = load64(head);
    const unsigned char *shape = take(item, ndim, 8);
    if (shape == NULL) {
        return fail_end(verifier, item);
    }
    const shm_status status = verify_shape(verifier, item, shape, ndim);
    return status != SHM_OK ? status : verify_elements(verifier, item, item->type->element, false);
}

static shm_status verify_record(shm_verifier *verifier, struct item *item)
{
    if (item->count != 1) {
        return shm_verify_fail(verifier, SHM_CORRUPT, item->start,
                               "the count of a record's item is not 1");
    }
    const unsigned char *row = take(item, 1, item->type->row_size);
    return row == NULL ? fail_end(verifier, item)
                       : shm_value_verify(verifier, &verifier->records[item->type->id], row);
}

static shm_status verify_text(shm_verifier *verifier, struct item *item)
{
    const unsigned char *at = take(item, item->count, 1);
    const unsigned char *end = take(item, 1, 1);
    if (at == NULL || end == NULL) {
        return fail_end(verifier, item);
    }
    verifier->operations += item->count / 64;
    if (item->count <= SHM_TEXT_SHORT_MAX || *end != 0 ||
        !shm_text_valid(item->type->kind, shm_string_of((const char *)at, item->count))) {
        return shm_verify_fail(verifier, SHM_CORRUPT, item->start,
                               "a text in the heap is too short or not well-formed for its type");
    }
    return SHM_OK;
}

/* Everything but texts: the nesting word, then the payload (H4). */
static shm_status verify_nested(shm_verifier *verifier, struct item *item)
{
    const unsigned char *nesting = take(item, 1, 8);
    shm_status status;
    if (nesting == NULL) {
        return fail_end(verifier, item);
    }
    shm_nesting_begin(verifier);
    switch (item->type->kind) {
    case SHM_DICT:
        status = verify_dict(verifier, item);
        break;
    case SHM_TENSOR:
        status = verify_tensor(verifier, item);
        break;
    case SHM_RECORD:
        status = verify_record(verifier, item);
        break;
    default:
        status = verify_elements(verifier, item, item->type->element, item->type->kind == SHM_SET);
        break;
    }
    if (status != SHM_OK) {
        return status;
    }
    if (verifier->nodes >= SHM_NESTING_NODES_MAX || verifier->depth >= SHM_NESTING_DEPTH_MAX) {
        return shm_verify_fail(verifier, SHM_LIMIT, item->start,
                               "a value is nested deeper or reaches more than the format allows");
    }
    if (load64(nesting) != shm_item_nest_word(verifier->nodes + 1, verifier->depth + 1)) {
        return shm_verify_fail(verifier, SHM_CORRUPT, nesting,
                               "an item's nodes or depth are not those of its parts");
    }
    return SHM_OK;
}

static bool has_item(shm_kind kind, uint64_t count)
{
    switch (kind) {
    case SHM_STRING:
    case SHM_BYTES:
    case SHM_DECIMAL:
    case SHM_ANY:
    case SHM_RECORD:
    case SHM_TENSOR:
        return true;
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
        return count > 0; /* H2 */
    default:
        return false;
    }
}

static shm_status verify_item(shm_verifier *verifier, struct item *item)
{
    const unsigned char *head = take(item, 1, 8);
    if (head == NULL) {
        return fail_end(verifier, item);
    }
    const uint64_t word = load64(head);
    item->count = shm_item_count(word);
    if (shm_item_id(word) >= verifier->schema->type_count) {
        return shm_verify_fail(verifier, SHM_CORRUPT, head,
                               "an item's type is none of the schema's");
    }
    item->type = verifier->schema->types[shm_item_id(word)];
    if (!has_item(item->type->kind, item->count)) {
        return shm_verify_fail(verifier, SHM_CORRUPT, head,
                               "an item has a type, or a count of 0, that has no items");
    }
    const shm_status status = item->type->kind >= SHM_STRING && item->type->kind <= SHM_ANY
                                  ? verify_text(verifier, item)
                                  : verify_nested(verifier, item);
    return status != SHM_OK ? status : take_padding(verifier, item);
}

shm_status shm_heap_verify(shm_verifier *verifier, const unsigned char *heap, uint64_t size)
{
    shm_heap_verify_end(verifier);
    verifier->starts = calloc(size / SHM_HEAP_ALIGN / 64 + 1, sizeof *verifier->starts);
    if (verifier->starts == NULL) {
        return shm_fail_memory(verifier->error);
    }
    verifier->heap = heap;
    verifier->heap_size = size;
    struct item item = {.at = heap, .left = size};
    while (item.left > 0) {
        verifier->operations++;
        item.start = item.at;
        const shm_status status = verify_item(verifier, &item);
        if (status != SHM_OK) {
            return status;
        }
        const uint64_t number = (uint64_t)(item.start - heap) / SHM_HEAP_ALIGN;
        verifier->starts[number / 64] |= UINT64_C(1) << (number % 64);
    }
    return SHM_OK;
}

void shm_heap_verify_end(shm_verifier *verifier)
{
    free(verifier->starts);
    verifier->starts = NULL;
    verifier->heap = NULL;
    verifier->heap_size = 0;
}
