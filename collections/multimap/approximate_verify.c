#include "collections/multimap/approximate_verify.h"

#include <string.h>

#include "collections/multimap/approximate_disk.h"
#include "collections/multimap/groups_disk.h"

struct pair {
    uint64_t fragment;
    uint64_t row;
};

uint64_t shm_approximate_fragment(const struct shm_approximate *approximate, uint64_t pair)
{
    uint64_t fragment = 0;
    if (approximate->bits == 16) {
        memcpy(&fragment, approximate->fragments + 2 * pair, 2);
    } else {
        memcpy(&fragment, approximate->fragments + 4 * pair, 4);
    }
    return fragment;
}

static struct pair pair_at(const struct shm_approximate *approximate, uint64_t i)
{
    struct pair pair = {.fragment = shm_approximate_fragment(approximate, i)};
    if (approximate->width == SHM_GROUP_WIDTH_SMALL) {
        memcpy(&pair.row, approximate->rows + i * SHM_GROUP_WIDTH_SMALL, SHM_GROUP_WIDTH_SMALL);
    } else {
        memcpy(&pair.row, approximate->rows + i * SHM_GROUP_WIDTH_LARGE, SHM_GROUP_WIDTH_LARGE);
    }
    return pair;
}

static bool is_below(struct pair a, struct pair b)
{
    return a.fragment < b.fragment || (a.fragment == b.fragment && a.row < b.row);
}

/* A2 and the rows of A3, of the pairs from `begin` to `end`. */
static shm_status verify_bucket(shm_verifier *verifier, const struct shm_approximate *approximate,
                                uint64_t begin, uint64_t end, uint64_t row_count)
{
    struct pair before = {0};
    verifier->operations += 1 + (end - begin);
    for (uint64_t i = begin; i < end; i++) {
        const struct pair pair = pair_at(approximate, i);
        if (i > begin && !is_below(before, pair)) {
            return shm_verify_fail(verifier, SHM_CORRUPT, approximate->fragments,
                                   "the pairs of an index do not rise");
        }
        if (pair.row >= row_count) {
            return shm_verify_fail(verifier, SHM_CORRUPT,
                                   approximate->rows + i * approximate->width,
                                   "an index leads past the end of its table");
        }
        before = pair;
    }
    return SHM_OK;
}

/* bucket_count = max(1, ceil(keys * N / 2^bits)) */
static bool has_its_buckets(const struct shm_approximate *approximate)
{
    const unsigned bits = approximate->bits;
    const unsigned __int128 places =
        (unsigned __int128)approximate->key_count * approximate->one_in;
    const unsigned __int128 wanted = (places + ((UINT64_C(1) << bits) - 1)) >> bits;
    return approximate->bucket_count == (wanted == 0 ? 1 : wanted);
}

shm_status shm_approximate_verify(shm_verifier *verifier, const struct shm_approximate *approximate,
                                  uint64_t row_count)
{
    const unsigned char *end =
        approximate->fragments + approximate->pair_count * (approximate->bits / 8);
    shm_status status = shm_zero_verify(verifier, end, (uint64_t)(approximate->rows - end));
    uint64_t begin = 0;
    if (status == SHM_OK && !has_its_buckets(approximate)) {
        return shm_verify_fail(verifier, SHM_CORRUPT, approximate->buckets,
                               "an index has other buckets than its keys ask for");
    }
    if (status == SHM_OK && approximate->buckets[0] != 0) {
        return shm_verify_fail(verifier, SHM_CORRUPT, approximate->buckets,
                               "the first bucket of an index does not begin at 0");
    }
    for (uint64_t i = 1; status == SHM_OK && i <= approximate->bucket_count; i++) {
        const uint64_t next = approximate->buckets[i];
        if (next < begin || next > approximate->pair_count) {
            return shm_verify_fail(verifier, SHM_CORRUPT, &approximate->buckets[i],
                                   "the buckets of an index do not rise to its end");
        }
        status = verify_bucket(verifier, approximate, begin, next, row_count);
        begin = next;
    }
    if (status == SHM_OK && begin != approximate->pair_count) {
        return shm_verify_fail(verifier, SHM_CORRUPT, approximate->buckets,
                               "the last bucket of an index does not end at its end");
    }
    return status;
}

uint64_t shm_approximate_pair(const struct shm_approximate *approximate, uint64_t hash,
                              uint64_t row)
{
    const unsigned bits = approximate->bits;
    const uint64_t place = shm_approximate_place(hash, approximate->bucket_count, bits);
    const struct pair sought = {.fragment = place & ((UINT64_C(1) << bits) - 1), .row = row};
    uint64_t low = approximate->buckets[place >> bits];
    uint64_t high = approximate->buckets[(place >> bits) + 1];
    const uint64_t end = high;
    while (low < high) {
        const uint64_t middle = low + (high - low) / 2;
        if (is_below(pair_at(approximate, middle), sought)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < end && !is_below(sought, pair_at(approximate, low)) ? low : SHM_NO_PAIR;
}
