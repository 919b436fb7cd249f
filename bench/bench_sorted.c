/* bench_sorted — finds and ranges in sorted indexes, beside LMDB in the same rounds.
 *
 * A sorted index leads from keys to rows of a table.  In LMDB a value may stand beside its key, if
 * the data is kept in that order alone (`beside`), or under a number, which an index leads to
 * (`by number`): as a table under several keys must be kept.  What is measured:
 *
 *   find        the row number of a key                    LMDB: the value beside the key
 *   find row    the same, then 8 bytes of the row          LMDB: beside, or by number
 *   numbers N   the row numbers of N entries from a key    LMDB: the values beside the keys
 *   keys N      their keys (words) and row numbers         LMDB: keys, and values beside them
 *   rows N      8 bytes of each of their rows              LMDB: beside, or by number
 *   bytes       of the index, an entry                     LMDB: of the database
 *
 * Keys: u64, names of 8 to 60 bytes, and paths of 30 to 50 bytes in a thousand folders, in whose
 * order rows stand anywhere; and `stamp`, a u64 that rises with the rows, as where rows were added
 * in order.  Times are nanoseconds a find or range,
 * medians of the rounds; a ratio above 1 says that libshm is faster, or smaller. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "peer_sorted.h"
#include "support.h"

enum { PROBE_COUNT = 200000, RANGE_ROWS = 200000, ROUND_COUNT = 5, BLOCK = 64 };

static const char schema_text[] =
    "record Row { id: u64; name: string; value: u64; stamp: u64; path: string; }\n"
    "dataset Rows { rows: array<Row>; by_id: sorted rows by id; by_name: sorted rows by name;\n"
    "  by_path: sorted rows by path; by_stamp: sorted rows by stamp; }\n";

struct subject {
    shm_dataset *dataset;
    const shm_index *indexes[KEY_COUNT];
    shm_table table;
    uint64_t value_offset;
    uint64_t row_count;
    struct peer *peer;
    int by; /* the key in use */
};

/* The time this thread computed: other programs may share the machine. */
static uint64_t busy_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* ---- rows ---- */

static uint64_t mixed(uint64_t row)
{
    uint64_t state = row;
    return bench_random(&state);
}

/* A different number below 2^48 for each row. */
static uint64_t shuffled(uint64_t row)
{
    const uint64_t mask = (UINT64_C(1) << 48) - 1;
    row = row * UINT64_C(0x9e3779b97f4b) & mask;
    row ^= row >> 24;
    return row * UINT64_C(0xbf58476d1ce5) & mask;
}

/* Names of 8 to 60 bytes.  Most begin with one of 64 words, as names do; one of eight is short. */
static size_t name_of(uint64_t row, char name[TEXT_BYTES])
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
    static const char filler[] = "/north/east/south/west/north/east/south/west/north";
    const uint64_t random = mixed(row + (UINT64_C(1) << 40));
    const uint64_t number = shuffled(row);
    const bool is_short = random % 8 == 0;
    size_t length = 0;
    if (!is_short) {
        name[length++] = digits[random >> 8 & 7];
        name[length++] = digits[random >> 16 & 7];
        name[length++] = '/';
    }
    for (int digit = 7; digit >= 0; digit--) {
        name[length++] = digits[number >> (6 * digit) & 63];
    }
    const size_t more = (size_t)((random >> 32) % (is_short ? 8 : TEXT_BYTES - length + 1));
    memcpy(name + length, filler, more);
    return length + more;
}

static size_t path_of(uint64_t row, char path[TEXT_BYTES])
{
    static const char *const homes[] = {"alice", "bob", "caroline"};
    const uint64_t folder = mixed(row + (UINT64_C(1) << 41)) % 1000;
    return (size_t)snprintf(path, TEXT_BYTES, "/home/%s/projects/%03u/%012llx.%s",
                            homes[folder % 3], (unsigned)folder, (unsigned long long)shuffled(row),
                            folder % 2 == 0 ? "c" : "json");
}

static void make_row(uint64_t number, struct row *row)
{
    row->id = mixed(number);
    row->stamp = 1000 + 16 * number;
    row->value = number;
    row->name_length = name_of(number, row->name);
    row->path_length = path_of(number, row->path);
}

static void build_image(const char *path, uint64_t row_count)
{
    const shm_schema *schema = bench_schema(schema_text);
    shm_builder *builder = NULL;
    shm_error error;
    bench_require(shm_builder_open(schema, NULL, &builder, &error), &error, "open a builder");
    for (uint64_t number = 0; number < row_count; number++) {
        struct row row;
        make_row(number, &row);
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, row.id);
        shm_put_text(builder, shm_string_of(row.name, row.name_length));
        shm_put_uint(builder, row.value);
        shm_put_uint(builder, row.stamp);
        shm_put_text(builder, shm_string_of(row.path, row.path_length));
        bench_require(shm_builder_row_end(builder, NULL, &error), &error, "add a row");
    }
    bench_require(shm_builder_publish(builder, path, &error), &error, "publish");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

static void fill_peer(struct subject *subject)
{
    struct row row;
    for (int by = 0; by < KEY_COUNT; by++) {
        shm_row_range all = shm_sorted_range(subject->indexes[by], NULL, 0, NULL, 0);
        for (uint64_t number; shm_row_range_next(&all, &number);) {
            make_row(number, &row);
            peer_add_key(subject->peer, by, &row, number);
        }
    }
    for (uint64_t number = 0; number < subject->row_count; number++) {
        make_row(number, &row);
        peer_add_row(subject->peer, &row, number);
    }
    peer_commit(subject->peer);
}

/* ---- libshm's side: each answers the sum of what it read ---- */

typedef uint64_t shm_side(const struct subject *subject, const struct row *probes, size_t count,
                          size_t length);

static uint64_t value_at(const struct subject *subject, uint64_t number)
{
    uint64_t value;
    memcpy(&value, subject->table.rows + number * subject->table.stride + subject->value_offset,
           sizeof value);
    return value;
}

static shm_string text_of(const struct subject *subject, const struct row *probe)
{
    return subject->by == BY_NAME ? shm_string_of(probe->name, probe->name_length)
                                  : shm_string_of(probe->path, probe->path_length);
}

static bool has_texts(int by)
{
    return by == BY_NAME || by == BY_PATH;
}

static uint64_t find_one(const struct subject *subject, const struct row *probe)
{
    const shm_index *index = subject->indexes[subject->by];
    return has_texts(subject->by)
               ? shm_index_find_text(index, text_of(subject, probe))
               : shm_index_find_word(index, subject->by == BY_ID ? probe->id : probe->stamp);
}

static uint64_t find(const struct subject *subject, const struct row *probes, size_t count,
                     size_t length)
{
    uint64_t sum = 0;
    (void)length;
    for (size_t i = 0; i < count; i++) {
        sum += find_one(subject, &probes[i]);
    }
    return sum;
}

static uint64_t find_row(const struct subject *subject, const struct row *probes, size_t count,
                         size_t length)
{
    uint64_t sum = 0;
    (void)length;
    for (size_t i = 0; i < count; i++) {
        sum += value_at(subject, find_one(subject, &probes[i]));
    }
    return sum;
}

static shm_row_range range_from(const struct subject *subject, const struct row *probe)
{
    const shm_key_part from = has_texts(subject->by)
                                  ? shm_key_text(text_of(subject, probe))
                                  : shm_key_word(subject->by == BY_ID ? probe->id : probe->stamp);
    return shm_sorted_range(subject->indexes[subject->by], &from, 1, NULL, 0);
}

static uint64_t numbers(const struct subject *subject, const struct row *probes, size_t count,
                        size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        shm_row_range range = range_from(subject, &probes[i]);
        uint64_t number;
        for (size_t k = 0; k < length && shm_row_range_next(&range, &number); k++) {
            sum += number;
        }
    }
    return sum;
}

static uint64_t keys(const struct subject *subject, const struct row *probes, size_t count,
                     size_t length)
{
    const shm_index *index = subject->indexes[subject->by];
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        shm_row_range range = range_from(subject, &probes[i]);
        uint64_t words[BLOCK], number;
        for (size_t done = 0; done < length && range.count > 0;) {
            const size_t some = shm_sorted_keys(index, &range, words,
                                                length - done < BLOCK ? length - done : BLOCK);
            for (size_t k = 0; k < some && shm_row_range_next(&range, &number); k++) {
                sum += words[k] + number;
            }
            done += some;
        }
    }
    return sum;
}

static uint64_t rows(const struct subject *subject, const struct row *probes, size_t count,
                     size_t length)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        shm_row_range range = range_from(subject, &probes[i]);
        uint64_t number;
        for (size_t k = 0; k < length; k++) {
            shm_row_range_prefetch(&range, &subject->table);
            if (!shm_row_range_next(&range, &number)) {
                break;
            }
            sum += value_at(subject, number);
        }
    }
    return sum;
}

/* ---- measuring ---- */

typedef uint64_t lmdb_side(struct peer *peer, const struct row *probes, size_t count,
                           size_t length);

struct measure {
    const char *name;
    const char *peer_name;
    shm_side *ours;
    lmdb_side *theirs;
    size_t length; /* entries of a range; 0: a find */
};

static const struct measure measures[] = {
    {"find", "beside", find, peer_find, 0},
    {"find row", "beside", find_row, peer_find, 0},
    {"find row", "by number", find_row, peer_find_row, 0},
    {"numbers 10", "beside", numbers, peer_values, 10},
    {"numbers 100", "beside", numbers, peer_values, 100},
    {"numbers 10000", "beside", numbers, peer_values, 10000},
    {"keys 10", "beside", keys, peer_keys, 10},
    {"keys 100", "beside", keys, peer_keys, 100},
    {"keys 10000", "beside", keys, peer_keys, 10000},
    {"rows 10", "beside", rows, peer_values, 10},
    {"rows 100", "beside", rows, peer_values, 100},
    {"rows 10000", "beside", rows, peer_values, 10000},
    {"rows 10", "by number", rows, peer_rows, 10},
    {"rows 100", "by number", rows, peer_rows, 100},
    {"rows 10000", "by number", rows, peer_rows, 10000},
};

static void report(const struct subject *subject, const char *name, const char *peer_name,
                   double ours, double theirs)
{
    static const char *const key_names[] = {"u64", "name", "path", "stamp"};
    printf("%llu\t%s\t%s\t%s\t%.1f\t%.1f\t%.2f\n", (unsigned long long)subject->row_count,
           key_names[subject->by], name, peer_name, ours, theirs, theirs / ours);
    fflush(stdout);
}

static void run_measure(const struct subject *subject, const struct measure *measure,
                        struct row *probes)
{
    const size_t count = measure->length == 0 ? PROBE_COUNT : RANGE_ROWS / measure->length;
    double ours[ROUND_COUNT], theirs[ROUND_COUNT];
    uint64_t state = 42;
    for (int round = 0; round < ROUND_COUNT; round++) {
        for (size_t i = 0; i < count; i++) {
            make_row(bench_random(&state) % subject->row_count, &probes[i]);
        }
        uint64_t start = busy_now();
        const uint64_t expected = measure->theirs(subject->peer, probes, count, measure->length);
        theirs[round] = (double)(busy_now() - start) / (double)count;
        start = busy_now();
        const uint64_t sum = measure->ours(subject, probes, count, measure->length);
        ours[round] = (double)(busy_now() - start) / (double)count;
        if (sum != expected) {
            fprintf(stderr, "bench_sorted: %s: the two answer differently\n", measure->name);
            exit(1);
        }
    }
    report(subject, measure->name, measure->peer_name, bench_median(ours, ROUND_COUNT),
           bench_median(theirs, ROUND_COUNT));
}

static void run_key(struct subject *subject, int by)
{
    struct row *probes = malloc(PROBE_COUNT * sizeof *probes);
    if (probes == NULL) {
        perror("memory");
        exit(1);
    }
    subject->by = by;
    peer_choose(subject->peer, by);
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        if (!has_texts(by) || measures[i].ours != keys) {
            run_measure(subject, &measures[i], probes);
        }
    }
    const double entries = (double)subject->row_count;
    report(subject, "bytes", "beside",
           (double)shm_index_describe(subject->indexes[by]).size_bytes / entries,
           (double)peer_bytes(subject->peer, by) / entries);
    free(probes);
}

static void run(const char *path, const char *peer_path, uint64_t row_count)
{
    struct subject subject = {.row_count = row_count};
    shm_error error;
    build_image(path, row_count);
    bench_require(shm_dataset_open(path, NULL, &subject.dataset, &error), &error, "open");
    for (uint32_t by = 0; by < KEY_COUNT; by++) {
        subject.indexes[by] = shm_dataset_index(subject.dataset, 1 + by);
    }
    subject.table = shm_dataset_table(subject.dataset, 0);
    subject.value_offset = shm_dataset_schema(subject.dataset)->declared[0]->fields[2].offset;
    subject.peer = peer_open(peer_path);
    fill_peer(&subject);
    for (int by = 0; by < KEY_COUNT; by++) {
        run_key(&subject, by);
    }
    peer_close(subject.peer);
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
    printf("rows\tkeys\tmeasure\tlmdb\tshm_ns\tlmdb_ns\tratio\n");
    for (size_t i = 0; i < run_count; i++) {
        unlink(peer_path);
        run(path, peer_path, row_counts[i]);
        unlink(path);
        unlink(peer_path);
        unlink(lock_path);
    }
    return 0;
}
