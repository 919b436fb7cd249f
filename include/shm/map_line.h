/* map_line.h — the hash lines of indexes, as far as finds that are inlined read them: those of
 * narrow maps, whose row numbers fit 31 bits.  Part of the image format; docs/format.md, "Hash
 * lines", has a picture of both forms of `away`. */
#ifndef SHM_MAP_LINE_H
#define SHM_MAP_LINE_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SHM_MAP_PAGE_LINES = 128, /* a key stands in the page of its home line */
    SHM_NARROW_SLOTS = 5,
    SHM_AWAY_LINE_BITS = 7,
    SHM_AWAY_TURN_SHIFT = 28,
    SHM_AWAY_TURN_COUNT = 8,
    SHM_AWAY_FILTER_SHIFT = 14,
    SHM_AWAY_SELECTOR_SHIFT = 24
};
#define SHM_AWAY_FOUR (UINT32_C(1) << 31)

/* A line as it is in a narrow map. */
struct shm_map_line {
    uint64_t words[SHM_NARROW_SLOTS];
    uint32_t values[SHM_NARROW_SLOTS];
    uint32_t away; /* where keys of this home are that are not here */
};

/* The selector of a hash in the form four with that turn. */
static inline uint32_t shm_away_selector_four(uint64_t hash, uint32_t turn)
{
    return (uint32_t)(hash >> (SHM_AWAY_SELECTOR_SHIFT + 2 * turn)) & 3;
}

static inline uint32_t shm_away_selector_two(uint64_t hash)
{
    return (uint32_t)(hash >> (SHM_AWAY_SELECTOR_SHIFT + 3)) & 1;
}

/* Where the filters have the bit of a hash, in an away of the form two. */
static inline uint32_t shm_away_filter_at(uint64_t hash)
{
    return SHM_AWAY_FILTER_SHIFT + ((uint32_t)(hash >> SHM_AWAY_SELECTOR_SHIFT) & 15);
}

/* May a key of that hash be away? */
static inline bool shm_away_may_hold(uint32_t away, uint64_t hash)
{
    return (((away >> shm_away_filter_at(hash)) | (away >> 31)) & 1) != 0;
}

/* The line of the page where it would be. */
static inline uint32_t shm_away_line(uint32_t away, uint64_t hash)
{
    uint32_t selector = shm_away_selector_two(hash);
    if ((away & SHM_AWAY_FOUR) != 0) {
        selector =
            shm_away_selector_four(hash, away >> SHM_AWAY_TURN_SHIFT & (SHM_AWAY_TURN_COUNT - 1));
    }
    return away >> SHM_AWAY_LINE_BITS * selector & (SHM_MAP_PAGE_LINES - 1);
}

#ifdef __cplusplus
}
#endif
#endif
