// peer_tkrzw.cc — Tkrzw's HashDBM in a memory-mapped file (MemoryMapParallelFile), updates in
// place, twice as many buckets as records, no checksums of records, opened for reading only.
#include "peer_bytes.h"
#include "support.h"

#include <tkrzw_dbm_hash.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <unistd.h>

namespace
{

struct hash_file {
    std::string path;
    tkrzw::HashDBM dbm;
    std::string value;
};

void check(const tkrzw::Status &status, const char *what)
{
    if (!status.IsOK()) {
        std::fprintf(stderr, "Tkrzw: %s: %s\n", what, status.GetMessage().c_str());
        std::exit(1);
    }
}

tkrzw::HashDBM::TuningParameters tuning(uint64_t count)
{
    tkrzw::HashDBM::TuningParameters parameters;
    parameters.update_mode = tkrzw::HashDBM::UPDATE_IN_PLACE;
    parameters.num_buckets = static_cast<int64_t>(2 * count);
    parameters.align_pow = 0;
    parameters.offset_width = 5;
    parameters.fbp_capacity = 1;
    return parameters;
}

void *build(const bench_contender *, const bench_setting *setting)
{
    hash_file *file = new hash_file;
    file->path = std::string(setting->folder) + "/tkrzw.tkh";
    check(file->dbm.OpenAdvanced(file->path, true, tkrzw::File::OPEN_TRUNCATE,
                                 tuning(setting->count)),
          "open");
    for (uint64_t row = 0; row < setting->count; row++) {
        bench_key key;
        bench_key_make(setting->kind, row, &key);
        const std::string_view value(reinterpret_cast<const char *>(&row),
                                     bench_value_bytes(setting->kind));
        check(file->dbm.Set(std::string_view(key.as.text, key.length), value, false), "set");
    }
    check(file->dbm.Close(), "close");
    check(file->dbm.Open(file->path, false), "open");
    return file;
}

void close_file(void *self)
{
    hash_file *file = static_cast<hash_file *>(self);
    check(file->dbm.Close(), "close");
    unlink(file->path.c_str());
    delete file;
}

void reopen(void *self)
{
    hash_file *file = static_cast<hash_file *>(self);
    check(file->dbm.Close(), "close");
    check(file->dbm.Open(file->path, false), "open");
}

BENCH_INLINE uint64_t get(void *self, shm_string key)
{
    hash_file *file = static_cast<hash_file *>(self);
    const tkrzw::Status status =
        file->dbm.Get(std::string_view(key.data, key.length), &file->value);
    return status.IsOK() ? bench_value_read(file->value.data(), file->value.size()) : BENCH_NONE;
}

uint64_t each(void *self, const bench_probes *probes)
{
    return bench_bytes_each(get, self, probes);
}

uint64_t dependent(void *self, const bench_probes *probes)
{
    return bench_bytes_dependent(get, self, probes);
}

uint64_t bytes(void *self)
{
    return bench_file_bytes(static_cast<hash_file *>(self)->path.c_str());
}

constexpr bench_contender contender()
{
    bench_contender made = {};
    made.name = "Tkrzw HashDBM";
    made.kinds = BENCH_ALL_KINDS;
    made.count_max = 10000000;
    made.probe_divisor = 8;
    made.build = build;
    made.close = close_file;
    made.find_each = each;
    made.find_dependent = dependent;
    made.find_bytes = bytes;
    made.all_bytes = bytes;
    made.reopen = reopen;
    return made;
}

} // namespace

const bench_contender bench_tkrzw = contender();
