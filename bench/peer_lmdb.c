/* peer_lmdb.c — LMDB: filled in the order of its keys with MDB_APPEND in one transaction, so that
 * pages are full; then one read transaction for all finds. */
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "peer_bytes.h"
#include "support.h"

struct lmdb {
    char path[4096];
    bench_kind kind;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi pairs;
};

static void check(int code, const char *what)
{
    if (code != 0) {
        fprintf(stderr, "LMDB: %s: %s\n", what, mdb_strerror(code));
        exit(1);
    }
}

static bool is_number(bench_kind kind)
{
    return kind == BENCH_U64 || kind == BENCH_U32;
}

/* A map that is large enough for any kind: 100 bytes an entry. */
static void open_env(struct lmdb *lmdb, uint64_t count, unsigned flags)
{
    check(mdb_env_create(&lmdb->env), "create");
    if (count > 0) {
        check(mdb_env_set_mapsize(lmdb->env, (count * 200 + (1 << 20)) & ~(size_t)4095), "size");
    }
    check(mdb_env_open(lmdb->env, lmdb->path, MDB_NOSUBDIR | flags, 0600), lmdb->path);
}

static void open_for_finds(struct lmdb *lmdb)
{
    open_env(lmdb, 0, MDB_RDONLY | MDB_NOLOCK | MDB_NORDAHEAD);
    check(mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &lmdb->txn), "begin");
    check(mdb_dbi_open(lmdb->txn, NULL, 0, &lmdb->pairs), "open");
}

static void fill(struct lmdb *lmdb, const bench_setting *setting)
{
    const unsigned flags = is_number(setting->kind) ? MDB_INTEGERKEY : 0;
    uint64_t *rows = bench_rows_in_order(setting->kind, setting->count, is_number(setting->kind));
    check(mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->txn), "begin");
    check(mdb_dbi_open(lmdb->txn, NULL, flags, &lmdb->pairs), "open");
    for (uint64_t i = 0; i < setting->count; i++) {
        bench_key made;
        bench_key_make(setting->kind, rows[i], &made);
        MDB_val key = {made.length, &made.as};
        MDB_val value = {bench_value_bytes(setting->kind), &rows[i]};
        check(mdb_put(lmdb->txn, lmdb->pairs, &key, &value, MDB_APPEND), "append");
    }
    check(mdb_txn_commit(lmdb->txn), "commit");
    free(rows);
}

static void *build(const bench_contender *contender, const bench_setting *setting)
{
    (void)contender;
    struct lmdb *lmdb = bench_allocate(sizeof *lmdb);
    *lmdb = (struct lmdb){.kind = setting->kind};
    snprintf(lmdb->path, sizeof lmdb->path, "%s/lmdb", setting->folder);
    open_env(lmdb, setting->count, MDB_NOSYNC | MDB_NOLOCK);
    fill(lmdb, setting);
    mdb_env_close(lmdb->env);
    open_for_finds(lmdb);
    return lmdb;
}

static void close_for_finds(struct lmdb *lmdb)
{
    mdb_txn_abort(lmdb->txn);
    mdb_env_close(lmdb->env);
}

static void close_lmdb(void *self)
{
    struct lmdb *lmdb = self;
    close_for_finds(lmdb);
    unlink(lmdb->path);
    free(lmdb);
}

static void reopen(void *self)
{
    close_for_finds(self);
    open_for_finds(self);
}

BENCH_INLINE uint64_t get(void *self, shm_string key)
{
    const struct lmdb *lmdb = self;
    MDB_val sought = {key.length, (void *)(uintptr_t)key.data}, value;
    return mdb_get(lmdb->txn, lmdb->pairs, &sought, &value) == 0
               ? bench_value_read(value.mv_data, value.mv_size)
               : BENCH_NONE;
}

static uint64_t each(void *self, const bench_probes *probes)
{
    return bench_bytes_each(get, self, probes);
}

static uint64_t dependent(void *self, const bench_probes *probes)
{
    return bench_bytes_dependent(get, self, probes);
}

static uint64_t bytes(void *self)
{
    return bench_file_bytes(((struct lmdb *)self)->path);
}

const bench_contender bench_lmdb = {
    .name = "LMDB",
    .kinds = BENCH_ALL_KINDS,
    .count_max = 10000000,
    .probe_divisor = 8,
    .build = build,
    .close = close_lmdb,
    .find_each = each,
    .find_dependent = dependent,
    .find_bytes = bytes,
    .all_bytes = bytes,
    .reopen = reopen,
};
