/* heap_build.c — the building half of heaps: each distinct item once (H3), children first (H1). */
#include "collections/heap/heap_build.h"

#include <string.h>

#include <shm/builder.h>

#include "libshm/error.h"
#include "libshm/hash.h"

void shm_heap_build_open(shm_budget *budget, uint64_t secret, shm_heap_build *heap)
{
    *heap = (shm_heap_build){.spool = {.budget = budget}, .secret = secret};
}

void shm_heap_build_close(shm_heap_build *heap)
{
    shm_heap_build_end(heap);
    shm_spool_close(&heap->spool);
}

void shm_heap_build_end(shm_heap_build *heap)
{
    shm_slots_close(&heap->slots);
}

static bool is_text(const shm_type *type)
{
    return type->kind == SHM_STRING || type->kind == SHM_BYTES || type->kind == SHM_DECIMAL ||
           type->kind == SHM_ANY;
}

/* H4, and the head words. */
static shm_status set_head(shm_scratch_item *item, shm_error *error)
{
    uint64_t nodes = 1;
    uint64_t depth = 0;
    for (size_t i = 0; i < item->link_count; i++) {
        const shm_scratch_item *inner = item->links[i].item;
        nodes += inner->nodes; /* at most NODES_MAX each: cannot overflow */
        depth = inner->depth > depth ? inner->depth : depth;
        if (nodes > SHM_NESTING_NODES_MAX) {
            return shm_fail(error, SHM_LIMIT, "more than 2^32 values in one row");
        }
    }
    item->nodes = nodes;
    item->depth = depth + 1;
    const uint64_t head = shm_item_head_word(item->count, item->type->id);
    memcpy(item->bytes, &head, sizeof head);
    if (!is_text(item->type)) {
        const uint64_t nest = shm_item_nest_word(item->nodes, item->depth);
        memcpy(item->bytes + 8, &nest, sizeof nest);
    }
    return SHM_OK;
}

/* Cells as places: the same bytes wherever the item stands. */
static void set_cells_absolute(const shm_scratch_item *item)
{
    for (size_t i = 0; i < item->link_count; i++) {
        memcpy(item->bytes + item->links[i].offset, &item->links[i].item->place, 8);
    }
}

/* Cells as they are in an item that stands at `place`. */
static void set_cells_relative(const shm_scratch_item *item, uint64_t place)
{
    for (size_t i = 0; i < item->link_count; i++) {
        const uint64_t offset = item->links[i].item->place - (place + item->links[i].offset);
        memcpy(item->bytes + item->links[i].offset, &offset, 8);
    }
}

/* Whether the item that stands at `place` has the same bytes. */
static shm_status is_same(shm_heap_build *heap, const shm_scratch_item *item, uint64_t place,
                          bool *same, shm_error *error)
{
    const unsigned char *stored;
    const shm_status status =
        shm_spool_at(&heap->spool, place - SHM_HEAP_PLACE_BIAS, (size_t)item->size, &stored, error);
    *same = false;
    if (status == SHM_OK && stored != NULL) {
        set_cells_relative(item, place);
        *same = memcmp(stored, item->bytes, (size_t)item->size) == 0;
    }
    return status;
}

/* Gives the item its place: that of an equal one, or at the heap's end. */
static shm_status settle(shm_heap_build *heap, shm_scratch_item *item, shm_error *error)
{
    shm_status status = set_head(item, error);
    if (status == SHM_OK) {
        status = shm_slots_reserve(&heap->slots, heap->spool.budget, error);
    }
    if (status != SHM_OK) {
        return status;
    }
    set_cells_absolute(item);
    const uint64_t hash = shm_hash64(item->bytes, (size_t)item->size, heap->secret);
    struct shm_slot_entry *slot = shm_slots_first(&heap->slots, hash);
    for (; slot->number != 0; slot = shm_slots_next(&heap->slots, slot)) {
        if (slot->hash == hash) {
            bool same;
            status = is_same(heap, item, slot->number, &same, error);
            if (status != SHM_OK || same) {
                item->place = slot->number;
                return status;
            }
        }
    }
    item->place = shm_spool_size(&heap->spool) + SHM_HEAP_PLACE_BIAS;
    set_cells_relative(item, item->place);
    shm_slots_put(&heap->slots, slot, hash, item->place);
    return shm_spool_append(&heap->spool, item->bytes, (size_t)item->size, error);
}

shm_status shm_heap_build_add(shm_heap_build *heap, shm_scratch_item *item, shm_error *error)
{
    item->above = NULL;
    while (item != NULL) {
        if (item->walked < item->link_count) {
            shm_scratch_item *inner = item->links[item->walked++].item;
            inner->above = item;
            item = inner;
            continue;
        }
        const shm_status status = settle(heap, item, error);
        if (status != SHM_OK) {
            return status;
        }
        item = item->above;
    }
    return SHM_OK;
}
