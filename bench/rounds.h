/* rounds.h — contenders of lookups, measured side by side.
 *
 * In each round all contenders find the same keys, drawn anew, and each must come to the same sum.
 * The order in which they take turns moves on by one each round.  The first round warms up. */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include "contender.h"

typedef enum bench_workload {
    BENCH_HIT,       /* all keys are there; finds do not depend on one another */
    BENCH_HALF,      /* half of them are */
    BENCH_MISS,      /* none is */
    BENCH_DEPENDENT, /* all are there; each find waits for the answer before */
    BENCH_BATCH_HIT, /* all are there; found in batches */
    BENCH_WORKLOAD_COUNT
} bench_workload;

enum { BENCH_ROUND_COUNT = 7, BENCH_ENTRY_COUNT_MAX = 16 };

/* A contender that was filled, and what came out. */
typedef struct bench_entry {
    const bench_contender *contender;
    void *self;
    double build_ns; /* a row; 0 where it shares what another one built */
    double open_us;  /* up to the first answer; 0 if it has no file */
    /* ns a find, by round; 0 where it has no batches */
    double figures[BENCH_WORKLOAD_COUNT][BENCH_ROUND_COUNT];
} bench_entry;

/* The contenders of one kind of keys and one count. */
typedef struct bench_field {
    bench_kind kind;
    uint64_t count;
    size_t probe_count;
    uint64_t limit_bytes; /* what finds read from in the one that was filled last */
    size_t entry_count;
    bench_entry entries[BENCH_ENTRY_COUNT_MAX];
} bench_field;

/* Fills all that can hold the field's kind and count. */
void bench_field_fill(bench_field *field, const bench_contender *const *contenders, size_t count);

void bench_field_measure(bench_field *field);

void bench_field_close(bench_field *field);

/* The median over the rounds of ours / other; 0 where one of them has no such figure. */
double bench_entry_ratio(const bench_entry *ours, const bench_entry *other,
                         bench_workload workload);

/* The median over the rounds of the figure. */
double bench_entry_figure(const bench_entry *entry, bench_workload workload);

#endif
