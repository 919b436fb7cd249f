/* dense_page.c — how a region of a dense map is filled: pilots are sought for its buckets, the
 * largest first, and then its lines are written. */
#include "collections/map/map_page.h"

#include <string.h>

#include "collections/map/placed.h"
#include "libshm/hash.h"

enum {
    SLOTS_MAX = 8,
    KEYS_MAX = SHM_DENSE_REGION_LINES * SLOTS_MAX,
    PILOTS_MAX = KEYS_MAX / 4,
    PILOT_END = 256,
    BUCKET_KEYS_MAX = 4095 /* a bucket with more fails */
};

struct region {
    const struct shm_page_keys *keys;
    shm_unmix unmix;
    uint32_t width;
    uint32_t slots; /* of a line */
    uint32_t lines;
    uint32_t pilots;
    uint8_t filled[SHM_DENSE_REGION_LINES];
    uint16_t bucket_of[KEYS_MAX];
    uint32_t begins[PILOTS_MAX + 1]; /* of each bucket's keys in by_bucket */
    uint16_t order[PILOTS_MAX];      /* buckets, the largest first */
    uint16_t by_bucket[KEYS_MAX];    /* numbers of keys */
    uint16_t lines_of[KEYS_MAX];     /* where each key goes */
    uint32_t of_size[BUCKET_KEYS_MAX + 2];
};

/* Groups the keys by bucket; within one they keep their order. */
static void group_keys(struct region *region, uint64_t region_count)
{
    const struct shm_page_keys *keys = region->keys;
    memset(region->begins, 0, (region->pilots + 1) * sizeof *region->begins);
    for (uint32_t i = 0; i < keys->count; i++) {
        const uint64_t product = keys->keys[i].hash * region_count;
        region->bucket_of[i] = (uint16_t)shm_dense_bucket(product, region->pilots);
        region->begins[region->bucket_of[i]]++;
    }
    uint32_t end = 0;
    for (uint32_t bucket = 0; bucket < region->pilots; bucket++) {
        end += region->begins[bucket];
        region->begins[bucket] = end;
    }
    region->begins[region->pilots] = end;
    for (uint32_t i = keys->count; i-- > 0;) {
        region->by_bucket[--region->begins[region->bucket_of[i]]] = (uint16_t)i;
    }
}

static uint32_t bucket_size(const struct region *region, uint32_t bucket)
{
    return region->begins[bucket + 1] - region->begins[bucket];
}

/* Orders buckets by size, the largest first, else by number.  False if one is too large. */
static bool order_buckets(struct region *region)
{
    uint32_t before = 0;
    memset(region->of_size, 0, sizeof region->of_size);
    for (uint32_t bucket = 0; bucket < region->pilots; bucket++) {
        const uint32_t size = bucket_size(region, bucket);
        if (size > BUCKET_KEYS_MAX) {
            return false;
        }
        region->of_size[size]++;
    }
    for (uint32_t size = BUCKET_KEYS_MAX + 1; size-- > 0;) {
        const uint32_t some = region->of_size[size];
        region->of_size[size] = before;
        before += some;
    }
    for (uint32_t bucket = 0; bucket < region->pilots; bucket++) {
        region->order[region->of_size[bucket_size(region, bucket)]++] = (uint16_t)bucket;
    }
    return true;
}

/* Puts the keys [begin, end) of by_bucket where the pilot leads them; false, and nothing put, if a
 * line has no room. */
static bool put_bucket(struct region *region, uint32_t begin, uint32_t end, uint32_t pilot)
{
    const shm_entry *keys = region->keys->keys;
    for (uint32_t k = begin; k < end; k++) {
        const uint32_t key = region->by_bucket[k];
        const uint32_t line = shm_dense_line_of(keys[key].hash, pilot, region->lines);
        if (region->filled[line] == region->slots) {
            while (k-- > begin) {
                region->filled[region->lines_of[region->by_bucket[k]]]--;
            }
            return false;
        }
        region->filled[line]++;
        region->lines_of[key] = (uint16_t)line;
    }
    return true;
}

/* Of each bucket the first pilot that serves; false if there is none. */
static bool choose_pilots(struct region *region)
{
    memset(region->filled, 0, region->lines);
    for (uint32_t i = 0; i < region->pilots; i++) {
        const uint32_t bucket = region->order[i];
        const uint32_t begin = region->begins[bucket];
        const uint32_t end = region->begins[bucket + 1];
        uint32_t pilot = 0;
        while (pilot < PILOT_END && !put_bucket(region, begin, end, pilot)) {
            pilot++;
        }
        if (pilot == PILOT_END) {
            return false;
        }
        region->keys->pilots[bucket] = (uint8_t)pilot;
    }
    return true;
}

static void write_slot(const struct region *region, unsigned char *line, uint32_t slot,
                       const shm_entry *entry)
{
    const uint64_t key = shm_unmix_key(&region->unmix, entry->hash);
    memcpy(line + slot * region->width, &key, region->width);
    memcpy(line + SHM_PLACED_VALUE_AT + slot * region->width, &entry->row, region->width);
}

/* In each line its entries, in order of their hashes; then the first one again. */
static void write_lines(struct region *region, unsigned char *lines)
{
    const struct shm_page_keys *keys = region->keys;
    memset(region->filled, 0, region->lines);
    for (uint32_t i = 0; i < keys->count; i++) {
        const uint32_t line = region->lines_of[i];
        write_slot(region, lines + (size_t)line * SHM_PLACED_LINE_BYTES, region->filled[line]++,
                   &keys->keys[i]);
    }
    for (uint32_t i = 0; i < region->lines; i++) {
        unsigned char *line = lines + (size_t)i * SHM_PLACED_LINE_BYTES;
        uint32_t filled = region->filled[i];
        if (filled == 0) {
            write_slot(region, line, filled++, &keys->least);
        }
        for (; filled < region->slots; filled++) {
            const uint32_t at = filled * region->width;
            memcpy(line + at, line, region->width);
            memcpy(line + SHM_PLACED_VALUE_AT + at, line + SHM_PLACED_VALUE_AT, region->width);
        }
    }
}

static bool fill_region(const struct shm_page_keys *keys, uint32_t width, struct region *region,
                        unsigned char *lines)
{
    region->keys = keys;
    region->unmix = shm_unmix_of(keys->seed);
    region->width = width;
    region->slots = shm_placed_slot_count(width);
    region->lines = keys->page_lines;
    region->pilots = shm_dense_region_pilots(keys->page_lines, width);
    if (keys->count > region->lines * region->slots) {
        return false;
    }
    group_keys(region, keys->line_count / keys->page_lines);
    if (!order_buckets(region) || !choose_pilots(region)) {
        return false;
    }
    write_lines(region, lines);
    return true;
}

static bool fill_4(const struct shm_page_keys *keys, void *scratch, void *out)
{
    return fill_region(keys, 4, scratch, out);
}

static bool fill_8(const struct shm_page_keys *keys, void *scratch, void *out)
{
    return fill_region(keys, 8, scratch, out);
}

shm_page_form shm_dense_page_form(uint32_t width, uint64_t line_count, uint8_t *pilots)
{
    const uint32_t lines = shm_dense_region_lines(line_count);
    return (shm_page_form){.page_lines = lines == 0 ? 1 : lines,
                           .line_bytes = SHM_PLACED_LINE_BYTES,
                           .key_count_max = lines * shm_placed_slot_count(width),
                           .scratch_bytes = sizeof(struct region),
                           .pilots = pilots,
                           .page_pilots = shm_dense_region_pilots(lines, width),
                           .fill = width == 8 ? fill_8 : fill_4};
}
