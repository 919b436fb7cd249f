/* put_sorted.c — sets and dicts in the order of their keys.
 *
 * Keys are compared where they stand, so while they are sorted the long texts' cells say the
 * distance to their scratch, as they will in the image.  A merge sort of element numbers leaves
 * equal keys in the order they were put in: the first one of a set stays. */
#include <stdlib.h>
#include <string.h>

#include "collections/dataset/builder.h"

/* Long texts by distance from the cell, or by address again. */
static void set_text_cells(struct shm_part *part, bool relative)
{
    for (size_t i = 0; i < part->links.count; i++) {
        unsigned char *cell = part->bytes + part->links.list[i].offset;
        const unsigned char *text = part->links.list[i].item->bytes;
        const int64_t offset = relative ? (int64_t)(text - cell) : (int64_t)(intptr_t)text;
        memcpy(cell, &offset, sizeof offset);
    }
}

struct sorting {
    const shm_type *type;
    const unsigned char *keys;
    uint64_t *order; /* count elements; as many again as room */
    uint64_t count;
};

static int compare(const struct sorting *sorting, uint64_t a, uint64_t b)
{
    return shm_key_compare(sorting->type, sorting->keys + a * sorting->type->size,
                           sorting->keys + b * sorting->type->size);
}

static bool is_sorted(const struct sorting *sorting)
{
    for (uint64_t i = 1; i < sorting->count; i++) {
        if (compare(sorting, i - 1, i) >= 0) {
            return false;
        }
    }
    return true;
}

static void merge(const struct sorting *sorting, const uint64_t *from, uint64_t middle,
                  uint64_t end, uint64_t *to)
{
    uint64_t left = 0;
    uint64_t right = middle;
    for (uint64_t i = 0; i < end; i++) {
        const bool take_left =
            left < middle && (right >= end || compare(sorting, from[left], from[right]) <= 0);
        to[i] = take_left ? from[left++] : from[right++];
    }
}

/* Sorts the element numbers, from the bottom up; answers which half of the room they ended in. */
static uint64_t *sort(const struct sorting *sorting)
{
    uint64_t *from = sorting->order;
    uint64_t *to = from + sorting->count;
    for (uint64_t i = 0; i < sorting->count; i++) {
        from[i] = i;
    }
    for (uint64_t width = 1; width < sorting->count; width *= 2) {
        for (uint64_t at = 0; at < sorting->count; at += 2 * width) {
            const uint64_t left = sorting->count - at;
            const uint64_t end = left < 2 * width ? left : 2 * width;
            merge(sorting, from + at, width < end ? width : end, end, to + at);
        }
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

/* Drops the numbers of repeated elements of a set; answers how many are left, and for a dict the
 * number of the first repeated pair in *repeated. */
static uint64_t drop_repeated(const struct sorting *sorting, uint64_t *order, uint64_t *repeated)
{
    uint64_t kept = 0;
    *repeated = UINT64_MAX;
    for (uint64_t i = 0; i < sorting->count; i++) {
        if (kept > 0 && compare(sorting, order[kept - 1], order[i]) == 0) {
            *repeated = order[i] < *repeated ? order[i] : *repeated;
            continue;
        }
        order[kept++] = order[i];
    }
    return kept;
}

/* Puts the elements of a part into the order, and its links with them. */
static void arrange(struct shm_part *part, size_t size, const uint64_t *order, uint64_t kept,
                    uint64_t *place_of, uint64_t count, unsigned char *room)
{
    for (uint64_t i = 0; i < kept; i++) {
        memcpy(room + i * size, part->bytes + order[i] * size, size);
    }
    memcpy(part->bytes, room, (size_t)kept * size);
    part->size = (size_t)kept * size;
    if (part->links.count == 0 || size == 0) {
        return;
    }
    for (uint64_t i = 0; i < count; i++) {
        place_of[i] = UINT64_MAX;
    }
    for (uint64_t i = 0; i < kept; i++) {
        place_of[order[i]] = i;
    }
    size_t links = 0;
    for (size_t i = 0; i < part->links.count; i++) {
        struct shm_link link = part->links.list[i];
        const uint64_t place = place_of[link.offset / size];
        if (place != UINT64_MAX) {
            link.offset = place * size + link.offset % size;
            part->links.list[links++] = link;
        }
    }
    part->links.count = links;
}

/* Room for two lists of numbers and one of elements; NULL after a failure. */
static uint64_t *make_room(shm_builder *builder, uint64_t count, size_t element_size)
{
    size_t bytes;
    if (__builtin_mul_overflow((size_t)count, 2 * sizeof(uint64_t) + element_size, &bytes)) {
        shm_builder_fail_memory(builder);
        return NULL;
    }
    if (bytes > builder->order_capacity) {
        unsigned char *order = realloc(builder->order, bytes + bytes / 2);
        if (order == NULL) {
            shm_builder_fail_memory(builder);
            return NULL;
        }
        builder->order = order;
        builder->order_capacity = bytes + bytes / 2;
    }
    return (uint64_t *)(void *)builder->order;
}

bool shm_frame_sort(shm_builder *builder)
{
    shm_frame *frame = shm_frame_top(builder);
    const bool is_dict = frame->type->kind == SHM_DICT;
    struct shm_part *values = &frame->parts[SHM_PART_VALUES];
    struct shm_part *keys = is_dict ? &frame->parts[SHM_PART_KEYS] : values;
    struct sorting sorting = {.type = is_dict ? frame->type->key : frame->type->element,
                              .keys = keys->bytes,
                              .count = frame->next};
    const size_t key_size = (size_t)sorting.type->size;
    const size_t value_size = is_dict ? (size_t)frame->type->element->size : 0;
    if (frame->next < 2) {
        return true;
    }
    set_text_cells(keys, true);
    if (is_sorted(&sorting)) {
        set_text_cells(keys, false);
        return true;
    }
    sorting.order = make_room(builder, frame->next, key_size > value_size ? key_size : value_size);
    if (sorting.order == NULL) {
        return false;
    }
    uint64_t *order = sort(&sorting);
    uint64_t *place_of = order == sorting.order ? order + frame->next : sorting.order;
    unsigned char *room = (unsigned char *)(sorting.order + 2 * frame->next);
    uint64_t repeated;
    const uint64_t kept = drop_repeated(&sorting, order, &repeated);
    set_text_cells(keys, false);
    if (is_dict && kept < frame->next) {
        frame->current = repeated;
        shm_builder_fail(builder, SHM_INVALID, "repeated key");
        return false;
    }
    arrange(keys, key_size, order, kept, place_of, frame->next, room);
    if (is_dict) {
        arrange(values, value_size, order, kept, place_of, frame->next, room);
    }
    frame->next = kept;
    return true;
}
