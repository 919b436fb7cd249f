/* test_min.c — the smallest forms: dense maps, and exact indexes of fragments. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collections/multimap/exact_build.h"
#include "collections/multimap/exact_disk.h"
#include "libshm/image_disk.h"
#include "tests/support/build.h"
#include "tests/support/listed.h"

enum { MANY = 20000, HUGE = 70000 /* more than two regions */ };

typedef uint64_t key_call(uint64_t number);

static uint64_t spread(uint64_t number)
{
    return (number + 1) * UINT64_C(0x9e3779b97f4a7c15);
}

static uint64_t plain(uint64_t number)
{
    return number;
}

static uint64_t high(uint64_t number)
{
    return number << 44;
}

/* A map of `count` keys, put from the last to the first if `is_reversed`. */
static struct shm_test_image make_map(const char *text, uint64_t count, key_call *key_of,
                                      bool is_reversed)
{
    const shm_schema *schema = shm_test_schema(text);
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t number = is_reversed ? count - 1 - i : i;
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, key_of(number));
        shm_put_uint(builder, number % 251);
        shm_test_row_end(builder);
    }
    const struct shm_test_image image = shm_test_finish(builder);
    shm_schema_free(schema);
    return image;
}

/* The value of an entry, at `offset`. */
static uint8_t value_at(const shm_dataset *dataset, uint64_t row, size_t offset)
{
    const shm_table table = shm_dataset_table(dataset, 0);
    const unsigned char *at = shm_table_at(&table, row);
    cr_assert_not_null(at);
    return at[offset];
}

/* All keys are found, one by one and together; as many others are not. */
static void check_map(const shm_dataset *dataset, uint64_t count, key_call *key_of, size_t offset)
{
    const shm_index *index = shm_dataset_index(dataset, 0);
    uint64_t *keys = calloc(2 * count + 1, sizeof *keys);
    uint64_t *rows = calloc(2 * count + 1, sizeof *rows);
    for (uint64_t i = 0; i < 2 * count; i++) {
        keys[i] = key_of(i);
        const uint64_t row = shm_index_find_word(index, keys[i]);
        cr_assert_eq(row != SHM_NO_ROW, i < count, "key %llu", (unsigned long long)i);
        if (i < count) {
            cr_assert_eq(value_at(dataset, row, offset), i % 251);
        }
    }
    rows[2 * count] = 42;
    cr_assert_eq(shm_index_find_words(index, keys, 2 * count, rows), count);
    cr_assert_eq(rows[2 * count], 42, "a batch writes too much");
    for (uint64_t i = 0; i < 2 * count; i++) {
        cr_assert_eq(rows[i], shm_index_find_word(index, keys[i]));
    }
    uint64_t cursor = 0;
    uint64_t met = 0;
    shm_row_range range;
    while (shm_index_next(index, &cursor, &range)) {
        met += range.count;
    }
    cr_assert_eq(met, count);
    cr_assert_eq(shm_index_key_count(index), count);
    free(keys);
    free(rows);
}

Test(dense, maps_of_all_sizes_and_keys)
{
    static const uint64_t counts[] = {0,  1,  2,  3,  4,  28,   29,   30,
                                      31, 32, 33, 58, 59, 1000, MANY, HUGE};
    static key_call *const calls[] = {spread, plain, high};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        for (size_t k = 0; k < sizeof calls / sizeof *calls; k++) {
            struct shm_test_image image =
                make_map("dataset D { m: map<u64, u64> min; }", counts[i], calls[k], false);
            shm_dataset *dataset = shm_test_open(&image, NULL);
            check_map(dataset, counts[i], calls[k], SHM_PLACED_VALUE_AT);
            shm_dataset_close(dataset);
            free(image.bytes);
        }
    }
}

Test(dense, all_keys_of_a_byte)
{
    struct shm_test_image image = make_map("dataset D { m: map<u8, u8> min; }", 256, plain, false);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    const shm_index *index = shm_dataset_index(dataset, 0);
    check_map(dataset, 256, plain, SHM_PLACED_VALUE_AT);
    cr_expect_eq(shm_index_find_word(index, 256 + 7), SHM_NO_ROW, "no key of a byte is so large");
    cr_expect_eq(shm_index_find_word(index, UINT64_MAX), SHM_NO_ROW);
    uint64_t rows[2];
    cr_expect_eq(shm_index_find_words(index, (const uint64_t[]){263, 7}, 2, rows), 1);
    cr_expect_eq(rows[0], SHM_NO_ROW);
    shm_dataset_close(dataset);
    free(image.bytes);
}

Test(dense, signed_keys_extend_by_their_sign)
{
    const shm_schema *schema = shm_test_schema("dataset D { m: map<i16, i8> min; }");
    shm_builder *builder = shm_test_builder(schema);
    for (int key = -5; key < 5; key++) {
        shm_builder_row_begin(builder, 0);
        shm_put_int(builder, key);
        shm_put_int(builder, -key);
        shm_test_row_end(builder);
    }
    struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    const shm_index *index = shm_dataset_index(dataset, 0);
    for (int key = -5; key < 5; key++) {
        const uint64_t row = shm_index_find_word(index, (uint64_t)(int64_t)key);
        cr_assert_neq(row, SHM_NO_ROW);
        cr_expect_eq((int8_t)value_at(dataset, row, SHM_PLACED_VALUE_AT), -key);
    }
    cr_expect_eq(shm_index_find_word(index, (uint16_t)-5), SHM_NO_ROW);
    shm_dataset_close(dataset);
    free(image.bytes);
    shm_schema_free(schema);
}

Test(dense, the_bytes_do_not_depend_on_the_order_of_input)
{
    static const char text[] = "dataset D { m: map<u64, u64> min; }";
    struct shm_test_image there = make_map(text, MANY, spread, false);
    struct shm_test_image back = make_map(text, MANY, spread, true);
    cr_assert_eq(there.size, back.size);
    cr_expect_eq(memcmp(there.bytes, back.bytes, there.size), 0);
    free(there.bytes);
    free(back.bytes);
}

static uint64_t section_bytes(const struct shm_test_image *image)
{
    const struct shm_image_header *header = (const void *)image->bytes;
    const struct shm_section_entry *entries = (const void *)(image->bytes + SHM_IMAGE_HEADER_BYTES);
    uint64_t bytes = 0;
    for (uint32_t i = 1; i < header->section_count; i++) { /* all but the schema's */
        bytes += entries[i].size;
    }
    return bytes;
}

Test(min, takes_the_bytes_it_promises)
{
    static const struct {
        const char *text;
        double bytes; /* an entry, at most, rows aside */
        double rows;
    } forms[] = {{"dataset D { m: map<u64, u64> min; }", 0.1 * 16, 16},
                 {"dataset D { m: map<u32, u32> min; }", 0.11 * 8, 8},
                 {"dataset D { m: multimap<u64, u64> min; }", 10.01, 16},
                 {"dataset D { m: map<u64, u64?> min; }", 8.01, 24}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct shm_test_image image = make_map(forms[i].text, MANY, plain, false);
        const double bytes = (double)section_bytes(&image) / MANY;
        cr_expect(bytes <= forms[i].rows + forms[i].bytes, "%s: %g", forms[i].text, bytes);
        free(image.bytes);
    }
}

static void expect_duplicate(const char *text, const char *wanted)
{
    static const uint64_t keys[] = {7, 3, 9, 3, 7};
    const shm_schema *schema = shm_test_schema(text);
    shm_builder *builder = shm_test_builder(schema);
    const int fd = memfd_create("image", MFD_CLOEXEC);
    shm_error error;
    cr_assert(fd >= 0);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, keys[i]);
        shm_put_uint(builder, i);
        shm_test_row_end(builder);
    }
    cr_expect_eq(shm_builder_write(builder, fd, &error), SHM_DUPLICATE_KEY);
    cr_expect_str_eq(error.text, wanted);
    close(fd);
    shm_builder_close(builder);
    shm_schema_free(schema);
}

Test(min, names_the_rows_of_a_duplicate_as_they_were_put)
{
    expect_duplicate("dataset D { m: map<u64, u64> min; }",
                     "m: duplicate key 3: rows 1 and 3 of m");
    expect_duplicate("dataset D { m: map<u64, u64?> min; }",
                     "m: duplicate key 3: rows 1 and 3 of m");
    expect_duplicate("record R { a: u64; b: u64; } dataset D { r: array<R>; i: index r by a min; }",
                     "i: duplicate key 3: rows 1 and 3 of r");
}

/* Several words are hashed as one, but are not found as one in hash lines: there are none. */
Test(min, finds_packed_keys_alone_and_in_batches)
{
    enum { COUNT = 300 };
    const shm_schema *schema = shm_test_schema("record R { a: u32; b: i16; } dataset D {"
                                               " r: array<R>; i: index r by a, b min; }");
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t i = 0; i < COUNT; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, i / 3);
        shm_put_int(builder, -(int64_t)(i % 3));
        shm_test_row_end(builder);
    }
    const struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, schema);
    const shm_index *index = shm_dataset_index(dataset, 1);
    shm_key_part parts[2 * (COUNT + 1)];
    uint64_t rows[COUNT + 1];
    for (uint64_t i = 0; i <= COUNT; i++) {
        parts[2 * i] = shm_key_word(i == COUNT ? UINT64_C(1) << 32 : i / 3); /* fits no row */
        parts[2 * i + 1] = shm_key_word((uint64_t) - (int64_t)(i % 3));
    }
    cr_expect_eq(shm_index_find_many_parts(index, parts, COUNT + 1, rows), COUNT);
    for (uint64_t i = 0; i <= COUNT; i++) {
        const uint64_t wanted = i == COUNT ? SHM_NO_ROW : i;
        cr_assert_eq(rows[i], wanted);
        cr_assert_eq(shm_index_find_parts(index, parts + 2 * i), wanted);
    }
    shm_dataset_close(dataset);
    free(image.bytes);
    shm_schema_free(schema);
}

/* ---- the parts ---- */

/* Of pairs whose hashes, and thereby places, are these, each of a row of its own. */
static bool serves(const uint64_t *hashes, uint64_t count, uint64_t key_count, bool is_narrow)
{
    shm_approximate_build pairs;
    shm_error error;
    struct shm_test_listed *listed = shm_test_listed_new(hashes, count, 1);
    listed->entries.key_count = key_count;
    cr_assert_eq(shm_approximate_build_open(&listed->entries, shm_exact_one_in(is_narrow), 4,
                                            &pairs, &error),
                 SHM_OK);
    cr_assert_eq(pairs.pair_count, count);
    const bool serve = shm_exact_places_serve(&pairs, is_narrow);
    shm_approximate_build_close(&pairs);
    shm_test_listed_close(listed);
    return serve;
}

Test(exact_build, which_places_serve)
{
    static const uint64_t hashes[] = {1, 2, 2, 2, 2, 2};
    cr_expect(serves(hashes, 0, 0, true));
    cr_expect(serves(hashes, 5, 5, true), "four keys may share a place");
    cr_expect_not(serves(hashes, 6, 6, true), "five may not");
    cr_expect(serves(hashes, 0, 0, false));
    cr_expect(serves(hashes, 6, 2, false), "one key with five rows");
    cr_expect_not(serves(hashes, 6, 3, false), "two keys in one place");
}
