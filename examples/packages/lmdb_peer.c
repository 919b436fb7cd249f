/* lmdb_peer.c — see lmdb_peer.h. */
#include "lmdb_peer.h"

#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct lmdb_peer {
    MDB_env *env;
    MDB_dbi database;
    char path[4096];
};

static int fill(struct lmdb_peer *peer, const packages_dataset *dataset)
{
    MDB_txn *transaction;
    int fault = mdb_txn_begin(peer->env, NULL, 0, &transaction);
    if (fault != 0) {
        return fault;
    }
    fault = mdb_dbi_open(transaction, NULL, MDB_CREATE, &peer->database);
    for (uint64_t row = 0; fault == 0 && row < packages_packages_count(dataset); row++) {
        const shm_string name = packages_package_name(packages_packages_at(dataset, row));
        MDB_val key = {name.length, (void *)(uintptr_t)name.data};
        MDB_val value = {sizeof row, &row};
        fault = mdb_put(transaction, peer->database, &key, &value, MDB_NOOVERWRITE);
        fault = fault == MDB_KEYEXIST ? 0 : fault;
    }
    if (fault != 0) {
        mdb_txn_abort(transaction);
        return fault;
    }
    return mdb_txn_commit(transaction);
}

struct lmdb_peer *lmdb_peer_open(const char *folder, const packages_dataset *dataset)
{
    struct lmdb_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        return NULL;
    }
    snprintf(peer->path, sizeof peer->path, "%s/packages.lmdb", folder);
    int fault = mdb_env_create(&peer->env);
    if (fault == 0) {
        fault = mdb_env_set_mapsize(peer->env, (size_t)1 << 30);
    }
    if (fault == 0) {
        fault = mdb_env_open(peer->env, peer->path,
                             MDB_NOSUBDIR | MDB_NOLOCK | MDB_NOSYNC | MDB_NORDAHEAD, 0600);
    }
    if (fault == 0) {
        fault = fill(peer, dataset);
    }
    if (fault != 0) {
        fprintf(stderr, "LMDB: %s\n", mdb_strerror(fault));
        lmdb_peer_close(peer);
        return NULL;
    }
    return peer;
}

uint64_t lmdb_peer_find_all(struct lmdb_peer *peer, const shm_string *keys, uint64_t count)
{
    MDB_txn *transaction;
    uint64_t sum = 0;
    if (mdb_txn_begin(peer->env, NULL, MDB_RDONLY, &transaction) != 0) {
        return 0;
    }
    for (uint64_t i = 0; i < count; i++) {
        MDB_val key = {keys[i].length, (void *)(uintptr_t)keys[i].data};
        MDB_val value;
        uint64_t row;
        if (mdb_get(transaction, peer->database, &key, &value) == 0) {
            memcpy(&row, value.mv_data, sizeof row);
            sum += row;
        }
    }
    mdb_txn_abort(transaction);
    return sum;
}

void lmdb_peer_close(struct lmdb_peer *peer)
{
    if (peer->env != NULL) {
        mdb_env_close(peer->env);
    }
    unlink(peer->path);
    free(peer);
}
