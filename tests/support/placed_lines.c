#include "tests/support/placed_lines.h"

#include <stdlib.h>

static int compare_hashes(const void *a, const void *b)
{
    const shm_entry *first = a;
    const shm_entry *second = b;
    return (first->hash > second->hash) - (first->hash < second->hash);
}

static bool fill(const shm_placed *map, const shm_entry *entries, unsigned char *lines)
{
    const shm_page_form *form = shm_placed_page_form(map->width);
    void *scratch = malloc(form->scratch_bytes);
    bool fits = scratch != NULL;
    uint64_t at = 0;
    for (uint64_t line = 0; line < map->line_count && fits; line += form->page_lines) {
        const uint64_t left = map->line_count - line;
        struct shm_page_keys page = {.line_count = map->line_count,
                                     .first_line = line,
                                     .page_lines = left < form->page_lines ? (uint32_t)left
                                                                           : form->page_lines,
                                     .keys = entries + at,
                                     .seed = map->seed,
                                     .least = entries[0]};
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

shm_placed shm_test_placed(shm_entry *entries, uint64_t count, uint32_t width, uint64_t line_count,
                           uint64_t seed)
{
    shm_placed map = {.line_count = line_count, .seed = seed, .entry_count = count, .width = width};
    for (uint64_t i = 0; i < count; i++) {
        entries[i].hash = shm_mix64(entries[i].hash, seed);
    }
    qsort(entries, (size_t)count, sizeof *entries, compare_hashes);
    void *lines = NULL;
    if (posix_memalign(&lines, SHM_PLACED_LINE_BYTES,
                       (size_t)(line_count == 0 ? 1 : line_count * SHM_PLACED_LINE_BYTES)) != 0) {
        abort();
    }
    if (!fill(&map, entries, lines)) {
        free(lines);
        lines = NULL;
    }
    map.lines = lines;
    return map;
}
