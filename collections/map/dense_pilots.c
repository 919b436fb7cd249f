/* dense_pilots.c — see dense_pilots.h.  Buckets are placed one after the other, the largest first;
 * one that no pilot serves evicts others, which are placed anew. */
#include "collections/map/dense_pilots.h"

#include <string.h>

enum {
    PILOT_FIRST = 1, /* 0 leads all to one line */
    PILOT_END = 256,
    EVICTOR_KEYS_MAX = 64 /* larger buckets come first, when lines are empty, or fit nowhere */
};

static uint32_t bucket_size(const struct shm_dense_region *region, uint32_t bucket)
{
    return (uint32_t)region->begins[bucket + 1] - region->begins[bucket];
}

/* Orders buckets by size, the largest first, else by number. */
static void order_buckets(struct shm_dense_region *region)
{
    uint32_t before = 0;
    memset(region->of_size, 0, sizeof region->of_size);
    for (uint32_t bucket = 0; bucket < region->buckets; bucket++) {
        region->of_size[bucket_size(region, bucket)]++;
    }
    for (uint32_t size = SHM_DENSE_REGION_SLOTS + 1; size-- > 0;) {
        const uint32_t some = region->of_size[size];
        region->of_size[size] = (uint16_t)before;
        before += some;
    }
    for (uint32_t bucket = 0; bucket < region->buckets; bucket++) {
        region->order[region->of_size[bucket_size(region, bucket)]++] = (uint16_t)bucket;
    }
}

/* Puts the bucket's keys where the pilot leads them; false, and nothing put, if a line has no
 * room. */
static bool put_bucket(struct shm_dense_region *region, uint32_t bucket, uint32_t pilot)
{
    const uint32_t begin = region->begins[bucket];
    const uint32_t end = region->begins[bucket + 1];
    for (uint32_t key = begin; key < end; key++) {
        const uint32_t line = shm_dense_line_of(region->hashes[key], pilot, region->lines);
        if (region->filled[line] == region->slots) {
            while (key-- > begin) {
                region->filled[region->lines_of[key]]--;
            }
            return false;
        }
        region->owners[line * region->slots + region->filled[line]++] = (uint16_t)bucket;
        region->lines_of[key] = (uint16_t)line;
    }
    region->pilots[bucket] = (uint8_t)pilot;
    return true;
}

/* Takes the bucket's keys out of their lines. */
static void evict(struct shm_dense_region *region, uint32_t bucket)
{
    for (uint32_t key = region->begins[bucket]; key < region->begins[bucket + 1]; key++) {
        const uint32_t line = region->lines_of[key];
        uint16_t *owners = region->owners + line * region->slots;
        uint32_t slot = 0;
        while (owners[slot] != bucket) {
            slot++;
        }
        owners[slot] = owners[--region->filled[line]];
    }
}

/* Buckets that a bucket would evict, to be put with some pilot. */
struct victims {
    uint32_t pilot;
    uint32_t weight;
    uint32_t count;
    uint16_t buckets[EVICTOR_KEYS_MAX];
};

static bool is_victim(const struct victims *victims, uint32_t bucket)
{
    for (uint32_t i = 0; i < victims->count; i++) {
        if (victims->buckets[i] == bucket) {
            return true;
        }
    }
    return false;
}

/* A bucket is the heavier the more keys must be placed anew, and the more often it was evicted: two
 * would evict each other for ever. */
static uint32_t weight_of(const struct shm_dense_region *region, uint32_t bucket)
{
    return bucket_size(region, bucket) + region->evictions[bucket];
}

/* Adds the lightest bucket of the line, of several the one with the smallest number; false if all
 * in it are victims. */
static bool add_victim(const struct shm_dense_region *region, uint32_t line,
                       struct victims *victims)
{
    const uint16_t *owners = region->owners + line * region->slots;
    uint32_t lightest = 0, weight = UINT32_MAX;
    for (uint32_t slot = 0; slot < region->filled[line]; slot++) {
        const uint32_t owner_weight = weight_of(region, owners[slot]);
        if ((owner_weight < weight || (owner_weight == weight && owners[slot] < lightest)) &&
            !is_victim(victims, owners[slot])) {
            lightest = owners[slot];
            weight = owner_weight;
        }
    }
    if (weight < UINT32_MAX) {
        victims->weight += weight;
        victims->buckets[victims->count++] = (uint16_t)lightest;
    }
    return weight < UINT32_MAX;
}

/* The keys in a line that are no victims'. */
static uint32_t count_staying(const struct shm_dense_region *region, uint32_t line,
                              const struct victims *victims)
{
    const uint16_t *owners = region->owners + line * region->slots;
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < region->filled[line]; slot++) {
        count += !is_victim(victims, owners[slot]);
    }
    return count;
}

/* Whom the bucket would evict to be put with the pilot; false if that is no way, or they weigh as
 * much as `bound`. */
static bool find_victims(const struct shm_dense_region *region, uint32_t bucket, uint32_t pilot,
                         uint32_t bound, struct victims *victims)
{
    const uint32_t begin = region->begins[bucket];
    const uint32_t size = bucket_size(region, bucket);
    uint32_t lines[EVICTOR_KEYS_MAX];
    victims->pilot = pilot;
    victims->weight = victims->count = 0;
    for (uint32_t i = 0; i < size; i++) {
        const uint32_t line = shm_dense_line_of(region->hashes[begin + i], pilot, region->lines);
        uint32_t own = 1;
        for (uint32_t before = 0; before < i; before++) {
            own += lines[before] == line;
        }
        lines[i] = line;
        if (count_staying(region, line, victims) + own > region->slots &&
            (!add_victim(region, line, victims) || victims->weight >= bound)) {
            return false;
        }
    }
    return true;
}

/* Puts a bucket that no pilot serves, with the one that evicts the least; those evicted wait. */
static bool put_and_evict(struct shm_dense_region *region, uint32_t bucket, uint32_t *waiting_count)
{
    struct victims victims, least = {.weight = UINT32_MAX};
    if (bucket_size(region, bucket) > EVICTOR_KEYS_MAX) {
        return false;
    }
    for (uint32_t pilot = PILOT_FIRST; pilot < PILOT_END; pilot++) {
        if (find_victims(region, bucket, pilot, least.weight, &victims)) {
            least = victims;
        }
    }
    for (uint32_t i = 0; i < least.count; i++) {
        const uint16_t victim = least.buckets[i];
        evict(region, victim);
        region->evictions[victim]++;
        region->waiting[(*waiting_count)++] = victim;
    }
    return least.count > 0 && put_bucket(region, bucket, least.pilot);
}

/* With the first pilot that serves. */
static bool put_first(struct shm_dense_region *region, uint32_t bucket)
{
    uint32_t pilot = PILOT_FIRST;
    while (pilot < PILOT_END && !put_bucket(region, bucket, pilot)) {
        pilot++;
    }
    return pilot < PILOT_END;
}

bool shm_dense_choose_pilots(struct shm_dense_region *region)
{
    uint32_t evictors = 0;
    memset(region->filled, 0, region->lines);
    memset(region->evictions, 0, region->buckets * sizeof *region->evictions);
    order_buckets(region);
    for (uint32_t i = 0; i < region->buckets; i++) {
        uint32_t waiting_count = 1;
        region->waiting[0] = region->order[i];
        while (waiting_count > 0) {
            const uint32_t bucket = region->waiting[--waiting_count];
            if (!put_first(region, bucket) &&
                (++evictors > region->lines || !put_and_evict(region, bucket, &waiting_count))) {
                return false;
            }
        }
    }
    return true;
}
