/* index_dense.c — the sections of a dense map: its rows in the order of their keys' hashes, under
 * the first seed that serves, and the steps over them. */
#include "collections/dataset/word_entries.h"
#include "collections/map/dense_build.h"

/* The rows under the entries' seed; *placed is false, and the section still to be written, if a
 * block has too many of them. */
static shm_status write_section(const shm_word_entries *entries, bool *placed, shm_error *error)
{
    shm_publication *publication = entries->step.publication;
    const shm_rows_build *rows = entries->rows;
    const uint64_t start = publication->writer.position;
    const struct shm_dense_row row = {.key_bytes =
                                          entries->step.collection->record->fields[0].type->size,
                                      .value_at = entries->value_at,
                                      .value_bytes = entries->value_bytes,
                                      .stride = rows->stride};
    shm_status status = shm_section_begin(publication, rows->count * rows->stride, error);
    if (status == SHM_OK) {
        status = shm_dense_build_write(&entries->sorted, &row, &publication->writer, placed, error);
    }
    if (status == SHM_OK && !*placed) {
        return shm_writer_rewind(&publication->writer, start, error);
    }
    shm_section_end(publication, rows->count, rows->stride, 0);
    return status;
}

static shm_status build_section(shm_word_entries *entries, shm_error *error)
{
    for (uint64_t k = 0; k < SHM_SEED_TRY_COUNT; k++) {
        bool placed = false;
        shm_status status = shm_word_entries_gather(entries, k, error);
        if (status == SHM_OK) {
            status = write_section(entries, &placed, error);
        }
        if (status != SHM_OK || placed) {
            return status;
        }
        shm_index_note_seed(&entries->step, k, false);
    }
    return shm_index_fail_crowded(&entries->step, error);
}

shm_status shm_dense_rows_write(shm_publication *publication, const shm_collection *collection,
                                shm_error *error)
{
    shm_word_entries entries;
    shm_status status = shm_word_entries_open(publication, collection, &entries, error);
    if (status == SHM_OK) {
        status = build_section(&entries, error);
    }
    publication->builder->collections[collection->number].dense_seed = entries.sorted.seed;
    shm_word_entries_close(&entries);
    return status;
}

shm_status shm_dense_steps_write(shm_publication *publication, const shm_collection *collection,
                                 shm_error *error)
{
    const struct shm_section_entry *rows =
        shm_section_find(publication, SHM_SECTION_ROWS, collection->number);
    const shm_table table = {publication->map + rows->offset, rows->stride, rows->count};
    const shm_dense map =
        shm_dense_of(NULL, publication->builder->collections[collection->number].dense_seed, &table,
                     collection->record->fields[0].type);
    shm_status status =
        shm_section_begin(publication, map.block_count * sizeof(struct shm_steps), error);
    if (status == SHM_OK) {
        status = shm_steps_write(&map, &publication->writer, error);
    }
    shm_section_end(publication, map.block_count, sizeof(struct shm_steps), map.seed);
    return status;
}
