/* bench_find.c — the time of finds, beside what one random line of the index takes.
 *
 * All measures of an index are taken in turn, round after round, so that what else the machine does
 * meets all of them; the median of the rounds counts.  Keys and lines are taken from rings that are
 * longer than the caches where the index is: each measure goes on where the last one stopped, so
 * that none finds in a cache what another fetched. */
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"
#include "progress.h"

enum {
    ROUND_COUNT = 9,
    ROUND_LEAST = 3,
    BATCH_COUNT = 256,
    LINE_BYTES = 64,
    LINE_RING = 1 << 20,
    FIRST_COUNT = 2000, /* finds of the first try, which says how many fit into a round */
    COUNT_MOST = 1 << 18
};

/* A place in a ring of things to seek. */
typedef struct ring {
    size_t count;
    size_t at;
} ring;

typedef struct run {
    const shm_index *index;
    bool is_unique;
    uint64_t zero; /* 0, but the compiler does not know */
    shm_bench_keys hits, misses;
    ring hit_ring, miss_ring, line_ring;
    const unsigned char *lines; /* the largest section of the index */
    uint64_t line_count;
    uint64_t *line_numbers;
    size_t counts[SHM_BENCH_MEASURE_COUNT]; /* finds in a round; 0: not measured */
    uint64_t sum;                           /* so that nothing is left out */
} run;

double shm_bench_median(double *values, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        const double value = values[i];
        size_t at = i;
        for (; at > 0 && values[at - 1] > value; at--) {
            values[at] = values[at - 1];
        }
        values[at] = value;
    }
    return values[count / 2];
}

/* ---- finds ---- */

static inline uint64_t first_row(shm_row_range range)
{
    uint64_t row = SHM_NO_ROW;
    (void)shm_row_range_next(&range, &row);
    return row;
}

/* Key i; `chained` is 0, and waits for the find before where that is wanted. */
static inline uint64_t find_key(const run *r, const shm_bench_keys *keys, shm_key_form form,
                                bool is_unique, size_t i, uint64_t chained)
{
    if (form == SHM_KEY_WORD) {
        const uint64_t word = keys->words[i] ^ chained;
        return is_unique ? shm_index_find_word(r->index, word)
                         : first_row(shm_multi_find_word(r->index, word));
    }
    if (form == SHM_KEY_TEXT) {
        shm_string text = keys->texts[i];
        text.data += chained;
        return is_unique ? shm_index_find_text(r->index, text)
                         : first_row(shm_multi_find_text(r->index, text));
    }
    const shm_key_part *parts = keys->parts + i * keys->part_count + chained;
    return is_unique ? shm_index_find_parts(r->index, parts)
                     : first_row(shm_multi_find_parts(r->index, parts));
}

/* Seeks keys from `first` on; each find's input hangs on `mask` bits of the row before. */
static inline uint64_t find_keys(const run *r, const shm_bench_keys *keys, shm_key_form form,
                                 bool is_unique, size_t first, size_t count, uint64_t mask)
{
    uint64_t sum = 0;
    uint64_t row = 0;
    for (size_t i = first; i < first + count; i++) {
        row = find_key(r, keys, form, is_unique, i, row & mask);
        sum += row;
    }
    return sum;
}

/* A loop of its own for each form, as a program has that knows its keys. */
static uint64_t seek(const run *r, const shm_bench_keys *keys, size_t first, size_t count,
                     bool chain)
{
    const uint64_t zero = r->zero;
    const bool u = r->is_unique;
    switch (keys->form) {
    case SHM_KEY_WORD:
        return chain ? find_keys(r, keys, SHM_KEY_WORD, u, first, count, zero)
                     : find_keys(r, keys, SHM_KEY_WORD, u, first, count, 0);
    case SHM_KEY_TEXT:
        return chain ? find_keys(r, keys, SHM_KEY_TEXT, u, first, count, zero)
                     : find_keys(r, keys, SHM_KEY_TEXT, u, first, count, 0);
    default:
        return chain ? find_keys(r, keys, SHM_KEY_PARTS, u, first, count, zero)
                     : find_keys(r, keys, SHM_KEY_PARTS, u, first, count, 0);
    }
}

static uint64_t seek_batches(const run *r, size_t first, size_t count)
{
    uint64_t rows[BATCH_COUNT];
    uint64_t sum = 0;
    const shm_bench_keys *keys = &r->hits;
    for (size_t i = first; i < first + count; i += BATCH_COUNT) {
        const size_t left = first + count - i;
        const size_t now = left < BATCH_COUNT ? left : BATCH_COUNT;
        switch (keys->form) {
        case SHM_KEY_WORD:
            sum += shm_index_find_words(r->index, keys->words + i, now, rows);
            break;
        case SHM_KEY_TEXT:
            sum += shm_index_find_texts(r->index, keys->texts + i, now, rows);
            break;
        default:
            sum +=
                shm_index_find_many_parts(r->index, keys->parts + i * keys->part_count, now, rows);
        }
        sum += rows[0];
    }
    return sum;
}

/* ---- lines ---- */

static uint64_t gather(const run *r, size_t first, size_t count)
{
    uint64_t sum = 0;
    for (size_t i = first; i < first + count; i++) {
        uint64_t word;
        memcpy(&word, r->lines + r->line_numbers[i] * LINE_BYTES, sizeof word);
        sum += word;
    }
    return sum;
}

static uint64_t gather_chain(const run *r, size_t first, size_t count)
{
    const uint64_t zero = r->zero;
    uint64_t sum = 0;
    uint64_t word = 0;
    for (size_t i = first; i < first + count; i++) {
        memcpy(&word, r->lines + (r->line_numbers[i] ^ (word & zero)) * LINE_BYTES, sizeof word);
        sum += word;
    }
    return sum;
}

static bool is_of_index(const shm_section_info *section, const shm_collection *collection)
{
    return section->collection != NULL && strcmp(section->collection, collection->name) == 0 &&
           strcmp(section->kind, "heap") != 0 && strcmp(section->kind, "rows") != 0;
}

/* Chooses the largest section of the index, the one that finds begin in; answers the size of
 * all. */
static uint64_t choose_lines(const shm_dataset *dataset, const shm_collection *collection, run *r)
{
    uint64_t size = 0;
    uint64_t largest = 0;
    for (size_t i = 0; i < shm_dataset_section_count(dataset); i++) {
        const shm_section_info section = shm_dataset_section(dataset, i);
        if (is_of_index(&section, collection)) {
            size += section.size;
            if (section.size > largest) {
                largest = section.size;
                r->lines = section.bytes;
            }
        }
    }
    r->line_count = largest / LINE_BYTES;
    return size;
}

static void draw_lines(run *r)
{
    uint64_t random = 3;
    size_t count = r->line_count < LINE_RING / 2 ? 2 * (size_t)r->line_count : LINE_RING;
    count = r->line_count > 0 && count < FIRST_COUNT ? FIRST_COUNT : count;
    r->line_numbers = shm_cli_realloc(NULL, (count + 1) * sizeof *r->line_numbers);
    for (size_t i = 0; i < count; i++) {
        r->line_numbers[i] = shm_bench_random(&random) % r->line_count;
    }
    r->line_ring.count = count;
}

/* ---- rounds ---- */

static ring *ring_of(run *r, shm_bench_measure measure)
{
    switch (measure) {
    case SHM_BENCH_LINE:
    case SHM_BENCH_LINE_CHAIN:
        return &r->line_ring;
    case SHM_BENCH_MISS:
        return &r->miss_ring;
    default:
        return &r->hit_ring;
    }
}

static uint64_t measure_span(const run *r, shm_bench_measure measure, size_t first, size_t count)
{
    switch (measure) {
    case SHM_BENCH_LINE:
        return gather(r, first, count);
    case SHM_BENCH_LINE_CHAIN:
        return gather_chain(r, first, count);
    case SHM_BENCH_BATCH:
        return seek_batches(r, first, count);
    case SHM_BENCH_MISS:
        return seek(r, &r->misses, first, count, false);
    default:
        return seek(r, &r->hits, first, count, measure == SHM_BENCH_HIT_CHAIN);
    }
}

/* Nanoseconds each of `count` takes, going on in the ring. */
static double measure_once(run *r, shm_bench_measure measure, size_t count)
{
    ring *place = ring_of(r, measure);
    const double start = shm_clock_seconds();
    for (size_t left = count; left > 0;) {
        const size_t room = place->count - place->at;
        const size_t now = left < room ? left : room;
        r->sum += measure_span(r, measure, place->at, now);
        place->at = now == room ? 0 : place->at + now;
        left -= now;
    }
    return (shm_clock_seconds() - start) * 1e9 / (double)count;
}

/* How many of each fit into a round. */
static void plan(run *r, double seconds_each)
{
    for (int i = 0; i < SHM_BENCH_MEASURE_COUNT; i++) {
        const bool is_missing =
            ring_of(r, (shm_bench_measure)i)->count == 0 || (i == SHM_BENCH_BATCH && !r->is_unique);
        if (is_missing) {
            continue;
        }
        const double ns = measure_once(r, (shm_bench_measure)i, FIRST_COUNT);
        const double count = seconds_each * 1e9 / (ns < 0.1 ? 0.1 : ns);
        r->counts[i] = count < BATCH_COUNT  ? BATCH_COUNT
                       : count > COUNT_MOST ? COUNT_MOST
                                            : (size_t)count;
    }
}

static void measure_rounds(run *r, double until, shm_bench_index *result)
{
    double times[SHM_BENCH_MEASURE_COUNT][ROUND_COUNT];
    size_t rounds = 0;
    while (rounds < ROUND_COUNT && (rounds < ROUND_LEAST || shm_clock_seconds() < until)) {
        for (int i = 0; i < SHM_BENCH_MEASURE_COUNT; i++) {
            if (r->counts[i] > 0) {
                times[i][rounds] = measure_once(r, (shm_bench_measure)i, r->counts[i]);
            }
        }
        rounds++;
    }
    for (int i = 0; i < SHM_BENCH_MEASURE_COUNT; i++) {
        result->ns[i] = r->counts[i] > 0 ? shm_bench_median(times[i], rounds) : -1;
    }
    result->rounds = rounds;
}

void shm_bench_find(const shm_dataset *dataset, const shm_collection *collection, double seconds,
                    shm_bench_index *result)
{
    static volatile const uint64_t zero;
    const double start = shm_clock_seconds();
    run r = {.index = shm_dataset_index(dataset, collection->number),
             .is_unique = shm_bench_is_unique(collection),
             .zero = zero};
    shm_bench_draw_hits(dataset, collection, start + 0.3 * seconds, &r.hits);
    shm_bench_make_misses(collection, r.index, &r.hits, start + 0.45 * seconds, &r.misses);
    r.hit_ring.count = r.hits.count;
    r.miss_ring.count = r.misses.count;
    result->size_bytes = choose_lines(dataset, collection, &r);
    if (r.hits.count > 0) {
        draw_lines(&r);
    }
    plan(&r, 0.5 * seconds / (ROUND_COUNT * SHM_BENCH_MEASURE_COUNT));
    measure_rounds(&r, start + seconds, result);
    result->hit_count = r.hits.count;
    result->miss_count = r.misses.count;
    shm_bench_keys_close(&r.hits);
    shm_bench_keys_close(&r.misses);
    free(r.line_numbers);
}
