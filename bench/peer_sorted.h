/* peer_sorted.h — LMDB's side of bench_sorted: the same keys, and the same answers.
 *
 * For each kind of key a database from keys to row numbers, appended in order of keys, so that its
 * pages are full, which is LMDB at its best; and one from row numbers to rows.  Every function
 * answers the sum of what it read.  Failures end the program. */
#ifndef BENCH_PEER_SORTED_H
#define BENCH_PEER_SORTED_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_BYTES = 60 };

/* What rows are sought by. */
enum { BY_ID, BY_NAME, BY_PATH, BY_STAMP, KEY_COUNT };

/* A row, and the keys that it is sought by. */
struct row {
    uint64_t id;
    uint64_t stamp;
    uint64_t value;
    size_t name_length;
    size_t path_length;
    char name[TEXT_BYTES];
    char path[TEXT_BYTES];
};

struct peer;

struct peer *peer_open(const char *path);
void peer_close(struct peer *peer);

/* Adds a row's entry: rows come in order of that key. */
void peer_add_key(struct peer *peer, int by, const struct row *row, uint64_t number);

/* Adds a row under its number: in order of numbers. */
void peer_add_row(struct peer *peer, const struct row *row, uint64_t number);

/* To be called once, after the last addition. */
void peer_commit(struct peer *peer);

/* The bytes of the database of a kind of key. */
uint64_t peer_bytes(const struct peer *peer, int by);

/* Which key the functions below use. */
void peer_choose(struct peer *peer, int by);

/* The value beside the key; and the row that it is the number of. */
uint64_t peer_find(struct peer *peer, const struct row *probes, size_t count, size_t length);
uint64_t peer_find_row(struct peer *peer, const struct row *probes, size_t count, size_t length);

/* Of `length` entries from a key on: the values beside the keys; keys, which are words, and values;
 * the rows that the values are the numbers of. */
uint64_t peer_values(struct peer *peer, const struct row *probes, size_t count, size_t length);
uint64_t peer_keys(struct peer *peer, const struct row *probes, size_t count, size_t length);
uint64_t peer_rows(struct peer *peer, const struct row *probes, size_t count, size_t length);

#endif
