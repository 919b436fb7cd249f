/* arena.h — memory that is freed all at once: what parsers and binders make their results from.
 * Internal.  Threads: one at a time. */
#ifndef LIBSHM_ARENA_H
#define LIBSHM_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct shm_arena_block;

/* All zero is an empty arena. */
typedef struct shm_arena {
    struct shm_arena_block *blocks; /* the newest first */
    unsigned char *next;
    size_t left;
} shm_arena;

/* `size` zeroed bytes aligned to 16, until shm_arena_close; NULL when memory is short.
 * A size of 0 gives a valid address. */
void *shm_arena_alloc(shm_arena *arena, size_t size);

/* `count` objects of `size`; NULL when that overflows or memory is short. */
void *shm_arena_alloc_array(shm_arena *arena, size_t count, size_t size);

/* A NUL-terminated copy of `length` bytes. */
char *shm_arena_copy_text(shm_arena *arena, const char *text, size_t length);

/* Frees everything; the arena is then empty and may be used again. */
void shm_arena_close(shm_arena *arena);

#endif
