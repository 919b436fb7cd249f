/* bench_build — filling: what it takes until keys can be found, rows coming from an iterator one by
 * one (docs/benchmarks.md).  libshm and the stores end with a file, maps with memory, but for the
 * one that is written to a file as well.  bench_build [ROWS...] */
#include <stdio.h>
#include <stdlib.h>

#include "contender.h"
#include "pages.h"
#include "support.h"

enum { MILLION = 1000000, ROUND_COUNT = 3, LARGE = 50 * MILLION, LIST_COUNT_MAX = 16 };

/* Making the keys and nothing else, which is part of all the others' times. */
static void *make_keys(const bench_contender *contender, const bench_setting *setting)
{
    uint64_t *sum = bench_allocate(sizeof *sum);
    (void)contender;
    for (uint64_t row = 0; row < setting->count; row++) {
        bench_key key;
        bench_key_make(setting->kind, row, &key);
        *sum += key.as.u64;
    }
    return sum;
}

static const bench_contender keys_alone = {
    .name = "the keys alone", .kinds = BENCH_ALL_KINDS, .build = make_keys, .close = free};

static const bench_contender *const peers[] = {&keys_alone,      &bench_absl,  &bench_absl_grown,
                                               &bench_absl_file, &bench_std,   &bench_lmdb,
                                               &bench_cdb,       &bench_tkrzw, &bench_rocksdb};

/* ns a row; 0 if it cannot hold this. */
static double build(const bench_contender *contender, const bench_setting *setting)
{
    if (contender->count_max != 0 && setting->count > contender->count_max) {
        return 0;
    }
    bench_warm_memory(setting->count);
    const uint64_t start = bench_now();
    void *self = contender->build(contender, setting);
    const uint64_t end = bench_now();
    if (self == NULL) {
        return 0;
    }
    contender->close(self);
    return (double)(end - start) / (double)setting->count;
}

static void print_row(const bench_setting *setting, const char *name, const double *ours,
                      const double *figures, int round_count)
{
    double sorted[ROUND_COUNT], ratios[ROUND_COUNT];
    for (int round = 0; round < round_count; round++) {
        sorted[round] = figures[round];
        ratios[round] = ours[round] / figures[round];
    }
    printf("%s\t%llu\t%s\t%.0f\t%.3f\n", bench_kind_name(setting->kind),
           (unsigned long long)setting->count, name, bench_median(sorted, (size_t)round_count),
           bench_median(ratios, (size_t)round_count));
}

static void bench(bench_kind kind, uint64_t count)
{
    const bench_setting setting = {.kind = kind, .count = count, .folder = bench_folder()};
    const int round_count = count > LARGE ? 1 : ROUND_COUNT;
    const bench_contender *list[LIST_COUNT_MAX];
    double figures[LIST_COUNT_MAX][ROUND_COUNT];
    size_t list_count = 0;
    for (size_t i = 0; i < bench_shm_build_count; i++) {
        list[list_count++] = &bench_shm_builds[i];
    }
    for (size_t i = 0; i < sizeof peers / sizeof peers[0]; i++) {
        list[list_count++] = peers[i];
    }
    for (int round = 0; round < round_count; round++) {
        for (size_t i = 0; i < list_count; i++) {
            figures[i][round] = build(list[i], &setting);
        }
    }
    bench_table("build", "keys\trows\tcontender\tns_a_row\tlibshm_over_it");
    for (size_t i = 0; i < list_count; i++) {
        if (figures[i][0] > 0) {
            print_row(&setting, list[i]->name, figures[0], figures[i], round_count);
        }
    }
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const uint64_t sizes[][3] = {[BENCH_FULL] = {MILLION, 10 * MILLION, 100 * MILLION},
                                        [BENCH_QUICK] = {100000, MILLION},
                                        [BENCH_TINY] = {1000}};
    const uint64_t *scaled = sizes[bench_scale_wanted()];
    bench_use_small_pages();
    for (int i = 1; i < argc; i++) {
        bench(BENCH_U64, strtoull(argv[i], NULL, 10));
        bench(BENCH_TEXT, strtoull(argv[i], NULL, 10));
    }
    for (int i = 0; argc == 1 && i < 3 && scaled[i] != 0; i++) {
        bench(BENCH_U64, scaled[i]);
        if (scaled[i] < LARGE) {
            bench(BENCH_TEXT, scaled[i]);
        }
    }
    return 0;
}
