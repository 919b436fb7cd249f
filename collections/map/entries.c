/* entries.c — the entries of an index, gathered from its rows. */
#include "collections/map/entries.h"

#include <stdlib.h>

#include "libshm/error.h"

enum { PROGRESS_ROW_COUNT = 1 << 16, FIRST_ROW_KEYS = 64 };

static int compare_row_keys(const void *a, const void *b)
{
    const struct shm_row_key *left = a;
    const struct shm_row_key *right = b;
    if (left->hash != right->hash) {
        return left->hash < right->hash ? -1 : 1;
    }
    return (left->element > right->element) - (left->element < right->element);
}

static shm_status make_room(shm_entries *entries, uint64_t count, shm_error *error)
{
    if (count <= entries->row_key_capacity) {
        return SHM_OK;
    }
    uint64_t capacity = entries->row_key_capacity == 0 ? FIRST_ROW_KEYS : entries->row_key_capacity;
    while (capacity < count) {
        capacity *= 2;
    }
    struct shm_row_key *keys = realloc(entries->row_keys, capacity * sizeof *keys);
    if (keys == NULL) {
        return shm_fail_memory(error);
    }
    entries->row_keys = keys;
    entries->row_key_capacity = capacity;
    return SHM_OK;
}

/* Drops equal elements of a list, of which there is one entry; keys with equal hashes that are not
 * equal stay apart. */
static uint64_t drop_equal(const shm_entries *entries, const void *row, uint64_t count)
{
    struct shm_row_key *keys = entries->row_keys;
    uint64_t kept = 0;
    qsort(keys, (size_t)count, sizeof *keys, compare_row_keys);
    for (uint64_t i = 0; i < count; i++) {
        bool is_new = true;
        for (uint64_t k = kept; k > 0 && keys[k - 1].hash == keys[i].hash && is_new; k--) {
            is_new = !shm_key_equal(entries->key, row, keys[k - 1].element, row, keys[i].element);
        }
        if (is_new) {
            keys[kept++] = keys[i];
        }
    }
    return kept;
}

/* The distinct keys of a row, in entries->row_keys. */
static shm_status take_row(shm_entries *entries, const void *row, uint64_t seed, uint64_t *count,
                           shm_error *error)
{
    const uint64_t elements = shm_key_element_count(entries->key, row);
    const shm_status status = make_room(entries, elements, error);
    if (status != SHM_OK) {
        return status;
    }
    for (uint64_t i = 0; i < elements; i++) {
        entries->row_keys[i] =
            (struct shm_row_key){shm_key_hash_row(entries->key, row, i, seed), i};
    }
    *count = elements > 1 ? drop_equal(entries, row, elements) : elements;
    return SHM_OK;
}

static shm_status tell(const shm_entries *entries, uint64_t row, shm_error *error)
{
    if (entries->progress == NULL || row % PROGRESS_ROW_COUNT != 0) {
        return SHM_OK;
    }
    return entries->progress(entries->context, row, error);
}

shm_status shm_entries_open(shm_entries *entries, shm_error *error)
{
    for (uint64_t row = 0; row < entries->table.count; row++) {
        const unsigned char *at = entries->table.rows + row * entries->table.stride;
        uint64_t keys;
        shm_status status = take_row(entries, at, 0, &keys, error);
        if (status == SHM_OK) {
            status = tell(entries, row, error);
        }
        if (status != SHM_OK) {
            return status;
        }
        entries->count += keys;
        for (uint64_t i = 0; i < keys; i++) {
            entries->digest += entries->row_keys[i].hash;
        }
    }
    if (entries->count > SIZE_MAX / sizeof *entries->list) {
        return shm_fail_memory(error);
    }
    entries->list = malloc((size_t)(entries->count + 1) * sizeof *entries->list);
    return entries->list == NULL ? shm_fail_memory(error) : SHM_OK;
}

shm_status shm_entries_gather(shm_entries *entries, uint64_t seed, shm_error *error)
{
    uint64_t count = 0;
    entries->seed = seed;
    for (uint64_t row = 0; row < entries->table.count; row++) {
        const unsigned char *at = entries->table.rows + row * entries->table.stride;
        uint64_t keys;
        shm_status status = take_row(entries, at, seed, &keys, error);
        if (status == SHM_OK) {
            status = tell(entries, row, error);
        }
        if (status != SHM_OK) {
            return status;
        }
        for (uint64_t i = 0; i < keys; i++) {
            entries->list[count++] = (shm_entry){entries->row_keys[i].hash, row};
        }
    }
    shm_entries_sort(entries->list, entries->count);
    return SHM_OK;
}

/* Which element of the entry's row has its hash. */
static uint64_t element_of(const shm_entries *entries, const shm_entry *entry, const void **row)
{
    *row = entries->table.rows + entry->row * entries->table.stride;
    uint64_t element = 0;
    if (entries->key->has_list) {
        while (shm_key_hash_row(entries->key, *row, element, entries->seed) != entry->hash) {
            element++;
        }
    }
    return element;
}

static bool keys_equal(const shm_entries *entries, const shm_entry *a, const shm_entry *b)
{
    const void *row_a;
    const void *row_b;
    if (entries->key->leaf_count == 1 && !entries->key->leaves[0].is_text) {
        return true; /* the hash of one word is a bijection */
    }
    const uint64_t element_a = element_of(entries, a, &row_a);
    const uint64_t element_b = element_of(entries, b, &row_b);
    return shm_key_equal(entries->key, row_a, element_a, row_b, element_b);
}

/* Notes that `second` repeats the key of `first` if it is the first row to repeat one. */
static void note_duplicate(const shm_entries *entries, const shm_entry *first,
                           const shm_entry *second, struct shm_duplicate *duplicate)
{
    if (second->row < duplicate->second_row) {
        const void *row;
        duplicate->element = element_of(entries, first, &row);
        duplicate->first_row = first->row;
        duplicate->second_row = second->row;
    }
}

/* Looks at one run of equal hashes, whose rows rise. */
static enum shm_entries_finding check_run(const shm_entries *entries, const shm_entry *run,
                                          uint64_t count, bool is_unique,
                                          struct shm_duplicate *duplicate)
{
    for (uint64_t i = 1; i < count; i++) {
        /* One row twice: two of its keys collide, since equal ones were dropped. */
        if (run[i].row == run[i - 1].row || !keys_equal(entries, &run[0], &run[i])) {
            return SHM_ENTRIES_COLLIDE;
        }
    }
    if (is_unique && count > 1) {
        note_duplicate(entries, &run[0], &run[1], duplicate);
        return SHM_ENTRIES_DUPLICATE;
    }
    return SHM_ENTRIES_GOOD;
}

enum shm_entries_finding shm_entries_check(shm_entries *entries, bool is_unique,
                                           struct shm_duplicate *duplicate)
{
    enum shm_entries_finding finding = SHM_ENTRIES_GOOD;
    duplicate->second_row = UINT64_MAX;
    entries->key_count = 0;
    for (uint64_t at = 0; at < entries->count;) {
        uint64_t end = at + 1;
        while (end < entries->count && entries->list[end].hash == entries->list[at].hash) {
            end++;
        }
        if (end - at > 1) {
            const enum shm_entries_finding found =
                check_run(entries, entries->list + at, end - at, is_unique, duplicate);
            if (found == SHM_ENTRIES_COLLIDE) {
                return found;
            }
            finding = found == SHM_ENTRIES_DUPLICATE ? found : finding;
        }
        entries->key_count++;
        at = end;
    }
    return finding;
}

void shm_entries_close(shm_entries *entries)
{
    free(entries->list);
    free(entries->row_keys);
    entries->list = NULL;
    entries->row_keys = NULL;
}
