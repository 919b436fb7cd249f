/* scratch.c — items of one row while it is put. */
#include "collections/heap/scratch.h"

#include <stdlib.h>
#include <string.h>

#include "collections/heap/heap_disk.h"

enum {
    BLOCK_BYTES = 64 << 10,
    KEPT_BYTES = 4 << 20 /* larger blocks go back when the row is done */
};

struct shm_scratch_block {
    struct shm_scratch_block *next;
    size_t size;
    size_t used;
    uint64_t bytes[];
};

static struct shm_scratch_block *block_make(size_t size)
{
    const size_t room = size < BLOCK_BYTES ? BLOCK_BYTES : size;
    if (room > SIZE_MAX - sizeof(struct shm_scratch_block)) {
        return NULL;
    }
    struct shm_scratch_block *block = malloc(sizeof *block + room);
    if (block != NULL) {
        block->next = NULL;
        block->size = room;
        block->used = 0;
    }
    return block;
}

void *shm_scratch_alloc(shm_scratch *scratch, size_t size)
{
    if (size > SIZE_MAX - 7) {
        return NULL;
    }
    size = (size + 7) & ~(size_t)7;
    while (scratch->current == NULL || scratch->current->size - scratch->current->used < size) {
        struct shm_scratch_block *current = scratch->current;
        struct shm_scratch_block *next = current == NULL ? scratch->first : current->next;
        if (next == NULL || next->size < size) {
            struct shm_scratch_block *made = block_make(size);
            if (made == NULL) {
                return NULL;
            }
            made->next = next;
            if (current == NULL) {
                scratch->first = made;
            } else {
                current->next = made;
            }
            next = made;
        }
        next->used = 0;
        scratch->current = next;
    }
    void *at = (unsigned char *)scratch->current->bytes + scratch->current->used;
    scratch->current->used += size;
    return at;
}

void shm_scratch_clear(shm_scratch *scratch)
{
    size_t kept = 0;
    struct shm_scratch_block **at = &scratch->first;
    while (*at != NULL) {
        struct shm_scratch_block *block = *at;
        if (kept + block->size > KEPT_BYTES) {
            *at = block->next;
            free(block);
        } else {
            kept += block->size;
            at = &block->next;
        }
    }
    scratch->current = NULL;
}

void shm_scratch_close(shm_scratch *scratch)
{
    while (scratch->first != NULL) {
        struct shm_scratch_block *block = scratch->first;
        scratch->first = block->next;
        free(block);
    }
    scratch->current = NULL;
}

static shm_scratch_item *item_make(shm_scratch *scratch, const shm_type *type, uint64_t count,
                                   uint64_t size)
{
    if (size > SHM_ITEM_COUNT_MAX) {
        return NULL;
    }
    size = (size + SHM_HEAP_ALIGN - 1) & ~(uint64_t)(SHM_HEAP_ALIGN - 1);
    shm_scratch_item *item = shm_scratch_alloc(scratch, sizeof *item);
    unsigned char *bytes = item == NULL ? NULL : shm_scratch_alloc(scratch, (size_t)size);
    if (bytes == NULL) {
        return NULL;
    }
    *item = (shm_scratch_item){.type = type, .count = count, .bytes = bytes, .size = size};
    return item;
}

shm_scratch_item *shm_scratch_item_make(shm_scratch *scratch, const shm_type *type, uint64_t count,
                                        uint64_t payload, size_t link_count)
{
    shm_scratch_item *item = item_make(scratch, type, count, SHM_ITEM_HEAD_BYTES + payload);
    if (item == NULL) {
        return NULL;
    }
    const size_t used = SHM_ITEM_HEAD_BYTES + (size_t)payload;
    memset(item->bytes, 0, SHM_ITEM_HEAD_BYTES);
    memset(item->bytes + used, 0, (size_t)item->size - used);
    if (link_count > 0) {
        item->links = shm_scratch_alloc(scratch, link_count * sizeof *item->links);
        if (item->links == NULL) {
            return NULL;
        }
        item->link_count = link_count;
    }
    return item;
}

shm_scratch_item *shm_scratch_text_make(shm_scratch *scratch, const shm_type *type,
                                        const void *text, size_t length)
{
    shm_scratch_item *item =
        item_make(scratch, type, length, SHM_TEXT_HEAD_BYTES + (uint64_t)length + 1);
    if (item != NULL) {
        memset(item->bytes + item->size - SHM_HEAP_ALIGN, 0, SHM_HEAP_ALIGN);
        memset(item->bytes, 0, SHM_TEXT_HEAD_BYTES);
        memcpy(item->bytes + SHM_TEXT_HEAD_BYTES, text, length);
    }
    return item;
}

bool shm_links_add(shm_links *links, uint64_t offset, shm_scratch_item *item)
{
    if (links->count == links->capacity) {
        const size_t capacity = links->capacity == 0 ? 16 : links->capacity * 2;
        struct shm_link *list = realloc(links->list, capacity * sizeof *list);
        if (list == NULL) {
            return false;
        }
        links->list = list;
        links->capacity = capacity;
    }
    links->list[links->count++] = (struct shm_link){offset, item};
    return true;
}

static int compare_links(const void *a, const void *b)
{
    const struct shm_link *left = a;
    const struct shm_link *right = b;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

void shm_links_sort(struct shm_link *links, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (links[i].offset < links[i - 1].offset) {
            qsort(links, count, sizeof *links, compare_links);
            return;
        }
    }
}
