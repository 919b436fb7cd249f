/* put_container.c — values that hold values: begun, filled, ended. */
#include <string.h>

#include "collections/dataset/builder.h"

static size_t round_to_8(size_t size)
{
    return (size + 7) & ~(size_t)7;
}

void shm_put_begin(shm_builder *builder)
{
    struct shm_slot slot;
    if (!shm_slot_open(builder, "a composite value", SHM_PRESENT, &slot)) {
        return;
    }
    switch (slot.type->kind) {
    case SHM_STRUCT:
    case SHM_RECORD:
    case SHM_TUPLE:
    case SHM_ARRAY:
    case SHM_LIST:
    case SHM_SET:
    case SHM_DICT:
        (void)shm_frame_open(builder, slot.type, slot.at);
        break;
    default:
        shm_put_wrong_kind(builder, slot.type, "a composite value");
    }
}

/* Adds a part's links to the item's, for a part that stands at `offset` of the item. */
static struct shm_link *take_links(struct shm_link *to, const struct shm_part *part,
                                   uint64_t offset)
{
    for (size_t i = 0; i < part->links.count; i++, to++) {
        *to = part->links.list[i];
        to->offset += offset;
    }
    return to;
}

/* The finished value of the top frame as an item; NULL after a failure. */
static shm_scratch_item *make_item(shm_builder *builder, const shm_frame *frame, uint64_t count)
{
    const struct shm_part *values = &frame->parts[SHM_PART_VALUES];
    const struct shm_part *keys = &frame->parts[SHM_PART_KEYS];
    const size_t keys_size = round_to_8(keys->size); /* 0 but in a dict */
    const size_t link_count = keys->links.count + values->links.count;
    shm_scratch_item *item = shm_scratch_item_make(&builder->scratch, frame->type, count,
                                                   keys_size + values->size, link_count);
    if (item == NULL) {
        shm_builder_fail_memory(builder);
        return NULL;
    }
    unsigned char *payload = item->bytes + SHM_ITEM_HEAD_BYTES;
    if (keys->size > 0) {
        memcpy(payload, keys->bytes, keys->size);
        memset(payload + keys->size, 0, keys_size - keys->size);
    }
    if (values->size > 0) {
        memcpy(payload + keys_size, values->bytes, values->size);
    }
    struct shm_link *links = take_links(item->links, keys, SHM_ITEM_HEAD_BYTES);
    take_links(links, values, SHM_ITEM_HEAD_BYTES + keys_size);
    shm_links_sort(item->links, link_count);
    return item;
}

/* Ends a value that becomes an item, and lets its cell refer to it. */
static void end_item(shm_builder *builder, uint64_t count)
{
    shm_frame *frame = shm_frame_top(builder);
    if (count > SHM_ITEM_COUNT_MAX) {
        shm_builder_fail_outside(builder, SHM_LIMIT, "2^48 elements or more");
        return;
    }
    shm_scratch_item *item = make_item(builder, frame, count);
    if (item == NULL) {
        return;
    }
    shm_heap_build_expect(&builder->row_of->heap, item);
    unsigned char *cell = frame->cell;
    if (frame->type->kind != SHM_RECORD) {
        memcpy(cell + offsetof(shm_list_cell, count), &count, sizeof count);
    }
    builder->frame_count--;
    builder->item_depth--;
    (void)shm_slot_link(builder, cell, item);
}

static void end_elements(shm_builder *builder)
{
    shm_frame *frame = shm_frame_top(builder);
    if (frame->in_pair) {
        shm_builder_fail_outside(builder, SHM_INVALID, "a key without a value");
        return;
    }
    if (frame->type->kind != SHM_LIST && !shm_frame_sort(builder)) {
        return;
    }
    if (frame->next > 0) {
        end_item(builder, frame->next);
        return;
    }
    builder->frame_count--; /* empty: the cell stays zero (H2) */
    builder->item_depth--;
}

void shm_put_end(shm_builder *builder)
{
    if (builder->failure.status != SHM_OK) {
        return;
    }
    if (builder->frame_count < 2) {
        shm_builder_fail(builder, SHM_INVALID, "an end without a begin");
        return;
    }
    shm_frame *frame = shm_frame_top(builder);
    switch (frame->type->kind) {
    case SHM_STRUCT:
    case SHM_TUPLE:
        if (shm_put_defaults(builder)) {
            builder->frame_count--;
        }
        break;
    case SHM_RECORD:
        if (shm_put_defaults(builder)) {
            end_item(builder, 1);
        }
        break;
    case SHM_ARRAY:
        if (frame->next != frame->type->length) {
            shm_builder_fail_outside(builder, SHM_INVALID, "%llu elements where %llu are expected",
                                     (unsigned long long)frame->next,
                                     (unsigned long long)frame->type->length);
            return;
        }
        builder->frame_count--;
        break;
    default:
        end_elements(builder);
    }
}
