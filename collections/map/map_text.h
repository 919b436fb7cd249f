/* map_text.h — words of hash lines whose keys are one string or bytes each.
 *
 * Such a key must be compared, and its text lies in the heap, to which its row refers: the row
 * would only say where.  So the word says it itself:
 *     63            40 39                                   0
 *     | hash mod 2^24  | place                              |
 * place = 1 + the offset of the text's item in the heap of its collection, divided by 8; 0 if the
 * text is short, so that the row has it.  A word of a key with several rows has the place of the
 * first one's text.
 * W1  The place is that of an item of the heap: its text's, if it is long, in the row of the value
 *     (the first row of the group), else 0.
 * Internal. */
#ifndef COLLECTIONS_MAP_TEXT_H
#define COLLECTIONS_MAP_TEXT_H

#include <string.h>

#include <shm/value.h>

#include "collections/heap/heap_disk.h"
#include "collections/map/map_disk.h"

enum { SHM_PLACE_BITS = 40 };
#define SHM_PLACE_MASK ((UINT64_C(1) << SHM_PLACE_BITS) - 1)
/* The largest heap whose places all fit a word: 8 TiB. */
#define SHM_TEXT_HEAP_MAX (SHM_PLACE_MASK * SHM_HEAP_ALIGN)

/* The part of a word that the hash says. */
static inline uint64_t shm_text_fragment(uint64_t hash)
{
    return hash << SHM_PLACE_BITS;
}

/* The word of a text whose cell is `cell`, in a heap that begins at `heap`. */
static inline uint64_t shm_text_word(uint64_t hash, const shm_text_cell *cell,
                                     const unsigned char *heap)
{
    uint64_t place = 0;
    if ((uint8_t)cell->u.bytes[SHM_TEXT_SHORT_MAX] == SHM_TEXT_FAR_TAG) {
        const unsigned char *item = (const unsigned char *)cell + cell->u.far_text.offset;
        place = (uint64_t)(item - heap) / SHM_HEAP_ALIGN + 1;
    }
    return shm_text_fragment(hash) | place;
}

/* Where the texts of an index are. */
typedef struct shm_map_texts {
    const unsigned char *heap; /* NULL: the words of the index are hashes */
    uint64_t heap_size;
    const unsigned char *cells; /* the first row's text cell; NULL if there are no rows */
    uint64_t stride;            /* from cell to cell */
    /* Whether the first row of a value has the key, for values that `cells` does not serve. */
    bool (*confirm)(const void *context, int64_t value, shm_string key);
    const void *context;
} shm_map_texts;

static inline uint64_t shm_text_differ_16(const unsigned char *a, const unsigned char *b)
{
    uint64_t x[2];
    uint64_t y[2];
    memcpy(x, a, sizeof x);
    memcpy(y, b, sizeof y);
    return (x[0] ^ y[0]) | (x[1] ^ y[1]);
}

/* Are texts of that length equal? */
typedef bool shm_text_same_function(const unsigned char *a, const unsigned char *b, size_t length);

/* For any processor; those that most keys are as long as, without a call. */
static inline bool shm_text_same(const unsigned char *a, const unsigned char *b, size_t length)
{
    uint64_t differ;
    if (length - 16 > 48) {
        return memcmp(a, b, length) == 0;
    }
    differ = shm_text_differ_16(a, b) | shm_text_differ_16(a + length - 16, b + length - 16);
    if (length > 32) {
        differ |= shm_text_differ_16(a + 16, b + 16) |
                  shm_text_differ_16(a + length - 32, b + length - 32);
    }
    return differ == 0;
}

/* Is it the key of the slot with that word and value? */
static inline __attribute__((always_inline)) bool shm_text_confirms(const shm_map_texts *texts,
                                                                    uint64_t word, int64_t value,
                                                                    shm_string key,
                                                                    shm_text_same_function *same)
{
    const uint64_t place = word & SHM_PLACE_MASK;
    if (place != 0) {
        const unsigned char *item = texts->heap + (place - 1) * SHM_HEAP_ALIGN;
        uint64_t head;
        memcpy(&head, item, sizeof head);
        return shm_item_count(head) == key.length &&
               same(item + SHM_TEXT_HEAD_BYTES, (const unsigned char *)key.data, key.length);
    }
    if (key.length > SHM_TEXT_SHORT_MAX) {
        return false;
    }
    if (value >= 0 && texts->cells != NULL) {
        const void *cell = texts->cells + (uint64_t)value * texts->stride;
        return shm_string_equal(shm_text_cell_string(cell), key);
    }
    return value != SHM_MAP_NOTHING && texts->confirm(texts->context, value, key);
}

#endif
