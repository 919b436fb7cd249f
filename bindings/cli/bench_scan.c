/* bench_scan.c — how fast bytes come in order. */
#include <string.h>

#include "bench.h"
#include "progress.h"

enum { ROUND_COUNT = 9 };
#define PIECE_BYTES ((uint64_t)16 << 20)

static uint64_t sum_words(const unsigned char *at, uint64_t size)
{
    uint64_t sums[4] = {0};
    for (const unsigned char *end = at + size / 32 * 32; at < end; at += 32) {
        for (int i = 0; i < 4; i++) {
            uint64_t word;
            memcpy(&word, at + 8 * i, sizeof word);
            sums[i] += word;
        }
    }
    return sums[0] + sums[1] + sums[2] + sums[3];
}

double shm_bench_scan(const void *bytes, uint64_t size, double seconds)
{
    double rates[ROUND_COUNT];
    volatile uint64_t sink = 0;
    uint64_t at = 0;
    if (size == 0) {
        return 0;
    }
    for (int round = 0; round < ROUND_COUNT; round++) {
        const double start = shm_clock_seconds();
        const double end = start + seconds / ROUND_COUNT;
        double now;
        uint64_t done = 0;
        do { /* at least one piece; the next round goes on behind it */
            const uint64_t left = size - at;
            const uint64_t piece = left < PIECE_BYTES ? left : PIECE_BYTES;
            sink += sum_words((const unsigned char *)bytes + at, piece);
            at = piece == left ? 0 : at + piece;
            done += piece;
            now = shm_clock_seconds();
        } while (now < end);
        rates[round] = (double)done / (now - start);
    }
    (void)sink;
    return shm_bench_median(rates, ROUND_COUNT);
}
