/* keys.h — the keys that are sought: row number in, key out, the same for every contender.
 *
 * Keys of different rows differ; rows past the last one give the keys that are missed.  All are
 * made from the row number alone, so a build makes them as it goes and no table of them is kept. */
#ifndef BENCH_KEYS_H
#define BENCH_KEYS_H

#include <shm/value.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum bench_kind {
    BENCH_U64,  /* u64 to u64 */
    BENCH_U32,  /* u32 to u32 */
    BENCH_UUID, /* 16 bytes to u64 */
    BENCH_PAIR, /* (u32, u32) to u64 */
    BENCH_TEXT, /* 8 to 60 bytes, 28 on average, to u64 */
    BENCH_KIND_COUNT
} bench_kind;

typedef struct bench_uuid {
    uint64_t words[2];
} bench_uuid;

typedef struct bench_pair {
    uint32_t first, second;
} bench_pair;

enum { BENCH_TEXT_MAX = 60 };

/* Room for any key. */
typedef struct bench_key {
    union {
        uint64_t u64;
        uint32_t u32;
        bench_uuid uuid;
        bench_pair pair;
        char text[BENCH_TEXT_MAX + 4];
    } as;
    size_t length; /* its bytes */
} bench_key;

/* "u64", "u32", "uuid", "pair", "text" */
const char *bench_kind_name(bench_kind kind);

/* Bytes of the value: 4 for u32, else 8. */
size_t bench_value_bytes(bench_kind kind);

/* The key of a row.  Cost: a few ns, for texts some 30. */
void bench_key_make(bench_kind kind, uint64_t row, bench_key *key);

/* All row numbers in the order of the bytes of their keys, or, `as_numbers`, u64 and u32 keys in
 * the order of their numbers; the caller frees it. */
uint64_t *bench_rows_in_order(bench_kind kind, uint64_t count, bool as_numbers);

/* What no key leads to. */
#define BENCH_NONE UINT64_MAX

/* Keys to seek, made before the clock runs. */
typedef struct bench_probes {
    bench_kind kind;
    size_t count;
    void *keys;        /* uint64_t, uint32_t, bench_uuid, bench_pair or shm_string */
    uint64_t *values;  /* the rows that the keys lead to; BENCH_NONE for those that miss */
    uint64_t *numbers; /* random ones, for what has no keys */
    char *texts;       /* the bytes of texts */
} bench_probes;

void bench_probes_open(bench_probes *probes, bench_kind kind, size_t count);
void bench_probes_close(bench_probes *probes);

/* Draws them anew: `hit_of_2` of 2 keys are of rows below row_count, the others miss. */
void bench_probes_draw(bench_probes *probes, uint64_t row_count, unsigned hit_of_2,
                       uint64_t *state);

/* The sum of `values`: what finding them all must come to. */
uint64_t bench_probes_sum(const bench_probes *probes);

/* Key i as bytes. */
static inline shm_string bench_probe_bytes(const bench_probes *probes, size_t i)
{
    switch (probes->kind) {
    case BENCH_U64:
        return shm_string_of((const char *)probes->keys + i * 8, 8);
    case BENCH_U32:
        return shm_string_of((const char *)probes->keys + i * 4, 4);
    case BENCH_UUID:
        return shm_string_of((const char *)probes->keys + i * 16, 16);
    case BENCH_PAIR:
        return shm_string_of((const char *)probes->keys + i * 8, 8);
    case BENCH_TEXT:
    case BENCH_KIND_COUNT:
        break;
    }
    return ((const shm_string *)probes->keys)[i];
}

#ifdef __cplusplus
}
#endif

#endif
