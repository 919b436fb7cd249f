/* index_placed.c — the section of a placed map: its entries under the first seed that serves. */
#include "collections/dataset/publication.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collections/key/word.h"
#include "collections/map/placed_build.h"
#include "libshm/error.h"

enum { PHASE_BYTES = 4 + SHM_NAME_LENGTH_MAX + 1, CHUNK_ENTRIES = 4096 };

struct placed_build {
    shm_publication *publication;
    const shm_collection *collection;
    const shm_rows_build *rows;
    shm_placed map; /* width and signs, for keys */
    shm_entry *list;
    uint64_t digest;
    char phase[PHASE_BYTES];
};

/* Calls for a piece of entries as they wait: key and value, `width` bytes each. */
typedef void visit_call(struct placed_build *build, const unsigned char *entry, uint64_t row);

static shm_status visit_entries(struct placed_build *build, visit_call *visit, shm_error *error)
{
    unsigned char chunk[CHUNK_ENTRIES * 2 * sizeof(uint64_t)];
    const uint64_t stride = build->rows->stride;
    for (uint64_t row = 0; row < build->rows->count;) {
        const uint64_t left = build->rows->count - row;
        const uint64_t some = left < CHUNK_ENTRIES ? left : CHUNK_ENTRIES;
        const shm_status status =
            shm_spool_read(&build->rows->spool, row * stride, chunk, some * stride, error);
        if (status != SHM_OK) {
            return status;
        }
        if (!shm_builder_progress(build->publication->builder, build->phase, row,
                                  build->rows->count)) {
            return shm_fail(error, SHM_ABORTED, "stopped while %s was built",
                            build->collection->name);
        }
        for (uint64_t i = 0; i < some; i++) {
            visit(build, chunk + i * stride, row + i);
        }
        row += some;
    }
    return SHM_OK;
}

static void add_to_digest(struct placed_build *build, const unsigned char *entry, uint64_t row)
{
    (void)row;
    build->digest += shm_mix64(shm_placed_key(&build->map, entry), 0);
}

static void list_value(struct placed_build *build, const unsigned char *entry, uint64_t row)
{
    const uint32_t width = build->map.width;
    build->list[row] = (shm_entry){shm_mix64(shm_placed_key(&build->map, entry), build->map.seed),
                                   shm_placed_word_at(entry + width, width)};
}

static void list_row(struct placed_build *build, const unsigned char *entry, uint64_t row)
{
    build->list[row] =
        (shm_entry){shm_mix64(shm_placed_key(&build->map, entry), build->map.seed), row};
}

/* Names the first row that repeats a key, and the one it repeats. */
static shm_status fail_duplicate(struct placed_build *build, shm_error *error)
{
    const shm_status status = visit_entries(build, list_row, error);
    if (status != SHM_OK) {
        return status;
    }
    const uint64_t count = build->rows->count;
    shm_entries_sort(build->list, count);
    uint64_t first = 0;
    uint64_t second = UINT64_MAX;
    for (uint64_t i = 1; i < count; i++) {
        const bool begins = i == 1 || build->list[i - 2].hash != build->list[i].hash;
        if (build->list[i - 1].hash == build->list[i].hash && begins &&
            build->list[i].row < second) {
            first = build->list[i - 1].row;
            second = build->list[i].row;
        }
    }
    unsigned char row[2 * sizeof(uint64_t)];
    char text[SHM_KEY_TEXT_BYTES];
    shm_key key;
    shm_status read = shm_spool_read(&build->rows->spool, second * build->rows->stride, row,
                                     (size_t)build->rows->stride, error);
    if (read == SHM_OK) {
        read = shm_key_compile(build->collection, &build->publication->arena, &key, error);
    }
    if (read != SHM_OK) {
        return read;
    }
    shm_key_write(&key, row, 0, text);
    return shm_fail(error, SHM_DUPLICATE_KEY, "%s: duplicate key %s: rows %llu and %llu of %s",
                    build->collection->name, text, (unsigned long long)first,
                    (unsigned long long)second, build->collection->name);
}

static bool has_duplicate(const struct placed_build *build)
{
    for (uint64_t i = 1; i < build->rows->count; i++) {
        if (build->list[i - 1].hash == build->list[i].hash) {
            return true;
        }
    }
    return false;
}

/* Writes the lines page by page; *placed is false if a page has no room. */
static shm_status write_pages(struct placed_build *build, const struct shm_placed_shape *shape,
                              bool *placed, shm_error *error)
{
    unsigned char page[SHM_PLACED_PAGE_LINES * SHM_PLACED_LINE_BYTES];
    uint64_t at = 0;
    for (uint64_t first = 0; first < shape->line_count; first += SHM_PLACED_PAGE_LINES) {
        const uint32_t lines = shm_placed_page_lines(shape, first);
        uint64_t end = at;
        while (end < build->rows->count &&
               shm_multiply_high(build->list[end].hash, shape->line_count) < first + lines) {
            end++;
        }
        *placed = shm_placed_page_fill(shape, first, build->list + at, end - at, page);
        at = end;
        if (!*placed) {
            return SHM_OK;
        }
        const shm_status status =
            shm_writer_add(&build->publication->writer, page, lines * SHM_PLACED_LINE_BYTES, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    *placed = true;
    return SHM_OK;
}

static shm_status write_section(struct placed_build *build, bool doubled, bool *placed,
                                shm_error *error)
{
    shm_publication *publication = build->publication;
    const uint64_t start = publication->writer.position;
    const uint64_t count = build->rows->count;
    struct shm_placed_shape shape = {.line_count =
                                         shm_placed_line_count(count, build->map.width, doubled),
                                     .seed = build->map.seed,
                                     .width = build->map.width};
    if (count > 0) {
        shape.filler = build->list[0];
    }
    shm_status status =
        shm_section_begin(publication, shape.line_count * SHM_PLACED_LINE_BYTES, error);
    if (status == SHM_OK) {
        status = write_pages(build, &shape, placed, error);
    }
    if (status == SHM_OK && !*placed) {
        return shm_writer_rewind(&publication->writer, start, error);
    }
    shm_section_end(publication, count, build->map.width, build->map.seed);
    return status;
}

static shm_status build_section(struct placed_build *build, shm_error *error)
{
    const shm_builder *builder = build->publication->builder;
    for (int doubled = 0; doubled < 2; doubled++) {
        for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
            bool placed = false;
            build->map.seed = shm_key_seed(builder->schema->fingerprint, build->collection->number,
                                           build->digest, k);
            shm_status status = visit_entries(build, list_value, error);
            if (status != SHM_OK) {
                return status;
            }
            shm_entries_sort(build->list, build->rows->count);
            if (has_duplicate(build)) {
                return fail_duplicate(build, error);
            }
            status = write_section(build, doubled == 1, &placed, error);
            if (status != SHM_OK || placed) {
                return status;
            }
        }
    }
    return shm_fail(error, SHM_LIMIT,
                    "%s: its keys collide under every seed; they look chosen to: leave some out",
                    build->collection->name);
}

shm_status shm_placed_index_build(shm_publication *publication, const shm_collection *collection,
                                  shm_error *error)
{
    const shm_kind kind = collection->record->fields[0].type->kind == SHM_ENUM
                              ? collection->record->fields[0].type->element->kind
                              : collection->record->fields[0].type->kind;
    struct placed_build build = {
        .publication = publication,
        .collection = collection,
        .rows = &publication->builder->collections[collection->number].rows,
        .map = {.width = collection->placed_width, .keys_are_signed = shm_word_is_signed(kind)}};
    snprintf(build.phase, sizeof build.phase, "map %s", collection->name);
    build.list = malloc((size_t)(build.rows->count + 1) * sizeof *build.list);
    if (build.list == NULL) {
        return shm_fail_memory(error);
    }
    shm_status status = visit_entries(&build, add_to_digest, error);
    if (status == SHM_OK) {
        status = build_section(&build, error);
    }
    free(build.list);
    return status;
}
