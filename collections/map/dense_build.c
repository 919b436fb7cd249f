/* dense_build.c — the building half of dense maps. */
#include "collections/map/dense_build.h"

#include <string.h>

#include "collections/map/entries_cursor.h"
#include "libshm/column.h"

enum { ROW_WORDS_MAX = 2, TOLD_BLOCKS = 1 << 10 };

/* A bucket's entries, by hash, and the turn that gives each a place: the first one. */
struct bucket {
    const shm_entry *entries;
    uint64_t count;
    uint64_t turn;
};

static bool has_places(const struct bucket *bucket, uint64_t turn)
{
    uint32_t taken = 0;
    for (uint64_t i = 0; i < bucket->count; i++) {
        taken |= UINT32_C(1) << shm_steps_place(bucket->entries[i].hash, turn, bucket->count);
    }
    return taken == (UINT32_C(1) << bucket->count) - 1;
}

static void choose_turn(struct bucket *bucket)
{
    bucket->turn = bucket->count > SHM_STEPS_TURN_ROWS ? SHM_STEPS_TURN_NONE : 0;
    while (bucket->turn < SHM_STEPS_TURN_NONE && !has_places(bucket, bucket->turn)) {
        bucket->turn++;
    }
}

/* Brings the entries of a bucket, which are by hash, to their places. */
static void arrange(shm_entry *entries, uint64_t count)
{
    shm_entry sorted[SHM_STEPS_TURN_ROWS];
    struct bucket bucket = {.entries = entries, .count = count};
    choose_turn(&bucket);
    if (bucket.turn != SHM_STEPS_TURN_NONE) {
        memcpy(sorted, entries, (size_t)count * sizeof *sorted);
        for (uint64_t i = 0; i < count; i++) {
            entries[shm_steps_place(sorted[i].hash, bucket.turn, count)] = sorted[i];
        }
    }
}

/* ---- rows ---- */

/* Rows on their way from the entries to the writer. */
struct rows {
    shm_entries_cursor cursor;
    const struct shm_dense_row *form;
    shm_unmix unmix;
    uint64_t block_count;
    uint64_t count; /* that were taken */
    shm_column column;
};

/* Hashes are as good as keys, and a value is a word: a row is made anew from both. */
static shm_status add_rows(struct rows *rows, const shm_entry *entries, size_t count,
                           shm_error *error)
{
    const struct shm_dense_row *form = rows->form;
    shm_status status = SHM_OK;
    for (size_t i = 0; i < count; i++) {
        unsigned char row[ROW_WORDS_MAX * sizeof(uint64_t)] = {0};
        const uint64_t key = shm_unmix_key(&rows->unmix, entries[i].hash);
        memcpy(row, &key, (size_t)form->key_bytes);
        memcpy(row + form->value_at, &entries[i].row, (size_t)form->value_bytes);
        for (uint64_t at = 0; at < form->stride && status == SHM_OK; at += sizeof(uint64_t)) {
            uint64_t word;
            memcpy(&word, row + at, sizeof word);
            status = shm_column_add(&rows->column, word, error);
        }
    }
    return status;
}

/* Takes the next bucket with entries; there is one.  One with more than have turns goes on as it
 * is sorted. */
static shm_status take_rows(struct rows *rows, shm_error *error)
{
    shm_entry bucket[SHM_STEPS_TURN_ROWS];
    size_t count = 0;
    bool is_small = true;
    shm_status status = SHM_OK;
    const shm_entry *next = shm_entries_cursor_peek(&rows->cursor);
    const uint64_t number = shm_steps_bucket_number(next->hash, rows->block_count);
    while (status == SHM_OK && next != NULL &&
           shm_steps_bucket_number(next->hash, rows->block_count) == number) {
        if (count == SHM_STEPS_TURN_ROWS) {
            is_small = false;
            status = add_rows(rows, bucket, count, error);
            count = 0;
        }
        bucket[count++] = *next;
        rows->cursor.at++;
        rows->count++;
        next = shm_entries_cursor_peek(&rows->cursor);
    }
    if (is_small) {
        arrange(bucket, count);
    }
    return status == SHM_OK ? add_rows(rows, bucket, count, error) : status;
}

/* Takes the next block with entries; false if there are more than its ends can count. */
static bool take_block(struct rows *rows, uint64_t block, shm_status *status, shm_error *error)
{
    const uint64_t begin = rows->count;
    const shm_entry *next;
    while (*status == SHM_OK && (next = shm_entries_cursor_peek(&rows->cursor)) != NULL &&
           shm_steps_bucket_of(next->hash, rows->block_count).block == block) {
        *status = take_rows(rows, error);
    }
    return rows->count - begin <= SHM_STEPS_END_MAX;
}

shm_status shm_dense_build_write(const shm_entries *entries, const struct shm_dense_row *row,
                                 shm_writer *writer, bool *placed, shm_error *error)
{
    struct rows rows = {.form = row,
                        .unmix = shm_unmix_of(entries->seed),
                        .block_count = shm_steps_block_count(entries->count)};
    shm_status status = SHM_OK;
    *placed = true;
    shm_column_begin(writer, sizeof(uint64_t), &rows.column);
    shm_entries_cursor_open(entries, 0, &rows.cursor);
    for (uint64_t block = 0; block < rows.block_count && *placed && status == SHM_OK; block++) {
        *placed = take_block(&rows, block, &status, error);
        if (status == SHM_OK && block % TOLD_BLOCKS == 0) {
            status = shm_entries_tell(entries, SHM_STEP_WRITE, block, rows.block_count, error);
        }
    }
    if (status == SHM_OK) {
        status = shm_entries_cursor_status(&rows.cursor, error);
    }
    return status == SHM_OK ? shm_column_end(&rows.column, error) : status;
}

/* ---- steps ---- */

/* The turn of a bucket that begins with *row, which becomes the row after it. */
static uint8_t take_bucket(const shm_dense *map, uint64_t number, uint64_t *row)
{
    shm_entry entries[SHM_STEPS_TURN_ROWS]; /* with more there is no turn to choose */
    struct bucket bucket = {.entries = entries};
    for (; *row < map->row_count; ++*row, bucket.count++) {
        const uint64_t hash = shm_dense_hash_at(map, *row);
        if (shm_steps_bucket_number(hash, map->block_count) != number) {
            break;
        }
        if (bucket.count < SHM_STEPS_TURN_ROWS) {
            entries[bucket.count].hash = hash;
        }
    }
    choose_turn(&bucket);
    return (uint8_t)bucket.turn;
}

shm_status shm_steps_write(const shm_dense *map, shm_writer *writer, shm_error *error)
{
    shm_status status = SHM_OK;
    uint64_t row = 0;
    for (uint64_t block = 0; block < map->block_count && status == SHM_OK; block++) {
        struct shm_steps steps = {.first = row};
        for (uint64_t i = 0; i < SHM_STEPS_BUCKETS; i++) {
            steps.turns[i] = take_bucket(map, block * SHM_STEPS_BUCKETS + i, &row);
            steps.ends[i] = (uint16_t)(row - steps.first);
        }
        status = shm_writer_add(writer, &steps, sizeof steps, error);
    }
    return status;
}
