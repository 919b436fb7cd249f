/* bench_lookup — finds in a unique index of u64 keys over a table, beside absl::flat_hash_map and
 * the limit, which is reading one random cache line of an array as large as the index; all in the
 * same rounds, on pages of 4 KiB.  Figures are medians of rounds, in ns a find; ratios are medians
 * of the rounds' ratios.  bench_lookup [ROWS...] */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "peer_absl.h"
#include "support.h"

enum { PROBE_COUNT = 1 << 20, BATCH = 1024, ROUND_COUNT = 7, ARGUMENT_COUNT = 8 };

static const char schema_text[] = "record Row { id: u64; }\n"
                                  "dataset Rows { rows: array<Row>; by_id: index rows by id; }\n";

enum figure {
    LIMIT,           /* loads of random lines, not dependent */
    LIMIT_AHEAD,     /* the same, prefetched */
    LIMIT_DEPENDENT, /* each address from the last line */
    HIT,
    HALF, /* half of the keys are there */
    MISS,
    BATCH_HIT,
    DEPENDENT,
    ABSL_HIT,
    ABSL_HALF,
    ABSL_MISS,
    ABSL_AHEAD,
    ABSL_DEPENDENT,
    FIGURE_COUNT
};

static const char *const names[FIGURE_COUNT] = {
    "limit",
    "limit_prefetched",
    "limit_dependent",
    "hit",
    "half",
    "miss",
    "batch",
    "dependent",
    "absl_hit",
    "absl_half",
    "absl_miss",
    "absl_prefetched",
    "absl_dependent",
};

static const struct {
    const char *name;
    enum figure ours;
    enum figure other;
} ratios[] = {
    {"batch/limit_prefetched", BATCH_HIT, LIMIT_AHEAD},
    {"hit/absl", HIT, ABSL_HIT},
    {"dependent/limit", DEPENDENT, LIMIT_DEPENDENT},
    {"miss/absl", MISS, ABSL_MISS},
    {"half/absl", HALF, ABSL_HALF},
    {"batch/absl_prefetched", BATCH_HIT, ABSL_AHEAD},
    {"dependent/absl", DEPENDENT, ABSL_DEPENDENT},
};

/* What a round works with. */
struct probes {
    const shm_index *index;
    const bench_absl *absl;
    const uint64_t *lines;
    uint64_t line_count;
    uint64_t *hits, *halves, *misses, *rows;
    uint64_t sum;
};

static uint64_t key_of(uint64_t row)
{
    uint64_t state = row;
    return bench_random(&state);
}

static double build_image(const char *path, uint64_t row_count)
{
    const shm_schema *schema = bench_schema(schema_text);
    shm_builder *builder = NULL;
    shm_error error;
    const uint64_t start = bench_now();
    bench_require(shm_builder_open(schema, NULL, &builder, &error), &error, "open a builder");
    for (uint64_t row = 0; row < row_count; row++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, key_of(row));
        bench_require(shm_builder_row_end(builder, NULL, &error), &error, "add a row");
    }
    bench_require(shm_builder_publish(builder, path, &error), &error, "publish");
    const uint64_t end = bench_now();
    shm_builder_close(builder);
    shm_schema_free(schema);
    return (double)(end - start) / (double)row_count;
}

static void *allocate(size_t size)
{
    void *bytes = malloc(size);
    if (bytes == NULL) {
        perror("memory");
        exit(1);
    }
    return bytes;
}

static uint64_t line_of(const struct probes *probes, uint64_t key)
{
    return (uint64_t)(((unsigned __int128)key * probes->line_count) >> 64) * 8;
}

static uint64_t gather(const struct probes *probes, bool ahead)
{
    enum { AHEAD = 32 };
    uint64_t sum = 0;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        if (ahead && i + AHEAD < PROBE_COUNT) {
            __builtin_prefetch(&probes->lines[line_of(probes, probes->hits[i + AHEAD])]);
        }
        sum += probes->lines[line_of(probes, probes->hits[i])];
    }
    return sum;
}

static uint64_t gather_dependent(const struct probes *probes)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        carry = probes->lines[line_of(probes, probes->hits[i] ^ carry)]; /* all are zero */
    }
    return carry;
}

static uint64_t find_each(const shm_index *index, const uint64_t *keys)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        sum += shm_index_find_word(index, keys[i]);
    }
    return sum;
}

static uint64_t find_dependent(const struct probes *probes)
{
    uint64_t carry = 0;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        carry = shm_index_find_word(probes->index, probes->hits[i] ^ carry) ^ probes->rows[i];
    }
    return carry;
}

static uint64_t find_batches(const shm_index *index, const uint64_t *keys)
{
    uint64_t rows[BATCH];
    uint64_t sum = 0;
    for (size_t i = 0; i < PROBE_COUNT; i += BATCH) {
        sum += shm_index_find_words(index, keys + i, BATCH, rows);
    }
    return sum;
}

static uint64_t run(struct probes *probes, enum figure figure)
{
    switch (figure) {
    case LIMIT:
        return gather(probes, false);
    case LIMIT_AHEAD:
        return gather(probes, true);
    case LIMIT_DEPENDENT:
        return gather_dependent(probes);
    case HIT:
        return find_each(probes->index, probes->hits);
    case HALF:
        return find_each(probes->index, probes->halves);
    case MISS:
        return find_each(probes->index, probes->misses);
    case BATCH_HIT:
        return find_batches(probes->index, probes->hits);
    case DEPENDENT:
        return find_dependent(probes);
    case ABSL_HIT:
        return bench_absl_find(probes->absl, probes->hits, PROBE_COUNT);
    case ABSL_HALF:
        return bench_absl_find(probes->absl, probes->halves, PROBE_COUNT);
    case ABSL_MISS:
        return bench_absl_find(probes->absl, probes->misses, PROBE_COUNT);
    case ABSL_AHEAD:
        return bench_absl_find_ahead(probes->absl, probes->hits, PROBE_COUNT);
    case ABSL_DEPENDENT:
        return bench_absl_find_dependent(probes->absl, probes->hits, probes->rows, PROBE_COUNT);
    case FIGURE_COUNT:
        break;
    }
    return 0;
}

static void draw(struct probes *probes, uint64_t row_count, uint64_t *state)
{
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        probes->rows[i] = bench_random(state) % row_count;
        probes->hits[i] = key_of(probes->rows[i]);
        probes->misses[i] = key_of(row_count + bench_random(state) % row_count);
        probes->halves[i] = bench_random(state) % 2 == 0 ? probes->hits[i] : probes->misses[i];
    }
}

static void measure(struct probes *probes, uint64_t row_count,
                    double figures[FIGURE_COUNT][ROUND_COUNT])
{
    uint64_t state = 42;
    probes->hits = allocate(PROBE_COUNT * sizeof(uint64_t));
    probes->halves = allocate(PROBE_COUNT * sizeof(uint64_t));
    probes->misses = allocate(PROBE_COUNT * sizeof(uint64_t));
    probes->rows = allocate(PROBE_COUNT * sizeof(uint64_t));
    for (int round = -1; round < ROUND_COUNT; round++) { /* the first one warms up */
        draw(probes, row_count, &state);
        for (int figure = 0; figure < FIGURE_COUNT; figure++) {
            const uint64_t start = bench_now();
            probes->sum += run(probes, (enum figure)figure);
            if (round >= 0) {
                figures[figure][round] = (double)(bench_now() - start) / PROBE_COUNT;
            }
        }
    }
    fprintf(stderr, "(checksum %llx)\n", (unsigned long long)probes->sum);
    free(probes->hits);
    free(probes->halves);
    free(probes->misses);
    free(probes->rows);
}

/* Zeros, each page written once: one page of zeros for all would be no memory at all. */
static uint64_t *new_lines(uint64_t line_count)
{
    uint64_t *lines =
        mmap(NULL, line_count * 64, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (lines == MAP_FAILED) {
        perror("memory");
        exit(1);
    }
    madvise(lines, line_count * 64, MADV_NOHUGEPAGE);
    for (uint64_t i = 0; i < line_count; i++) {
        lines[i * 8] = 0;
    }
    return lines;
}

static bench_absl *new_absl(uint64_t row_count)
{
    uint64_t *keys = allocate(row_count * sizeof *keys);
    for (uint64_t row = 0; row < row_count; row++) {
        keys[row] = key_of(row);
    }
    bench_absl *absl = bench_absl_build(keys, row_count);
    free(keys);
    return absl;
}

static void print_row(uint64_t row_count, double build, double bytes,
                      double figures[FIGURE_COUNT][ROUND_COUNT])
{
    printf("%llu\t%.0f\t%.2f", (unsigned long long)row_count, build, bytes);
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
        double quotients[ROUND_COUNT];
        for (int round = 0; round < ROUND_COUNT; round++) {
            quotients[round] = figures[ratios[i].ours][round] / figures[ratios[i].other][round];
        }
        printf("\t%.2f", bench_median(quotients, ROUND_COUNT));
    }
    for (int figure = 0; figure < FIGURE_COUNT; figure++) {
        printf("\t%.1f", bench_median(figures[figure], ROUND_COUNT));
    }
    printf("\n");
    fflush(stdout);
}

static void bench_rows(const char *path, uint64_t row_count)
{
    double figures[FIGURE_COUNT][ROUND_COUNT];
    struct probes probes = {.sum = 0};
    const shm_open_options options = {.verify = SHM_VERIFY_NEVER};
    shm_dataset *dataset = NULL;
    shm_error error;
    const double build = build_image(path, row_count);
    bench_require(shm_dataset_open(path, &options, &dataset, &error), &error, "open");
    probes.index = shm_dataset_index(dataset, 1);
    const uint64_t bytes = shm_index_describe(probes.index).size_bytes;
    probes.line_count = bytes / 64;
    uint64_t *lines = new_lines(probes.line_count);
    bench_absl *absl = new_absl(row_count);
    probes.lines = lines;
    probes.absl = absl;
    measure(&probes, row_count, figures);
    print_row(row_count, build, (double)bytes / (double)row_count, figures);
    bench_absl_free(absl);
    munmap(lines, probes.line_count * 64);
    shm_dataset_close(dataset);
    unlink(path);
}

int main(int argc, char **argv)
{
    uint64_t row_counts[ARGUMENT_COUNT] = {1000000, 10000000, 100000000};
    int count = 3;
    if (argc > 1) {
        count = argc - 1 < ARGUMENT_COUNT ? argc - 1 : ARGUMENT_COUNT;
        for (int i = 0; i < count; i++) {
            row_counts[i] = strtoull(argv[i + 1], NULL, 10);
        }
    }
    printf("rows\tbuild_ns_a_row\tbytes_a_key");
    for (size_t i = 0; i < sizeof ratios / sizeof ratios[0]; i++) {
        printf("\t%s", ratios[i].name);
    }
    for (int figure = 0; figure < FIGURE_COUNT; figure++) {
        printf("\t%s", names[figure]);
    }
    printf("\n");
    for (int i = 0; i < count; i++) {
        bench_rows(bench_image_path(), row_counts[i]);
    }
    return 0;
}
