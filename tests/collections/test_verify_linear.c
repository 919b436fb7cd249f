/* Verification is linear in the image, whatever the image shares: its operations are counted. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "tests/support/images.h"

/* The most operations for each byte of an image, and for images so small that nothing is counted
 * against them. */
enum { OPERATIONS_PER_BYTE_MAX = 4, OPERATIONS_FREE = 1 << 16 };

struct build {
    const shm_schema *schema;
    shm_builder *builder;
};

static struct build open_build(const char *text)
{
    struct build build;
    shm_error error;
    cr_assert_eq(shm_schema_parse(text, strlen(text), "test", NULL, &build.schema, &error), SHM_OK,
                 "%s", error.text);
    cr_assert_eq(shm_builder_open(build.schema, NULL, &build.builder, &error), SHM_OK, "%s",
                 error.text);
    return build;
}

static void end_row(struct build *build)
{
    shm_error error;
    cr_assert_eq(shm_builder_row_end(build->builder, NULL, &error), SHM_OK, "%s", error.text);
}

static struct shm_test_image close_build(struct build *build)
{
    const struct shm_test_image image = shm_test_image_of(build->builder);
    shm_builder_close(build->builder);
    shm_schema_free(build->schema);
    return image;
}

struct measure {
    uint64_t operations;
    uint64_t size;
};

static struct measure measure(struct shm_test_image image)
{
    struct measure measured = {.size = image.size};
    shm_error error;
    cr_assert_eq(shm_image_verify_memory(image.bytes, image.size, &measured.operations, &error),
                 SHM_OK, "%s", error.text);
    free(image.bytes);
    cr_assert_gt(measured.operations, 0);
    cr_assert_leq(measured.operations, OPERATIONS_FREE + OPERATIONS_PER_BYTE_MAX * measured.size);
    return measured;
}

/* Twice the image takes at most about twice the operations. */
static void assert_linear(struct shm_test_image (*make)(uint64_t size), uint64_t least)
{
    struct measure before = measure(make(least));
    for (uint64_t size = 2 * least; size <= 8 * least; size *= 2) {
        const struct measure now = measure(make(size));
        const double growth = (double)now.size / (double)before.size;
        cr_assert_leq((double)now.operations, 1.2 * growth * (double)before.operations,
                      "%llu bytes: %llu operations; %llu bytes: %llu",
                      (unsigned long long)before.size, (unsigned long long)before.operations,
                      (unsigned long long)now.size, (unsigned long long)now.operations);
        before = now;
    }
}

static struct shm_test_image make_texts(uint64_t rows)
{
    return shm_test_image_make("record R { id: u64; name: string; tags: [string]; }"
                               "dataset D { rows: array<R>; by_name: multi rows by name;"
                               " by_tag: multi rows by tags;"
                               " about: multi rows by tags approximate;"
                               " ids: index rows by id, name min; tagged: multi rows by tags min;"
                               " ages: map<u64, u32> min; }",
                               rows, 1);
}

Test(verify_linear, in_rows)
{
    assert_linear(make_texts, 500);
}

/* All rows share one text, as long as all rows together; each row's key is a number and the
 * text. */
static struct shm_test_image make_shared_text(uint64_t rows)
{
    struct build build = open_build("record R { id: u64; s: string; }"
                                    "dataset D { rows: array<R>; by: multi rows by id, s; }");
    char *text = malloc(rows * 24);
    cr_assert_not_null(text);
    memset(text, 'x', rows * 24);
    for (uint64_t i = 0; i < rows; i++) {
        shm_builder_row_begin(build.builder, 0);
        shm_put_uint(build.builder, i);
        shm_put_text(build.builder, shm_string_of(text, rows * 24));
        end_row(&build);
    }
    free(text);
    return close_build(&build);
}

Test(verify_linear, where_all_keys_share_one_long_text)
{
    assert_linear(make_shared_text, 1000);
}

/* Sets of two long texts that differ in their last byte alone: each set compares them. */
static struct shm_test_image make_shared_keys(uint64_t rows)
{
    struct build build = open_build("record R { a: {string}; } dataset D { rows: array<R>; }");
    const size_t length = rows * 64;
    char *text = malloc(length);
    char number[24];
    cr_assert_not_null(text);
    memset(text, 'x', length);
    for (uint64_t i = 0; i < rows; i++) {
        shm_builder_row_begin(build.builder, 0);
        shm_put_begin(build.builder);
        for (char last = 'a'; last <= 'b'; last++) {
            text[length - 1] = last;
            shm_put_text(build.builder, shm_string_of(text, length));
        }
        const int digits = snprintf(number, sizeof number, "%llu", (unsigned long long)i);
        shm_put_text(build.builder, shm_string_of(number, (size_t)digits));
        shm_put_end(build.builder);
        end_row(&build);
    }
    free(text);
    return close_build(&build);
}

Test(verify_linear, where_all_sets_compare_two_long_texts)
{
    assert_linear(make_shared_keys, 500);
}

/* Every row has the same list of the same list. */
static struct shm_test_image make_shared_lists(uint64_t rows)
{
    struct build build = open_build("record R { n: u64; lists: [[u64]]; }"
                                    "dataset D { rows: array<R>; }");
    for (uint64_t i = 0; i < rows; i++) {
        shm_builder_row_begin(build.builder, 0);
        shm_put_uint(build.builder, i);
        shm_put_begin(build.builder);
        for (uint64_t n = 0; n < 100; n++) {
            shm_put_begin(build.builder);
            for (uint64_t k = 0; k < 100; k++) {
                shm_put_uint(build.builder, k);
            }
            shm_put_end(build.builder);
        }
        shm_put_end(build.builder);
        end_row(&build);
    }
    return close_build(&build);
}

Test(verify_linear, where_all_rows_share_one_list)
{
    assert_linear(make_shared_lists, 200);
}

/* Rows share a list of equal elements: one key a row, and yet each element is looked at. */
static struct shm_test_image make_equal_elements(uint64_t rows, uint64_t elements)
{
    struct build build = open_build("record R { n: u32; tags: [u8]; }"
                                    "dataset D { rows: array<R>; by: multi rows by tags; }");
    for (uint64_t i = 0; i < rows; i++) {
        shm_builder_row_begin(build.builder, 0);
        shm_put_uint(build.builder, i);
        shm_put_begin(build.builder);
        for (uint64_t k = 0; k < elements; k++) {
            shm_put_uint(build.builder, 7);
        }
        shm_put_end(build.builder);
        end_row(&build);
    }
    return close_build(&build);
}

static struct shm_test_image make_few_equal_elements(uint64_t rows)
{
    return make_equal_elements(rows, 16);
}

Test(verify_linear, where_rows_share_a_list_of_equal_elements)
{
    assert_linear(make_few_equal_elements, 500);
}

Test(verify_linear, refuses_more_keys_than_it_may_look_at)
{
    const struct shm_test_image image = make_equal_elements(3000, 3000);
    shm_error error;
    cr_assert_eq(shm_image_verify_memory(image.bytes, image.size, NULL, &error), SHM_LIMIT);
    cr_assert_not_null(strstr(error.text, "too many keys"), "%s", error.text);
    free(image.bytes);
}
