/* sorted_write.c — the section of a sorted index, from its sorted entries. */
#include "collections/map/entries_cursor.h"
#include "collections/sorted/sorted_build.h"
#include "libshm/column.h"

enum { TOLD_ENTRIES = 1 << 16 };

uint64_t shm_sorted_build_size(const shm_sorted_build *build)
{
    return shm_sorted_size(build->count, build->width, build->sites != NULL);
}

/* Words of ones after `count` words, up to whole nodes. */
static shm_status fill_node(shm_column *column, uint64_t count, shm_error *error)
{
    shm_status status = SHM_OK;
    for (uint64_t i = count; i < shm_sorted_filled(count) && status == SHM_OK; i++) {
        status = shm_column_add(column, UINT64_MAX, error);
    }
    return status == SHM_OK ? shm_column_end(column, error) : status;
}

/* The words of all entries, of which every SHM_SORTED_NODE-th goes to `above`, too. */
static shm_status write_words(const shm_sorted_build *build, uint64_t *above, shm_writer *writer,
                              shm_error *error)
{
    shm_column column;
    shm_entries_cursor cursor;
    shm_entry entry;
    uint64_t i = 0;
    shm_status status = SHM_OK;
    shm_column_begin(writer, sizeof(uint64_t), &column);
    shm_entries_cursor_open(&build->entries, 0, &cursor);
    while (status == SHM_OK && shm_entries_cursor_take(&cursor, &entry)) {
        if (i % SHM_SORTED_NODE == 0) {
            above[i / SHM_SORTED_NODE] = entry.hash;
        }
        status = shm_column_add(&column, entry.hash, error);
        if (status == SHM_OK && ++i % TOLD_ENTRIES == 0) {
            status = shm_entries_tell(&build->entries, SHM_STEP_WRITE, i, build->count, error);
        }
    }
    if (status == SHM_OK) {
        status = shm_entries_cursor_status(&cursor, error);
    }
    return status == SHM_OK ? fill_node(&column, build->count, error) : status;
}

/* The levels above the words of all entries, each from the one below, in `words` itself. */
static shm_status write_levels(uint64_t *words, uint64_t count, shm_writer *writer,
                               shm_error *error)
{
    shm_status status = SHM_OK;
    for (bool is_top = false; !is_top && status == SHM_OK;) {
        shm_column column;
        shm_column_begin(writer, sizeof(uint64_t), &column);
        is_top = count <= SHM_SORTED_NODE;
        for (uint64_t i = 0; i < count && status == SHM_OK; i++) {
            status = shm_column_add(&column, words[i], error);
            if (i % SHM_SORTED_NODE == 0) {
                words[i / SHM_SORTED_NODE] = words[i];
            }
        }
        if (status == SHM_OK) {
            status = fill_node(&column, count, error);
        }
        count = shm_sorted_above(count);
    }
    return status;
}

static shm_status write_tree(const shm_sorted_build *build, shm_writer *writer, shm_error *error)
{
    const uint64_t above = shm_sorted_above(build->count);
    shm_room room;
    shm_status status = shm_room_open(build->budget, above * sizeof(uint64_t), &room, error);
    if (status == SHM_OK) {
        status = write_words(build, room.bytes, writer, error);
    }
    if (status == SHM_OK && build->count > SHM_SORTED_NODE) {
        status = write_levels(room.bytes, above, writer, error);
    }
    shm_room_close(&room);
    return status;
}

/* The rows of all entries, or their elements. */
static shm_status write_sites(const shm_sorted_build *build, bool elements, shm_writer *writer,
                              shm_error *error)
{
    shm_column column;
    shm_entries_cursor cursor;
    shm_entry entry;
    shm_status status = SHM_OK;
    shm_column_begin(writer, build->width, &column);
    shm_entries_cursor_open(&build->entries, 0, &cursor);
    while (status == SHM_OK && shm_entries_cursor_take(&cursor, &entry)) {
        const struct shm_sorted_site site = shm_sorted_site_of(build, &entry);
        status = shm_column_add(&column, elements ? site.element : site.row, error);
    }
    if (status == SHM_OK) {
        status = shm_entries_cursor_status(&cursor, error);
    }
    return status == SHM_OK ? shm_column_end(&column, error) : status;
}

shm_status shm_sorted_build_write(const shm_sorted_build *build, shm_writer *writer,
                                  shm_error *error)
{
    const bool has_elements = build->sites != NULL;
    const uint64_t numbers = build->count * build->width;
    const uint64_t elements_at =
        writer->position + shm_sorted_build_size(build) - (has_elements ? numbers : 0);
    shm_status status = shm_writer_add(writer, &build->head, sizeof build->head, error);
    if (status == SHM_OK && build->count > 0) {
        status = write_tree(build, writer, error);
    }
    if (status == SHM_OK) {
        status = write_sites(build, false, writer, error);
    }
    if (status == SHM_OK) {
        status = shm_writer_pad(writer, elements_at, error);
    }
    return status == SHM_OK && has_elements ? write_sites(build, true, writer, error) : status;
}
