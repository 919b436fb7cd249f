/* arena.c — memory that is freed all at once. */
#include "libshm/arena.h"

#include <stdlib.h>
#include <string.h>

enum {
    ALIGN = 16,
    BLOCK_BYTES = 16 << 10,
    LARGE_BYTES = BLOCK_BYTES / 4 /* from here on an object gets a block of its own */
};

struct shm_arena_block {
    _Alignas(ALIGN) struct shm_arena_block *older;
};

_Static_assert(sizeof(struct shm_arena_block) == ALIGN, "what follows a block's head is aligned");

static struct shm_arena_block *allocate_block(size_t usable)
{
    return calloc(1, sizeof(struct shm_arena_block) + usable);
}

/* A large object leaves the block in use as it is: its own goes behind that one. */
static void *allocate_large(shm_arena *arena, size_t size)
{
    struct shm_arena_block *block = allocate_block(size);
    if (block == NULL) {
        return NULL;
    }
    struct shm_arena_block **place = arena->blocks == NULL ? &arena->blocks : &arena->blocks->older;
    block->older = *place;
    *place = block;
    return block + 1;
}

void *shm_arena_alloc(shm_arena *arena, size_t size)
{
    if (size > PTRDIFF_MAX - 2 * ALIGN) {
        return NULL;
    }
    const size_t rounded = size == 0 ? ALIGN : (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (rounded > arena->left) {
        if (rounded >= LARGE_BYTES) {
            return allocate_large(arena, rounded);
        }
        const size_t usable = BLOCK_BYTES - sizeof(struct shm_arena_block);
        struct shm_arena_block *block = allocate_block(usable);
        if (block == NULL) {
            return NULL;
        }
        block->older = arena->blocks;
        arena->blocks = block;
        arena->next = (unsigned char *)(block + 1);
        arena->left = usable;
    }
    void *memory = arena->next;
    arena->next += rounded;
    arena->left -= rounded;
    return memory;
}

void *shm_arena_alloc_array(shm_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    return shm_arena_alloc(arena, bytes);
}

char *shm_arena_copy_text(shm_arena *arena, const char *text, size_t length)
{
    if (length == SIZE_MAX) {
        return NULL;
    }
    char *copy = shm_arena_alloc(arena, length + 1);
    if (copy != NULL && length > 0) {
        memcpy(copy, text, length);
    }
    return copy;
}

void shm_arena_close(shm_arena *arena)
{
    struct shm_arena_block *block = arena->blocks;
    while (block != NULL) {
        struct shm_arena_block *older = block->older;
        free(block);
        block = older;
    }
    *arena = (shm_arena){0};
}
