/* Building indexes: the same bytes from any number of threads in any memory, and keys that are
 * chosen not to fit. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collections/key/key.h"
#include "libshm/hash.h"
#include "tests/support/build.h"
#include "tests/support/hostile.h"

static const char schema_text[] =
    "record R { id: u64; name: string; few: u8; tags: [u16]; }"
    "dataset D { rows: array<R>; by_id: index rows by id; by_name: index rows by name;"
    " by_few: multi rows by few; by_tag: multi rows by tags; by_both: multi rows by few, tags;"
    " sounds: multi rows by name approximate 1/1000; near: multi rows by tags approximate 1/100000;"
    " in_order: sorted rows by name; tags_in_order: sorted rows by tags; m: map<u64, u32>;"
    " dense: map<u32, i16> min; small_set: set<u64> min; small_id: index rows by id min;"
    " small_name: index rows by name min; small_few: multi rows by few min;"
    " small_tag: multi rows by tags min; }";

enum { M = 10, DENSE = 11, SMALL_SET = 12 }; /* numbers of collections */

static shm_builder *open_builder(const shm_schema *schema, const shm_build_options *options)
{
    shm_builder *builder = NULL;
    shm_error error;
    cr_assert_eq(shm_builder_open(schema, options, &builder, &error), SHM_OK, "%s", error.text);
    return builder;
}

/* `repeated`: this row has the id and the name of row 1. */
static void put_row(shm_builder *builder, uint64_t row, bool repeated)
{
    char name[64];
    const uint64_t id = shm_mix64(repeated ? 1 : row, 5);
    const int length =
        snprintf(name, sizeof name, "%s %llx", row % 3 == 0 ? "short" : "a name that is not short",
                 (unsigned long long)id);
    shm_builder_row_begin(builder, 0);
    shm_put_uint(builder, id);
    shm_put_text(builder, shm_string_of(name, (size_t)length));
    shm_put_uint(builder, row % 7);
    shm_put_begin(builder);
    for (uint64_t i = 0; i < row % 4; i++) {
        shm_put_uint(builder, shm_mix64(row + i / 2, 6) % 3000);
    }
    shm_put_end(builder);
    shm_test_row_end(builder);
    shm_builder_row_begin(builder, M);
    shm_put_uint(builder, row);
    shm_put_uint(builder, row % 11);
    shm_test_row_end(builder);
    shm_builder_row_begin(builder, DENSE);
    shm_put_uint(builder, (uint32_t)row * UINT32_C(0x9e3779b1));
    shm_put_int(builder, (int64_t)(row % 301) - 150);
    shm_test_row_end(builder);
    shm_builder_row_begin(builder, SMALL_SET);
    shm_put_uint(builder, shm_mix64(row, 8) % 9999);
    shm_test_row_end(builder);
}

/* ---- threads and memory ---- */

static struct shm_test_image build(const shm_schema *schema, uint64_t rows, uint64_t memory_bytes,
                                   unsigned jobs)
{
    shm_builder *builder =
        open_builder(schema, &(shm_build_options){.memory_bytes = memory_bytes, .jobs = jobs});
    for (uint64_t row = 0; row < rows; row++) {
        put_row(builder, row, false);
    }
    return shm_test_finish(builder);
}

Test(index_build, threads_and_memory_leave_no_trace)
{
    static const uint64_t row_counts[] = {0, 1, 3000, 40000};
    static const uint64_t memory[] = {1, 200 << 10, 0};
    static const unsigned jobs[] = {1, 2, 3, 7};
    const shm_schema *schema = shm_test_schema(schema_text);
    for (size_t r = 0; r < sizeof row_counts / sizeof row_counts[0]; r++) {
        const struct shm_test_image first = build(schema, row_counts[r], 0, 1);
        shm_dataset_close(shm_test_open(&first, schema));
        for (size_t i = 0; i < 12; i++) {
            const struct shm_test_image image =
                build(schema, row_counts[r], memory[i / 4], jobs[i % 4]);
            cr_assert(image.size == first.size && memcmp(image.bytes, first.bytes, first.size) == 0,
                      "%llu rows, %llu bytes, %u threads", (unsigned long long)row_counts[r],
                      (unsigned long long)memory[i / 4], jobs[i % 4]);
            free(image.bytes);
        }
        free(first.bytes);
    }
    shm_schema_free(schema);
}

Test(index_build, the_first_row_that_repeats_a_key_is_named)
{
    const shm_schema *schema = shm_test_schema(schema_text);
    for (unsigned jobs = 1; jobs <= 4; jobs++) {
        FILE *file = tmpfile();
        shm_error error;
        shm_builder *builder =
            open_builder(schema, &(shm_build_options){.memory_bytes = 100 << 10, .jobs = jobs});
        for (uint64_t row = 0; row < 30000; row++) {
            put_row(builder, row, row == 20001 || row == 20002 || row == 29999);
        }
        cr_expect_eq(shm_builder_write(builder, fileno(file), &error), SHM_DUPLICATE_KEY);
        cr_expect_not_null(strstr(error.text, "by_id: duplicate key"), "%s", error.text);
        cr_expect_not_null(strstr(error.text, "rows 1 and 20001 of rows"), "%s", error.text);
        shm_builder_close(builder);
        fclose(file);
    }
    shm_schema_free(schema);
}

/* Values stand where other indexes have rows: all ones are a value like others. */
static void name_repeated(const char *text)
{
    static const uint64_t values[] = {0, 5, UINT64_MAX - 1, UINT64_MAX};
    const shm_schema *schema = shm_test_schema(text);
    for (size_t i = 0; i < 16; i++) {
        shm_error error;
        FILE *file = tmpfile();
        shm_builder *builder = open_builder(schema, &(shm_build_options){.jobs = 2});
        for (uint64_t row = 0; row < 20000; row++) {
            shm_builder_row_begin(builder, 0);
            shm_put_uint(builder, row == 17000 || row == 18000 ? 40 : row);
            shm_put_uint(builder, row == 40 ? values[i % 4] : values[i / 4]);
            shm_test_row_end(builder);
        }
        cr_expect_eq(shm_builder_write(builder, fileno(file), &error), SHM_DUPLICATE_KEY);
        cr_expect_str_eq(error.text, "m: duplicate key 40: rows 40 and 17000 of m");
        shm_builder_close(builder);
        fclose(file);
    }
    shm_schema_free(schema);
}

Test(index_build, a_repeated_key_of_a_placed_map_is_named_whatever_its_values)
{
    name_repeated("dataset D { m: map<u64, u64>; }");
}

Test(index_build, a_repeated_key_of_a_dense_map_is_named_whatever_its_values)
{
    name_repeated("dataset D { m: map<u64, u64> min; }");
}

/* ---- progress ---- */

struct stopping {
    pthread_t thread;
    uint64_t calls;
    uint64_t allowed;
    bool elsewhere; /* a call came on another thread */
    bool is_wrong;  /* more was done than there is */
};

static bool count_call(void *context, const shm_progress *progress)
{
    struct stopping *stopping = context;
    stopping->elsewhere |= !pthread_equal(stopping->thread, pthread_self());
    stopping->is_wrong |= progress->total != 0 && progress->done > progress->total;
    return ++stopping->calls <= stopping->allowed;
}

static shm_status write_image(const shm_schema *schema, struct stopping *stopping, shm_error *error)
{
    FILE *file = tmpfile();
    shm_builder *builder = open_builder(schema, &(shm_build_options){.memory_bytes = 50 << 10,
                                                                     .jobs = 3,
                                                                     .progress = count_call,
                                                                     .progress_context = stopping});
    for (uint64_t row = 0; row < 15000; row++) {
        put_row(builder, row, false);
    }
    const shm_status status = shm_builder_write(builder, fileno(file), error);
    shm_builder_close(builder);
    fclose(file);
    return status;
}

Test(index_build, progress_comes_on_the_calling_thread_and_may_stop_it)
{
    const shm_schema *schema = shm_test_schema(schema_text);
    struct stopping stopping = {.thread = pthread_self(), .allowed = UINT64_MAX};
    shm_error error;
    cr_assert_eq(write_image(schema, &stopping, &error), SHM_OK);
    const uint64_t calls = stopping.calls;
    cr_expect_gt(calls, 50);
    uint64_t stopped = 0;
    /* How often the caller hears of tasks depends on how fast they are done. */
    for (uint64_t allowed = 0; allowed < calls / 2; allowed += 1 + allowed / 3) {
        stopping.calls = 0;
        stopping.allowed = allowed;
        const shm_status status = write_image(schema, &stopping, &error);
        cr_expect_eq(status, stopping.calls > allowed ? SHM_ABORTED : SHM_OK);
        cr_expect_leq(stopping.calls, allowed + 1, "no call after the one that stopped it");
        stopped += stopping.calls > allowed;
    }
    cr_expect_gt(stopped, 5);
    cr_expect_not(stopping.elsewhere);
    cr_expect_not(stopping.is_wrong);
    shm_schema_free(schema);
}

/* ---- hostile keys ---- */

static const char words_text[] =
    "record R { id: u64; } dataset D { rows: array<R>; by_id: index rows by id; }";
enum { KEY_ROOM = 200000, NOTICE_BYTES = 4000, BY_ID = 1 };

struct notices {
    char text[NOTICE_BYTES]; /* a line each */
};

static void keep_notice(void *context, const char *text)
{
    struct notices *notices = context;
    cr_assert_lt(strlen(notices->text) + strlen(text) + 2, sizeof notices->text);
    strcat(strcat(notices->text, text), "\n");
}

static shm_builder *put_keys(const shm_schema *schema, const uint64_t *keys, size_t count,
                             struct notices *notices)
{
    const shm_build_options options = {
        .memory_bytes = 1 << 20, .jobs = 3, .notice = keep_notice, .notice_context = notices};
    shm_builder *builder = open_builder(schema, &options);
    notices->text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, keys[i]);
        shm_test_row_end(builder);
    }
    return builder;
}

/* The image verifies, and every key is found. */
static void check_keys(const struct shm_test_image *image, const shm_schema *schema,
                       const uint64_t *keys, size_t count)
{
    shm_dataset *dataset = shm_test_open(image, schema);
    const shm_index *index = shm_dataset_index(dataset, BY_ID);
    for (size_t i = 0; i < count; i++) {
        cr_assert_eq(shm_index_find_word(index, keys[i]), i);
    }
    shm_dataset_close(dataset);
}

Test(index_build, keys_that_fit_need_no_notice)
{
    const shm_schema *schema = shm_test_schema(words_text);
    struct notices notices;
    uint64_t keys[1000];
    for (size_t i = 0; i < 1000; i++) {
        keys[i] = i;
    }
    struct shm_test_image image = shm_test_finish(put_keys(schema, keys, 1000, &notices));
    cr_expect_str_eq(notices.text, "");
    free(image.bytes);
    shm_schema_free(schema);
}

Test(index_build, keys_chosen_for_a_seed_take_the_next_and_say_so)
{
    const shm_schema *schema = shm_test_schema(words_text);
    uint64_t *keys = malloc(KEY_ROOM * sizeof *keys);
    struct notices notices;
    static const size_t others[] = {0, 1000, 100000};
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < others[i]; k++) {
            keys[k] = k;
        }
        const size_t count = shm_test_hostile_keys(schema, BY_ID, 3, keys, others[i]);
        struct shm_test_image image = shm_test_finish(put_keys(schema, keys, count, &notices));
        /* They are a little more likely than others to collide under further seeds, too. */
        const char *expected = "by_id: its keys do not fit under seed 1 of 16; taking seed 2\n"
                               "by_id: its keys do not fit under seed 2 of 16; taking seed 3\n"
                               "by_id: its keys do not fit under seed 3 of 16; taking seed 4\n";
        cr_expect_eq(strncmp(notices.text, expected, strlen(expected)), 0, "%s", notices.text);
        cr_expect_null(strstr(notices.text, "twice the lines"), "%s", notices.text);
        check_keys(&image, schema, keys, count);
        free(image.bytes);
    }
    free(keys);
    shm_schema_free(schema);
}

/* All 16 seeds are spoilt for the lines that their number asks for, not for twice as many. */
Test(index_build, keys_that_fit_twice_the_lines_take_them)
{
    enum { CROWD = 700 };
    const shm_schema *schema = shm_test_schema(words_text);
    uint64_t *keys = malloc(KEY_ROOM * sizeof *keys);
    struct notices notices;
    size_t count = 0;
    uint64_t sum = 0;
    const uint64_t wanted = 4242;
    for (unsigned k = 0; k < SHM_SEED_TRY_COUNT; k++) {
        const uint64_t seed = shm_key_seed(schema->fingerprint, BY_ID, wanted, k);
        for (uint64_t i = 0; i < CROWD; i++) {
            /* 12000 keys have 3072 lines, 24 pages, and then 48: the first page of 24 overflows. */
            const uint64_t page = UINT64_MAX / 24;
            keys[count++] = shm_unmix64(page / CROWD * i + i + 1, seed);
        }
    }
    for (; count < 12000; count++) {
        keys[count] = count;
    }
    for (size_t i = 0; i < count; i++) {
        sum += shm_mix64(keys[i], 0);
    }
    keys[count++] = shm_unmix64(wanted - sum, 0);
    struct shm_test_image image = shm_test_finish(put_keys(schema, keys, count, &notices));
    cr_expect_not_null(strstr(notices.text, "under seed 15 of 16; taking seed 16\n"
                                            "by_id: its keys do not fit under any of 16 seeds; "
                                            "taking twice the lines\n"),
                       "%s", notices.text);
    check_keys(&image, schema, keys, count);
    free(image.bytes);
    free(keys);
    shm_schema_free(schema);
}

/* A placed map has other lines, which the same keys crowd. */
Test(index_build, keys_chosen_for_a_placed_map_are_noticed_too)
{
    const shm_schema *schema = shm_test_schema("dataset D { m: map<u64, u64>; }");
    uint64_t keys[40];
    struct notices notices = {.text = ""};
    const size_t count = shm_test_hostile_keys(schema, 0, 2, keys, 0);
    shm_builder *builder = open_builder(
        schema, &(shm_build_options){.notice = keep_notice, .notice_context = &notices});
    for (size_t i = 0; i < count; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, keys[i]);
        shm_put_uint(builder, i);
        shm_test_row_end(builder);
    }
    struct shm_test_image image = shm_test_finish(builder);
    const char *first = "m: its keys do not fit under seed 1 of 16; taking seed 2\n";
    cr_expect_eq(strncmp(notices.text, first, strlen(first)), 0, "%s", notices.text);
    shm_dataset_close(shm_test_open(&image, schema));
    free(image.bytes);
    shm_schema_free(schema);
}

Test(index_build, keys_chosen_for_all_seeds_are_refused)
{
    const shm_schema *schema = shm_test_schema(words_text);
    uint64_t *keys = malloc(KEY_ROOM * sizeof *keys);
    struct notices notices;
    shm_error error;
    FILE *file = tmpfile();
    const size_t count = shm_test_hostile_keys(schema, BY_ID, SHM_SEED_TRY_COUNT, keys, 0);
    shm_builder *builder = put_keys(schema, keys, count, &notices);
    cr_expect_eq(shm_builder_write(builder, fileno(file), &error), SHM_LIMIT);
    cr_expect_str_eq(error.text, "by_id: its keys do not fit under any of 16 seeds; they look "
                                 "chosen to collide: leave some out");
    size_t lines = 0;
    for (const char *at = notices.text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    cr_expect_eq(lines, 31, "15 seeds, twice the lines, 15 seeds: %s", notices.text);
    shm_builder_close(builder);
    fclose(file);
    free(keys);
    shm_schema_free(schema);
}
