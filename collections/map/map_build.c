/* map_build.c — the building half of hash lines: pages, each from its keys, written in order. */
#include "collections/map/map_build.h"

#include <stdlib.h>

#include "allocators/room.h"
#include "collections/map/entries_cursor.h"
#include "collections/map/map_disk.h"
#include "collections/map/placed.h"
#include "libshm/error.h"
#include "libshm/hash.h"

enum {
    ROUND_DOWN_LINES = 1 << 14, /* from here on a page more or less is nothing */
    PLACED_FULL_MAX = 1 << 27,  /* entries up to which placed maps are two thirds full */
    RESULTS_OF_WORKER = 2       /* that wait to be written */
};

bool shm_map_is_wide(uint64_t row_count, uint64_t group_length)
{
    return row_count >= SHM_NARROW_VALUE_END || group_length >= SHM_NARROW_VALUE_END;
}

/* Twice the lines for the second attempt, and whole pages. */
static uint64_t round_lines(uint64_t lines, bool doubled, uint64_t page_lines)
{
    lines *= doubled ? 2 : 1;
    if (lines > page_lines) {
        lines += lines < ROUND_DOWN_LINES ? page_lines - 1 : 0;
        lines -= lines % page_lines;
    }
    return lines;
}

uint64_t shm_map_line_count(uint64_t key_count, bool is_wide, bool doubled)
{
    const uint64_t keys_of_line = shm_line_slot_count(is_wide) - 1;
    const uint64_t lines = key_count / keys_of_line + (key_count % keys_of_line != 0);
    return round_lines(lines == 0 ? 1 : lines, doubled, SHM_MAP_PAGE_LINES);
}

uint64_t shm_placed_line_count(uint64_t entry_count, uint32_t width, bool doubled)
{
    /* Two thirds of the slots are filled: 3 / 2 of the bytes of keys and values.  Of some millions
     * of pages one would be too full then: there it is five eighths. */
    const bool has_many_pages = width == 8 && entry_count > PLACED_FULL_MAX;
    const uint64_t slots = shm_placed_slot_count(width) * (has_many_pages ? 5 : 2);
    const uint64_t times = has_many_pages ? 8 : 3;
    const uint64_t lines =
        entry_count / slots * times + (entry_count % slots * times + slots - 1) / slots;
    return round_lines(lines, doubled, SHM_PLACED_PAGE_LINES);
}

uint64_t shm_dense_line_count(uint64_t entry_count, uint32_t width, bool doubled)
{
    /* 15 entries for 16 slots, hence for so many lines; with pilots 1.1 times the bytes of keys
     * and values. */
    const uint64_t entries = 15;
    const uint64_t lines = 16 / shm_placed_slot_count(width);
    const uint64_t least =
        entry_count / entries * lines + (entry_count % entries * lines + entries - 1) / entries;
    const uint64_t some = least * (doubled ? 2 : 1);
    const uint64_t regions = shm_dense_region_count(some, width);
    return regions == 0 ? 0 : (some + regions - 1) / regions * regions;
}

/* ---- pages ---- */

/* What a worker needs to fill pages. */
struct page_worker {
    shm_entries_cursor cursor;
    shm_entry *keys; /* of a page */
    uint64_t *rows;  /* the first one of each key, then its word */
    void *scratch;
};

/* Lines while they are written.  A task fills the pages that begin in one partition; their last one
 * may take keys of the partitions that follow. */
struct line_build {
    const shm_entries *entries;
    const shm_page_form *form;
    const struct shm_map_words *words; /* may be NULL */
    uint64_t line_count;
    shm_entry least; /* of all entries */
    shm_writer *writer;
    struct page_worker *workers;
    unsigned worker_count;
    shm_room results; /* of `window` tasks */
    unsigned window;
    uint64_t result_bytes;
};

static uint64_t page_of(const struct line_build *build, uint64_t hash)
{
    return shm_multiply_high(hash, build->line_count) / build->form->page_lines;
}

static uint64_t page_count(const struct line_build *build)
{
    const uint64_t lines = build->form->page_lines;
    return build->line_count / lines + (build->line_count % lines != 0);
}

/* The first page that begins in the partition or after it. */
static uint64_t first_page(const struct line_build *build, uint64_t partition)
{
    if (partition == build->entries->partition_count) {
        return page_count(build);
    }
    const uint64_t begin = shm_entries_partition_begin(build->entries, partition);
    return begin == 0 ? 0 : page_of(build, begin - 1) + 1;
}

static uint64_t first_line(const struct line_build *build, uint64_t page)
{
    const uint64_t line = page * build->form->page_lines;
    return line < build->line_count ? line : build->line_count;
}

static unsigned char *result_of(const struct line_build *build, uint64_t task)
{
    return (unsigned char *)build->results.bytes + task % build->window * build->result_bytes;
}

/* Takes the next key, and the place its group would have is *group. */
static shm_entry take_key(const struct line_build *build, shm_entries_cursor *cursor,
                          uint64_t *group, uint64_t *first_row)
{
    shm_entry key;
    const uint64_t rows = shm_entries_cursor_take_key(cursor, &key);
    *first_row = key.row;
    if (rows > 1) {
        key.row = build->form->group_mark | *group;
        *group += 1 + rows;
    }
    return key;
}

static bool stands_before(const struct line_build *build, const shm_entry *entry, uint64_t line)
{
    return shm_multiply_high(entry->hash, build->line_count) < line;
}

/* Rows of neighbours in a page lie anywhere. */
static void find_words(const struct line_build *build, struct page_worker *worker, uint32_t count)
{
    const struct shm_map_words *words = build->words;
    for (uint32_t i = 0; i < count; i++) {
        words->prefetch(words->context, worker->rows[i]);
    }
    for (uint32_t i = 0; i < count; i++) {
        worker->rows[i] = words->word(words->context, worker->keys[i].hash, worker->rows[i]);
    }
}

/* Takes keys that stand before the line, each with one row, as many as the cursor has at hand; of
 * those with several rows the first one ends it. */
static void take_single_keys(const struct line_build *build, struct page_worker *worker,
                             uint64_t line, uint32_t *count)
{
    const shm_entry *at = worker->cursor.at;
    const shm_entry *end = worker->cursor.end;
    while (at + 1 < end && *count < build->form->key_count_max && at[0].hash != at[1].hash &&
           stands_before(build, at, line)) {
        worker->keys[*count] = *at;
        worker->rows[(*count)++] = at->row;
        at++;
    }
    worker->cursor.at = at;
}

/* Takes the keys of the page that ends before the line; false if they are more than fit one. */
static bool take_page(const struct line_build *build, struct page_worker *worker, uint64_t line,
                      uint64_t *group, uint32_t *count)
{
    const shm_entry *next;
    *count = 0;
    while ((next = shm_entries_cursor_peek(&worker->cursor)) != NULL &&
           stands_before(build, next, line)) {
        if (*count == build->form->key_count_max) {
            return false;
        }
        worker->keys[*count] = take_key(build, &worker->cursor, group, &worker->rows[*count]);
        ++*count;
        take_single_keys(build, worker, line, count);
    }
    return true;
}

/* Fills the pages [page, end); *placed is false if one has no room for its keys. */
static void fill_pages(const struct line_build *build, struct page_worker *worker, uint64_t page,
                       uint64_t end, uint64_t *group, unsigned char *out, bool *placed)
{
    struct shm_page_keys keys = {.line_count = build->line_count,
                                 .keys = worker->keys,
                                 .seed = build->entries->seed,
                                 .least = build->least};
    *placed = true;
    for (; page < end && *placed; page++) {
        const uint64_t next_line = first_line(build, page + 1);
        keys.first_line = first_line(build, page);
        keys.page_lines = (uint32_t)(next_line - keys.first_line);
        keys.pilots = build->form->pilots == NULL
                          ? NULL
                          : build->form->pilots + page * build->form->page_pilots;
        *placed = take_page(build, worker, next_line, group, &keys.count);
        if (build->words != NULL) {
            find_words(build, worker, keys.count);
            keys.words = worker->rows;
        }
        *placed = *placed && build->form->fill(&keys, worker->scratch, out);
        out += (size_t)keys.page_lines * build->form->line_bytes;
    }
}

/* Its failure LIMIT says that a page has no room. */
static shm_status fill_task(void *context, unsigned number, uint64_t partition, shm_error *error)
{
    const struct line_build *build = context;
    struct page_worker *worker = &build->workers[number];
    shm_entries_cursor *cursor = &worker->cursor;
    const uint64_t page = first_page(build, partition);
    const uint64_t end = first_page(build, partition + 1);
    uint64_t group = build->entries->partitions[partition].groups_at;
    bool placed = true;
    if (page == end) {
        return SHM_OK;
    }
    shm_entries_cursor_open(build->entries, partition, cursor);
    for (const shm_entry *next; (next = shm_entries_cursor_peek(cursor)) != NULL &&
                                stands_before(build, next, first_line(build, page));) {
        uint64_t row;
        (void)take_key(build, cursor, &group, &row); /* of a page that began earlier */
    }
    fill_pages(build, worker, page, end, &group, result_of(build, partition), &placed);
    const shm_status status = shm_entries_cursor_status(cursor, error);
    if (status != SHM_OK) {
        return status;
    }
    return placed ? SHM_OK : shm_fail(error, SHM_LIMIT, "a page of lines is full");
}

static shm_status write_result(void *context, uint64_t partition, shm_error *error)
{
    const struct line_build *build = context;
    const uint64_t lines = first_line(build, first_page(build, partition + 1)) -
                           first_line(build, first_page(build, partition));
    const shm_status status = shm_writer_add(build->writer, result_of(build, partition),
                                             (size_t)(lines * build->form->line_bytes), error);
    return status == SHM_OK ? shm_entries_tell(build->entries, SHM_STEP_WRITE, partition + 1,
                                               build->entries->partition_count, error)
                            : status;
}

/* ---- room ---- */

static shm_status open_worker(const struct line_build *build, struct page_worker *worker,
                              shm_error *error)
{
    worker->keys = malloc(build->form->key_count_max * sizeof *worker->keys);
    worker->rows = malloc(build->form->key_count_max * sizeof *worker->rows);
    worker->scratch = malloc(build->form->scratch_bytes);
    const bool has_all = worker->keys != NULL && worker->rows != NULL && worker->scratch != NULL;
    return has_all ? SHM_OK : shm_fail_memory(error);
}

static shm_status open_build(struct line_build *build, shm_error *error)
{
    uint64_t most = 0;
    for (uint64_t p = 0; p < build->entries->partition_count; p++) {
        const uint64_t pages = first_page(build, p + 1) - first_page(build, p);
        most = pages > most ? pages : most;
    }
    build->worker_count = build->entries->each_count;
    build->window = RESULTS_OF_WORKER * build->worker_count;
    build->result_bytes = most * build->form->page_lines * build->form->line_bytes;
    build->workers = calloc(build->worker_count, sizeof *build->workers);
    if (build->workers == NULL) {
        return shm_fail_memory(error);
    }
    shm_status status = SHM_OK;
    for (unsigned i = 0; i < build->worker_count && status == SHM_OK; i++) {
        status = open_worker(build, &build->workers[i], error);
    }
    return status == SHM_OK
               ? shm_room_open_unset(build->entries->budget, build->window * build->result_bytes,
                                     &build->results, error)
               : status;
}

static shm_status find_least(struct line_build *build, shm_error *error)
{
    shm_entries_cursor cursor;
    shm_entries_cursor_open(build->entries, 0, &cursor);
    (void)shm_entries_cursor_take(&cursor, &build->least);
    return shm_entries_cursor_status(&cursor, error);
}

static void close_build(struct line_build *build)
{
    for (unsigned i = 0; i < build->worker_count && build->workers != NULL; i++) {
        free(build->workers[i].keys);
        free(build->workers[i].rows);
        free(build->workers[i].scratch);
    }
    free(build->workers);
    shm_room_close(&build->results);
}

shm_status shm_map_build_write(const shm_entries *entries, const shm_page_form *form,
                               const struct shm_map_words *words, uint64_t line_count,
                               shm_writer *writer, bool *placed, shm_error *error)
{
    struct line_build build = {.entries = entries,
                               .form = form,
                               .words = words,
                               .line_count = line_count,
                               .writer = writer};
    shm_error failure;
    shm_status status = open_build(&build, &failure);
    if (status == SHM_OK) {
        status = find_least(&build, &failure);
    }
    if (status == SHM_OK) {
        const shm_work work = {.count = entries->partition_count,
                               .window = build.window,
                               .task = fill_task,
                               .done = write_result,
                               .context = &build};
        status = shm_workers_run(entries->workers, &work, &failure);
    }
    close_build(&build);
    *placed = status != SHM_LIMIT;
    if (status == SHM_OK || status == SHM_LIMIT) {
        return SHM_OK;
    }
    if (error != NULL) {
        *error = failure;
    }
    return status;
}
