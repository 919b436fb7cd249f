/* placed_find.c — finds in placed maps for any processor, and which ones this processor has. */
#include "collections/map/placed_find.h"

#include "collections/map/placed.h"

/* ---- in C alone, which the others are tested against ---- */

static uint32_t match_plain_8(const unsigned char *line, uint64_t word)
{
    uint32_t match = 0;
    for (unsigned slot = 0; slot < 4; slot++) {
        match |= (uint32_t)(shm_placed_word_at(line + 8 * slot, 8) == word) << slot;
    }
    return match;
}

static uint32_t match_plain_4(const unsigned char *line, uint64_t word)
{
    uint32_t match = 0;
    for (unsigned slot = 0; slot < 8; slot++) {
        match |= (uint32_t)(shm_placed_word_at(line + 4 * slot, 4) == (uint32_t)word) << slot;
    }
    return match;
}

static const void *find_plain_8(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 8, 1, match_plain_8);
}

static const void *find_plain_4(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 4, 1, match_plain_4);
}

static size_t find_many_plain_8(const shm_placed *map, const uint64_t *keys, size_t count,
                                const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 8, 1, match_plain_8);
}

static size_t find_many_plain_4(const shm_placed *map, const uint64_t *keys, size_t count,
                                const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 4, 1, match_plain_4);
}

const struct shm_placed_finds *shm_placed_finds_plain(uint32_t width)
{
    static const struct shm_placed_finds eight = {find_plain_8, find_many_plain_8, "plain"};
    static const struct shm_placed_finds four = {find_plain_4, find_many_plain_4, "plain"};
    return width == 8 ? &eight : &four;
}

/* ---- as shm/placed.h has them: SSE2 or NEON, where the library is compiled for it ---- */

static const void *find_inline_8(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 8, SHM_PLACED_BITS_8, shm_placed_match_8);
}

static const void *find_inline_4(const shm_placed *map, uint64_t key)
{
    return shm_placed_find_with(map, key, 4, SHM_PLACED_BITS_4, shm_placed_match_4);
}

static size_t find_many_inline_8(const shm_placed *map, const uint64_t *keys, size_t count,
                                 const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 8, SHM_PLACED_BITS_8,
                                     shm_placed_match_8);
}

static size_t find_many_inline_4(const shm_placed *map, const uint64_t *keys, size_t count,
                                 const void **entries)
{
    return shm_placed_find_many_with(map, keys, count, entries, 4, SHM_PLACED_BITS_4,
                                     shm_placed_match_4);
}

const struct shm_placed_finds *shm_placed_finds_inline(uint32_t width)
{
    static const struct shm_placed_finds eight = {find_inline_8, find_many_inline_8, "inline"};
    static const struct shm_placed_finds four = {find_inline_4, find_many_inline_4, "inline"};
    return width == 8 ? &eight : &four;
}

/* ---- the fastest ---- */

const struct shm_placed_finds *shm_placed_finds_best(uint32_t width)
{
    const struct shm_placed_finds *finds = shm_placed_finds_avx512(width);
    if (finds == NULL) {
        finds = shm_placed_finds_avx2(width);
    }
    return finds != NULL ? finds : shm_placed_finds_inline(width);
}

/* The same where some keys do not fit the width: these are not there. */
static size_t find_many_fitting(const shm_placed *map, const uint64_t *keys, size_t count,
                                const void **entries)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        entries[i] = shm_placed_find(map, keys[i]);
        found += entries[i] != NULL;
    }
    return found;
}

size_t shm_placed_find_many(const shm_placed *map, const uint64_t *keys, size_t count,
                            const void **entries)
{
    if (map->line_count == 0) {
        for (size_t i = 0; i < count; i++) {
            entries[i] = NULL;
        }
        return 0;
    }
    if (map->width == 4) {
        bool all_fit = true;
        for (size_t i = 0; i < count; i++) {
            all_fit &= shm_placed_fits(map, keys[i]);
        }
        if (!all_fit) {
            return find_many_fitting(map, keys, count, entries);
        }
    }
    return shm_placed_finds_best(map->width)->find_many(map, keys, count, entries);
}

/* ---- walking ---- */

bool shm_placed_next(const shm_placed *map, const void **entry)
{
    const uint64_t end = shm_placed_row_end(map);
    uint64_t row = 0;
    if (*entry != NULL) {
        row = (uint64_t)((const unsigned char *)*entry - map->lines) / map->width + 1;
    }
    for (; row < end; row++) {
        if (shm_placed_has_row(map, row)) {
            *entry = map->lines + row * map->width;
            return true;
        }
    }
    return false;
}
