/* map_page.h — how hash lines are cut into pages, and how one page is filled from its keys: the
 * part of a build of lines that knows their bytes.
 * Internal.  Threads: any number, each with scratch of its own. */
#ifndef COLLECTIONS_MAP_PAGE_H
#define COLLECTIONS_MAP_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collections/map/entries.h"

/* A page that is to be filled. */
struct shm_page_keys {
    uint64_t line_count;   /* of the map: line(hash) = high 64 bits of hash * line_count */
    uint64_t first_line;   /* of the page */
    uint32_t page_lines;   /* of this page; the last one may have fewer */
    uint32_t count;        /* of keys, at most key_count_max */
    const shm_entry *keys; /* by hash, each once; `row` is the value */
    const uint64_t *words; /* what stands for each key in a line; NULL: its hash */
    uint64_t seed;         /* of the hashes */
    shm_entry least;       /* the first entry of the whole map, if there is any */
    uint8_t *pilots;       /* of the page, in forms that have some */
};

/* A kind of lines. */
typedef struct shm_page_form {
    uint32_t page_lines;
    uint32_t line_bytes;
    uint32_t key_count_max; /* more keys never fit a page */
    size_t scratch_bytes;   /* that filling a page takes, aligned for any type */
    uint64_t group_mark; /* the value of a key with several rows: this | the place of its group */
    uint8_t *pilots;     /* of all pages, page_pilots each; NULL: none */
    uint32_t page_pilots;
    /* Fills the page's lines at `out`, which holds anything, and its pilots; false if its keys do
     * not fit.  Depends on the keys alone. */
    bool (*fill)(const struct shm_page_keys *page, void *scratch, void *out);
} shm_page_form;

/* The lines of map_disk.h. */
const shm_page_form *shm_map_page_form(bool is_wide);

/* Those of placed.h, whose entries are (hash, value). */
const shm_page_form *shm_placed_page_form(uint32_t width);

/* Those of dense maps of a shape; a page is a region.  `pilots` has room for those of all
 * regions. */
struct shm_dense_shape;
shm_page_form shm_dense_page_form(uint32_t width, const struct shm_dense_shape *shape,
                                  uint8_t *pilots);

#endif
