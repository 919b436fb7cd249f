/* index.h — a bound index: key, hash lines, fragments or sorted entries, groups, and its rows.
 *  Internal.  Plain, made in the dataset's arena by shm_index_bind. */
#ifndef COLLECTIONS_INDEX_H
#define COLLECTIONS_INDEX_H

#include <shm/dataset.h>

#include "collections/key/key.h"
#include "collections/map/map.h"
#include "collections/map/placed.h"
#include "collections/sorted/sorted.h"
#include "libshm/image.h"

struct shm_index {
    const shm_collection *collection; /* of the stored schema */
    bool is_unique;
    bool is_sorted;
    bool is_placed;
    bool has_fragments;  /* approximate, or exact and small: buckets and fragments */
    bool is_approximate; /* fragments alone decide: no row is asked for its key */
    shm_key key;
    shm_table table;
    uint64_t entry_count;
    bool hash_is_key;            /* the key is hashed as one word: equal hashes are equal keys */
    const uint64_t *fingerprint; /* of the image, two words */
    uint64_t size_bytes;         /* of its sections */
    /* Unique and multi; of those with fragments only the seed and the number of distinct
     * keys, of sorted ones only this. */
    shm_map map;
    const struct shm_map_finds *map_finds;
    shm_map_texts texts; /* of keys that are one string or bytes, whose words have places */
    shm_map_find_word_function *find_word; /* of unique indexes whose keys are words, else NULL */
    shm_map_find_text_function *find_text; /* of unique indexes with `texts`, else NULL */
    const unsigned char *groups;           /* multi: row numbers, `width` bytes each */
    uint64_t group_length;                 /* in row numbers, counts included */
    uint32_t width;                        /* 4 or 8, of row numbers in groups and fragments */
    /* Of fragments. */
    uint64_t one_in; /* N of 1/N: how many places there are for a key */
    const uint64_t *buckets;
    uint64_t bucket_count;
    unsigned bits; /* 16 or 32 */
    const unsigned char *fragments;
    const unsigned char *fragment_rows;
    shm_sorted sorted; /* sorted */
    shm_placed placed; /* a placed map, whose slots `table` has as rows */
};

/* Binds the index of a stored collection, whose rows are `table`, to its sections: `lines` is its
 * LINES, BUCKETS, SORTED, or PLACED entry, `next` the GROUPS, FRAGMENTS or PILOTS entry, NULL if it
 * has none.  Checks that sizes and counts of the entries agree (so that no find can leave the
 * sections if M1-M6 or A1-A3 or S1-S5 or P1-P5 or D2, D3 hold).  Fails: CORRUPT, NO_MEMORY. */
SHM_MUST_USE shm_status shm_index_bind(const shm_image *image, const shm_collection *collection,
                                       shm_table table, const struct shm_section_entry *lines,
                                       const struct shm_section_entry *next, shm_arena *arena,
                                       struct shm_index *index, shm_error *error);

/* Do the words of its lines have places of texts (map/map_text.h)? */
static inline bool shm_index_has_places(const struct shm_index *index)
{
    return !index->has_fragments && !index->is_sorted && !index->is_placed &&
           shm_key_is_cell(&index->key);
}

/* Binds the texts of an index, where it has places, to the heap of its rows.  To be called when the
 * index stands where it stays. */
void shm_index_bind_texts(const shm_image *image, const struct shm_section_entry *heap,
                          struct shm_index *index);

#endif
