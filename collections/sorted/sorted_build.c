/* sorted_build.c — listing and sorting the entries of a sorted index. */
#include "collections/sorted/sorted_build.h"

#include <stdlib.h>
#include <string.h>

#include "collections/key/order.h"
#include "collections/multimap/groups_build.h"
#include "libshm/error.h"

enum { PROGRESS_ROW_COUNT = 1 << 16, FEW = 16 };

static int compare_keys(const shm_sorted_build *build, const shm_entry *a, const shm_entry *b)
{
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    if (shm_order_is_exact(build->key)) {
        return 0;
    }
    const struct shm_sorted_site first = shm_sorted_build_site(build, a);
    const struct shm_sorted_site second = shm_sorted_build_site(build, b);
    return shm_order_compare_rows(build->key, shm_sorted_build_row(build, first.row), first.element,
                                  shm_sorted_build_row(build, second.row), second.element);
}

static bool is_less(const shm_sorted_build *build, const shm_entry *a, const shm_entry *b)
{
    const int order = compare_keys(build, a, b);
    return order != 0 ? order < 0 : a->row < b->row;
}

/* ---- listing ---- */

static shm_status tell(const shm_sorted_build *build, uint64_t row, shm_error *error)
{
    if (build->progress == NULL || row % PROGRESS_ROW_COUNT != 0) {
        return SHM_OK;
    }
    return build->progress(build->context, row, error);
}

/* What the texts of the first leaf begin with, of the rows seen so far. */
static void narrow_common(shm_sorted_build *build, shm_string text, bool is_first)
{
    struct shm_sorted_head *head = &build->head;
    size_t length = text.length < SHM_SORTED_COMMON_MAX ? text.length : SHM_SORTED_COMMON_MAX;
    if (is_first) {
        if (length > 0) {
            memcpy(head->common, text.data, length);
        }
        head->common_length = length;
        return;
    }
    size_t same = 0;
    length = length < head->common_length ? length : (size_t)head->common_length;
    while (same < length && text.data[same] == head->common[same]) {
        same++;
    }
    memset(head->common + same, 0, SHM_SORTED_COMMON_MAX - same);
    head->common_length = same;
}

static void see_text(shm_sorted_build *build, const unsigned char *row, uint64_t element,
                     bool is_first)
{
    const shm_string text = shm_order_first_text(build->key, row, element);
    narrow_common(build, text, is_first);
    if (shm_order_is_text(build->key)) {
        const uint64_t distance = shm_sorted_distance(&build->table, text);
        build->distance_max = distance > build->distance_max ? distance : build->distance_max;
    }
}

/* Counts the elements of all rows, and sees the texts of their keys. */
static shm_status count_entries(shm_sorted_build *build, shm_error *error)
{
    const bool has_common = build->key->leaf_count > 0 && build->key->leaves[0].is_text;
    for (uint64_t row = 0; row < build->table.count; row++) {
        const uint64_t elements =
            shm_key_element_count(build->key, shm_sorted_build_row(build, row));
        for (uint64_t i = 0; i < elements && has_common; i++) {
            see_text(build, shm_sorted_build_row(build, row), i, build->count == 0 && i == 0);
        }
        build->count += elements;
        const shm_status status = tell(build, row, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    return SHM_OK;
}

static shm_status make_lists(shm_sorted_build *build, shm_error *error)
{
    const bool has_sites = build->key->has_list;
    if (build->count >= SIZE_MAX / sizeof *build->list) {
        return shm_fail_memory(error);
    }
    const size_t count = (size_t)build->count + 1;
    build->list = malloc(count * sizeof *build->list);
    if (has_sites) {
        build->sites = malloc(count * sizeof *build->sites);
    }
    return build->list == NULL || (has_sites && build->sites == NULL) ? shm_fail_memory(error)
                                                                      : SHM_OK;
}

static shm_status list_entries(shm_sorted_build *build, shm_error *error)
{
    const shm_order_common common = {build->head.common, (size_t)build->head.common_length};
    uint64_t count = 0;
    for (uint64_t row = 0; row < build->table.count; row++) {
        const unsigned char *at = shm_sorted_build_row(build, row);
        const uint64_t elements = shm_key_element_count(build->key, at);
        for (uint64_t i = 0; i < elements; i++, count++) {
            build->list[count].hash = shm_order_row(build->key, at, i, common);
            build->list[count].row = row;
            if (build->sites != NULL) {
                build->sites[count] = (struct shm_sorted_site){row, i};
                build->list[count].row = count;
            }
        }
        const shm_status status = tell(build, row, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    return SHM_OK;
}

/* ---- sorting ---- */

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

static uint64_t word_end(const shm_sorted_build *build, uint64_t at)
{
    uint64_t end = at + 1;
    while (end < build->count && build->list[end].hash == build->list[at].hash) {
        end++;
    }
    return end;
}

/* Sorts the keys that have one order word, which are in order of rows so far. */
static shm_status sort_words(shm_sorted_build *build, shm_error *error)
{
    uint64_t longest = 0;
    for (uint64_t at = 0; at < build->count;) {
        const uint64_t end = word_end(build, at);
        longest = end - at > longest ? end - at : longest;
        at = end;
    }
    if (longest < 2 || shm_order_is_exact(build->key)) {
        return SHM_OK;
    }
    shm_entry *room = malloc((size_t)longest * sizeof *room);
    if (room == NULL) {
        return shm_fail_memory(error);
    }
    for (uint64_t at = 0; at < build->count;) {
        const uint64_t end = word_end(build, at);
        sort_run(build, build->list + at, end - at, room);
        at = end;
    }
    free(room);
    return SHM_OK;
}

/* Drops equal elements of a row, of which the first stays; counts keys; chooses the width. */
static void drop_equal(shm_sorted_build *build)
{
    uint64_t kept = 0;
    uint64_t last_element = 0;
    for (uint64_t i = 0; i < build->count; i++) {
        const shm_entry entry = build->list[i];
        const struct shm_sorted_site site = shm_sorted_build_site(build, &entry);
        const bool is_new = kept == 0 || compare_keys(build, &build->list[kept - 1], &entry) != 0;
        if (!is_new && shm_sorted_build_site(build, &build->list[kept - 1]).row == site.row) {
            continue;
        }
        build->key_count += is_new;
        last_element = site.element > last_element ? site.element : last_element;
        build->list[kept++] = entry;
    }
    build->count = kept;
    build->width = last_element > UINT32_MAX || build->distance_max > UINT32_MAX
                       ? sizeof(uint64_t)
                       : shm_row_number_width(build->table.count);
}

shm_status shm_sorted_build_open(shm_sorted_build *build, shm_error *error)
{
    shm_status status = count_entries(build, error);
    if (status == SHM_OK) {
        status = make_lists(build, error);
    }
    if (status == SHM_OK) {
        status = list_entries(build, error);
    }
    if (status == SHM_OK) {
        shm_entries_sort(build->list, build->count);
        status = sort_words(build, error);
    }
    if (status == SHM_OK) {
        drop_equal(build);
    }
    return status;
}

void shm_sorted_build_close(shm_sorted_build *build)
{
    free(build->list);
    free(build->sites);
    free(build->skips);
    build->skips = NULL;
    build->list = NULL;
    build->sites = NULL;
}
