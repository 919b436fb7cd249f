#include "tests/support/placed_lines.h"

#include <stdlib.h>

static int compare_hashes(const void *a, const void *b)
{
    const shm_entry *first = a;
    const shm_entry *second = b;
    return (first->hash > second->hash) - (first->hash < second->hash);
}

static bool fill(const shm_placed *map, const shm_page_form *form, const shm_entry *entries,
                 unsigned char *lines)
{
    void *scratch = malloc(form->scratch_bytes);
    bool fits = scratch != NULL;
    uint64_t at = 0;
    for (uint64_t line = 0; line < map->line_count && fits; line += form->page_lines) {
        const uint64_t left = map->line_count - line;
        struct shm_page_keys page = {
            .line_count = map->line_count,
            .first_line = line,
            .page_lines = left < form->page_lines ? (uint32_t)left : form->page_lines,
            .keys = entries + at,
            .seed = map->seed,
            .least = entries[0],
            .pilots = form->pilots == NULL
                          ? NULL
                          : form->pilots + line / form->page_lines * form->page_pilots};
        while (at < map->entry_count &&
               shm_placed_home(map, entries[at].hash) < line + form->page_lines) {
            at++;
            page.count++;
        }
        fits = page.count <= form->key_count_max &&
               form->fill(&page, scratch, lines + line * SHM_PLACED_LINE_BYTES);
    }
    free(scratch);
    return fits;
}

/* Lines, and pilots if there are some, are of exactly their size. */
static void place(shm_placed *map, const shm_page_form *form, shm_entry *entries)
{
    const size_t bytes = (size_t)map->line_count * SHM_PLACED_LINE_BYTES;
    void *lines = NULL;
    for (uint64_t i = 0; i < map->entry_count; i++) {
        entries[i].hash = shm_mix64(entries[i].hash, map->seed);
    }
    qsort(entries, (size_t)map->entry_count, sizeof *entries, compare_hashes);
    if (posix_memalign(&lines, SHM_PLACED_LINE_BYTES, bytes == 0 ? 1 : bytes) != 0) {
        abort();
    }
    if (!fill(map, form, entries, lines)) {
        free(lines);
        lines = NULL;
    }
    map->lines = lines;
}

shm_placed shm_test_placed(shm_entry *entries, uint64_t count, uint32_t width, uint64_t line_count,
                           uint64_t seed)
{
    shm_placed map = {.line_count = line_count, .seed = seed, .entry_count = count, .width = width};
    place(&map, shm_placed_page_form(width), entries);
    return map;
}

shm_placed shm_test_dense(shm_entry *entries, uint64_t count, uint32_t width, uint64_t line_count,
                          uint64_t seed)
{
    const struct shm_dense_shape shape = shm_dense_shape_of(line_count, width);
    shm_placed map = {.line_count = line_count,
                      .seed = seed,
                      .entry_count = count,
                      .width = width,
                      .pilot_count = shape.pilot_count,
                      .region_lines = shape.region_lines,
                      .region_pilot_bits = shape.region_pilot_bits};
    uint8_t *pilots = malloc((size_t)shape.pilot_count + (line_count == 0));
    if (pilots == NULL) {
        abort();
    }
    const shm_page_form form = shm_dense_page_form(width, &shape, pilots);
    map.pilots = pilots;
    place(&map, &form, entries);
    return map;
}

void shm_test_placed_free(const shm_placed *map)
{
    free((void *)(uintptr_t)map->lines);
    free((void *)(uintptr_t)map->pilots);
}
