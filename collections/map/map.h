/* map.h — finding in hash lines.  Internal; the bytes are map_disk.h.
 *
 * A bound map is plain and may be copied; it borrows the image. Threads: any, wait-free. */
#ifndef COLLECTIONS_MAP_H
#define COLLECTIONS_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "collections/map/map_disk.h"
#include "libshm/hash.h"

typedef struct shm_map {
    const struct shm_map_line *lines;
    uint64_t line_count;
    uint64_t seed;
    uint64_t key_count;
} shm_map;

static inline uint64_t shm_map_home(const shm_map *map, uint64_t hash)
{
    return shm_multiply_high(hash, map->line_count);
}

/* The slot of `hash` in a line; -1 if it is not there. */
static inline int shm_map_line_slot(const struct shm_map_line *line, uint64_t hash)
{
    for (int slot = 0; slot < SHM_LINE_SLOT_COUNT; slot++) {
        if (line->words[slot] == hash && (line->cells[slot] & SHM_CELL_FILLED) != 0) {
            return slot;
        }
    }
    return -1;
}

/* The value stored under `hash`; false if there is none, *value then untouched. */
static inline bool shm_map_find(const shm_map *map, uint64_t hash, uint64_t *value)
{
    const struct shm_map_line *line = &map->lines[shm_map_home(map, hash)];
    int slot = shm_map_line_slot(line, hash);
    if (slot < 0) {
        const uint64_t cell = line->cells[hash & 3];
        if ((cell & shm_cell_filter_bit(hash)) == 0) {
            return false;
        }
        line += shm_cell_reach(cell); /* within the map: M5 */
        slot = shm_map_line_slot(line, hash);
        if (slot < 0) {
            return false;
        }
    }
    *value = line->cells[slot] & SHM_CELL_VALUE_MASK;
    return true;
}

#endif
