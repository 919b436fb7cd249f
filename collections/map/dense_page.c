/* dense_page.c — how a region of a dense map is filled: pilots are chosen for its buckets, and then
 * its lines are written. */
#include <string.h>

#include "collections/map/dense_pilots.h"
#include "collections/map/map_page.h"
#include "libshm/hash.h"

struct filling {
    const struct shm_page_keys *keys;
    shm_unmix unmix;
    uint32_t width;
    struct shm_dense_region region;
    uint16_t by_bucket[SHM_DENSE_REGION_SLOTS]; /* the region's numbers of keys -> ours */
    uint16_t of_key[SHM_DENSE_REGION_SLOTS];    /* our numbers -> buckets, then lines */
};

/* Numbers the keys by bucket; within one they keep their order. */
static void group_keys(struct filling *filling)
{
    const struct shm_page_keys *keys = filling->keys;
    struct shm_dense_region *region = &filling->region;
    const uint64_t pilot_count = keys->line_count / keys->page_lines * region->buckets;
    memset(region->begins, 0, (region->buckets + 1) * sizeof *region->begins);
    for (uint32_t i = 0; i < keys->count; i++) {
        const uint64_t bucket = shm_multiply_high(keys->keys[i].hash, pilot_count);
        filling->of_key[i] = (uint16_t)(bucket % region->buckets);
        region->begins[filling->of_key[i]]++;
    }
    uint32_t end = 0;
    for (uint32_t bucket = 0; bucket < region->buckets; bucket++) {
        end += region->begins[bucket];
        region->begins[bucket] = (uint16_t)end;
    }
    region->begins[region->buckets] = (uint16_t)end;
    for (uint32_t i = keys->count; i-- > 0;) {
        const uint32_t number = --region->begins[filling->of_key[i]];
        filling->by_bucket[number] = (uint16_t)i;
        region->hashes[number] = (uint32_t)keys->keys[i].hash;
    }
}

static void write_slot(const struct filling *filling, unsigned char *line, uint32_t slot,
                       const shm_entry *entry)
{
    const uint64_t key = shm_unmix_key(&filling->unmix, entry->hash);
    memcpy(line + slot * filling->width, &key, filling->width);
    memcpy(line + SHM_PLACED_VALUE_AT + slot * filling->width, &entry->row, filling->width);
}

/* In each line its entries, in order of their hashes; then the first one again. */
static void write_lines(struct filling *filling, unsigned char *lines)
{
    const struct shm_page_keys *keys = filling->keys;
    struct shm_dense_region *region = &filling->region;
    const uint32_t width = filling->width;
    for (uint32_t number = 0; number < keys->count; number++) {
        filling->of_key[filling->by_bucket[number]] = region->lines_of[number];
    }
    memset(region->filled, 0, region->lines);
    for (uint32_t i = 0; i < keys->count; i++) {
        const uint32_t line = filling->of_key[i];
        write_slot(filling, lines + (size_t)line * SHM_PLACED_LINE_BYTES, region->filled[line]++,
                   &keys->keys[i]);
    }
    for (uint32_t i = 0; i < region->lines; i++) {
        unsigned char *line = lines + (size_t)i * SHM_PLACED_LINE_BYTES;
        uint32_t filled = region->filled[i];
        if (filled == 0) {
            write_slot(filling, line, filled++, &keys->least);
        }
        for (; filled < region->slots; filled++) {
            const uint32_t at = filled * width;
            memcpy(line + at, line, width);
            memcpy(line + SHM_PLACED_VALUE_AT + at, line + SHM_PLACED_VALUE_AT, width);
        }
    }
}

static bool fill_region(const struct shm_page_keys *keys, uint32_t width, struct filling *filling,
                        unsigned char *lines)
{
    struct shm_dense_region *region = &filling->region;
    filling->keys = keys;
    filling->unmix = shm_unmix_of(keys->seed);
    filling->width = width;
    region->lines = keys->page_lines;
    region->slots = shm_placed_slot_count(width);
    region->buckets = UINT32_C(1) << shm_dense_region_pilot_bits(keys->page_lines, width);
    region->pilots = keys->pilots;
    if (keys->count > region->lines * region->slots) {
        return false;
    }
    group_keys(filling);
    if (!shm_dense_choose_pilots(region)) {
        return false;
    }
    write_lines(filling, lines);
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

shm_page_form shm_dense_page_form(uint32_t width, const struct shm_dense_shape *shape,
                                  uint8_t *pilots)
{
    const uint32_t lines = shape->region_lines;
    return (shm_page_form){.page_lines = lines == 0 ? 1 : lines,
                           .line_bytes = SHM_PLACED_LINE_BYTES,
                           .key_count_max = lines * shm_placed_slot_count(width),
                           .scratch_bytes = sizeof(struct filling),
                           .pilots = pilots,
                           .page_pilots = UINT32_C(1) << shape->region_pilot_bits,
                           .fill = width == 8 ? fill_8 : fill_4};
}
