// peer_absl.cc — absl::flat_hash_map, asked for texts by string_view.
#include "peer_map.hh"

#include <absl/container/flat_hash_map.h>

namespace bench
{

template <typename H> H AbslHashValue(H state, const uuid &key)
{
    return H::combine(std::move(state), key.words[0], key.words[1]);
}

template <typename H> H AbslHashValue(H state, const pair &key)
{
    return H::combine(std::move(state), key.first, key.second);
}

namespace
{

struct variant {
    bool reserves, writes;
};

template <class Key, class Value> peer *make(const bench_setting *setting, bool reserves)
{
    return new map_peer<absl::flat_hash_map<Key, Value>, absl::string_view, true>(setting,
                                                                                  reserves);
}

peer *make_of_kind(const bench_setting *setting, bool reserves)
{
    switch (setting->kind) {
    case BENCH_U64:
        return make<uint64_t, uint64_t>(setting, reserves);
    case BENCH_U32:
        return make<uint32_t, uint32_t>(setting, reserves);
    case BENCH_UUID:
        return make<uuid, uint64_t>(setting, reserves);
    case BENCH_PAIR:
        return make<pair, uint64_t>(setting, reserves);
    case BENCH_TEXT:
    case BENCH_KIND_COUNT:
        break;
    }
    return make<std::string, uint64_t>(setting, reserves);
}

void *build(const bench_contender *contender, const bench_setting *setting)
{
    const variant *how = static_cast<const variant *>(contender->variant);
    peer *map = make_of_kind(setting, how->reserves);
    if (how->writes) {
        write_file(map, setting->folder);
    }
    return map;
}

constexpr variant reserved = {true, false}, grown = {false, false}, written = {true, true};

constexpr bench_contender contender(const char *name, const variant *how)
{
    bench_contender made = {};
    made.name = name;
    made.kinds = BENCH_ALL_KINDS;
    made.variant = how;
    made.build = build;
    made.close = close;
    made.find_each = find_each;
    made.find_dependent = find_dependent;
    made.find_batch = find_ahead;
    made.find_bytes = bytes_of;
    made.all_bytes = bytes_of;
    return made;
}

} // namespace
} // namespace bench

const bench_contender bench_absl = bench::contender("absl::flat_hash_map", &bench::reserved);
const bench_contender bench_absl_grown =
    bench::contender("absl::flat_hash_map (not reserved)", &bench::grown);
const bench_contender bench_absl_file =
    bench::contender("absl::flat_hash_map (and a file)", &bench::written);
