/* scratch.h — items of one row while it is put: outside of the heap until the row is complete, so
 * that they enter it in the order in which the finished row reaches them, whatever the order in
 * which they were put.
 * Internal.  Owner: the builder.  Threads: one at a time. */
#ifndef COLLECTIONS_SCRATCH_H
#define COLLECTIONS_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

typedef struct shm_scratch_item shm_scratch_item;

/* A cell and what it refers to.  `offset` is from the start of what holds the cell. */
struct shm_link {
    uint64_t offset;
    shm_scratch_item *item;
};

typedef struct shm_links {
    struct shm_link *list;
    size_t count;
    size_t capacity;
} shm_links;

/* An item as it will stand in the heap, but for its head words and its cells.  The cells are left
 * to the heap; while an item is in scratch, `links` say what they refer to. */
struct shm_scratch_item {
    const shm_type *type;
    uint64_t count;         /* of its head word */
    unsigned char *bytes;   /* head, payload, zeros */
    uint64_t size;          /* of these; a multiple of 8 */
    uint64_t place;         /* set by the heap; 0 before */
    struct shm_link *links; /* rising by offset, which is from `bytes` */
    size_t link_count;
    size_t walked;           /* the heap's: links done */
    shm_scratch_item *above; /* the heap's: the item that refers to it */
    uint64_t nodes;
    uint64_t depth;
    uint64_t hash; /* the heap's: of the bytes, if has_hash */
    bool has_hash;
};

struct shm_scratch_block;

/* All zero is an empty scratch. */
typedef struct shm_scratch {
    struct shm_scratch_block *first;
    struct shm_scratch_block *current;
} shm_scratch;

/* `size` bytes, not zeroed, aligned to 8, until the next clear; NULL when memory is short. */
void *shm_scratch_alloc(shm_scratch *scratch, size_t size);

/* Forgets everything; keeps a bounded amount of memory for the next row. */
void shm_scratch_clear(shm_scratch *scratch);
void shm_scratch_close(shm_scratch *scratch);

/* An item with room for `payload` bytes after the head, to be filled, and for `link_count` links;
 * zeros before and behind.  NULL when memory is short. */
shm_scratch_item *shm_scratch_item_make(shm_scratch *scratch, const shm_type *type, uint64_t count,
                                        uint64_t payload, size_t link_count);

/* An item of a long text. */
shm_scratch_item *shm_scratch_text_make(shm_scratch *scratch, const shm_type *type,
                                        const void *text, size_t length);

/* Appends a link; false when memory is short. */
bool shm_links_add(shm_links *links, uint64_t offset, shm_scratch_item *item);

/* Sorts by offset: values may have been put in any order. */
void shm_links_sort(struct shm_link *links, size_t count);

#endif
