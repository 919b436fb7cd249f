/* peer_limit.c — the limit: reading one random cache line of an array as large as what is compared,
 * which no structure can do without. */
#include <stdlib.h>
#include <sys/mman.h>

#include "contender.h"
#include "pages.h"
#include "support.h"

enum { LINE_WORDS = 8 };

struct lines {
    uint64_t *words;
    uint64_t count;
};

/* Each page is written once: one page of zeros for all would be no memory at all. */
static void *build(const bench_contender *contender, const bench_setting *setting)
{
    (void)contender;
    if (setting->limit_bytes == 0) {
        return NULL; /* what it would be the limit of was left out */
    }
    struct lines *lines = bench_allocate(sizeof *lines);
    lines->count = setting->limit_bytes / 64 + 1;
    lines->words =
        mmap(NULL, lines->count * 64, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bench_require_errno(lines->words == MAP_FAILED, "memory");
    if (bench_pages_are_huge()) {
        (void)madvise(lines->words, lines->count * 64, MADV_HUGEPAGE); /* bench_tell_pages tells */
    }
    for (uint64_t i = 0; i < lines->count; i++) {
        lines->words[i * LINE_WORDS] = 0;
    }
    return lines;
}

static void close_lines(void *self)
{
    struct lines *lines = self;
    munmap(lines->words, lines->count * 64);
    free(lines);
}

static inline const uint64_t *line_of(const struct lines *lines, uint64_t number)
{
    return lines->words + (uint64_t)(((unsigned __int128)number * lines->count) >> 64) * LINE_WORDS;
}

static uint64_t each(void *self, const bench_probes *probes)
{
    const struct lines lines = *(struct lines *)self;
    uint64_t sum = 0;
    for (size_t i = 0; i < probes->count; i++) {
        sum += *line_of(&lines, probes->numbers[i]);
    }
    return sum;
}

static uint64_t batch(void *self, const bench_probes *probes)
{
    enum { AHEAD = 32 };
    const struct lines lines = *(struct lines *)self;
    uint64_t sum = 0;
    for (size_t i = 0; i < probes->count; i++) {
        if (i + AHEAD < probes->count) {
            __builtin_prefetch(line_of(&lines, probes->numbers[i + AHEAD]));
        }
        sum += *line_of(&lines, probes->numbers[i]);
    }
    return sum;
}

static uint64_t dependent(void *self, const bench_probes *probes)
{
    const struct lines lines = *(struct lines *)self;
    uint64_t sum = 0, answer;
    for (size_t i = 0; i < probes->count; i = bench_next_probe(i, answer)) {
        answer = *line_of(&lines, probes->numbers[i]);
        sum += answer;
    }
    return sum;
}

static uint64_t bytes(void *self)
{
    return ((struct lines *)self)->count * 64;
}

/* clang-format off */
#define LIMIT(NAME)                                                                                \
    .name = (NAME), .kinds = BENCH_ALL_KINDS, .unchecked = true, .build = build,                   \
    .close = close_lines, .find_each = each, .find_dependent = dependent, .find_batch = batch,     \
    .find_bytes = bytes, .all_bytes = bytes
/* clang-format on */

const bench_contender bench_limits[BENCH_LIMIT_COUNT] = {
    {LIMIT("limit of the index")}, {LIMIT("limit of the map")}, {LIMIT("limit of the map min")}};
