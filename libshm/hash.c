/* hash.c — XXH3-64 of up to 240 bytes; longer inputs go to hash_long.c. */
#include "libshm/hash.h"

#include "libshm/hash_long.h"
#include "libshm/hash_short.h"

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

static uint64_t hash_65_to_128(const unsigned char *bytes, size_t length, uint64_t seed)
{
    uint64_t sum = length * SHM_PRIME64_1;
    for (size_t round = 0; round * 32 < length; round++) {
        sum += shm_hash_both_ends(bytes, length, round, seed);
    }
    return shm_hash_avalanche(sum);
}

uint64_t shm_hash64_above_64(const unsigned char *bytes, size_t length, uint64_t seed)
{
    if (length <= 128) {
        return hash_65_to_128(bytes, length, seed);
    }
    return length <= SHM_HASH_SHORT_BYTES_MAX ? hash_129_to_240(bytes, length, seed)
                                              : shm_hash64_long(bytes, length, seed);
}

uint64_t shm_hash64(const void *bytes, size_t length, uint64_t seed)
{
    return shm_hash64_inline(bytes, length, seed);
}
