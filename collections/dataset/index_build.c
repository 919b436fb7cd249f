/* index_build.c — the sections of one index: entries under the first seed that serves. */
#include "collections/dataset/publication.h"

#include <stdio.h>

#include "collections/map/entries.h"
#include "collections/map/map_build.h"
#include "collections/multimap/approximate_build.h"
#include "collections/multimap/groups_build.h"
#include "collections/sorted/sorted_build.h"
#include "libshm/error.h"

enum { PHASE_BYTES = 6 + SHM_NAME_LENGTH_MAX + 1 };

struct index_build {
    shm_publication *publication;
    const shm_collection *collection;
    const shm_collection *rows_of; /* the collection whose rows are indexed */
    shm_key key;
    shm_entries entries;
    char phase[PHASE_BYTES];
};

static shm_status tell_rows(void *context, uint64_t rows, shm_error *error)
{
    const struct index_build *build = context;
    return shm_builder_progress(build->publication->builder, build->phase, rows,
                                build->entries.table.count)
               ? SHM_OK
               : shm_fail(error, SHM_ABORTED, "stopped while %s was built",
                          build->collection->name);
}

static shm_status fail_duplicate(const struct index_build *build,
                                 const struct shm_duplicate *duplicate, shm_error *error)
{
    char key[SHM_KEY_TEXT_BYTES];
    const shm_table *table = &build->entries.table;
    shm_key_write(&build->key, table->rows + duplicate->first_row * table->stride,
                  duplicate->element, key);
    return shm_fail(error, SHM_DUPLICATE_KEY, "%s: duplicate key %s: rows %llu and %llu of %s",
                    build->collection->name, key, (unsigned long long)duplicate->first_row,
                    (unsigned long long)duplicate->second_row, build->rows_of->name);
}

static shm_status fail_crowded(const struct index_build *build, shm_error *error)
{
    return shm_fail(error, SHM_LIMIT,
                    "%s: its keys collide under every seed; they look chosen to: leave some out",
                    build->collection->name);
}

/* Entries under the seed number k; *good is false if two keys collide. */
static shm_status try_seed(struct index_build *build, uint64_t k, bool *good, shm_error *error)
{
    struct shm_duplicate duplicate;
    const shm_builder *builder = build->publication->builder;
    const uint64_t seed = shm_key_seed(builder->schema->fingerprint, build->collection->number,
                                       build->entries.digest, k);
    const shm_status status = shm_entries_gather(&build->entries, seed, error);
    if (status != SHM_OK) {
        return status;
    }
    const enum shm_entries_finding finding =
        shm_entries_check(&build->entries, shm_collection_is_unique(build->collection), &duplicate);
    *good = finding == SHM_ENTRIES_GOOD;
    return finding == SHM_ENTRIES_DUPLICATE ? fail_duplicate(build, &duplicate, error) : SHM_OK;
}

/* LINES under the entries' seed; *placed is false, and the section still to be written, if a page
 * has no room. */
static shm_status write_lines(struct index_build *build, bool doubled, bool *placed,
                              shm_error *error)
{
    shm_publication *publication = build->publication;
    const uint64_t start = publication->writer.position;
    const bool is_wide =
        shm_map_is_wide(build->entries.table.count, shm_groups_length(&build->entries));
    const uint64_t line_count = shm_map_line_count(build->entries.key_count, is_wide, doubled);
    shm_status status =
        shm_section_begin(publication, line_count * sizeof(struct shm_map_line), error);
    if (status == SHM_OK) {
        status = shm_map_build_write(&build->entries, line_count, is_wide, &publication->writer,
                                     placed, error);
    }
    if (status == SHM_OK && !*placed) {
        return shm_writer_rewind(&publication->writer, start, error);
    }
    shm_section_end(publication, build->entries.key_count,
                    is_wide ? SHM_WIDE_VALUE_BYTES : SHM_NARROW_VALUE_BYTES, build->entries.seed);
    return status;
}

static shm_status write_groups(struct index_build *build, shm_error *error)
{
    shm_publication *publication = build->publication;
    const uint64_t width = shm_row_number_width(build->entries.table.count);
    const uint64_t length = shm_groups_length(&build->entries);
    shm_status status = shm_section_begin(publication, length * width, error);
    if (status == SHM_OK) {
        status = shm_groups_build_write(&build->entries, &publication->writer, error);
    }
    shm_section_end(publication, length, width, build->entries.count);
    return status;
}

static shm_status build_lines(struct index_build *build, shm_error *error)
{
    for (int doubled = 0; doubled < 2; doubled++) {
        for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
            bool good;
            shm_status status = try_seed(build, k, &good, error);
            if (status == SHM_OK && good) {
                status = write_lines(build, doubled == 1, &good, error);
                if (status == SHM_OK && good) {
                    return shm_collection_is_unique(build->collection) ? SHM_OK
                                                                       : write_groups(build, error);
                }
            }
            if (status != SHM_OK) {
                return status;
            }
        }
    }
    return fail_crowded(build, error);
}

static shm_status write_approximate(struct index_build *build, shm_error *error)
{
    shm_publication *publication = build->publication;
    shm_approximate_build approximate;
    shm_status status = shm_approximate_build_open(
        &build->entries, build->collection->approximate_one_in, &approximate, error);
    if (status == SHM_OK) {
        status = shm_section_begin(publication, (approximate.bucket_count + 1) * sizeof(uint64_t),
                                   error);
    }
    if (status == SHM_OK) {
        status = shm_approximate_write_buckets(&approximate, &build->entries, &publication->writer,
                                               error);
    }
    if (status != SHM_OK) {
        return status;
    }
    shm_section_end(publication, approximate.bucket_count, sizeof(uint64_t), build->entries.seed);
    status = shm_section_begin(
        publication, shm_approximate_fragments_size(&approximate, build->entries.table.count),
        error);
    if (status == SHM_OK) {
        status = shm_approximate_write_fragments(&approximate, &build->entries,
                                                 &publication->writer, error);
    }
    shm_section_end(publication, approximate.pair_count, approximate.bits / 8,
                    build->entries.key_count);
    return status;
}

static shm_status build_approximate(struct index_build *build, shm_error *error)
{
    for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
        bool good;
        const shm_status status = try_seed(build, k, &good, error);
        if (status != SHM_OK || good) {
            return status == SHM_OK ? write_approximate(build, error) : status;
        }
    }
    return fail_crowded(build, error);
}

static shm_status build_sorted(struct index_build *build, shm_error *error)
{
    shm_publication *publication = build->publication;
    shm_sorted_build sorted = {
        .key = &build->key, .table = build->entries.table, .progress = tell_rows, .context = build};
    shm_status status = shm_sorted_build_open(&sorted, error);
    if (status == SHM_OK) {
        status = shm_section_begin(publication, shm_sorted_build_size(&sorted), error);
    }
    if (status == SHM_OK) {
        status = shm_sorted_build_write(&sorted, &publication->writer, error);
    }
    shm_section_end(publication, sorted.count, sorted.width, sorted.key_count);
    shm_sorted_build_close(&sorted);
    return status;
}

shm_status shm_index_build(shm_publication *publication, const shm_collection *collection,
                           shm_error *error)
{
    struct index_build build = {.publication = publication,
                                .collection = collection,
                                .rows_of =
                                    collection->table != NULL ? collection->table : collection};
    snprintf(build.phase, sizeof build.phase, "index %s", collection->name);
    const struct shm_section_entry *rows =
        shm_section_find(publication, SHM_SECTION_ROWS, build.rows_of->number);
    build.entries.key = &build.key;
    build.entries.table = (shm_table){publication->map + rows->offset, rows->stride, rows->count};
    build.entries.progress = tell_rows;
    build.entries.context = &build;
    if (rows->count >= SHM_WIDE_VALUE_END) {
        return shm_fail(error, SHM_LIMIT, "%s: more than 2^47 rows", collection->name);
    }
    shm_status status = shm_key_compile(collection, &publication->arena, &build.key, error);
    if (status == SHM_OK && collection->kind == SHM_SORTED) {
        return build_sorted(&build, error);
    }
    if (status == SHM_OK) {
        status = shm_entries_open(&build.entries, error);
    }
    if (status == SHM_OK) {
        status = collection->kind == SHM_APPROXIMATE ? build_approximate(&build, error)
                                                     : build_lines(&build, error);
    }
    shm_entries_close(&build.entries);
    return status;
}
