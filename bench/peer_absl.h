/* peer_absl.h — absl::flat_hash_map<uint64_t, uint64_t> for the benchmarks, which are C. */
#ifndef BENCH_PEER_ABSL_H
#define BENCH_PEER_ABSL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct bench_absl bench_absl;

/* keys[i] leads to i. */
bench_absl *bench_absl_build(const uint64_t *keys, uint64_t count);
void bench_absl_free(bench_absl *map);

/* The sum of what the keys lead to: finds that do not depend on one another. */
uint64_t bench_absl_find(const bench_absl *map, const uint64_t *keys, size_t count);

/* The same, with each map line asked for ahead. */
uint64_t bench_absl_find_ahead(const bench_absl *map, const uint64_t *keys, size_t count);

/* Each key is XORed with what the one before led to, less what it must lead to (expected[i]). */
uint64_t bench_absl_find_dependent(const bench_absl *map, const uint64_t *keys,
                                   const uint64_t *expected, size_t count);

#ifdef __cplusplus
}
#endif

#endif
