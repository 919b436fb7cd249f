/* index_placed.c — the sections of a placed map: its entries under the first seed that serves, and
 * the pilots of a dense one. */
#include "allocators/room.h"
#include "collections/dataset/word_entries.h"
#include "collections/map/map_build.h"
#include "collections/map/placed.h"

/* One attempt at the lines. */
struct attempt {
    uint64_t line_count;
    shm_page_form form;
    uint64_t pilot_count; /* of a dense map */
    shm_room pilots;      /* in the order of regions */
};

static shm_status open_attempt(const shm_word_entries *entries, bool doubled,
                               struct attempt *attempt, shm_error *error)
{
    const shm_collection *map = entries->step.collection;
    const uint64_t count = entries->sorted.count;
    const uint32_t width = map->placed_width;
    if (!map->is_min) {
        *attempt = (struct attempt){.line_count = shm_placed_line_count(count, width, doubled),
                                    .form = *shm_placed_page_form(width)};
        return SHM_OK;
    }
    *attempt = (struct attempt){.line_count = shm_dense_line_count(count, width, doubled)};
    const struct shm_dense_shape shape = shm_dense_shape_of(attempt->line_count, width);
    attempt->pilot_count = shape.pilot_count;
    const shm_status status =
        shm_room_open(entries->sorted.budget, shape.pilot_count, &attempt->pilots, error);
    attempt->form = shm_dense_page_form(width, &shape, attempt->pilots.bytes);
    return status;
}

static shm_status write_lines(const shm_word_entries *entries, const struct attempt *attempt,
                              bool *placed, shm_error *error)
{
    shm_publication *publication = entries->step.publication;
    const shm_entries *sorted = &entries->sorted;
    const uint64_t start = publication->writer.position;
    shm_status status =
        shm_section_begin(publication, attempt->line_count * SHM_PLACED_LINE_BYTES, error);
    if (status == SHM_OK) {
        status = shm_map_build_write(sorted, &attempt->form, NULL, attempt->line_count,
                                     &publication->writer, placed, error);
    }
    if (status == SHM_OK && !*placed) {
        return shm_writer_rewind(&publication->writer, start, error);
    }
    shm_section_end(publication, sorted->count, entries->step.collection->placed_width,
                    sorted->seed);
    return status;
}

static shm_status write_pilots(const shm_word_entries *entries, const struct attempt *attempt,
                               shm_error *error)
{
    shm_publication *publication = entries->step.publication;
    const uint64_t bytes = attempt->pilot_count;
    shm_status status = shm_section_begin(publication, bytes, error);
    if (status == SHM_OK) {
        status = shm_writer_add(&publication->writer, attempt->pilots.bytes, (size_t)bytes, error);
    }
    shm_section_end(publication, bytes, 1, 0);
    return status;
}

static shm_status write_sections(const shm_word_entries *entries, bool doubled, bool *placed,
                                 shm_error *error)
{
    struct attempt attempt;
    shm_status status = open_attempt(entries, doubled, &attempt, error);
    if (status == SHM_OK) {
        status = write_lines(entries, &attempt, placed, error);
    }
    if (status == SHM_OK && *placed && entries->step.collection->is_min) {
        status = write_pilots(entries, &attempt, error);
    }
    shm_room_close(&attempt.pilots);
    return status;
}

static shm_status build_sections(shm_word_entries *entries, shm_error *error)
{
    for (int doubled = 0; doubled < 2; doubled++) {
        for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
            bool placed = false;
            shm_status status = shm_word_entries_gather(entries, k, error);
            if (status == SHM_OK) {
                status = write_sections(entries, doubled == 1, &placed, error);
            }
            if (status != SHM_OK || placed) {
                return status;
            }
            shm_index_note_seed(&entries->step, k, doubled == 0);
        }
    }
    return shm_index_fail_crowded(&entries->step, error);
}

shm_status shm_placed_index_build(shm_publication *publication, const shm_collection *collection,
                                  shm_error *error)
{
    shm_word_entries entries;
    shm_status status = shm_word_entries_open(publication, collection, &entries, error);
    if (status == SHM_OK) {
        status = build_sections(&entries, error);
    }
    shm_word_entries_close(&entries);
    return status;
}
