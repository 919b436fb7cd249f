/* names.h — a table from names to addresses.  Internal.
 *
 * Made for a known number of names, in an arena; small tables are scanned, large ones hashed with
 * a seed that the writer of a schema cannot know.  Threads: one at a time. */
#ifndef SCHEMA_MODEL_NAMES_H
#define SCHEMA_MODEL_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libshm/arena.h"

typedef struct shm_name_entry {
    const char *text;
    uint32_t length;
    uint32_t hash; /* in hashed tables only */
    void *value;
} shm_name_entry;

typedef struct shm_name_table {
    shm_name_entry *entries;
    uint32_t *slots; /* number of an entry plus 1, or 0; NULL in small tables */
    uint32_t slot_mask;
    uint32_t count;
    uint32_t capacity;
    uint64_t seed;
} shm_name_table;

/* Makes an empty table for up to `capacity` names; false when memory is short. */
bool shm_name_table_create(shm_name_table *table, shm_arena *arena, size_t capacity);

/* The value of a name; NULL if it has none. */
void *shm_name_table_find(const shm_name_table *table, const char *text, size_t length);

/* Adds the name, whose bytes must outlive the table.  Answers NULL, or the value that the name
 * has already; nothing is then changed. */
void *shm_name_table_add(shm_name_table *table, const char *text, size_t length, void *value);

#endif
