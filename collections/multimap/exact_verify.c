#include "collections/multimap/exact_verify.h"

#include "collections/multimap/exact_disk.h"

/* What a pass over all pairs counts. */
struct count {
    uint64_t places;
    uint64_t most; /* pairs of one place */
};

static void count_bucket(const struct shm_approximate *pairs, uint64_t bucket, struct count *count)
{
    uint64_t run = 0;
    uint64_t before = 0;
    for (uint64_t i = pairs->buckets[bucket]; i < pairs->buckets[bucket + 1]; i++) {
        const uint64_t fragment = shm_approximate_fragment(pairs, i);
        const bool begins = run == 0 || fragment != before;
        count->places += begins;
        run = begins ? 1 : run + 1;
        count->most = run > count->most ? run : count->most;
        before = fragment;
    }
}

shm_status shm_exact_verify(shm_verifier *verifier, const struct shm_approximate *pairs,
                            bool is_unique)
{
    struct count count = {0};
    for (uint64_t bucket = 0; bucket < pairs->bucket_count; bucket++) {
        count_bucket(pairs, bucket, &count);
    }
    verifier->operations += pairs->bucket_count + pairs->pair_count;
    const bool is_narrow = pairs->one_in == SHM_EXACT_NARROW_ONE_IN;
    if (is_unique && pairs->pair_count != pairs->key_count) {
        return shm_verify_fail(verifier, SHM_CORRUPT, pairs->fragments,
                               "an index has more or fewer entries than keys");
    }
    if (is_narrow ? count.most > SHM_EXACT_PLACE_PAIRS_MAX : count.places != pairs->key_count) {
        return shm_verify_fail(verifier, SHM_CORRUPT, pairs->fragments,
                               "keys of an index share their places");
    }
    return SHM_OK;
}
