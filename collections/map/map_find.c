/* map_find.c — finds in hash lines for any processor, and which ones this processor has. */
#include "collections/map/map_find_kinds.h"
#include "collections/map/map_find_text.h"

static inline uint32_t match_narrow(const struct shm_map_line *line, uint64_t hash)
{
    return shm_line_match(line, false, hash);
}

static inline uint32_t match_wide(const struct shm_map_line *line, uint64_t hash)
{
    return shm_line_match(line, true, hash);
}

static inline uint32_t match_text_wide(const struct shm_map_line *line, uint64_t fragment)
{
    uint32_t match = 0;
    for (uint32_t slot = 0; slot < SHM_WIDE_SLOTS; slot++) {
        match |= (uint32_t)((line->words[slot] & ~SHM_PLACE_MASK) == fragment) << slot;
    }
    return match;
}

static inline uint32_t match_text_narrow(const struct shm_map_line *line, uint64_t fragment)
{
    const uint64_t last = line->words[SHM_NARROW_SLOTS - 1] & ~SHM_PLACE_MASK;
    return match_text_wide(line, fragment) | (uint32_t)(last == fragment) << 4;
}

#define same_text shm_text_same
#define SHM_KIND
#define SHM_KIND_NAME "portable"
#include "collections/map/map_find_kind.h"

static int64_t find_text_in(const shm_map *map, const shm_map_texts *texts,
                            const struct shm_map_line *line, uint64_t hash, shm_string key)
{
    const uint64_t fragment = shm_text_fragment(hash);
    uint32_t matched =
        map->is_wide ? match_text_wide(line, fragment) : match_text_narrow(line, fragment);
    for (; matched != 0; matched &= matched - 1) {
        const uint32_t slot = (uint32_t)__builtin_ctz(matched);
        const int64_t value = shm_line_value(line, map->is_wide, slot);
        if (shm_text_confirms(texts, line->words[slot], value, key, shm_text_same)) {
            return value;
        }
    }
    return SHM_MAP_NOTHING;
}

int64_t shm_map_find_text_again(const shm_map *map, const shm_map_texts *texts, uint64_t hash,
                                shm_string key)
{
    const uint64_t home = shm_map_home(map, hash);
    const struct shm_map_line *line = &map->lines[home];
    const int64_t value = find_text_in(map, texts, line, hash, key);
    if (value != SHM_MAP_NOTHING || !shm_away_may_hold(line->away, hash)) {
        return value;
    }
    return find_text_in(map, texts, &map->lines[shm_map_away(map, home, hash)], hash, key);
}

const struct shm_map_finds *shm_map_finds_portable(bool is_wide)
{
    return finds_of_kind(is_wide);
}

const struct shm_map_finds *shm_map_finds_best(bool is_wide)
{
    const struct shm_map_finds *finds = shm_map_finds_avx512(is_wide);
    if (finds == NULL) {
        finds = shm_map_finds_avx2(is_wide);
    }
    return finds != NULL ? finds : shm_map_finds_portable(is_wide);
}
