/* hash.h — hashing of bytes (XXH3) and of 64-bit integers (a bijective mix), both seeded and both
 * part of the format: equal on every machine, in every version of the library.  Internal.
 *
 * Bytes: XXH3, by Y. Collet, as specified for xxHash 0.8: the 64-bit form with seed, the 128-bit
 * form with seed, and a streaming 64-bit form for checksums. */
#ifndef LIBSHM_HASH_H
#define LIBSHM_HASH_H

#include <stddef.h>
#include <stdint.h>

#include <shm/hash.h>
#include <shm/mix.h>

typedef struct shm_hash128 {
    uint64_t low;
    uint64_t high;
} shm_hash128;

shm_hash128 shm_hash128_of(const void *bytes, size_t length, uint64_t seed);

/* XXH3-64 with seed 0 over bytes that come in pieces: the checksum of sections. */
typedef struct shm_hash_stream {
    uint64_t lanes[8];
    unsigned char buffer[256];
    size_t buffered;
    uint64_t total;
    size_t stripes_in_block;
} shm_hash_stream;

void shm_hash_stream_begin(shm_hash_stream *stream);
void shm_hash_stream_add(shm_hash_stream *stream, const void *bytes, size_t length);
uint64_t shm_hash_stream_end(const shm_hash_stream *stream);

static inline uint64_t shm_rotate_left(uint64_t word, unsigned bits)
{
    return (word << bits) | (word >> (64 - bits));
}

#define SHM_MIX_SECOND_INVERSE UINT64_C(0xcfee444d8b59a89b)

/* What leads from mixes under one seed back to their keys. */
typedef struct shm_unmix {
    uint64_t inverse; /* of the seed's multiplier */
} shm_unmix;

/* Cost: ten multiplications; for many keys of a seed it is done once. */
static inline shm_unmix shm_unmix_of(uint64_t seed)
{
    const uint64_t multiplier = shm_mix_multiplier(seed);
    /* An odd number is its own inverse modulo 8; each of Newton's steps doubles the bits. */
    uint64_t inverse = multiplier;
    for (unsigned bits = 3; bits < 64; bits *= 2) {
        inverse *= 2 - multiplier * inverse;
    }
    return (shm_unmix){inverse};
}

/* The key of a mix (shm/mix.h): the same steps backwards. */
static inline uint64_t shm_unmix_key(const shm_unmix *unmix, uint64_t mix)
{
    uint64_t word = mix * SHM_MIX_SECOND_INVERSE;
    word ^= word >> SHM_MIX_SHIFT;
    return word * unmix->inverse;
}

static inline uint64_t shm_unmix64(uint64_t mix, uint64_t seed)
{
    const shm_unmix unmix = shm_unmix_of(seed);
    return shm_unmix_key(&unmix, mix);
}

#endif
