/* leaf.h — the leaves of a key where they stand in a row.  Internal. */
#ifndef COLLECTIONS_LEAF_H
#define COLLECTIONS_LEAF_H

#include "collections/key/key.h"
#include "collections/key/word.h"

/* The address of element `element` of a key with a list, which has that many; else of the row. */
static inline const unsigned char *shm_key_element_at(const shm_key *key, const void *row,
                                                      uint64_t element)
{
    if (!key->has_list) {
        return row;
    }
    const shm_list_cell *cell = (const void *)((const unsigned char *)row + key->list_offset);
    const unsigned char *items = (const unsigned char *)cell + cell->offset + SHM_ITEM_HEAD_BYTES;
    return items + element * key->list_stride;
}

static inline const void *shm_key_leaf_at(const struct shm_key_leaf *leaf, const void *row,
                                          const unsigned char *element)
{
    return (leaf->in_element ? element : (const unsigned char *)row) + leaf->offset;
}

/* The bits that a word leaf's stored form takes; a float's, those of its word. */
static inline unsigned shm_key_leaf_bits(const struct shm_key_leaf *leaf)
{
    switch (leaf->kind) {
    case SHM_BOOL:
    case SHM_I8:
    case SHM_U8:
        return 8;
    case SHM_I16:
    case SHM_U16:
        return 16;
    case SHM_I32:
    case SHM_U32:
    case SHM_DATE:
        return 32;
    default:
        return 64;
    }
}

/* The low bits of a word. */
static inline uint64_t shm_key_low_bits(uint64_t word, unsigned bits)
{
    return bits == 64 ? word : word & ((UINT64_C(1) << bits) - 1);
}

static inline uint64_t shm_key_leaf_word(const struct shm_key_leaf *leaf, const void *at)
{
    if (leaf->kind == SHM_F32 || leaf->kind == SHM_F64) {
        return shm_key_float(shm_float_at(leaf->kind, at));
    }
    return shm_word_at(leaf->kind, at);
}

static inline shm_string shm_key_leaf_text(const struct shm_key_leaf *leaf, const void *at)
{
    if (leaf->kind == SHM_UUID) {
        return shm_string_of(at, sizeof(shm_uuid));
    }
    return shm_text_cell_string(at);
}

#endif
