/* placed_find_plain.c — finds in placed maps in C alone, which the others are tested against. */
#include "collections/map/placed_find.h"

static inline uint32_t match_8(const unsigned char *line, uint64_t word)
{
    uint32_t match = 0;
    for (unsigned slot = 0; slot < 4; slot++) {
        match |= (uint32_t)(shm_placed_word_at(line + 8 * slot, 8) == word) << slot;
    }
    return match;
}

static inline uint32_t match_4(const unsigned char *line, uint64_t word)
{
    uint32_t match = 0;
    for (unsigned slot = 0; slot < 8; slot++) {
        match |= (uint32_t)(shm_placed_word_at(line + 4 * slot, 4) == (uint32_t)word) << slot;
    }
    return match;
}

#define SHM_KIND
#define SHM_KIND_NAME "plain"
#define MATCH_BITS_8 1
#define MATCH_BITS_4 1
#include "collections/map/placed_find_kind.h"

const struct shm_placed_finds *shm_placed_finds_plain(uint32_t width, bool is_dense)
{
    return finds_of_kind(width, is_dense);
}
