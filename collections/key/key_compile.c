/* key_compile.c — from the paths of a key to the places of its leaves. */
#include "collections/key/key.h"

#include "collections/key/leaf.h"
#include "libshm/error.h"

static const shm_type *without_optional(const shm_type *type)
{
    return type->kind == SHM_OPTIONAL ? type->element : type;
}

static const shm_type *path_type(const shm_key_path *path)
{
    return without_optional(path->steps[path->step_count - 1]->type);
}

static bool is_list(const shm_type *type)
{
    return type->kind == SHM_LIST || type->kind == SHM_SET;
}

/* Adds the leaves of `type` to *count, up to one more than the limit.  Types of no bytes hold no
 * leaf: without them the walk is bounded by the limit times the depth. */
static void count_leaves(const shm_type *type, size_t *count)
{
    if (type->kind != SHM_STRUCT) {
        ++*count;
        return;
    }
    for (size_t i = 0; i < type->field_count && *count <= SHM_KEY_LEAF_COUNT_MAX; i++) {
        if (type->fields[i].type->size > 0) {
            count_leaves(type->fields[i].type, count);
        }
    }
}

static size_t key_leaf_count(const shm_collection *collection)
{
    size_t count = 0;
    for (size_t i = 0; i < collection->key_count; i++) {
        const shm_type *type = path_type(&collection->key[i]);
        count_leaves(is_list(type) ? type->element : type, &count);
    }
    return count;
}

shm_status shm_keys_check(const shm_dataset_type *dataset, shm_error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < dataset->collection_count; i++) {
        count += key_leaf_count(&dataset->collections[i]);
        if (count > SHM_DATASET_LEAF_COUNT_MAX) {
            return shm_fail(error, SHM_LIMIT,
                            "the keys of the dataset %s have more than %d fields together",
                            dataset->name, SHM_DATASET_LEAF_COUNT_MAX);
        }
    }
    return SHM_OK;
}

/* Writes the leaves of `type`, which stands at `offset`, and answers the next free one. */
static struct shm_key_leaf *place_leaves(const shm_type *type, uint64_t offset, bool in_element,
                                         struct shm_key_leaf *leaf)
{
    if (type->kind != SHM_STRUCT) {
        leaf->kind = type->kind == SHM_ENUM ? type->element->kind : type->kind;
        leaf->is_text =
            leaf->kind == SHM_STRING || leaf->kind == SHM_BYTES || leaf->kind == SHM_UUID;
        leaf->in_element = in_element;
        leaf->offset = offset;
        return leaf + 1;
    }
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        if (field->type->size > 0) {
            leaf = place_leaves(field->type, offset + field->offset, in_element, leaf);
        }
    }
    return leaf;
}

/* Follows a path: appends its guards, and answers where its last field stands in the row. */
static uint64_t walk_path(const shm_key_path *path, struct shm_key_guard *guards,
                          size_t *guard_count)
{
    uint64_t offset = 0;
    for (size_t i = 0; i < path->step_count; i++) {
        const shm_field *field = path->steps[i];
        if (field->type->kind == SHM_OPTIONAL) {
            struct shm_key_guard *guard = &guards[(*guard_count)++];
            guard->presence_offset = offset + field->presence_offset;
            guard->presence_bit = field->presence_bit;
            guard->nullable = field->type->nullable;
        }
        offset += field->offset;
    }
    return offset;
}

static shm_key_form form_of(const shm_collection *collection, const struct shm_key_leaf *leaves)
{
    const shm_type *type = path_type(&collection->key[0]);
    if (is_list(type)) {
        type = type->element;
    }
    if (collection->key_count > 1 || type->kind == SHM_STRUCT) {
        return SHM_KEY_PARTS;
    }
    return leaves[0].is_text ? SHM_KEY_TEXT : SHM_KEY_WORD;
}

static bool may_pack(const shm_key *key)
{
    unsigned bits = 0;
    for (size_t i = 0; i < key->leaf_count && bits <= 64; i++) {
        bits += key->leaves[i].is_text ? 65 : shm_key_leaf_bits(&key->leaves[i]);
    }
    return key->leaf_count > 1 && bits <= 64;
}

shm_status shm_key_compile(const shm_collection *collection, shm_arena *arena, shm_key *key,
                           shm_error *error)
{
    const size_t leaf_count = key_leaf_count(collection);
    size_t step_count = 0;
    for (size_t i = 0; i < collection->key_count; i++) {
        step_count += collection->key[i].step_count;
    }
    if (leaf_count > SHM_KEY_LEAF_COUNT_MAX) {
        return shm_fail(error, SHM_LIMIT, "collection %s: its key has more than %d fields",
                        collection->name, SHM_KEY_LEAF_COUNT_MAX);
    }
    struct shm_key_leaf *leaves = shm_arena_alloc_array(arena, leaf_count, sizeof *leaves);
    struct shm_key_guard *guards = shm_arena_alloc_array(arena, step_count, sizeof *guards);
    if (leaves == NULL || guards == NULL) {
        return shm_fail_memory(error);
    }
    shm_key made = {.guards = guards, .leaves = leaves, .leaf_count = leaf_count};
    struct shm_key_leaf *next = leaves;
    for (size_t i = 0; i < collection->key_count; i++) {
        const shm_key_path *path = &collection->key[i];
        const shm_type *type = path_type(path);
        const uint64_t offset = walk_path(path, guards, &made.guard_count);
        if (is_list(type)) {
            made.has_list = true;
            made.list_offset = offset;
            made.list_stride = type->element->size;
            next = place_leaves(type->element, 0, true, next);
        } else {
            next = place_leaves(type, offset, false, next);
        }
    }
    made.form = form_of(collection, leaves);
    made.is_packed = may_pack(&made);
    *key = made;
    return SHM_OK;
}
