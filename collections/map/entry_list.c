/* entry_list.c — sorting a list of entries.
 *
 * Hashes spread evenly, so counting a few of their bits leaves buckets of a few entries.  What does
 * not spread goes through a radix sort in place, a byte at a time from the highest: each pass
 * counts the values of one byte and then swaps every entry into its bucket, as in the "American
 * flag sort" (McIlroy, Bostic, McIlroy 1993).  Entries are distinct, so the order does not depend
 * on how they came. */
#include "collections/map/entry_list.h"

#include <string.h>

enum {
    KEY_BYTES = 16, /* hash, then row, the highest byte first */
    BUCKET_COUNT = 256,
    FEW = 32, /* entries, which are sorted by insertion */
    SPREAD_BITS_MAX = 14,
    SPREAD_ENTRIES = 4 /* of a bucket, at least */
};

static unsigned byte_of(const shm_entry *entry, int byte)
{
    const uint64_t word = byte < 8 ? entry->hash : entry->row;
    return (unsigned)(word >> (56 - 8 * (byte & 7))) & 0xff;
}

static bool is_less(const shm_entry *a, const shm_entry *b)
{
    return a->hash != b->hash ? a->hash < b->hash : a->row < b->row;
}

static void sort_few(shm_entry *list, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++) {
        const shm_entry entry = list[i];
        uint64_t at = i;
        while (at > 0 && is_less(&entry, &list[at - 1])) {
            list[at] = list[at - 1];
            at--;
        }
        list[at] = entry;
    }
}

static void swap_into_buckets(shm_entry *list, int byte, uint64_t next[BUCKET_COUNT],
                              const uint64_t end[BUCKET_COUNT])
{
    for (unsigned bucket = 0; bucket < BUCKET_COUNT; bucket++) {
        while (next[bucket] < end[bucket]) {
            shm_entry entry = list[next[bucket]];
            for (unsigned to = byte_of(&entry, byte); to != bucket; to = byte_of(&entry, byte)) {
                const shm_entry other = list[next[to]];
                list[next[to]++] = entry;
                entry = other;
            }
            list[next[bucket]++] = entry;
        }
    }
}

static void sort_from(shm_entry *list, uint64_t count, int byte)
{
    uint64_t next[BUCKET_COUNT];
    uint64_t end[BUCKET_COUNT] = {0};
    while (count > FEW && byte < KEY_BYTES) {
        for (unsigned i = 0; i < BUCKET_COUNT; i++) {
            end[i] = 0;
        }
        for (uint64_t i = 0; i < count; i++) {
            end[byte_of(&list[i], byte)]++;
        }
        if (end[byte_of(&list[0], byte)] < count) {
            break;
        }
        byte++; /* all have the same byte here */
    }
    if (count <= FEW || byte == KEY_BYTES) {
        sort_few(list, byte == KEY_BYTES ? 0 : count);
        return;
    }
    uint64_t sum = 0;
    for (unsigned i = 0; i < BUCKET_COUNT; i++) {
        next[i] = sum;
        sum += end[i];
        end[i] = sum;
    }
    swap_into_buckets(list, byte, next, end);
    uint64_t start = 0;
    for (unsigned i = 0; i < BUCKET_COUNT; i++) {
        if (end[i] - start > 1) {
            sort_from(list + start, end[i] - start, byte + 1);
        }
        start = end[i];
    }
}

void shm_entry_list_sort(shm_entry *list, uint64_t count)
{
    if (count <= FEW) {
        sort_few(list, count);
    } else {
        sort_from(list, count, 0);
    }
}

/* ---- spreading ---- */

static unsigned spread_bits(uint64_t count, unsigned bits)
{
    unsigned spread = 0;
    while (spread < SPREAD_BITS_MAX && spread < bits && count >> spread > 2 * SPREAD_ENTRIES) {
        spread++;
    }
    return spread;
}

shm_entry *shm_entry_list_spread(shm_entry *list, shm_entry *room, uint64_t count, uint64_t begin,
                                 unsigned bits)
{
    uint32_t next[1 << SPREAD_BITS_MAX];
    const unsigned spread = spread_bits(count, bits);
    if (spread == 0 || count > UINT32_MAX) {
        shm_entry_list_sort(list, count);
        return list;
    }
    const unsigned shift = bits - spread; /* less than 64 */
    memset(next, 0, sizeof next[0] << spread);
    for (uint64_t i = 0; i < count; i++) {
        next[(list[i].hash - begin) >> shift]++;
    }
    uint32_t sum = 0;
    for (uint32_t bucket = 0; bucket < UINT32_C(1) << spread; bucket++) {
        const uint32_t of_bucket = next[bucket];
        next[bucket] = sum;
        sum += of_bucket;
    }
    for (uint64_t i = 0; i < count; i++) {
        room[next[(list[i].hash - begin) >> shift]++] = list[i];
    }
    uint32_t start = 0;
    for (uint32_t bucket = 0; bucket < UINT32_C(1) << spread; bucket++) {
        if (next[bucket] - start > 1) {
            shm_entry_list_sort(room + start, next[bucket] - start);
        }
        start = next[bucket];
    }
    return room;
}
