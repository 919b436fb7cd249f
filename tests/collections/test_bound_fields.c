/* test_bound_fields.c — an older image read under a newer schema: by run-time values, and by the
 * bound fields that generated accessors use. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/allocation.h"
#include "tests/support/build.h"

static const char older_text[] =
    "enum Kind : u8 { small = 1, large }\n"
    "struct Point { x: i16; y: i16; }\n"
    "record Leaf { name: string; size: u8; }\n"
    "record City { id: u16; old: string; size: i8?; kind: Kind; at: Point; leaf: Leaf; more: "
    "[Leaf]; "
    "  odd: i32??; }\n"
    "dataset D { cities: array<City>; by_id: index cities by id; by_old: multi cities by old;"
    "  leaves: map<string, Leaf>; }\n";

static const char newer_text[] =
    "enum Kind : u8 { tiny = 0, small = 1, large = 2, huge }\n"
    "struct Point { x: i16; y: i16; }\n"
    "record Extra { note: string; }\n"
    "record Leaf { label: string was name; size: i64; colour: string = \"green as most leaves "
    "are\"; }\n"
    "record City { id: u32; title: string was old; size: i32?; kind: Kind deprecated; at: Point;"
    "  leaf: Leaf; more: [Leaf]; odd: i64??;\n"
    "  b: bool = true; i: i16 = -7; u: u64 = 18446744073709551615; f: f32 = 0.25; g: f64 = -1.5;\n"
    "  s: string = \"short\"; l: string = \"longer than fifteen bytes\"; k: Kind = huge;\n"
    "  o: u32? = 9; n: u32?; p: Point?; e: Extra?; list: [string]; set: {u8}; dict: {u8: string};\n"
    "  any_: any; d: date = \"2024-02-29\"; t: datetime = \"2024-02-29T12:00:00+02:00\";\n"
    "  x: uuid = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\"; y: decimal = \"0.10\"; z: u8??; }\n"
    "dataset D { cities: array<City>; by_id: index cities by id; by_old: multi cities by title;"
    "  leaves: map<string, Leaf>; by_kind: multi cities by kind; more: array<Extra>;"
    "  blocked: set<u64>; heights: tensor<f32>; }\n";

static const shm_schema *older;
static const shm_schema *newer;
static struct shm_test_image image;
static shm_dataset *dataset;

static void put_leaf(shm_builder *builder, shm_string name, uint64_t size)
{
    shm_put_begin(builder);
    shm_put_text(builder, name);
    shm_put_uint(builder, size);
    shm_put_end(builder);
}

static void put_city(shm_builder *builder, uint64_t id, shm_string name)
{
    shm_builder_row_begin(builder, 0);
    shm_put_uint(builder, id);
    shm_put_text(builder, name);
    if (id % 2 == 0) {
        shm_put_int(builder, -5);
    } else {
        shm_put_absent(builder);
    }
    shm_put_text(builder, SHM_STR("large"));
    shm_put_begin(builder);
    shm_put_int(builder, -1);
    shm_put_int(builder, 2);
    shm_put_end(builder);
    put_leaf(builder, SHM_STR("one"), 1);
    shm_put_begin(builder);
    put_leaf(builder, SHM_STR("two"), 2);
    put_leaf(builder, SHM_STR("three"), 255);
    shm_put_end(builder);
    if (id % 2 == 0) {
        shm_put_null(builder);
    } else {
        shm_put_int(builder, -70000);
    }
    shm_test_row_end(builder);
}

static void build(void)
{
    older = shm_test_schema(older_text);
    newer = shm_test_schema(newer_text);
    shm_builder *builder = shm_test_builder(older);
    put_city(builder, 60000, SHM_STR("Bern"));
    put_city(builder, 7, SHM_STR("a name of more than fifteen bytes"));
    shm_builder_row_begin(builder, shm_test_collection(older, "leaves"));
    shm_put_text(builder, SHM_STR("key"));
    put_leaf(builder, SHM_STR("mapped"), 200);
    shm_test_row_end(builder);
    image = shm_test_finish(builder);
    dataset = shm_test_open(&image, newer);
}

static void drop(void)
{
    shm_dataset_close(dataset);
    shm_schema_free(older);
    shm_schema_free(newer);
    free(image.bytes);
}

TestSuite(bound_fields, .init = build, .fini = drop);

static shm_value city(uint64_t number)
{
    shm_value value;
    cr_assert(shm_dataset_row(dataset, 0, number, &value));
    return value;
}

static shm_presence presence(const shm_value *outer, const char *name)
{
    shm_value inner;
    return shm_value_field(outer, shm_test_field(outer->type, name), &inner);
}

static shm_value field(const shm_value *outer, const char *name)
{
    shm_value inner;
    cr_assert_eq(shm_value_field(outer, shm_test_field(outer->type, name), &inner), SHM_PRESENT,
                 "%s", name);
    return inner;
}

static uint64_t word(const shm_value *outer, const char *name)
{
    const shm_value inner = field(outer, name);
    return shm_value_word(&inner);
}

static bool has_text(const shm_value *outer, const char *name, const char *expected)
{
    const shm_value inner = field(outer, name);
    return shm_string_equal(shm_value_text(&inner), shm_string_of(expected, strlen(expected)));
}

Test(bound_fields, the_dataset_knows_both_schemas)
{
    cr_expect_not(shm_dataset_is_exact(dataset));
    cr_expect_eq(shm_dataset_schema(dataset), newer);
    cr_expect(shm_string_equal(shm_dataset_stored_schema(dataset)->text, older->text));
}

Test(bound_fields, stored_fields_read_widened_and_renamed)
{
    shm_value bern = city(0);
    cr_expect_eq(word(&bern, "id"), 60000);
    cr_expect(has_text(&bern, "title", "Bern"));
    cr_expect_eq(word(&bern, "size"), (uint64_t)INT64_C(-5));
    const shm_value kind = field(&bern, "kind");
    cr_expect_str_eq(shm_value_enum_name(&kind), "large");
    const shm_value at = field(&bern, "at");
    cr_expect_eq(word(&at, "x"), (uint64_t)INT64_C(-1));
    cr_expect_eq(presence(&bern, "odd"), SHM_IS_NULL);
    shm_value other = city(1);
    cr_expect_eq(presence(&other, "size"), SHM_ABSENT);
    cr_expect_eq(word(&other, "odd"), (uint64_t)INT64_C(-70000));
    cr_expect(has_text(&other, "title", "a name of more than fifteen bytes"));
}

Test(bound_fields, nested_records_read_so_too)
{
    const shm_value bern = city(0);
    shm_value leaf = field(&bern, "leaf");
    cr_expect(has_text(&leaf, "label", "one"));
    cr_expect_eq(word(&leaf, "size"), 1);
    cr_expect(has_text(&leaf, "colour", "green as most leaves are"));
    const shm_value more = field(&bern, "more");
    cr_assert_eq(shm_value_item(&more, 1, &leaf), SHM_PRESENT);
    cr_expect_eq(word(&leaf, "size"), 255);
    cr_expect(has_text(&leaf, "label", "three"));
    cr_expect(has_text(&leaf, "colour", "green as most leaves are"));
    shm_value pair;
    cr_assert(shm_dataset_row(dataset, shm_test_collection(newer, "leaves"), 0, &pair));
    leaf = field(&pair, "value");
    cr_expect_eq(word(&leaf, "size"), 200);
    cr_expect(has_text(&leaf, "colour", "green as most leaves are"));
}

Test(bound_fields, missing_scalars_read_as_their_default)
{
    const shm_value bern = city(0);
    cr_expect_eq(word(&bern, "b"), 1);
    cr_expect_eq(word(&bern, "i"), (uint64_t)INT64_C(-7));
    cr_expect_eq(word(&bern, "u"), UINT64_MAX);
    const shm_value f = field(&bern, "f");
    const shm_value g = field(&bern, "g");
    cr_expect(shm_value_float(&f) == 0.25);
    cr_expect(shm_value_float(&g) == -1.5);
    cr_expect(has_text(&bern, "s", "short"));
    cr_expect(has_text(&bern, "l", "longer than fifteen bytes"));
    const shm_value k = field(&bern, "k");
    cr_expect_str_eq(shm_value_enum_name(&k), "huge");
    const shm_value d = field(&bern, "d");
    cr_expect_eq(shm_value_date(&d).days, 19782);
    const shm_value t = field(&bern, "t");
    cr_expect_eq(shm_value_datetime(&t).micros, INT64_C(1709200800000000));
    cr_expect_eq(shm_value_datetime(&t).zone_minutes, 120);
    cr_expect_eq(shm_value_datetime(&t).zone_given, 1);
    const shm_value x = field(&bern, "x");
    cr_expect_eq(shm_value_uuid(&x).bytes[0], 0x6b);
    cr_expect_eq(shm_value_uuid(&x).bytes[15], 0xc8);
    cr_expect(has_text(&bern, "y", "0.10"));
}

Test(bound_fields, missing_optionals_and_containers)
{
    const shm_value bern = city(0);
    cr_expect_eq(word(&bern, "o"), 9, "an optional may have a default");
    cr_expect_eq(presence(&bern, "n"), SHM_ABSENT);
    cr_expect_eq(presence(&bern, "p"), SHM_ABSENT);
    cr_expect_eq(presence(&bern, "e"), SHM_ABSENT);
    cr_expect_eq(presence(&bern, "z"), SHM_ABSENT);
    const char *containers[] = {"list", "set", "dict"};
    for (size_t i = 0; i < 3; i++) {
        const shm_value container = field(&bern, containers[i]);
        cr_expect_eq(shm_value_count(&container), 0);
    }
    cr_expect(has_text(&bern, "any_", ""));
}

Test(bound_fields, indexes_find_by_the_stored_keys)
{
    const shm_index *by_id = shm_dataset_index(dataset, shm_test_collection(newer, "by_id"));
    cr_expect_eq(shm_index_find_word(by_id, 60000), 0);
    cr_expect_eq(shm_index_find_word(by_id, 7), 1);
    cr_expect_eq(shm_index_find_word(by_id, 65536 + 7), SHM_NO_ROW);
    const shm_index *by_title = shm_dataset_index(dataset, shm_test_collection(newer, "by_old"));
    cr_expect_eq(shm_multi_find_text(by_title, SHM_STR("Bern")).count, 1);
}

Test(bound_fields, missing_collections_are_empty)
{
    shm_tensor tensor;
    const uint32_t more = shm_test_collection(newer, "more");
    const shm_table table = shm_dataset_table(dataset, more);
    cr_expect_eq(table.count, 0);
    cr_expect_null(shm_table_at(&table, 0));
    cr_expect_null(shm_dataset_index(dataset, shm_test_collection(newer, "by_kind")));
    cr_expect_null(shm_dataset_index(dataset, shm_test_collection(newer, "blocked")));
    cr_expect(shm_dataset_tensor(dataset, shm_test_collection(newer, "heights"), &tensor));
    cr_expect(tensor.ndim == 1 && tensor.count == 0 && tensor.shape == NULL);
    shm_value value;
    cr_expect_not(shm_dataset_row(dataset, more, 0, &value));
    cr_expect_null(shm_dataset_bound_fields(dataset, newer->dataset->collections[more].record->id));
    cr_expect_null(shm_dataset_bound_fields(dataset, 70000));
}

static const shm_bound_field *bound(const char *name)
{
    const shm_type *record = newer->dataset->collections[0].record;
    const shm_bound_field *fields = shm_dataset_bound_fields(dataset, record->id);
    cr_assert_not_null(fields);
    return &fields[shm_test_field(record, name)];
}

Test(bound_fields, accessors_of_stored_fields)
{
    const shm_table cities = shm_dataset_table(dataset, 0);
    const void *bern = shm_table_at(&cities, 0);
    const void *other = shm_table_at(&cities, 1);
    cr_expect_eq(bound("id")->stored_kind, SHM_U16);
    cr_expect_eq(shm_bound_field_word(bound("id"), bern), 60000);
    cr_expect_eq(bound("kind")->stored_kind, SHM_U8, "of an enum the kind of its integer");
    cr_expect_eq(shm_bound_field_word(bound("kind"), bern), 2);
    cr_expect_eq(bound("size")->optional, 1);
    cr_expect(shm_bound_field_present(bound("size"), bern));
    cr_expect_eq(shm_bound_field_word(bound("size"), bern), (uint64_t)INT64_C(-5));
    cr_expect_not(shm_bound_field_present(bound("size"), other));
    cr_expect_eq(bound("odd")->optional, 2);
    cr_expect_not(shm_bound_field_present(bound("odd"), bern));
    cr_expect(shm_bound_field_present(bound("odd"), other));
    cr_expect(shm_bound_field_present(bound("title"), bern));
    const shm_string title = shm_text_cell_string(shm_bound_field_at(bound("title"), bern));
    cr_expect(shm_string_equal(title, SHM_STR("Bern")));
}

Test(bound_fields, accessors_of_missing_fields)
{
    const shm_table cities = shm_dataset_table(dataset, 0);
    const void *bern = shm_table_at(&cities, 0);
    cr_expect_eq(bound("i")->stored_kind, 0);
    cr_expect(shm_bound_field_present(bound("i"), bern));
    cr_expect_eq(shm_bound_field_word(bound("i"), bern), (uint64_t)INT64_C(-7));
    cr_expect_eq(shm_bound_field_word(bound("b"), bern), 1);
    cr_expect_eq(shm_bound_field_word(bound("k"), bern), 3);
    cr_expect(shm_bound_field_present(bound("o"), bern));
    cr_expect_eq(shm_bound_field_word(bound("o"), bern), 9);
    cr_expect_not(shm_bound_field_present(bound("n"), bern));
    const char *fields[] = {"s", "l", "y", "any_"};
    const char *texts[] = {"short", "longer than fifteen bytes", "0.10", ""};
    for (size_t i = 0; i < 4; i++) {
        const shm_string text = shm_text_cell_string(shm_bound_field_at(bound(fields[i]), bern));
        cr_expect(shm_string_equal(text, shm_string_of(texts[i], strlen(texts[i]))));
        cr_expect_eq(text.data[text.length], '\0');
    }
    cr_expect(*(const float *)shm_bound_field_at(bound("f"), bern) == 0.25F);
    cr_expect(*(const double *)shm_bound_field_at(bound("g"), bern) == -1.5);
    cr_expect_eq(((const shm_date *)shm_bound_field_at(bound("d"), bern))->days, 19782);
    cr_expect_eq(((const shm_list_cell *)shm_bound_field_at(bound("list"), bern))->count, 0);
    cr_expect_null(shm_record_cell_at(shm_bound_field_at(bound("e"), bern)));
}

Test(bound_fields, of_an_exact_image_they_are_the_schema)
{
    shm_dataset *exact = shm_test_open(&image, older);
    const shm_type *record = older->dataset->collections[0].record;
    const shm_bound_field *fields = shm_dataset_bound_fields(exact, record->id);
    cr_expect(shm_dataset_is_exact(exact));
    for (size_t i = 0; i < record->field_count; i++) {
        cr_expect_neq(fields[i].stored_kind, 0);
        cr_expect_eq(fields[i].offset, record->fields[i].offset);
    }
    shm_dataset_close(exact);
}

Test(bound_fields, each_allocation_may_fail)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS, .schema = newer};
    for (uint64_t nth = 0;; nth++) {
        shm_dataset *opened = NULL;
        shm_error error;
        shm_test_fail_allocation(nth);
        const shm_status status =
            shm_dataset_open_memory(image.bytes, image.size, &options, &opened, &error);
        const bool failed = shm_test_allow_allocations();
        if (!failed) {
            cr_assert_eq(status, SHM_OK);
            shm_dataset_close(opened);
            break;
        }
        /* Without memory to compare them, two schemas count as incompatible. */
        cr_assert(status == SHM_NO_MEMORY || status == SHM_SCHEMA_MISMATCH, "%s", error.text);
        cr_assert_null(opened);
    }
}

/* The other direction: the program is the older one, and no field was widened. */
static const char program_text[] =
    "enum Kind : u8 { small = 1 }\n"
    "record Leaf { name: string; }\n"
    "record City { id: u16; name: string; kind: Kind; leaf: Leaf; }\n"
    "dataset D { cities: array<City>; by_name: multi cities by name; }\n";

static const char image_text[] =
    "enum Kind : u8 { small = 1, large }\n"
    "record Leaf { name: string; size: u8?; }\n"
    "record City { id: u16; title: string was name; kind: Kind; leaf: Leaf; name_count: u8 = 3; }\n"
    "dataset D { cities: array<City>; by_id: index cities by id;"
    "  by_name: multi cities by title; }\n";

static struct shm_test_image newer_image(const char *text)
{
    const shm_schema *schema = shm_test_schema(text);
    shm_builder *builder = shm_test_builder(schema);
    shm_builder_row_begin(builder, 0);
    shm_put_uint(builder, 7);
    shm_put_text(builder, SHM_STR("Bern"));
    shm_put_uint(builder, 2);
    put_leaf(builder, SHM_STR("green"), 1);
    shm_test_row_end(builder);
    const struct shm_test_image made = shm_test_finish(builder);
    shm_schema_free(schema);
    return made;
}

Test(newer_image, an_older_program_reads_it)
{
    struct shm_test_image made = newer_image(image_text);
    const shm_schema *program = shm_test_schema(program_text);
    shm_dataset *opened = shm_test_open(&made, program);
    shm_value row;
    shm_value name;
    shm_value kind;
    shm_value leaf;
    cr_assert(shm_dataset_row(opened, 0, 0, &row));
    cr_assert_eq(shm_value_field(&row, 1, &name), SHM_PRESENT);
    cr_expect(shm_string_equal(shm_value_text(&name), SHM_STR("Bern")), "under its former name");
    cr_assert_eq(shm_value_field(&row, 2, &kind), SHM_PRESENT);
    cr_expect_null(shm_value_enum_name(&kind));
    cr_expect_eq(shm_value_word(&kind), 2);
    cr_assert_eq(shm_value_field(&row, 3, &leaf), SHM_PRESENT);
    cr_assert_eq(shm_value_field(&leaf, 0, &name), SHM_PRESENT);
    cr_expect(shm_string_equal(shm_value_text(&name), SHM_STR("green")));
    uint64_t found = 1;
    shm_row_range range = shm_multi_find_text(
        shm_dataset_index(opened, shm_test_collection(program, "by_name")), SHM_STR("Bern"));
    cr_expect(shm_row_range_next(&range, &found));
    cr_expect_eq(found, 0);
    shm_dataset_close(opened);
    shm_schema_free(program);
    free(made.bytes);
}

Test(newer_image, a_larger_integer_is_refused)
{
    char text[sizeof image_text + 1];
    strcpy(text, image_text);
    memcpy(strstr(text, "u16"), "u32", 3);
    struct shm_test_image made = newer_image(text);
    const shm_schema *program = shm_test_schema(program_text);
    const shm_open_options options = {.schema = program};
    shm_dataset *opened = NULL;
    shm_error error;
    cr_expect_eq(shm_dataset_open_memory(made.bytes, made.size, &options, &opened, &error),
                 SHM_SCHEMA_MISMATCH);
    cr_expect_not_null(strstr(error.text, "newer version of the schema"));
    shm_schema_free(program);
    free(made.bytes);
}
