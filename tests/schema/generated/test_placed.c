/* Placed maps by their generated header, in images of the same schema and of an older one. */
#include <criterion/criterion.h>

#include <unistd.h>

#include "placed.shm.h"

enum { COUNT = 1100, BLOCK_MOST = 1025 };

static const char older_text[] =
    "namespace placed; enum Day : i8 { sun = -1, mon } struct Point { x: i16; y: u8; } record Row "
    "{ id: u32; }"
    "dataset Placed { rows: array<Row>; words: map<u64, i64>; days: map<Day, Point>;"
    " small: map<i32, u16>; }";

static const char text_keys[] = "dataset Placed { words: map<string, i64>; }";
static const char narrow_keys[] = "dataset Placed { words: map<u32, i64>; }";
static const char as_rows[] = "dataset Placed { words: map<u64, i64> min; }";

/* words: 5 i to -i; days: sun to (-2, 3); small: -1 to 65535. */
static void put_entries(shm_builder *builder, uint32_t words, uint32_t days, uint32_t small)
{
    for (uint64_t i = 0; i < COUNT; i++) {
        shm_builder_row_begin(builder, words);
        shm_put_uint(builder, 5 * i);
        shm_put_int(builder, -(int64_t)i);
        cr_assert_eq(shm_builder_row_end(builder, NULL, NULL), SHM_OK);
    }
    shm_builder_row_begin(builder, days);
    shm_put_int(builder, -1);
    shm_put_begin(builder);
    shm_put_int(builder, -2);
    shm_put_uint(builder, 3);
    shm_put_end(builder);
    cr_assert_eq(shm_builder_row_end(builder, NULL, NULL), SHM_OK);
    shm_builder_row_begin(builder, small);
    shm_put_int(builder, -1);
    shm_put_uint(builder, 65535);
    cr_assert_eq(shm_builder_row_end(builder, NULL, NULL), SHM_OK);
}

static void publish(const char *text, bool filled)
{
    const shm_schema *schema;
    shm_builder *builder;
    shm_error error = {0};
    cr_assert_eq(shm_schema_parse(text, strlen(text), "older", NULL, &schema, &error), SHM_OK, "%s",
                 error.text);
    cr_assert_eq(shm_builder_open(schema, NULL, &builder, NULL), SHM_OK);
    if (filled)
        put_entries(builder, 1, 2, 3);
    cr_assert_eq(shm_builder_publish(builder, "placed.img", &error), SHM_OK, "%s", error.text);
    shm_builder_close(builder);
    shm_schema_free(schema);
}

static placed_dataset open_new(void)
{
    placed_dataset placed = {.image = NULL};
    placed_builder builder;
    shm_error error = {0};
    cr_assert_eq(placed_builder_open(&builder, NULL), SHM_OK);
    for (uint64_t i = 0; i < COUNT; i++)
        cr_assert_eq(placed_builder_add_words(&builder, 5 * i, -(int64_t)i), SHM_OK);
    const placed_point point = {.x = -2, .y = 3};
    const shm_date day = {.days = -1};
    const uint8_t bytes[] = {1, 2, 3, 4};
    cr_assert_eq(placed_builder_add_days(&builder, PLACED_DAY_SUN, &point), SHM_OK);
    cr_assert_eq(placed_builder_add_born(&builder, day, 0.5f), SHM_OK);
    cr_assert_eq(placed_builder_add_flags(&builder, true, bytes), SHM_OK);
    cr_assert_eq(placed_builder_add_small(&builder, -1, 65535), SHM_OK);
    cr_assert_eq(placed_builder_add_rows_of(&builder, 7, 8), SHM_OK);
    cr_assert_eq(placed_builder_publish(&builder, "placed.img"), SHM_OK);
    placed_builder_close(&builder);
    cr_assert_eq(placed_open(&placed, "placed.img", SHM_VERIFY_ALWAYS, &error), SHM_OK, "%s",
                 error.text);
    return placed;
}

static placed_dataset open_older(void)
{
    placed_dataset placed = {.image = NULL};
    shm_error error = {0};
    publish(older_text, true);
    cr_assert_eq(placed_open_compatible(&placed, "placed.img", SHM_VERIFY_ALWAYS, &error), SHM_OK,
                 "%s", error.text);
    return placed;
}

Test(generated_placed, opens_with_options)
{
    placed_dataset placed = open_new();
    shm_error error = {0};
    const shm_open_options options = {.private_copy = true, .pages = SHM_PAGES_HUGE};
    placed_close(&placed);
    cr_assert_eq(placed_open_with(&placed, "placed.img", NULL, &error), SHM_OK);
    placed_close(&placed);
    cr_assert_eq(placed_open_with(&placed, "placed.img", &options, &error), SHM_OK);
    cr_assert_eq(truncate("placed.img", 0), 0); /* a mapped file would be gone */
    for (uint64_t i = 0; i < COUNT; i++)
        cr_assert_eq(placed_words_value(placed_words_find(&placed, 5 * i)), -(int64_t)i);
    placed_close(&placed);
    cr_assert_eq(placed_open_with(&placed, "placed.img", NULL, &error), SHM_NOT_IMAGE);
}

Test(generated_placed, finds)
{
    placed_dataset placed = open_new();
    cr_assert_eq(placed_words_count(&placed), COUNT);
    for (uint64_t i = 0; i < 5 * COUNT; i++) {
        const placed_words_entry *row = placed_words_find(&placed, i);
        cr_assert_eq(row != NULL, i % 5 == 0);
        cr_assert(row == NULL ||
                  (placed_words_key(row) == i && placed_words_value(row) == -(int64_t)(i / 5)));
    }
    cr_assert_eq(placed_days_value(placed_days_find(&placed, PLACED_DAY_SUN))->y, 3);
    cr_assert_null(placed_days_find(&placed, PLACED_DAY_TUE));
    const shm_date day = {-1};
    cr_assert_eq(placed_born_value(placed_born_find(&placed, day)), 0.5f);
    cr_assert_eq(placed_flags_value(placed_flags_find(&placed, true))[3], 4);
    cr_assert_null(placed_flags_find(&placed, false));
    cr_assert_eq(placed_small_value(placed_small_find(&placed, -1)), 65535);
    cr_assert_null(placed_small_find(&placed, INT32_MAX));
    cr_assert_null(placed_later_find(&placed, 0));
    cr_assert_eq(placed_rows_of_value(placed_rows_of_find(&placed, 7)), 8);
    cr_assert_eq(placed_rows_of_count(&placed), 1);
    placed_close(&placed);
}

/* Around the blocks in which the header hands keys on. */
Test(generated_placed, finds_of_many)
{
    static const size_t counts[] = {0, 1, 2, 511, 512, 513, 1024, BLOCK_MOST};
    placed_dataset placed = open_new();
    static uint64_t keys[BLOCK_MOST];
    static const placed_words_entry *rows[BLOCK_MOST];
    for (size_t i = 0; i < BLOCK_MOST; i++)
        keys[i] = i % 3 == 0 ? 5 * i + 1 : 5 * i;
    for (size_t c = 0; c < sizeof counts / sizeof counts[0]; c++) {
        cr_assert_eq(placed_words_find_many(&placed, keys, counts[c], rows),
                     counts[c] - (counts[c] + 2) / 3);
        for (size_t i = 0; i < counts[c]; i++)
            cr_assert_eq(rows[i], placed_words_find(&placed, keys[i]));
    }
    placed_close(&placed);
}

Test(generated_placed, walks)
{
    placed_dataset placed = open_new();
    const placed_words_entry *row = NULL;
    const placed_later_entry *none = NULL;
    uint64_t count = 0;
    int64_t sum = 0;
    while (placed_words_next(&placed, &row)) {
        count++;
        sum += placed_words_value(row);
    }
    cr_assert_eq(count, COUNT);
    cr_assert_eq(sum, -(int64_t)COUNT * (COUNT - 1) / 2);
    cr_assert_not(placed_later_next(&placed, &none));
    placed_close(&placed);
}

Test(generated_placed, an_older_image)
{
    placed_dataset placed = open_older();
    const placed_words_entry *row = NULL;
    const uint64_t keys[] = {10, 11};
    const placed_words_entry *rows[2];
    cr_assert_eq(placed_words_count(&placed), COUNT);
    for (uint64_t i = 0; i < COUNT; i++) {
        row = placed_words_find(&placed, 5 * i);
        cr_assert_not_null(row);
        cr_assert_eq(placed_words_key_in(&placed, row), 5 * i);
        cr_assert_eq(placed_words_value_in(&placed, row), -(int64_t)i);
    }
    cr_assert_eq(placed_words_find_many(&placed, keys, 2, rows), 1);
    cr_assert_eq(rows[0], placed_words_find(&placed, 10));
    cr_assert_null(rows[1]);
    uint64_t count = 0;
    for (row = NULL; placed_words_next(&placed, &row);)
        count++;
    cr_assert_eq(count, COUNT);
    const placed_days_entry *day = placed_days_find(&placed, PLACED_DAY_SUN);
    cr_assert_eq(placed_days_key_in(&placed, day), PLACED_DAY_SUN);
    cr_assert_eq(placed_days_value_in(&placed, day)->x, -2);
    cr_assert_eq(placed_small_value_in(&placed, placed_small_find(&placed, -1)), 65535);
    placed_close(&placed);
}

Test(generated_placed, maps_that_the_older_image_lacks_are_empty)
{
    placed_dataset placed = open_older();
    const placed_later_entry *row = NULL;
    const uint64_t key = 0;
    cr_assert_null(placed_later_find(&placed, 0));
    cr_assert_eq(placed_later_find_many(&placed, &key, 1, &row), 0);
    cr_assert_null(row);
    cr_assert_eq(placed_later_count(&placed), 0);
    cr_assert_not(placed_later_next(&placed, &row));
    placed_close(&placed);
}

/* Other keys or values, and another form, are another map. */
Test(generated_placed, other_maps_of_that_name_are_refused)
{
    static const struct {
        const char *text, *reason;
    } others[] = {{text_keys, "collection words: its key: string became u64"},
                  {narrow_keys, "collection words: its key: u32 became u64"},
                  {as_rows, "collection words: min was removed"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        placed_dataset placed = {.image = NULL};
        shm_error error = {0};
        publish(others[i].text, false);
        cr_assert_eq(placed_open_compatible(&placed, "placed.img", SHM_VERIFY_ALWAYS, &error),
                     SHM_SCHEMA_MISMATCH);
        cr_assert_not_null(strstr(error.text, others[i].reason), "%s", error.text);
    }
}
