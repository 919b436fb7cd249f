/* index_placed.c — the section of a placed map: its entries under the first seed that serves. */
#include "collections/dataset/word_entries.h"
#include "collections/map/map_build.h"
#include "collections/map/placed.h"

static shm_status write_section(const shm_word_entries *entries, bool doubled, bool *placed,
                                shm_error *error)
{
    shm_publication *publication = entries->step.publication;
    const shm_entries *sorted = &entries->sorted;
    const uint64_t start = publication->writer.position;
    const uint32_t width = entries->step.collection->placed_width;
    const uint64_t line_count = shm_placed_line_count(sorted->count, width, doubled);
    shm_status status = shm_section_begin(publication, line_count * SHM_PLACED_LINE_BYTES, error);
    if (status == SHM_OK) {
        status = shm_map_build_write(sorted, shm_placed_page_form(width), NULL, line_count,
                                     &publication->writer, placed, error);
    }
    if (status == SHM_OK && !*placed) {
        return shm_writer_rewind(&publication->writer, start, error);
    }
    shm_section_end(publication, sorted->count, width, sorted->seed);
    return status;
}

static shm_status build_section(shm_word_entries *entries, shm_error *error)
{
    for (int doubled = 0; doubled < 2; doubled++) {
        for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
            bool placed = false;
            shm_status status = shm_word_entries_gather(entries, k, error);
            if (status == SHM_OK) {
                status = write_section(entries, doubled == 1, &placed, error);
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
        status = build_section(&entries, error);
    }
    shm_word_entries_close(&entries);
    return status;
}
