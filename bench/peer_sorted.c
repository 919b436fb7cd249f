/* peer_sorted.c — see peer_sorted.h. */
#include "peer_sorted.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct peer {
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi keys[KEY_COUNT];
    MDB_dbi rows;
    MDB_cursor *cursor; /* of the chosen key */
    int by;
};

static void check(int code, const char *what)
{
    if (code != 0) {
        fprintf(stderr, "LMDB: %s: %s\n", what, mdb_strerror(code));
        exit(1);
    }
}

struct peer *peer_open(const char *path)
{
    static const char *const names[] = {"ids", "names", "paths", "stamps"};
    struct peer *peer = calloc(1, sizeof *peer);
    check(peer == NULL ? MDB_PANIC : mdb_env_create(&peer->env), "create");
    check(mdb_env_set_mapsize(peer->env, (size_t)1 << 34), "map size");
    check(mdb_env_set_maxdbs(peer->env, KEY_COUNT + 1), "databases");
    check(mdb_env_open(peer->env, path, MDB_NOSUBDIR | MDB_NOSYNC, 0600), path);
    check(mdb_txn_begin(peer->env, NULL, 0, &peer->txn), "begin");
    for (int by = 0; by < KEY_COUNT; by++) {
        const unsigned flags = by == BY_NAME || by == BY_PATH ? 0 : MDB_INTEGERKEY;
        check(mdb_dbi_open(peer->txn, names[by], MDB_CREATE | flags, &peer->keys[by]), names[by]);
    }
    check(mdb_dbi_open(peer->txn, "rows", MDB_CREATE | MDB_INTEGERKEY, &peer->rows), "rows");
    return peer;
}

void peer_close(struct peer *peer)
{
    mdb_cursor_close(peer->cursor);
    mdb_txn_abort(peer->txn);
    mdb_env_close(peer->env);
    free(peer);
}

/* LMDB asks for pointers that are not const, and writes through none of them. */
static MDB_val key_of(const struct row *row, int by)
{
    return by == BY_NAME   ? (MDB_val){row->name_length, (void *)(uintptr_t)row->name}
           : by == BY_PATH ? (MDB_val){row->path_length, (void *)(uintptr_t)row->path}
           : by == BY_ID   ? (MDB_val){sizeof row->id, (void *)(uintptr_t)&row->id}
                           : (MDB_val){sizeof row->stamp, (void *)(uintptr_t)&row->stamp};
}

void peer_add_key(struct peer *peer, int by, const struct row *row, uint64_t number)
{
    MDB_val key = key_of(row, by), value = {sizeof number, &number};
    check(mdb_put(peer->txn, peer->keys[by], &key, &value, MDB_APPEND), "append a key");
}

void peer_add_row(struct peer *peer, const struct row *row, uint64_t number)
{
    MDB_val key = {sizeof number, &number};
    MDB_val value = {offsetof(struct row, name) + row->name_length, (void *)(uintptr_t)row};
    check(mdb_put(peer->txn, peer->rows, &key, &value, MDB_APPEND), "append a row");
}

void peer_commit(struct peer *peer)
{
    check(mdb_txn_commit(peer->txn), "commit");
    check(mdb_txn_begin(peer->env, NULL, MDB_RDONLY, &peer->txn), "begin");
}

uint64_t peer_bytes(const struct peer *peer, int by)
{
    MDB_stat stat;
    check(mdb_stat(peer->txn, peer->keys[by], &stat), "stat");
    return (stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages) * stat.ms_psize;
}

void peer_choose(struct peer *peer, int by)
{
    mdb_cursor_close(peer->cursor);
    check(mdb_cursor_open(peer->txn, peer->keys[by], &peer->cursor), "cursor");
    peer->by = by;
}

static uint64_t word_of(const MDB_val *value)
{
    uint64_t word;
    memcpy(&word, value->mv_data, sizeof word);
    return word;
}

uint64_t peer_find(struct peer *peer, const struct row *probes, size_t count, size_t length)
{
    uint64_t sum = 0;
    (void)length;
    for (size_t i = 0; i < count; i++) {
        MDB_val key = key_of(&probes[i], peer->by), value;
        check(mdb_get(peer->txn, peer->keys[peer->by], &key, &value), "get");
        sum += word_of(&value);
    }
    return sum;
}

/* The `value` of the row with that number, which is a value of another database. */
static uint64_t row_value(struct peer *peer, MDB_val *number)
{
    MDB_val row;
    uint64_t value;
    check(mdb_get(peer->txn, peer->rows, number, &row), "get a row");
    memcpy(&value, (const char *)row.mv_data + offsetof(struct row, value), sizeof value);
    return value;
}

uint64_t peer_find_row(struct peer *peer, const struct row *probes, size_t count, size_t length)
{
    uint64_t sum = 0;
    (void)length;
    for (size_t i = 0; i < count; i++) {
        MDB_val key = key_of(&probes[i], peer->by), number;
        check(mdb_get(peer->txn, peer->keys[peer->by], &key, &number), "get");
        sum += row_value(peer, &number);
    }
    return sum;
}

uint64_t peer_values(struct peer *peer, const struct row *probes, size_t count, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        MDB_val key = key_of(&probes[i], peer->by), value;
        int code = mdb_cursor_get(peer->cursor, &key, &value, MDB_SET_RANGE);
        for (size_t k = 0; k < length && code == 0; k++) {
            sum += word_of(&value);
            code = mdb_cursor_get(peer->cursor, &key, &value, MDB_NEXT);
        }
    }
    return sum;
}

uint64_t peer_keys(struct peer *peer, const struct row *probes, size_t count, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        MDB_val key = key_of(&probes[i], peer->by), value;
        int code = mdb_cursor_get(peer->cursor, &key, &value, MDB_SET_RANGE);
        for (size_t k = 0; k < length && code == 0; k++) {
            sum += word_of(&key) + word_of(&value);
            code = mdb_cursor_get(peer->cursor, &key, &value, MDB_NEXT);
        }
    }
    return sum;
}

uint64_t peer_rows(struct peer *peer, const struct row *probes, size_t count, size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        MDB_val key = key_of(&probes[i], peer->by), number;
        int code = mdb_cursor_get(peer->cursor, &key, &number, MDB_SET_RANGE);
        for (size_t k = 0; k < length && code == 0; k++) {
            sum += row_value(peer, &number);
            code = mdb_cursor_get(peer->cursor, &key, &number, MDB_NEXT);
        }
    }
    return sum;
}
