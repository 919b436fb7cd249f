/* bench_lookup — finds in a unique index of u64 keys over a table, beside the limit in the same
 * round: reading one random cache line of an array as large as the index. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "support.h"

enum { PROBE_COUNT = 1 << 20, BATCH = 1024, ROUND_COUNT = 7 };

static const char schema_text[] = "record Row { id: u64; }\n"
                                  "dataset Rows { rows: array<Row>; by_id: index rows by id; }\n";

struct figures {
    double limit[ROUND_COUNT], hit[ROUND_COUNT], miss[ROUND_COUNT], batch[ROUND_COUNT];
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

static double elapsed_per_probe(uint64_t start)
{
    return (double)(bench_now() - start) / PROBE_COUNT;
}

/* Prefetched one ahead by the processor alone: the loads do not depend on one another. */
static double gather(const uint64_t *lines, uint64_t line_count, const uint64_t *keys,
                     uint64_t *sum)
{
    const uint64_t start = bench_now();
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        const uint64_t line = (uint64_t)(((unsigned __int128)keys[i] * line_count) >> 64);
        *sum += lines[line * 8];
    }
    return elapsed_per_probe(start);
}

static double find_each(const shm_index *index, const uint64_t *keys, uint64_t *sum)
{
    const uint64_t start = bench_now();
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        *sum += shm_index_find_word(index, keys[i]);
    }
    return elapsed_per_probe(start);
}

static double find_batches(const shm_index *index, const uint64_t *keys, uint64_t *sum)
{
    uint64_t rows[BATCH];
    const uint64_t start = bench_now();
    for (size_t i = 0; i < PROBE_COUNT; i += BATCH) {
        *sum += shm_index_find_words(index, keys + i, BATCH, rows);
    }
    return elapsed_per_probe(start);
}

static void measure(const shm_index *index, uint64_t row_count, struct figures *figures)
{
    const uint64_t line_count = shm_index_describe(index).size_bytes / 64;
    uint64_t *lines = mmap(NULL, line_count * 64, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    uint64_t *hits = malloc(PROBE_COUNT * sizeof *hits);
    uint64_t *misses = malloc(PROBE_COUNT * sizeof *misses);
    uint64_t state = 42, sum = 0;
    if (lines == MAP_FAILED || hits == NULL || misses == NULL) {
        perror("memory");
        exit(1);
    }
    for (int round = 0; round < ROUND_COUNT; round++) {
        for (size_t i = 0; i < PROBE_COUNT; i++) {
            hits[i] = key_of(bench_random(&state) % row_count);
            misses[i] = key_of(row_count + bench_random(&state) % row_count);
        }
        figures->limit[round] = gather(lines, line_count, hits, &sum);
        figures->hit[round] = find_each(index, hits, &sum);
        figures->miss[round] = find_each(index, misses, &sum);
        figures->batch[round] = find_batches(index, hits, &sum);
    }
    fprintf(stderr, "(checksum %llx)\n", (unsigned long long)sum);
    free(hits);
    free(misses);
    munmap(lines, line_count * 64);
}

int main(void)
{
    static const uint64_t row_counts[] = {100000, 1000000, 10000000};
    const char *path = bench_image_path();
    printf("rows\tbuild_ns_a_row\tlimit_ns\thit_ns\tmiss_ns\tbatch_ns\tbytes_an_entry\n");
    for (size_t i = 0; i < sizeof row_counts / sizeof row_counts[0]; i++) {
        struct figures figures;
        shm_dataset *dataset = NULL;
        shm_error error;
        const double build = build_image(path, row_counts[i]);
        bench_require(shm_dataset_open(path, NULL, &dataset, &error), &error, "open");
        const shm_index *index = shm_dataset_index(dataset, 1);
        measure(index, row_counts[i], &figures);
        printf("%llu\t%.0f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\n", (unsigned long long)row_counts[i],
               build, bench_median(figures.limit, ROUND_COUNT),
               bench_median(figures.hit, ROUND_COUNT), bench_median(figures.miss, ROUND_COUNT),
               bench_median(figures.batch, ROUND_COUNT),
               (double)shm_index_describe(index).size_bytes / (double)row_counts[i]);
        fflush(stdout);
        shm_dataset_close(dataset);
        unlink(path);
    }
    return 0;
}
