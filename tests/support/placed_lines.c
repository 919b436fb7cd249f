#include "tests/support/placed_lines.h"

#include <stdlib.h>

static int compare_hashes(const void *a, const void *b)
{
    const shm_entry *first = a;
    const shm_entry *second = b;
    return (first->hash > second->hash) - (first->hash < second->hash);
}

static bool fill(const struct shm_placed_shape *shape, const shm_entry *entries, uint64_t count,
                 unsigned char *lines)
{
    uint64_t at = 0;
    for (uint64_t line = 0; line < shape->line_count; line += SHM_PLACED_PAGE_LINES) {
        const uint64_t next = line + SHM_PLACED_PAGE_LINES;
        uint64_t end = at;
        while (end < count && shm_multiply_high(entries[end].hash, shape->line_count) < next) {
            end++;
        }
        if (!shm_placed_page_fill(shape, line, entries + at, end - at,
                                  lines + line * SHM_PLACED_LINE_BYTES)) {
            return false;
        }
        at = end;
    }
    return true;
}

shm_placed shm_test_placed(shm_entry *entries, uint64_t count, uint32_t width, uint64_t line_count,
                           uint64_t seed)
{
    shm_placed map = {.line_count = line_count, .seed = seed, .entry_count = count, .width = width};
    struct shm_placed_shape shape = {.line_count = line_count, .seed = seed, .width = width};
    for (uint64_t i = 0; i < count; i++) {
        entries[i].hash = shm_mix64(entries[i].hash, seed);
    }
    qsort(entries, (size_t)count, sizeof *entries, compare_hashes);
    if (count > 0) {
        shape.filler = entries[0];
    }
    void *lines = NULL;
    if (posix_memalign(&lines, SHM_PLACED_LINE_BYTES,
                       (size_t)(line_count == 0 ? 1 : line_count * SHM_PLACED_LINE_BYTES)) != 0) {
        abort();
    }
    if (!fill(&shape, entries, count, lines)) {
        free(lines);
        lines = NULL;
    }
    map.lines = lines;
    return map;
}
