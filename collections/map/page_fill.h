/* page_fill.h — the steps that filling a page has in common for all kinds of lines.  Internal. */
#ifndef COLLECTIONS_PAGE_FILL_H
#define COLLECTIONS_PAGE_FILL_H

#include <stdint.h>
#include <string.h>

enum { SHM_SELECTORS_MAX = 4 };

/* How the keys of a crowded line may be told apart. */
struct shm_page_split {
    uint32_t selectors; /* up to SHM_SELECTORS_MAX */
    uint32_t turn;
    uint32_t staying[SHM_SELECTORS_MAX]; /* of each selector's keys */
    uint32_t largest;                    /* group of keys that leave */
};

/* Decides how many keys of each selector stay, where `left` counts them and `stay_count` stay in
 * all: one after the other, of the selector that has the most left (of several, the smallest), so
 * that groups of leavers stay small. */
static inline void shm_page_split_stay(struct shm_page_split *split,
                                       uint32_t left[SHM_SELECTORS_MAX], uint32_t stay_count)
{
    memset(split->staying, 0, sizeof split->staying);
    for (uint32_t stay = 0; stay < stay_count; stay++) {
        uint32_t most = 0;
        for (uint32_t s = 1; s < split->selectors; s++) {
            most = left[s] > left[most] ? s : most;
        }
        left[most]--;
        split->staying[most]++;
    }
    split->largest = 0;
    for (uint32_t s = 0; s < split->selectors; s++) {
        split->largest = left[s] > split->largest ? left[s] : split->largest;
    }
}

/* The line nearest to `home` of `lines` that have `filled` of their `slots` taken, with room for
 * `count` keys; of two the later one; UINT32_MAX if there is none. */
static inline uint32_t shm_page_room(const uint32_t *filled, uint32_t lines, uint32_t slots,
                                     uint32_t home, uint32_t count)
{
    for (uint32_t distance = 1; distance < lines; distance++) {
        const uint32_t up = home + distance;
        if (up < lines && filled[up] + count <= slots) {
            return up;
        }
        if (distance <= home && filled[home - distance] + count <= slots) {
            return home - distance;
        }
    }
    return UINT32_MAX;
}

#endif
