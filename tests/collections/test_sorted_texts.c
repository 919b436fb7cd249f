/* test_sorted_texts.c — finds, ranges and prefixes in sorted indexes of texts that make the way
 * down the levels hard: neighbours with long common beginnings, keys that fill whole nodes, texts
 * that begin others, bytes at both ends of their range.  Every answer is compared with counting. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/images.h"

enum { TEXT_MAX = 400, ROW_MAX = 9000, PROBE_COUNT = 1500 };

struct text {
    size_t length;
    char bytes[TEXT_MAX];
};

/* The rows' texts, and the index over them. */
struct subject {
    struct text *texts; /* in order */
    uint64_t *rows;     /* which row has texts[i] */
    size_t count;
    struct shm_test_image image;
    shm_dataset *dataset;
    const shm_index *index;
};

static uint64_t draw(uint64_t *state, uint64_t below)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (*state >> 33) % below;
}

static void append(struct text *text, const char *bytes, size_t length)
{
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

/* Folders of folders: most of a text is that of its neighbours. */
static void make_path(uint64_t *state, struct text *text)
{
    static const char *const folders[] = {"/usr", "/usr/share/doc", "/home/a/projects", "/h", ""};
    const char *folder = folders[draw(state, 5)];
    append(text, folder, strlen(folder));
    char name[32];
    const int length = snprintf(name, sizeof name, "/%u/%05u", (unsigned)draw(state, 4),
                                (unsigned)draw(state, 3000));
    append(text, name, (size_t)length - draw(state, 3));
}

/* Few different texts, so that the rows of one fill nodes. */
static void make_few(uint64_t *state, struct text *text)
{
    static const char filler[] = "the same long beginning of all, ";
    append(text, filler, draw(state, 8) == 0 ? draw(state, sizeof filler) : sizeof filler - 1);
    const char last = (char)('a' + draw(state, 3));
    append(text, &last, 1);
}

/* Bytes of zeros and ones, of 0 to 24 bytes: fill looks like text, text like fill. */
static void make_edges(uint64_t *state, struct text *text)
{
    static const char bytes[] = {'\0', '\xff', '\1'};
    for (uint64_t left = draw(state, 25); left > 0; left--) {
        append(text, &bytes[draw(state, 8) == 0 ? 2 : draw(state, 2)], 1);
    }
}

/* More in common than a skip can say. */
static void make_long(uint64_t *state, struct text *text)
{
    char same[300];
    memset(same, 'x', sizeof same);
    append(text, same, draw(state, 4) == 0 ? 240 + draw(state, 60) : sizeof same);
    char name[16];
    const int length = snprintf(name, sizeof name, "%04u", (unsigned)draw(state, 5000));
    append(text, name, (size_t)length);
}

typedef void make_function(uint64_t *state, struct text *text);

static make_function *const makers[] = {make_path, make_few, make_edges, make_long};

static shm_string string_of(const struct text *text)
{
    return shm_string_of(text->bytes, text->length);
}

static int compare(const struct text *a, const struct text *b)
{
    const size_t shorter = a->length < b->length ? a->length : b->length;
    const int order = memcmp(a->bytes, b->bytes, shorter);
    return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

static const struct text *unsorted;

static int compare_rows(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    const int order = compare(&unsorted[x], &unsorted[y]);
    return order != 0 ? order : (x > y) - (x < y);
}

static void open_subject(make_function *make, uint64_t *state, size_t count,
                         struct subject *subject)
{
    static const char text[] = "record R { s: bytes; } dataset D { rows: array<R>;"
                               " by: sorted rows by s; }";
    const shm_schema *schema;
    shm_builder *builder;
    shm_error error;
    struct text *texts = calloc(count + 1, sizeof *texts);
    *subject = (struct subject){.texts = calloc(count + 1, sizeof *texts),
                                .rows = calloc(count + 1, sizeof *subject->rows),
                                .count = count};
    cr_assert(texts != NULL && subject->texts != NULL && subject->rows != NULL);
    cr_assert_eq(shm_schema_parse(text, strlen(text), "test", NULL, &schema, &error), SHM_OK);
    cr_assert_eq(shm_builder_open(schema, NULL, &builder, &error), SHM_OK);
    for (size_t i = 0; i < count; i++) {
        make(state, &texts[i]);
        subject->rows[i] = i;
        shm_builder_row_begin(builder, 0);
        shm_put_bytes(builder, shm_bytes_of(texts[i].bytes, texts[i].length));
        cr_assert_eq(shm_builder_row_end(builder, NULL, &error), SHM_OK, "%s", error.text);
    }
    subject->image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    unsorted = texts;
    qsort(subject->rows, count, sizeof *subject->rows, compare_rows);
    for (size_t i = 0; i < count; i++) {
        subject->texts[i] = texts[subject->rows[i]];
    }
    free(texts);
    cr_assert_eq(shm_dataset_open_memory(subject->image.bytes, subject->image.size, NULL,
                                         &subject->dataset, &error),
                 SHM_OK, "%s", error.text);
    subject->index = shm_dataset_index(subject->dataset, 1);
}

static void close_subject(struct subject *subject)
{
    shm_dataset_close(subject->dataset);
    free(subject->image.bytes);
    free(subject->texts);
    free(subject->rows);
}

/* How many texts are below the probe, or if `after` not above it; if `is_open`, texts that begin
 * with the probe are equal to it. */
static size_t count_below(const struct subject *subject, const struct text *probe, bool after,
                          bool is_open)
{
    size_t low = 0;
    size_t high = subject->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        struct text text = subject->texts[middle];
        if (is_open && text.length > probe->length) {
            text.length = probe->length;
        }
        const int order = compare(&text, probe);
        if (order < 0 || (after && order == 0)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void check_range(const struct subject *subject, shm_row_range range, size_t first,
                        size_t end, const char *what)
{
    end = end < first ? first : end;
    cr_assert_eq(range.count, end - first, "%s: %" PRIu64 " rows, not %zu", what, range.count,
                 end - first);
    for (size_t i = first; i < end; i++) {
        uint64_t row;
        cr_assert(shm_row_range_next(&range, &row));
        cr_assert_eq(row, subject->rows[i], "%s", what);
    }
}

/* A text that is there, or one changed a little: cut, made longer, or with one other byte. */
static void make_probe(const struct subject *subject, make_function *make, uint64_t *state,
                       struct text *probe)
{
    if (subject->count == 0 || draw(state, 8) == 0) {
        probe->length = 0;
        make(state, probe);
        return;
    }
    *probe = subject->texts[draw(state, subject->count)];
    const uint64_t change = draw(state, 4);
    if (change == 1) {
        probe->length = draw(state, probe->length + 1);
    } else if (change == 2 && probe->length > 0) {
        char *byte = &probe->bytes[draw(state, probe->length)];
        *byte = (char)(draw(state, 2) == 0 ? *byte + 1 : *byte - 1);
    } else if (change == 3) {
        append(probe, draw(state, 2) == 0 ? "\0" : "\xff", 1);
    }
}

static void check_probe(const struct subject *subject, const struct text *probe,
                        const struct text *other)
{
    const shm_key_part part = shm_key_text(string_of(probe));
    const shm_key_part to = shm_key_text(string_of(other));
    const size_t first = count_below(subject, probe, false, false);
    const size_t end = count_below(subject, probe, true, false);
    const uint64_t row = shm_index_find_text(subject->index, string_of(probe));
    cr_assert_eq(row, first < end ? subject->rows[first] : SHM_NO_ROW, "a find");
    check_range(subject, shm_multi_find_text(subject->index, string_of(probe)), first, end,
                "all rows of a key");
    check_range(subject, shm_sorted_prefix(subject->index, &part, 1), first,
                count_below(subject, probe, true, true), "a prefix");
    check_range(subject, shm_sorted_range(subject->index, &part, 1, &to, 1), first,
                count_below(subject, other, false, false), "a range");
}

static void check_walk(const struct subject *subject)
{
    uint64_t cursor = 0;
    size_t met = 0;
    uint64_t keys = 0;
    shm_row_range range;
    while (shm_index_next(subject->index, &cursor, &range)) {
        const size_t end = count_below(subject, &subject->texts[met], true, false);
        check_range(subject, range, met, end, "a walk");
        met = end;
        keys++;
    }
    cr_assert_eq(met, subject->count);
    cr_assert_eq(keys, shm_index_key_count(subject->index));
    check_range(subject, shm_sorted_range(subject->index, NULL, 0, NULL, 0), 0, met, "all");
    check_range(subject, shm_sorted_find_parts(subject->index, NULL, 0), 0, met, "no part");
}

Test(sorted_texts, finds_ranges_and_prefixes_are_what_counting_says)
{
    static const size_t counts[] = {0, 1, 2, 63, 64, 65, 129, 4096, 4097, ROW_MAX};
    uint64_t state = 11;
    for (size_t maker = 0; maker < sizeof makers / sizeof makers[0]; maker++) {
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            struct subject subject;
            open_subject(makers[maker], &state, counts[i], &subject);
            check_walk(&subject);
            for (size_t probe = 0; probe < PROBE_COUNT; probe++) {
                struct text texts[2];
                make_probe(&subject, makers[maker], &state, &texts[0]);
                make_probe(&subject, makers[maker], &state, &texts[1]);
                check_probe(&subject, &texts[0], &texts[1]);
            }
            close_subject(&subject);
        }
    }
}
