/* entries_sort.c — a radix sort in place, a byte at a time from the highest.
 *
 * Each pass counts the values of one byte and then swaps every entry into its bucket, as in the
 * "American flag sort" (McIlroy, Bostic, McIlroy 1993).  Entries are distinct, so the order does
 * not depend on how they came. */
#include "collections/map/entries.h"

enum {
    KEY_BYTES = 16, /* hash, then row, the highest byte first */
    BUCKET_COUNT = 256,
    FEW = 32 /* entries, which are sorted by insertion */
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

void shm_entries_sort(shm_entry *list, uint64_t count)
{
    sort_from(list, count, 0);
}
