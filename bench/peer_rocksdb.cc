// peer_rocksdb.cc — RocksDB: sorted files written in order and taken in whole (its fastest way to
// load), mapped to be read; no compression, no checksums while reading, full bloom filters of ten
// bits a key, a hash index in each block; opened for reading only.
#include "peer_bytes.h"
#include "support.h"

#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace
{

struct rocks {
    std::string path;
    rocksdb::Options options;
    rocksdb::ReadOptions read;
    std::unique_ptr<rocksdb::DB> db;
    rocksdb::PinnableSlice value;
};

void check(const rocksdb::Status &status, const char *what)
{
    if (!status.ok()) {
        std::fprintf(stderr, "RocksDB: %s: %s\n", what, status.ToString().c_str());
        std::exit(1);
    }
}

rocksdb::Options options()
{
    rocksdb::BlockBasedTableOptions table;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    table.no_block_cache = true; // blocks are read in the map
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    options.allow_mmap_reads = true;
    options.max_open_files = -1;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    return options;
}

void open_for_finds(rocks *store)
{
    rocksdb::DB *db = nullptr;
    check(rocksdb::DB::OpenForReadOnly(store->options, store->path, &db), "open");
    store->db.reset(db);
}

void write_file(const rocks *store, const bench_setting *setting, const std::string &path)
{
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), store->options);
    uint64_t *rows = bench_rows_in_order(setting->kind, setting->count, false);
    check(writer.Open(path), "write");
    for (uint64_t i = 0; i < setting->count; i++) {
        bench_key key;
        bench_key_make(setting->kind, rows[i], &key);
        check(writer.Put(rocksdb::Slice(key.as.text, key.length),
                         rocksdb::Slice(reinterpret_cast<const char *>(&rows[i]),
                                        bench_value_bytes(setting->kind))),
              "put");
    }
    check(writer.Finish(), "write");
    std::free(rows);
}

void *build(const bench_contender *, const bench_setting *setting)
{
    rocks *store = new rocks;
    store->path = std::string(setting->folder) + "/rocksdb";
    store->options = options();
    store->read.verify_checksums = false;
    const std::string file = store->path + ".sst";
    write_file(store, setting, file);
    rocksdb::DB *db = nullptr;
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    check(rocksdb::DB::Open(store->options, store->path, &db), "open");
    store->db.reset(db);
    check(db->IngestExternalFile({file}, ingest), "ingest");
    std::remove(file.c_str());
    open_for_finds(store);
    return store;
}

void close_store(void *self)
{
    rocks *store = static_cast<rocks *>(self);
    store->db.reset();
    check(rocksdb::DestroyDB(store->path, store->options), "remove");
    delete store;
}

void reopen(void *self)
{
    rocks *store = static_cast<rocks *>(self);
    store->db.reset();
    open_for_finds(store);
}

BENCH_INLINE uint64_t get(void *self, shm_string key)
{
    rocks *store = static_cast<rocks *>(self);
    store->value.Reset();
    const rocksdb::Status status =
        store->db->Get(store->read, store->db->DefaultColumnFamily(),
                       rocksdb::Slice(key.data, key.length), &store->value);
    return status.ok() ? bench_value_read(store->value.data(), store->value.size()) : BENCH_NONE;
}

uint64_t each(void *self, const bench_probes *probes)
{
    return bench_bytes_each(get, self, probes);
}

uint64_t dependent(void *self, const bench_probes *probes)
{
    return bench_bytes_dependent(get, self, probes);
}

// As many keys a call as its users take: MultiGet sorts them and reads each block once.
uint64_t batch(void *self, const bench_probes *probes)
{
    constexpr size_t SOME = 32;
    rocks *store = static_cast<rocks *>(self);
    rocksdb::Slice keys[SOME];
    rocksdb::PinnableSlice values[SOME];
    rocksdb::Status statuses[SOME];
    uint64_t sum = 0;
    for (size_t at = 0; at < probes->count; at += SOME) {
        const size_t some = probes->count - at < SOME ? probes->count - at : SOME;
        for (size_t i = 0; i < some; i++) {
            const shm_string key = bench_probe_bytes(probes, at + i);
            keys[i] = rocksdb::Slice(key.data, key.length);
            values[i].Reset();
        }
        store->db->MultiGet(store->read, store->db->DefaultColumnFamily(), some, keys, values,
                            statuses);
        for (size_t i = 0; i < some; i++) {
            sum += statuses[i].ok() ? bench_value_read(values[i].data(), values[i].size())
                                    : BENCH_NONE;
        }
    }
    return sum;
}

uint64_t bytes(void *self)
{
    const rocks *store = static_cast<rocks *>(self);
    std::vector<rocksdb::LiveFileMetaData> files;
    uint64_t sum = 0;
    store->db->GetLiveFilesMetaData(&files);
    for (const auto &file : files) {
        sum += file.size;
    }
    return sum;
}

constexpr bench_contender contender()
{
    bench_contender made = {};
    made.name = "RocksDB";
    made.kinds = BENCH_ALL_KINDS;
    made.count_max = 10000000;
    made.probe_divisor = 16;
    made.build = build;
    made.close = close_store;
    made.find_each = each;
    made.find_dependent = dependent;
    made.find_batch = batch;
    made.find_bytes = bytes;
    made.all_bytes = bytes;
    made.reopen = reopen;
    return made;
}

} // namespace

const bench_contender bench_rocksdb = contender();
