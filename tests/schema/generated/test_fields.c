/* Every accessor of a generated header gives back what the generated builder was given. */
#include <criterion/criterion.h>
#include <math.h>
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

TestSuite(generated_fields, .init = open_all, .fini = close_all);

Test(generated_fields, scalars_are_members)
{
    const all_row *row = all_rows_at(&all, 3);
    cr_assert_eq(row->id, 1003);
    cr_assert(row->flag);
    cr_assert_eq(row->tiny, -128);
    cr_assert_eq(row->short_, -32768);
    cr_assert_eq(row->whole, INT32_MIN);
    cr_assert_eq(row->long_, INT64_MIN);
    cr_assert_eq(row->byte, 255);
    cr_assert_eq(row->half, 65535);
    cr_assert_eq(row->large, UINT64_MAX);
    cr_assert_eq(row->ratio, 0.5f);
    cr_assert(row->exact == 0.0 && signbit(row->exact));
    cr_assert_eq(row->where.lat, 3.0);
    cr_assert_eq(row->seen.micros, 1234567);
    cr_assert_eq(row->seen.zone_minutes, 60);
    cr_assert_eq(row->digest[15], 'f');
    cr_assert_eq(row->sums[2][1], -9);
    cr_assert_eq(row->class_, 9);
    cr_assert_eq(row->default_number, 0.1);
}

Test(generated_fields, enums_have_names)
{
    const all_row *row = all_rows_at(&all, 0);
    cr_assert_eq(row->kind, ALL_KIND_MEDIUM, "the default");
    cr_assert_str_eq(all_kind_name(row->kind), "medium");
    cr_assert_str_eq(all_wide_name(row->wide), "huge");
    cr_assert_str_eq(all_signed_name(row->sign), "least");
    cr_assert_null(all_kind_name(3));
    cr_assert_str_eq(shapes_unit_name(row->span.unit), "foot");
}

Test(generated_fields, texts)
{
    const all_row *row = all_rows_at(&all, 12);
    cr_assert(is_text(all_row_name(row), "a name, rather a long one-2"));
    cr_assert_eq(all_row_name(row).data[all_row_name(row).length], '\0');
    cr_assert(is_text(all_row_price(row), "0.10"));
    cr_assert_eq(all_row_blob(row).length, 3);
    cr_assert_eq(all_row_blob(row).data[2], 3);
    cr_assert_eq(all_row_extra(row).kind, SHM_ANY_NULL);
    cr_assert_eq(all_row_words_at(row, 0).length, 0);
    cr_assert(shm_string_equal(all_row_words_at(row, 1), long_text));
    cr_assert(is_text(all_row_grid_at(row, 2, 1), "corner"));
    cr_assert_eq(all_row_grid_at(row, 2, 0).length, 0);
}

Test(generated_fields, optionals)
{
    const all_row *even = all_rows_at(&all, 4);
    const all_row *odd = all_rows_at(&all, 5);
    cr_assert_not(all_row_has_population(even));
    cr_assert(all_row_has_population(odd));
    cr_assert_eq(odd->population, 5);
    cr_assert_not(all_row_has_rank(even));
    cr_assert_not(all_row_rank_is_null(even));
    cr_assert_not(all_row_has_rank(odd));
    cr_assert(all_row_rank_is_null(odd));
    cr_assert(all_row_has_nick(odd) && !all_row_nick_is_null(odd));
    cr_assert(is_text(all_row_nick(odd), "nick"));
    cr_assert(all_row_has_default_text(even));
    cr_assert(is_text(all_row_default_text(even), "a \"b\" ?\?/ \\ \xc3\xa9"));
    cr_assert_not(all_row_has_int(odd));
    cr_assert_eq(odd->has_population, 3, "a field that is called so");
    cr_assert(all_point_has_height(all_row_points(odd).items));
    cr_assert_not(all_point_has_height(&all_row_points(odd).items[1]));
}

Test(generated_fields, nested_records_and_references)
{
    const all_row *even = all_rows_at(&all, 6);
    const all_row *odd = all_rows_at(&all, 7);
    cr_assert_null(all_row_leaf(even));
    cr_assert(is_text(all_leaf_zone(all_row_leaf(odd)), "CET"));
    cr_assert_eq(all_row_leaf(odd)->rain[2], 3.0f);
    const all_node *tree = all_row_tree(odd);
    cr_assert(is_text(all_node_label(tree), "root"));
    cr_assert_eq(all_node_children_count(tree), 1);
    cr_assert(is_text(all_node_label(all_node_children_at(tree, 0)), "twig"));
    cr_assert_not_null(all_row_nothing(odd));
    cr_assert_null(all_row_twin(&all, even));
    cr_assert_eq(all_row_twin(&all, odd), even);
    cr_assert_eq(all_row_friends(odd).items[1], 1);
    const shapes_label *label = all_row_label(odd);
    cr_assert(is_text(shapes_label_text(label), "here"));
    cr_assert_eq(shapes_label_spans(label).count, 2);
    cr_assert_eq(shapes_label_spans(label).items[1].from, 3);
    cr_assert(shapes_span_has_to(shapes_label_spans_at(label, 0)));
}

Test(generated_fields, lists)
{
    const all_row *row = all_rows_at(&all, 1);
    cr_assert_eq(all_row_tags_count(row), 3);
    cr_assert(is_text(all_row_tags_at(row, 0), "red"));
    cr_assert(is_text(all_row_tags_at(row, 1), "a tag of more than 15 bytes"));
    const all_everything_u32_span scores = all_row_scores(row);
    cr_assert_eq(scores.count, 3);
    cr_assert_eq(scores.items[2], UINT32_MAX);
    cr_assert_eq(all_row_scores_at(row, 0), 7);
    cr_assert(all_row_flags_at(row, 0) && !all_row_flags_at(row, 1));
    cr_assert_eq(all_row_kinds_at(row, 0), ALL_KIND_LARGE);
    cr_assert_eq(all_row_days(row).items[2].days, 2932896);
    cr_assert_eq(all_row_leaves_count(row), 2);
    cr_assert(is_text(all_leaf_zone(all_row_leaves_at(row, 1)), "UTC"));
    cr_assert_eq(all_row_blocks(row).items[1][3], 8);
    cr_assert_eq(all_row_blocks_at(row, 0)[1], 2);
    cr_assert(is_text(shm_text_cell_string(&all_row_word_blocks_at(row, 1)[0]), "r"));
    const shm_list_cell *inner = all_row_matrix_at(row, 0);
    cr_assert_eq(all_row_matrix_count(row), 2);
    cr_assert_eq(all_everything_list_of_u32_span(inner).count, 3);
    cr_assert_eq(all_everything_list_of_u32_at(inner, 2), 12);
}

Test(generated_fields, optional_elements)
{
    const all_row *row = all_rows_at(&all, 1);
    const all_everything_optional_u16 *holes = all_row_holes(row).items;
    cr_assert(all_everything_optional_u16_has_value(&holes[0]));
    cr_assert_eq(holes[0].value, 8);
    cr_assert_not(all_everything_optional_u16_has_value(&holes[1]));
    const all_everything_optional_string *gap = all_row_gaps_at(row, 1);
    cr_assert(is_text(all_everything_optional_string_value(gap), "x"));
    const all_everything_optional_leaf *leaf = all_row_some_leaves_at(row, 0);
    cr_assert(is_text(all_leaf_zone(all_everything_optional_leaf_value(leaf)), "UTC"));
    cr_assert_null(all_everything_optional_leaf_value(all_row_some_leaves_at(row, 1)));
}

Test(generated_fields, tuples)
{
    const all_row *row = all_rows_at(&all, 1);
    cr_assert_eq(row->pair.item_0, 77);
    cr_assert(all_everything_pair_of_u32_optional_string_has_item_1(&row->pair));
    cr_assert(
        is_text(all_everything_pair_of_u32_optional_string_item_1(&row->pair), "seventy-seven"));
    const all_everything_pair_of_i8_list_of_string *pair = all_row_pairs_at(row, 0);
    cr_assert_eq(pair->item_0, -1);
    cr_assert_eq(all_everything_pair_of_i8_list_of_string_item_1_count(pair), 2);
    cr_assert(is_text(all_everything_pair_of_i8_list_of_string_item_1_at(pair, 1), "two"));
}

Test(generated_fields, sets_are_sorted_and_searched)
{
    const all_row *row = all_rows_at(&all, 1);
    cr_assert_eq(all_row_aliases_count(row), 2, "an element counts once");
    cr_assert(is_text(all_row_aliases_at(row, 0), "a"));
    cr_assert(all_row_aliases_contains(row, SHM_STR("b")));
    cr_assert_not(all_row_aliases_contains(row, SHM_STR("")));
    cr_assert_not(all_row_aliases_contains(row, SHM_STR("bb")));
    cr_assert_eq(all_row_numbers(row).count, 3);
    cr_assert_eq(all_row_numbers_at(row, 0), -5);
    cr_assert(all_row_numbers_contains(row, 5) && !all_row_numbers_contains(row, 4));
    cr_assert(all_row_ratios_contains(row, 2.5) && !all_row_ratios_contains(row, NAN));
    const all_cell inside = {2, 1};
    const all_cell outside = {2, 2};
    cr_assert(all_row_cells_contains(row, &inside));
    cr_assert_not(all_row_cells_contains(row, &outside));
}

Test(generated_fields, dicts)
{
    const all_row *row = all_rows_at(&all, 1);
    shm_string name = SHM_STR("untouched");
    cr_assert_eq(all_row_names_count(row), 2);
    cr_assert(is_text(all_row_names_key_at(row, 0), "de"));
    cr_assert(is_text(all_row_names_value_at(row, 1), "Berne"));
    cr_assert_not(all_row_names_find(row, SHM_STR("it"), &name));
    cr_assert(is_text(name, "untouched"));
    cr_assert(all_row_names_find(row, SHM_STR("de"), &name));
    cr_assert(is_text(name, "Bern, die Bundesstadt der Schweiz"));
    const all_cell cell = {1, 2};
    const shm_list_cell *list = NULL;
    cr_assert(all_row_by_cell_find(row, &cell, &list));
    cr_assert_eq(all_everything_list_of_u8_at(list, 1), 5);
    const shm_date day = {19000};
    const all_leaf *leaf = NULL;
    cr_assert(all_row_by_day_find(row, day, &leaf));
    cr_assert(is_text(all_leaf_zone(leaf), "CET"));
    cr_assert(all_row_lists_find(row, SHM_STR("k"), &list));
    cr_assert(is_text(all_leaf_zone(all_everything_list_of_leaf_at(list, 1)), "UTC"));
}

Test(generated_fields, tensors)
{
    const all_row *row = all_rows_at(&all, 1);
    const shm_tensor volume = all_row_volume(row);
    cr_assert_eq(volume.ndim, 2);
    cr_assert_eq(volume.shape[1], 3);
    cr_assert_eq(volume.count, 6);
    cr_assert_eq(all_row_volume_data(row)[5], 5.5f);
    cr_assert_eq(all_heights(&all).count, 4);
    cr_assert_eq(all_heights_data(&all)[3], 4.0f);
}
