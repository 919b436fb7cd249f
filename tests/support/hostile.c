#include "tests/support/hostile.h"

#include "collections/key/key.h"
#include "libshm/hash.h"

enum { DIGEST = 20261125 };

/* The inverse of an odd number modulo 2^64, by Newton's method. */
static uint64_t inverse(uint64_t odd)
{
    uint64_t found = odd;
    for (int i = 0; i < 6; i++) {
        found *= 2 - odd * found;
    }
    return found;
}

uint64_t shm_test_unmix64(uint64_t hash, uint64_t seed)
{
    const uint64_t word = shm_rotate_left(hash * inverse(SHM_MIX_SECOND), 64 - SHM_MIX_ROTATE);
    return word * inverse(SHM_MIX_FIRST) - seed;
}

size_t shm_test_hostile_keys(const shm_schema *schema, uint32_t collection, unsigned seed_count,
                             uint64_t *keys, size_t count)
{
    uint64_t sum = 0;
    for (unsigned k = 0; k < seed_count; k++) {
        const uint64_t seed = shm_key_seed(schema->fingerprint, collection, DIGEST, k);
        for (uint64_t i = 0; i < SHM_TEST_KEYS_OF_SEED; i++) {
            keys[count++] = shm_test_unmix64(i, seed); /* line 0, and no other selecting bits */
        }
    }
    for (size_t i = 0; i < count; i++) {
        sum += shm_mix64(keys[i], 0);
    }
    keys[count++] = shm_test_unmix64(DIGEST - sum, 0);
    return count;
}
