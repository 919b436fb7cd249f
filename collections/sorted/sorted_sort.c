/* sorted_sort.c — the order of entries whose order words are equal, and which of them stay. */
#include <stdlib.h>
#include <string.h>

#include "collections/key/order.h"
#include "collections/multimap/groups_build.h"
#include "collections/sorted/sorted_build.h"
#include "libshm/error.h"

enum { FEW = 16 };

static const unsigned char *row_at(const shm_sorted_build *build, uint64_t row)
{
    return build->table.rows + row * build->table.stride;
}

static int compare_keys(const shm_sorted_build *build, const shm_entry *a, const shm_entry *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    if (shm_order_is_exact(build->key)) {
        return 0;
    }
    const struct shm_sorted_site first = shm_sorted_site_of(build, a);
    const struct shm_sorted_site second = shm_sorted_site_of(build, b);
    return shm_order_compare_rows(build->key, row_at(build, first.row), first.element,
                                  row_at(build, second.row), second.element);
}

static bool is_less(const shm_sorted_build *build, const shm_entry *a, const shm_entry *b)
{
    const int order = compare_keys(build, a, b);
    return order != 0 ? order < 0 : a->row < b->row;
}

static void sort_few(const shm_sorted_build *build, shm_entry *list, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        const shm_entry entry = list[i];
        uint64_t at = i;
        while (at > 0 && is_less(build, &entry, &list[at - 1])) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = entry;
    }
}

/* Merges the neighbours [0, middle) and [middle, count); `room` is for the first. */
static void merge(const shm_sorted_build *build, shm_entry *list, uint64_t middle, uint64_t count,
                  shm_entry *room)
{
    if (!is_less(build, &list[middle], &list[middle - 1])) {
        return;
    }
    memcpy(room, list, (size_t)middle * sizeof *room);
    uint64_t left = 0;
    uint64_t right = middle;
    for (uint64_t to = 0; left < middle; to++) {
        const bool take_right = right < count && is_less(build, &list[right], &room[left]);
        list[to] = take_right ? list[right++] : room[left++];
    }
}

static void sort_run(const shm_sorted_build *build, shm_entry *list, uint64_t count,
                     shm_entry *room)
{
    for (uint64_t at = 0; at < count; at += FEW) {
        sort_few(build, list + at, count - at < FEW ? count - at : FEW);
    }
    for (uint64_t size = FEW; size < count; size *= 2) {
        for (uint64_t at = 0; count - at > size; at += 2 * size) {
            const uint64_t both = count - at < 2 * size ? count - at : 2 * size;
            merge(build, list + at, size, both, room);
            if (both < 2 * size) {
                break;
            }
        }
    }
}

/* Sorts the keys that have one order word, which are in order of rows so far. */
static void sort_words(const shm_sorted_build *build, const struct shm_entry_list *list)
{
    for (uint64_t at = 0; at < list->count;) {
        uint64_t end = at + 1;
        while (end < list->count && list->entries[end].hash == list->entries[at].hash) {
            end++;
        }
        if (end - at > 1) {
            sort_run(build, list->entries + at, end - at, list->room);
        }
        at = end;
    }
}

/* What all partitions are sorted into. */
struct sorting {
    shm_sorted_build *build;
    uint64_t *last_elements; /* the greatest element that stayed, by partition */
};

/* Drops equal elements of a row, of which the first stays, and counts keys. */
static void drop_equal(const struct sorting *sorting, uint64_t number, struct shm_entry_list *list)
{
    const shm_sorted_build *build = sorting->build;
    uint64_t kept = 0;
    uint64_t key_count = 0;
    uint64_t last_element = 0;
    for (uint64_t i = 0; i < list->count; i++) {
        const shm_entry entry = list->entries[i];
        const struct shm_sorted_site site = shm_sorted_site_of(build, &entry);
        const shm_entry *last = kept == 0 ? NULL : &list->entries[kept - 1];
        const bool is_new = last == NULL || compare_keys(build, last, &entry) != 0;
        if (!is_new && shm_sorted_site_of(build, last).row == site.row) {
            continue;
        }
        key_count += is_new;
        last_element = site.element > last_element ? site.element : last_element;
        list->entries[kept++] = entry;
    }
    list->count = kept;
    build->entries.partitions[number].key_count = key_count;
    sorting->last_elements[number] = last_element;
}

static shm_status sort_partition(void *context, uint64_t number, struct shm_entry_list *list,
                                 shm_error *error)
{
    const struct sorting *sorting = context;
    (void)error;
    if (!shm_order_is_exact(sorting->build->key)) {
        sort_words(sorting->build, list);
    }
    drop_equal(sorting, number, list);
    return SHM_OK;
}

shm_status shm_sorted_build_sort(shm_sorted_build *build, shm_error *error)
{
    const uint64_t partitions = build->entries.partition_count;
    struct sorting sorting = {build, calloc(partitions, sizeof *sorting.last_elements)};
    if (sorting.last_elements == NULL) {
        return shm_fail_memory(error);
    }
    const shm_status status = shm_entries_sort(&build->entries, sort_partition, &sorting, error);
    build->count = 0;
    build->width = build->distance_max > UINT32_MAX ? sizeof(uint64_t)
                                                    : shm_row_number_width(build->table.count);
    for (uint64_t i = 0; i < partitions && status == SHM_OK; i++) {
        build->count += build->entries.partitions[i].count;
        build->key_count += build->entries.partitions[i].key_count;
        build->width = sorting.last_elements[i] > UINT32_MAX ? sizeof(uint64_t) : build->width;
    }
    free(sorting.last_elements);
    return status;
}
