/* What lies outside of rows: stored once, in the order of the finished rows, spilled or not. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "allocators/spool.h"
#include "tests/support/images.h"
#include "tests/support/build.h"

static const char *const long_texts[] = {"a text of more than fifteen bytes, the first",
                                         "another text of more than fifteen bytes",
                                         "yet another text of more than fifteen bytes"};

static shm_builder *open_builder(const shm_schema *schema, uint64_t memory_bytes)
{
    const shm_build_options options = {.memory_bytes = memory_bytes};
    shm_builder *builder = NULL;
    shm_error error;
    cr_assert_eq(shm_builder_open(schema, &options, &builder, &error), SHM_OK, "%s", error.text);
    return builder;
}

static void end_row(shm_builder *builder)
{
    shm_error error;
    cr_assert_eq(shm_builder_row_end(builder, NULL, &error), SHM_OK, "%s", error.text);
}

static void put_text(shm_builder *builder, int number)
{
    shm_put_text(builder, shm_string_of(long_texts[number], strlen(long_texts[number])));
}

static uint64_t section_size(const shm_dataset *dataset, const char *kind)
{
    for (size_t i = 0; i < shm_dataset_section_count(dataset); i++) {
        const shm_section_info section = shm_dataset_section(dataset, i);
        if (strcmp(section.kind, kind) == 0) {
            return section.size;
        }
    }
    return UINT64_MAX;
}

static shm_dataset *open_image(struct shm_test_image image)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset = NULL;
    shm_error error;
    cr_assert_eq(shm_dataset_open_memory(image.bytes, image.size, &options, &dataset, &error),
                 SHM_OK, "%s", error.text);
    return dataset;
}

static const char nested_schema[] =
    "record Leaf { a: string; b: [u32]; } record R { x: Leaf; y: Leaf; z: {string: Leaf}; }"
    "dataset D { rows: array<R>; }";

static void put_leaf(shm_builder *builder)
{
    static const uint32_t numbers[] = {1, 2, 3};
    shm_put_begin(builder);
    put_text(builder, 0);
    shm_put_elements(builder, numbers, 3);
    shm_put_end(builder);
}

static struct shm_test_image nested_image(uint64_t rows)
{
    const shm_schema *schema = shm_test_schema(nested_schema);
    shm_builder *builder = open_builder(schema, 0);
    for (uint64_t i = 0; i < rows; i++) {
        shm_builder_row_begin(builder, 0);
        put_leaf(builder);
        put_leaf(builder);
        shm_put_begin(builder);
        put_text(builder, 1);
        put_leaf(builder);
        shm_put_end(builder);
        end_row(builder);
    }
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    return image;
}

Test(heap_build, equal_values_are_stored_once)
{
    uint64_t sizes[2];
    for (int i = 0; i < 2; i++) {
        const struct shm_test_image image = nested_image(i == 0 ? 1 : 100);
        shm_dataset *dataset = open_image(image);
        sizes[i] = section_size(dataset, "heap");
        shm_dataset_close(dataset);
        free(image.bytes);
    }
    cr_expect_eq(sizes[0], sizes[1]);
    cr_expect_gt(sizes[0], 0);
}

/* One row, its fields put in the order given, and the set's elements, too. */
static struct shm_test_image image_in_order(const int fields[3], const int elements[3])
{
    const shm_schema *schema = shm_test_schema(
        "record R { a: string; b: {string}; c: {string: string}; } dataset D { rows: array<R>; }");
    shm_builder *builder = open_builder(schema, 0);
    shm_builder_row_begin(builder, 0);
    for (int i = 0; i < 3; i++) {
        shm_put_field(builder, (size_t)fields[i]);
        if (fields[i] == 0) {
            put_text(builder, 2);
            continue;
        }
        shm_put_begin(builder);
        for (int k = 0; k < 3; k++) {
            put_text(builder, elements[k]);
            if (fields[i] == 2) {
                put_text(builder, 2 - elements[k]);
            }
        }
        shm_put_end(builder);
    }
    end_row(builder);
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    return image;
}

Test(heap_build, the_order_of_puts_leaves_no_trace)
{
    static const int orders[][3] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}, {1, 0, 2}};
    const struct shm_test_image expected = image_in_order(orders[0], orders[0]);
    shm_dataset_close(open_image(expected));
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = 0; k < 4; k++) {
            const struct shm_test_image image = image_in_order(orders[i], orders[k]);
            cr_expect_eq(image.size, expected.size);
            cr_expect_arr_eq(image.bytes, expected.bytes, expected.size);
            free(image.bytes);
        }
    }
    free(expected.bytes);
}

Test(heap_build, sets_are_sorted_and_repeated_elements_dropped)
{
    const shm_schema *schema =
        shm_test_schema("record R { a: {string}; b: {i32}; } dataset D { rows: array<R>; }");
    shm_builder *builder = open_builder(schema, 0);
    static const int32_t numbers[] = {5, -1, 5, 0, -1, 7, INT32_MIN, 5};
    shm_builder_row_begin(builder, 0);
    shm_put_begin(builder);
    for (int i = 0; i < 9; i++) {
        put_text(builder, (i * 2) % 3);
        shm_put_text(builder, SHM_STR("short"));
    }
    shm_put_end(builder);
    shm_put_elements(builder, numbers, 8);
    end_row(builder);
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_dataset *dataset = open_image(image);
    shm_value row;
    shm_value set;
    shm_value item;
    cr_assert(shm_dataset_row(dataset, 0, 0, &row));
    cr_assert_eq(shm_value_field(&row, 0, &set), SHM_PRESENT);
    const char *texts[] = {long_texts[0], long_texts[1], "short", long_texts[2]};
    cr_assert_eq(shm_value_count(&set), 4);
    for (uint64_t i = 0; i < 4; i++) {
        cr_assert_eq(shm_value_item(&set, i, &item), SHM_PRESENT);
        cr_expect_str_eq(shm_value_text(&item).data, texts[i]);
    }
    cr_assert_eq(shm_value_field(&row, 1, &set), SHM_PRESENT);
    const int64_t sorted[] = {INT32_MIN, -1, 0, 5, 7};
    cr_assert_eq(shm_value_count(&set), 5);
    for (uint64_t i = 0; i < 5; i++) {
        cr_assert_eq(shm_value_item(&set, i, &item), SHM_PRESENT);
        cr_expect_eq((int64_t)shm_value_word(&item), sorted[i]);
    }
    shm_dataset_close(dataset);
    free(image.bytes);
    shm_builder_close(builder);
    shm_schema_free(schema);
}

/* Rows of two tables, in turns or one table after the other. */
static struct shm_test_image large_image(uint64_t memory_bytes, bool in_turns)
{
    enum { ROW_COUNT = 20000 };
    const shm_schema *schema = shm_test_schema(
        "record A { id: u32; name: string; tags: [string]; }"
        "record B { id: u64; other: ref<A>; }"
        "dataset D { as: array<A>; bs: array<B>; by_id: index as by id;"
        " by_tag: multi as by tags; sounds: multi as by name approximate 1/1000; w: tensor<u8>; }");
    shm_builder *builder = open_builder(schema, memory_bytes);
    shm_error error;
    for (uint64_t i = 0; i < 2 * ROW_COUNT; i++) {
        const bool is_a = in_turns ? i % 2 == 0 : i < ROW_COUNT;
        const uint64_t number = in_turns ? i / 2 : i % ROW_COUNT;
        char text[64];
        shm_builder_row_begin(builder, is_a ? 0 : 1);
        shm_put_uint(builder, number);
        if (is_a) {
            snprintf(text, sizeof text, "the long name of number %llu",
                     (unsigned long long)number % 7000);
            shm_put_text(builder, shm_string_of(text, strlen(text)));
            shm_put_begin(builder);
            for (uint64_t k = 0; k < number % 4; k++) {
                put_text(builder, (int)((number + k) % 3));
            }
            shm_put_end(builder);
        } else {
            shm_put_uint(builder, ROW_COUNT - 1 - number);
        }
        end_row(builder);
    }
    static const unsigned char elements[100000];
    const uint64_t shape[] = {sizeof elements};
    cr_assert_eq(shm_builder_tensor_begin(builder, 5, shape, 1, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 5, elements, 1, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 5, elements, sizeof elements - 1, &error), SHM_OK);
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    return image;
}

Test(heap_build, memory_and_the_order_of_tables_leave_no_trace)
{
    const struct shm_test_image expected = large_image(0, false);
    shm_dataset_close(open_image(expected));
    static const uint64_t memory[] = {1, 300000, 2000000};
    for (int i = 0; i < 6; i++) {
        const struct shm_test_image image = large_image(memory[i / 2], i % 2 == 0);
        cr_expect_eq(image.size, expected.size);
        cr_expect_arr_eq(image.bytes, expected.bytes, expected.size);
        free(image.bytes);
    }
    free(expected.bytes);
}

Test(spool, pieces_are_where_they_were_put)
{
    enum { PIECE_COUNT = 3000, LONGEST = 400000 };
    static unsigned char bytes[LONGEST];
    static unsigned char read[LONGEST];
    static uint64_t offsets[PIECE_COUNT];
    static size_t lengths[PIECE_COUNT];
    shm_budget budget = {.left = 200000};
    shm_spool spool = {.budget = &budget};
    shm_error error;
    for (size_t i = 0; i < PIECE_COUNT; i++) {
        lengths[i] = i % 500 == 499 ? LONGEST - i : 1 + i % 700;
        offsets[i] = shm_spool_size(&spool);
        memset(bytes, (int)(i % 251), lengths[i]);
        cr_assert_eq(shm_spool_append(&spool, bytes, lengths[i], &error), SHM_OK);
        if (i % 100 != 0) {
            continue;
        }
        for (size_t k = 0; k <= i; k++) {
            const unsigned char *at;
            memset(bytes, (int)(k % 251), lengths[k]);
            cr_assert_eq(shm_spool_at(&spool, offsets[k], lengths[k], &at, &error), SHM_OK);
            cr_assert_not_null(at);
            cr_assert_eq(memcmp(at, bytes, lengths[k]), 0);
            cr_assert_eq(shm_spool_read(&spool, offsets[k], read, lengths[k], &error), SHM_OK);
            cr_assert_eq(memcmp(read, bytes, lengths[k]), 0);
        }
    }
    cr_expect(spool.has_file);
    cr_expect_eq(budget.left, 200000, "what was taken from the budget came back");
    const unsigned char *at;
    cr_expect_eq(shm_spool_at(&spool, shm_spool_size(&spool) - 1, 2, &at, &error), SHM_OK);
    cr_expect_null(at, "not there");
    shm_spool_close(&spool);
}

Test(spool, a_folder_that_is_not_there)
{
    shm_budget budget = {.left = 0, .folder = "/nowhere/at/all"};
    shm_spool spool = {.budget = &budget};
    static const unsigned char bytes[100000];
    shm_error error;
    cr_expect_eq(shm_spool_append(&spool, bytes, sizeof bytes, &error), SHM_IO);
    cr_expect_str_eq(error.text,
                     "/nowhere/at/all: cannot make a spill file: No such file or directory");
    shm_spool_close(&spool);
}
