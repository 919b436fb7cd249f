/* Putting values: what is taken, and what each refusal says. */
#include <criterion/criterion.h>

#include <float.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/any.h>
#include <shm/builder.h>
#include <shm/dataset.h>
#include <shm/text.h>

#include "tests/support/images.h"
#include "tests/support/build.h"

typedef void put_call(shm_builder *builder);

static shm_builder *open_builder(const shm_schema *schema)
{
    shm_builder *builder = NULL;
    shm_error error;
    cr_assert_eq(shm_builder_open(schema, NULL, &builder, &error), SHM_OK, "%s", error.text);
    return builder;
}

/* What a row of a record with the members `fields` says when `put` fills it; "" if it is taken. */
static const char *refusal_under(const char *types, const char *fields, put_call *put,
                                 shm_status *status)
{
    static char text[SHM_ERROR_TEXT_BYTES];
    char source[2048];
    snprintf(source, sizeof source, "%s record R { %s } dataset D { rows: array<R>; }", types,
             fields);
    const shm_schema *schema = shm_test_schema(source);
    shm_builder *builder = open_builder(schema);
    shm_error error = {.text = ""};
    shm_builder_row_begin(builder, 0);
    put(builder);
    *status = shm_builder_row_end(builder, NULL, &error);
    strcpy(text, *status == SHM_OK ? "" : error.text);
    if (*status != SHM_OK) {
        shm_error again;
        cr_assert_eq(shm_builder_publish(builder, "never.img", &again), *status);
        cr_assert_str_eq(again.text, text, "the first failure is kept");
    }
    shm_builder_close(builder);
    shm_schema_free(schema);
    return text;
}

static void expect(const char *types, const char *fields, put_call *put, const char *text)
{
    shm_status status;
    const char *said = refusal_under(types, fields, put, &status);
    cr_expect_str_eq(said, text, "'%s', not '%s'", said, text);
    cr_expect_eq(status, text[0] == '\0' ? SHM_OK : SHM_INVALID);
}

static void put_300(shm_builder *builder)
{
    shm_put_int(builder, 300);
}

static void put_minus_1(shm_builder *builder)
{
    shm_put_int(builder, -1);
}

static void put_greatest(shm_builder *builder)
{
    shm_put_uint(builder, UINT64_MAX);
}

static void put_7(shm_builder *builder)
{
    shm_put_uint(builder, 7);
}

static void put_half(shm_builder *builder)
{
    shm_put_float(builder, 0.5);
}

static void put_greatest_float(shm_builder *builder)
{
    shm_put_float(builder, DBL_MAX);
}

static void put_abc(shm_builder *builder)
{
    shm_put_text(builder, SHM_STR("abc"));
}

static void put_nothing(shm_builder *builder)
{
    (void)builder;
}

static void put_absent(shm_builder *builder)
{
    shm_put_absent(builder);
}

static void put_null(shm_builder *builder)
{
    shm_put_null(builder);
}

Test(put, integers_within_their_range)
{
    expect("", "a: u8;", put_300, "a: 300 is out of range for u8 (0 to 255)");
    expect("", "a: u64;", put_minus_1, "a: -1 is out of range for u64 (0 to 18446744073709551615)");
    expect("", "a: i8;", put_300, "a: 300 is out of range for i8 (-128 to 127)");
    expect("", "a: i64;", put_greatest,
           "a: 18446744073709551615 is out of range for i64 "
           "(-9223372036854775808 to 9223372036854775807)");
    expect("", "a: u64;", put_greatest, "");
    expect("", "a: i8;", put_minus_1, "");
    expect("", "a: u16?;", put_300, "");
}

static void put_edge(shm_builder *builder)
{
    shm_put_int(builder, INT8_MIN);
    shm_put_int(builder, INT8_MAX);
    shm_put_int(builder, INT32_MIN);
    shm_put_uint(builder, UINT32_MAX);
    shm_put_int(builder, INT64_MIN);
}

static void put_below_i8(shm_builder *builder)
{
    shm_put_int(builder, INT8_MIN - 1);
}

Test(put, integers_at_their_limits)
{
    expect("", "a: i8; b: i8; c: i32; d: u32; e: i64;", put_edge, "");
    expect("", "a: i8;", put_below_i8, "a: -129 is out of range for i8 (-128 to 127)");
}

Test(put, the_wrong_kind)
{
    expect("", "id: u32;", put_abc, "id: a string where u32 is expected");
    expect("", "id: u32?;", put_abc, "id: a string where u32 is expected");
    expect("", "id: string;", put_7, "id: an integer where string is expected");
    expect("", "id: f64;", put_7, "id: an integer where f64 is expected");
    expect("", "id: [u8];", put_7, "id: an integer where [u8] is expected");
    expect("", "id: u8;", put_half, "id: a float where u8 is expected");
    expect("", "id: u8;", shm_put_begin, "id: a composite value where u8 is expected");
    expect("", "id: u8;", put_absent, "id: no value where u8 is expected");
    expect("", "id: u8;", put_null, "id: null where u8 is expected");
    expect("", "id: u8?; b: any;", put_null, "");
    expect("", "id: any;", put_null, "");
}

Test(put, floats)
{
    expect("", "a: f32;", put_half, "");
    expect("", "a: f32;", put_greatest_float, "a: 1.7976931348623157e+308 is out of range for f32");
    expect("", "a: f64;", put_greatest_float, "");
}

Test(put, missing_fields)
{
    expect("", "id: u32;", put_nothing, "missing field 'id'");
    expect("struct P { x: u8; }", "at: P;", put_nothing, "missing field 'at'");
    expect("", "a: string;", put_nothing, "missing field 'a'");
    expect("", "a: tensor<f32>;", put_nothing, "missing field 'a'");
    expect("", "a: u8?; b: [u8]; c: {u8}; d: {u8: u8}; e: any; f: u8 = 3;", put_nothing, "");
}

static void put_partial_struct(shm_builder *builder)
{
    shm_put_begin(builder);
    shm_put_uint(builder, 1);
    shm_put_end(builder);
}

Test(put, missing_fields_inside)
{
    expect("struct P { x: u8; y: u8; }", "at: P;", put_partial_struct, "at: missing field 'y'");
    expect("record P { x: u8; y: u8; }", "at: P?;", put_partial_struct, "at: missing field 'y'");
    expect("", "at: (u8, u8);", put_partial_struct, "at: missing element 1");
    expect("", "at: u8[2];", put_partial_struct, "at: 1 elements where 2 are expected");
}

static void put_twice(shm_builder *builder)
{
    shm_put_uint(builder, 1);
    shm_put_field(builder, 0);
    shm_put_uint(builder, 1);
}

static void put_too_many(shm_builder *builder)
{
    shm_put_uint(builder, 1);
    shm_put_uint(builder, 2);
}

static void put_field_9(shm_builder *builder)
{
    shm_put_field(builder, 9);
}

static void put_three_elements(shm_builder *builder)
{
    shm_put_begin(builder);
    for (uint64_t i = 0; i < 3; i++) {
        shm_put_uint(builder, i);
    }
    shm_put_end(builder);
}

Test(put, more_than_there_is_room_for)
{
    expect("", "a: u8; b: u8;", put_twice, "a: put twice");
    expect("", "a: u8;", put_too_many, "an integer after the last field");
    expect("", "a: u8;", put_field_9, "there is no field 9");
    expect("", "a: u8[2];", put_three_elements, "a: more than 2 elements");
}

static void put_list_300(shm_builder *builder)
{
    shm_put_begin(builder);
    for (int i = 297; i <= 300; i++) {
        shm_put_int(builder, i == 300 ? 300 : 0);
    }
    shm_put_end(builder);
}

static void put_dict_twice(shm_builder *builder)
{
    shm_put_begin(builder);
    const char *keys[] = {"fr", "de", "a key that is long enough", "de"};
    for (int i = 0; i < 4; i++) {
        shm_put_text(builder, shm_string_of(keys[i], strlen(keys[i])));
        shm_put_uint(builder, 1);
    }
    shm_put_end(builder);
}

static void put_dict_long(shm_builder *builder)
{
    shm_put_begin(builder);
    shm_put_text(builder, SHM_STR("0123456789012345678901234567890123456789\xc3\xa4 and more"));
    shm_put_text(builder, SHM_STR("x"));
    shm_put_end(builder);
}

static void put_nested(shm_builder *builder)
{
    shm_put_begin(builder);
    for (int i = 0; i < 2; i++) {
        shm_put_begin(builder);
        shm_put_uint(builder, i == 0 ? 1 : 256);
        shm_put_end(builder);
    }
    shm_put_end(builder);
}

static void put_key_only(shm_builder *builder)
{
    shm_put_begin(builder);
    shm_put_text(builder, SHM_STR("de"));
    shm_put_end(builder);
}

Test(put, paths)
{
    expect("", "tags: [u8];", put_list_300, "tags[3]: 300 is out of range for u8 (0 to 255)");
    expect("", "names: {string: u8};", put_dict_twice, "names[\"de\"]: repeated key");
    expect("", "names: {string: u8};", put_dict_long,
           "names[\"0123456789012345678901234567890123456789...\"]: a string where u8 is expected");
    expect("struct P { lat: u8; }", "where: [P];", put_nested,
           "where[1].lat: 256 is out of range for u8 (0 to 255)");
    expect("record P { lat: u8; }", "where: [P];", put_nested,
           "where[1].lat: 256 is out of range for u8 (0 to 255)");
    expect("struct P { lat: u8; }", "where: (P, P);", put_nested,
           "where[1].lat: 256 is out of range for u8 (0 to 255)");
    expect("", "names: {string: u8};", put_key_only, "names: a key without a value");
}

static void put_bad_utf8(shm_builder *builder)
{
    shm_put_text(builder, SHM_STR("abc\xff"));
}

static void put_bad_utf8_bytes(shm_builder *builder)
{
    shm_put_bytes(builder, shm_bytes_of("abc\xff", 4));
}

static void put_decimal(shm_builder *builder)
{
    shm_put_text(builder, SHM_STR("1e"));
}

Test(put, texts)
{
    expect("", "a: string;", put_bad_utf8, "a: not valid UTF-8 at byte 3");
    expect("", "a: bytes;", put_bad_utf8_bytes, "");
    expect("", "a: bytes;", put_abc, "a: a string where bytes is expected");
    expect("", "a: decimal;", put_decimal, "a: \"1e\" is not a decimal of up to 4096 bytes");
    expect("", "a: any;", put_bad_utf8_bytes, "a: the bytes are not an encoded value");
    expect("enum E : u8 { a, b }", "e: E;", put_abc, "e: unknown value \"abc\" of enum E");
    expect("enum E : u8 { a, abc }", "e: E;", put_abc, "");
    expect("enum E : u8 { a, b }", "e: E;", put_7, "e: unknown value 7 of enum E");
    expect("enum E : i8 { a = -1, b }", "e: E;", put_minus_1, "");
    expect("enum E : u64 { a = 18446744073709551615, b = 0 }", "e: E;", put_minus_1,
           "e: unknown value -1 of enum E");
    expect("enum E : u64 { a = 18446744073709551615, b = 0 }", "e: E;", put_greatest, "");
}

static void put_bad_date(shm_builder *builder)
{
    shm_put_date(builder, (shm_date){INT32_MAX});
}

static void put_bad_datetime(shm_builder *builder)
{
    shm_put_datetime(builder, (shm_datetime){INT64_MAX, 0, 0, 0});
}

static void put_good_datetime(shm_builder *builder)
{
    shm_put_datetime(builder, (shm_datetime){0, 120, 1, 77});
}

Test(put, times)
{
    expect("", "a: date;", put_bad_date, "a: day 2147483647 is outside of the years 1 to 9999");
    expect("", "a: datetime;", put_bad_datetime,
           "a: 9223372036854775807 microseconds, zone 0 minutes, is not a datetime of the years 1 "
           "to 9999 and zones up to 23:59");
    expect("", "a: datetime;", put_good_datetime, "");
}

static void put_bool_elements(shm_builder *builder)
{
    static const uint8_t elements[] = {0, 1, 2};
    shm_put_elements(builder, elements, 3);
}

static void put_enum_elements(shm_builder *builder)
{
    static const uint8_t elements[] = {0, 1, 9};
    shm_put_elements(builder, elements, 3);
}

Test(put, elements_are_checked)
{
    expect("", "a: [bool];", put_bool_elements, "a[2]: 2 is not a bool (0 or 1)");
    expect("enum E : u8 { x, y }", "a: [E];", put_enum_elements, "a[2]: unknown value 9 of enum E");
    expect("", "a: [u8];", put_enum_elements, "");
    expect("", "a: {u8};", put_enum_elements, "");
    expect("", "a: u8[3];", put_enum_elements, "");
    expect("", "a: u8[4];", put_enum_elements, "a: 3 elements where 4 are expected");
    expect("", "a: [string];", put_enum_elements, "a: elements where [string] is expected");
    expect("", "a: [u8?];", put_enum_elements, "a: elements where [u8?] is expected");
}

Test(put, calls_out_of_place)
{
    const shm_schema *schema = shm_test_schema(
        "record R { a: u8; } dataset D { rows: array<R>; by_a: index rows by a; t: tensor<u8>; }");
    const struct {
        uint32_t collection;
        const char *text;
    } wrong[] = {{1, "by_a takes no rows of its own"},
                 {2, "t takes no rows of its own"},
                 {3, "a collection that does not exist takes no rows"}};
    shm_error error;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        shm_builder *builder = open_builder(schema);
        shm_builder_row_begin(builder, wrong[i].collection);
        cr_expect_eq(shm_builder_status(builder, &error), SHM_INVALID);
        cr_expect_str_eq(error.text, wrong[i].text, "%s", error.text);
        shm_builder_close(builder);
    }
    shm_builder *builder = open_builder(schema);
    shm_put_uint(builder, 1);
    cr_expect_eq(shm_builder_status(builder, &error), SHM_INVALID);
    cr_expect_str_eq(error.text, "an integer outside of a row");
    shm_builder_close(builder);
    builder = open_builder(schema);
    shm_builder_row_begin(builder, 0);
    cr_expect_eq(shm_builder_publish(builder, "never.img", &error), SHM_INVALID);
    cr_expect_str_eq(error.text, "the last row has not ended");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

Test(put, path_and_next_type)
{
    const shm_schema *schema =
        shm_test_schema("struct P { lat: f64; } record R { where: P; names: {string: [u8?]}; }"
                        "dataset D { rows: array<R>; }");
    shm_builder *builder = open_builder(schema);
    char path[64];
    char type[64];
    const struct {
        const char *path;
        const char *type;
    } steps[] = {{"where", "P"},
                 {"where.lat", "f64"},
                 {"names", "{string: [u8?]}"},
                 {"names[key 0]", "string"},
                 {"names[\"de\"]", "[u8?]"},
                 {"names[\"de\"][0]", "u8?"}};
    cr_expect_null(shm_builder_next_type(builder));
    cr_expect_eq(shm_builder_path(builder, path, sizeof path), 0);
    shm_builder_row_begin(builder, 0);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        cr_expect_eq(shm_builder_path(builder, path, sizeof path), strlen(steps[i].path));
        cr_expect_str_eq(path, steps[i].path, "%s", path);
        shm_type_text(shm_builder_next_type(builder), type, sizeof type);
        cr_expect_str_eq(type, steps[i].type, "%s", type);
        if (i == 1) {
            shm_put_float(builder, 1);
            cr_expect_null(shm_builder_next_type(builder));
            shm_put_end(builder);
        } else if (i == 3) {
            shm_put_text(builder, SHM_STR("de"));
        } else {
            shm_put_begin(builder);
        }
    }
    cr_expect_eq(shm_builder_path(builder, path, 4), strlen("names[\"de\"][0]"));
    cr_expect_str_eq(path, "nam");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

/* A list in a list in a list...: `depth` items on top of each other. */
static shm_status put_depth(size_t depth, shm_error *error)
{
    const shm_schema *schema = shm_test_schema(
        "record N { inner: N?; } record R { top: N?; } dataset D { rows: array<R>; }");
    shm_builder *builder = open_builder(schema);
    shm_builder_row_begin(builder, 0);
    for (size_t i = 0; i < depth; i++) {
        shm_put_begin(builder);
    }
    for (size_t i = 0; i < depth; i++) {
        shm_put_end(builder);
    }
    const shm_status status = shm_builder_row_end(builder, NULL, error);
    if (status == SHM_OK) {
        const struct shm_test_image image = shm_test_image_of(builder);
        cr_expect_eq(shm_image_verify_memory(image.bytes, image.size, NULL, error), SHM_OK);
        free(image.bytes);
    }
    shm_builder_close(builder);
    shm_schema_free(schema);
    return status;
}

Test(put, depth_has_a_limit)
{
    shm_error error;
    cr_expect_eq(put_depth(SHM_NESTING_DEPTH_MAX - 1, &error), SHM_OK);
    cr_expect_eq(put_depth(SHM_NESTING_DEPTH_MAX, &error), SHM_OK);
    cr_expect_eq(put_depth(SHM_NESTING_DEPTH_MAX + 1, &error), SHM_LIMIT);
    cr_expect_not_null(strstr(error.text, "nested deeper than 1000 values"));
}
