#include "schema/model/names.h"

#include <assert.h>
#include <string.h>

#include "libshm/hash.h"

enum { SMALL_TABLE_MAX = 8 };

bool shm_name_table_create(shm_name_table *table, shm_arena *arena, size_t capacity)
{
    memset(table, 0, sizeof *table);
    if (capacity > UINT32_MAX / 4)
        return false;
    table->entries = shm_arena_alloc_array(arena, capacity, sizeof *table->entries);
    if (table->entries == NULL)
        return false;
    table->capacity = (uint32_t)capacity;
    if (capacity <= SMALL_TABLE_MAX)
        return true;
    uint32_t slot_count = 4 * SMALL_TABLE_MAX;
    while (slot_count < 2 * capacity)
        slot_count *= 2;
    table->slots = shm_arena_alloc_array(arena, slot_count, sizeof *table->slots);
    table->slot_mask = slot_count - 1;
    table->seed = (uint64_t)(uintptr_t)table->slots * SHM_MIX_FIRST;
    return table->slots != NULL;
}

static bool is_name(const shm_name_entry *entry, const char *text, size_t length)
{
    return entry->length == length && memcmp(entry->text, text, length) == 0;
}

/* The entry of a name; in a hashed table *slot is where it stands or would stand. */
static shm_name_entry *entry_of(const shm_name_table *table, const char *text, size_t length,
                                uint32_t *hash, uint32_t *slot)
{
    if (table->slots == NULL) {
        for (uint32_t i = 0; i < table->count; i++) {
            if (is_name(&table->entries[i], text, length))
                return &table->entries[i];
        }
        return NULL;
    }
    *hash = (uint32_t)shm_hash64(text, length, table->seed);
    *slot = *hash & table->slot_mask;
    while (table->slots[*slot] != 0) {
        shm_name_entry *entry = &table->entries[table->slots[*slot] - 1];
        if (entry->hash == *hash && is_name(entry, text, length))
            return entry;
        *slot = (*slot + 1) & table->slot_mask;
    }
    return NULL;
}

void *shm_name_table_find(const shm_name_table *table, const char *text, size_t length)
{
    uint32_t hash;
    uint32_t slot;
    const shm_name_entry *entry = entry_of(table, text, length, &hash, &slot);
    return entry == NULL ? NULL : entry->value;
}

void *shm_name_table_add(shm_name_table *table, const char *text, size_t length, void *value)
{
    uint32_t hash = 0;
    uint32_t slot = 0;
    shm_name_entry *entry = entry_of(table, text, length, &hash, &slot);
    if (entry != NULL)
        return entry->value;
    assert(table->count < table->capacity);
    entry = &table->entries[table->count++];
    entry->text = text;
    entry->length = (uint32_t)length;
    entry->hash = hash;
    entry->value = value;
    if (table->slots != NULL)
        table->slots[slot] = table->count;
    return NULL;
}
