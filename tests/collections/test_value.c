/* test_value.c — values typed at run time, of every type. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <shm/any.h>

#include "tests/support/build.h"

static const char schema_text[] =
    "enum Kind : i16 { low = -300, mid = 7, high = 300 }\n"
    "enum Wide : u64 { top = 18446744073709551615, zero = 0 }\n"
    "struct Point { x: i8; code: u16; y: f32?; }\n"
    "record Leaf { name: string; next: Leaf?; }\n"
    "record R {\n"
    "  b: bool; i1: i8; i2: i16; i4: i32; i8_: i64; u1: u8; u2: u16; u4: u32; u8_: u64;\n"
    "  f4: f32; f8: f64; s: string; by: bytes; de: decimal; an: any; da: date; dt: datetime;\n"
    "  uu: uuid; k: Kind; w: Wide; p: Point; leaf: Leaf; gone: Leaf?; ref_: ref<R>;\n"
    "  opt: u32?; none: u32?; nul: u32??; not: u32??; here: string??;\n"
    "  list: [u16?]; set: {string}; dict: {i8: string}; arr: i32[3]; tup: (u8, string, f64?);\n"
    "  points: [Point]; leaves: {u8: Leaf}; ten: tensor<i16>; flat: tensor<u8>; opts: u8?[2];\n"
    "}\n"
    "dataset D { rows: array<R>; m: map<u8, string>; grid: tensor<f64>; empty: tensor<u8>; }\n";

static const shm_schema *schema;
static struct shm_test_image image;
static shm_dataset *dataset;
static shm_value row;

static void put_scalars(shm_builder *builder)
{
    shm_put_bool(builder, true);
    shm_put_int(builder, INT8_MIN);
    shm_put_int(builder, INT16_MIN);
    shm_put_int(builder, INT32_MIN);
    shm_put_int(builder, INT64_MIN);
    shm_put_uint(builder, UINT8_MAX);
    shm_put_uint(builder, UINT16_MAX);
    shm_put_uint(builder, UINT32_MAX);
    shm_put_uint(builder, UINT64_MAX);
    shm_put_float(builder, 0.5);
    shm_put_float(builder, -0.0);
    shm_put_text(builder, SHM_STR("a string of more than 15 bytes"));
    shm_put_bytes(builder, shm_bytes_of("\0\xff", 2));
    shm_put_text(builder, SHM_STR("0.10"));
    shm_put_text(builder, SHM_STR("\1"));
    shm_put_date(builder, (shm_date){-1});
    shm_put_datetime(builder, (shm_datetime){.micros = 5, .zone_minutes = -60, .zone_given = 1});
    shm_put_uuid(builder, (shm_uuid){{9, 8, 7}});
    shm_put_text(builder, SHM_STR("low"));
    shm_put_uint(builder, UINT64_MAX);
}

static void put_point(shm_builder *builder, int64_t x, uint64_t code)
{
    shm_put_begin(builder);
    shm_put_int(builder, x);
    shm_put_uint(builder, code);
    if (x > 0) {
        shm_put_float(builder, 1.5);
    }
    shm_put_end(builder);
}

static void put_leaf(shm_builder *builder, shm_string name, shm_string next)
{
    shm_put_begin(builder);
    shm_put_text(builder, name);
    shm_put_begin(builder);
    shm_put_text(builder, next);
    shm_put_end(builder);
    shm_put_end(builder);
}

static void put_optionals(shm_builder *builder)
{
    shm_put_uint(builder, 5);
    shm_put_absent(builder);
    shm_put_null(builder);
    shm_put_absent(builder);
    shm_put_text(builder, SHM_STR("here"));
    shm_put_begin(builder);
    shm_put_uint(builder, 1);
    shm_put_absent(builder);
    shm_put_uint(builder, 3);
    shm_put_end(builder);
}

static void put_containers(shm_builder *builder)
{
    static const uint64_t shape[] = {2, 1};
    static const int16_t elements[] = {-1, 2};
    shm_put_begin(builder);
    shm_put_text(builder, SHM_STR("zebra"));
    shm_put_text(builder, SHM_STR("ant"));
    shm_put_end(builder);
    shm_put_begin(builder);
    shm_put_int(builder, 3);
    shm_put_text(builder, SHM_STR("three"));
    shm_put_int(builder, -3);
    shm_put_text(builder, SHM_STR("minus three, written in full"));
    shm_put_end(builder);
    shm_put_elements(builder, (const int32_t[]){1, -2, 3}, 3);
    shm_put_begin(builder);
    shm_put_uint(builder, 4);
    shm_put_text(builder, SHM_STR("in a tuple"));
    shm_put_absent(builder);
    shm_put_end(builder);
    shm_put_begin(builder);
    put_point(builder, 1, 10);
    put_point(builder, -1, 65535);
    shm_put_end(builder);
    shm_put_begin(builder);
    shm_put_uint(builder, 200);
    put_leaf(builder, SHM_STR("l"), SHM_STR("m"));
    shm_put_end(builder);
    shm_put_tensor(builder, elements, shape, 2);
    shm_put_tensor(builder, NULL, (const uint64_t[]){0}, 1);
    shm_put_field(builder, shm_test_field(schema->dataset->collections[0].record, "opts"));
    shm_put_begin(builder);
    shm_put_absent(builder);
    shm_put_uint(builder, 8);
    shm_put_end(builder);
}

static void build(void)
{
    static const double grid[] = {1, 2, 3, 4, 5, 6};
    schema = shm_test_schema(schema_text);
    shm_builder *builder = shm_test_builder(schema);
    shm_builder_row_begin(builder, 0);
    put_scalars(builder);
    put_point(builder, -4, 40);
    put_leaf(builder, SHM_STR("leaf"), SHM_STR("after it"));
    shm_put_absent(builder);
    shm_put_uint(builder, 0);
    put_optionals(builder);
    put_containers(builder);
    shm_test_row_end(builder);
    shm_builder_row_begin(builder, 1);
    shm_put_uint(builder, 9);
    shm_put_text(builder, SHM_STR("nine"));
    shm_test_row_end(builder);
    cr_assert_eq(shm_builder_tensor_begin(builder, 2, (const uint64_t[]){3, 2}, 2, NULL), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 2, grid, 6, NULL), SHM_OK);
    image = shm_test_finish(builder);
    dataset = shm_test_open(&image, NULL);
    cr_assert(shm_dataset_row(dataset, 0, 0, &row));
}

static void drop(void)
{
    shm_dataset_close(dataset);
    shm_schema_free(schema);
    free(image.bytes);
}

TestSuite(value, .init = build, .fini = drop);

static shm_value field(const shm_value *outer, const char *name)
{
    shm_value inner;
    cr_assert_eq(shm_value_field(outer, shm_test_field(outer->type, name), &inner), SHM_PRESENT,
                 "%s", name);
    return inner;
}

static shm_presence presence(const char *name)
{
    shm_value inner;
    return shm_value_field(&row, shm_test_field(row.type, name), &inner);
}

static uint64_t word(const char *name)
{
    const shm_value inner = field(&row, name);
    return shm_value_word(&inner);
}

static shm_string text(const shm_value *outer, const char *name)
{
    const shm_value inner = field(outer, name);
    return shm_value_text(&inner);
}

static shm_value item(const shm_value *outer, uint64_t i)
{
    shm_value inner;
    cr_assert_eq(shm_value_item(outer, i, &inner), SHM_PRESENT);
    return inner;
}

static bool is_text(const shm_value *value, const char *expected)
{
    return shm_string_equal(shm_value_text(value), shm_string_of(expected, strlen(expected)));
}

Test(value, words)
{
    cr_expect_eq(word("b"), 1);
    cr_expect_eq(word("i1"), (uint64_t)INT8_MIN);
    cr_expect_eq(word("i2"), (uint64_t)INT16_MIN);
    cr_expect_eq(word("i4"), (uint64_t)INT32_MIN);
    cr_expect_eq(word("i8_"), (uint64_t)INT64_MIN);
    cr_expect_eq(word("u1"), UINT8_MAX);
    cr_expect_eq(word("u2"), UINT16_MAX);
    cr_expect_eq(word("u4"), UINT32_MAX);
    cr_expect_eq(word("u8_"), UINT64_MAX);
    cr_expect_eq(word("da"), UINT64_MAX);
    cr_expect_eq(word("ref_"), 0);
    cr_expect_eq(word("k"), (uint64_t)INT64_C(-300));
    cr_expect_eq(word("w"), UINT64_MAX);
}

Test(value, enums_have_names)
{
    const shm_value kind = field(&row, "k");
    const shm_value wide = field(&row, "w");
    cr_expect_str_eq(shm_value_enum_name(&kind), "low");
    cr_expect_str_eq(shm_value_enum_name(&wide), "top");
    const int16_t numbers[] = {7, 300, 8};
    const char *names[] = {"mid", "high", NULL};
    for (size_t i = 0; i < 3; i++) {
        shm_value other = kind;
        other.at = &numbers[i];
        const char *name = shm_value_enum_name(&other);
        cr_expect(name == names[i] || strcmp(name, names[i]) == 0);
    }
}

Test(value, other_scalars)
{
    const shm_value f4 = field(&row, "f4");
    const shm_value f8 = field(&row, "f8");
    cr_expect(shm_value_float(&f4) == 0.5);
    cr_expect(shm_value_float(&f8) == 0 && signbit(shm_value_float(&f8)));
    cr_expect(shm_string_equal(text(&row, "s"), SHM_STR("a string of more than 15 bytes")));
    cr_expect_eq(text(&row, "s").data[30], '\0');
    cr_expect(shm_string_equal(text(&row, "by"), SHM_STR("\0\xff")));
    cr_expect(shm_string_equal(text(&row, "de"), SHM_STR("0.10")));
    const shm_string any = text(&row, "an");
    cr_expect_eq(shm_any_at(shm_bytes_of(any.data, any.length)).kind, SHM_ANY_FALSE);
    const shm_value date = field(&row, "da");
    cr_expect_eq(shm_value_date(&date).days, -1);
    const shm_value datetime = field(&row, "dt");
    cr_expect_eq(shm_value_datetime(&datetime).micros, 5);
    cr_expect_eq(shm_value_datetime(&datetime).zone_minutes, -60);
    const shm_value uuid = field(&row, "uu");
    cr_expect_eq(shm_value_uuid(&uuid).bytes[2], 7);
}

Test(value, optionals)
{
    cr_expect_eq(presence("opt"), SHM_PRESENT);
    cr_expect_eq(word("opt"), 5);
    cr_expect_eq(presence("none"), SHM_ABSENT);
    cr_expect_eq(presence("nul"), SHM_IS_NULL);
    cr_expect_eq(presence("not"), SHM_ABSENT);
    cr_expect_eq(presence("here"), SHM_PRESENT);
    cr_expect_eq(presence("gone"), SHM_ABSENT);
    cr_expect(shm_string_equal(text(&row, "here"), SHM_STR("here")));
}

Test(value, structs_records_and_tuples)
{
    shm_value inner;
    const shm_value point = field(&row, "p");
    cr_expect_eq(point.type->kind, SHM_STRUCT);
    const shm_value x = field(&point, "x");
    cr_expect_eq(shm_value_word(&x), (uint64_t)INT64_C(-4));
    cr_expect_eq(shm_value_field(&point, 2, &inner), SHM_ABSENT);
    const shm_value leaf = field(&row, "leaf");
    cr_expect_eq(leaf.type->kind, SHM_RECORD);
    const shm_value next = field(&leaf, "next");
    cr_expect(shm_string_equal(text(&next, "name"), SHM_STR("after it")));
    cr_expect_eq(shm_value_field(&next, 1, &inner), SHM_ABSENT);
    const shm_value tuple = field(&row, "tup");
    cr_expect_eq(shm_value_field(&tuple, 0, &inner), SHM_PRESENT);
    cr_expect_eq(shm_value_word(&inner), 4);
    cr_expect_eq(shm_value_field(&tuple, 1, &inner), SHM_PRESENT);
    cr_expect(is_text(&inner, "in a tuple"));
    cr_expect_eq(shm_value_field(&tuple, 2, &inner), SHM_ABSENT);
}

Test(value, lists_and_arrays)
{
    shm_value inner;
    const shm_value list = field(&row, "list");
    cr_assert_eq(shm_value_count(&list), 3);
    inner = item(&list, 0);
    cr_expect_eq(shm_value_word(&inner), 1);
    cr_expect_eq(inner.type->kind, SHM_U16);
    cr_expect_eq(shm_value_item(&list, 1, &inner), SHM_ABSENT);
    inner = item(&list, 2);
    cr_expect_eq(shm_value_word(&inner), 3);
    cr_expect_eq(shm_value_item(&list, 3, &inner), SHM_ABSENT, "past the end");
    const shm_value array = field(&row, "arr");
    cr_assert_eq(shm_value_count(&array), 3);
    inner = item(&array, 1);
    cr_expect_eq(shm_value_word(&inner), (uint64_t)INT64_C(-2));
    const shm_value optionals = field(&row, "opts");
    cr_expect_eq(shm_value_item(&optionals, 0, &inner), SHM_ABSENT);
    inner = item(&optionals, 1);
    cr_expect_eq(shm_value_word(&inner), 8);
    const shm_value points = field(&row, "points");
    inner = item(&points, 1);
    const shm_value code = field(&inner, "code");
    cr_expect_eq(shm_value_word(&code), 65535);
    cr_expect_eq(shm_value_count(&inner), 0, "a struct has no elements");
}

Test(value, sets_and_dicts_are_in_key_order)
{
    shm_value inner;
    const shm_value set = field(&row, "set");
    cr_assert_eq(shm_value_count(&set), 2);
    inner = item(&set, 0);
    cr_expect(is_text(&inner, "ant"));
    inner = item(&set, 1);
    cr_expect(is_text(&inner, "zebra"));
    const shm_value dict = field(&row, "dict");
    cr_assert_eq(shm_value_count(&dict), 2);
    shm_value_dict_key(&dict, 0, &inner);
    cr_expect_eq(shm_value_word(&inner), (uint64_t)INT64_C(-3));
    inner = item(&dict, 0);
    cr_expect(is_text(&inner, "minus three, written in full"));
    shm_value_dict_key(&dict, 1, &inner);
    cr_expect_eq(shm_value_word(&inner), 3);
    inner = item(&dict, 1);
    cr_expect(is_text(&inner, "three"));
    const shm_value leaves = field(&row, "leaves");
    inner = item(&leaves, 0);
    cr_expect(shm_string_equal(text(&inner, "name"), SHM_STR("l")));
}

Test(value, tensors)
{
    const shm_value ten = field(&row, "ten");
    const shm_tensor tensor = shm_value_tensor(&ten);
    cr_assert_eq(tensor.ndim, 2);
    cr_assert_eq(tensor.count, 2);
    cr_expect(tensor.shape[0] == 2 && tensor.shape[1] == 1);
    cr_expect_eq(((const int16_t *)tensor.data)[0], -1);
    const shm_value flat = field(&row, "flat");
    const shm_tensor empty = shm_value_tensor(&flat);
    cr_expect(empty.ndim == 1 && empty.count == 0 && empty.shape == NULL);
}

Test(value, tensor_collections)
{
    shm_tensor tensor;
    cr_assert(shm_dataset_tensor(dataset, 2, &tensor));
    cr_assert_eq(tensor.ndim, 2);
    cr_expect(tensor.shape[0] == 3 && tensor.shape[1] == 2);
    cr_expect_eq(tensor.count, 6);
    cr_expect(((const double *)tensor.data)[5] == 6);
    cr_assert(shm_dataset_tensor(dataset, 3, &tensor));
    cr_expect(tensor.ndim == 1 && tensor.count == 0);
    cr_expect(tensor.shape == NULL || tensor.shape[0] == 0);
    cr_expect_not(shm_dataset_tensor(dataset, 0, &tensor));
    cr_expect_not(shm_dataset_tensor(dataset, 4, &tensor));
}

Test(value, rows_of_maps_have_a_key_and_a_value)
{
    shm_value pair;
    cr_assert(shm_dataset_row(dataset, 1, 0, &pair));
    const shm_value key = field(&pair, "key");
    cr_expect_eq(shm_value_word(&key), 9);
    cr_expect(shm_string_equal(text(&pair, "value"), SHM_STR("nine")));
}

Test(value, past_the_end_there_is_no_row)
{
    shm_value none = {.at = NULL};
    cr_expect_not(shm_dataset_row(dataset, 0, 1, &none));
    cr_expect_not(shm_dataset_row(dataset, 0, UINT64_MAX, &none));
    cr_expect_not(shm_dataset_row(dataset, 2, 0, &none), "a tensor has no rows");
    cr_expect_not(shm_dataset_row(dataset, 99, 0, &none));
    cr_expect_null(none.at);
}
