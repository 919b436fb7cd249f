/* entry_list.h — sorting a list of entries.  Internal. */
#ifndef COLLECTIONS_ENTRY_LIST_H
#define COLLECTIONS_ENTRY_LIST_H

#include "collections/map/entries.h"

/* How many bits the word takes: 0 for 0. */
static inline unsigned shm_bit_length(uint64_t word)
{
    unsigned bits = 0;
    for (; word != 0; word >>= 1) {
        bits++;
    }
    return bits;
}

/* Sorts by word, then row, in place. */
void shm_entry_list_sort(shm_entry *list, uint64_t count);

/* Sorts a list whose words are in [begin, begin + 2^bits), in it or in `room`, which is as long:
 * answers which.  Cost: linear where the words are hashes. */
shm_entry *shm_entry_list_spread(shm_entry *list, shm_entry *room, uint64_t count, uint64_t begin,
                                 unsigned bits);

#endif
