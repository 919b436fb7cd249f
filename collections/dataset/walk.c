/* walk.c — walking an index key by key, and describing it. */
#include <stdlib.h>

#include "collections/dataset/find.h"

/* What finding a seed again may cost, in bytes hashed: of each key, and for each byte of the rows
 * and the index. */
enum { KEY_COST = 16, SEED_COST_FACTOR = 64, SEED_COST_LEAST = 1 << 24 };

shm_key_form shm_index_key_form(const shm_index *index)
{
    return index == NULL ? (shm_key_form)0 : index->key.form;
}

size_t shm_index_part_count(const shm_index *index)
{
    return index == NULL ? 0 : index->key.leaf_count;
}

uint64_t shm_index_key_count(const shm_index *index)
{
    return index == NULL ? 0 : index->map.key_count;
}

uint64_t shm_index_entry_count(const shm_index *index)
{
    return index == NULL ? 0 : index->entry_count;
}

/* The cursor is the next slot. */
static bool next_slot(const shm_index *index, uint64_t *cursor, shm_row_range *rows)
{
    const uint64_t end = shm_map_slot_count(&index->map);
    for (uint64_t at = *cursor; at < end; at++) {
        const int64_t value = shm_map_slot_value(&index->map, at);
        if (value != SHM_MAP_NOTHING) {
            *cursor = at + 1;
            *rows = shm_index_value_range(index, value);
            return true;
        }
    }
    *cursor = end;
    return false;
}

/* The bucket that holds the pair: the last one that begins at or before it. */
static uint64_t bucket_of(const shm_index *index, uint64_t pair)
{
    uint64_t low = 0;
    uint64_t high = index->bucket_count;
    while (high - low > 1) {
        const uint64_t middle = low + (high - low) / 2;
        if (index->buckets[middle] <= pair) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* An index of fragments keeps no keys: what is walked is places, which in exact ones are keys; in
 * unique ones each pair is.  The cursor is the next pair. */
static bool next_place(const shm_index *index, uint64_t *cursor, shm_row_range *rows)
{
    const uint64_t first = *cursor;
    if (first >= index->entry_count) {
        return false;
    }
    const uint64_t bucket_end =
        index->is_unique ? first + 1 : index->buckets[bucket_of(index, first) + 1];
    uint64_t last = first + 1;
    while (last < bucket_end &&
           shm_index_fragment(index, last) == shm_index_fragment(index, first)) {
        last++;
    }
    *rows = shm_index_pair_range(index, first, last);
    *cursor = last;
    return true;
}

/* Keys of a sorted index come in order.  The cursor is the next entry. */
static bool next_key(const shm_index *index, uint64_t *cursor, shm_row_range *rows)
{
    if (*cursor >= index->entry_count) {
        return false;
    }
    const uint64_t end = shm_sorted_run_end(&index->sorted, &index->key, &index->table, *cursor);
    *rows = shm_index_span_range(index, (shm_sorted_span){*cursor, end});
    *cursor = end;
    return true;
}

/* The cursor is the next row number. */
static bool next_placed(const shm_index *index, uint64_t *cursor, shm_row_range *rows)
{
    for (uint64_t row = *cursor; row < index->table.count; row++) {
        if (shm_placed_has_row(&index->placed, row)) {
            *cursor = row + 1;
            *rows = (shm_row_range){.count = 1, .only = row};
            return true;
        }
    }
    *cursor = index->table.count;
    return false;
}

bool shm_index_next(const shm_index *index, uint64_t *cursor, shm_row_range *rows)
{
    if (index == NULL) {
        return false;
    }
    if (index->is_sorted) {
        return next_key(index, cursor, rows);
    }
    if (index->is_placed) {
        return next_placed(index, cursor, rows);
    }
    return index->has_fragments ? next_place(index, cursor, rows) : next_slot(index, cursor, rows);
}

static uint64_t cost_budget(const shm_index *index)
{
    return SEED_COST_LEAST +
           SEED_COST_FACTOR * (index->table.count * index->table.stride + index->size_bytes);
}

/* The text that a slot with that word and value is found by. */
static shm_string slot_text(const shm_index *index, uint64_t word, int64_t value)
{
    const uint64_t place = word & SHM_PLACE_MASK;
    if (place != 0) {
        const unsigned char *item = index->texts.heap + (place - 1) * SHM_HEAP_ALIGN;
        uint64_t head;
        memcpy(&head, item, sizeof head);
        return shm_string_of((const char *)item + SHM_TEXT_HEAD_BYTES,
                             (size_t)shm_item_count(head));
    }
    shm_row_range range = shm_index_value_range(index, value);
    uint64_t row = 0;
    (void)shm_row_range_next(&range, &row);
    return shm_text_cell_string((const void *)(index->texts.cells + row * index->texts.stride));
}

/* The hash of a slot's key; false if finding it costs more than is left. */
static bool slot_hash(const shm_index *index, const struct shm_map_line *line, uint32_t slot,
                      uint64_t *budget, uint64_t *hash)
{
    *hash = line->words[slot];
    if (index->texts.heap == NULL) {
        return true;
    }
    const shm_string text =
        slot_text(index, line->words[slot], shm_line_value(line, index->map.is_wide, slot));
    if (text.length + KEY_COST > *budget) {
        return false;
    }
    *budget -= text.length + KEY_COST;
    *hash = shm_hash64(text.data, text.length, index->map.seed);
    return true;
}

static uint64_t count_away(const shm_index *index)
{
    const shm_map *map = &index->map;
    uint64_t budget = cost_budget(index);
    uint64_t away = 0;
    for (uint64_t number = 0; number < map->line_count; number++) {
        const struct shm_map_line *line = &map->lines[number];
        for (uint32_t slot = 0; slot < shm_line_slot_count(map->is_wide); slot++) {
            uint64_t hash;
            if (shm_line_value(line, map->is_wide, slot) == SHM_MAP_NOTHING) {
                continue;
            }
            if (!slot_hash(index, line, slot, &budget, &hash)) {
                return away;
            }
            away += shm_map_home(map, hash) != number;
        }
    }
    return away;
}

static uint64_t count_placed_away(const shm_placed *map)
{
    const void *entry = NULL;
    uint64_t away = 0;
    if (map->pilots != NULL) {
        return 0;
    }
    while (shm_placed_next(map, &entry)) {
        const uint64_t line =
            (uint64_t)((const unsigned char *)entry - map->lines) / SHM_PLACED_LINE_BYTES;
        away += shm_placed_home(map, shm_mix64(shm_placed_key(map, entry), map->seed)) != line;
    }
    return away;
}

static int compare_words(const void *a, const void *b)
{
    const uint64_t *first = a;
    const uint64_t *second = b;
    return (*first > *second) - (*first < *second);
}

/* Takes what hashing the row's keys costs; false if that is more than is left.  Rows may share long
 * lists and texts, so the cost is not bounded by the image. */
static bool take_cost(const shm_key *key, const void *row, uint64_t count, uint64_t *budget)
{
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t cost = KEY_COST + shm_key_text_bytes(key, row, i);
        if (cost > *budget) {
            return false;
        }
        *budget -= cost;
    }
    return true;
}

/* Adds the row's part of the digest: each distinct element once.  False without memory, or if it
 * costs more than is left. */
static bool add_to_digest(const shm_key *key, const void *row, uint64_t *budget, uint64_t *digest)
{
    const uint64_t count = shm_key_element_count(key, row);
    if (count == 0) {
        return true;
    }
    if (!take_cost(key, row, count, budget)) {
        return false;
    }
    if (count == 1) {
        *digest += shm_key_hash_row(key, row, 0, 0);
        return true;
    }
    uint64_t *hashes = calloc(count, sizeof *hashes);
    if (hashes == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        hashes[i] = shm_key_hash_row(key, row, i, 0);
    }
    qsort(hashes, count, sizeof *hashes, compare_words);
    for (uint64_t i = 0; i < count; i++) {
        if (i == 0 || hashes[i] != hashes[i - 1]) {
            *digest += hashes[i];
        }
    }
    free(hashes);
    return true;
}

/* Which seed of the sequence the index has: found again from its keys, as it is not stored. */
static uint64_t find_seed_number(const shm_index *index)
{
    uint64_t digest = 0;
    uint64_t budget = cost_budget(index);
    for (uint64_t row = 0; row < index->table.count; row++) {
        if (index->is_placed && !shm_placed_has_row(&index->placed, row)) {
            continue;
        }
        if (!add_to_digest(&index->key, shm_table_at(&index->table, row), &budget, &digest)) {
            return UINT64_MAX;
        }
    }
    for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
        if (shm_key_seed(index->fingerprint, index->collection->number, digest, k) ==
            index->map.seed) {
            return k;
        }
    }
    return UINT64_MAX;
}

shm_index_info shm_index_describe(const shm_index *index)
{
    shm_index_info info = {0};
    if (index == NULL) {
        return info;
    }
    const bool has_lines = index->map.lines != NULL;
    info.slot_count = has_lines ? shm_map_slot_count(&index->map) : index->entry_count;
    info.key_count = index->map.key_count;
    info.entry_count = index->entry_count;
    info.size_bytes = index->size_bytes;
    if (index->is_sorted) {
        return info;
    }
    if (index->is_placed) {
        info.slot_count = index->placed.line_count * shm_placed_slot_count(index->placed.width);
        info.away_count = count_placed_away(&index->placed);
    } else {
        info.away_count = has_lines ? count_away(index) : 0;
    }
    info.seed_number = find_seed_number(index);
    return info;
}
