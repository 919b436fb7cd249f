/* Verification of what no accident makes: one invariant broken, every checksum right. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "collections/map/map_disk.h"
#include "libshm/hash.h"
#include "libshm/image_disk.h"
#include "tests/support/forged.h"

/* ---- values in rows ---- */

static void fill_plain(shm_builder *builder, uint64_t row)
{
    (void)row;
    shm_put_bool(builder, true);
    shm_put_text(builder, SHM_STR("one"));
    shm_put_date(builder, (shm_date){.days = 1});
    shm_put_datetime(builder, (shm_datetime){.micros = 1});
    shm_put_text(builder, SHM_STR("short"));
    shm_put_uint(builder, 0);
    shm_put_uint(builder, 5);
    shm_put_null(builder);
    shm_put_absent(builder);
    shm_put_text(builder, SHM_STR("1.5"));
}

Test(verify_forged, values_in_rows)
{
    /* Offsets: a 0, b 1, c 4, d 8, e 24, f 40, presence 48, g 56, h 57, i 58, j 64. */
    const struct shm_test_image image = make(
        "enum E : u8 { one = 1, two }"
        "record R { a: bool; b: E; c: date; d: datetime; e: string; f: ref<R>; g: u8?; h: u8??;"
        " i: u8?; j: decimal; } dataset D { rows: array<R>; }",
        1, fill_plain);
    unsigned char *row = section(&image, SHM_SECTION_ROWS);
    expect_byte(&image, row, 2, "a bool is neither");
    expect_byte(&image, row + 1, 3, "an enum has a value");
    expect_byte(&image, row + 2, 1, "must be zero");
    expect_byte(&image, row + 7, 0x7f, "a date is outside");
    expect_byte(&image, row + 15, 0x7f, "a datetime is outside");
    expect_byte(&image, row + 16, 1, "a datetime is outside");
    expect_byte(&image, row + 18, 2, "a datetime is outside");
    expect_byte(&image, row + 20, 1, "a datetime is outside");
    expect_byte(&image, row + 24, 0xff, "not well-formed");
    expect_byte(&image, row + 30, 'x', "behind a short text");
    expect_byte(&image, row + 39, 16, "neither form");
    expect_byte(&image, row + 39, 0xff, "does not lead to an earlier text");
    expect_byte(&image, row + 40, 1, "past the end of its table");
    expect_byte(&image, row + 48, 0x5, "a bit of no meaning");
    expect_byte(&image, row + 48, 0x17, "a bit of no meaning");
    expect_byte(&image, row + 49, 1, "a bit of no meaning");
    expect_byte(&image, row + 57, 1, "must be zero");
    expect_byte(&image, row + 58, 1, "must be zero");
    expect_byte(&image, row + 60, 1, "must be zero");
    expect_byte(&image, row + 64, 'x', "not well-formed");
    free(image.bytes);
}

static void fill_optional_list(shm_builder *builder, uint64_t row)
{
    (void)row;
    shm_put_begin(builder);
    shm_put_uint(builder, 7);
    shm_put_absent(builder);
    shm_put_end(builder);
}

Test(verify_forged, optional_elements)
{
    const struct shm_test_image image =
        make("record R { a: [u32?]; } dataset D { rows: array<R>; }", 1, fill_optional_list);
    unsigned char *first = section(&image, SHM_SECTION_HEAP) + 16;
    expect_byte(&image, first + 4, 2, "neither present nor absent");
    expect_byte(&image, first + 4, 0, "must be zero");
    expect_byte(&image, first + 5, 1, "must be zero");
    expect_byte(&image, first + 8, 1, "must be zero");
    free(image.bytes);
}

/* ---- the heap ---- */

static void fill_heap(shm_builder *builder, uint64_t row)
{
    (void)row;
    shm_put_begin(builder);
    for (uint64_t i = 1; i <= 3; i++) {
        shm_put_uint(builder, i);
    }
    shm_put_end(builder);
    shm_put_text(builder, SHM_STR("a text of twenty-six bytes"));
}

Test(verify_forged, items_and_references)
{
    const struct shm_test_image image =
        make("record R { a: {u32}; b: string; } dataset D { rows: array<R>; }", 1, fill_heap);
    unsigned char *set = section(&image, SHM_SECTION_HEAP); /* 16 + 12 + 4 bytes */
    unsigned char *text = set + 32;                         /* 8 + 26 + 1 + 5 bytes */
    unsigned char *row = section(&image, SHM_SECTION_ROWS);
    const char *reference = "does not lead to an earlier item";
    expect_word(&image, row, word_at(row) + 8, reference);
    expect_word(&image, row, word_at(row) + 4, reference);
    expect_word(&image, row, word_at(row) + 32, reference);
    expect_word(&image, row, 0, reference);
    expect_word(&image, row, (uint64_t)INT64_MIN, reference);
    expect_word(&image, row + 8, 2, reference);
    expect_word(&image, row + 8, 0, "an empty list, set or dict has an item");
    expect_word(&image, row + 8, UINT64_MAX, "longer than any");
    expect_word(&image, row + 16, word_at(row + 16) - 32, "does not lead to an earlier text");
    expect_byte(&image, row + 24, 25, "does not lead to an earlier text");
    expect_byte(&image, set, 2, "that has no items");
    expect_byte(&image, set, 0, "that has no items");
    expect_byte(&image, set + 5, 0x7f, "past the end of the heap");
    expect_byte(&image, set + 7, 0xff, "none of the schema's");
    expect_byte(&image, set + 8, 2, "nodes or depth");
    expect_byte(&image, set + 14, 2, "nodes or depth");
    expect_byte(&image, set + 16, 2, "do not rise");
    expect_byte(&image, set + 20, 9, "do not rise");
    expect_byte(&image, set + 28, 1, "must be zero");
    expect_byte(&image, text + 8, 0xc0, "not well-formed");
    expect_byte(&image, text + 34, 'x', "not well-formed");
    expect_byte(&image, text + 35, 1, "must be zero");
    expect_byte(&image, text + 1, 1, "past the end of the heap");
    free(image.bytes);
}

static void fill_tree(shm_builder *builder, uint64_t row)
{
    (void)row;
    for (int i = 0; i < 3; i++) {
        shm_put_begin(builder);
    }
    shm_put_absent(builder);
    for (int i = 0; i < 3; i++) {
        shm_put_end(builder);
    }
}

Test(verify_forged, no_item_reaches_itself_or_a_later_one)
{
    /* Each item: 16 bytes of head, 8 of presence, 8 of the cell. */
    const struct shm_test_image image =
        make("record T { in: T?; } record R { t: T; } dataset D { rows: array<R>; }", 1, fill_tree);
    unsigned char *outer = section(&image, SHM_SECTION_HEAP) + 32;
    const char *reference = "does not lead to an earlier item";
    expect_word(&image, outer + 24, (uint64_t)-24, reference);
    expect_word(&image, outer + 24, 8, reference);
    expect_word(&image, outer + 24, (uint64_t)-40, reference);
    free(image.bytes);
}

static void fill_tensor(shm_builder *builder, uint64_t row)
{
    static const uint64_t shape[] = {2, 3};
    static const uint8_t elements[6] = {1, 2, 3, 4, 5, 6};
    (void)row;
    shm_put_tensor(builder, elements, shape, 2);
}

Test(verify_forged, tensors)
{
    const struct shm_test_image image =
        make("record R { a: tensor<u8>; } dataset D { rows: array<R>; }", 1, fill_tensor);
    unsigned char *item = section(&image, SHM_SECTION_HEAP);
    unsigned char *row = section(&image, SHM_SECTION_ROWS);
    expect_word(&image, item + 24, 3, "shape does not agree");
    expect_word(&image, item + 24, UINT64_MAX, "shape does not agree");
    expect_word(&image, item + 16, UINT64_MAX, "past the end of the heap");
    expect_word(&image, item + 16, 33, "past the end of the heap");
    expect_word(&image, row, 0, "elements but no item");
    free(image.bytes);
}

/* ---- indexes ---- */

static void fill_id(shm_builder *builder, uint64_t row)
{
    shm_put_uint(builder, row);
}

Test(verify_forged, hash_lines)
{
    const struct shm_test_image image = make(
        "record R { id: u64; } dataset D { rows: array<R>; by: index rows by id; }", 3, fill_id);
    struct shm_map_line *line = (void *)section(&image, SHM_SECTION_LINES);
    cr_assert_eq(entry(&image, SHM_SECTION_LINES)->stride, SHM_NARROW_VALUE_BYTES);
    while (shm_line_value(line, false, 0) == SHM_MAP_NOTHING) {
        line++;
    }
    unsigned char *value = (unsigned char *)&line->values[0];
    uint64_t *last = (void *)&line->values[SHM_NARROW_SLOTS - 1]; /* and `away` */
    const uint64_t nothing = UINT32_MAX;
    cr_assert_eq(*last, nothing);
    expect_byte(&image, value, 0xff, "past the end of its table");
    expect_byte(&image, value + 3, 0x80, "past the end of its table");
    expect_byte(&image, value, *value ^ 1, "");
    expect_word(&image, last, 4, "after an empty slot");
    expect_word(&image, last, nothing | UINT64_C(1) << 32, "after an empty slot");
    expect_word(&image, &line->words[0], ~line->words[0], "");
    expect_word(&image, &line->words[0], line->words[0] ^ 1, "does not lead to a row");
    expect_word(&image, &line->words[SHM_NARROW_SLOTS - 1], 1, "after an empty slot");
    expect_word(&image, &entry(&image, SHM_SECTION_LINES)->count, 4, "more or fewer keys");
    expect_word(&image, &entry(&image, SHM_SECTION_LINES)->parameter, 4, "");
    expect_word(&image, &entry(&image, SHM_SECTION_LINES)->stride, 5, "does not fit");
    expect_word(&image, &entry(&image, SHM_SECTION_LINES)->stride, 6, "");
    free(image.bytes);
}

Test(verify_forged, no_key_stands_twice)
{
    const struct shm_test_image image = make(
        "record R { id: u64; } dataset D { rows: array<R>; by: index rows by id; }", 1, fill_id);
    struct shm_map_line *line = (void *)section(&image, SHM_SECTION_LINES);
    line->words[1] = line->words[0];
    line->values[1] = line->values[0];
    entry(&image, SHM_SECTION_LINES)->count = 2;
    expect(&image, "holds a key twice");
    free(image.bytes);
}

Test(verify_forged, no_entry_has_a_key_that_its_row_lacks)
{
    const struct shm_test_image image = make(
        "record R { id: u64; } dataset D { rows: array<R>; by: index rows by id; }", 1, fill_id);
    struct shm_map_line *line = (void *)section(&image, SHM_SECTION_LINES);
    line->words[1] = line->words[0] ^ 1;
    line->values[1] = line->values[0];
    entry(&image, SHM_SECTION_LINES)->count = 2;
    expect(&image, "no key of their row");
    free(image.bytes);
}

static void fill_two_parts(shm_builder *builder, uint64_t row)
{
    (void)row;
    shm_put_uint(builder, 1);
    shm_put_uint(builder, 2);
}

Test(verify_forged, no_group_holds_two_keys_of_one_hash)
{
    const struct shm_test_image image =
        make("record R { a: u64; b: u64; } dataset D { rows: array<R>; by: multi rows by a, b; }",
             2, fill_two_parts);
    const uint64_t seed = entry(&image, SHM_SECTION_LINES)->parameter;
    uint64_t *second = (void *)(section(&image, SHM_SECTION_ROWS) + 16);
    second[0] = 7;
    const uint64_t before = shm_mix64_after(7, seed);
    second[1] = shm_unmix64(shm_mix64_after(2, shm_mix64_after(1, seed)), before) - before;
    expect(&image, "does not lead to a row by the row's key");
    free(image.bytes);
}

static void fill_group(shm_builder *builder, uint64_t row)
{
    shm_put_uint(builder, row / 3);
}

Test(verify_forged, groups)
{
    const struct shm_test_image image = make(
        "record R { id: u64; } dataset D { rows: array<R>; by: multi rows by id; }", 7, fill_group);
    uint32_t *numbers = (void *)section(&image, SHM_SECTION_GROUPS); /* 3, a, b, c, 3, d, e, f */
    unsigned char *count = (unsigned char *)&numbers[0];
    cr_assert_eq(numbers[0], 3);
    cr_assert_eq(numbers[4], 3);
    expect_byte(&image, count, 1, "fewer than two rows");
    expect_byte(&image, count, 8, "more than there are");
    expect_byte(&image, (unsigned char *)&numbers[2], numbers[1], "do not rise");
    expect_byte(&image, (unsigned char *)&numbers[3], 7, "not of the table");
    expect_byte(&image, (unsigned char *)&numbers[3], 6, "");
    expect_byte(&image, (unsigned char *)&entry(&image, SHM_SECTION_GROUPS)->parameter, 6,
                "more or fewer entries");
    struct shm_map_line *line = (void *)section(&image, SHM_SECTION_LINES);
    while (shm_line_value(line, false, 0) >= 0 || line->values[0] == UINT32_MAX) {
        line++;
    }
    unsigned char *value = (unsigned char *)&line->values[0];
    expect_byte(&image, value, *value ^ 1, "leads to no group");
    expect_byte(&image, value, *value ^ 4, "one that has another key");
    expect_byte(&image, value + 1, 0xff, "leads to no group");
    expect_byte(&image, value + 3, 0, "a group belongs to no key");
    free(image.bytes);
}

Test(verify_forged, approximate_indexes)
{
    const struct shm_test_image image = make("record R { id: u64; } dataset D { rows: array<R>;"
                                             " by: multi rows by id approximate 1/20000; }",
                                             4, fill_id);
    uint64_t *buckets = (void *)section(&image, SHM_SECTION_BUCKETS);
    unsigned char *fragments = section(&image, SHM_SECTION_FRAGMENTS); /* 4 of 4 bytes, 4 rows */
    uint32_t *rows = (void *)(fragments + 16);
    expect_word(&image, &buckets[0], 1, "does not begin at 0");
    expect_word(&image, &buckets[1], 3, "does not end");
    expect_word(&image, &buckets[1], UINT64_MAX, "do not rise to its end");
    expect_word(&image, fragments, word_at(fragments) >> 32 | word_at(fragments) << 32,
                "do not rise");
    expect_byte(&image, fragments, fragments[0] ^ 1u, "does not lead to a row");
    expect_byte(&image, (unsigned char *)rows, 4, "past the end of its table");
    expect_byte(&image, (unsigned char *)rows, rows[0] ^ 1u, "does not lead to a row");
    expect_word(&image, &entry(&image, SHM_SECTION_FRAGMENTS)->parameter, UINT64_C(1) << 40,
                "other buckets");
    free(image.bytes);
}

Test(verify_forged, buckets_of_approximate_indexes)
{
    /* 10 keys at 1/2^14 and 16 bits: 3 buckets. */
    const struct shm_test_image image = make("record R { id: u64; } dataset D { rows: array<R>;"
                                             " by: multi rows by id approximate 1/16384; }",
                                             10, fill_id);
    uint64_t *buckets = (void *)section(&image, SHM_SECTION_BUCKETS);
    cr_assert_eq(entry(&image, SHM_SECTION_BUCKETS)->count, 3);
    cr_assert_eq(buckets[3], 10);
    cr_assert_gt(buckets[1], 0);
    expect_word(&image, &buckets[2], 0, "do not rise to its end");
    free(image.bytes);
}

/* ---- tensor collections ---- */

Test(verify_forged, tensor_collections)
{
    static const char *const text = "dataset D { t: tensor<u8>; }";
    static const uint64_t shape[] = {2, 3};
    static const uint8_t elements[6] = {1, 2, 3, 4, 5, 6};
    const shm_schema *schema;
    shm_builder *builder;
    shm_error error;
    cr_assert_eq(shm_schema_parse(text, strlen(text), "test", NULL, &schema, &error), SHM_OK);
    cr_assert_eq(shm_builder_open(schema, NULL, &builder, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_begin(builder, 0, shape, 2, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 0, elements, 6, &error), SHM_OK);
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    unsigned char *at = section(&image, SHM_SECTION_TENSOR);
    expect_byte(&image, at + 6, 1, "must be zero");
    expect_word(&image, at + 8, 3, "shape does not agree");
    expect_word(&image, at + 8, (UINT64_C(1) << 63) + 1, "shape does not agree");
    free(image.bytes);
}
