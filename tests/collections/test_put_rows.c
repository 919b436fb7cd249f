/* Whole rows: they mean what their values put one by one mean, and fail with the same texts. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/build.h"
#include "tests/support/random_rows.h"

enum { SEED_COUNT = 400, ROW_LIMIT = 3000, NODE_LIMIT = 40000, TEXT_BYTES = 8192, FIELD_MAX = 14 };

/* ---- random schemas of fixed-size rows ---- */

struct text {
    char bytes[TEXT_BYTES];
    size_t length;
    uint64_t state;
};

static unsigned below(struct text *text, unsigned bound)
{
    uint64_t word = (text->state += UINT64_C(0x9e3779b97f4a7c15));
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (unsigned)((word ^ (word >> 31)) % bound);
}

static void say(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text->length +=
        (size_t)vsnprintf(text->bytes + text->length, TEXT_BYTES - text->length, format, arguments);
    va_end(arguments);
    cr_assert_lt(text->length, TEXT_BYTES);
}

static void say_type(struct text *text, unsigned depth, unsigned struct_count, bool in_struct)
{
    static const char *const scalars[] = {
        "bool", "i8",   "i16",      "i32", "i64", "u8", "u16", "u32", "u64",  "f32", "f64", "f64",
        "date", "uuid", "datetime", "E0",  "E1",  "E2", "E3",  "E4",  "bool", "E5",  "E6",  "E7"};
    const unsigned choice = below(text, depth < 2 ? 29 : 24);
    if (choice < 24) {
        say(text, "%s", scalars[choice]);
    } else if (choice < 26 && struct_count > 0) {
        say(text, "S%u", below(text, struct_count));
    } else if (choice < 27) {
        say_type(text, depth + 1, struct_count, in_struct);
        say(text, "%s[%u]", below(text, 8) == 0 ? "?" : "", 1 + below(text, 4));
    } else if (choice < 28 && !in_struct) {
        say(text, "(");
        say_type(text, depth + 1, struct_count, in_struct);
        say(text, ", ");
        say_type(text, depth + 1, struct_count, in_struct);
        say(text, "%s)", below(text, 3) == 0 ? "?" : "");
    } else if (in_struct) {
        say(text, "u16");
    } else {
        say(text, "ref<R%u>", below(text, 2));
    }
}

static void say_fields(struct text *text, unsigned struct_count, bool in_struct)
{
    const unsigned count = 1 + below(text, below(text, 10) == 0 ? 80 : FIELD_MAX);
    const unsigned optional = below(text, 4); /* some schemas have none */
    for (unsigned i = 0; i < count; i++) {
        say(text, "f%u: ", i);
        say_type(text, in_struct ? 1 : 0, struct_count, in_struct);
        say(text, "%s; ",
            below(text, 6) >= optional           ? ""
            : below(text, 12) == 0 && !in_struct ? "?\?"
                                                 : "?");
    }
}

static const shm_schema *random_schema(uint64_t seed)
{
    struct text text = {.state = seed};
    say(&text, "enum E0 : u8 { a, b, c } enum E1 : i16 { a = -300, b = 5, c = 77 } "
               "enum E2 : u32 { a = 3, b, c } enum E3 : u64 { a = 1, b = 18446744073709551615 } "
               "enum E4 : i8 { a = -2, b, c }\n"
               "enum E5 : u16 { a = 1, b = 10, c = 100 } enum E6 : i32 { a = -5, b, c = 4091 } "
               "enum E7 : i64 { a = -5, b, c = 4092 }\n");
    for (unsigned i = 0; i < 3; i++) {
        say(&text, "struct S%u { ", i);
        say_fields(&text, i, true);
        say(&text, "}\n");
    }
    for (unsigned i = 0; i < 2; i++) {
        say(&text, "record R%u { ", i);
        say_fields(&text, 3, false);
        say(&text, "}\n");
    }
    say(&text,
        "dataset D { r0: array<R0>; r1: array<R1>; m: map<u32, S%u>; "
        "n: multimap<E1, f64?>; s: set<i16>; }",
        below(&text, 3));
    return shm_test_schema(text.bytes);
}

/* ---- rows as a program may hold them: other bytes, the same meaning ---- */

static void scribble(struct text *random, unsigned char *at, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        at[i] = (unsigned char)below(random, 256);
    }
}

static void roughen(struct text *random, const shm_type *type, unsigned char *at);

static void roughen_optional(struct text *random, const shm_type *type, unsigned char *at,
                             bool is_present)
{
    if (is_present) {
        roughen(random, type, at);
    } else {
        scribble(random, at, type->size);
    }
}

static void roughen_fields(struct text *random, const shm_type *type, unsigned char *base,
                           uint64_t size)
{
    uint64_t end = 0;
    for (size_t i = 0; i < type->field_count; i++) {
        const shm_field *field = &type->fields[i];
        uint64_t offset = field->offset;
        if (field->type->kind != SHM_OPTIONAL) {
            roughen(random, field->type, base + offset);
            scribble(random, base + end, offset - end);
            end = offset + field->type->size;
            continue;
        }
        uint64_t word;
        memcpy(&word, base + field->presence_offset, sizeof word);
        roughen_optional(random, field->type->element, base + offset,
                         (word >> field->presence_bit & (field->type->nullable ? 3 : 1)) == 1);
        if (field->presence_bit == 0) {
            scribble(random, base + end, field->presence_offset - end);
            end = field->presence_offset + 8;
        }
        scribble(random, base + end, offset - end);
        end = offset + field->type->element->size;
    }
    scribble(random, base + end, size - end);
}

static void roughen_float(struct text *random, const shm_type *type, unsigned char *at)
{
    double wide;
    float narrow;
    memcpy(&narrow, at, sizeof narrow);
    if (type->kind == SHM_F32 && narrow != narrow) {
        const uint32_t nan = UINT32_C(0xff800001) + below(random, 1 << 20);
        memcpy(at, &nan, sizeof nan);
    } else if (type->kind == SHM_F64) {
        memcpy(&wide, at, sizeof wide);
        const uint64_t nan = UINT64_C(0x7ff0000000000001) + below(random, 1 << 30);
        if (wide != wide) {
            memcpy(at, &nan, sizeof nan);
        }
    }
}

static void roughen(struct text *random, const shm_type *type, unsigned char *at)
{
    switch (type->kind) {
    case SHM_F32:
    case SHM_F64:
        roughen_float(random, type, at);
        break;
    case SHM_DATETIME:
        scribble(random, at + offsetof(shm_datetime, zero), 4);
        break;
    case SHM_STRUCT:
    case SHM_TUPLE:
        roughen_fields(random, type, at, type->size);
        break;
    case SHM_ARRAY:
        for (uint64_t i = 0; i < type->length; i++) {
            roughen(random, type->element, at + i * type->element->size);
        }
        break;
    case SHM_OPTIONAL: {
        const uint64_t size = type->element->size;
        roughen_optional(random, type->element, at, at[size] == SHM_PRESENT);
        scribble(random, at + size + 1, type->size - size - 1);
        break;
    }
    default:
        break;
    }
}

static size_t end_of_fields(const shm_type *record)
{
    const shm_field *last = &record->fields[record->field_count - 1];
    const shm_type *type = last->type->kind == SHM_OPTIONAL ? last->type->element : last->type;
    return (size_t)(last->offset + type->size);
}

static void add_rows(shm_builder *builder, const shm_collection *collection,
                     const shm_dataset *dataset, struct text *random)
{
    const shm_table table = shm_dataset_table(dataset, collection->number);
    const shm_type *record = collection->record;
    const size_t row_size = (size_t)record->row_size;
    const size_t least = end_of_fields(record);
    const size_t stride = below(random, 2) == 0 ? row_size : least + below(random, 24);
    const bool by_one = below(random, 4) == 0;
    unsigned char *rows = malloc((size_t)table.count * stride + row_size);
    unsigned char *row = malloc(row_size);
    cr_assert(rows != NULL && row != NULL);
    for (uint64_t i = 0; i < table.count; i++) {
        memcpy(row, shm_table_at(&table, i), row_size);
        roughen_fields(random, record, row, row_size);
        scribble(random, rows + i * stride, stride);
        memcpy(rows + i * stride, row, stride < row_size ? stride : row_size);
    }
    for (uint64_t done = 0; done < table.count;) {
        size_t count = by_one ? 1 : below(random, 4) == 0 ? (size_t)table.count : below(random, 50);
        count = count < table.count - done ? count : (size_t)(table.count - done);
        uint64_t first = UINT64_MAX;
        shm_error error;
        const shm_status status = shm_builder_add_rows(
            builder, collection->number, rows + done * stride, count, stride, &first, &error);
        cr_assert_eq(status, SHM_OK, "%s", error.text);
        cr_assert_eq(first, done);
        done += count;
    }
    free(row);
    free(rows);
}

Test(put_rows, whole_rows_make_the_bytes_that_their_values_make)
{
    const uint64_t seeds = shm_test_seed_count(SEED_COUNT);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct text random = {.state = ~seed};
        const shm_schema *schema = random_schema(seed);
        shm_test_model *model = shm_test_model_make(schema, seed, ROW_LIMIT, NODE_LIMIT);
        struct shm_test_image expected = shm_test_model_build(model, &(shm_test_build){.order = 0});
        shm_dataset *dataset = shm_test_open(&expected, NULL);
        const shm_build_options options = {.memory_bytes = below(&random, 2) == 0 ? 0 : 1};
        shm_builder *builder = NULL;
        cr_assert_eq(shm_builder_open(schema, &options, &builder, NULL), SHM_OK);
        for (size_t i = 0; i < schema->dataset->collection_count; i++) {
            const shm_collection *collection = &schema->dataset->collections[i];
            if (collection->placed_width == 0) {
                add_rows(builder, collection, dataset, &random);
                continue;
            }
            /* Its rows stand apart: the generated header's test adds entries of such maps. */
            for (uint64_t row = 0; row < model->collections[i].count; row++) {
                shm_test_put_row(builder, &model->collections[i], row, false);
            }
        }
        struct shm_test_image image = shm_test_finish(builder);
        cr_assert(image.size == expected.size &&
                      memcmp(image.bytes, expected.bytes, image.size) == 0,
                  "seed %" PRIu64 ": other bytes", seed);
        shm_dataset_close(dataset);
        free(image.bytes);
        free(expected.bytes);
        shm_test_model_free(model);
        shm_schema_free(schema);
    }
}

/* ---- refusals ---- */

struct point {
    double lat;
    uint8_t side; /* an enum */
    uint8_t gap[7];
};

struct row {
    uint32_t id;
    bool flag;
    shm_date day;
    shm_datetime time;
    uint64_t present;
    struct point where; /* optional */
    uint64_t next;      /* optional ref */
    uint8_t sides[3];
    int16_t kind;
};

static const char row_schema[] =
    "enum Side : u8 { left, right } enum Kind : i16 { a = -5, b = 7 }\n"
    "struct Point { lat: f64; side: Side; }\n"
    "record Row { id: u32; flag: bool; day: date; time: datetime; where: Point?; next: ref<Row>?; "
    "sides: Side[3]; kind: Kind; }\n"
    "record Text { text: string; }\n"
    "dataset D { rows: array<Row>; by_id: index rows by id; texts: array<Text>; numbers: set<u32>; "
    "}";

enum { ROWS = 0, BY_ID = 1, TEXTS = 2, NUMBERS = 3, GOOD_ROWS = 1000 };

static struct row *good_rows(void)
{
    struct row *rows = calloc(GOOD_ROWS, sizeof *rows);
    cr_assert_not_null(rows);
    for (uint32_t i = 0; i < GOOD_ROWS; i++) {
        rows[i] = (struct row){.id = i, .flag = i % 2 == 0, .kind = i % 3 == 0 ? -5 : 7};
        rows[i].present = i % 4;
        rows[i].where.side = i % 4 % 2 == 1 ? (uint8_t)(i % 8 / 4) : 200;
        rows[i].next = i % 4 >= 2 ? GOOD_ROWS - 1 - i : UINT64_MAX;
    }
    return rows;
}

/* What adding the rows says, after as many as there are in front of the one at fault. */
static void expect(const struct row *rows, size_t count, const char *text)
{
    const shm_schema *schema = shm_test_schema(row_schema);
    shm_builder *builder = shm_test_builder(schema);
    uint64_t first = 77;
    shm_error error = {.text = ""};
    const shm_status status =
        shm_builder_add_rows(builder, ROWS, rows, count, sizeof *rows, &first, &error);
    cr_expect_eq(status, text[0] == '\0' ? SHM_OK : SHM_INVALID);
    cr_expect_eq(first, text[0] == '\0' ? 0u : 77u);
    cr_expect_str_eq(error.text, text, "'%s', not '%s'", error.text, text);
    if (status != SHM_OK) {
        shm_error again = {.text = ""};
        cr_expect_eq(shm_builder_publish(builder, "never.img", &again), status);
        cr_expect_str_eq(again.text, text, "the first failure is kept");
    }
    shm_builder_close(builder);
    shm_schema_free(schema);
}

Test(put_rows, a_value_that_its_type_does_not_have)
{
    struct row *rows = good_rows();
    const uint8_t two = 2;
    expect(rows, GOOD_ROWS, "");
    rows[801].kind = 6;
    expect(rows, GOOD_ROWS, "row 801: kind: unknown value 6 of enum Kind");
    expect(rows + 801, 1, "kind: unknown value 6 of enum Kind");
    rows[800].sides[1] = 9;
    expect(rows, GOOD_ROWS, "row 800: sides[1]: unknown value 9 of enum Side");
    rows[798].next = 0; /* absent or not, what counts is the bit */
    rows[797].where.side = 2;
    expect(rows, GOOD_ROWS, "row 797: where.side: unknown value 2 of enum Side");
    rows[700].where.side = 2; /* absent */
    expect(rows, GOOD_ROWS, "row 797: where.side: unknown value 2 of enum Side");
    rows[600].time.zone_given = 2;
    expect(
        rows, GOOD_ROWS,
        "row 600: time: 0 microseconds, zone 0 minutes, is not a datetime of the years 1 to 9999 "
        "and zones up to 23:59");
    rows[500].day.days = 2932897;
    expect(rows, GOOD_ROWS, "row 500: day: day 2932897 is outside of the years 1 to 9999");
    memcpy(&rows[400].flag, &two, 1);
    expect(rows, GOOD_ROWS, "row 400: flag: 2 is not a bool (0 or 1)");
    rows[300].present |= 4;
    expect(rows, GOOD_ROWS, "row 300: where: its presence word has bits that belong to no field");
    free(rows);
}

/* Enums as far apart as their sets of bits reach, and one value farther; what may be null. */
struct sparse {
    uint32_t id;
    int16_t near;
    int16_t far;
    uint64_t present; /* bits 0 of maybe; 1 and 2 of null */
    int16_t maybe;
    int16_t null;
};

static void expect_sparse(const struct sparse *rows, const char *text)
{
    const shm_schema *schema = shm_test_schema(
        "enum Near : i16 { a = -5, b = 1, c = 4091 } enum Far : i16 { a = -5, b = 1, c = 4092 }\n"
        "record Row { id: u32; near: Near; far: Far; maybe: Near?; null: Far?\?; }\n"
        "dataset D { rows: array<Row>; }");
    shm_builder *builder = shm_test_builder(schema);
    shm_error error = {.text = ""};
    const shm_status status =
        shm_builder_add_rows(builder, 0, rows, GOOD_ROWS, sizeof *rows, NULL, &error);
    cr_expect_eq(status, text[0] == '\0' ? SHM_OK : SHM_INVALID);
    cr_expect_str_eq(error.text, text, "'%s', not '%s'", error.text, text);
    shm_builder_close(builder);
    shm_schema_free(schema);
}

Test(put_rows, values_far_apart_and_nulls)
{
    static const int16_t values[] = {-5, 1, 4091};
    static const uint64_t presences[] = {0, 1, 2, 3, 6, 7}; /* null is given */
    struct sparse rows[GOOD_ROWS] = {{.id = 0}};
    for (int i = 0; i < GOOD_ROWS; i++) {
        rows[i] = (struct sparse){.near = values[i % 3],
                                  .far = i % 3 == 2 ? 4092 : values[i % 3],
                                  .present = presences[i % 6],
                                  .maybe = i % 2 == 1 ? values[i % 3] : 99,
                                  .null = 99};
        if ((rows[i].present & 6) == 2) {
            rows[i].null = 4092;
        }
    }
    expect_sparse(rows, "");
    rows[900].near = 4092;
    expect_sparse(rows, "row 900: near: unknown value 4092 of enum Near");
    rows[899].near = -6;
    expect_sparse(rows, "row 899: near: unknown value -6 of enum Near");
    rows[898].near = 60;
    expect_sparse(rows, "row 898: near: unknown value 60 of enum Near");
    rows[850].far = 4091;
    expect_sparse(rows, "row 850: far: unknown value 4091 of enum Far");
    rows[799].maybe = 2; /* 799 % 6 == 1 */
    expect_sparse(rows, "row 799: maybe: unknown value 2 of enum Near");
    rows[698].null = 2; /* 698 % 6 == 2 */
    expect_sparse(rows, "row 698: null: unknown value 2 of enum Far");
    rows[600].present = 4;
    expect_sparse(rows, "row 600: null: null, but not given");
    rows[500].present = 8;
    expect_sparse(rows, "row 500: maybe: its presence word has bits that belong to no field");
}

Test(put_rows, a_ref_past_the_end)
{
    struct row *rows = good_rows();
    const shm_schema *schema = shm_test_schema(row_schema);
    rows[703].next = GOOD_ROWS + 5;
    rows[702].next = GOOD_ROWS + 4;
    rows[706].next = GOOD_ROWS + 5;
    rows[701].next = UINT64_MAX; /* absent */
    shm_builder *builder = shm_test_builder(schema);
    shm_error error = {.text = ""};
    cr_assert_eq(shm_builder_add_rows(builder, ROWS, rows, GOOD_ROWS, sizeof *rows, NULL, &error),
                 SHM_OK);
    cr_expect_eq(shm_builder_publish(builder, "never.img", &error), SHM_INVALID);
    cr_expect_str_eq(error.text,
                     "rows row 703: next: row 1005 is past the end of rows (1000 rows)");
    shm_builder_close(builder);
    shm_schema_free(schema);
    free(rows);
}

static void refused(uint32_t collection, size_t stride, size_t count, const char *text)
{
    static const unsigned char bytes[256];
    const shm_schema *schema = shm_test_schema(row_schema);
    shm_builder *builder = shm_test_builder(schema);
    shm_error error = {.text = ""};
    cr_expect_eq(shm_builder_add_rows(builder, collection, bytes, count, stride, NULL, &error),
                 text[0] == '\0' ? SHM_OK : SHM_INVALID);
    cr_expect_str_eq(error.text, text, "'%s', not '%s'", error.text, text);
    shm_builder_close(builder);
    shm_schema_free(schema);
}

Test(put_rows, what_cannot_be_added)
{
    refused(BY_ID, 8, 1, "by_id takes no rows of its own");
    refused(99, 8, 1, "a collection that does not exist takes no rows");
    refused(TEXTS, 16, 1, "rows of texts hold texts, lists or records: put them value by value");
    refused(NUMBERS, 3, 1, "a row of numbers takes 4 bytes, not 3");
    refused(NUMBERS, 3, 0, "");
    refused(NUMBERS, 4, 2, "");
}

Test(put_rows, only_between_rows)
{
    static const uint64_t number;
    const shm_schema *schema = shm_test_schema(row_schema);
    shm_builder *builder = shm_test_builder(schema);
    shm_error error = {.text = ""};
    shm_builder_row_begin(builder, NUMBERS);
    cr_expect_eq(shm_builder_add_rows(builder, NUMBERS, &number, 1, 8, NULL, &error), SHM_INVALID);
    cr_expect_str_eq(error.text, "a row begins before the last one ended");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

Test(put_rows, a_set_counts_repeated_rows_once)
{
    static const uint32_t numbers[] = {5, 6, 5, 7, 6};
    const shm_schema *schema = shm_test_schema(row_schema);
    shm_builder *builder = shm_test_builder(schema);
    uint64_t first = 77;
    cr_assert_eq(shm_builder_add_rows(builder, NUMBERS, numbers, 5, 4, &first, NULL), SHM_OK);
    cr_expect_eq(first, 0);
    cr_assert_eq(shm_builder_add_rows(builder, NUMBERS, numbers + 3, 2, 4, &first, NULL), SHM_OK);
    cr_expect_eq(first, 2, "the row that was there");
    struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    cr_expect_eq(shm_dataset_table(dataset, NUMBERS).count, 3);
    shm_dataset_close(dataset);
    free(image.bytes);
    shm_schema_free(schema);
}

/* Counts calls, and stops at the second. */
static bool stop_at_second(void *context, const shm_progress *progress)
{
    unsigned *calls = context;
    cr_expect_str_eq(progress->phase, "rows");
    return ++*calls < 2;
}

Test(put_rows, the_program_is_told_and_may_stop)
{
    enum { COUNT = 200000 };
    unsigned calls = 0;
    const shm_build_options options = {.progress = stop_at_second, .progress_context = &calls};
    const shm_schema *schema =
        shm_test_schema("record R { n: u64; } dataset D { rows: array<R>; }");
    uint64_t *rows = calloc(COUNT, sizeof *rows);
    shm_builder *builder = NULL;
    shm_error error = {.text = ""};
    cr_assert_not_null(rows);
    cr_assert_eq(shm_builder_open(schema, &options, &builder, NULL), SHM_OK);
    cr_expect_eq(shm_builder_add_rows(builder, 0, rows, COUNT, 8, NULL, &error), SHM_ABORTED);
    cr_expect_eq(calls, 2);
    cr_expect_str_eq(error.text, "stopped after 131072 rows");
    shm_builder_close(builder);
    shm_schema_free(schema);
    free(rows);
}
