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

struct shm_sorted;

/* Counting words that are below one, as one kind of processor does it. */
struct shm_sorted_counts {
    uint64_t (*below)(const struct shm_sorted *sorted, uint64_t word); /* shm_sorted_below */
    uint64_t (*in_node)(const uint64_t *words, uint64_t word);         /* of a node's words */
    const char *name;
};

/* Those for any processor, for AVX2 (NULL if there is none), and the best for this one. */
const struct shm_sorted_counts *shm_sorted_counts_portable(void);
const struct shm_sorted_counts *shm_sorted_counts_avx2(void);
const struct shm_sorted_counts *shm_sorted_counts_best(void);

/* A sorted index bound to its section.  Plain. */
typedef struct shm_sorted {
    const struct shm_sorted_counts *counts;
    shm_order_common common;
    const uint64_t *levels[SHM_SORTED_LEVEL_MAX];
    const unsigned char *skips[SHM_SORTED_LEVEL_MAX]; /* by level and node; NULL: order words */
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

/* The text of an entry of a key that is one. */
static inline shm_string shm_sorted_text(const shm_sorted *sorted, const shm_key *key,
                                         const shm_table *table, uint64_t entry)
{
    const uint64_t distance = shm_sorted_text_distance(sorted, entry);
    if (distance == 0) {
        const unsigned char *row = table->rows + shm_sorted_row(sorted, entry) * table->stride;
        return shm_order_first_text(key, row, shm_sorted_element(sorted, entry));
    }
    const char *bytes = (const char *)table->rows - distance * SHM_HEAP_ALIGN;
    uint64_t head;
    memcpy(&head, bytes - SHM_TEXT_HEAD_BYTES, sizeof head);
    return shm_string_of(bytes, (size_t)shm_item_count(head));
}

/* How many entries have an order word below `word`; not of an index with skips.  Cost: for each
 * level one wait for a node, whose lines come together, and with those of level 0 the numbers
 * beside them. */
static inline uint64_t shm_sorted_below(const shm_sorted *sorted, uint64_t word)
{
    return sorted->counts->below(sorted, word);
}

/* Entries from `first` up to, not including, `end`. */
typedef struct shm_sorted_span {
    uint64_t first;
    uint64_t end;
} shm_sorted_span;

/* The first entry of the key that the probe gives in full; false if there is none, *entry then
 * untouched.  Cost: as shm_sorted_below; unless the order word is the key, also the first text or
 * row that has the word, while the row of the answer comes too. */
bool shm_sorted_find(const shm_sorted *sorted, const shm_key *key, const shm_table *table,
                     const shm_probe *probe, uint64_t *entry);

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
