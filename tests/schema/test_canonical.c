#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libshm/hash.h"
#include "schema/text/text.h"
#include "tests/support/allocation.h"
#include "tests/support/random_schema.h"
#include "tests/support/schemas.h"

#define GOLDEN SHM_TEST_SOURCE "/tests/golden/schema/"

static const char whole[] =
    "const N = 3;\n"
    "enum Kind : i8 { low = -1, high, }\n"
    "struct Unused { x: u8; }\n"
    "/// A row.\n"
    "record Row { a: u8 was z = N deprecated; b: Kind?=high; c:[{string}];\n"
    "  d: f32 = 0.1; e: f64 = -0.0; f: f64 = \"NaN\"; g: string = "
    "\"\\u0001\\\"\\\\\\n\xc3\xa9\\/\";\n"
    "  h: date = \"2024-02-29\"; i: datetime = \"2024-02-29T01:02:03Z\";\n"
    "  j: uuid = \"6BA7B810-9DAD-11D1-80B4-00C04FD430C8\"; k: decimal = 1.50;\n"
    "  l: bool?=true; m: (u8,Part)[N]?; n: {u8:any}; o: f32 = 1; }\n"
    "record Part { }\n"
    "dataset D { rows: array<Row>; by: multi rows by b, a approximate;\n"
    "  m: map<u8, ref<Row>> deprecated; }\n";

static const char canonical[] = "enum Kind : i8 {\n"
                                "  low = -1,\n"
                                "  high = 0\n"
                                "}\n"
                                "\n"
                                "record Row {\n"
                                "  a: u8 = 3 deprecated was z;\n"
                                "  b: Kind? = high;\n"
                                "  c: [{string}];\n"
                                "  d: f32 = 0.1;\n"
                                "  e: f64 = -0.0;\n"
                                "  f: f64 = \"NaN\";\n"
                                "  g: string = \"\\u0001\\\"\\\\\\u000a\xc3\xa9/\";\n"
                                "  h: date = \"2024-02-29\";\n"
                                "  i: datetime = \"2024-02-29T01:02:03Z\";\n"
                                "  j: uuid = \"6ba7b810-9dad-11d1-80b4-00c04fd430c8\";\n"
                                "  k: decimal = \"1.50\";\n"
                                "  l: bool? = true;\n"
                                "  m: (u8, Part)[3]?;\n"
                                "  n: {u8: any};\n"
                                "  o: f32 = 1.0;\n"
                                "}\n"
                                "\n"
                                "record Part {\n"
                                "}\n"
                                "\n"
                                "dataset D {\n"
                                "  rows: array<Row>;\n"
                                "  by: multi rows by b, a approximate 1/1000;\n"
                                "  m: map<u8, ref<Row>> deprecated;\n"
                                "}\n";

Test(canonical, has_one_spelling)
{
    const shm_schema *schema = shm_test_parse(whole);
    cr_assert_str_eq(schema->text.data, canonical);
    cr_assert_eq(schema->text.length, sizeof canonical - 1);
    const shm_hash128 hash = shm_hash128_of(canonical, sizeof canonical - 1, 0);
    cr_assert_eq(schema->fingerprint[0], hash.low);
    cr_assert_eq(schema->fingerprint[1], hash.high);
    cr_assert_eq(schema->declared_count, 4);
    shm_schema_free(schema);
}

static void expect_equal_types(const shm_type *a, const shm_type *b)
{
    char text_a[512];
    char text_b[512];
    shm_type_text(a, text_a, sizeof text_a);
    shm_type_text(b, text_b, sizeof text_b);
    cr_assert_str_eq(text_a, text_b);
    cr_assert_eq(a->kind, b->kind);
    cr_assert_eq(a->size, b->size);
    cr_assert_eq(a->row_size, b->row_size);
    cr_assert_eq(a->field_count, b->field_count);
    for (size_t i = 0; i < a->field_count; i++) {
        cr_assert_eq(a->fields[i].offset, b->fields[i].offset);
        cr_assert_eq(a->fields[i].type->id, b->fields[i].type->id);
        cr_assert_eq(a->fields[i].value.bits, b->fields[i].value.bits);
    }
}

/* The canonical text of a schema means what the schema means. */
static void expect_fixed_point(const shm_schema *schema)
{
    const shm_schema *again = shm_test_parse(schema->text.data);
    cr_assert_str_eq(schema->text.data, again->text.data);
    cr_assert_eq(schema->fingerprint[0], again->fingerprint[0]);
    cr_assert_eq(schema->fingerprint[1], again->fingerprint[1]);
    cr_assert_leq(again->type_count, schema->type_count);
    for (size_t i = 0; i < again->type_count; i++) {
        cr_assert_eq(again->types[i]->id, i);
        expect_equal_types(schema->types[i], again->types[i]);
    }
    cr_assert_eq(schema->dataset->collection_count, again->dataset->collection_count);
    shm_schema_free(again);
}

Test(canonical, is_a_fixed_point)
{
    const shm_schema *schema = shm_test_parse(whole);
    expect_fixed_point(schema);
    shm_schema_free(schema);
    for (uint64_t seed = 0; seed < 1000; seed++) {
        size_t length;
        char *text = shm_test_random_schema(seed, &length);
        schema = shm_test_parse(text);
        expect_fixed_point(schema);
        shm_schema_free(schema);
        free(text);
    }
}

Test(canonical, imports_become_part_of_the_text)
{
    shm_error error;
    const shm_schema *schema = NULL;
    cr_assert_eq(shm_schema_parse_file(GOLDEN "geo.shm", NULL, NULL, &schema, &error), SHM_OK);
    expect_fixed_point(schema);
    cr_assert(strstr(schema->text.data, "record si.Survey {\n") != NULL);
    cr_assert(strstr(schema->text.data, "  surveys: [si.Survey];\n") != NULL);
    cr_assert(strstr(schema->text.data, "//") == NULL);
    shm_schema_free(schema);
}

Test(canonical, equal_types_are_one_object)
{
    const shm_schema *schema = shm_test_parse(
        "record R { a: [(u8, string?)]; b: [(u8, string?)]; c: [(u8, string)]; d: u8[3]; e: u8[3];"
        " f: u8[4]; g: u8?; h: u8?\?; i: {u8: u16}; j: {u16: u8}; k: {u8: u16}; l: ref<R>?; }");
    const shm_field *fields = shm_test_type_of(schema, "R")->fields;
    cr_assert_eq(fields[0].type, fields[1].type);
    cr_assert_neq(fields[0].type, fields[2].type);
    cr_assert_eq(fields[3].type, fields[4].type);
    cr_assert_neq(fields[3].type, fields[5].type);
    cr_assert_neq(fields[6].type, fields[7].type);
    cr_assert_eq(fields[8].type, fields[10].type);
    cr_assert_neq(fields[8].type, fields[9].type);
    cr_assert_eq(fields[11].type->element->element, shm_test_type_of(schema, "R"));
    shm_schema_free(schema);
}

Test(canonical, differs_when_the_meaning_does)
{
    static const char *const texts[] = {"record R { a: u8; }",
                                        "record R { b: u8; }",
                                        "record R { a: i8; }",
                                        "record R { a: u8?; }",
                                        "record R { a: u8?\?; }",
                                        "record R { a: u8 = 0; }",
                                        "record R { a: u8 deprecated; }",
                                        "record R { a: u8 was b; }",
                                        "namespace n; record R { a: u8; }",
                                        "struct R { a: u8; }",
                                        "record Q { a: u8; }",
                                        "record R { a: u8[1]; }"};
    enum { COUNT = sizeof texts / sizeof *texts };
    const shm_schema *schemas[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        schemas[i] = shm_test_parse(texts[i]);
        for (size_t j = 0; j < i; j++)
            cr_assert_neq(schemas[i]->fingerprint[0], schemas[j]->fingerprint[0]);
    }
    for (size_t i = 0; i < COUNT; i++)
        shm_schema_free(schemas[i]);
}

/* Every allocation of a parse fails once: the parse fails, says so, and leaks nothing (the
 * sanitizer build sees that). */
Test(canonical, survives_want_of_memory)
{
    const shm_schema *schema = NULL;
    shm_error error;
    uint64_t nth = 0;
    for (;; nth++) {
        schema = NULL;
        shm_test_fail_allocation(nth);
        const shm_status status =
            shm_schema_parse_file(GOLDEN "geo.shm", NULL, NULL, &schema, &error);
        if (!shm_test_allow_allocations())
            break;
        cr_assert_eq(status, SHM_NO_MEMORY);
        cr_assert_null(schema);
    }
    cr_assert_gt(nth, 3);
    cr_assert_not_null(schema);
    shm_schema_free(schema);
    static const char bad[] = "record A { x: B; y: C; z: ; }";
    for (nth = 0;; nth++) {
        shm_test_fail_allocation(nth);
        const shm_status status = shm_schema_parse(bad, strlen(bad), "t", NULL, &schema, &error);
        if (!shm_test_allow_allocations())
            break;
        cr_assert_eq(status, SHM_NO_MEMORY);
    }
}

Test(canonical, a_text_needs_no_name)
{
    static const char bad[] = "record A { x: B; }";
    const shm_schema *schema = NULL;
    shm_error error = {0};
    cr_assert_eq(shm_schema_parse(bad, strlen(bad), NULL, NULL, &schema, &error), SHM_BAD_SCHEMA);
    cr_expect(strncmp(error.text, "schema:1:", 9) == 0, "%s", error.text);
}

Test(canonical, a_record_of_many_fields_is_no_trouble)
{
    enum { COUNT = 100000 };
    char *text = malloc((size_t)COUNT * 32 + 100);
    cr_assert_not_null(text);
    size_t length = (size_t)sprintf(text, "record R {\n");
    for (unsigned i = 0; i < COUNT; i++)
        length += (size_t)sprintf(text + length, "  field_%u: u32?;\n", i);
    sprintf(text + length, "}\ndataset D { t: array<R>; i: index t by field_%d; }\n", COUNT - 1);
    const shm_schema *schema = shm_test_parse(text);
    cr_assert_eq(shm_test_type_of(schema, "R")->field_count, COUNT);
    cr_assert_eq(shm_schema_collection(schema, "i")->key[0].steps[0],
                 &shm_test_type_of(schema, "R")->fields[COUNT - 1]);
    shm_schema_free(schema);
    free(text);
}
