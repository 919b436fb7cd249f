/* contender.h — what every contender of the lookups and builds offers.
 *
 * A contender is filled with the keys of rows 0 to count - 1 (keys.h), each of which leads to its
 * row number, and then asked for keys.  One file a contender, or a family of them: peer_NAME.c or
 * .cc.  A contender that fails ends the program and says why. */
#ifndef BENCH_CONTENDER_H
#define BENCH_CONTENDER_H

#include "keys.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How to fill it. */
typedef struct bench_setting {
    bench_kind kind;
    uint64_t count;
    const char *folder;   /* for its files */
    uint64_t limit_bytes; /* how large an array a limit gathers from: as what was filled before */
} bench_setting;

typedef struct bench_contender bench_contender;
struct bench_contender {
    const char *name;
    unsigned kinds;         /* 1 << bench_kind for each it can hold */
    uint64_t count_max;     /* more would take too long, or too much memory; 0: any number */
    unsigned probe_divisor; /* the slow answer the first part of the probes; 0 and 1: all */
    bool unchecked;         /* it finds nothing: a limit */
    bool shares_previous;   /* reads what the contender before it in the list was filled with */
    const void *variant;    /* what else its functions need to know */

    /* Fills one; NULL if it cannot hold this, which it has said on stderr.  `build` runs from the
     * first key to an end from which it could be read at once, files included. */
    void *(*build)(const bench_contender *contender, const bench_setting *setting);
    void (*close)(void *self); /* files too */

    /* The sums of what the keys lead to.  Finds that do not depend on one another; finds each of
     * which must wait for the answer before; finds in batches, NULL if it has none. */
    uint64_t (*find_each)(void *self, const bench_probes *probes);
    uint64_t (*find_dependent)(void *self, const bench_probes *probes);
    uint64_t (*find_batch)(void *self, const bench_probes *probes);

    /* Bytes that finds read from, and bytes of all that was made (files; memory). */
    uint64_t (*find_bytes)(void *self);
    uint64_t (*all_bytes)(void *self);

    /* Closes its file and opens it again; NULL if it has none. */
    void (*reopen)(void *self);
};

enum { BENCH_ALL_KINDS = (1 << BENCH_KIND_COUNT) - 1, BENCH_BATCH = 1024, BENCH_AHEAD = 16 };

/* The index of the probe after one that was answered with `answer`: i + 1, since rows are below
 * 2^63; but the processor, and the compiler, cannot know before they have the answer. */
static inline size_t bench_next_probe(size_t i, uint64_t answer)
{
    __asm__("" : "+r"(answer));
    return i + 1 + (size_t)(answer >> 63);
}

/* The forms of libshm, each on its own or sharing the image of the one before. */
extern const bench_contender bench_shm[];
extern const size_t bench_shm_count;

/* How libshm builds, the first one being what ratios are about. */
extern const bench_contender bench_shm_builds[];
extern const size_t bench_shm_build_count;

/* One random line a find: of the forms of libshm that are a file of their own, in their order. */
enum { BENCH_LIMIT_COUNT = 3 };
extern const bench_contender bench_limits[BENCH_LIMIT_COUNT];

extern const bench_contender bench_absl, bench_absl_grown, bench_absl_file;
extern const bench_contender bench_std;
extern const bench_contender bench_lmdb, bench_cdb, bench_tkrzw, bench_rocksdb;

#ifdef __cplusplus
}
#endif

#endif
