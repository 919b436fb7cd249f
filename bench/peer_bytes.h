/* peer_bytes.h — the loops of contenders that know keys as bytes and answer one at a time. */
#ifndef BENCH_PEER_BYTES_H
#define BENCH_PEER_BYTES_H

#include "contender.h"

#define BENCH_INLINE static inline __attribute__((always_inline))

/* What the key leads to; BENCH_NONE if it is not there. */
typedef uint64_t bench_get(void *self, shm_string key);

BENCH_INLINE uint64_t bench_bytes_each(bench_get *get, void *self, const bench_probes *probes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < probes->count; i++) {
        sum += get(self, bench_probe_bytes(probes, i));
    }
    return sum;
}

BENCH_INLINE uint64_t bench_bytes_dependent(bench_get *get, void *self, const bench_probes *probes)
{
    uint64_t sum = 0, answer;
    for (size_t i = 0; i < probes->count; i = bench_next_probe(i, answer)) {
        answer = get(self, bench_probe_bytes(probes, i));
        sum += answer;
    }
    return sum;
}

/* The value of 4 or 8 bytes. */
static inline uint64_t bench_value_read(const void *value, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, value, size < sizeof word ? size : sizeof word);
    return word;
}

#endif
