#include "tests/support/hostile.h"

#include "collections/key/key.h"
#include "libshm/hash.h"

enum { DIGEST = 20261125 };

size_t shm_test_hostile_keys(const shm_schema *schema, uint32_t collection, unsigned seed_count,
                             uint64_t *keys, size_t count)
{
    uint64_t sum = 0;
    for (unsigned k = 0; k < seed_count; k++) {
        const uint64_t seed = shm_key_seed(schema->fingerprint, collection, DIGEST, k);
        for (uint64_t i = 0; i < SHM_TEST_KEYS_OF_SEED; i++) {
            keys[count++] = shm_unmix64(i + 1, seed); /* line 0, and no other selecting bits */
        }
    }
    for (size_t i = 0; i < count; i++) {
        sum += shm_mix64(keys[i], 0);
    }
    keys[count++] = shm_unmix64(DIGEST - sum, 0);
    return count;
}
