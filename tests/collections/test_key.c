/* test_key.c — where keys stand in rows, their hashes and their order. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "collections/key/key.h"
#include "libshm/hash.h"
#include "tests/support/allocation.h"

static const char schema_text[] = "enum Kind : i16 { low = -3, high = 5 }\n"
                                  "struct Point { lat: f64; lon: f64; }\n"
                                  "struct Place { tag: u8; point: Point; kind: Kind; }\n"
                                  "record City { id: i32; name: string; nick: string??; where: "
                                  "Place; there: Place?; tags: [string];"
                                  " spots: {Point}?; mark: uuid; seen: datetime; }\n"
                                  "dataset D {\n"
                                  "  cities: array<City>;\n"
                                  "  by_id: index cities by id;\n"
                                  "  by_name: multi cities by name;\n"
                                  "  by_nick: multi cities by nick;\n"
                                  "  by_lat: multi cities by where.point.lat;\n"
                                  "  by_there: multi cities by there.kind;\n"
                                  "  by_where: multi cities by where;\n"
                                  "  by_tag: multi cities by tags;\n"
                                  "  by_spot: multi cities by spots;\n"
                                  "  by_mark: multi cities by mark;\n"
                                  "  by_seen: multi cities by seen;\n"
                                  "  by_both: multi cities by id, tags;\n"
                                  "  by_two: multi cities by id, where.tag, where.kind;\n"
                                  "  by_wide: multi cities by id, where.tag, where.kind, seen;\n"
                                  "}\n";

static const shm_schema *schema;
static shm_arena arena;
static _Alignas(8) unsigned char row[4096];

static void open_schema(void)
{
    shm_error error;
    cr_assert_eq(
        shm_schema_parse(schema_text, sizeof schema_text - 1, "test", NULL, &schema, &error),
        SHM_OK, "%s", error.text);
    memset(row, 0, sizeof row);
}

static void close_schema(void)
{
    shm_arena_close(&arena);
    shm_schema_free(schema);
}

TestSuite(key, .init = open_schema, .fini = close_schema);

/* Of a key that a row may have. */
static uint64_t hash_of_parts(const shm_key *key, const shm_key_part *parts, uint64_t seed)
{
    uint64_t hash = 0;
    cr_assert(shm_key_hash_parts(key, parts, seed, &hash));
    return hash;
}

static shm_key compile(const char *name)
{
    shm_key key;
    shm_error error;
    const shm_collection *collection = shm_schema_collection(schema, name);
    cr_assert_not_null(collection);
    cr_assert_eq(shm_key_compile(collection, &arena, &key, &error), SHM_OK, "%s", error.text);
    return key;
}

static const shm_field *field_of(const shm_type *type, const char *name)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (strcmp(type->fields[i].name, name) == 0) {
            return &type->fields[i];
        }
    }
    cr_assert_fail("no field %s", name);
    return NULL;
}

static const shm_type *city(void)
{
    return shm_schema_collection(schema, "cities")->record;
}

static void *place(const char *field)
{
    return row + field_of(city(), field)->offset;
}

static void set_short(void *cell, const char *text)
{
    shm_text_cell *at = cell;
    const size_t length = strlen(text);
    memset(at, 0, sizeof *at);
    memcpy(at->u.bytes, text, length);
    at->u.bytes[15] = (char)(15 - length);
}

static void set_present(const char *name, uint64_t bits)
{
    const shm_field *field = field_of(city(), name);
    uint64_t word;
    memcpy(&word, row + field->presence_offset, 8);
    word |= bits << field->presence_bit;
    memcpy(row + field->presence_offset, &word, 8);
}

/* A list of short texts at the end of the row's buffer, where the heap would be. */
static void set_tags(const char *const *texts, size_t count)
{
    shm_list_cell *cell = place("tags");
    unsigned char *item = row + 2048;
    cell->offset = item - (unsigned char *)cell;
    cell->count = count;
    for (size_t i = 0; i < count; i++) {
        set_short(item + SHM_ITEM_HEAD_BYTES + 16 * i, texts[i]);
    }
}

Test(key, a_word_is_extended_by_its_sign)
{
    const shm_key key = compile("by_id");
    const int32_t id = -2;
    memcpy(place("id"), &id, sizeof id);
    cr_expect_eq(key.form, SHM_KEY_WORD);
    cr_expect_eq(shm_key_element_count(&key, row), 1);
    cr_expect_eq(shm_key_hash_row(&key, row, 0, 9), shm_mix64((uint64_t)-2, 9));
    const shm_key_part part = shm_key_word((uint64_t)INT64_C(-2));
    cr_expect_eq(hash_of_parts(&key, &part, 9), shm_mix64((uint64_t)-2, 9));
    cr_expect(shm_key_matches(&key, row, &part));
    const shm_key_part other = shm_key_word(UINT32_MAX - 1);
    cr_expect_not(shm_key_matches(&key, row, &other));
}

Test(key, a_text_is_its_bytes)
{
    const shm_key key = compile("by_name");
    set_short(place("name"), "Bern");
    cr_expect_eq(key.form, SHM_KEY_TEXT);
    cr_expect_eq(shm_key_hash_row(&key, row, 0, 4), shm_hash64("Bern", 4, 4));
    const shm_key_part part = shm_key_text(SHM_STR("Bern"));
    cr_expect(shm_key_matches(&key, row, &part));
    const shm_key_part longer = shm_key_text(SHM_STR("Berne"));
    cr_expect_not(shm_key_matches(&key, row, &longer));
}

Test(key, a_uuid_is_a_text_of_16_bytes)
{
    const shm_key key = compile("by_mark");
    memcpy(place("mark"), "0123456789abcdef", 16);
    cr_expect_eq(key.form, SHM_KEY_TEXT);
    cr_expect_eq(shm_key_hash_row(&key, row, 0, 4), shm_hash64("0123456789abcdef", 16, 4));
}

Test(key, a_datetime_is_its_instant)
{
    const shm_key key = compile("by_seen");
    const shm_datetime seen = {.micros = -7, .zone_minutes = 60, .zone_given = 1};
    memcpy(place("seen"), &seen, sizeof seen);
    cr_expect_eq(shm_key_hash_row(&key, row, 0, 4), shm_mix64((uint64_t)-7, 4));
}

Test(key, a_path_leads_through_structs)
{
    const shm_key key = compile("by_lat");
    const shm_field *point = field_of(field_of(city(), "where")->type, "point");
    double *lat = (void *)((unsigned char *)place("where") + point->offset);
    *lat = -0.0;
    cr_expect_eq(key.form, SHM_KEY_WORD);
    cr_expect_eq(shm_key_hash_row(&key, row, 0, 4), shm_mix64(0, 4), "there is one zero");
    *lat = -NAN;
    cr_expect_eq(shm_key_hash_row(&key, row, 0, 4), shm_mix64(UINT64_C(0x7ff8) << 48, 4));
}

Test(key, what_is_absent_has_no_entry)
{
    const shm_key nick = compile("by_nick");
    cr_expect_eq(shm_key_element_count(&nick, row), 0, "absent");
    set_present("nick", 1);
    cr_expect_eq(shm_key_element_count(&nick, row), 1, "given");
    set_present("nick", 2);
    cr_expect_eq(shm_key_element_count(&nick, row), 0, "null");
    const shm_key there = compile("by_there");
    cr_expect_eq(shm_key_element_count(&there, row), 0, "the struct around it is absent");
    set_present("there", 1);
    cr_expect_eq(shm_key_element_count(&there, row), 1);
    const shm_key spots = compile("by_spot");
    cr_expect_eq(shm_key_element_count(&spots, row), 0);
    set_present("spots", 1);
    cr_expect_eq(shm_key_element_count(&spots, row), 0, "an empty set");
}

Test(key, a_struct_has_a_part_for_each_leaf)
{
    const shm_key key = compile("by_where");
    const shm_type *type = field_of(city(), "where")->type;
    unsigned char *where = place("where");
    const int16_t kind = -3;
    where[field_of(type, "tag")->offset] = 200;
    const double point[2] = {1.5, -2.5};
    memcpy(where + field_of(type, "point")->offset, point, sizeof point);
    memcpy(where + field_of(type, "kind")->offset, &kind, sizeof kind);
    cr_assert_eq(key.form, SHM_KEY_PARTS);
    cr_assert_eq(key.leaf_count, 4);
    shm_key_part parts[4];
    shm_key_parts(&key, row, 0, parts);
    cr_expect_eq(parts[0].word, 200);
    cr_expect_eq(parts[1].word, shm_key_float(1.5));
    cr_expect_eq(parts[2].word, shm_key_float(-2.5));
    cr_expect_eq(parts[3].word, (uint64_t)INT64_C(-3));
    cr_expect_eq(hash_of_parts(&key, parts, 77), shm_key_hash_row(&key, row, 0, 77));
    cr_expect(shm_key_matches(&key, row, parts));
    parts[3].word = 5;
    cr_expect_not(shm_key_matches(&key, row, parts));
}

Test(key, words_of_at_most_64_bits_together_are_hashed_as_one)
{
    const shm_key key = compile("by_two");
    const shm_type *type = field_of(city(), "where")->type;
    const int32_t id = -2;
    const int16_t kind = -3;
    memcpy(place("id"), &id, sizeof id);
    unsigned char *where = place("where");
    where[field_of(type, "tag")->offset] = 200;
    memcpy(where + field_of(type, "kind")->offset, &kind, sizeof kind);
    cr_assert(key.is_packed); /* 32, 8 and 16 bits */
    cr_assert_not(compile("by_wide").is_packed, "64 bits more");
    cr_assert_not(compile("by_where").is_packed, "floats have 64 each");
    shm_key_part parts[3];
    shm_key_parts(&key, row, 0, parts);
    uint64_t word;
    cr_assert(shm_key_pack(&key, parts, &word));
    cr_expect_eq(word, UINT64_C(0xfffdc8fffffffe), "the first in the lowest bits, no sign above");
    cr_expect_eq(hash_of_parts(&key, parts, 5), shm_mix64(word, 5));
    cr_expect_eq(shm_key_hash_row(&key, row, 0, 5), shm_mix64(word, 5));

    /* What the stored form cannot hold is the key of no row, and of none by chance. */
    static const struct {
        size_t part;
        uint64_t word;
    } none[] = {
        {0, (uint64_t)INT32_MAX + 1}, {0, UINT32_MAX}, {1, 256}, {1, UINT64_MAX}, {2, 32768},
        {2, UINT64_C(0xfffd)}};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        shm_key_part other[3] = {parts[0], parts[1], parts[2]};
        uint64_t hash;
        other[none[i].part].word = none[i].word;
        cr_expect_not(shm_key_pack(&key, other, &word), "%zu", i);
        cr_expect_not(shm_key_hash_parts(&key, other, 5, &hash), "%zu", i);
    }
}

Test(key, words_say_where_texts_are_for_one_text_of_the_row_alone)
{
    const struct {
        const char *name;
        bool is_cell;
    } keys[] = {{"by_name", true}, {"by_nick", true},
                {"by_id", false},  {"by_mark", false}, /* 16 bytes in the row */
                {"by_tag", false}, /* two elements of a row may agree in all that a word says */
                {"by_both", false}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const shm_key key = compile(keys[i].name);
        cr_expect_eq(shm_key_is_cell(&key), keys[i].is_cell, "%s", keys[i].name);
    }
}

Test(key, a_list_has_a_key_for_each_element)
{
    const shm_key key = compile("by_both");
    const int32_t id = 6;
    memcpy(place("id"), &id, sizeof id);
    set_tags((const char *const[]){"old", "new", "old"}, 3);
    cr_assert_eq(shm_key_element_count(&key, row), 3);
    shm_key_part parts[2];
    shm_key_parts(&key, row, 1, parts);
    cr_expect_eq(parts[0].word, 6);
    cr_expect(shm_string_equal(parts[1].text, SHM_STR("new")));
    cr_expect_eq(hash_of_parts(&key, parts, 3), shm_hash64("new", 3, shm_mix64_after(6, 3)));
    cr_expect_eq(shm_key_hash_row(&key, row, 1, 3), shm_hash64("new", 3, shm_mix64_after(6, 3)));
    cr_expect(shm_key_matches(&key, row, parts));
    cr_expect(shm_key_equal(&key, row, 0, row, 2));
    cr_expect_not(shm_key_equal(&key, row, 0, row, 1));
    parts[1] = shm_key_text(SHM_STR("ol"));
    cr_expect_not(shm_key_matches(&key, row, parts));
}

Test(key, seeds_differ_by_all_they_are_made_of)
{
    const uint64_t one[2] = {1, 2};
    const uint64_t other[2] = {1, 3};
    const uint64_t seed = shm_key_seed(one, 4, 5, 6);
    cr_expect_eq(shm_key_seed(one, 4, 5, 6), seed);
    cr_expect_neq(shm_key_seed(other, 4, 5, 6), seed);
    cr_expect_neq(shm_key_seed(one, 5, 5, 6), seed);
    cr_expect_neq(shm_key_seed(one, 4, 6, 6), seed);
    cr_expect_neq(shm_key_seed(one, 4, 5, 7), seed);
}

static int compare_doubles(double a, double b)
{
    const shm_type type = {.kind = SHM_F64, .size = 8};
    return shm_key_compare(&type, &a, &b);
}

Test(key, floats_are_ordered_by_value)
{
    cr_expect_lt(compare_doubles(-1, 2), 0);
    cr_expect_gt(compare_doubles(2, -1), 0);
    cr_expect_eq(compare_doubles(-0.0, 0.0), 0);
    cr_expect_eq(compare_doubles(NAN, -NAN), 0);
    cr_expect_gt(compare_doubles(NAN, INFINITY), 0);
    cr_expect_lt(compare_doubles(-INFINITY, NAN), 0);
}

Test(key, integers_are_ordered_by_their_sign)
{
    const shm_type i8 = {.kind = SHM_I8, .size = 1};
    const shm_type u8 = {.kind = SHM_U8, .size = 1};
    const shm_type u64_enum = {.kind = SHM_ENUM, .size = 1, .element = &u8};
    const uint8_t low = 1;
    const uint8_t high = 255;
    cr_expect_gt(shm_key_compare(&i8, &low, &high), 0);
    cr_expect_lt(shm_key_compare(&u8, &low, &high), 0);
    cr_expect_lt(shm_key_compare(&u64_enum, &low, &high), 0);
}

Test(key, texts_are_ordered_by_bytes)
{
    const shm_type string = {.kind = SHM_STRING, .size = 16};
    shm_text_cell a;
    shm_text_cell b;
    set_short(&a, "ab");
    set_short(&b, "abc");
    cr_expect_lt(shm_key_compare(&string, &a, &b), 0);
    set_short(&a, "\xc3\xa9");
    cr_expect_gt(shm_key_compare(&string, &a, &b), 0);
    cr_expect_eq(shm_key_compare(&string, &a, &a), 0);
}

Test(key, structs_are_ordered_by_their_fields)
{
    const shm_type *point = field_of(field_of(city(), "where")->type, "point")->type;
    const double a[2] = {1, 5};
    const double b[2] = {2, 4};
    const double c[2] = {1, 6};
    cr_expect_lt(shm_key_compare(point, a, b), 0);
    cr_expect_lt(shm_key_compare(point, a, c), 0);
    cr_expect_gt(shm_key_compare(point, b, c), 0);
    cr_expect_eq(shm_key_compare(point, a, a), 0);
}

Test(key, times_are_ordered_by_instant)
{
    const shm_type datetime = {.kind = SHM_DATETIME, .size = 16};
    const shm_datetime a = {.micros = -1, .zone_minutes = 60, .zone_given = 1};
    const shm_datetime b = {.micros = -1};
    const shm_datetime c = {.micros = 1};
    cr_expect_eq(shm_key_compare(&datetime, &a, &b), 0);
    cr_expect_lt(shm_key_compare(&datetime, &a, &c), 0);
}

Test(key, without_memory_nothing_is_compiled)
{
    shm_arena empty = {0};
    shm_key key = {.leaf_count = 99};
    shm_error error;
    shm_test_fail_allocations_from(0);
    const shm_status status =
        shm_key_compile(shm_schema_collection(schema, "by_id"), &empty, &key, &error);
    cr_assert(shm_test_allow_allocations());
    cr_expect_eq(status, SHM_NO_MEMORY);
    cr_expect_eq(key.leaf_count, 99);
}

/* A key that is a struct of `count` fields. */
static shm_status compile_wide(size_t count)
{
    static char text[1 << 17];
    size_t length = (size_t)sprintf(text, "struct S { ");
    for (size_t i = 0; i < count; i++) {
        length += (size_t)sprintf(text + length, "f%zu: u8; ", i);
    }
    length += (size_t)sprintf(text + length, "} record R { s: S; } dataset D { rows: array<R>; "
                                             "by_s: index rows by s; }");
    const shm_schema *wide;
    shm_key key;
    shm_error error = {.text = ""};
    cr_assert_eq(shm_schema_parse(text, length, "test", NULL, &wide, &error), SHM_OK, "%s",
                 error.text);
    const shm_status status =
        shm_key_compile(shm_schema_collection(wide, "by_s"), &arena, &key, &error);
    if (status != SHM_OK) {
        cr_expect_str_eq(error.text, "collection by_s: its key has more than 4096 fields");
    }
    shm_schema_free(wide);
    return status;
}

Test(key, the_number_of_leaves_has_a_limit)
{
    cr_expect_eq(compile_wide(SHM_KEY_LEAF_COUNT_MAX - 1), SHM_OK);
    cr_expect_eq(compile_wide(SHM_KEY_LEAF_COUNT_MAX), SHM_OK);
    cr_expect_eq(compile_wide(SHM_KEY_LEAF_COUNT_MAX + 1), SHM_LIMIT);
}
