/* exact_disk.h — exact indexes of fragments: the smallest form of index, multi, map, multimap, set.
 *
 * The sections are those of an approximate index of the rate 1/N (approximate_disk.h), but a find
 * asks the row for its key.
 *
 * Narrow, of unique indexes whose key has no list: N = 2^14, fragments of 16 bits.  Keys that share
 * a place are told apart by their rows.
 * Wide, of all others: N = 2^30, fragments of 32 bits.  A place belongs to one key, so that a find
 * asks one row for all.
 * Either way there is a bucket for about four keys.
 *
 * N1  A1 to A3 hold with that N.
 * N2  Narrow: there are as many pairs as keys, and at most SHM_EXACT_PLACE_PAIRS_MAX of one place.
 *     No two rows have one key.
 * N3  Wide: there are as many places with pairs as keys, and all pairs of a place are of one key;
 *     in a unique index each place has one pair. */
#ifndef COLLECTIONS_EXACT_DISK_H
#define COLLECTIONS_EXACT_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SHM_EXACT_NARROW_ONE_IN = 1 << 14,
    SHM_EXACT_WIDE_ONE_IN = 1 << 30,
    SHM_EXACT_PLACE_PAIRS_MAX = 4 /* a fifth: one chance in 2^60 for each key */
};

static inline uint64_t shm_exact_one_in(bool is_narrow)
{
    return is_narrow ? SHM_EXACT_NARROW_ONE_IN : SHM_EXACT_WIDE_ONE_IN;
}

#endif
