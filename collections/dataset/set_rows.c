/* set_rows.c — the rows of a set collection by their key, so that a repeated element counts
 * once. */
#include <stdlib.h>
#include <string.h>

#include "collections/dataset/builder.h"
#include "collections/key/word.h"
#include "libshm/error.h"
#include "libshm/hash.h"

enum { FIRST_SLOT_COUNT = 64, LEAF_WORDS = 2 };

shm_status shm_set_rows_open(shm_builder *builder, struct shm_build_collection *set,
                             shm_error *error)
{
    const shm_status status = shm_key_compile(set->collection, &builder->arena, &set->key, error);
    if (status != SHM_OK) {
        return status;
    }
    set->key_image = shm_arena_alloc_array(&builder->arena, 2 * set->key.leaf_count,
                                           LEAF_WORDS * sizeof(uint64_t));
    return set->key_image == NULL ? shm_fail_memory(error) : SHM_OK;
}

/* Two words for each leaf, equal for equal keys: a long text is one place in the heap, so its cell
 * stands for it. */
static void take_image(const shm_key *key, const unsigned char *row, uint64_t *image)
{
    for (size_t i = 0; i < key->leaf_count; i++, image += LEAF_WORDS) {
        const struct shm_key_leaf *leaf = &key->leaves[i];
        const unsigned char *at = row + leaf->offset;
        image[0] = 0;
        image[1] = 0;
        if (leaf->is_text) {
            memcpy(image, at, LEAF_WORDS * sizeof *image);
        } else if (leaf->kind == SHM_F32 || leaf->kind == SHM_F64) {
            image[0] = shm_key_float(shm_float_at(leaf->kind, at));
        } else {
            image[0] = shm_word_at(leaf->kind, at);
        }
    }
}

static shm_status grow(struct shm_build_collection *set, shm_error *error)
{
    const uint64_t count = set->slot_count == 0 ? FIRST_SLOT_COUNT : set->slot_count * 2;
    struct shm_heap_slot *slots = calloc(count, sizeof *slots);
    if (slots == NULL) {
        return shm_fail_memory(error);
    }
    for (uint64_t i = 0; i < set->slot_count; i++) {
        if (set->slots[i].place != 0) {
            uint64_t at = set->slots[i].hash & (count - 1);
            while (slots[at].place != 0) {
                at = (at + 1) & (count - 1);
            }
            slots[at] = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->slot_count = count;
    return SHM_OK;
}

shm_status shm_set_row_find(shm_builder *builder, struct shm_build_collection *set,
                            const unsigned char *row, uint64_t *found, shm_error *error)
{
    uint64_t *image = set->key_image;
    uint64_t *other = image + set->key.leaf_count * LEAF_WORDS;
    const size_t image_bytes = set->key.leaf_count * LEAF_WORDS * sizeof *image;
    const size_t stride = (size_t)set->rows.stride;
    if (set->rows.count >= set->slot_count / 8 * 5) {
        const shm_status status = grow(set, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    take_image(&set->key, row, image);
    const uint64_t hash = shm_hash64(image, image_bytes, builder->secret);
    uint64_t at = hash & (set->slot_count - 1);
    for (; set->slots[at].place != 0; at = (at + 1) & (set->slot_count - 1)) {
        if (set->slots[at].hash != hash) {
            continue;
        }
        const unsigned char *stored;
        const uint64_t number = set->slots[at].place - 1;
        const shm_status status =
            shm_spool_at(&set->rows.spool, number * stride, stride, &stored, error);
        if (status != SHM_OK) {
            return status;
        }
        take_image(&set->key, stored, other);
        if (memcmp(image, other, image_bytes) == 0) {
            *found = number;
            return SHM_OK;
        }
    }
    set->slots[at] = (struct shm_heap_slot){hash, set->rows.count + 1};
    *found = set->rows.count;
    return SHM_OK;
}
