/* entries_check.c — what sorted entries with equal hashes mean. */
#include "collections/map/key_entries.h"

#include <stdlib.h>

#include "libshm/error.h"

/* What was found in a partition. */
struct partition_finding {
    enum shm_entries_finding finding;
    struct shm_duplicate duplicate;
    uint64_t group_length;
};

struct check {
    shm_entries *entries;
    const shm_key_rows *rows;
    bool is_unique;
    bool is_word;                    /* the hash of one word is a bijection */
    struct partition_finding *found; /* by partition */
};

/* Which element of the entry's row has its hash. */
static uint64_t element_of(const struct check *check, const shm_entry *entry, const void **row)
{
    const shm_key *key = check->rows->key;
    uint64_t element = 0;
    *row = check->rows->table.rows + entry->row * check->rows->table.stride;
    if (key->has_list) {
        while (shm_key_hash_row(key, *row, element, check->entries->seed) != entry->hash) {
            element++;
        }
    }
    return element;
}

static bool keys_equal(const struct check *check, const shm_entry *a, const shm_entry *b)
{
    const void *row_a;
    const void *row_b;
    if (check->is_word) {
        return true;
    }
    const uint64_t element_a = element_of(check, a, &row_a);
    const uint64_t element_b = element_of(check, b, &row_b);
    return shm_key_equal(check->rows->key, row_a, element_a, row_b, element_b);
}

/* Notes that `second` repeats the key of `first` if it is the first row to repeat one. */
static void note_duplicate(const struct check *check, const shm_entry *first,
                           const shm_entry *second, struct shm_duplicate *duplicate)
{
    if (second->row < duplicate->second_row) {
        const void *row;
        duplicate->element = element_of(check, first, &row);
        duplicate->first_row = first->row;
        duplicate->second_row = second->row;
    }
}

/* Looks at one run of equal hashes, whose rows rise. */
static void check_run(const struct check *check, const shm_entry *run, uint64_t count,
                      struct partition_finding *found)
{
    for (uint64_t i = 1; i < count; i++) {
        /* One row twice: two of its keys collide, since equal ones were dropped. */
        if (run[i].row == run[i - 1].row || !keys_equal(check, &run[0], &run[i])) {
            found->finding = SHM_ENTRIES_COLLIDE;
            return;
        }
    }
    found->group_length += 1 + count;
    if (check->is_unique) {
        note_duplicate(check, &run[0], &run[1], &found->duplicate);
        found->finding = SHM_ENTRIES_DUPLICATE;
    }
}

/* Whether no two entries have the same hash. */
static bool is_distinct(const shm_entry *list, uint64_t count)
{
    uint64_t equal = 0;
    for (uint64_t i = 1; i < count; i++) {
        equal += list[i].hash == list[i - 1].hash;
    }
    return equal == 0;
}

static shm_status look_at_partition(void *context, uint64_t partition, struct shm_entry_list *shown,
                                    shm_error *error)
{
    const struct check *check = context;
    const shm_entry *list = shown->entries;
    struct partition_finding found = {.duplicate = {.second_row = UINT64_MAX}};
    uint64_t key_count = 0;
    (void)error;
    if (is_distinct(list, shown->count)) {
        check->entries->partitions[partition].key_count = shown->count;
        check->found[partition] = found;
        return SHM_OK;
    }
    for (uint64_t at = 0; at < shown->count && found.finding != SHM_ENTRIES_COLLIDE; key_count++) {
        uint64_t end = at + 1;
        while (end < shown->count && list[end].hash == list[at].hash) {
            end++;
        }
        if (end - at > 1) {
            check_run(check, list + at, end - at, &found);
        }
        at = end;
    }
    check->entries->partitions[partition].key_count = key_count;
    check->found[partition] = found;
    return SHM_OK;
}

/* The findings of all partitions, in their order. */
static enum shm_entries_finding join(const struct check *check, struct shm_duplicate *duplicate)
{
    shm_entries *entries = check->entries;
    enum shm_entries_finding finding = SHM_ENTRIES_GOOD;
    duplicate->second_row = UINT64_MAX;
    entries->key_count = 0;
    entries->group_length = 0;
    for (uint64_t p = 0; p < entries->partition_count; p++) {
        const struct partition_finding *found = &check->found[p];
        if (found->finding == SHM_ENTRIES_COLLIDE) {
            return SHM_ENTRIES_COLLIDE;
        }
        if (found->duplicate.second_row < duplicate->second_row) {
            *duplicate = found->duplicate;
            finding = SHM_ENTRIES_DUPLICATE;
        }
        entries->partitions[p].groups_at = entries->group_length;
        entries->group_length += found->group_length;
        entries->key_count += entries->partitions[p].key_count;
    }
    return finding;
}

shm_status shm_entries_check(shm_entries *entries, const shm_key_rows *rows, bool is_unique,
                             enum shm_entries_finding *finding, struct shm_duplicate *duplicate,
                             shm_error *error)
{
    const shm_key *key = rows->key;
    struct check check = {.entries = entries,
                          .rows = rows,
                          .is_unique = is_unique,
                          .is_word = shm_key_is_word(key),
                          .found = calloc(entries->partition_count, sizeof *check.found)};
    if (check.found == NULL) {
        return shm_fail_memory(error);
    }
    const shm_status status = shm_entries_sort(entries, look_at_partition, &check, error);
    if (status == SHM_OK) {
        *finding = join(&check, duplicate);
    }
    free(check.found);
    return status;
}
