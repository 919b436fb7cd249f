/* test_placed_find.c — placed maps in images: finds, walks, types of keys, order of input, seeds.
 * That all kinds of processor answer the same is process/placed_variants.c. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "collections/key/key.h"
#include "collections/map/placed.h"
#include "libshm/hash.h"
#include "libshm/image_disk.h"
#include "tests/support/build.h"

enum { MANY = 1000, CROWD = 40, SEEDS = 16 };

struct map {
    const shm_schema *schema;
    struct shm_test_image image;
    shm_dataset *dataset;
    shm_placed placed;
};

static shm_builder *begin(struct map *map, const char *key, const char *value)
{
    char text[200];
    (void)snprintf(text, sizeof text,
                   "enum E : i16 { low = -300, zero = 0, high = 30000 } struct P { x: i16; y: u8; }"
                   " dataset D { m: map<%s, %s>; }",
                   key, value);
    map->schema = shm_test_schema(text);
    return shm_test_builder(map->schema);
}

static void end(struct map *map, shm_builder *builder)
{
    map->image = shm_test_finish(builder);
    map->dataset = shm_test_open(&map->image, NULL);
    map->placed = shm_dataset_placed(map->dataset, 0);
}

static void drop(struct map *map)
{
    shm_dataset_close(map->dataset);
    shm_schema_free(map->schema);
    free(map->image.bytes);
}

static void put(shm_builder *builder, uint64_t key, uint64_t value)
{
    shm_builder_row_begin(builder, 0);
    shm_put_uint(builder, key);
    shm_put_uint(builder, value);
    shm_test_row_end(builder);
}

static struct map make(const char *key, const char *value, uint64_t count)
{
    struct map map;
    shm_builder *builder = begin(&map, key, value);
    for (uint64_t i = 0; i < count; i++) {
        put(builder, 3 * i, i);
    }
    end(&map, builder);
    return map;
}

/* ---- finds and walks ---- */

/* Each entry is met once by both walks, which agree, and nowhere else is a row. */
static void expect_walks(const struct map *map, uint64_t count)
{
    bool *seen = calloc((size_t)(count + 1), sizeof *seen);
    const shm_table table = shm_dataset_table(map->dataset, 0);
    const shm_index *index = shm_dataset_index(map->dataset, 0);
    const void *entry = NULL;
    uint64_t cursor = 0;
    uint64_t place = 0;
    uint64_t met = 0;
    uint64_t rows = 0;
    shm_value row;
    shm_value key;
    shm_row_range range;
    while (shm_dataset_next(map->dataset, 0, &cursor, &row)) {
        cr_assert(shm_placed_next(&map->placed, &entry));
        cr_assert_eq(row.at, entry);
        cr_assert_eq(shm_table_at(&table, cursor - 1), entry);
        cr_assert(shm_index_next(index, &place, &range));
        cr_assert_eq(range.count, 1);
        cr_assert_eq(range.only, cursor - 1);
        cr_assert_eq(shm_value_field(&row, 0, &key), SHM_PRESENT);
        const uint64_t number = shm_value_word(&key) / 3;
        cr_assert(number < count && !seen[number]);
        seen[number] = true;
        met++;
    }
    cr_expect_eq(met, count);
    cr_expect_not(shm_placed_next(&map->placed, &entry));
    cr_expect_not(shm_index_next(index, &place, &range));
    for (uint64_t i = 0; i < table.count + 10; i++) {
        rows += shm_dataset_row(map->dataset, 0, i, &row);
    }
    cr_expect_eq(rows, count);
    cr_expect_not(shm_dataset_row(map->dataset, 0, UINT64_MAX, &row));
    cr_expect_eq(shm_dataset_row_count(map->dataset, 0), count);
    cr_expect_eq(shm_index_key_count(index), count);
    cr_expect_eq(shm_index_entry_count(index), count);
    free(seen);
}

/* One by one, many at once, and as rows of the index: the same. */
static void expect_finds(const struct map *map, uint64_t count)
{
    static uint64_t keys[MANY];
    static const void *entries[MANY];
    static uint64_t rows[MANY];
    const shm_index *index = shm_dataset_index(map->dataset, 0);
    const shm_table table = shm_dataset_table(map->dataset, 0);
    size_t there = 0;
    for (uint64_t i = 0; i < MANY; i++) {
        keys[i] = i;
        there += i % 3 == 0 && i / 3 < count;
    }
    cr_expect_eq(shm_placed_find_many(&map->placed, keys, MANY, entries), there);
    cr_expect_eq(shm_index_find_words(index, keys, MANY, rows), there);
    for (uint64_t i = 0; i < MANY; i++) {
        const void *entry = shm_placed_find(&map->placed, i);
        cr_assert_eq(entry != NULL, i % 3 == 0 && i / 3 < count);
        cr_assert_eq(entries[i], entry);
        cr_assert_eq(shm_table_at(&table, rows[i]), entry);
        cr_assert_eq(shm_index_find_word(index, i), rows[i]);
        cr_assert(entry == NULL ||
                  shm_placed_word_at(shm_placed_value(entry), map->placed.width) == i / 3);
    }
}

Test(placed_find, maps_of_all_sizes)
{
    static const uint64_t counts[] = {0, 1, 2, 3, 4, 5, 8, 170, 171, 341, 342, 3000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        for (int wide = 0; wide < 2; wide++) {
            struct map map = make(wide ? "u64" : "u32", "u32", counts[i]);
            cr_expect_eq(map.placed.width, wide ? 8 : 4);
            cr_expect_eq(map.placed.line_count,
                         shm_dataset_table(map.dataset, 0).count == 0
                             ? 2 /* that hold nothing */
                             : (shm_dataset_table(map.dataset, 0).count * map.placed.width + 32) /
                                   64);
            expect_walks(&map, counts[i]);
            expect_finds(&map, counts[i]);
            drop(&map);
        }
    }
}

/* As generated finds do, without asking whether there are entries. */
static void expect_no_key(const shm_placed *map, bool wide, bool dense)
{
    for (uint64_t i = 0; i < MANY; i++) {
        const uint64_t key = i - 2; /* from the two greatest ones on */
        if (wide) {
            const uint64_t twice = key << 32 | (key & UINT32_MAX);
            cr_assert_null(dense ? shm_dense_find_8(map, key) : shm_placed_find_8(map, key));
            cr_assert_null(dense ? shm_dense_find_8(map, twice) : shm_placed_find_8(map, twice));
        } else {
            cr_assert_null(dense ? shm_dense_find_4(map, key) : shm_placed_find_4(map, key));
        }
        cr_assert_null(shm_placed_find(map, key));
    }
}

Test(placed_find, maps_without_entries_hold_no_key)
{
    struct map map = {.schema =
                          shm_test_schema("dataset D { a: map<u32, u32>; b: map<u32, u32> min;"
                                          " c: map<u64, u64>; d: map<u64, u64> min; }")};
    end(&map, shm_test_builder(map.schema));
    for (unsigned form = 0; form < 4; form++) {
        const shm_placed empty = shm_dataset_placed(map.dataset, form);
        const shm_placed none = shm_dataset_placed(map.dataset, 4);
        const shm_placed zeros = {0};
        const uint64_t key = 0;
        const void *entry = NULL;
        expect_no_key(&empty, form >= 2, form % 2 == 1);
        expect_no_key(&none, form >= 2, form % 2 == 1);
        cr_expect_not(shm_placed_next(&empty, &entry));
        cr_expect_not(shm_placed_next(&none, &entry));
        cr_expect_not(shm_placed_next(&zeros, &entry));
        cr_expect_null(shm_placed_find(&zeros, 0));
        cr_expect_eq(shm_placed_find_many(&empty, &key, 1, &entry), 0);
        cr_expect_eq(shm_placed_find_many(&none, &key, 1, &entry), 0);
    }
    drop(&map);
}

/* ---- types of keys and values ---- */

Test(placed_find, keys_that_do_not_fit_are_not_there)
{
    static const uint64_t absent[] = {UINT64_C(1) << 32, UINT64_C(1) << 32 | 3, UINT64_MAX,
                                      UINT64_MAX - 2, UINT64_C(1) << 63};
    struct map map = make("u32", "u32", 10);
    const void *entries[5];
    cr_expect_eq(shm_placed_find_many(&map.placed, absent, 5, entries), 0);
    for (size_t i = 0; i < 5; i++) {
        cr_expect_null(entries[i]);
        cr_expect_null(shm_placed_find(&map.placed, absent[i]));
    }
    const uint64_t some[] = {3, UINT64_C(1) << 32 | 3, 6};
    cr_expect_eq(shm_placed_find_many(&map.placed, some, 3, entries), 2);
    cr_expect_eq(entries[0], shm_placed_find(&map.placed, 3));
    cr_expect_null(entries[1]);
    cr_expect_eq(entries[2], shm_placed_find(&map.placed, 6));
    drop(&map);
}

/* -1, the least and the greatest are found; what has their low bytes is not. */
static void expect_signed(const char *type, int64_t least, int64_t greatest)
{
    const int64_t keys[] = {-1, 0, 1, least, greatest};
    struct map map;
    shm_builder *builder = begin(&map, type, "u8");
    for (unsigned i = 0; i < 5; i++) {
        shm_builder_row_begin(builder, 0);
        shm_put_int(builder, keys[i]);
        shm_put_uint(builder, i);
        shm_test_row_end(builder);
    }
    end(&map, builder);
    for (unsigned i = 0; i < 5; i++) {
        const void *entry = shm_placed_find(&map.placed, (uint64_t)keys[i]);
        cr_assert_not_null(entry, "%s %u", type, i);
        cr_expect_eq(*(const unsigned char *)shm_placed_value(entry), i);
    }
    if (greatest != INT64_MAX) {
        cr_expect_null(shm_placed_find(&map.placed, UINT32_MAX), "%s", type);
        cr_expect_null(shm_placed_find(&map.placed, UINT8_MAX), "%s", type);
        cr_expect_null(shm_placed_find(&map.placed, UINT64_C(1) << 32), "%s", type);
        cr_expect_null(shm_placed_find(&map.placed, UINT64_C(1) << 63), "%s", type);
    }
    drop(&map);
}

Test(placed_find, signed_keys)
{
    expect_signed("i8", INT8_MIN, INT8_MAX);
    expect_signed("i16", INT16_MIN, INT16_MAX);
    expect_signed("i32", INT32_MIN, INT32_MAX);
    expect_signed("i64", INT64_MIN, INT64_MAX);
}

Test(placed_find, keys_of_other_types_and_values_of_several_parts)
{
    struct map map;
    shm_builder *builder = begin(&map, "E", "P");
    shm_builder_row_begin(builder, 0);
    shm_put_int(builder, -300);
    shm_put_begin(builder);
    shm_put_int(builder, -7);
    shm_put_uint(builder, 200);
    shm_put_end(builder);
    shm_test_row_end(builder);
    end(&map, builder);
    const unsigned char *value =
        shm_placed_value(shm_placed_find(&map.placed, (uint64_t)INT64_C(-300)));
    cr_expect_arr_eq(value, "\xf9\xff\xc8", 4);
    cr_expect_null(shm_placed_find(&map.placed, 30000));
    drop(&map);

    builder = begin(&map, "date", "u16[3]");
    shm_builder_row_begin(builder, 0);
    shm_put_date(builder, (shm_date){.days = -1});
    shm_put_begin(builder);
    for (unsigned i = 1; i <= 3; i++) {
        shm_put_uint(builder, i);
    }
    shm_put_end(builder);
    shm_test_row_end(builder);
    end(&map, builder);
    value = shm_placed_value(shm_placed_find(&map.placed, UINT64_MAX));
    cr_expect_arr_eq(value, "\1\0\2\0\3\0\0", 8);
    cr_expect_eq(map.placed.width, 8);
    drop(&map);

    builder = begin(&map, "bool", "f32");
    for (int key = 0; key < 2; key++) {
        shm_builder_row_begin(builder, 0);
        shm_put_bool(builder, key == 1);
        shm_put_float(builder, key);
        shm_test_row_end(builder);
    }
    end(&map, builder);
    cr_expect_arr_eq(shm_placed_value(shm_placed_find(&map.placed, 1)), "\0\0\x80\x3f", 4);
    cr_expect_arr_eq(shm_placed_value(shm_placed_find(&map.placed, 0)), "\0\0\0", 4);
    cr_expect_null(shm_placed_find(&map.placed, 2));
    drop(&map);
}

/* What is none answers that there are no entries. */
Test(placed_find, other_maps_are_not_placed)
{
    static const char *const others[][2] = {{"string", "u8"}, {"u64", "string"},   {"uuid", "u8"},
                                            {"u8", "u8[9]"},  {"u8", "(u8, u64)"}, {"u8", "u8?"},
                                            {"P", "u8"},      {"datetime", "u8"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct map map;
        end(&map, begin(&map, others[i][0], others[i][1]));
        cr_expect_eq(map.placed.width, 0, "%s", others[i][0]);
        cr_expect_null(shm_placed_find(&map.placed, 0));
        drop(&map);
    }
}

/* ---- what leaves a trace ---- */

Test(placed_find, the_order_of_input_leaves_none)
{
    struct map maps[3];
    for (unsigned order = 0; order < 3; order++) {
        shm_builder *builder = begin(&maps[order], "u32", "u64");
        for (uint64_t i = 0; i < MANY; i++) {
            const uint64_t k = order == 0 ? i : order == 1 ? MANY - 1 - i : i * 7 % MANY;
            put(builder, k * k, k);
        }
        end(&maps[order], builder);
    }
    for (unsigned order = 1; order < 3; order++) {
        cr_assert_eq(maps[order].image.size, maps[0].image.size);
        cr_expect_arr_eq(maps[order].image.bytes, maps[0].image.bytes, maps[0].image.size);
    }
    for (unsigned order = 0; order < 3; order++) {
        drop(&maps[order]);
    }
}

/* ---- keys that collide ---- */

/* For each of the first `seeds` seeds of a map whose keys have the digest 0, puts `crowd` keys that
 * all have home 0 under it; and one more key, which makes the digest so. */
static shm_builder *put_colliding(struct map *map, uint64_t seeds, uint64_t crowd)
{
    shm_builder *builder = begin(map, "u64", "u64");
    uint64_t digest = 0;
    for (uint64_t k = 0; k < seeds; k++) {
        const uint64_t seed = shm_key_seed(map->schema->fingerprint, 0, 0, k);
        for (uint64_t i = 0; i < crowd; i++) {
            const uint64_t key = shm_unmix64(shm_mix64(i + 1, k) >> 20, seed);
            put(builder, key, i);
            digest += shm_mix64(key, 0);
        }
    }
    put(builder, shm_unmix64(0 - digest, 0), 1);
    return builder;
}

Test(placed_find, a_seed_under_which_keys_collide_is_not_taken)
{
    struct map map;
    end(&map, put_colliding(&map, 3, CROWD));
    const uint64_t taken = shm_index_describe(shm_dataset_index(map.dataset, 0)).seed_number;
    cr_expect(taken >= 3 && taken < SEEDS, "%llu", (unsigned long long)taken);
    cr_expect_eq(map.placed.seed, shm_key_seed(map.schema->fingerprint, 0, 0, taken));
    cr_expect_eq(map.placed.entry_count, 3 * CROWD + 1);
    cr_expect_eq(map.placed.line_count, 46);
    drop(&map);
}

/* However many they are, they are like any other keys to the next seed. */
Test(placed_find, thousands_of_keys_that_collide_under_one_seed_fit_under_the_next)
{
    struct map map;
    end(&map, put_colliding(&map, 1, 5 * MANY));
    cr_expect_eq(shm_index_describe(shm_dataset_index(map.dataset, 0)).seed_number, 1);
    cr_expect_eq(map.placed.entry_count, 5 * MANY + 1);
    uint64_t found = 0;
    const uint64_t seed = shm_key_seed(map.schema->fingerprint, 0, 0, 0);
    for (uint64_t i = 0; i < 5 * MANY; i++) {
        const uint64_t key = shm_unmix64(shm_mix64(i + 1, 0) >> 20, seed);
        found += shm_placed_find(&map.placed, key) != NULL;
    }
    cr_expect_eq(found, 5 * MANY);
    drop(&map);
}

Test(placed_find, keys_that_collide_under_every_seed_are_refused)
{
    struct map map;
    shm_error error;
    shm_builder *builder = put_colliding(&map, SEEDS, CROWD);
    const int fd = memfd_create("image", MFD_CLOEXEC);
    cr_expect_eq(shm_builder_write(builder, fd, &error), SHM_LIMIT);
    cr_expect_str_eq(error.text,
                     "m: its keys do not fit under any of 16 seeds; they look chosen to "
                     "collide: leave some out");
    close(fd);
    shm_builder_close(builder);
    shm_schema_free(map.schema);
}

/* The first row that repeats a key, and the one it repeats. */
Test(placed_find, duplicate_keys_are_named)
{
    static const uint64_t keys[] = {9, 5, 7, 5, 9, 5};
    struct map map;
    shm_error error;
    shm_builder *builder = begin(&map, "u64", "u64");
    for (uint64_t i = 0; i < 6; i++) {
        put(builder, keys[i], 50 - i);
    }
    const int fd = memfd_create("image", MFD_CLOEXEC);
    cr_expect_eq(shm_builder_write(builder, fd, &error), SHM_DUPLICATE_KEY);
    cr_expect_str_eq(error.text, "m: duplicate key 5: rows 1 and 3 of m");
    close(fd);
    shm_builder_close(builder);
    shm_schema_free(map.schema);
}
