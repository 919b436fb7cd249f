/* everything_image.h — an image of everything.shm, built by the generated builder. */
#ifndef TESTS_SCHEMA_GENERATED_EVERYTHING_IMAGE_H
#define TESTS_SCHEMA_GENERATED_EVERYTHING_IMAGE_H

#include <criterion/criterion.h>

#include "everything.shm.h"

enum { ROW_COUNT = 200 };

static const char image_path[] = "everything.img";
static const shm_string long_text = {"a text that is longer than fifteen bytes", 40};

/* What all rows share; the caller changes what differs. */
static inline all_row_input whole_row(void)
{
    static const shm_string tags[] = {{"red", 3}, {"a tag of more than 15 bytes", 27}, {"", 0}};
    static const uint32_t scores[] = {7, 0, UINT32_MAX};
    static const bool flags[] = {true, false};
    static const all_kind kinds[] = {ALL_KIND_LARGE, ALL_KIND_SMALL};
    static const shm_date days[] = {{-719162}, {0}, {2932896}};
    static const shm_string aliases[] = {{"b", 1}, {"a", 1}, {"b", 1}};
    static const int16_t numbers[] = {5, -5, 0, 5};
    static const double ratios[] = {2.5, -1.0};
    static const all_cell cells[] = {{2, 1}, {1, 9}};
    static const uint8_t bytes[] = {1, 2, 3};
    all_row_input row = all_row_input_default();
    row.flag = true;
    row.tiny = -128;
    row.short_ = -32768;
    row.whole = INT32_MIN;
    row.long_ = INT64_MIN;
    row.byte = 255;
    row.half = 65535;
    row.large = UINT64_MAX;
    row.ratio = 0.5f;
    row.exact = -0.0;
    row.wide = ALL_WIDE_HUGE;
    row.sign = ALL_SIGNED_LEAST;
    row.where.lat = 46.9;
    row.where.lon = 7.4;
    row.corner.x = 3;
    row.nested.cell.y = -4;
    row.nested.kind = ALL_KIND_LARGE;
    row.seen.micros = 1234567;
    row.seen.zone_minutes = 60;
    row.seen.zone_given = 1;
    row.price = SHM_STR("0.10");
    row.blob = shm_bytes_of("\0\xff", 2);
    row.tags.items = tags;
    row.tags.count = 3;
    row.scores.items = scores;
    row.scores.count = 3;
    row.flags.items = flags;
    row.flags.count = 2;
    row.kinds.items = kinds;
    row.kinds.count = 2;
    row.days.items = days;
    row.days.count = 3;
    memcpy(row.digest, "0123456789abcdef", 16);
    row.words[1] = long_text;
    row.grid[2][1] = SHM_STR("corner");
    row.sums[2][1] = -9;
    row.aliases.items = aliases;
    row.aliases.count = 3;
    row.numbers.items = numbers;
    row.numbers.count = 4;
    row.ratios.items = ratios;
    row.ratios.count = 2;
    row.cells.items = cells;
    row.cells.count = 2;
    row.blob = shm_bytes_of(bytes, sizeof bytes);
    row.class_ = 9;
    row.has_population = 3;
    return row;
}

/* What refers to other inputs.  They must live until the row is added, so they are static. */
static inline void fill_nested(all_row_input *row)
{
    static const all_everything_dict_of_string_string_entry names[] = {
        {{"fr", 2}, {"Berne", 5}}, {{"de", 2}, {"Bern, die Bundesstadt der Schweiz", 33}}};
    static const uint8_t some[] = {4, 5};
    static const all_everything_dict_of_cell_list_of_u8_entry by_cell[] = {{{1, 2}, {some, 2}},
                                                                           {{1, -2}, {NULL, 0}}};
    static const all_leaf_input leaves[] = {{{"CET", 3}, {1.0f, 2.0f, 3.0f}},
                                            {{"UTC", 3}, {0.0f, 0.0f, 0.0f}}};
    static const all_everything_dict_of_date_leaf_entry by_day[] = {{{19000}, &leaves[0]}};
    static const all_node_input twigs[] = {{{"twig", 4}, {NULL, 0}}};
    static const all_node_input tree = {{"root", 4}, {twigs, 1}};
    static const all_empty_input nothing = {0};
    static const all_everything_optional_u16_input holes[] = {{true, 8}, {false, 0}};
    static const all_everything_optional_string_input gaps[] = {{false, {NULL, 0}},
                                                                {true, {"x", 1}}};
    static const all_everything_optional_leaf_input some_leaves[] = {{true, &leaves[1]},
                                                                     {false, NULL}};
    static const shm_string words[] = {{"one", 3}, {"two", 3}};
    static const all_everything_pair_of_i8_list_of_string_input pairs[] = {{-1, {words, 2}},
                                                                           {1, {NULL, 0}}};
    static const uint32_t numbers[] = {10, 11, 12};
    static const all_everything_list_of_u32_input matrix[] = {{numbers, 3}, {numbers, 1}};
    static const all_everything_array4_of_u8 blocks[] = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    static const all_everything_array2_of_string_input word_blocks[] = {{{{"p", 1}, {"q", 1}}},
                                                                        {{{"r", 1}, {"s", 1}}}};
    static const float volume[] = {0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f};
    static const uint64_t shape[] = {2, 3};
    static const all_everything_dict_of_string_list_of_leaf_entry lists[] = {
        {{"k", 1}, {leaves, 2}}};
    static const shapes_span_input spans[] = {{1, true, 2, SHAPES_UNIT_FOOT},
                                              {3, false, 0, SHAPES_UNIT_METRE}};
    static const shapes_label_input label = {{"here", 4}, {spans, 2}};
    static const shm_row_number friends[] = {0, 1};
    static const all_point_input points[] = {{1.0, 2.0, true, -3}, {4.0, 5.0, false, 0}};
    row->names.items = names;
    row->names.count = 2;
    row->by_cell.items = by_cell;
    row->by_cell.count = 2;
    row->by_day.items = by_day;
    row->by_day.count = 1;
    row->leaf = &leaves[0];
    row->tree = &tree;
    row->nothing = &nothing;
    row->leaves.items = leaves;
    row->leaves.count = 2;
    row->holes.items = holes;
    row->holes.count = 2;
    row->gaps.items = gaps;
    row->gaps.count = 2;
    row->some_leaves.items = some_leaves;
    row->some_leaves.count = 2;
    row->pair.item_0 = 77;
    row->pair.has_item_1 = true;
    row->pair.item_1 = SHM_STR("seventy-seven");
    row->pairs.items = pairs;
    row->pairs.count = 2;
    row->matrix.items = matrix;
    row->matrix.count = 2;
    row->blocks.items = blocks;
    row->blocks.count = 2;
    row->word_blocks.items = word_blocks;
    row->word_blocks.count = 2;
    row->volume.items = volume;
    row->volume.shape = shape;
    row->volume.ndim = 2;
    row->lists.items = lists;
    row->lists.count = 1;
    row->label = &label;
    row->span = spans[0];
    row->friends.items = friends;
    row->friends.count = 2;
    row->points.items = points;
    row->points.count = 2;
}

static inline void add_pairs(all_builder *builder)
{
    static const all_node_input node = {{"alone", 5}, {NULL, 0}};
    static const all_everything_pair_of_u8_string_input items[] = {{1, {"x", 1}}, {2, {"y", 1}}};
    static const all_everything_list_of_pair_of_u8_string_input list = {items, 2};
    static const all_leaf_input leaf = {{"MEZ", 3}, {0.0f, 0.0f, 0.0f}};
    const all_cell here = {1, 1};
    const all_cell there = {-1, 1};
    const shm_date day = {365};
    cr_assert_eq(all_builder_add_zones(builder, SHM_STR("Bern"), SHM_STR("CET")), SHM_OK);
    cr_assert_eq(all_builder_add_zones(builder, long_text, long_text), SHM_OK);
    cr_assert_eq(all_builder_add_corners(builder, &here, true, 6), SHM_OK);
    cr_assert_eq(all_builder_add_corners(builder, &there, false, 0), SHM_OK);
    cr_assert_eq(all_builder_add_trees(builder, INT64_MIN, &node), SHM_OK);
    cr_assert_eq(all_builder_add_pairs(builder, day, &list), SHM_OK);
    cr_assert_eq(all_builder_add_events(builder, 5, &leaf), SHM_OK);
    cr_assert_eq(all_builder_add_events(builder, 5, &leaf), SHM_OK);
    cr_assert_eq(all_builder_add_blocked(builder, UINT64_MAX), SHM_OK);
    for (int i = 0; i < ROW_COUNT; i++)
        cr_assert_eq(all_builder_add_ages(builder, -i, (uint8_t)i), SHM_OK);
}

/* Row i has the id 1000 + i, the name NAME-(i % 10), and (i odd) all optionals. */
static inline void build_image(void)
{
    static const float heights[] = {1.0f, 2.0f, 3.0f, 4.0f};
    const uint64_t shape[] = {2, 2};
    all_builder builder;
    cr_assert_eq(all_builder_open(&builder, NULL), SHM_OK, "%s", builder.error.text);
    for (uint32_t i = 0; i < ROW_COUNT; i++) {
        char name[32];
        all_row_input row = whole_row();
        fill_nested(&row);
        row.id = 1000 + i;
        const int length = snprintf(name, sizeof name, "a name, rather a long one-%u", i % 10);
        row.name = shm_string_of(name, (size_t)length);
        row.where.lat = i;
        row.nested.cell.x = (int32_t)(i % 3);
        memcpy(row.token.bytes, &i, sizeof i);
        if (i % 2 == 1) {
            row.has_population_ = true;
            row.population = i;
            row.rank_is_null = true;
            row.has_nick = true;
            row.nick = SHM_STR("nick");
            row.has_founded = true;
            row.founded.days = -(int32_t)i;
            row.has_twin = true;
            row.twin = i - 1;
        } else {
            row.leaf = NULL;
            row.label = NULL;
        }
        uint64_t number = 0;
        cr_assert_eq(all_builder_add_rows_numbered(&builder, &row, &number), SHM_OK, "%s",
                     builder.error.text);
        cr_assert_eq(number, i);
    }
    add_pairs(&builder);
    cr_assert_eq(all_builder_set_heights(&builder, heights, shape, 2), SHM_OK);
    cr_assert_eq(all_builder_publish(&builder, image_path), SHM_OK, "%s", builder.error.text);
    all_builder_close(&builder);
}

static inline all_dataset open_image(void)
{
    all_dataset all;
    shm_error error = {0};
    cr_assert_eq(all_open(&all, image_path, SHM_VERIFY_ALWAYS, &error), SHM_OK, "%s", error.text);
    return all;
}

static inline bool is_text(shm_string text, const char *expected)
{
    return shm_string_equal(text, shm_string_of(expected, strlen(expected)));
}

#endif
