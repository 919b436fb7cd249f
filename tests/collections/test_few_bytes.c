/* test_few_bytes.c — what a small image or schema may ask for has bounds, too. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collections/key/key.h"
#include "tests/support/build.h"

enum { TEXT_BYTES = 1 << 16, FEW_ROWS = 100, MANY_ROWS = 400 };

/* The seed of an index of `row_count` rows that share one text as their key. */
static uint64_t seed_of_shared_text(uint64_t row_count)
{
    static char text[TEXT_BYTES];
    memset(text, 'x', sizeof text);
    const shm_schema *schema = shm_test_schema(
        "record R { name: string; } dataset D { rows: array<R>; by_name: multi rows by name; }");
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t row = 0; row < row_count; row++) {
        shm_builder_row_begin(builder, 0);
        shm_put_text(builder, shm_string_of(text, sizeof text));
        shm_test_row_end(builder);
    }
    struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    const shm_index_info info = shm_index_describe(shm_dataset_index(dataset, 1));
    cr_expect_eq(info.entry_count, row_count);
    shm_dataset_close(dataset);
    shm_schema_free(schema);
    free(image.bytes);
    return info.seed_number;
}

/* A million rows may share a megabyte: describing the index must not read it a million times. */
Test(few_bytes, a_seed_is_sought_within_a_budget)
{
    cr_expect_eq(seed_of_shared_text(FEW_ROWS), 0);
    cr_expect_eq(seed_of_shared_text(MANY_ROWS), UINT64_MAX);
}

/* A struct of 4096 fields in twelve lines, and indexes that all name it. */
static char *doubling_schema(size_t index_count)
{
    const size_t size = 4096 + 32 * index_count;
    char *text = malloc(size);
    cr_assert_not_null(text);
    size_t length = (size_t)snprintf(text, size, "struct S0 { a: u8; b: u8; } ");
    for (int i = 1; i < 12; i++) {
        length += (size_t)snprintf(text + length, size - length, "struct S%d { a: S%d; b: S%d; } ",
                                   i, i - 1, i - 1);
    }
    length += (size_t)snprintf(text + length, size - length,
                               "record R { s: S11; } dataset D { rows: array<R>; ");
    for (size_t i = 0; i < index_count; i++) {
        length += (size_t)snprintf(text + length, size - length, "i%zu: multi rows by s; ", i);
    }
    (void)snprintf(text + length, size - length, "}");
    return text;
}

Test(few_bytes, the_keys_of_a_dataset_are_bounded_together)
{
    enum { INDEX_COUNT = SHM_DATASET_LEAF_COUNT_MAX / SHM_KEY_LEAF_COUNT_MAX };
    for (size_t count = INDEX_COUNT; count <= INDEX_COUNT + 1; count++) {
        char *text = doubling_schema(count);
        const shm_schema *schema = shm_test_schema(text);
        shm_builder *builder = NULL;
        shm_error error;
        const shm_status status = shm_builder_open(schema, NULL, &builder, &error);
        cr_expect_eq(status, count == INDEX_COUNT ? SHM_OK : SHM_LIMIT);
        if (status != SHM_OK) {
            cr_expect_not_null(strstr(error.text, "more than 1048576 fields together"));
        } else {
            shm_builder_close(builder);
        }
        cr_expect_eq(shm_keys_check(schema->dataset, NULL), status, "as it is opened");
        shm_schema_free(schema);
        free(text);
    }
}

/* Numbers in no order, among them the least and the greatest. */
Test(few_bytes, names_of_enums_are_found_whatever_their_order)
{
    const shm_schema *schema = shm_test_schema(
        "enum U : u64 { top = 18446744073709551615, one = 1, zero = 0, half = 9223372036854775808 "
        "} "
        "enum I : i64 { top = 9223372036854775807, least = -9223372036854775808, none = 0 } "
        "enum N : u64 { a = 5, b = 6, c = 7 }");
    static const struct {
        size_t type;
        uint64_t number;
        const char *name;
    } cases[] = {{0, UINT64_MAX, "top"},
                 {0, 1, "one"},
                 {0, 0, "zero"},
                 {0, UINT64_C(1) << 63, "half"},
                 {0, 2, NULL},
                 {1, INT64_MAX, "top"},
                 {1, UINT64_C(1) << 63, "least"},
                 {1, 0, "none"},
                 {1, UINT64_MAX, NULL},
                 {2, 5, "a"},
                 {2, 7, "c"},
                 {2, 4, NULL},
                 {2, 8, NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const shm_type *type = schema->declared[cases[i].type];
        const shm_value value = {.type = type, .stored = type, .at = &cases[i].number};
        const char *name = shm_value_enum_name(&value);
        cr_expect((name == NULL) == (cases[i].name == NULL), "%zu", i);
        cr_expect(name == NULL || strcmp(name, cases[i].name) == 0, "%zu: %s", i, name);
    }
    shm_schema_free(schema);
}
