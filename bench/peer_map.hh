// peer_map.hh — what hash maps of C++ that live in one process's memory have in common.
//
// Map is absl::flat_hash_map or std::unordered_map of some types.
#ifndef BENCH_PEER_MAP_HH
#define BENCH_PEER_MAP_HH

#include "contender.h"
#include "support.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace bench
{

// Equality of the key types that C knows; their hashes are each map's business.
struct uuid : bench_uuid {
    bool operator==(const uuid &other) const
    {
        return words[0] == other.words[0] && words[1] == other.words[1];
    }
};

struct pair : bench_pair {
    bool operator==(const pair &other) const
    {
        return first == other.first && second == other.second;
    }
};

template <class Key> Key key_of(bench_kind kind, uint64_t row)
{
    bench_key made;
    bench_key_make(kind, row, &made);
    if constexpr (std::is_same_v<Key, std::string>) {
        return std::string(made.as.text, made.length);
    } else {
        Key key;
        std::memcpy(static_cast<void *>(&key), &made.as, sizeof key);
        return key;
    }
}

// Keys as the probes hold them.  A text is sought as a `Text`: a view if the map can find one
// without making a string of it, else a string that is filled again and again.
template <class Key, class Text> class sought_keys
{
  public:
    explicit sought_keys(const bench_probes *probes) : keys_(static_cast<const Key *>(probes->keys))
    {
    }
    const Key &operator[](size_t i)
    {
        return keys_[i];
    }

  private:
    const Key *keys_;
};

template <class Text> class sought_keys<std::string, Text>
{
  public:
    explicit sought_keys(const bench_probes *probes)
        : keys_(static_cast<const shm_string *>(probes->keys))
    {
    }
    Text operator[](size_t i)
    {
        return Text(keys_[i].data, keys_[i].length);
    }

  private:
    const shm_string *keys_;
};

template <> class sought_keys<std::string, std::string>
{
  public:
    explicit sought_keys(const bench_probes *probes)
        : keys_(static_cast<const shm_string *>(probes->keys))
    {
    }
    const std::string &operator[](size_t i)
    {
        return key_.assign(keys_[i].data, keys_[i].length);
    }

  private:
    const shm_string *keys_;
    std::string key_;
};

// One map, whatever its types.
class peer
{
  public:
    virtual ~peer() = default;
    virtual uint64_t each(const bench_probes *probes) = 0;
    virtual uint64_t dependent(const bench_probes *probes) = 0;
    virtual uint64_t ahead(const bench_probes *probes) = 0;
    virtual void write(std::FILE *file) = 0;
    uint64_t bytes = 0;
};

inline uint64_t heap_bytes()
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

template <class Map, class Text, bool prefetches> class map_peer : public peer
{
    using key = typename Map::key_type;
    using value = typename Map::mapped_type;
    using sought = sought_keys<key, Text>;

  public:
    map_peer(const bench_setting *setting, bool reserves)
    {
        const uint64_t before = heap_bytes();
        if (reserves) {
            map_.reserve(setting->count);
        }
        for (uint64_t row = 0; row < setting->count; row++) {
            map_.emplace(key_of<key>(setting->kind, row), static_cast<value>(row));
        }
        bytes = heap_bytes() - before;
    }

    uint64_t each(const bench_probes *probes) override
    {
        sought keys(probes);
        uint64_t sum = 0;
        for (size_t i = 0; i < probes->count; i++) {
            sum += find(keys[i]);
        }
        return sum;
    }

    uint64_t dependent(const bench_probes *probes) override
    {
        sought keys(probes);
        uint64_t sum = 0, answer;
        for (size_t i = 0; i < probes->count; i = bench_next_probe(i, answer)) {
            answer = find(keys[i]);
            sum += answer;
        }
        return sum;
    }

    uint64_t ahead(const bench_probes *probes) override
    {
        sought keys(probes);
        uint64_t sum = 0;
        for (size_t i = 0; i < probes->count; i++) {
            if constexpr (prefetches) {
                map_.prefetch(keys[i + BENCH_AHEAD < probes->count ? i + BENCH_AHEAD : i]);
            }
            sum += find(keys[i]);
        }
        return sum;
    }

    // The pairs one after the other, texts with their length.
    void write(std::FILE *file) override
    {
        for (const auto &entry : map_) {
            if constexpr (std::is_same_v<key, std::string>) {
                const uint64_t length = entry.first.size();
                std::fwrite(&length, sizeof length, 1, file);
                std::fwrite(entry.first.data(), 1, length, file);
            } else {
                std::fwrite(&entry.first, sizeof entry.first, 1, file);
            }
            std::fwrite(&entry.second, sizeof entry.second, 1, file);
        }
    }

  private:
    template <class Sought> uint64_t find(const Sought &sought_key) const
    {
        const auto found = map_.find(sought_key);
        return found == map_.end() ? BENCH_NONE : found->second;
    }

    Map map_;
};

inline peer *self_of(void *self)
{
    return static_cast<peer *>(self);
}

inline uint64_t find_each(void *self, const bench_probes *probes)
{
    return self_of(self)->each(probes);
}

inline uint64_t find_dependent(void *self, const bench_probes *probes)
{
    return self_of(self)->dependent(probes);
}

inline uint64_t find_ahead(void *self, const bench_probes *probes)
{
    return self_of(self)->ahead(probes);
}

inline uint64_t bytes_of(void *self)
{
    return self_of(self)->bytes;
}

inline void close(void *self)
{
    delete self_of(self);
}

// What a process that wants its rows to outlast it does at least: write, flush, sync.
inline void write_file(peer *map, const char *folder)
{
    const std::string path = std::string(folder) + "/pairs";
    std::FILE *file = std::fopen(path.c_str(), "we");
    bench_require_errno(file == nullptr, path.c_str());
    map->write(file);
    bench_require_errno(std::fflush(file) != 0 || std::ferror(file) != 0, path.c_str());
    bench_require_errno(fsync(fileno(file)) != 0, path.c_str());
    std::fclose(file);
    unlink(path.c_str());
}

} // namespace bench

#endif
