/* approximate_disk.h — the bytes of an approximate multi index: fragments of hashes, no keys.
 *
 * Of a hash h, place = high 64 bits of stir(h) * (bucket_count * 2^bits) is kept: its high part is
 * the bucket, its low `bits` (16 or 32) the fragment.  Stirring matters: without it the hashes of
 * two word keys differ by a number that depends on their difference alone, so that for rows with
 * consecutive keys nearly all keys that are not there would be wrong answers, or nearly none.
 * Pairs (place, row) are sorted and each kept once.
 * With bucket_count * 2^bits >= keys * N, a key that is not there meets another one's place at a
 * rate of at most 1/N.
 *
 * buckets section: bucket_count + 1 rising u64: the index of a bucket's first pair, and at the end
 * the number of pairs.   Directory: count = bucket_count, parameter = seed, stride = 8.
 * fragments section: all fragments (u16 or u32 each), zeros to a multiple of 8, then all row
 * numbers (4 bytes each if the table has fewer than 2^32 rows, else 8).
 * Directory: count = pairs, stride = bytes of a fragment (2 or 4), parameter = distinct keys.
 *
 * bits = 16 if N <= 2^14, else 32.  bucket_count = max(1, ceil(keys * N / 2^bits)).
 *
 * A1  Buckets rise from 0 to the number of pairs.
 * A2  Within a bucket, (fragment, row) pairs rise strictly.
 * A3  Row numbers are below the table's row count, each row is filed under the place of its key (of
 *     each element of its key), and there are as many pairs as distinct (place, row). */
#ifndef COLLECTIONS_APPROXIMATE_DISK_H
#define COLLECTIONS_APPROXIMATE_DISK_H

#include <stdint.h>

#include "libshm/hash.h"

enum { SHM_APPROXIMATE_SMALL_N_MAX = 1 << 14 };

static inline unsigned shm_approximate_bits(uint64_t one_in)
{
    return one_in <= SHM_APPROXIMATE_SMALL_N_MAX ? 16 : 32;
}

/* stir: h ^= h >> 37; h *= FIRST (of shm_mix64); h ^= h >> 32.  A bijection. */
static inline uint64_t shm_approximate_place(uint64_t hash, uint64_t bucket_count, unsigned bits)
{
    hash ^= hash >> 37;
    hash *= SHM_MIX_FIRST;
    hash ^= hash >> 32;
    return shm_multiply_high(hash, bucket_count << bits);
}

#endif
