/* sorted.h — the reading half of sorted indexes.  Internal.  Wait-free, allocates nothing. */
#ifndef COLLECTIONS_SORTED_H
#define COLLECTIONS_SORTED_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <shm/dataset.h>

#include "collections/heap/heap_disk.h"
#include "collections/key/order.h"
#include "collections/multimap/groups_disk.h"
#include "collections/sorted/sorted_disk.h"

/* A sorted index bound to its section.  Plain. */
typedef struct shm_sorted {
    shm_order_common common;
    const uint64_t *levels[SHM_SORTED_LEVEL_MAX];
    unsigned level_count;
    const unsigned char *rows;
    const unsigned char *elements; /* NULL: the key has no list */
    const unsigned char *texts;    /* NULL: the key is no text, or none is long */
    uint64_t count;
    uint32_t width;
    bool is_exact;                      /* the order word is the key */
    const struct shm_key_leaf *program; /* the leaves as the program's schema has them */
} shm_sorted;

static inline uint64_t shm_sorted_number(const unsigned char *at, uint64_t i, uint32_t width)
{
    if (width == SHM_GROUP_WIDTH_SMALL) { /* a memcpy of either size would be a loop of bytes */
        uint32_t number;
        memcpy(&number, at + i * sizeof number, sizeof number);
        return number;
    }
    uint64_t number;
    memcpy(&number, at + i * sizeof number, sizeof number);
    return number;
}

static inline uint64_t shm_sorted_row(const shm_sorted *sorted, uint64_t entry)
{
    return shm_sorted_number(sorted->rows, entry, sorted->width);
}

static inline uint64_t shm_sorted_element(const shm_sorted *sorted, uint64_t entry)
{
    return sorted->elements == NULL ? 0 : shm_sorted_number(sorted->elements, entry, sorted->width);
}

/* Where the text of an entry stands, as shm_sorted_distance; 0: in its cell. */
static inline uint64_t shm_sorted_text_distance(const shm_sorted *sorted, uint64_t entry)
{
    return sorted->texts == NULL ? 0 : shm_sorted_number(sorted->texts, entry, sorted->width);
}

/* The text of an entry, if it is long and texts say where; else false. */
static inline bool shm_sorted_text(const shm_sorted *sorted, const shm_table *table, uint64_t entry,
                                   shm_string *text)
{
    const uint64_t distance = shm_sorted_text_distance(sorted, entry);
    if (distance == 0) {
        return false;
    }
    uint64_t head;
    text->data = (const char *)table->rows - distance * SHM_HEAP_ALIGN;
    memcpy(&head, text->data - SHM_TEXT_HEAD_BYTES, sizeof head);
    text->length = (size_t)shm_item_count(head);
    return true;
}

/* Starts fetching `bytes` from `at` on.  Always inline: gcc drops calls that only prefetch. */
__attribute__((always_inline)) static inline void shm_sorted_prefetch(const void *at, size_t bytes)
{
#pragma GCC unroll 8
    for (size_t i = 0; i < bytes; i += SHM_SORTED_LINE) {
        __builtin_prefetch((const char *)at + i);
    }
}

/* Starts fetching the numbers of a node's entries, of which `first` is the first. */
__attribute__((always_inline)) static inline void
shm_sorted_prefetch_numbers(const shm_sorted *sorted, const unsigned char *numbers, uint64_t first)
{
    if (sorted->width == SHM_GROUP_WIDTH_SMALL) {
        shm_sorted_prefetch(numbers + first * sizeof(uint32_t), SHM_SORTED_NODE * sizeof(uint32_t));
    } else {
        shm_sorted_prefetch(numbers + first * sizeof(uint64_t), SHM_SORTED_NODE * sizeof(uint64_t));
    }
}

/* How many entries have an order word below `word`.  Cost: for each level one wait for a node,
 * whose lines come together, and with those of level 0 the numbers beside them. */
static inline uint64_t shm_sorted_below(const shm_sorted *sorted, uint64_t word)
{
    uint64_t at = 0;
    for (unsigned level = sorted->level_count; level > 0; level--) {
        /* The last word above that is below leads to the node; the fill is never below. */
        const uint64_t first = at == 0 ? 0 : (at - 1) * SHM_SORTED_NODE;
        const uint64_t *words = sorted->levels[level - 1] + first;
        shm_sorted_prefetch(words, SHM_SORTED_NODE * sizeof *words);
        if (level == 1) { /* what is wanted next, while these are still fetched */
            shm_sorted_prefetch_numbers(sorted, sorted->rows, first);
            if (sorted->texts != NULL) {
                shm_sorted_prefetch_numbers(sorted, sorted->texts, first);
            }
        }
        uint64_t run = 0;
        run += words[SHM_SORTED_RUN] < word;
        run += words[2 * SHM_SORTED_RUN] < word;
        run += words[3 * SHM_SORTED_RUN] < word;
        run *= SHM_SORTED_RUN;
        words += run;
        at = first + run;
#pragma GCC unroll 16
        for (unsigned i = 0; i < SHM_SORTED_RUN; i++) {
            at += words[i] < word;
        }
    }
    return at;
}

/* Entries from `first` up to, not including, `end`. */
typedef struct shm_sorted_span {
    uint64_t first;
    uint64_t end;
} shm_sorted_span;

/* The entry of the first key that is not less than all keys of the probe, and the first that is
 * greater than all.  Cost: as shm_sorted_below; where several keys have one order word also the
 * rows of a binary search among them. */
uint64_t shm_sorted_seek_first(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                               const shm_probe *probe);
shm_sorted_span shm_sorted_seek(const shm_sorted *sorted, const shm_key *key,
                                const shm_table *table, const shm_probe *probe);

/* The entries that have the key of entry `first`, the first of them. */
uint64_t shm_sorted_run_end(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                            uint64_t first);

#endif
