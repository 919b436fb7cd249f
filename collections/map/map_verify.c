#include "collections/map/map_verify.h"

/* M2 and M5 of one cell. */
static shm_status verify_cell(const shm_verifier *verifier, const shm_map *map, uint64_t number,
                              int slot)
{
    const struct shm_map_line *line = &map->lines[number];
    const uint64_t cell = line->cells[slot];
    const uint64_t target = number + (uint64_t)shm_cell_reach(cell);
    const uint64_t filter = cell >> SHM_CELL_FILTER_SHIFT & 0xff;
    if ((cell & SHM_CELL_FILLED) == 0 &&
        (line->words[slot] != 0 || (cell & SHM_CELL_VALUE_MASK) != 0)) {
        return shm_verify_fail(verifier, SHM_CORRUPT, &line->cells[slot],
                               "an empty cell of an index holds something");
    }
    /* A reach before the first line wraps to a number past the last one. */
    if (target >= map->line_count || (target == number && filter != 0)) {
        return shm_verify_fail(verifier, SHM_CORRUPT, &line->cells[slot],
                               "a cell of an index reaches outside of it");
    }
    return SHM_OK;
}

/* M3 and M4 of one filled slot.  M3 lets a word stand in its home line and in the one line that its
 * cell there reaches; so it stands once if it is once in each line, and none that is away is at
 * home, too. */
static shm_status verify_word(const shm_verifier *verifier, const shm_map *map, uint64_t number,
                              int slot)
{
    const struct shm_map_line *line = &map->lines[number];
    const uint64_t word = line->words[slot];
    const uint64_t home = shm_map_home(map, word);
    const uint64_t cell = map->lines[home].cells[word & 3];
    const uint64_t away = home + (uint64_t)shm_cell_reach(cell);
    if (shm_map_line_slot(line, word) != slot) {
        return shm_verify_fail(verifier, SHM_CORRUPT, line, "an index holds a key twice");
    }
    if (number == home) {
        return SHM_OK;
    }
    if (number != away || (cell & shm_cell_filter_bit(word)) == 0) {
        return shm_verify_fail(verifier, SHM_CORRUPT, line,
                               "a key of an index stands where no find looks for it");
    }
    if (shm_map_line_slot(&map->lines[home], word) >= 0) {
        return shm_verify_fail(verifier, SHM_CORRUPT, line, "an index holds a key twice");
    }
    return SHM_OK;
}

/* M6 and G3. */
static shm_status verify_value(const shm_verifier *verifier, const uint64_t *cell,
                               struct shm_map_values *values)
{
    const uint64_t value = *cell & SHM_CELL_VALUE_MASK;
    if (values->group_starts == NULL || (value & SHM_CELL_GROUP) == 0) {
        values->single_count++;
        return value < values->row_count
                   ? SHM_OK
                   : shm_verify_fail(verifier, SHM_CORRUPT, cell,
                                     "an index leads past the end of its table");
    }
    const uint64_t at = value & ~SHM_CELL_GROUP;
    const uint64_t bit = UINT64_C(1) << (at % 64);
    if (at >= values->group_length || (values->group_starts[at / 64] & bit) == 0) {
        return shm_verify_fail(verifier, SHM_CORRUPT, cell,
                               "an index leads to no group, or to one that has another key");
    }
    values->group_starts[at / 64] &= ~bit;
    values->group_count++;
    return SHM_OK;
}

shm_status shm_map_verify(shm_verifier *verifier, const shm_map *map, struct shm_map_values *values)
{
    values->single_count = 0;
    values->group_count = 0;
    for (uint64_t number = 0; number < map->line_count; number++) {
        const struct shm_map_line *line = &map->lines[number];
        verifier->operations++;
        for (int slot = 0; slot < SHM_LINE_SLOT_COUNT; slot++) {
            shm_status status = verify_cell(verifier, map, number, slot);
            if (status == SHM_OK && (line->cells[slot] & SHM_CELL_FILLED) != 0) {
                verifier->operations++;
                status = verify_word(verifier, map, number, slot);
                if (status == SHM_OK) {
                    status = verify_value(verifier, &line->cells[slot], values);
                }
            }
            if (status != SHM_OK) {
                return status;
            }
        }
    }
    if (values->single_count + values->group_count != map->key_count) {
        return shm_verify_fail(verifier, SHM_CORRUPT, map->lines,
                               "an index holds more or fewer keys than it says");
    }
    return SHM_OK;
}

uint64_t shm_map_slot(const shm_map *map, uint64_t hash)
{
    uint64_t number = shm_map_home(map, hash);
    int slot = shm_map_line_slot(&map->lines[number], hash);
    if (slot < 0) {
        const uint64_t cell = map->lines[number].cells[hash & 3];
        if ((cell & shm_cell_filter_bit(hash)) == 0) {
            return SHM_NO_SLOT;
        }
        number += (uint64_t)shm_cell_reach(cell);
        slot = shm_map_line_slot(&map->lines[number], hash);
    }
    return slot < 0 ? SHM_NO_SLOT : number << SHM_SLOT_BITS | (uint64_t)slot;
}
