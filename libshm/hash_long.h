/* hash_long.h — XXH3 of more than 240 bytes: eight lanes that take stripes of 64 bytes.
 * Internal to hash*.c. */
#ifndef LIBSHM_HASH_LONG_H
#define LIBSHM_HASH_LONG_H

#include <stddef.h>
#include <stdint.h>

#include "libshm/hash.h"

enum {
    SHM_HASH_SHORT_BYTES_MAX = 240, /* longer inputs go through lanes */
    SHM_HASH_STRIPE_BYTES = 64,
    SHM_HASH_BLOCK_STRIPES = 16, /* the lanes are scrambled after so many */
    SHM_HASH_LANE_COUNT = 8
};

/* Takes `stripe_count` stripes into the lanes; `in_block` of the current block were taken before.
 * Returns the new `in_block`. */
typedef size_t shm_hash_take(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *bytes,
                             size_t stripe_count, size_t in_block, const unsigned char *secret);

/* The two ways to take stripes, of one result: tests compare them.  The fast one needs AVX2. */
shm_hash_take shm_hash_take_portable;
shm_hash_take shm_hash_take_fast;

/* The better one for this machine. */
shm_hash_take shm_hash_take_stripes;

void shm_hash_lanes_begin(uint64_t lanes[SHM_HASH_LANE_COUNT]);

/* The last 64 bytes of the input, which may overlap stripes taken before. */
void shm_hash_lanes_finish(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *last,
                           const unsigned char *secret);

/* One word of all lanes; `secret_at` is 11 for the low and 117 for the high half of a hash. */
uint64_t shm_hash_lanes_merge(const uint64_t lanes[SHM_HASH_LANE_COUNT], uint64_t start,
                              const unsigned char *secret, size_t secret_at);

/* The hashes of inputs of more than SHM_HASH_SHORT_BYTES_MAX bytes. */
uint64_t shm_hash64_long(const unsigned char *bytes, size_t length, uint64_t seed);
shm_hash128 shm_hash128_long(const unsigned char *bytes, size_t length, uint64_t seed);

#endif
