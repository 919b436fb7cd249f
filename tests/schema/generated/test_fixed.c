/* Rows that the generated builder adds whole are those that their values make. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixed.shm.h"
#include "tests/support/build.h"

enum { COUNT = 500 };

static fixed_pair_input pairs[COUNT];
static fixed_odd_input odds[COUNT];
static fixed_plain_input plains[COUNT];
static fixed_flags_input flags[COUNT];
static fixed_numbers_entry_input numbers[COUNT];
static fixed_cells_entry_input cells[COUNT];
static fixed_arrays_entry_input arrays[COUNT];
static fixed_shorts_entry_input shorts[COUNT];
static fixed_bytes_entry_input bytes[200];
static fixed_days_entry_input days[COUNT];
static fixed_longs_entry_input longs[COUNT];

static fixed_side side_of(uint32_t i)
{
    return i % 2 == 0 ? FIXED_SIDE_LEFT : FIXED_SIDE_RIGHT;
}

static void fill(void)
{
    memset(plains, 0xa5, sizeof plains); /* what lies between the fields */
    memset(flags, 0xa5, sizeof flags);
    memset(cells, 0xa5, sizeof cells);
    memset(bytes, 0xa5, sizeof bytes);
    memset(longs, 0xa5, sizeof longs);
    memset(days, 0xa5, sizeof days);
    for (uint32_t i = 0; i < COUNT; i++) {
        pairs[i] = (fixed_pair_input){.a = i, .b = ~(uint64_t)i};
        odds[i].a = i * 3;
        memcpy(odds[i].b, "abc", 3);
        plains[i].id = i;
        plains[i].flag = i % 3 == 0;
        plains[i].cell.x = -(int32_t)i;
        plains[i].cell.side = side_of(i);
        plains[i].day.days = (int32_t)i;
        plains[i].time =
            (shm_datetime){.micros = i, .zone_minutes = 60, .zone_given = 1, .zero = 9};
        plains[i].sum[0] = 0.5f;
        plains[i].sum[1] = i % 50 == 7 ? -__builtin_nanf("7") : (float)i;
        plains[i].sum[2] = -0.0f;
        plains[i].next = COUNT - 1 - i;
        plains[i].tail = 7;
        flags[i].id = i;
        flags[i].has_in_ = i % 2 == 0;
        flags[i].in = 7;
        flags[i].has_cell = i % 3 == 0;
        flags[i].cell.side = i % 3 == 0 ? FIXED_SIDE_LEFT : 99;
        flags[i].cell.x = 5;
        flags[i].has_row = i % 5 == 0;
        flags[i].row = 1.5;
        flags[i].has_sides = i % 7 == 0;
        flags[i].sides[0] = FIXED_SIDE_LEFT;
        flags[i].sides[1] = FIXED_SIDE_RIGHT;
        flags[i].has_twin = i % 2 == 1;
        flags[i].twin = i % 2 == 1 ? i : UINT64_MAX;
        flags[i].has_in = i % 4 == 0;
        flags[i].present_0 = 255;
        numbers[i] = (fixed_numbers_entry_input){.key = i, .value = i * 7};
        cells[i].key.x = (int32_t)i;
        cells[i].key.side = side_of(i);
        memcpy(cells[i].value, "12345", 5);
        arrays[i].key.days = (int32_t)i / 3;
        arrays[i].value = cells[i].key;
        shorts[i].key = (int16_t)(i * 7 - 1000);
        shorts[i].value = (uint16_t)(i * 131);
        bytes[i % 200].key = (uint8_t)(i % 200);
        bytes[i % 200].value = (double)(i % 200) / 3;
        days[i].key.days = (int32_t)i - 250;
        days[i].value = side_of(i);
        longs[i].key = (int64_t)i - 250;
        longs[i].value = (uint8_t)i;
    }
}

static void check(shm_status status, const fixed_builder *builder)
{
    cr_assert_eq(status, SHM_OK, "%s", builder->error.text);
}

/* Adds everything value by value. */
static void add_values(fixed_builder *to)
{
    shm_builder *builder = to->builder;
    for (uint32_t i = 0; i < COUNT; i++) {
        shm_builder_row_begin(builder, 0);
        fixed_put_pair_fields(builder, &pairs[i]);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 1);
        fixed_put_odd_fields(builder, &odds[i]);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 2);
        fixed_put_plain_fields(builder, &plains[i]);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 3);
        fixed_put_flags_fields(builder, &flags[i]);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 5);
        shm_put_uint(builder, numbers[i].key);
        shm_put_uint(builder, numbers[i].value);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 6);
        fixed_put_cell(builder, &cells[i].key);
        shm_put_elements(builder, cells[i].value, 5);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 7);
        shm_put_date(builder, arrays[i].key);
        fixed_put_cell(builder, &arrays[i].value);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 10);
        shm_put_int(builder, shorts[i].key);
        shm_put_uint(builder, shorts[i].value);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 12);
        shm_put_date(builder, days[i].key);
        shm_put_uint(builder, days[i].value);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        shm_builder_row_begin(builder, 13);
        shm_put_int(builder, longs[i].key);
        shm_put_uint(builder, longs[i].value);
        check(shm_builder_row_end(builder, NULL, &to->error), to);
        if (i < 200) {
            shm_builder_row_begin(builder, 11);
            shm_put_uint(builder, bytes[i].key);
            shm_put_float(builder, bytes[i].value);
            check(shm_builder_row_end(builder, NULL, &to->error), to);
        }
    }
}

static void add_singly(fixed_builder *to)
{
    for (uint32_t i = 0; i < COUNT; i++) {
        uint64_t number = 0;
        check(fixed_builder_add_pairs_numbered(to, &pairs[i], &number), to);
        cr_assert_eq(number, i);
        check(fixed_builder_add_odds(to, &odds[i]), to);
        check(fixed_builder_add_plains(to, &plains[i]), to);
        check(fixed_builder_add_flags_numbered(to, &flags[i], &number), to);
        cr_assert_eq(number, i);
        check(fixed_builder_add_numbers(to, numbers[i].key, numbers[i].value), to);
        check(fixed_builder_add_cells(to, &cells[i].key, cells[i].value), to);
        check(fixed_builder_add_arrays(to, arrays[i].key, &arrays[i].value), to);
        check(fixed_builder_add_shorts(to, shorts[i].key, shorts[i].value), to);
        check(fixed_builder_add_days(to, days[i].key, days[i].value), to);
        check(fixed_builder_add_longs(to, longs[i].key, longs[i].value), to);
        if (i < 200) {
            check(fixed_builder_add_bytes(to, bytes[i].key, bytes[i].value), to);
        }
    }
}

static void add_many(fixed_builder *to)
{
    for (size_t done = 0; done < COUNT; done += COUNT / 2) {
        check(fixed_builder_add_many_pairs(to, pairs + done, COUNT / 2), to);
        check(fixed_builder_add_many_odds(to, odds + done, COUNT / 2), to);
        check(fixed_builder_add_many_plains(to, plains + done, COUNT / 2), to);
        check(fixed_builder_add_many_flags(to, flags + done, COUNT / 2), to);
        check(fixed_builder_add_many_numbers(to, numbers + done, COUNT / 2), to);
        check(fixed_builder_add_many_cells(to, cells + done, COUNT / 2), to);
        check(fixed_builder_add_many_arrays(to, arrays + done, COUNT / 2), to);
        check(fixed_builder_add_many_shorts(to, shorts + done, COUNT / 2), to);
        check(fixed_builder_add_many_days(to, days + done, COUNT / 2), to);
        check(fixed_builder_add_many_longs(to, longs + done, COUNT / 2), to);
    }
    check(fixed_builder_add_many_bytes(to, bytes, 200), to);
}

static struct shm_test_image build(void (*add)(fixed_builder *))
{
    fixed_builder builder;
    fill();
    check(fixed_builder_open(&builder, NULL), &builder);
    add(&builder);
    struct shm_test_image image = shm_test_image_of(builder.builder);
    fixed_builder_close(&builder);
    return image;
}

Test(generated_fixed, added_singly_or_many_at_once)
{
    struct shm_test_image expected = build(add_values);
    struct shm_test_image single = build(add_singly);
    struct shm_test_image many = build(add_many);
    cr_assert_eq(single.size, expected.size);
    cr_assert_eq(memcmp(single.bytes, expected.bytes, expected.size), 0, "singly");
    cr_assert_eq(many.size, expected.size);
    cr_assert_eq(memcmp(many.bytes, expected.bytes, expected.size), 0, "many");
    free(expected.bytes);
    free(single.bytes);
    free(many.bytes);
}

Test(generated_fixed, the_first_failure_is_kept)
{
    fixed_builder builder;
    fill();
    check(fixed_builder_open(&builder, NULL), &builder);
    plains[3].cell.side = 3;
    cr_expect_eq(fixed_builder_add_many_plains(&builder, plains, COUNT), SHM_INVALID);
    cr_expect_str_eq(builder.error.text, "row 3: cell.side: unknown value 3 of enum Side");
    cr_expect_eq(fixed_builder_add_pairs(&builder, &pairs[0]), SHM_INVALID);
    cr_expect_str_eq(builder.error.text, "row 3: cell.side: unknown value 3 of enum Side");
    fixed_builder_close(&builder);
    cr_expect_eq(fixed_builder_add_many_pairs(&builder, pairs, 1), SHM_INVALID);
}

Test(generated_fixed, one_row_says_what_its_values_say)
{
    fixed_builder builder;
    fill();
    check(fixed_builder_open(&builder, NULL), &builder);
    flags[0].sides[1] = 0;
    cr_expect_eq(fixed_builder_add_flags(&builder, &flags[0]), SHM_INVALID);
    cr_expect_str_eq(builder.error.text, "sides[1]: unknown value 0 of enum Side");
    fixed_builder_close(&builder);
}

/* Rows with flags go in batches. */
Test(generated_fixed, the_row_at_fault_is_named_by_its_number)
{
    static const size_t at_fault[] = {0, 63, 64, 65, COUNT - 1};
    for (size_t i = 0; i < sizeof at_fault / sizeof *at_fault; i++) {
        fixed_builder builder;
        char text[128];
        fill();
        check(fixed_builder_open(&builder, NULL), &builder);
        check(fixed_builder_add_many_flags(&builder, flags, 10), &builder);
        flags[at_fault[i]].has_cell = true;
        flags[at_fault[i]].cell.side = 77;
        cr_expect_eq(fixed_builder_add_many_flags(&builder, flags, at_fault[i] + 1 + (i == 0)),
                     SHM_INVALID);
        snprintf(text, sizeof text, "row %zu: cell.side: unknown value 77 of enum Side",
                 10 + at_fault[i]);
        cr_expect_str_eq(builder.error.text, text, "'%s', not '%s'", builder.error.text, text);
        fixed_builder_close(&builder);
    }
}
