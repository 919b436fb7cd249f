/* Every way to find rows by the functions of a generated header. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "tests/schema/generated/everything_image.h"

static all_dataset all;

static void open_all(void)
{
    build_image();
    all = open_image();
}

static void close_all(void)
{
    all_close(&all);
}

TestSuite(generated_find, .init = open_all, .fini = close_all);

Test(generated_find, rows_by_number_and_in_order)
{
    cr_assert_eq(all_rows_count(&all), ROW_COUNT);
    cr_assert_null(all_rows_at(&all, ROW_COUNT));
    uint64_t count = 0;
    for (const all_row *row = NULL; all_rows_next(&all, &row); count++)
        cr_assert_eq(all_rows_row_number(&all, row), count);
    cr_assert_eq(count, ROW_COUNT);
}

Test(generated_find, unique_index)
{
    cr_assert_eq(all_by_id_find(&all, 1042), all_rows_at(&all, 42));
    cr_assert_null(all_by_id_find(&all, 42));
    shm_uuid token = {{0}};
    token.bytes[0] = 17;
    cr_assert_eq(all_by_token_find(&all, token), all_rows_at(&all, 17));
    token.bytes[15] = 1;
    cr_assert_null(all_by_token_find(&all, token));
}

Test(generated_find, many_at_once)
{
    enum { COUNT = 3 * ROW_COUNT };
    uint32_t ids[COUNT];
    const all_row *rows[COUNT];
    for (uint32_t i = 0; i < COUNT; i++)
        ids[i] = 1000 - ROW_COUNT + i;
    cr_assert_eq(all_by_id_find_many(&all, ids, COUNT, rows), ROW_COUNT);
    for (uint32_t i = 0; i < COUNT; i++)
        cr_assert_eq(rows[i], all_by_id_find(&all, ids[i]));
    cr_assert_eq(all_by_id_find_many(&all, ids, 0, rows), 0);
}

Test(generated_find, many_compound_keys_at_once)
{
    all_by_place_key keys[3];
    const all_row *rows[3];
    for (int i = 0; i < 3; i++) {
        keys[i].kind = ALL_KIND_MEDIUM;
        keys[i].where_lat = i;
        keys[i].name = SHM_STR("a name, rather a long one-1");
    }
    cr_assert_eq(all_by_place_find_many(&all, keys, 3, rows), 1);
    cr_assert_eq(rows[1], all_rows_at(&all, 1));
    cr_assert_null(rows[0]);
}

Test(generated_find, multi_index_in_row_order)
{
    const all_row *row = NULL;
    uint64_t expected = 7;
    all_by_name_range range = all_by_name_find(&all, SHM_STR("a name, rather a long one-7"));
    cr_assert_eq(range.count, ROW_COUNT / 10);
    for (; all_by_name_next(&range, &row); expected += 10)
        cr_assert_eq(all_rows_row_number(&all, row), expected);
    cr_assert_eq(expected, ROW_COUNT + 7);
    range = all_by_name_find(&all, SHM_STR("nobody"));
    cr_assert_eq(range.count, 0);
    cr_assert_not(all_by_name_next(&range, &row));
}

Test(generated_find, by_element_and_by_optional)
{
    cr_assert_eq(all_by_tag_find(&all, SHM_STR("a tag of more than 15 bytes")).count, ROW_COUNT);
    const shm_date day = {-5};
    const shm_date no_day = {-4};
    cr_assert_eq(all_by_founded_find(&all, day).count, 1);
    cr_assert_eq(all_by_founded_find(&all, no_day).count, 0, "absent optionals have no entry");
}

Test(generated_find, compound_and_struct_keys)
{
    cr_assert_eq(
        all_by_place_find(&all, ALL_KIND_MEDIUM, 12.0, SHM_STR("a name, rather a long one-2")),
        all_rows_at(&all, 12));
    cr_assert_null(
        all_by_place_find(&all, ALL_KIND_LARGE, 12.0, SHM_STR("a name, rather a long one-2")));
    all_nested key = {.cell = {.x = 2, .y = -4}, .kind = ALL_KIND_LARGE};
    cr_assert_eq(all_by_nested_find(&all, &key).count, ROW_COUNT / 3);
    key.cell.y = 4;
    cr_assert_eq(all_by_nested_find(&all, &key).count, 0);
}

Test(generated_find, approximate_never_misses)
{
    const all_row *row = NULL;
    size_t hits = 0;
    all_sounds_range range = all_sounds_find(&all, SHM_STR("a name, rather a long one-3"));
    while (all_sounds_next(&range, &row))
        hits += is_text(all_row_name(row), "a name, rather a long one-3");
    cr_assert_eq(hits, ROW_COUNT / 10);
}

Test(generated_find, maps)
{
    const all_zones_entry *zone = all_zones_find(&all, long_text);
    cr_assert(shm_string_equal(all_zones_value(zone), long_text));
    cr_assert(is_text(all_zones_value(all_zones_find(&all, SHM_STR("Bern"))), "CET"));
    cr_assert_null(all_zones_find(&all, SHM_STR("bern")));
    const all_cell here = {1, 1};
    const all_cell there = {-1, 1};
    cr_assert(all_corners_has_value(all_corners_find(&all, &here)));
    cr_assert_eq(all_corners_value(all_corners_find(&all, &here)), 6);
    cr_assert_not(all_corners_has_value(all_corners_find(&all, &there)));
    cr_assert(is_text(all_node_label(all_trees_value(all_trees_find(&all, INT64_MIN))), "alone"));
    const shm_date day = {365};
    const all_pairs_entry *pairs = all_pairs_find(&all, day);
    cr_assert_eq(all_pairs_value_count(pairs), 2);
    cr_assert(is_text(all_everything_pair_of_u8_string_item_1(all_pairs_value_at(pairs, 1)), "y"));
}

Test(generated_find, small_forms)
{
    const all_ages_entry *found[4];
    const int32_t keys[] = {-7, 1, 0, -ROW_COUNT};
    cr_assert_eq(all_ages_count(&all), ROW_COUNT);
    for (int i = 0; i < ROW_COUNT; i++)
        cr_assert_eq(all_ages_value(all_ages_find(&all, -i)), (uint8_t)i);
    cr_assert_null(all_ages_find(&all, 1));
    cr_assert_eq(all_ages_find_many(&all, keys, 4, found), 2);
    cr_assert_eq(found[0], all_ages_find(&all, -7));
    cr_assert_null(found[1]);
    cr_assert_eq(all_ages_key(found[2]), 0);
    for (uint32_t i = 0; i < ROW_COUNT; i++)
        cr_assert_eq(all_by_id_small_find(&all, 1000 + i), all_by_id_find(&all, 1000 + i));
    cr_assert_null(all_by_id_small_find(&all, 999));
    cr_assert_eq(all_by_tag_small_find(&all, SHM_STR("a tag of more than 15 bytes")).count,
                 ROW_COUNT);
    cr_assert_eq(all_by_tag_small_find(&all, SHM_STR("nothing")).count, 0);
}

Test(generated_find, multimaps_and_sets)
{
    const all_events_entry *event = NULL;
    all_events_range range = all_events_find(&all, 5);
    cr_assert_eq(range.count, 2);
    cr_assert(all_events_next(&range, &event) && all_events_next(&range, &event));
    cr_assert_eq(all_events_key(event), 5);
    cr_assert(is_text(all_leaf_zone(all_events_value(event)), "MEZ"));
    cr_assert(all_blocked_contains(&all, UINT64_MAX));
    cr_assert_not(all_blocked_contains(&all, 0));
    cr_assert_eq(all_blocked_key(all_blocked_at(&all, 0)), UINT64_MAX);
}

Test(generated_find, a_failed_build_keeps_its_first_error)
{
    all_builder builder;
    cr_assert_eq(all_builder_open(&builder, NULL), SHM_OK);
    all_row_input row = whole_row();
    fill_nested(&row);
    row.price = SHM_STR("12,50");
    cr_assert_eq(all_builder_add_rows(&builder, &row), SHM_INVALID);
    cr_assert(strstr(builder.error.text, "price") != NULL, "%s", builder.error.text);
    cr_assert_neq(all_builder_publish(&builder, "none.img"), SHM_OK);
    cr_assert_null(fopen("none.img", "rb"));
    all_builder_close(&builder);
}

static uint64_t count_in_order(all_names_in_order_rows rows)
{
    uint64_t count = 0;
    shm_string last = {"", 0};
    for (const all_row *row; all_names_in_order_next(&rows, &row); count++) {
        const shm_string name = all_row_name(row);
        const size_t shorter = name.length < last.length ? name.length : last.length;
        const int order = shorter == 0 ? 0 : memcmp(last.data, name.data, shorter);
        cr_assert(order < 0 || (order == 0 && last.length <= name.length));
        last = name;
    }
    cr_assert_eq(count, rows.count);
    return count;
}

Test(generated_find, texts_in_order)
{
    const shm_string from = SHM_STR("a name, rather a long one-3");
    const shm_string to = SHM_STR("a name, rather a long one-5");
    cr_assert_eq(count_in_order(all_names_in_order_range(&all, NULL, NULL)), ROW_COUNT);
    const uint64_t below = all_names_in_order_range(&all, NULL, &from).count;
    const uint64_t between = count_in_order(all_names_in_order_range(&all, &from, &to));
    const uint64_t above = all_names_in_order_range(&all, &to, NULL).count;
    cr_assert_eq(below + between + above, ROW_COUNT);
    cr_assert_eq(between, 2 * ROW_COUNT / 10);
    cr_assert_eq(all_names_in_order_find(&all, from).count, ROW_COUNT / 10);
    cr_assert_eq(all_names_in_order_prefix(&all, SHM_STR("a name")).count, ROW_COUNT);
    cr_assert_eq(all_names_in_order_prefix(&all, SHM_STR("nobody")).count, 0);
}

Test(generated_find, words_in_order)
{
    const uint32_t from = 1010;
    const uint32_t to = 1013;
    all_ids_in_order_rows rows = all_ids_in_order_range(&all, &from, &to);
    const all_row *row;
    for (uint64_t i = 0; i < 3; i++) {
        cr_assert(all_ids_in_order_next(&rows, &row));
        cr_assert_eq(row, all_rows_at(&all, 10 + i));
    }
    cr_assert_not(all_ids_in_order_next(&rows, &row));
    rows = all_ids_in_order_find(&all, 1042);
    cr_assert(all_ids_in_order_next(&rows, &row));
    cr_assert_eq(row, all_rows_at(&all, 42));
}

Test(generated_find, compound_keys_in_order)
{
    const all_row *row = all_rows_at(&all, 12);
    all_places_in_order_key key;
    key.kind = row->kind;
    key.where_lat = row->where.lat;
    key.name = SHM_STR("a name");
    cr_assert_eq(all_places_in_order_prefix(&all, &key, 0).count, ROW_COUNT);
    const uint64_t kinds = all_places_in_order_prefix(&all, &key, 1).count;
    const uint64_t places = all_places_in_order_prefix(&all, &key, 2).count;
    cr_assert(kinds >= places && places > 0);
    cr_assert_eq(all_places_in_order_prefix(&all, &key, 3).count, places);
    cr_assert_eq(all_places_in_order_prefix(&all, &key, 99).count, places);
    cr_assert_eq(all_places_in_order_range(&all, &key, NULL).count +
                     all_places_in_order_range(&all, NULL, &key).count,
                 ROW_COUNT);
    cr_assert_eq(all_places_in_order_find(&all, key.kind, key.where_lat, key.name).count, 0);
    cr_assert_eq(all_cells_in_order_range(&all, NULL, &row->corner).count +
                     all_cells_in_order_range(&all, &row->corner, NULL).count,
                 ROW_COUNT);
    cr_assert_gt(all_cells_in_order_find(&all, &row->corner).count, 0);
}
