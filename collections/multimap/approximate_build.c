/* approximate_build.c — the building half of approximate indexes. */
#include "collections/multimap/approximate_build.h"

#include <stdlib.h>

#include "collections/map/entries_cursor.h"
#include "collections/multimap/approximate_disk.h"
#include "libshm/column.h"
#include "libshm/error.h"

enum { PIECE_ENTRIES = 256 };

/* max(1, ceil(keys * one_in / 2^bits)); 0 if bucket_count * 2^bits does not fit 64 bits. */
static uint64_t count_buckets(uint64_t keys, uint64_t one_in, unsigned bits)
{
    const unsigned __int128 places = (unsigned __int128)keys * one_in;
    const unsigned __int128 buckets = (places + (((uint64_t)1 << bits) - 1)) >> bits;
    if (buckets >> (64 - bits) != 0) {
        return 0;
    }
    return buckets == 0 ? 1 : (uint64_t)buckets;
}

/* The pairs of the partitions [first, end) of the entries. */
static shm_status list_pairs(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                             shm_entry_sink *sink, shm_error *error)
{
    const shm_approximate_build *build = context;
    shm_entry piece[PIECE_ENTRIES];
    size_t count = 0;
    shm_entries_cursor cursor;
    shm_status status = SHM_OK;
    (void)seed;
    shm_entries_cursor_open(build->entries, first, &cursor);
    cursor.partition_end = end;
    while (status == SHM_OK && shm_entries_cursor_take(&cursor, &piece[count])) {
        piece[count].hash =
            shm_approximate_place(piece[count].hash, build->bucket_count, build->bits);
        if (++count == PIECE_ENTRIES) {
            status = shm_entry_sink_add(sink, piece, count, error);
            count = 0;
        }
    }
    if (status == SHM_OK) {
        status = shm_entries_cursor_status(&cursor, error);
    }
    return status == SHM_OK ? shm_entry_sink_add(sink, piece, count, error) : status;
}

/* What a partition's pairs are filed under. */
struct shm_places {
    uint64_t count;
    uint64_t most_pairs; /* of one place; no place has pairs in two partitions */
};

/* Keeps one of equal pairs, and counts places. */
static shm_status drop_equal(void *context, uint64_t partition, struct shm_entry_list *pairs,
                             shm_error *error)
{
    const shm_approximate_build *build = context;
    struct shm_places places = {0};
    shm_entry *list = pairs->entries;
    uint64_t kept = 0;
    uint64_t of_place = 0;
    (void)error;
    for (uint64_t i = 0; i < pairs->count; i++) {
        const bool begins = kept == 0 || list[kept - 1].hash != list[i].hash;
        if (begins || list[kept - 1].row != list[i].row) {
            list[kept++] = list[i];
            of_place = begins ? 1 : of_place + 1;
        }
        places.count += begins;
        places.most_pairs = of_place > places.most_pairs ? of_place : places.most_pairs;
    }
    pairs->count = kept;
    build->places[partition] = places;
    return SHM_OK;
}

static void sum_pairs(shm_approximate_build *build)
{
    for (uint64_t p = 0; p < build->pairs.partition_count; p++) {
        const struct shm_places *places = &build->places[p];
        build->pair_count += build->pairs.partitions[p].count;
        build->place_count += places->count;
        if (places->most_pairs > build->most_pairs) {
            build->most_pairs = places->most_pairs;
        }
    }
}

static shm_status open_pairs(shm_approximate_build *build, shm_error *error)
{
    shm_entries *pairs = &build->pairs;
    const uint64_t last_place = (build->bucket_count << build->bits) - 1;
    shm_status status = shm_entries_open(pairs, last_place, error);
    if (status == SHM_OK) {
        build->places = calloc(pairs->partition_count, sizeof *build->places);
        status = build->places == NULL ? shm_fail_memory(error) : SHM_OK;
    }
    if (status == SHM_OK) {
        status = shm_entries_gather(pairs, 0, error);
    }
    if (status == SHM_OK) {
        status = shm_entries_sort(pairs, drop_equal, build, error);
    }
    if (status == SHM_OK) {
        sum_pairs(build);
    }
    return status;
}

shm_status shm_approximate_build_open(const shm_entries *entries, uint64_t one_in, uint64_t width,
                                      shm_approximate_build *build, shm_error *error)
{
    const unsigned bits = shm_approximate_bits(one_in);
    *build =
        (shm_approximate_build){.bits = bits,
                                .width = width,
                                .bucket_count = count_buckets(entries->key_count, one_in, bits),
                                .entries = entries};
    if (build->bucket_count == 0) {
        return shm_fail(error, SHM_LIMIT,
                        "%llu keys at a rate of 1/%llu need more than 2^64 places; choose a "
                        "larger rate",
                        (unsigned long long)entries->key_count, (unsigned long long)one_in);
    }
    build->pairs = (shm_entries){.source = {.list = list_pairs,
                                            .context = build,
                                            .item_count = entries->partition_count,
                                            .items_of_task = 1},
                                 .workers = entries->workers,
                                 .budget = entries->budget,
                                 .progress = entries->progress,
                                 .context = entries->context,
                                 .count = entries->count};
    return open_pairs(build, error);
}

void shm_approximate_build_close(shm_approximate_build *build)
{
    free(build->places);
    shm_entries_close(&build->pairs);
}

/* ---- writing ---- */

static uint64_t rows_offset(const shm_approximate_build *build)
{
    return (build->pair_count * (build->bits / 8) + 7) & ~UINT64_C(7);
}

uint64_t shm_approximate_fragments_size(const shm_approximate_build *build)
{
    return rows_offset(build) + build->pair_count * build->width;
}

shm_status shm_approximate_write_buckets(const shm_approximate_build *build, shm_writer *writer,
                                         shm_error *error)
{
    uint64_t pair = 0;
    shm_column column;
    shm_entries_cursor cursor;
    shm_status status = SHM_OK;
    shm_column_begin(writer, sizeof pair, &column);
    shm_entries_cursor_open(&build->pairs, 0, &cursor);
    for (uint64_t bucket = 0; bucket <= build->bucket_count && status == SHM_OK; bucket++) {
        const shm_entry *next;
        while ((next = shm_entries_cursor_peek(&cursor)) != NULL &&
               next->hash >> build->bits < bucket) {
            cursor.at++;
            pair++;
        }
        status = shm_column_add(&column, pair, error);
    }
    if (status == SHM_OK) {
        status = shm_entries_cursor_status(&cursor, error);
    }
    return status == SHM_OK ? shm_column_end(&column, error) : status;
}

/* The low bytes of each pair's place, or of its row. */
static shm_status write_column(const shm_approximate_build *build, bool is_row, uint64_t width,
                               shm_writer *writer, shm_error *error)
{
    shm_column column;
    shm_entries_cursor cursor;
    shm_entry pair;
    shm_status status = SHM_OK;
    shm_column_begin(writer, width, &column);
    shm_entries_cursor_open(&build->pairs, 0, &cursor);
    while (status == SHM_OK && shm_entries_cursor_take(&cursor, &pair)) {
        status = shm_column_add(&column, is_row ? pair.row : pair.hash, error);
    }
    if (status == SHM_OK) {
        status = shm_entries_cursor_status(&cursor, error);
    }
    return status == SHM_OK ? shm_column_end(&column, error) : status;
}

shm_status shm_approximate_write_fragments(const shm_approximate_build *build, shm_writer *writer,
                                           shm_error *error)
{
    const uint64_t rows_at = writer->position + rows_offset(build);
    shm_status status = write_column(build, false, build->bits / 8, writer, error);
    if (status == SHM_OK) {
        status = shm_writer_pad(writer, rows_at, error);
    }
    return status == SHM_OK ? write_column(build, true, build->width, writer, error) : status;
}
