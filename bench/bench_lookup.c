/* bench_lookup — finds by key: libshm beside hash maps in memory, stores on disk, and the limit
 * (docs/benchmarks.md).  bench_lookup [KIND] [ROWS...] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "contender.h"
#include "pages.h"
#include "rounds.h"
#include "support.h"

static const bench_contender *const peers[] = {
    &bench_absl, &bench_std, &bench_lmdb, &bench_cdb, &bench_tkrzw, &bench_rocksdb,
};
enum { PEER_COUNT = sizeof peers / sizeof peers[0], MILLION = 1000000, SIZE_COUNT_MAX = 8 };

/* Rows by scale; 0 ends a list. */
static const uint64_t sizes_full[BENCH_KIND_COUNT][4] = {
    [BENCH_U64] = {MILLION, 10 * MILLION, 100 * MILLION},
    [BENCH_U32] = {MILLION, 10 * MILLION, 100 * MILLION},
    [BENCH_UUID] = {MILLION, 10 * MILLION},
    [BENCH_PAIR] = {MILLION, 10 * MILLION},
    [BENCH_TEXT] = {MILLION, 10 * MILLION},
};
static const uint64_t sizes_quick[] = {100000, MILLION, 0};
static const uint64_t sizes_tiny[] = {1, 1000, 0};
static const size_t probe_counts[] = {
    [BENCH_FULL] = 1 << 20, [BENCH_QUICK] = 1 << 18, [BENCH_TINY] = 1 << 12};

static void print_figure(double figure, int decimals)
{
    if (figure > 0) {
        printf("\t%.*f", decimals, figure);
    } else {
        printf("\t"); /* there is none */
    }
}

static void print_entries(const bench_field *field)
{
    bench_table("lookup", "keys\trows\tcontender\tbuild_ns_a_row\topen_us\tfind_bytes_an_entry\t"
                          "all_bytes_an_entry\thit_ns\thalf_ns\tmiss_ns\tdependent_ns\tbatch_ns");
    for (size_t i = 0; i < field->entry_count; i++) {
        const bench_entry *entry = &field->entries[i];
        const double count = (double)field->count;
        printf("%s\t%llu\t%s", bench_kind_name(field->kind), (unsigned long long)field->count,
               entry->contender->name);
        print_figure(entry->contender->unchecked ? 0 : entry->build_ns, 0);
        print_figure(entry->open_us, 1);
        print_figure((double)entry->contender->find_bytes(entry->self) / count, 1);
        print_figure((double)entry->contender->all_bytes(entry->self) / count, 1);
        for (int workload = 0; workload < BENCH_WORKLOAD_COUNT; workload++) {
            print_figure(bench_entry_figure(entry, (bench_workload)workload), 1);
        }
        printf("\n");
    }
}

static bool is_ours(const bench_entry *entry)
{
    return entry->contender >= bench_shm && entry->contender < bench_shm + bench_shm_count;
}

static void print_ratios(const bench_field *field)
{
    bench_table("lookup-ratios", "keys\trows\tours\tother\thit\thalf\tmiss\tdependent\tbatch");
    for (size_t i = 0; i < field->entry_count; i++) {
        for (size_t k = 0; k < field->entry_count; k++) {
            const bench_entry *ours = &field->entries[i], *other = &field->entries[k];
            if (!is_ours(ours) || is_ours(other)) {
                continue;
            }
            printf("%s\t%llu\t%s\t%s", bench_kind_name(field->kind),
                   (unsigned long long)field->count, ours->contender->name, other->contender->name);
            for (int workload = 0; workload < BENCH_WORKLOAD_COUNT; workload++) {
                print_figure(bench_entry_ratio(ours, other, (bench_workload)workload), 3);
            }
            printf("\n");
        }
    }
}

/* Each form of libshm, and its limit after what shares its image; then the peers. */
static size_t list_contenders(const bench_contender *contenders[BENCH_ENTRY_COUNT_MAX])
{
    size_t count = 0, limit = 0;
    for (size_t i = 0; i < bench_shm_count; i++) {
        contenders[count++] = &bench_shm[i];
        if (i + 1 == bench_shm_count || !bench_shm[i + 1].shares_previous) {
            contenders[count++] = &bench_limits[limit++];
        }
    }
    for (size_t i = 0; i < PEER_COUNT; i++) {
        contenders[count++] = peers[i];
    }
    return count;
}

static void bench(bench_kind kind, uint64_t count)
{
    static bench_field field;
    const bench_contender *contenders[BENCH_ENTRY_COUNT_MAX];
    const size_t contender_count = list_contenders(contenders);
    field.kind = kind;
    field.count = count;
    field.probe_count = probe_counts[bench_scale_wanted()];
    bench_field_fill(&field, contenders, contender_count);
    bench_tell_pages();
    bench_field_measure(&field);
    print_entries(&field);
    print_ratios(&field);
    fflush(stdout);
    bench_field_close(&field);
}

static const uint64_t *sizes_of(bench_kind kind)
{
    switch (bench_scale_wanted()) {
    case BENCH_QUICK:
        return sizes_quick;
    case BENCH_TINY:
        return sizes_tiny;
    case BENCH_FULL:
        break;
    }
    return sizes_full[kind];
}

int main(int argc, char **argv)
{
    uint64_t given[SIZE_COUNT_MAX + 1] = {0};
    const char *kind_given = argc > 1 ? argv[1] : NULL;
    for (int i = 2; i < argc && i < 2 + SIZE_COUNT_MAX; i++) {
        given[i - 2] = strtoull(argv[i], NULL, 10);
    }
    bench_use_wanted_pages(argv);
    for (int kind = 0; kind < BENCH_KIND_COUNT; kind++) {
        if (kind_given != NULL && strcmp(kind_given, bench_kind_name((bench_kind)kind)) != 0) {
            continue;
        }
        const uint64_t *sizes = given[0] != 0 ? given : sizes_of((bench_kind)kind);
        for (; *sizes != 0; sizes++) {
            bench((bench_kind)kind, *sizes);
        }
    }
    return 0;
}
