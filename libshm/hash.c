/* hash.c — XXH3-64 of up to 240 bytes; longer inputs go to hash_long.c. */
#include "libshm/hash.h"

#include "libshm/hash_long.h"
#include "libshm/hash_parts.h"

static inline uint64_t hash_0(uint64_t seed)
{
    const unsigned char *secret = shm_hash_secret + 56;
    return shm_hash_avalanche_strong(seed ^ shm_hash_load64(secret) ^ shm_hash_load64(secret + 8));
}

static inline uint64_t hash_1_to_3(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const uint32_t combined = (uint32_t)bytes[length - 1] | (uint32_t)length << 8 |
                              (uint32_t)bytes[0] << 16 | (uint32_t)bytes[length >> 1] << 24;
    const uint64_t flip = shm_hash_load32(shm_hash_secret) ^ shm_hash_load32(shm_hash_secret + 4);
    return shm_hash_avalanche_strong((flip + seed) ^ combined);
}

static inline uint64_t hash_4_to_8(const unsigned char *bytes, size_t length, uint64_t seed)
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

static inline uint64_t hash_9_to_16(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const unsigned char *secret = shm_hash_secret + 24;
    const uint64_t low_flip = (shm_hash_load64(secret) ^ shm_hash_load64(secret + 8)) + seed;
    const uint64_t high_flip = (shm_hash_load64(secret + 16) ^ shm_hash_load64(secret + 24)) - seed;
    const uint64_t low = shm_hash_load64(bytes) ^ low_flip;
    const uint64_t high = shm_hash_load64(bytes + length - 8) ^ high_flip;
    return shm_hash_avalanche(length + __builtin_bswap64(low) + high + shm_hash_fold(low, high));
}

static uint64_t hash_17_to_128(const unsigned char *bytes, size_t length, uint64_t seed)
{
    uint64_t sum = length * SHM_PRIME64_1;
    const unsigned char *end = bytes + length;
    for (size_t round = (length - 1) / 32 + 1; round > 0; round--) {
        const size_t at = (round - 1) * 16;
        sum += shm_hash_mix16(bytes + at, at * 2, seed);
        sum += shm_hash_mix16(end - at - 16, at * 2 + 16, seed);
    }
    return shm_hash_avalanche(sum);
}

static uint64_t hash_129_to_240(const unsigned char *bytes, size_t length, uint64_t seed)
{
    uint64_t sum = length * SHM_PRIME64_1;
    for (size_t at = 0; at < 128; at += 16) {
        sum += shm_hash_mix16(bytes + at, at, seed);
    }
    sum = shm_hash_avalanche(sum);
    for (size_t at = 128; at + 16 <= length; at += 16) {
        sum += shm_hash_mix16(bytes + at, at - 128 + 3, seed);
    }
    sum += shm_hash_mix16(bytes + length - 16, 119, seed);
    return shm_hash_avalanche(sum);
}

uint64_t shm_hash64(const void *bytes, size_t length, uint64_t seed)
{
    if (length <= 16) {
        if (length > 8) {
            return hash_9_to_16(bytes, length, seed);
        }
        if (length >= 4) {
            return hash_4_to_8(bytes, length, seed);
        }
        return length > 0 ? hash_1_to_3(bytes, length, seed) : hash_0(seed);
    }
    if (length <= 128) {
        return hash_17_to_128(bytes, length, seed);
    }
    if (length <= SHM_HASH_SHORT_BYTES_MAX) {
        return hash_129_to_240(bytes, length, seed);
    }
    return shm_hash64_long(bytes, length, seed);
}
