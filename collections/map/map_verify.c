#include "collections/map/map_verify.h"

/* M2 of one line: its filled slots, into *filled. */
static shm_status verify_slots(const shm_verifier *verifier, const shm_map *map,
                               const struct shm_map_line *line, uint32_t *filled)
{
    const uint32_t slots = shm_line_slot_count(map->is_wide);
    uint32_t zero = 0;
    *filled = 0;
    while (*filled < slots && shm_line_value(line, map->is_wide, *filled) != SHM_MAP_NOTHING) {
        ++*filled;
    }
    for (uint32_t slot = *filled; slot < slots; slot++) {
        if (line->words[slot] != 0 || line->away != 0 ||
            shm_line_value(line, map->is_wide, slot) != SHM_MAP_NOTHING) {
            return shm_verify_fail(verifier, SHM_CORRUPT, &line->words[slot],
                                   "after an empty slot of an index is something");
        }
    }
    if (map->is_wide) {
        memcpy(&zero, (const unsigned char *)line + SHM_WIDE_ZERO_AT, sizeof zero);
    }
    return zero == 0 ? SHM_OK
                     : shm_verify_fail(verifier, SHM_CORRUPT, line,
                                       "the zero bytes of a line of an index are not zero");
}

/* M5 of one line. */
static shm_status verify_away(const shm_verifier *verifier, const shm_map *map, uint64_t number)
{
    const uint32_t away = map->lines[number].away;
    const bool is_four = (away & SHM_AWAY_FOUR) != 0;
    const uint64_t page = number - number % SHM_MAP_PAGE_LINES;
    bool is_good = is_four || (away & SHM_AWAY_SPARE) == 0;
    for (uint32_t s = 0; s < (is_four ? 4U : 2U); s++) {
        const uint32_t shift = s * SHM_AWAY_LINE_BITS;
        is_good = is_good && page + (away >> shift) % SHM_MAP_PAGE_LINES < map->line_count;
    }
    return is_good ? SHM_OK
                   : shm_verify_fail(verifier, SHM_CORRUPT, &map->lines[number].away,
                                     "a line of an index reaches outside of it");
}

/* M3 and M4 of one filled slot.  M3 lets a word stand in its home line and in the one line that its
 * home names; so it stands once if it is once in each line, and none that is away is at home,
 * too. */
static shm_status verify_word(const shm_verifier *verifier, const shm_map *map, uint64_t number,
                              uint32_t slot)
{
    const struct shm_map_line *line = &map->lines[number];
    const uint64_t word = line->words[slot];
    const uint64_t home = shm_map_home(map, word);
    if ((uint32_t)__builtin_ctz(shm_line_match(line, map->is_wide, word)) != slot) {
        return shm_verify_fail(verifier, SHM_CORRUPT, line, "an index holds a key twice");
    }
    if (number == home) {
        return SHM_OK;
    }
    if (!shm_away_may_hold(map->lines[home].away, word) ||
        shm_map_away(map, home, word) != number) {
        return shm_verify_fail(verifier, SHM_CORRUPT, line,
                               "a key of an index stands where no find looks for it");
    }
    if (shm_line_match(&map->lines[home], map->is_wide, word) != 0) {
        return shm_verify_fail(verifier, SHM_CORRUPT, line, "an index holds a key twice");
    }
    return SHM_OK;
}

/* That whatever a word names as a text lies in the heap. */
static shm_status verify_place(const shm_verifier *verifier, const shm_map_texts *texts,
                               const struct shm_map_line *line, uint32_t slot)
{
    const uint64_t place = line->words[slot] & SHM_PLACE_MASK;
    uint64_t head;
    if (place == 0) {
        return SHM_OK;
    }
    const uint64_t offset = (place - 1) * SHM_HEAP_ALIGN;
    bool is_good = offset < texts->heap_size; /* both are multiples of 8 */
    if (is_good) {
        memcpy(&head, texts->heap + offset, sizeof head);
        is_good = shm_item_count(head) <= texts->heap_size - offset - SHM_TEXT_HEAD_BYTES;
    }
    return is_good ? SHM_OK
                   : shm_verify_fail(verifier, SHM_CORRUPT, &line->words[slot],
                                     "a word of an index leads to no text");
}

/* M6 and G3. */
static shm_status verify_value(const shm_verifier *verifier, const shm_map *map, const void *line,
                               int64_t value, struct shm_map_values *values)
{
    if (values->group_starts == NULL || value >= 0) {
        values->single_count++;
        return (uint64_t)value < values->row_count
                   ? SHM_OK
                   : shm_verify_fail(verifier, SHM_CORRUPT, line,
                                     "an index leads past the end of its table");
    }
    const uint64_t at = shm_map_group_place(map->is_wide, value);
    const uint64_t bit = UINT64_C(1) << (at % 64);
    if (at >= values->group_length || (values->group_starts[at / 64] & bit) == 0) {
        return shm_verify_fail(verifier, SHM_CORRUPT, line,
                               "an index leads to no group, or to one that has another key");
    }
    values->group_starts[at / 64] &= ~bit;
    values->group_count++;
    return SHM_OK;
}

static shm_status verify_line(shm_verifier *verifier, const shm_map *map, uint64_t number,
                              struct shm_map_values *values)
{
    const struct shm_map_line *line = &map->lines[number];
    uint32_t filled;
    shm_status status = verify_slots(verifier, map, line, &filled);
    if (status == SHM_OK) {
        status = verify_away(verifier, map, number);
    }
    for (uint32_t slot = 0; slot < filled && status == SHM_OK; slot++) {
        status = values->texts != NULL ? verify_place(verifier, values->texts, line, slot)
                                       : verify_word(verifier, map, number, slot);
        if (status == SHM_OK) {
            status =
                verify_value(verifier, map, line, shm_line_value(line, map->is_wide, slot), values);
        }
    }
    verifier->operations += 1 + filled;
    return status;
}

shm_status shm_map_verify(shm_verifier *verifier, const shm_map *map, struct shm_map_values *values)
{
    values->single_count = 0;
    values->group_count = 0;
    for (uint64_t number = 0; number < map->line_count; number++) {
        const shm_status status = verify_line(verifier, map, number, values);
        if (status != SHM_OK) {
            return status;
        }
    }
    if (values->single_count + values->group_count != map->key_count) {
        return shm_verify_fail(verifier, SHM_CORRUPT, map->lines,
                               "an index holds more or fewer keys than it says");
    }
    return SHM_OK;
}
