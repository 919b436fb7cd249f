/* placed_build.h — the building half of placed maps: sorted entries go in, lines come out.
 *
 * The bytes depend on the set of entries alone: pages are filled one after the other, each from its
 * own entries (docs/format.md, "Filling a page of a placed map").
 * Internal.  Threads: any number, on pages of their own. */
#ifndef COLLECTIONS_PLACED_BUILD_H
#define COLLECTIONS_PLACED_BUILD_H

#include <stdbool.h>
#include <stdint.h>

#include "collections/map/entries.h"
#include "collections/map/placed.h"

/* The number of lines for so many entries; `doubled` for the second attempt. */
uint64_t shm_placed_line_count(uint64_t entry_count, uint32_t width, bool doubled);

/* What the pages of a map share.  Entries are (hash of the key, value), by hash, no hash twice. */
struct shm_placed_shape {
    uint64_t line_count;
    uint64_t seed;
    uint32_t width;
    shm_entry filler; /* the entry with the smallest hash, which stands in lines of none */
};

/* The lines of the page that begins with `first_line`. */
static inline uint32_t shm_placed_page_lines(const struct shm_placed_shape *shape,
                                             uint64_t first_line)
{
    const uint64_t left = shape->line_count - first_line;
    return left < SHM_PLACED_PAGE_LINES ? (uint32_t)left : SHM_PLACED_PAGE_LINES;
}

/* Fills the page that begins with `first_line` from those of its entries, which are `count` from
 * `entries` on, and writes its lines to `lines`.  False if they have no room.
 * Cost: linear.  Stack: about 40 KiB. */
bool shm_placed_page_fill(const struct shm_placed_shape *shape, uint64_t first_line,
                          const shm_entry *entries, uint64_t count, unsigned char *lines);

#endif
