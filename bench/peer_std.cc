// peer_std.cc — std::unordered_map, the yardstick that everyone has.
#include "peer_map.hh"

#include <unordered_map>

namespace bench
{
namespace
{

template <class Key> struct hash : std::hash<Key> {
};

template <> struct hash<uuid> {
    size_t operator()(const uuid &key) const
    {
        const char *bytes = reinterpret_cast<const char *>(key.words);
        return std::hash<std::string_view>()(std::string_view(bytes, sizeof key.words));
    }
};

template <> struct hash<pair> {
    size_t operator()(const pair &key) const
    {
        return std::hash<uint64_t>()(uint64_t{key.first} << 32 | key.second);
    }
};

template <class Key, class Value> peer *make(const bench_setting *setting)
{
    return new map_peer<std::unordered_map<Key, Value, hash<Key>>, std::string, false>(setting,
                                                                                       true);
}

void *build(const bench_contender *, const bench_setting *setting)
{
    switch (setting->kind) {
    case BENCH_U64:
        return make<uint64_t, uint64_t>(setting);
    case BENCH_U32:
        return make<uint32_t, uint32_t>(setting);
    case BENCH_UUID:
        return make<uuid, uint64_t>(setting);
    case BENCH_PAIR:
        return make<pair, uint64_t>(setting);
    case BENCH_TEXT:
    case BENCH_KIND_COUNT:
        break;
    }
    return make<std::string, uint64_t>(setting);
}

constexpr bench_contender contender()
{
    bench_contender made = {};
    made.name = "std::unordered_map";
    made.kinds = BENCH_ALL_KINDS;
    made.count_max = 10000000;
    made.build = build;
    made.close = close;
    made.find_each = find_each;
    made.find_dependent = find_dependent;
    made.find_bytes = bytes_of;
    made.all_bytes = bytes_of;
    return made;
}

} // namespace
} // namespace bench

const bench_contender bench_std = bench::contender();
