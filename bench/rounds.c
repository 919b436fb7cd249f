/* rounds.c — see rounds.h. */
#include "rounds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pages.h"
#include "support.h"

enum { REOPEN_COUNT = 9 };

/* Whether the name has one of the parts that $BENCH_ONLY lists with commas between; or there is no
 * such list. */
static bool is_wanted(const char *name)
{
    const char *part = getenv("BENCH_ONLY");
    if (part == NULL) {
        return true;
    }
    while (*part != '\0') {
        const size_t length = strcspn(part, ",");
        if (length > 0 && memmem(name, strlen(name), part, length) != NULL) {
            return true;
        }
        part += length + (part[length] == ',');
    }
    return false;
}

/* Why a contender stays out, NULL if it does not. */
static const char *reason_against(const bench_contender *contender, const bench_field *field)
{
    if (!is_wanted(contender->name)) {
        return "is not in BENCH_ONLY";
    }
    if ((contender->kinds & 1U << field->kind) == 0) {
        return "does not hold such keys";
    }
    if (contender->count_max != 0 && field->count > contender->count_max) {
        return "would take too much time or memory";
    }
    return NULL;
}

static void fill(bench_field *field, const bench_contender *contender)
{
    const bench_setting setting = {field->kind, field->count, bench_folder(), field->limit_bytes};
    bench_entry *entry = &field->entries[field->entry_count];
    *entry = (bench_entry){.contender = contender};
    fprintf(stderr, "%s %llu: filling %s\n", bench_kind_name(field->kind),
            (unsigned long long)field->count, contender->name);
    if (contender->shares_previous) {
        entry->self = entry[-1].self;
        field->entry_count++;
        return;
    }
    bench_warm_memory(field->count);
    const uint64_t start = bench_now();
    entry->self = contender->build(contender, &setting);
    entry->build_ns = (double)(bench_now() - start) / (double)field->count;
    field->entry_count += entry->self != NULL;
    field->limit_bytes = entry->self == NULL ? 0 : contender->find_bytes(entry->self);
}

void bench_field_fill(bench_field *field, const bench_contender *const *contenders, size_t count)
{
    bool has_previous = false; /* the one before is among the entries */
    field->limit_bytes = 0;
    field->entry_count = 0;
    for (size_t i = 0; i < count && field->entry_count < BENCH_ENTRY_COUNT_MAX; i++) {
        const size_t before = field->entry_count;
        const char *reason = reason_against(contenders[i], field);
        if (reason == NULL && contenders[i]->shares_previous && !has_previous) {
            reason = "shares what stays out";
        }
        if (reason == NULL) {
            fill(field, contenders[i]);
        } else {
            fprintf(stderr, "%s %llu: %s stays out: %s\n", bench_kind_name(field->kind),
                    (unsigned long long)field->count, contenders[i]->name, reason);
            field->limit_bytes = contenders[i]->shares_previous ? field->limit_bytes : 0;
        }
        has_previous = field->entry_count > before;
    }
}

void bench_field_close(bench_field *field)
{
    for (size_t i = 0; i < field->entry_count; i++) {
        const bench_entry *entry = &field->entries[i];
        if (!entry->contender->shares_previous) {
            entry->contender->close(entry->self);
        }
    }
    field->entry_count = 0;
}

static void measure_open(bench_entry *entry, bench_kind kind)
{
    double figures[REOPEN_COUNT];
    bench_probes probe;
    uint64_t state = 1, sum = 0;
    bench_probes_open(&probe, kind, 1);
    bench_probes_draw(&probe, 1, 2, &state);
    for (int i = 0; i < REOPEN_COUNT; i++) {
        const uint64_t start = bench_now();
        entry->contender->reopen(entry->self);
        sum += entry->contender->find_each(entry->self, &probe);
        figures[i] = (double)(bench_now() - start) / 1e3;
    }
    bench_probes_close(&probe);
    if (sum != 0) { /* all seek the key of row 0 */
        fprintf(stderr, "%s: answers wrongly after it was opened again\n", entry->contender->name);
        exit(1);
    }
    entry->open_us = bench_median(figures, REOPEN_COUNT);
}

/* The find that a workload is made of; NULL if the contender has none. */
static uint64_t (*find_of(const bench_contender *contender,
                          bench_workload workload))(void *, const bench_probes *)
{
    return workload == BENCH_DEPENDENT   ? contender->find_dependent
           : workload == BENCH_BATCH_HIT ? contender->find_batch
                                         : contender->find_each;
}

/* The ns a find, of the first part of the probes for those that are slow. */
static double run(const bench_entry *entry, bench_workload workload, const bench_probes *probes)
{
    const bench_contender *contender = entry->contender;
    bench_probes part = *probes;
    if (contender->probe_divisor > 1) {
        part.count = probes->count / contender->probe_divisor;
    }
    const uint64_t start = bench_busy_now();
    const uint64_t sum = find_of(contender, workload)(entry->self, &part);
    const uint64_t end = bench_busy_now();
    if (!contender->unchecked && sum != bench_probes_sum(&part)) {
        fprintf(stderr, "%s: answers wrongly\n", contender->name);
        exit(1);
    }
    return (double)(end - start) / (double)part.count;
}

static void run_round(bench_field *field, int round, const bench_probes *probes,
                      bench_workload workload)
{
    for (size_t i = 0; i < field->entry_count; i++) {
        bench_entry *entry = &field->entries[(i + (size_t)(round + 1)) % field->entry_count];
        const double figure =
            find_of(entry->contender, workload) == NULL ? 0 : run(entry, workload, probes);
        if (round >= 0) {
            entry->figures[workload][round] = figure;
        }
    }
}

void bench_field_measure(bench_field *field)
{
    static const unsigned hits_of_2[BENCH_WORKLOAD_COUNT] = {2, 1, 0, 2, 2};
    uint64_t state = 42;
    bench_probes probes;
    for (size_t i = 0; i < field->entry_count; i++) {
        bench_entry *entry = &field->entries[i];
        if (entry->contender->reopen != NULL && !entry->contender->shares_previous) {
            measure_open(entry, field->kind);
        }
    }
    bench_probes_open(&probes, field->kind, field->probe_count);
    for (int round = -1; round < BENCH_ROUND_COUNT; round++) {
        for (int workload = 0; workload < BENCH_WORKLOAD_COUNT; workload++) {
            bench_probes_draw(&probes, field->count, hits_of_2[workload], &state);
            run_round(field, round, &probes, (bench_workload)workload);
        }
    }
    bench_probes_close(&probes);
}

double bench_entry_ratio(const bench_entry *ours, const bench_entry *other, bench_workload workload)
{
    double ratios[BENCH_ROUND_COUNT];
    for (int round = 0; round < BENCH_ROUND_COUNT; round++) {
        const double divisor = other->figures[workload][round];
        ratios[round] = divisor > 0 ? ours->figures[workload][round] / divisor : 0;
    }
    return bench_median(ratios, BENCH_ROUND_COUNT);
}

double bench_entry_figure(const bench_entry *entry, bench_workload workload)
{
    double figures[BENCH_ROUND_COUNT];
    for (int round = 0; round < BENCH_ROUND_COUNT; round++) {
        figures[round] = entry->figures[workload][round];
    }
    return bench_median(figures, BENCH_ROUND_COUNT);
}
