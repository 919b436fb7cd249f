/* sorted_build.c — listing the entries of a sorted index. */
#include "collections/sorted/sorted_build.h"

#include <stdlib.h>
#include <string.h>

#include "collections/key/order.h"
#include "libshm/error.h"

enum { ROWS_OF_TASK = 1 << 14, PIECE_ENTRIES = 256, SAMPLE_COUNT = 1 << 15 };

static const unsigned char *row_at(const shm_sorted_build *build, uint64_t row)
{
    return build->table.rows + row * build->table.stride;
}

static uint64_t task_count(const shm_sorted_build *build)
{
    return build->table.count / ROWS_OF_TASK + (build->table.count % ROWS_OF_TASK != 0);
}

/* Whether each row has a key, and one. */
static bool has_one_key(const shm_sorted_build *build)
{
    return !build->key->has_list && build->key->guard_count == 0;
}

/* ---- counting ---- */

/* What the first texts of some rows begin with, all of them, and the greatest distance of one. */
struct common {
    bool is_known; /* of at least one text */
    struct shm_sorted_head head;
    uint64_t distance_max;
};

struct counting {
    shm_sorted_build *build;
    uint64_t *counts;       /* entries, by task */
    struct common *commons; /* by worker; NULL: keys begin with a word */
};

static void narrow(struct common *common, shm_string text)
{
    struct shm_sorted_head *head = &common->head;
    size_t length = text.length < SHM_SORTED_COMMON_MAX ? text.length : SHM_SORTED_COMMON_MAX;
    if (!common->is_known) {
        common->is_known = true;
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

static void see_text(const shm_sorted_build *build, struct common *common, shm_string text)
{
    narrow(common, text);
    if (shm_order_is_text(build->key)) {
        const uint64_t distance = shm_sorted_distance(&build->table, text);
        common->distance_max = distance > common->distance_max ? distance : common->distance_max;
    }
}

static shm_status count_task(void *context, unsigned worker, uint64_t number, shm_error *error)
{
    const struct counting *counting = context;
    const shm_sorted_build *build = counting->build;
    uint64_t count = 0;
    const uint64_t left = build->table.count - number * ROWS_OF_TASK;
    const uint64_t rows = left < ROWS_OF_TASK ? left : ROWS_OF_TASK;
    (void)error;
    if (counting->commons == NULL && has_one_key(build)) {
        counting->counts[number] = rows;
        return SHM_OK;
    }
    for (uint64_t i = 0; i < rows; i++) {
        const unsigned char *row = row_at(build, number * ROWS_OF_TASK + i);
        const uint64_t elements = shm_key_element_count(build->key, row);
        for (uint64_t k = 0; k < elements && counting->commons != NULL; k++) {
            see_text(build, &counting->commons[worker], shm_order_first_text(build->key, row, k));
        }
        count += elements;
    }
    counting->counts[number] = count;
    return SHM_OK;
}

static shm_status tell_counted(void *context, uint64_t done, shm_error *error)
{
    const shm_sorted_build *build = ((const struct counting *)context)->build;
    return shm_entries_tell(&build->entries, SHM_STEP_COUNT, done, task_count(build), error);
}

/* The common bytes of all workers' rows, and the greatest distance. */
static void join_commons(shm_sorted_build *build, const struct common *commons)
{
    struct common all = {.is_known = false};
    for (unsigned i = 0; i < build->workers->job_count; i++) {
        if (commons[i].is_known) {
            const struct shm_sorted_head *head = &commons[i].head;
            narrow(&all, shm_string_of(head->common, (size_t)head->common_length));
        }
        if (commons[i].distance_max > build->distance_max) {
            build->distance_max = commons[i].distance_max;
        }
    }
    build->head = all.head;
}

/* Counts the elements of all rows, finds the common bytes and where the sites of a task begin. */
static shm_status count_entries(shm_sorted_build *build, shm_error *error)
{
    const bool has_common = build->key->leaf_count > 0 && build->key->leaves[0].is_text;
    const uint64_t tasks = task_count(build);
    build->site_starts = calloc(tasks + 1, sizeof *build->site_starts);
    struct common *commons = calloc(build->workers->job_count, sizeof *commons);
    struct counting counting = {build, build->site_starts, has_common ? commons : NULL};
    const shm_work work = {
        .count = tasks, .task = count_task, .done = tell_counted, .context = &counting};
    if (build->site_starts == NULL || commons == NULL) {
        free(commons);
        return shm_fail_memory(error);
    }
    const shm_status status = shm_workers_run(build->workers, &work, error);
    if (status == SHM_OK) {
        join_commons(build, commons);
        for (uint64_t i = 0; i < tasks; i++) {
            const uint64_t count = build->site_starts[i];
            build->site_starts[i] = build->count;
            build->count += count;
        }
    }
    free(commons);
    return status;
}

/* ---- listing ---- */

static shm_order_common common_of(const shm_sorted_build *build)
{
    return (shm_order_common){build->head.common, (size_t)build->head.common_length};
}

static shm_status list_rows(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                            shm_entry_sink *sink, shm_error *error)
{
    const shm_sorted_build *build = context;
    uint64_t site = build->site_starts[first / ROWS_OF_TASK];
    shm_entry piece[PIECE_ENTRIES];
    size_t count = 0;
    shm_status status = SHM_OK;
    const bool has_one = has_one_key(build);
    (void)seed;
    for (uint64_t row = first; row < end && status == SHM_OK; row++) {
        const unsigned char *at = row_at(build, row);
        const uint64_t elements = has_one ? 1 : shm_key_element_count(build->key, at);
        for (uint64_t i = 0; i < elements && status == SHM_OK; i++, site++) {
            piece[count].hash = shm_order_row(build->key, at, i, common_of(build));
            piece[count].row = row;
            if (build->sites != NULL) {
                build->sites[site] = (struct shm_sorted_site){row, i};
                piece[count].row = site;
            }
            if (++count == PIECE_ENTRIES) {
                status = shm_entry_sink_add(sink, piece, count, error);
                count = 0;
            }
        }
    }
    return status == SHM_OK ? shm_entry_sink_add(sink, piece, count, error) : status;
}

/* Order words of rows all over the table. */
static uint64_t take_sample(const shm_sorted_build *build, uint64_t *sample)
{
    const uint64_t rows = build->table.count < SAMPLE_COUNT ? build->table.count : SAMPLE_COUNT;
    uint64_t count = 0;
    for (uint64_t i = 0; i < rows; i++) {
        const uint64_t number = (uint64_t)((unsigned __int128)i * build->table.count / rows);
        const unsigned char *row = row_at(build, number);
        const uint64_t elements = shm_key_element_count(build->key, row);
        if (elements > 0) {
            sample[count++] = shm_order_row(build->key, row, i % elements, common_of(build));
        }
    }
    return count;
}

static shm_status open_entries(shm_sorted_build *build, shm_error *error)
{
    uint64_t *sample = malloc(SAMPLE_COUNT * sizeof *sample);
    if (sample == NULL) {
        return shm_fail_memory(error);
    }
    build->entries.count = build->count;
    const shm_status status =
        shm_entries_open_sampled(&build->entries, sample, take_sample(build, sample), error);
    free(sample);
    return status;
}

shm_status shm_sorted_build_open(shm_sorted_build *build, shm_error *error)
{
    build->entries = (shm_entries){.source = {.list = list_rows,
                                              .context = build,
                                              .item_count = build->table.count,
                                              .items_of_task = ROWS_OF_TASK},
                                   .workers = build->workers,
                                   .budget = build->budget,
                                   .progress = build->progress,
                                   .context = build->context};
    shm_status status = count_entries(build, error);
    if (status == SHM_OK && build->key->has_list) {
        status = shm_room_open_unset(build->budget, build->count * sizeof *build->sites,
                                     &build->site_room, error);
        build->sites = build->site_room.bytes;
    }
    if (status == SHM_OK) {
        status = open_entries(build, error);
    }
    if (status == SHM_OK) {
        status = shm_entries_gather(&build->entries, 0, error);
    }
    return status == SHM_OK ? shm_sorted_build_sort(build, error) : status;
}

void shm_sorted_build_close(shm_sorted_build *build)
{
    shm_entries_close(&build->entries);
    shm_room_close(&build->site_room);
    free(build->site_starts);
    build->site_starts = NULL;
    build->sites = NULL;
}
