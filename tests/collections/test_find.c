/* test_find.c — finding by key, in every form and kind of index. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/build.h"

enum { ROW_COUNT = 3000 };

static const char schema_text[] = "enum Kind : i8 { a = -1, b, c }\n"
                                  "struct Point { x: i32; y: f64; }\n"
                                  "record R { id: i64; name: string; at: Point; kind: Kind; tags: "
                                  "[string]; key: uuid; nick: u16?; }\n"
                                  "dataset D {\n"
                                  "  rows: array<R>;\n"
                                  "  by_id: index rows by id;\n"
                                  "  by_name: index rows by name;\n"
                                  "  by_at: index rows by at;\n"
                                  "  by_pair: index rows by id, name;\n"
                                  "  by_key: index rows by key;\n"
                                  "  by_kind: multi rows by kind;\n"
                                  "  by_tag: multi rows by tags;\n"
                                  "  by_nick: multi rows by nick;\n"
                                  "  near_id: multi rows by id approximate 1/1000;\n"
                                  "  near_tag: multi rows by tags approximate 1/100000;\n"
                                  "  pairs: map<string, u32>;\n"
                                  "  many: multimap<u32, string>;\n"
                                  "  some: set<u64>;\n"
                                  "  empty: set<string>;\n"
                                  "}\n";

static const shm_schema *schema;
static struct shm_test_image image;
static shm_dataset *dataset;

/* Names of 4 to 32 bytes, so that short and long texts are found. */
static shm_string name_of(uint64_t row, char *text)
{
    const int length =
        snprintf(text, 64, "n%" PRIu64 "%s", row, row % 2 == 0 ? "" : " with a longer name behind");
    return shm_string_of(text, (size_t)length);
}

static shm_string tag_of(uint64_t tag, char *text)
{
    return shm_string_of(text, (size_t)snprintf(text, 64, "tag %" PRIu64, tag));
}

static shm_uuid uuid_of(uint64_t row)
{
    shm_uuid uuid = {{0}};
    memcpy(uuid.bytes, &row, sizeof row);
    return uuid;
}

static void put_row(shm_builder *builder, uint64_t row)
{
    char text[64];
    shm_builder_row_begin(builder, 0);
    shm_put_int(builder, -(int64_t)row * 1000);
    shm_put_text(builder, name_of(row, text));
    shm_put_begin(builder);
    shm_put_int(builder, (int64_t)(row % 50));
    shm_put_float(builder, (double)(row / 50) + 0.5);
    shm_put_end(builder);
    shm_put_int(builder, (int64_t)(row % 2) - 1);
    shm_put_begin(builder);
    for (uint64_t i = 0; i < row % 4; i++) {
        shm_put_text(builder, tag_of(row / 10 % 7 * i, text));
    }
    shm_put_end(builder);
    shm_put_uuid(builder, uuid_of(row));
    if (row % 3 == 0) {
        shm_put_uint(builder, row / 3 % 5);
    }
    shm_test_row_end(builder);
}

static void put_pairs(shm_builder *builder)
{
    char text[64];
    for (uint64_t i = 0; i < 100; i++) {
        shm_builder_row_begin(builder, shm_test_collection(schema, "pairs"));
        shm_put_text(builder, name_of(i, text));
        shm_put_uint(builder, i);
        shm_test_row_end(builder);
        shm_builder_row_begin(builder, shm_test_collection(schema, "many"));
        shm_put_uint(builder, i % 10);
        shm_put_text(builder, name_of(i, text));
        shm_test_row_end(builder);
        shm_builder_row_begin(builder, shm_test_collection(schema, "some"));
        shm_put_uint(builder, i * i);
        shm_test_row_end(builder);
    }
}

static void build(void)
{
    schema = shm_test_schema(schema_text);
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        put_row(builder, row);
    }
    put_pairs(builder);
    image = shm_test_finish(builder);
    dataset = shm_test_open(&image, NULL);
}

static void drop(void)
{
    shm_dataset_close(dataset);
    shm_schema_free(schema);
    free(image.bytes);
}

TestSuite(find, .init = build, .fini = drop);

static const shm_index *index_of(const char *name)
{
    const shm_index *index = shm_dataset_index(dataset, shm_test_collection(schema, name));
    cr_assert_not_null(index);
    return index;
}

Test(find, words)
{
    const shm_index *by_id = index_of("by_id");
    cr_assert_eq(shm_index_key_form(by_id), SHM_KEY_WORD);
    cr_expect_eq(shm_index_part_count(by_id), 1);
    cr_expect_eq(shm_index_key_count(by_id), ROW_COUNT);
    cr_expect_eq(shm_index_entry_count(by_id), ROW_COUNT);
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        const uint64_t key = (uint64_t)(-(int64_t)row * 1000);
        cr_assert_eq(shm_index_find_word(by_id, key), row);
        cr_assert_eq(shm_index_find_word(by_id, key + 1), SHM_NO_ROW);
    }
}

Test(find, texts)
{
    const shm_index *by_name = index_of("by_name");
    char text[64];
    cr_assert_eq(shm_index_key_form(by_name), SHM_KEY_TEXT);
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        cr_assert_eq(shm_index_find_text(by_name, name_of(row, text)), row);
    }
    cr_expect_eq(shm_index_find_text(by_name, SHM_STR("n3000")), SHM_NO_ROW);
    cr_expect_eq(shm_index_find_text(by_name, SHM_STR("")), SHM_NO_ROW);
    cr_expect_eq(shm_index_find_text(by_name, shm_string_of(NULL, 0)), SHM_NO_ROW);
    const shm_uuid uuid = uuid_of(17);
    cr_expect_eq(
        shm_index_find_text(index_of("by_key"), shm_string_of((const char *)uuid.bytes, 16)), 17);
}

Test(find, parts)
{
    const shm_index *by_at = index_of("by_at");
    const shm_index *by_pair = index_of("by_pair");
    char text[64];
    cr_assert_eq(shm_index_key_form(by_at), SHM_KEY_PARTS);
    cr_assert_eq(shm_index_part_count(by_at), 2);
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        shm_key_part parts[2] = {shm_key_word(row % 50),
                                 shm_key_word(shm_key_float((double)(row / 50) + 0.5))};
        cr_assert_eq(shm_index_find_parts(by_at, parts), row);
        parts[1] = shm_key_word(shm_key_float((double)(row / 50)));
        cr_assert_eq(shm_index_find_parts(by_at, parts), SHM_NO_ROW);
        parts[0] = shm_key_word((uint64_t)(-(int64_t)row * 1000));
        parts[1] = shm_key_text(name_of(row, text));
        cr_assert_eq(shm_index_find_parts(by_pair, parts), row);
        parts[1] = shm_key_text(name_of(row + 1, text));
        cr_assert_eq(shm_index_find_parts(by_pair, parts), SHM_NO_ROW);
    }
}

Test(find, batches_answer_as_single_finds_do)
{
    enum { COUNT = 2 * ROW_COUNT + 7 };
    static uint64_t words[COUNT];
    static char texts[COUNT][64];
    static shm_string strings[COUNT];
    static shm_key_part parts[COUNT][2];
    static uint64_t rows[COUNT];
    for (uint64_t i = 0; i < COUNT; i++) {
        words[i] = (uint64_t)(-(int64_t)i * 500);
        strings[i] = name_of(i, texts[i]);
        parts[i][0] = shm_key_word((uint64_t)(-(int64_t)i * 1000));
        parts[i][1] = shm_key_text(strings[i]);
    }
    const size_t counts[] = {0, 1, 31, 32, 33, 64, COUNT};
    for (size_t k = 0; k < sizeof counts / sizeof counts[0]; k++) {
        const size_t count = counts[k];
        size_t expected = 0;
        for (size_t i = 0; i < count; i++) {
            expected += i % 2 == 0 && i / 2 < ROW_COUNT;
        }
        cr_assert_eq(shm_index_find_words(index_of("by_id"), words, count, rows), expected);
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(rows[i], shm_index_find_word(index_of("by_id"), words[i]));
        }
        expected = count < ROW_COUNT ? count : ROW_COUNT;
        cr_assert_eq(shm_index_find_texts(index_of("by_name"), strings, count, rows), expected);
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(rows[i], i < ROW_COUNT ? i : SHM_NO_ROW);
        }
        cr_assert_eq(shm_index_find_many_parts(index_of("by_pair"), parts[0], count, rows),
                     expected);
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(rows[i], i < ROW_COUNT ? i : SHM_NO_ROW);
        }
    }
}

/* Checks that the range has exactly the rows for which `is_hit` says so, in order. */
static void expect_rows(shm_row_range range, bool is_hit(uint64_t row, uint64_t key), uint64_t key)
{
    uint64_t row;
    for (uint64_t i = 0; i < ROW_COUNT; i++) {
        if (is_hit(i, key)) {
            cr_assert(shm_row_range_next(&range, &row));
            cr_assert_eq(row, i);
        }
    }
    cr_assert_not(shm_row_range_next(&range, &row));
}

static bool has_kind(uint64_t row, uint64_t kind)
{
    return row % 2 - 1 == kind;
}

static bool has_nick(uint64_t row, uint64_t nick)
{
    return row % 3 == 0 && row / 3 % 5 == nick;
}

static bool has_tag(uint64_t row, uint64_t tag)
{
    for (uint64_t i = 0; i < row % 4; i++) {
        if (row / 10 % 7 * i == tag) {
            return true;
        }
    }
    return false;
}

Test(find, all_rows_of_a_key_in_order)
{
    char text[64];
    for (uint64_t kind = (uint64_t)-2; kind != 3; kind++) {
        expect_rows(shm_multi_find_word(index_of("by_kind"), kind), has_kind, kind);
    }
    for (uint64_t nick = 0; nick < 7; nick++) {
        expect_rows(shm_multi_find_word(index_of("by_nick"), nick), has_nick, nick);
    }
    for (uint64_t tag = 0; tag < 20; tag++) {
        expect_rows(shm_multi_find_text(index_of("by_tag"), tag_of(tag, text)), has_tag, tag);
    }
    cr_expect_eq(shm_index_key_count(index_of("by_kind")), 2);
    cr_expect_eq(shm_index_entry_count(index_of("by_kind")), ROW_COUNT);
    cr_expect_eq(shm_index_entry_count(index_of("by_nick")), ROW_COUNT / 3);
}

Test(find, an_approximate_index_misses_nothing)
{
    char text[64];
    uint64_t extra = 0;
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        shm_row_range range =
            shm_multi_find_word(index_of("near_id"), (uint64_t)(-(int64_t)row * 1000));
        bool found = false;
        uint64_t got;
        while (shm_row_range_next(&range, &got)) {
            found = found || got == row;
            extra += got != row;
        }
        cr_assert(found);
    }
    cr_expect_leq(extra, 20, "%d of 3000 at a rate of 1/1000", (int)extra);
    for (uint64_t tag = 0; tag < 19; tag++) {
        expect_rows(shm_multi_find_text(index_of("near_tag"), tag_of(tag, text)), has_tag, tag);
    }
}

Test(find, an_approximate_index_rarely_finds_what_is_not_there)
{
    uint64_t hits = 0;
    for (uint64_t key = 1; key <= 100000; key++) {
        shm_row_range range = shm_multi_find_word(index_of("near_id"), key);
        uint64_t row;
        hits += shm_row_range_next(&range, &row);
    }
    cr_expect_leq(hits, 150, "%d of 100000 at a rate of 1/1000", (int)hits);
    cr_expect_geq(hits, 20);
}

Test(find, one_row_where_there_are_several)
{
    char text[64];
    cr_expect_eq(shm_index_find_word(index_of("by_kind"), 0), 1);
    const uint64_t kinds[] = {(uint64_t)-1, 0, 7};
    uint64_t rows[3];
    cr_expect_eq(shm_index_find_words(index_of("by_kind"), kinds, 3, rows), 2);
    cr_expect(rows[0] == 0 && rows[1] == 1 && rows[2] == SHM_NO_ROW);
    shm_row_range range = shm_multi_find_text(index_of("by_name"), name_of(7, text));
    uint64_t row;
    cr_expect(shm_row_range_next(&range, &row));
    cr_expect_eq(row, 7);
    cr_expect_not(shm_row_range_next(&range, &row));
    range = shm_multi_find_text(index_of("by_name"), SHM_STR("nobody"));
    cr_expect_not(shm_row_range_next(&range, &row));
}

Test(find, maps_multimaps_and_sets)
{
    char text[64];
    for (uint64_t i = 0; i < 100; i++) {
        cr_expect_eq(shm_index_find_text(index_of("pairs"), name_of(i, text)), i);
        cr_expect_neq(shm_index_find_word(index_of("some"), i * i), SHM_NO_ROW);
    }
    cr_expect_eq(shm_index_find_word(index_of("some"), 2), SHM_NO_ROW);
    shm_row_range range = shm_multi_find_word(index_of("many"), 3);
    uint64_t row;
    for (uint64_t i = 3; i < 100; i += 10) {
        cr_expect(shm_row_range_next(&range, &row));
        cr_expect_eq(row, i);
    }
    cr_expect_not(shm_row_range_next(&range, &row));
    cr_expect_eq(shm_index_key_count(index_of("empty")), 0);
    cr_expect_eq(shm_index_find_text(index_of("empty"), SHM_STR("")), SHM_NO_ROW);
}

static void expect_walk(const char *name, uint64_t keys, uint64_t entries)
{
    uint64_t cursor = 0;
    uint64_t key_count = 0;
    uint64_t entry_count = 0;
    shm_row_range range;
    while (shm_index_next(index_of(name), &cursor, &range)) {
        uint64_t row;
        cr_assert_gt(range.count, 0);
        key_count++;
        while (shm_row_range_next(&range, &row)) {
            entry_count++;
        }
    }
    cr_expect_eq(key_count, keys, "%s: %d", name, (int)key_count);
    cr_expect_eq(entry_count, entries, "%s: %d", name, (int)entry_count);
    cr_expect_not(shm_index_next(index_of(name), &cursor, &range), "it stays at the end");
}

Test(find, a_walk_sees_every_key_once)
{
    expect_walk("by_id", ROW_COUNT, ROW_COUNT);
    expect_walk("by_kind", 2, ROW_COUNT);
    expect_walk("by_tag", shm_index_key_count(index_of("by_tag")),
                shm_index_entry_count(index_of("by_tag")));
    expect_walk("near_tag", shm_index_key_count(index_of("near_tag")),
                shm_index_entry_count(index_of("near_tag")));
    expect_walk("empty", 0, 0);
}

Test(find, indexes_describe_themselves)
{
    const char *names[] = {"by_id", "by_name", "by_tag", "by_nick", "many", "near_tag", "empty"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const shm_index_info info = shm_index_describe(index_of(names[i]));
        cr_expect_eq(info.key_count, shm_index_key_count(index_of(names[i])));
        cr_expect_eq(info.entry_count, shm_index_entry_count(index_of(names[i])));
        cr_expect_geq(info.slot_count, info.key_count);
        cr_expect_lt(info.seed_number, 16, "%s", names[i]);
        cr_expect_gt(info.size_bytes, 0);
        cr_expect_lt(info.away_count * 4, info.key_count + 4);
    }
}

Test(find, in_no_index_nothing_is_found)
{
    const shm_key_part part = shm_key_word(1);
    const uint64_t word = 1;
    const shm_string text = SHM_STR("x");
    uint64_t row = 0;
    uint64_t cursor = 0;
    shm_row_range range;
    cr_expect_eq(shm_index_find_word(NULL, 1), SHM_NO_ROW);
    cr_expect_eq(shm_index_find_text(NULL, text), SHM_NO_ROW);
    cr_expect_eq(shm_index_find_parts(NULL, &part), SHM_NO_ROW);
    cr_expect_eq(shm_multi_find_word(NULL, 1).count, 0);
    cr_expect_eq(shm_multi_find_text(NULL, text).count, 0);
    cr_expect_eq(shm_multi_find_parts(NULL, &part).count, 0);
    cr_expect_eq(shm_index_find_words(NULL, &word, 1, &row), 0);
    cr_expect_eq(row, SHM_NO_ROW);
    row = 0;
    cr_expect_eq(shm_index_find_texts(NULL, &text, 1, &row), 0);
    cr_expect_eq(row, SHM_NO_ROW);
    row = 0;
    cr_expect_eq(shm_index_find_many_parts(NULL, &part, 1, &row), 0);
    cr_expect_eq(row, SHM_NO_ROW);
    cr_expect_not(shm_index_next(NULL, &cursor, &range));
    cr_expect_eq(shm_index_key_count(NULL), 0);
    cr_expect_eq(shm_index_entry_count(NULL), 0);
    cr_expect_eq(shm_index_key_form(NULL), 0);
    cr_expect_eq(shm_index_part_count(NULL), 0);
    cr_expect_eq(shm_index_describe(NULL).size_bytes, 0);
    cr_expect_null(shm_dataset_index(dataset, 0), "a table has no index");
    cr_expect_null(shm_dataset_index(dataset, 1000));
}
