/* A program with a newer schema reads an image of an older one by the accessors that end in _in. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "town.shm.h"

static const char older_text[] =
    "enum Size : u8 { small = 0, large } enum Mood : u16 { calm = 0, loud = 1 }"
    "record Mayor { name: string; since: date?; }"
    "record Town { id: u32; name: string; mood: Mood; level: i8; area: f64; mayor: Mayor?;"
    " tags: [string]; names: {string: string}; digest: u8[4]; population: u16?; }"
    "dataset Towns { towns: array<Town>; by_id: index towns by id; }";

/* Town 7 has everything, town 8 nothing optional. */
static void put_town(shm_builder *builder, uint64_t id, bool whole)
{
    const uint8_t digest[] = {1, 2, 3, 4};
    shm_builder_row_begin(builder, 0);
    shm_put_uint(builder, id);
    shm_put_text(builder, SHM_STR("a town with a long name"));
    shm_put_uint(builder, 1);
    shm_put_int(builder, -5);
    shm_put_float(builder, 2.5);
    if (whole) {
        shm_put_begin(builder);
        shm_put_text(builder, SHM_STR("Ann"));
        shm_put_absent(builder);
        shm_put_end(builder);
    } else {
        shm_put_absent(builder);
    }
    shm_put_begin(builder);
    shm_put_text(builder, SHM_STR("old"));
    shm_put_end(builder);
    shm_put_begin(builder);
    shm_put_text(builder, SHM_STR("de"));
    shm_put_text(builder, SHM_STR("Stadt"));
    shm_put_end(builder);
    shm_put_elements(builder, digest, 4);
    if (whole)
        shm_put_uint(builder, 65535);
    else
        shm_put_absent(builder);
    cr_assert_eq(shm_builder_row_end(builder, NULL, NULL), SHM_OK);
}

static void publish(const char *text, const char *path, bool rows)
{
    const shm_schema *schema;
    shm_builder *builder;
    shm_error error = {0};
    cr_assert_eq(shm_schema_parse(text, strlen(text), "older", NULL, &schema, &error), SHM_OK, "%s",
                 error.text);
    cr_assert_eq(shm_builder_open(schema, NULL, &builder, NULL), SHM_OK);
    if (rows) {
        put_town(builder, 7, true);
        put_town(builder, 8, false);
    }
    cr_assert_eq(shm_builder_publish(builder, path, &error), SHM_OK, "%s", error.text);
    shm_builder_close(builder);
    shm_schema_free(schema);
}

static town_dataset open_older(void)
{
    town_dataset towns = {.image = NULL};
    shm_error error = {0};
    publish(older_text, "older.img", true);
    cr_assert_eq(town_open_compatible(&towns, "older.img", SHM_VERIFY_ALWAYS, &error), SHM_OK, "%s",
                 error.text);
    return towns;
}

Test(generated_older, what_was_there_reads_widened_and_renamed)
{
    town_dataset towns = open_older();
    const town_town *row = town_by_id_find(&towns, 7);
    cr_assert_eq(town_towns_count(&towns), 2);
    cr_assert_eq(row, town_towns_at(&towns, 0));
    cr_assert_eq(town_town_id_in(&towns, row), 7);
    cr_assert(
        shm_string_equal(town_town_title_in(&towns, row), SHM_STR("a town with a long name")));
    cr_assert_eq(town_town_mood_in(&towns, row), TOWN_MOOD_LOUD);
    cr_assert_eq(town_town_level_in(&towns, row), -5);
    cr_assert_eq(town_town_area_in(&towns, row), 2.5);
    cr_assert_eq(town_town_digest_in(&towns, row)[3], 4);
    cr_assert(town_town_has_population_in(&towns, row));
    cr_assert_eq(town_town_population_in(&towns, row), 65535);
    const town_mayor *mayor = town_town_mayor_in(&towns, row);
    cr_assert(shm_string_equal(town_mayor_name_in(&towns, mayor), SHM_STR("Ann")));
    cr_assert_not(town_mayor_has_since_in(&towns, mayor));
    cr_assert(shm_string_equal(town_list_of_string_at(town_town_tags_in(&towns, row), 0),
                               SHM_STR("old")));
    shm_string name;
    cr_assert(
        town_dict_of_string_string_find(town_town_names_in(&towns, row), SHM_STR("de"), &name));
    cr_assert(shm_string_equal(name, SHM_STR("Stadt")));
    row = town_towns_at(&towns, 1);
    cr_assert_not(town_town_has_mayor_in(&towns, row));
    cr_assert_null(town_town_mayor_in(&towns, row));
    cr_assert_not(town_town_has_population_in(&towns, row));
    town_close(&towns);
}

Test(generated_older, what_was_not_there_reads_as_its_default)
{
    town_dataset towns = open_older();
    const town_town *row = town_towns_at(&towns, 1);
    cr_assert_eq(town_town_size_in(&towns, row), TOWN_SIZE_LARGE);
    cr_assert(
        shm_string_equal(town_town_motto_in(&towns, row), SHM_STR("a motto that is not short")));
    cr_assert_eq(town_town_height_in(&towns, row), 1.5f);
    cr_assert(town_town_flag_in(&towns, row));
    cr_assert_not(town_town_has_founded_in(&towns, row));
    cr_assert_not(town_town_has_rank_in(&towns, row));
    cr_assert_not(town_town_rank_is_null_in(&towns, row));
    cr_assert_eq(town_by_title_find(&towns, SHM_STR("a town with a long name")).count, 0,
                 "the image has no such index");
    cr_assert_null(town_aliases_find(&towns, SHM_STR("x")));
    cr_assert_eq(town_aliases_count(&towns), 0);
    town_close(&towns);
}

Test(generated_older, the_second_accessors_read_new_images_too)
{
    town_builder builder;
    town_dataset towns = {.image = NULL};
    cr_assert_eq(town_builder_open(&builder, NULL), SHM_OK);
    town_town_input in = town_town_input_default();
    in.id = 5000000000;
    in.mood = TOWN_MOOD_NEW;
    in.rank_is_null = true;
    cr_assert_eq(town_builder_add_towns(&builder, &in), SHM_OK, "%s", builder.error.text);
    cr_assert_eq(town_builder_publish(&builder, "new.img"), SHM_OK, "%s", builder.error.text);
    town_builder_close(&builder);
    cr_assert_eq(town_open_compatible(&towns, "new.img", SHM_VERIFY_ALWAYS, NULL), SHM_OK);
    const town_town *row = town_towns_at(&towns, 0);
    cr_assert_eq(town_town_id_in(&towns, row), 5000000000);
    cr_assert_eq(town_town_mood_in(&towns, row), TOWN_MOOD_NEW);
    cr_assert_eq(town_town_height_in(&towns, row), 1.5f);
    cr_assert(town_town_rank_is_null_in(&towns, row));
    town_close(&towns);
}

Test(generated_older, exact_opening_refuses_and_says_what_to_do)
{
    town_dataset towns = {.image = NULL};
    shm_error error = {0};
    publish(older_text, "older.img", true);
    cr_assert_eq(town_open(&towns, "older.img", SHM_VERIFY_ALWAYS, &error), SHM_SCHEMA_MISMATCH);
    cr_assert_null(towns.image);
    cr_assert(strstr(error.text, "town_open_compatible()") != NULL, "%s", error.text);
}

Test(generated_older, incompatible_images_are_refused_with_the_fields)
{
    town_dataset towns = {.image = NULL};
    shm_error error = {0};
    publish("record Town { id: string; gone: u8; }"
            "dataset Towns { towns: array<Town>; }",
            "other.img", false);
    cr_assert_eq(town_open(&towns, "other.img", SHM_VERIFY_ALWAYS, &error), SHM_SCHEMA_MISMATCH);
    cr_assert(strstr(error.text, "id") != NULL && strstr(error.text, "gone") != NULL, "%s",
              error.text);
    cr_assert_eq(town_open_compatible(&towns, "other.img", SHM_VERIFY_ALWAYS, &error),
                 SHM_SCHEMA_MISMATCH);
    cr_assert_null(towns.image);
}
