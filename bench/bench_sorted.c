/* bench_sorted — finds and ranges in sorted indexes, beside LMDB in the same rounds.
 *
 * LMDB holds the same keys, each with 8 bytes of value that stand beside the key: the row number.
 * find: the row number of a key.  row: the same, and 8 bytes of the row are read.  range: 100 rows
 * from a key on, of each 8 bytes are read.  Keys: u64 and string, whose rows stand in no order, so
 * that a range reads 100 random cache lines; and `stamp`, a u64 that rises with the rows. */
#define _GNU_SOURCE
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "support.h"

enum {
    PROBE_COUNT = 200000,
    RANGE_COUNT = 5000,
    RANGE_ROWS = 100,
    ROUND_COUNT = 5,
    TEXT_BYTES = 40
};

/* What rows are sought by. */
enum { BY_ID, BY_NAME, BY_STAMP, KEY_COUNT };

static const char schema_text[] =
    "record Row { id: u64; name: string; value: u64; stamp: u64; }\n"
    "dataset Rows { rows: array<Row>; by_id: sorted rows by id; by_name: sorted rows by name;\n"
    "  by_stamp: sorted rows by stamp; }\n";

/* A key that is sought, made before the clock runs. */
struct probe {
    uint64_t id; /* or stamp */
    size_t length;
    char text[TEXT_BYTES];
};

/* The same rows in both. */
struct subject {
    shm_dataset *dataset;
    const shm_index *indexes[KEY_COUNT];
    shm_table table;
    uint64_t value_offset;
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi peers[KEY_COUNT];
    uint64_t row_count;
    uint64_t sum; /* of all that was read */
};

/* The time this thread computed: other programs may share the machine. */
static uint64_t busy_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static uint64_t key_of(uint64_t row)
{
    uint64_t state = row;
    return bench_random(&state);
}

/* Names of 8 to 36 bytes that begin with one of 64 words, as names do. */
static size_t name_of(uint64_t row, char text[TEXT_BYTES])
{
    const uint64_t key = key_of(row + (UINT64_C(1) << 40));
    return (size_t)snprintf(text, TEXT_BYTES, "%02o/%llx%.*s", (unsigned)(key & 63),
                            (unsigned long long)(key >> 8), (int)(key >> 6 & 15),
                            "abcdefghijklmnop");
}

static uint64_t stamp_of(uint64_t row)
{
    return 1000 + 16 * row;
}

static void check(int code, const char *what)
{
    if (code != 0) {
        fprintf(stderr, "%s: %s\n", what, mdb_strerror(code));
        exit(1);
    }
}

static double build_image(const char *path, uint64_t row_count)
{
    const shm_schema *schema = bench_schema(schema_text);
    shm_builder *builder = NULL;
    shm_error error;
    const uint64_t start = busy_now();
    bench_require(shm_builder_open(schema, NULL, &builder, &error), &error, "open a builder");
    for (uint64_t row = 0; row < row_count; row++) {
        char text[TEXT_BYTES];
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, key_of(row));
        shm_put_text(builder, shm_string_of(text, name_of(row, text)));
        shm_put_uint(builder, row);
        shm_put_uint(builder, stamp_of(row));
        bench_require(shm_builder_row_end(builder, NULL, &error), &error, "add a row");
    }
    bench_require(shm_builder_publish(builder, path, &error), &error, "publish");
    shm_builder_close(builder);
    shm_schema_free(schema);
    return (double)(busy_now() - start) / (double)row_count;
}

static void make_probe(struct probe *probe, uint64_t row, int by)
{
    probe->id = by == BY_STAMP ? stamp_of(row) : key_of(row);
    probe->length = name_of(row, probe->text);
}

static MDB_val lmdb_key(struct probe *probe, int by)
{
    return by == BY_NAME ? (MDB_val){probe->length, probe->text}
                         : (MDB_val){sizeof probe->id, &probe->id};
}

/* Appended in order of keys, so that pages are full, which is LMDB at its best. */
static void fill(struct subject *subject, MDB_txn *txn, int by)
{
    shm_row_range all = shm_sorted_range(subject->indexes[by], NULL, 0, NULL, 0);
    for (uint64_t row; shm_row_range_next(&all, &row);) {
        struct probe probe;
        make_probe(&probe, row, by);
        MDB_val key = lmdb_key(&probe, by), value = {sizeof row, &row};
        check(mdb_put(txn, subject->peers[by], &key, &value, MDB_APPEND), "append to LMDB");
    }
}

static void open_lmdb(struct subject *subject, const char *path)
{
    static const char *const names[] = {"ids", "names", "stamps"};
    MDB_txn *txn;
    check(mdb_env_create(&subject->env), "LMDB");
    check(mdb_env_set_mapsize(subject->env, (size_t)1 << 32), "LMDB");
    check(mdb_env_set_maxdbs(subject->env, KEY_COUNT), "LMDB");
    check(mdb_env_open(subject->env, path, MDB_NOSUBDIR | MDB_NOSYNC, 0600), path);
    check(mdb_txn_begin(subject->env, NULL, 0, &txn), "LMDB");
    for (int by = 0; by < KEY_COUNT; by++) {
        const unsigned flags = by == BY_NAME ? 0 : MDB_INTEGERKEY;
        check(mdb_dbi_open(txn, names[by], MDB_CREATE | flags, &subject->peers[by]), "LMDB");
        fill(subject, txn, by);
    }
    check(mdb_txn_commit(txn), "LMDB");
    check(mdb_txn_begin(subject->env, NULL, MDB_RDONLY, &subject->txn), "LMDB");
}

static uint64_t value_at(const struct subject *subject, uint64_t row)
{
    uint64_t value;
    memcpy(&value, subject->table.rows + row * subject->table.stride + subject->value_offset,
           sizeof value);
    return value;
}

static double find_shm(struct subject *subject, const struct probe *probes, int by, bool with_row)
{
    const shm_index *index = subject->indexes[by];
    const uint64_t start = busy_now();
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        const struct probe *probe = &probes[i];
        const uint64_t row =
            by == BY_NAME ? shm_index_find_text(index, shm_string_of(probe->text, probe->length))
                          : shm_index_find_word(index, probe->id);
        subject->sum += with_row ? value_at(subject, row) : row;
    }
    return (double)(busy_now() - start) / PROBE_COUNT;
}

static double find_lmdb(struct subject *subject, struct probe *probes, int by)
{
    const uint64_t start = busy_now();
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        MDB_val key = lmdb_key(&probes[i], by), value;
        uint64_t found;
        check(mdb_get(subject->txn, subject->peers[by], &key, &value), "get");
        memcpy(&found, value.mv_data, sizeof found);
        subject->sum -= found;
    }
    return (double)(busy_now() - start) / PROBE_COUNT;
}

static double range_shm(struct subject *subject, const struct probe *probes, int by)
{
    const uint64_t start = busy_now();
    for (size_t i = 0; i < RANGE_COUNT; i++) {
        const struct probe *probe = &probes[i];
        const shm_key_part from = by == BY_NAME
                                      ? shm_key_text(shm_string_of(probe->text, probe->length))
                                      : shm_key_word(probe->id);
        shm_row_range range = shm_sorted_range(subject->indexes[by], &from, 1, NULL, 0);
        uint64_t row;
        for (size_t k = 0; k < RANGE_ROWS; k++) {
            shm_row_range_prefetch(&range, &subject->table);
            if (!shm_row_range_next(&range, &row)) {
                break;
            }
            subject->sum += value_at(subject, row);
        }
    }
    return (double)(busy_now() - start) / RANGE_COUNT;
}

static double range_lmdb(struct subject *subject, MDB_cursor *cursor, struct probe *probes, int by)
{
    const uint64_t start = busy_now();
    for (size_t i = 0; i < RANGE_COUNT; i++) {
        MDB_val key = lmdb_key(&probes[i], by), value;
        int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
        for (size_t k = 0; k < RANGE_ROWS && code == 0; k++) {
            uint64_t found;
            memcpy(&found, value.mv_data, sizeof found);
            subject->sum -= found;
            code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        }
    }
    return (double)(busy_now() - start) / RANGE_COUNT;
}

enum { FIND, ROW, PEER_FIND, RANGE, PEER_RANGE, FIGURE_COUNT };

static void run_rounds(struct subject *subject, struct probe *probes, int by,
                       double figures[FIGURE_COUNT][ROUND_COUNT])
{
    uint64_t state = 42;
    MDB_cursor *cursor;
    check(mdb_cursor_open(subject->txn, subject->peers[by], &cursor), "LMDB");
    for (int round = 0; round < ROUND_COUNT; round++) {
        for (size_t i = 0; i < PROBE_COUNT; i++) {
            make_probe(&probes[i], bench_random(&state) % subject->row_count, by);
        }
        subject->sum = 0;
        figures[PEER_FIND][round] = find_lmdb(subject, probes, by);
        figures[FIND][round] = find_shm(subject, probes, by, false);
        figures[PEER_RANGE][round] = range_lmdb(subject, cursor, probes, by);
        figures[RANGE][round] = range_shm(subject, probes, by);
        bool same = subject->sum == 0;
        (void)find_lmdb(subject, probes, by);
        figures[ROW][round] = find_shm(subject, probes, by, true);
        if (!same || subject->sum != 0) {
            fprintf(stderr, "bench_sorted: the two answer differently\n");
            exit(1);
        }
    }
    mdb_cursor_close(cursor);
}

static void measure(struct subject *subject, double build, int by)
{
    static const char *const names[] = {"u64", "string", "stamp"};
    double figures[FIGURE_COUNT][ROUND_COUNT], median[FIGURE_COUNT];
    struct probe *probes = malloc(PROBE_COUNT * sizeof *probes);
    if (probes == NULL) {
        perror("memory");
        exit(1);
    }
    run_rounds(subject, probes, by, figures);
    free(probes);
    for (int i = 0; i < FIGURE_COUNT; i++) {
        median[i] = bench_median(figures[i], ROUND_COUNT);
    }
    printf("%llu\t%s\t%.0f\t%.0f\t%.0f\t%.2f\t%.2f\t%.0f\t%.0f\t%.2f\t%.1f\t%.0f\n",
           (unsigned long long)subject->row_count, names[by], median[FIND], median[ROW],
           median[PEER_FIND], median[PEER_FIND] / median[FIND], median[PEER_FIND] / median[ROW],
           median[RANGE], median[PEER_RANGE], median[PEER_RANGE] / median[RANGE],
           (double)shm_index_describe(subject->indexes[by]).size_bytes / (double)subject->row_count,
           build);
    fflush(stdout);
}

static void run(const char *path, const char *peer_path, uint64_t row_count)
{
    struct subject subject = {.row_count = row_count};
    shm_error error;
    const double build = build_image(path, row_count);
    bench_require(shm_dataset_open(path, NULL, &subject.dataset, &error), &error, "open");
    for (uint32_t by = 0; by < KEY_COUNT; by++) {
        subject.indexes[by] = shm_dataset_index(subject.dataset, 1 + by);
    }
    subject.table = shm_dataset_table(subject.dataset, 0);
    subject.value_offset = shm_dataset_schema(subject.dataset)->declared[0]->fields[2].offset;
    open_lmdb(&subject, peer_path);
    for (int by = 0; by < KEY_COUNT; by++) {
        measure(&subject, build, by);
    }
    mdb_txn_abort(subject.txn);
    mdb_env_close(subject.env);
    shm_dataset_close(subject.dataset);
}

int main(int argc, char **argv)
{
    static const uint64_t row_counts[] = {1000000, 10000000};
    const size_t run_count = argc > 1 && strcmp(argv[1], "--short") == 0 ? 1 : 2;
    const char *path = bench_image_path();
    char peer_path[4096], lock_path[4096 + 8];
    snprintf(peer_path, sizeof peer_path, "%s.mdb", path);
    snprintf(lock_path, sizeof lock_path, "%s-lock", peer_path);
    printf("rows\tkeys\tfind_ns\trow_ns\tlmdb_find_ns\tfind_ratio\trow_ratio\trange_ns\t"
           "lmdb_range_ns\trange_ratio\tbytes_an_entry\tbuild_ns_a_row\n");
    for (size_t i = 0; i < run_count; i++) {
        unlink(peer_path);
        run(path, peer_path, row_counts[i]);
        unlink(path);
        unlink(peer_path);
        unlink(lock_path);
    }
    return 0;
}
