/* set_rows.c — the rows of a set collection by their key, so that a repeated element counts
 * once. */
#include <string.h>

#include "collections/dataset/builder.h"
#include "collections/key/word.h"
#include "libshm/error.h"
#include "libshm/hash.h"

enum { LEAF_WORDS = 2 };

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

shm_status shm_set_row_find(shm_builder *builder, struct shm_build_collection *set,
                            const unsigned char *row, uint64_t *found, shm_error *error)
{
    uint64_t *image = set->key_image;
    uint64_t *other = image + set->key.leaf_count * LEAF_WORDS;
    const size_t image_bytes = set->key.leaf_count * LEAF_WORDS * sizeof *image;
    const size_t stride = (size_t)set->rows.stride;
    shm_status status = shm_slots_reserve(&set->slots, &builder->budget, error);
    if (status != SHM_OK) {
        return status;
    }
    take_image(&set->key, row, image);
    const uint64_t hash = shm_hash64(image, image_bytes, builder->secret);
    struct shm_slot_entry *slot = shm_slots_first(&set->slots, hash);
    for (; slot->number != 0; slot = shm_slots_next(&set->slots, slot)) {
        if (slot->hash != hash) {
            continue;
        }
        const unsigned char *stored;
        const uint64_t number = slot->number - 1;
        status = shm_spool_at(&set->rows.spool, number * stride, stride, &stored, error);
        if (status != SHM_OK) {
            return status;
        }
        take_image(&set->key, stored, other);
        if (memcmp(image, other, image_bytes) == 0) {
            *found = number;
            return SHM_OK;
        }
    }
    shm_slots_put(&set->slots, slot, hash, set->rows.count + 1);
    *found = set->rows.count;
    return SHM_OK;
}
