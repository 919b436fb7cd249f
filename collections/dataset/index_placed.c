/* index_placed.c — the section of a placed map: its entries under the first seed that serves. */
#include "collections/dataset/publication.h"

#include <stdlib.h>

#include "collections/dataset/index_build.h"
#include "collections/key/word.h"
#include "collections/map/map_build.h"
#include "collections/map/placed.h"
#include "libshm/error.h"

enum { ENTRIES_OF_TASK = 1 << 14, PIECE_ENTRIES = 256 };

/* Two rows with one key. */
struct repeated {
    bool is_found;
    uint64_t first_row;
    uint64_t second_row; /* the least that repeats a key */
};

struct placed_build {
    struct shm_index_step step;
    shm_rows_build *rows; /* entries as they wait: key and value, `width` bytes each */
    shm_placed map;       /* width and signs, for keys */
    bool lists_rows;      /* entries are (hash, row), to name rows; else (hash, value) */
    shm_entries entries;
    struct repeated *repeated; /* by partition */
};

/* The source of the entries. */
static shm_status list_entries(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                               shm_entry_sink *sink, shm_error *error)
{
    const struct placed_build *build = context;
    const uint32_t width = build->map.width;
    unsigned char waiting[PIECE_ENTRIES * 2 * sizeof(uint64_t)];
    shm_entry piece[PIECE_ENTRIES];
    shm_status status = SHM_OK;
    for (uint64_t row = first; row < end && status == SHM_OK;) {
        const size_t some = end - row < PIECE_ENTRIES ? (size_t)(end - row) : PIECE_ENTRIES;
        status =
            shm_spool_read(&build->rows->spool, row * 2 * width, waiting, some * 2 * width, error);
        for (size_t i = 0; i < some && status == SHM_OK; i++) {
            const unsigned char *entry = waiting + i * 2 * width;
            const uint64_t value = shm_placed_word_at(entry + width, width);
            piece[i] = (shm_entry){shm_mix64(shm_placed_key(&build->map, entry), seed),
                                   build->lists_rows ? row + i : value};
        }
        row += some;
        if (status == SHM_OK) {
            status = shm_entry_sink_add(sink, piece, some, error);
        }
    }
    return status;
}

static shm_status look_for_repeated(void *context, uint64_t partition, struct shm_entry_list *list,
                                    shm_error *error)
{
    struct placed_build *build = context;
    struct repeated found = {.is_found = false};
    (void)error;
    for (uint64_t i = 1; i < list->count; i++) {
        const shm_entry *entry = &list->entries[i];
        const bool is_second =
            entry[-1].hash == entry->hash && (i == 1 || entry[-2].hash != entry->hash);
        if (is_second && (!found.is_found || entry->row < found.second_row)) {
            found = (struct repeated){true, entry[-1].row, entry->row};
        }
    }
    build->entries.partitions[partition].key_count = list->count;
    build->repeated[partition] = found;
    return SHM_OK;
}

/* Gathers and sorts the entries; of those that repeat a key, *repeated is the first. */
static shm_status gather(struct placed_build *build, uint64_t seed, struct repeated *repeated,
                         shm_error *error)
{
    *repeated = (struct repeated){.is_found = false};
    shm_status status = shm_entries_gather(&build->entries, seed, error);
    if (status == SHM_OK) {
        status = shm_entries_sort(&build->entries, look_for_repeated, build, error);
    }
    for (uint64_t p = 0; p < build->entries.partition_count && status == SHM_OK; p++) {
        const struct repeated *found = &build->repeated[p];
        if (found->is_found && (!repeated->is_found || found->second_row < repeated->second_row)) {
            *repeated = *found;
        }
    }
    return status;
}

/* Entries hold no row numbers: they are gathered once more with these. */
static shm_status fail_repeated(struct placed_build *build, shm_error *error)
{
    struct repeated repeated;
    unsigned char row[2 * sizeof(uint64_t)];
    char text[SHM_KEY_TEXT_BYTES];
    shm_key key;
    const shm_collection *map = build->step.collection;
    const uint64_t stride = build->rows->stride;
    build->lists_rows = true;
    shm_status status = gather(build, build->entries.seed, &repeated, error);
    if (status == SHM_OK) {
        status = shm_spool_read(&build->rows->spool, repeated.second_row * stride, row,
                                (size_t)stride, error);
    }
    if (status == SHM_OK) {
        status = shm_key_compile(map, &build->step.publication->arena, &key, error);
    }
    if (status != SHM_OK) {
        return status;
    }
    shm_key_write(&key, row, 0, text);
    return shm_fail(error, SHM_DUPLICATE_KEY, "%s: duplicate key %s: rows %llu and %llu of %s",
                    map->name, text, (unsigned long long)repeated.first_row,
                    (unsigned long long)repeated.second_row, map->name);
}

static shm_status write_section(struct placed_build *build, bool doubled, bool *placed,
                                shm_error *error)
{
    shm_publication *publication = build->step.publication;
    const uint64_t start = publication->writer.position;
    const uint32_t width = build->map.width;
    const uint64_t line_count = shm_placed_line_count(build->entries.count, width, doubled);
    shm_status status = shm_section_begin(publication, line_count * SHM_PLACED_LINE_BYTES, error);
    if (status == SHM_OK) {
        status = shm_map_build_write(&build->entries, shm_placed_page_form(width), NULL, line_count,
                                     &publication->writer, placed, error);
    }
    if (status == SHM_OK && !*placed) {
        return shm_writer_rewind(&publication->writer, start, error);
    }
    shm_section_end(publication, build->entries.count, width, build->entries.seed);
    return status;
}

static shm_status build_section(struct placed_build *build, shm_error *error)
{
    const shm_builder *builder = build->step.publication->builder;
    for (int doubled = 0; doubled < 2; doubled++) {
        for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
            struct repeated repeated;
            bool placed = false;
            const uint64_t seed =
                shm_key_seed(builder->schema->fingerprint, build->step.collection->number,
                             build->entries.digest, k);
            shm_status status = gather(build, seed, &repeated, error);
            if (status == SHM_OK && repeated.is_found) {
                return fail_repeated(build, error);
            }
            if (status == SHM_OK) {
                status = write_section(build, doubled == 1, &placed, error);
            }
            if (status != SHM_OK || placed) {
                return status;
            }
            shm_index_note_seed(&build->step, k, doubled == 0);
        }
    }
    return shm_index_fail_crowded(&build->step, error);
}

static shm_status open_entries(struct placed_build *build, shm_error *error)
{
    build->entries = (shm_entries){.source = {.list = list_entries,
                                              .context = build,
                                              .item_count = build->rows->count,
                                              .items_of_task = ENTRIES_OF_TASK},
                                   .workers = &build->step.publication->workers,
                                   .budget = &build->step.publication->builder->budget,
                                   .progress = shm_index_tell_step,
                                   .context = &build->step};
    shm_status status = shm_entries_count(&build->entries, error);
    if (status == SHM_OK) {
        status = shm_entries_open(&build->entries, UINT64_MAX, error);
    }
    if (status == SHM_OK) {
        build->repeated = calloc(build->entries.partition_count, sizeof *build->repeated);
        status = build->repeated == NULL ? shm_fail_memory(error) : SHM_OK;
    }
    return status;
}

shm_status shm_placed_index_build(shm_publication *publication, const shm_collection *collection,
                                  shm_error *error)
{
    const shm_type *key = collection->record->fields[0].type;
    struct placed_build build = {
        .rows = &publication->builder->collections[collection->number].rows,
        .map = {.width = collection->placed_width,
                .keys_are_signed =
                    shm_word_is_signed(key->kind == SHM_ENUM ? key->element->kind : key->kind)}};
    shm_index_step_open(publication, collection, build.rows->count, &build.step);
    shm_status status = open_entries(&build, error);
    if (status == SHM_OK) {
        status = build_section(&build, error);
    }
    free(build.repeated);
    shm_entries_close(&build.entries);
    shm_spool_close(&build.rows->spool); /* its memory serves the indexes */
    return status;
}
