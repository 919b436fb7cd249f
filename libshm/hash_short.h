/* hash_short.h — XXH3-64 of short inputs, to be inlined where many texts are hashed.  Internal. */
#ifndef LIBSHM_HASH_SHORT_H
#define LIBSHM_HASH_SHORT_H

#include "libshm/hash_parts.h"

static inline uint64_t shm_hash_0(uint64_t seed)
{
    const unsigned char *secret = shm_hash_secret + 56;
    return shm_hash_avalanche_strong(seed ^ shm_hash_load64(secret) ^ shm_hash_load64(secret + 8));
}

static inline uint64_t shm_hash_1_to_3(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const uint32_t combined = (uint32_t)bytes[length - 1] | (uint32_t)length << 8 |
                              (uint32_t)bytes[0] << 16 | (uint32_t)bytes[length >> 1] << 24;
    const uint64_t flip = shm_hash_load32(shm_hash_secret) ^ shm_hash_load32(shm_hash_secret + 4);
    return shm_hash_avalanche_strong((flip + seed) ^ combined);
}

static inline uint64_t shm_hash_4_to_8(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const uint64_t first = shm_hash_load32(bytes);
    const uint64_t last = shm_hash_load32(bytes + length - 4);
    const uint64_t flip =
        shm_hash_load64(shm_hash_secret + 8) ^ shm_hash_load64(shm_hash_secret + 16);
    const uint64_t swapped = __builtin_bswap32((uint32_t)seed);
    uint64_t word = (flip - (seed ^ swapped << 32)) ^ (last | first << 32);
    word ^= shm_rotate_left(word, 49) ^ shm_rotate_left(word, 24);
    word *= SHM_PRIME_MX2;
    word ^= (word >> 35) + length;
    word *= SHM_PRIME_MX2;
    return word ^ (word >> 28);
}

static inline uint64_t shm_hash_9_to_16(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const unsigned char *secret = shm_hash_secret + 24;
    const uint64_t low_flip = (shm_hash_load64(secret) ^ shm_hash_load64(secret + 8)) + seed;
    const uint64_t high_flip = (shm_hash_load64(secret + 16) ^ shm_hash_load64(secret + 24)) - seed;
    const uint64_t low = shm_hash_load64(bytes) ^ low_flip;
    const uint64_t high = shm_hash_load64(bytes + length - 8) ^ high_flip;
    return shm_hash_avalanche(length + __builtin_bswap64(low) + high + shm_hash_fold(low, high));
}

/* Of the length of the input, `round` times 16 bytes from either end. */
static inline uint64_t shm_hash_both_ends(const unsigned char *bytes, size_t length, size_t round,
                                          uint64_t seed)
{
    return shm_hash_mix16(bytes + round * 16, round * 32, seed) +
           shm_hash_mix16(bytes + length - round * 16 - 16, round * 32 + 16, seed);
}

__attribute__((always_inline)) static inline uint64_t
shm_hash_17_to_64(const unsigned char *bytes, size_t length, uint64_t seed)
{
    uint64_t sum = length * SHM_PRIME64_1 + shm_hash_both_ends(bytes, length, 0, seed);
    if (length > 32) {
        sum += shm_hash_both_ends(bytes, length, 1, seed);
    }
    return shm_hash_avalanche(sum);
}

/* That of more than 64 bytes. */
uint64_t shm_hash64_above_64(const unsigned char *bytes, size_t length, uint64_t seed);

/* shm_hash64, inlined. */
__attribute__((always_inline)) static inline uint64_t
shm_hash64_inline(const void *bytes, size_t length, uint64_t seed)
{
    if (length <= 16) {
        if (length > 8) {
            return shm_hash_9_to_16(bytes, length, seed);
        }
        if (length >= 4) {
            return shm_hash_4_to_8(bytes, length, seed);
        }
        return length > 0 ? shm_hash_1_to_3(bytes, length, seed) : shm_hash_0(seed);
    }
    return length <= 64 ? shm_hash_17_to_64(bytes, length, seed)
                        : shm_hash64_above_64(bytes, length, seed);
}

#endif
