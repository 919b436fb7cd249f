/* index_build.c — the sections of one index: entries under the first seed that serves. */
#include "collections/dataset/index_build.h"

#include <stdio.h>

#include "collections/map/key_entries.h"
#include "collections/map/map_build.h"
#include "collections/map/map_text.h"
#include "collections/multimap/approximate_build.h"
#include "collections/multimap/exact_build.h"
#include "collections/multimap/exact_disk.h"
#include "collections/multimap/groups_build.h"
#include "collections/sorted/sorted_build.h"
#include "libshm/error.h"

struct index_build {
    struct shm_index_step step;
    shm_publication *publication; /* and collection: the step's */
    const shm_collection *collection;
    const shm_collection *rows_of; /* the collection whose rows are indexed */
    shm_key key;
    shm_key_rows rows;
    shm_entries entries;
    const unsigned char *heap; /* of the rows */
};

void shm_index_step_open(shm_publication *publication, const shm_collection *collection,
                         uint64_t row_count, struct shm_index_step *step)
{
    step->publication = publication;
    step->collection = collection;
    step->row_count = row_count;
    snprintf(step->phase, sizeof step->phase, "index %s", collection->name);
}

shm_status shm_index_tell_step(void *context, enum shm_entries_step step, uint64_t done,
                               uint64_t total, shm_error *error)
{
    const struct shm_index_step *index = context;
    const double steps = ((double)step + (double)done / (double)total) / SHM_STEP_NUMBER;
    return shm_builder_progress(index->publication->builder, index->phase,
                                (uint64_t)(steps * (double)index->row_count), index->row_count)
               ? SHM_OK
               : shm_fail(error, SHM_ABORTED, "stopped while %s was built",
                          index->collection->name);
}

static shm_status fail_duplicate(const struct index_build *build,
                                 const struct shm_duplicate *duplicate, shm_error *error)
{
    char key[SHM_KEY_TEXT_BYTES];
    const shm_table *table = &build->rows.table;
    shm_key_write(&build->key, table->rows + duplicate->first_row * table->stride,
                  duplicate->element, key);
    return shm_fail(error, SHM_DUPLICATE_KEY, "%s: duplicate key %s: rows %llu and %llu of %s",
                    build->collection->name, key, (unsigned long long)duplicate->first_row,
                    (unsigned long long)duplicate->second_row, build->rows_of->name);
}

shm_status shm_index_fail_crowded(const struct shm_index_step *step, shm_error *error)
{
    return shm_fail(error, SHM_LIMIT,
                    "%s: its keys do not fit under any of %d seeds; they look chosen to collide: "
                    "leave some out",
                    step->collection->name, SHM_SEED_TRY_COUNT);
}

void shm_index_note_seed(const struct shm_index_step *step, uint64_t k, bool may_double)
{
    shm_builder *builder = step->publication->builder;
    const char *name = step->collection->name;
    if (k + 1 < SHM_SEED_TRY_COUNT) {
        shm_builder_notice(
            builder, "%s: its keys do not fit under seed %llu of %d; taking seed %llu", name,
            (unsigned long long)k + 1, SHM_SEED_TRY_COUNT, (unsigned long long)k + 2);
    } else if (may_double) {
        shm_builder_notice(builder,
                           "%s: its keys do not fit under any of %d seeds; taking twice the lines",
                           name, SHM_SEED_TRY_COUNT);
    }
}

/* Entries under the seed number k; *good is false if two keys collide. */
static shm_status try_seed(struct index_build *build, uint64_t k, bool *good, shm_error *error)
{
    struct shm_duplicate duplicate;
    enum shm_entries_finding finding = SHM_ENTRIES_GOOD;
    const shm_builder *builder = build->publication->builder;
    const uint64_t seed = shm_key_seed(builder->schema->fingerprint, build->collection->number,
                                       build->entries.digest, k);
    shm_status status = shm_entries_gather(&build->entries, seed, error);
    if (status == SHM_OK) {
        status = shm_entries_check(&build->entries, &build->rows,
                                   shm_collection_is_unique(build->collection), &finding,
                                   &duplicate, error);
    }
    if (status != SHM_OK) {
        return status;
    }
    *good = finding == SHM_ENTRIES_GOOD;
    return finding == SHM_ENTRIES_DUPLICATE ? fail_duplicate(build, &duplicate, error) : SHM_OK;
}

/* ---- words of texts ---- */

static const unsigned char *cell_of(const struct index_build *build, uint64_t row)
{
    return build->rows.table.rows + row * build->rows.table.stride + build->key.leaves[0].offset;
}

static void prefetch_cell(const void *context, uint64_t row)
{
    __builtin_prefetch(cell_of(context, row));
}

static uint64_t text_word(const void *context, uint64_t hash, uint64_t row)
{
    const struct index_build *build = context;
    return shm_text_word(hash, (const void *)cell_of(build, row), build->heap);
}

/* ---- sections ---- */

/* LINES under the entries' seed; *placed is false, and the section still to be written, if a page
 * has no room. */
static shm_status write_lines(struct index_build *build, bool doubled, bool *placed,
                              shm_error *error)
{
    shm_publication *publication = build->publication;
    const uint64_t start = publication->writer.position;
    const bool is_wide = shm_map_is_wide(build->rows.table.count, build->entries.group_length);
    const uint64_t line_count = shm_map_line_count(build->entries.key_count, is_wide, doubled);
    const struct shm_map_words words = {prefetch_cell, text_word, build};
    shm_status status =
        shm_section_begin(publication, line_count * sizeof(struct shm_map_line), error);
    if (status == SHM_OK) {
        status = shm_map_build_write(&build->entries, shm_map_page_form(is_wide),
                                     shm_key_is_cell(&build->key) ? &words : NULL, line_count,
                                     &publication->writer, placed, error);
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
    const uint64_t width = shm_row_number_width(build->rows.table.count);
    const uint64_t length = build->entries.group_length;
    shm_status status = shm_section_begin(publication, length * width, error);
    if (status == SHM_OK) {
        status = shm_groups_build_write(&build->entries, width, &publication->writer, error);
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
            shm_index_note_seed(&build->step, k, doubled == 0);
        }
    }
    return shm_index_fail_crowded(&build->step, error);
}

static shm_status write_pairs(const struct index_build *build, const shm_approximate_build *pairs,
                              shm_error *error)
{
    shm_publication *publication = build->publication;
    shm_status status =
        shm_section_begin(publication, (pairs->bucket_count + 1) * sizeof(uint64_t), error);
    if (status == SHM_OK) {
        status = shm_approximate_write_buckets(pairs, &publication->writer, error);
    }
    if (status != SHM_OK) {
        return status;
    }
    shm_section_end(publication, pairs->bucket_count, sizeof(uint64_t), build->entries.seed);
    status = shm_section_begin(publication, shm_approximate_fragments_size(pairs), error);
    if (status == SHM_OK) {
        status = shm_approximate_write_fragments(pairs, &publication->writer, error);
    }
    shm_section_end(publication, pairs->pair_count, pairs->bits / 8, build->entries.key_count);
    return status;
}

/* BUCKETS and FRAGMENTS under the seed number k; *good is false if keys or, in an exact index,
 * places collide. */
static shm_status try_pairs(struct index_build *build, uint64_t k, bool *good, shm_error *error)
{
    const bool is_exact = build->collection->kind != SHM_APPROXIMATE;
    const bool is_narrow = shm_collection_is_unique(build->collection) && !build->key.has_list;
    const uint64_t one_in =
        is_exact ? shm_exact_one_in(is_narrow) : build->collection->approximate_one_in;
    shm_approximate_build pairs;
    shm_status status = try_seed(build, k, good, error);
    if (status != SHM_OK || !*good) {
        return status;
    }
    status = shm_approximate_build_open(
        &build->entries, one_in, shm_row_number_width(build->rows.table.count), &pairs, error);
    if (status == SHM_OK) {
        *good = !is_exact || shm_exact_places_serve(&pairs, is_narrow);
    }
    if (status == SHM_OK && *good) {
        status = write_pairs(build, &pairs, error);
    }
    shm_approximate_build_close(&pairs);
    return status;
}

static shm_status build_pairs(struct index_build *build, shm_error *error)
{
    for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
        bool good = false;
        const shm_status status = try_pairs(build, k, &good, error);
        if (status != SHM_OK || good) {
            return status;
        }
        shm_index_note_seed(&build->step, k, false);
    }
    return shm_index_fail_crowded(&build->step, error);
}

static shm_status build_sorted(struct index_build *build, shm_error *error)
{
    shm_publication *publication = build->publication;
    shm_sorted_build sorted = {.key = &build->key,
                               .table = build->rows.table,
                               .workers = &publication->workers,
                               .budget = &publication->builder->budget,
                               .progress = shm_index_tell_step,
                               .context = &build->step};
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

/* Of what is found by hashes. */
static shm_status build_hashed(struct index_build *build, shm_error *error)
{
    build->entries = (shm_entries){.source = shm_key_entries(&build->rows),
                                   .workers = &build->publication->workers,
                                   .budget = &build->publication->builder->budget,
                                   .progress = shm_index_tell_step,
                                   .context = &build->step};
    shm_status status = shm_entries_count(&build->entries, error);
    if (status == SHM_OK) {
        status = shm_entries_open(&build->entries, UINT64_MAX, error);
    }
    if (status == SHM_OK) {
        status = shm_collection_has_fragments(build->collection) ? build_pairs(build, error)
                                                                 : build_lines(build, error);
    }
    shm_entries_close(&build->entries);
    return status;
}

shm_status shm_index_build(shm_publication *publication, const shm_collection *collection,
                           shm_error *error)
{
    struct index_build build = {.publication = publication,
                                .collection = collection,
                                .rows_of =
                                    collection->table != NULL ? collection->table : collection};
    const struct shm_section_entry *rows =
        shm_section_find(publication, SHM_SECTION_ROWS, build.rows_of->number);
    shm_index_step_open(publication, collection, rows->count, &build.step);
    const struct shm_section_entry *heap =
        shm_section_find(publication, SHM_SECTION_HEAP, build.rows_of->number);
    build.rows.key = &build.key;
    build.heap = publication->map + heap->offset;
    build.rows.table = (shm_table){publication->map + rows->offset, rows->stride, rows->count};
    if (rows->count >= SHM_WIDE_VALUE_END) {
        return shm_fail(error, SHM_LIMIT, "%s: more than 2^47 rows: split the table",
                        collection->name);
    }
    shm_status status = shm_key_compile(collection, &publication->arena, &build.key, error);
    if (status == SHM_OK && collection->kind == SHM_SORTED) {
        return build_sorted(&build, error);
    }
    if (status == SHM_OK && !shm_collection_has_fragments(collection) &&
        shm_key_is_cell(&build.key) && heap->size > SHM_TEXT_HEAP_MAX) {
        return shm_fail(error, SHM_LIMIT,
                        "%s: its rows hold more than 8 TiB of texts and lists, which the words of "
                        "an index by a "
                        "text cannot reach: make it min or sorted",
                        collection->name);
    }
    return status == SHM_OK ? build_hashed(&build, error) : status;
}
