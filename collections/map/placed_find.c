/* placed_find.c — finds in placed maps as shm/placed.h has them (SSE2 or NEON, where the library is
 * compiled for it), and which finds this processor has. */
#include "collections/map/placed_find.h"

#include "collections/map/placed.h"

#define SHM_KIND
#define SHM_KIND_NAME "inline"
#define MATCH_BITS_8 SHM_PLACED_BITS_8
#define MATCH_BITS_4 SHM_PLACED_BITS_4
#define match_8 shm_placed_match_8
#define match_4 shm_placed_match_4
#include "collections/map/placed_find_kind.h"

const struct shm_placed_finds *shm_placed_finds_inline(uint32_t width, bool is_dense)
{
    return finds_of_kind(width, is_dense);
}

/* ---- the fastest ---- */

const struct shm_placed_finds *shm_placed_finds_best(uint32_t width, bool is_dense)
{
    const struct shm_placed_finds *finds = shm_placed_finds_avx512(width, is_dense);
    if (finds == NULL) {
        finds = shm_placed_finds_avx2(width, is_dense);
    }
    return finds != NULL ? finds : shm_placed_finds_inline(width, is_dense);
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
    if (map->entry_count == 0) {
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
    return shm_placed_finds_best(map->width, map->pilots != NULL)
        ->find_many(map, keys, count, entries);
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
