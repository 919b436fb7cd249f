// peer_absl.cc — see peer_absl.h.
#include "peer_absl.h"

#include <absl/container/flat_hash_map.h>

struct bench_absl {
    absl::flat_hash_map<uint64_t, uint64_t> map;
};

bench_absl *bench_absl_build(const uint64_t *keys, uint64_t count)
{
    bench_absl *map = new bench_absl;
    map->map.reserve(count);
    for (uint64_t i = 0; i < count; i++) {
        map->map.emplace(keys[i], i);
    }
    return map;
}

void bench_absl_free(bench_absl *map)
{
    delete map;
}

uint64_t bench_absl_find(const bench_absl *map, const uint64_t *keys, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const auto found = map->map.find(keys[i]);
        sum += found == map->map.end() ? UINT64_MAX : found->second;
    }
    return sum;
}

uint64_t bench_absl_find_ahead(const bench_absl *map, const uint64_t *keys, size_t count)
{
    constexpr size_t ahead = 16;
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        map->map.prefetch(keys[i + ahead < count ? i + ahead : i]);
        const auto found = map->map.find(keys[i]);
        sum += found == map->map.end() ? UINT64_MAX : found->second;
    }
    return sum;
}

uint64_t bench_absl_find_dependent(const bench_absl *map, const uint64_t *keys,
                                   const uint64_t *expected, size_t count)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < count; i++) {
        const auto found = map->map.find(keys[i] ^ carry);
        carry = (found == map->map.end() ? UINT64_MAX : found->second) ^ expected[i];
    }
    return carry;
}
