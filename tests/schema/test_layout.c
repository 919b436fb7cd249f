#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema/model/layout.h"
#include "tests/support/random_schema.h"
#include "tests/support/schemas.h"

static void expect_field(const shm_type *type, size_t i, uint64_t offset)
{
    cr_assert_eq(type->fields[i].offset, offset, "%s of %s stands at %llu", type->fields[i].name,
                 type->name, (unsigned long long)type->fields[i].offset);
}

static void expect_presence(const shm_type *type, size_t i, uint64_t word, uint32_t bit)
{
    cr_assert_eq(type->fields[i].presence_offset, word);
    cr_assert_eq(type->fields[i].presence_bit, bit);
}

Test(layout, sizes_and_alignments)
{
    static const struct {
        const char *text;
        uint64_t size;
        uint64_t align;
        bool has_cells;
        bool is_key;
    } cases[] = {
        {"bool", 1, 1, false, true},
        {"i8", 1, 1, false, true},
        {"u16", 2, 2, false, true},
        {"i32", 4, 4, false, true},
        {"u64", 8, 8, false, true},
        {"f32", 4, 4, false, true},
        {"f64", 8, 8, false, true},
        {"string", 16, 8, true, true},
        {"bytes", 16, 8, true, true},
        {"decimal", 16, 8, true, false},
        {"any", 16, 8, true, false},
        {"date", 4, 4, false, true},
        {"datetime", 16, 8, false, true},
        {"uuid", 16, 1, false, true},
        {"E", 2, 2, false, true},
        {"S", 12, 4, false, true},
        {"O", 16, 8, false, false},
        {"A", 3, 1, false, false},
        {"R", 8, 8, true, false},
        {"ref<R>", 8, 8, false, false},
        {"[u8]", 16, 8, true, false},
        {"{u8}", 16, 8, true, false},
        {"{u8: u8}", 16, 8, true, false},
        {"tensor<u8>", 16, 8, true, false},
        {"u16[5]", 10, 2, false, false},
        {"string[2]", 32, 8, true, false},
        {"(u8, u32)", 8, 4, false, false},
        {"(u8, string)", 24, 8, true, false},
        {"(u8?, u16)", 16, 8, false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "enum E : i16 { a } struct S { x: u8; y: i32; z: u16; } struct O { x: u8?; }"
                 "struct A { x: u8[3]; } record R { } record T { x: %s; }",
                 cases[i].text);
        const shm_schema *schema = shm_test_parse(text);
        const shm_type *type = shm_test_type_of(schema, "T")->fields[0].type;
        cr_expect_eq(type->size, cases[i].size, "%s", cases[i].text);
        cr_expect_eq(type->align, cases[i].align, "%s", cases[i].text);
        cr_expect_eq(type->has_cells, cases[i].has_cells, "%s", cases[i].text);
        cr_expect_eq(type->is_key, cases[i].is_key, "%s", cases[i].text);
        char again[64];
        cr_expect_eq(shm_type_text(type, again, sizeof again), strlen(cases[i].text));
        cr_expect_str_eq(again, cases[i].text);
        shm_schema_free(schema);
    }
}

Test(layout, optionals_outside_of_rows)
{
    const shm_schema *schema =
        shm_test_parse("record R { a: [u8?]; b: [u64?]; c: [string?]; d: [u8[3]?]; }");
    const shm_type *record = shm_test_type_of(schema, "R");
    static const uint64_t sizes[] = {2, 16, 24, 4};
    for (size_t i = 0; i < 4; i++)
        cr_assert_eq(record->fields[i].type->element->size, sizes[i]);
    shm_schema_free(schema);
}

Test(layout, rows)
{
    const shm_schema *schema =
        shm_test_parse("record Empty { } record One { a: u8; }"
                       "record R { a: u8; b: u32; c: u8?; d: u64?\?; e: u16; f: string?; g: u8; }");
    cr_assert_eq(shm_test_type_of(schema, "Empty")->row_size, 8);
    cr_assert_eq(shm_test_type_of(schema, "One")->row_size, 8);
    const shm_type *r = shm_test_type_of(schema, "R");
    expect_field(r, 0, 0);
    expect_field(r, 1, 4);
    expect_field(r, 2, 16);
    expect_field(r, 3, 24);
    expect_field(r, 4, 32);
    expect_field(r, 5, 40);
    expect_field(r, 6, 56);
    expect_presence(r, 2, 8, 0);
    expect_presence(r, 3, 8, 1);
    expect_presence(r, 5, 8, 3);
    cr_assert_eq(r->row_size, 64);
    cr_assert_eq(r->size, 8);
    shm_schema_free(schema);
}

/* A record of `count` optional fields. */
static const shm_schema *optionals(size_t count, const char *type)
{
    char *text = malloc(count * 40 + 40);
    cr_assert_not_null(text);
    size_t length = (size_t)sprintf(text, "record R {");
    for (size_t i = 0; i < count; i++)
        length += (size_t)sprintf(text + length, " f%zu: %s;", i, type);
    sprintf(text + length, " }");
    const shm_schema *schema = shm_test_parse(text);
    free(text);
    return schema;
}

Test(layout, sixty_four_bits_share_a_word)
{
    const shm_schema *schema = optionals(130, "u8?");
    const shm_type *r = shm_test_type_of(schema, "R");
    expect_presence(r, 0, 0, 0);
    expect_field(r, 0, 8);
    expect_presence(r, 63, 0, 63);
    expect_field(r, 63, 71);
    expect_presence(r, 64, 72, 0);
    expect_field(r, 64, 80);
    expect_presence(r, 128, 144, 0);
    expect_field(r, 129, 153);
    cr_assert_eq(r->row_size, 160);
    shm_schema_free(schema);
}

Test(layout, two_bits_are_never_split)
{
    char text[4096] = "record R { a: u8?;";
    size_t length = strlen(text);
    for (unsigned i = 0; i < 32; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, " f%u: u8?\?;", i);
    snprintf(text + length, sizeof text - length, " z: u8?; }");
    const shm_schema *schema = shm_test_parse(text);
    const shm_type *r = shm_test_type_of(schema, "R");
    expect_presence(r, 31, 0, 61);
    expect_presence(r, 32, 40, 0);
    expect_presence(r, 33, 40, 2);
    shm_schema_free(schema);
}

Test(layout, appending_moves_nothing)
{
    for (size_t count = 1; count < 140; count++) {
        const char *type = count % 3 == 0 ? "u8?\?" : count % 3 == 1 ? "u64?" : "u16?";
        const shm_schema *before = optionals(count, type);
        const shm_schema *after = optionals(count + 1, type);
        const shm_type *old = shm_test_type_of(before, "R");
        const shm_type *new = shm_test_type_of(after, "R");
        for (size_t i = 0; i < count; i++) {
            cr_assert_eq(old->fields[i].offset, new->fields[i].offset);
            cr_assert_eq(old->fields[i].presence_offset, new->fields[i].presence_offset);
            cr_assert_eq(old->fields[i].presence_bit, new->fields[i].presence_bit);
        }
        cr_assert_leq(old->row_size, new->row_size);
        shm_schema_free(before);
        shm_schema_free(after);
    }
}

/* Whether two spans of bytes share one. */
static bool overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
    return a < b + b_size && b < a + a_size;
}

static void expect_sound_fields(const shm_type *type, uint64_t size)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        const bool optional = field->type->kind == SHM_OPTIONAL;
        const shm_type *value = optional ? field->type->element : field->type;
        cr_assert_eq(field->offset % value->align, 0);
        cr_assert_leq(field->offset + value->size, size);
        if (i > 0)
            cr_assert_gt(field->offset, type->fields[i - 1].offset);
        if (!optional)
            continue;
        cr_assert_eq(field->presence_offset % 8, 0);
        cr_assert_leq(field->presence_bit + (field->type->nullable ? 2 : 1), 64);
        for (size_t j = 0; j < type->field_count; j++) {
            const shm_field *other = &type->fields[j];
            const shm_type *held =
                other->type->kind == SHM_OPTIONAL ? other->type->element : other->type;
            cr_assert_not(overlap(field->presence_offset, 8, other->offset, held->size));
        }
    }
}

Test(layout, of_random_schemas_is_sound)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        size_t length;
        char *text = shm_test_random_schema(seed, &length);
        const shm_schema *schema = shm_test_parse(text);
        for (size_t i = 0; i < schema->type_count; i++) {
            const shm_type *type = schema->types[i];
            cr_assert_eq(type->size % type->align, 0);
            if (type->kind == SHM_RECORD) {
                cr_assert_eq(type->row_size % 8, 0);
                cr_assert_geq(type->row_size, 8);
                expect_sound_fields(type, type->row_size);
            } else if (type->field_count > 0) {
                expect_sound_fields(type, type->size);
            }
        }
        shm_schema_free(schema);
        free(text);
    }
}

Test(layout, type_text_is_cut_like_snprintf)
{
    const shm_schema *schema = shm_test_parse("record R { a: {string: [u32?]}; b: ref<R>[3]?\?; }");
    const shm_type *type = shm_test_type_of(schema, "R")->fields[0].type;
    char text[32];
    cr_assert_eq(shm_type_text(type, NULL, 0), 16);
    cr_assert_eq(shm_type_text(type, text, 1), 16);
    cr_assert_str_eq(text, "");
    cr_assert_eq(shm_type_text(type, text, 10), 16);
    cr_assert_str_eq(text, "{string: ");
    cr_assert_eq(shm_type_text(type, text, 17), 16);
    cr_assert_str_eq(text, "{string: [u32?]}");
    shm_type_text(shm_test_type_of(schema, "R")->fields[1].type, text, sizeof text);
    cr_assert_str_eq(text, "ref<R>[3]?\?");
    shm_schema_free(schema);
}
