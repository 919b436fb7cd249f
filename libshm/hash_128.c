/* hash_128.c — XXH3-128 of up to 240 bytes; longer inputs go to hash_long.c. */
#include "libshm/hash.h"

#include "libshm/hash_long.h"
#include "libshm/hash_parts.h"

static shm_hash128 hash_0(uint64_t seed)
{
    const unsigned char *secret = shm_hash_secret + 64;
    return (shm_hash128){
        .low =
            shm_hash_avalanche_strong(seed ^ shm_hash_load64(secret) ^ shm_hash_load64(secret + 8)),
        .high = shm_hash_avalanche_strong(seed ^ shm_hash_load64(secret + 16) ^
                                          shm_hash_load64(secret + 24)),
    };
}

static shm_hash128 hash_1_to_3(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const uint32_t combined = (uint32_t)bytes[length - 1] | (uint32_t)length << 8 |
                              (uint32_t)bytes[0] << 16 | (uint32_t)bytes[length >> 1] << 24;
    const uint32_t swapped = __builtin_bswap32(combined);
    const uint32_t rotated = swapped << 13 | swapped >> 19;
    const unsigned char *secret = shm_hash_secret;
    const uint64_t low_flip = shm_hash_load32(secret) ^ shm_hash_load32(secret + 4);
    const uint64_t high_flip = shm_hash_load32(secret + 8) ^ shm_hash_load32(secret + 12);
    return (shm_hash128){
        .low = shm_hash_avalanche_strong((low_flip + seed) ^ combined),
        .high = shm_hash_avalanche_strong((high_flip - seed) ^ rotated),
    };
}

static shm_hash128 hash_4_to_8(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const uint64_t first = shm_hash_load32(bytes);
    const uint64_t last = shm_hash_load32(bytes + length - 4);
    const uint64_t flip =
        shm_hash_load64(shm_hash_secret + 16) ^ shm_hash_load64(shm_hash_secret + 24);
    const uint64_t swapped = __builtin_bswap32((uint32_t)seed);
    const uint64_t word = (flip + (seed ^ swapped << 32)) ^ (first | last << 32);
    const unsigned __int128 product = (unsigned __int128)word * (SHM_PRIME64_1 + (length << 2));
    uint64_t low = (uint64_t)product;
    const uint64_t high = (uint64_t)(product >> 64) + (low << 1);
    low ^= high >> 3;
    low ^= low >> 35;
    low *= SHM_PRIME_MX2;
    low ^= low >> 28;
    return (shm_hash128){.low = low, .high = shm_hash_avalanche(high)};
}

static shm_hash128 hash_9_to_16(const unsigned char *bytes, size_t length, uint64_t seed)
{
    const unsigned char *secret = shm_hash_secret + 32;
    const uint64_t first = shm_hash_load64(bytes);
    const uint64_t last = shm_hash_load64(bytes + length - 8);
    const uint64_t low_flip = (shm_hash_load64(secret) ^ shm_hash_load64(secret + 8)) - seed;
    const uint64_t high_flip = (shm_hash_load64(secret + 16) ^ shm_hash_load64(secret + 24)) + seed;
    const uint64_t mixed = last ^ high_flip;
    const unsigned __int128 product = (unsigned __int128)(low_flip ^ first ^ last) * SHM_PRIME64_1;
    uint64_t low = (uint64_t)product + ((uint64_t)(length - 1) << 54);
    uint64_t high = (uint64_t)(product >> 64) + mixed;
    high += (mixed & UINT32_MAX) * (SHM_PRIME32_2 - 1);
    low ^= __builtin_bswap64(high);
    const unsigned __int128 second = (unsigned __int128)low * SHM_PRIME64_2;
    high = (uint64_t)(second >> 64) + high * SHM_PRIME64_2;
    return (shm_hash128){
        .low = shm_hash_avalanche((uint64_t)second),
        .high = shm_hash_avalanche(high),
    };
}

/* "mixTwoChunks" of the specification: two times 16 bytes with 32 bytes of the secret. */
static inline void mix_pair(shm_hash128 *sum, const unsigned char *one, const unsigned char *two,
                            size_t secret_at, uint64_t seed)
{
    sum->low += shm_hash_mix16(one, secret_at, seed);
    sum->low ^= shm_hash_load64(two) + shm_hash_load64(two + 8);
    sum->high += shm_hash_mix16(two, secret_at + 16, seed);
    sum->high ^= shm_hash_load64(one) + shm_hash_load64(one + 8);
}

static shm_hash128 finish_pair(shm_hash128 sum, size_t length, uint64_t seed)
{
    const uint64_t high =
        sum.low * SHM_PRIME64_1 + sum.high * SHM_PRIME64_4 + (length - seed) * SHM_PRIME64_2;
    return (shm_hash128){
        .low = shm_hash_avalanche(sum.low + sum.high),
        .high = 0 - shm_hash_avalanche(high),
    };
}

static shm_hash128 hash_17_to_128(const unsigned char *bytes, size_t length, uint64_t seed)
{
    shm_hash128 sum = {.low = length * SHM_PRIME64_1, .high = 0};
    const unsigned char *end = bytes + length;
    for (size_t round = (length - 1) / 32 + 1; round > 0; round--) {
        const size_t at = (round - 1) * 16;
        mix_pair(&sum, bytes + at, end - at - 16, at * 2, seed);
    }
    return finish_pair(sum, length, seed);
}

static shm_hash128 hash_129_to_240(const unsigned char *bytes, size_t length, uint64_t seed)
{
    shm_hash128 sum = {.low = length * SHM_PRIME64_1, .high = 0};
    for (size_t at = 0; at < 128; at += 32) {
        mix_pair(&sum, bytes + at, bytes + at + 16, at, seed);
    }
    sum.low = shm_hash_avalanche(sum.low);
    sum.high = shm_hash_avalanche(sum.high);
    for (size_t at = 128; at + 32 <= length; at += 32) {
        mix_pair(&sum, bytes + at, bytes + at + 16, at - 128 + 3, seed);
    }
    /* The last pair goes backwards and with the seed negated. */
    mix_pair(&sum, bytes + length - 16, bytes + length - 32, 103, 0 - seed);
    return finish_pair(sum, length, seed);
}

shm_hash128 shm_hash128_of(const void *bytes, size_t length, uint64_t seed)
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
    return shm_hash128_long(bytes, length, seed);
}
