/* index_verify.c — does an index hold exactly the keys of its table's rows?
 *
 * Every key of every row is sought, and the entry it leads to is marked; as many marks as entries
 * then say that each entry was reached by a key of its row, and each key has its entry (M7, A3, N2,
 * N3). */
#include "collections/dataset/verify.h"

#include <stdlib.h>

#include "collections/dataset/find.h"
#include "collections/map/map_verify.h"
#include "collections/map/placed_verify.h"
#include "collections/multimap/approximate_verify.h"
#include "collections/multimap/exact_disk.h"
#include "collections/multimap/exact_verify.h"
#include "collections/multimap/groups_verify.h"
#include "collections/sorted/sorted_verify.h"
#include "libshm/error.h"

/* The check of one index. */
struct index_check {
    shm_verifier *verifier;
    const struct shm_index *index;
    struct shm_groups groups;
    struct shm_approximate approximate;
    uint64_t *slot_marks;  /* a bit for each slot of the lines, or for each pair of fragments */
    uint64_t *place_marks; /* a bit for each number of the groups section */
    /* Which element of a group's first row has the group's key, at a third of where the group
     * begins, since a group takes at least three numbers; with fragments that of a place's first
     * pair, at the pair.  Only where this is needed. */
    uint64_t *first_elements;
    const void *slots_at; /* for messages */
    uint64_t marked;
    bool is_over; /* the budget for texts is spent: what is left is believed */
};

static bool mark(uint64_t *marks, uint64_t number)
{
    const uint64_t bit = UINT64_C(1) << (number % 64);
    const bool is_new = (marks[number / 64] & bit) == 0;
    marks[number / 64] |= bit;
    return is_new;
}

static uint64_t *marks_of(uint64_t count)
{
    return calloc(count / 64 + 1, sizeof(uint64_t));
}

static const unsigned char *row_at(const struct index_check *check, uint64_t row)
{
    return check->index->table.rows + row * check->index->table.stride;
}

static shm_status fail_row(const struct index_check *check, uint64_t row)
{
    return shm_verify_fail(check->verifier, SHM_CORRUPT, row_at(check, row),
                           "the index does not lead to a row by the row's key");
}

/* A row found in the group at `start`, at `place`.  Words that are equal by chance must not bring
 * rows of two keys into one group: each row is compared with the first one. */
static shm_status check_member(struct index_check *check, uint64_t start, uint64_t place,
                               uint64_t row, uint64_t element)
{
    const shm_key *key = &check->index->key;
    if (mark(check->place_marks, place)) {
        check->marked++;
    }
    if (check->index->hash_is_key) {
        return SHM_OK;
    }
    if (place == start + 1) {
        if (check->first_elements != NULL) {
            check->first_elements[start / 3] = element;
        }
        return SHM_OK;
    }
    /* Rows come in order, so the first one was here before, if it ever comes. */
    if ((check->place_marks[(start + 1) / 64] >> ((start + 1) % 64) & 1) == 0) {
        return fail_row(check, row);
    }
    const uint64_t first = shm_groups_number(&check->groups, start + 1);
    const uint64_t first_element =
        check->first_elements == NULL ? 0 : check->first_elements[start / 3];
    if (!shm_key_equal(key, row_at(check, row), element, row_at(check, first), first_element)) {
        return fail_row(check, row);
    }
    return SHM_OK;
}

/* An entry that was sought: its slot, and where its group has the row. */
struct sought {
    uint64_t slot;  /* SHM_NO_SLOT: it is not there */
    uint64_t start; /* of the group, SHM_NO_PLACE: the row stands alone */
    uint64_t place;
};

/* Does the slot's value lead to the row? */
static bool leads_to(const struct index_check *check, uint64_t slot, uint64_t row,
                     struct sought *sought)
{
    const struct shm_index *index = check->index;
    const int64_t value = shm_map_slot_value(&index->map, slot);
    *sought = (struct sought){.slot = slot, .start = SHM_NO_PLACE};
    if (value >= 0) {
        return (uint64_t)value == row;
    }
    if (index->groups == NULL || value == SHM_MAP_NOTHING) {
        return false;
    }
    sought->start = shm_map_group_place(index->map.is_wide, value);
    sought->place = shm_groups_place(&check->groups, sought->start, row);
    return sought->place != SHM_NO_PLACE;
}

/* In one line, the slot that has the text's fragment and leads to the row.  Of fragments that are
 * equal by chance it is the one that leads there. */
static bool seek_in_line(const struct index_check *check, uint64_t number, uint64_t hash,
                         uint64_t row, struct sought *sought)
{
    const shm_map *map = &check->index->map;
    const uint32_t slots = shm_line_slot_count(map->is_wide);
    for (uint32_t slot = 0; slot < slots; slot++) {
        const uint64_t word = map->lines[number].words[slot];
        if ((word & ~SHM_PLACE_MASK) == shm_text_fragment(hash) &&
            leads_to(check, number * slots + slot, row, sought)) {
            return true;
        }
    }
    return false;
}

/* Where finds of the hash look for the row. */
static struct sought seek(const struct index_check *check, uint64_t row, uint64_t hash)
{
    const struct shm_index *index = check->index;
    const shm_map *map = &index->map;
    struct sought sought = {.slot = SHM_NO_SLOT};
    bool is_there;
    if (index->texts.heap != NULL) {
        const uint64_t home = shm_map_home(map, hash);
        is_there = seek_in_line(check, home, hash, row, &sought) ||
                   (shm_away_may_hold(map->lines[home].away, hash) &&
                    seek_in_line(check, shm_map_away(map, home, hash), hash, row, &sought));
    } else {
        const uint64_t slot = shm_map_slot(map, hash);
        is_there = slot != SHM_NO_SLOT && leads_to(check, slot, row, &sought);
    }
    if (!is_there) {
        sought.slot = SHM_NO_SLOT;
    }
    return sought;
}

/* N2: no pair before this one, of the same place, has a row of the same key. */
static shm_status check_unique(const struct index_check *check, uint64_t row, uint64_t first,
                               uint64_t pair)
{
    shm_row_range range = shm_index_pair_range(check->index, first, pair);
    uint64_t other;
    while (shm_row_range_next(&range, &other)) {
        if (shm_key_equal(&check->index->key, row_at(check, row), 0, row_at(check, other), 0)) {
            return shm_verify_fail(check->verifier, SHM_CORRUPT, row_at(check, row),
                                   "two rows of a unique index have one key");
        }
    }
    return SHM_OK;
}

/* N3: the row has the key of the place's first row.  Rows come in order, so that one was here
 * before, if it ever comes. */
static shm_status check_place(struct index_check *check, uint64_t row, uint64_t element,
                              uint64_t first, bool is_first)
{
    if (is_first) {
        if (check->first_elements != NULL) {
            check->first_elements[first] = element;
        }
        return SHM_OK;
    }
    uint64_t other = row;
    shm_row_range range = shm_index_pair_range(check->index, first, first + 1);
    (void)shm_row_range_next(&range, &other);
    const uint64_t other_element = check->first_elements == NULL ? 0 : check->first_elements[first];
    if ((check->slot_marks[first / 64] >> (first % 64) & 1) == 0 ||
        !shm_key_equal(&check->index->key, row_at(check, row), element, row_at(check, other),
                       other_element)) {
        return fail_row(check, row);
    }
    return SHM_OK;
}

/* A3, and of an exact index that the key is the only one of its place, or its row of the key. */
static shm_status check_pair(struct index_check *check, uint64_t row, uint64_t element,
                             uint64_t hash)
{
    const struct shm_index *index = check->index;
    const uint64_t pair = shm_approximate_pair(&check->approximate, hash, row);
    if (pair == SHM_NO_PAIR) {
        return fail_row(check, row);
    }
    const bool is_new = mark(check->slot_marks, pair);
    check->marked += is_new;
    if (index->is_approximate) {
        return SHM_OK;
    }
    const uint64_t bucket = shm_index_bucket(index, hash);
    const uint64_t first =
        shm_index_first_pair(index, index->buckets[bucket], pair, shm_index_fragment(index, pair));
    return index->one_in == SHM_EXACT_NARROW_ONE_IN
               ? check_unique(check, row, first, pair)
               : check_place(check, row, element, first, is_new && pair == first);
}

static shm_status check_hash(struct index_check *check, uint64_t row, uint64_t element,
                             uint64_t hash)
{
    const struct sought sought = seek(check, row, hash);
    if (sought.slot == SHM_NO_SLOT) {
        return fail_row(check, row);
    }
    if (sought.start != SHM_NO_PLACE) {
        return check_member(check, sought.start, sought.place, row, element);
    }
    if (mark(check->slot_marks, sought.slot)) {
        check->marked++;
    }
    return SHM_OK;
}

static shm_status take_step(shm_verifier *verifier, const unsigned char *row)
{
    verifier->operations++;
    if (shm_budget_take(&verifier->step_budget, 1)) {
        return SHM_OK;
    }
    return shm_verify_fail(verifier, SHM_LIMIT, row,
                           "its rows have too many keys in too few bytes to be checked");
}

static shm_status check_row(struct index_check *check, uint64_t row)
{
    shm_verifier *verifier = check->verifier;
    const struct shm_index *index = check->index;
    const unsigned char *at = row_at(check, row);
    shm_status status = take_step(verifier, at);
    const uint64_t count = shm_key_element_count(&index->key, at);
    for (uint64_t element = 0; status == SHM_OK && element < count; element++) {
        const uint64_t bytes = shm_key_text_bytes(&index->key, at, element);
        check->is_over = !shm_budget_take(&verifier->text_budget, bytes);
        if (check->is_over) {
            return SHM_OK;
        }
        verifier->operations += bytes / 64;
        status = take_step(verifier, at);
        if (status == SHM_OK) {
            const uint64_t hash = shm_key_hash_row(&index->key, at, element, index->map.seed);
            status = index->has_fragments ? check_pair(check, row, element, hash)
                                          : check_hash(check, row, element, hash);
        }
    }
    return status;
}

/* M7, A3: keys and entries are the same. */
static shm_status check_keys(struct index_check *check)
{
    for (uint64_t row = 0; row < check->index->table.count; row++) {
        const shm_status status = check_row(check, row);
        if (status != SHM_OK || check->is_over) {
            return status;
        }
    }
    if (check->marked != check->index->entry_count) {
        return shm_verify_fail(check->verifier, SHM_CORRUPT, check->slots_at,
                               "an index has entries that are no key of their row");
    }
    return SHM_OK;
}

/* W1, without reading a text: each word has the place that the cell of its first row has, so that a
 * find answers a row with the key that it compared, whatever else is believed. */
static shm_status check_places(const struct index_check *check)
{
    const struct shm_index *index = check->index;
    const uint32_t slots = shm_line_slot_count(index->map.is_wide);
    for (uint64_t slot = 0; slot < shm_map_slot_count(&index->map); slot++) {
        const int64_t value = shm_map_slot_value(&index->map, slot);
        uint64_t row = 0;
        if (value == SHM_MAP_NOTHING) {
            continue;
        }
        shm_row_range range = shm_index_value_range(index, value);
        (void)shm_row_range_next(&range, &row);
        const void *cell = index->texts.cells + row * index->texts.stride;
        const uint64_t word = index->map.lines[slot / slots].words[slot % slots];
        const uint64_t meant = shm_text_word(0, cell, index->texts.heap);
        if (shm_key_element_count(&index->key, row_at(check, row)) != 1 ||
            (word & SHM_PLACE_MASK) != (meant & SHM_PLACE_MASK)) {
            return fail_row(check, row);
        }
    }
    return SHM_OK;
}

/* M2 to M6 and G1 to G3.  The marks of places serve as those of groups' starts, and are all clear
 * again when each group was named. */
static shm_status check_lines(struct index_check *check)
{
    const struct shm_index *index = check->index;
    struct shm_map_values values = {.row_count = index->table.count,
                                    .texts = index->texts.heap != NULL ? &index->texts : NULL};
    uint64_t pair_count = 0;
    shm_status status = SHM_OK;
    check->slots_at = index->map.lines;
    if (index->groups != NULL) {
        values.group_starts = check->place_marks;
        values.group_length = index->group_length;
        status = shm_groups_verify(check->verifier, &check->groups, index->table.count,
                                   check->place_marks, &pair_count);
    }
    if (status == SHM_OK) {
        status = shm_map_verify(check->verifier, &index->map, &values);
    }
    if (status != SHM_OK) {
        return status;
    }
    for (uint64_t i = 0; i <= values.group_length / 64 && index->groups != NULL; i++) {
        if (check->place_marks[i] != 0) {
            return shm_verify_fail(check->verifier, SHM_CORRUPT, index->groups,
                                   "a group belongs to no key");
        }
    }
    if (values.single_count + pair_count != index->entry_count) {
        return shm_verify_fail(check->verifier, SHM_CORRUPT, index->map.lines,
                               "an index has more or fewer entries than it says");
    }
    return index->texts.heap != NULL ? check_places(check) : SHM_OK;
}

static shm_status check_buckets(struct index_check *check)
{
    const struct shm_index *index = check->index;
    check->slots_at = index->buckets;
    check->approximate = (struct shm_approximate){.buckets = index->buckets,
                                                  .bucket_count = index->bucket_count,
                                                  .bits = index->bits,
                                                  .fragments = index->fragments,
                                                  .rows = index->fragment_rows,
                                                  .width = index->width,
                                                  .pair_count = index->entry_count,
                                                  .key_count = index->map.key_count,
                                                  .one_in = index->one_in};
    const shm_status status =
        shm_approximate_verify(check->verifier, &check->approximate, index->table.count);
    return status == SHM_OK && !index->is_approximate
               ? shm_exact_verify(check->verifier, &check->approximate, index->is_unique)
               : status;
}

/* Room for an element at each of so many places, if keys have several elements. */
static bool make_elements(struct index_check *check, uint64_t count)
{
    if (!check->index->key.has_list) {
        return true;
    }
    check->first_elements = calloc(count + 1, sizeof(uint64_t));
    return check->first_elements != NULL;
}

static bool make_marks(struct index_check *check)
{
    const struct shm_index *index = check->index;
    check->slot_marks =
        marks_of(index->has_fragments ? index->entry_count : shm_map_slot_count(&index->map));
    if (check->slot_marks == NULL) {
        return false;
    }
    if (index->has_fragments) {
        return index->is_approximate || make_elements(check, index->entry_count);
    }
    if (index->groups == NULL) {
        return true;
    }
    check->groups = (struct shm_groups){
        .at = index->groups, .length = index->group_length, .width = index->width};
    check->place_marks = marks_of(index->group_length);
    return check->place_marks != NULL &&
           (index->hash_is_key || make_elements(check, index->group_length / 3));
}

shm_status shm_index_verify(shm_verifier *verifier, const struct shm_index *index)
{
    struct index_check check = {.verifier = verifier, .index = index};
    shm_status status;
    if (index->is_sorted) {
        return shm_sorted_verify(verifier, &index->sorted, &index->key, &index->table,
                                 index->map.key_count);
    }
    if (index->is_placed) {
        const shm_collection *map = index->collection;
        return shm_placed_verify(verifier, &index->placed, map->record->fields[0].type,
                                 map->record->fields[1].type);
    }
    if (!make_marks(&check)) {
        status = shm_fail_memory(verifier->error);
    } else {
        status = index->has_fragments ? check_buckets(&check) : check_lines(&check);
    }
    if (status == SHM_OK) {
        status = check_keys(&check);
    }
    free(check.slot_marks);
    free(check.place_marks);
    free(check.first_elements);
    return status;
}
