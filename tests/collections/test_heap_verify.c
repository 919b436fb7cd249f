/* What neither the builder makes nor one changed byte: heaps made by hand. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/builder.h>

#include "collections/array/rows_verify.h"
#include "collections/heap/heap_disk.h"
#include "collections/heap/heap_verify.h"

/* An item or a row of `record T { a: T?; b: T?; }`. */
struct pair {
    uint64_t present;
    int64_t a;
    int64_t b;
};

struct pair_item {
    struct shm_item_head head;
    struct pair pair;
};

enum { LEVELS_MAX = SHM_NESTING_DEPTH_MAX + 8 };

/* A heap of items, each of which refers to the one before, and a row that refers to the last. */
struct tower {
    struct pair_item items[LEVELS_MAX];
    struct pair row;
};

static const shm_schema *schema;
static struct tower tower;
static shm_error error;

static void open_schema(void)
{
    static const char text[] = "record T { a: T?; b: T?; } dataset D { rows: array<T>; }";
    cr_assert_eq(shm_schema_parse(text, sizeof text - 1, "test", NULL, &schema, &error), SHM_OK);
}

static void close_schema(void)
{
    shm_schema_free(schema);
}

TestSuite(heap_verify, .init = open_schema, .fini = close_schema);

static struct pair refer(const void *pair, const void *item, unsigned width)
{
    const int64_t a = (const char *)item - ((const char *)pair + offsetof(struct pair, a));
    const struct pair made = {.present = width == 2 ? 3 : 1, .a = a, .b = width == 2 ? a - 8 : 0};
    return made;
}

/* `levels` items, each referring to the one before `width` times (1 or 2). */
static void build(unsigned levels, unsigned width)
{
    const uint32_t id = schema->dataset->collections[0].record->id;
    uint64_t nodes = 1;
    memset(&tower, 0, sizeof tower);
    for (unsigned i = 0; i < levels; i++) {
        struct pair_item *item = &tower.items[i];
        item->head.count_and_id = shm_item_head_word(1, id);
        item->head.nodes_and_depth = shm_item_nest_word(nodes, i + 1);
        if (i > 0) {
            item->pair = refer(&item->pair, item - 1, width);
        }
        nodes = 1 + width * nodes;
    }
    tower.row = refer(&tower.row, &tower.items[levels - 1], width);
}

/* Verifies a heap at the start of `bytes`, and the row behind it unless `rows` is NULL. */
static shm_status verify_bytes(const shm_schema *of, const void *bytes, size_t heap_size,
                               const struct shm_section_entry *rows)
{
    uint64_t *row_counts = calloc(of->type_count, sizeof *row_counts);
    shm_arena arena = {0};
    shm_verifier verifier = {
        .base = bytes, .size = sizeof tower, .where = "rows", .schema = of, .error = &error};
    cr_assert_not_null(row_counts);
    cr_assert_eq(shm_value_plans_make(&verifier, row_counts, &arena), SHM_OK);
    shm_status status = shm_heap_verify(&verifier, verifier.base, heap_size);
    if (status == SHM_OK && rows != NULL) {
        status = shm_rows_verify(&verifier, of->dataset->collections[0].record, rows);
    }
    shm_heap_verify_end(&verifier);
    shm_arena_close(&arena);
    free(row_counts);
    return status;
}

static shm_status verify(unsigned levels)
{
    const struct shm_section_entry rows = {.offset = offsetof(struct tower, row),
                                           .size = sizeof tower.row,
                                           .count = 1,
                                           .stride = sizeof tower.row};
    return verify_bytes(schema, &tower, levels * sizeof tower.items[0], &rows);
}

Test(heap_verify, depth)
{
    cr_assert_eq(sizeof(struct pair), schema->dataset->collections[0].record->row_size);
    build(1, 1);
    cr_expect_eq(verify(1), SHM_OK, "%s", error.text);
    build(SHM_NESTING_DEPTH_MAX - 1, 1);
    cr_expect_eq(verify(SHM_NESTING_DEPTH_MAX - 1), SHM_OK, "%s", error.text);
    build(SHM_NESTING_DEPTH_MAX, 1);
    cr_expect_eq(verify(SHM_NESTING_DEPTH_MAX), SHM_OK, "%s", error.text);
    build(SHM_NESTING_DEPTH_MAX + 1, 1);
    cr_expect_eq(verify(SHM_NESTING_DEPTH_MAX + 1), SHM_LIMIT);
    cr_expect_not_null(strstr(error.text, "deeper"), "%s", error.text);
}

/* Twice 2^31 - 1 values are within the limit, twice 2^32 - 1 are not. */
Test(heap_verify, values_of_a_row)
{
    build(31, 2);
    cr_expect_eq(verify(31), SHM_OK, "%s", error.text);
    build(32, 2);
    cr_expect_eq(verify(32), SHM_LIMIT);
    cr_expect_not_null(strstr(error.text, "a row reaches"), "%s", error.text);
    build(33, 2);
    cr_expect_eq(verify(33), SHM_LIMIT);
    cr_expect_not_null(strstr(error.text, "a value is nested"), "%s", error.text);
}

Test(heap_verify, heads_that_do_not_fit)
{
    build(2, 1);
    cr_expect_eq(verify(1), SHM_CORRUPT, "a row refers past the heap");
    build(2, 1);
    tower.items[1].head.nodes_and_depth = shm_item_nest_word(2, 3);
    cr_expect_eq(verify(2), SHM_CORRUPT);
    build(2, 1);
    tower.items[1].head.nodes_and_depth = shm_item_nest_word(3, 2);
    cr_expect_eq(verify(2), SHM_CORRUPT);
    build(2, 1);
    tower.items[1].head.count_and_id++;
    cr_expect_eq(verify(2), SHM_CORRUPT);
    cr_expect_not_null(strstr(error.text, "is not 1"), "%s", error.text);
}

/* Items of the first field's type of `record R`, whose head holds `count`. */
static shm_status verify_item(const char *field, uint64_t count, uint64_t *words, size_t size)
{
    const shm_schema *parsed;
    char text[128];
    const int length =
        snprintf(text, sizeof text, "record R { a: %s; } dataset D { rows: array<R>; }", field);
    cr_assert_eq(shm_schema_parse(text, (size_t)length, "test", NULL, &parsed, &error), SHM_OK);
    const shm_type *type = parsed->dataset->collections[0].record->fields[0].type;
    words[0] = shm_item_head_word(count, type->id);
    const shm_status status = verify_bytes(parsed, words, size, NULL);
    shm_schema_free(parsed);
    return status;
}

Test(heap_verify, values_that_have_no_item)
{
    uint64_t list[] = {0, shm_item_nest_word(1, 1)};
    cr_expect_eq(verify_item("[u8]", 0, list, sizeof list), SHM_CORRUPT);
    cr_expect_not_null(strstr(error.text, "has no items"), "%s", error.text);

    uint64_t text[] = {0, 0x6161616161616161, 0x0061616161616161};
    cr_expect_eq(verify_item("bytes", 15, text, sizeof text), SHM_CORRUPT);
    cr_expect_not_null(strstr(error.text, "too short"), "%s", error.text);

    uint64_t flat[] = {0, shm_item_nest_word(1, 1), 1, 0};
    cr_expect_eq(verify_item("tensor<u8>", 0, flat, sizeof flat), SHM_CORRUPT);
    cr_expect_not_null(strstr(error.text, "shape [0]"), "%s", error.text);

    uint64_t hollow[] = {0, shm_item_nest_word(1, 1), 2, 0, 7};
    cr_expect_eq(verify_item("tensor<u8>", 0, hollow, sizeof hollow), SHM_OK, "%s", error.text);
}

Test(heap_verify, sizes_that_overflow)
{
    uint64_t list[] = {0, shm_item_nest_word(1, 1)};
    cr_expect_eq(verify_item("[u8[131072]]", UINT64_C(1) << 47, list, sizeof list), SHM_CORRUPT);
    cr_expect_not_null(strstr(error.text, "past the end"), "%s", error.text);

    uint64_t tensor[] = {0, shm_item_nest_word(1, 1), 2, UINT64_C(1) << 32, UINT64_C(1) << 32};
    cr_expect_eq(verify_item("tensor<u8>", 0, tensor, sizeof tensor), SHM_CORRUPT);
    cr_expect_not_null(strstr(error.text, "shape does not agree"), "%s", error.text);
}
