#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/schemas.h"

struct refusal {
    const char *text;
    const char *error; /* after "t:" */
};

static void expect_refusals(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *error = shm_test_parse_error(refusals[i].text, NULL);
        cr_expect(strncmp(error, "t:", 2) == 0 && strcmp(error + 2, refusals[i].error) == 0,
                  "%s\n  gives: %s\n  instead of: t:%s", refusals[i].text, error,
                  refusals[i].error);
    }
}

#define EXPECT_REFUSALS(refusals) expect_refusals(refusals, sizeof(refusals) / sizeof(*(refusals)))

static void expect_taken(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *error = shm_test_parse_error(texts[i], NULL);
        cr_expect_str_eq(error, "", "%s\n  gives: %s", texts[i], error);
    }
}

#define EXPECT_TAKEN(texts) expect_taken(texts, sizeof(texts) / sizeof(*(texts)))

Test(checks, names)
{
    static const struct refusal refusals[] = {
        {"record A { }\nrecord A { }", "2:8: error: 'A' is declared twice, first at t:1:8"},
        {"const A = 1; struct A { x: u8; }", "1:21: error: 'A' is declared twice, first at t:1:7"},
        {"record u8 { }", "1:8: error: 'u8' is a type of the language"},
        {"record ref { }", "1:8: error: 'ref' is a type of the language"},
        {"record A { x: u8;\n x: u8; }",
         "2:2: error: the record A has a field 'x' already, at t:1:12"},
        {"struct A { x: u8; x: u8; }",
         "1:19: error: the struct A has a field 'x' already, at t:1:12"},
        {"record A { class: u8; class_: u8; }",
         "1:23: error: 'class_' and 'class' become one name in generated code, where a keyword "
         "gets an underscore: rename one of them"},
        {"record A { x: B; }", "1:15: error: there is no type 'B'"},
        {"record A { x: b.B; }", "1:15: error: there is no type 'b.B'"},
        {"const B = 1; record A { x: B; }", "1:28: error: 'B' is a constant, not a type"},
        {"namespace a; namespace b;", "1:14: error: a file has one namespace only"},
        {"record A { } namespace a;",
         "1:14: error: namespace stands before the declarations of the file"},
        {"record A { x: u8 = 1 = 2; }", "1:22: error: said twice for one field"},
        {"record A { };", "1:13: error: no ';' stands after a '}': take it away"},
        {"record A { x: u8; y: u8 was x; }",
         "1:29: error: 'x' is still the name of a field, so nothing was it"},
        {"record A { x: u8 was z; y: u8 was z; }", "1:35: error: two fields were 'z'"},
        {"struct A { x: u8 was z; }",
         "1:22: error: was has no meaning here: structs do not evolve"},
        {"dataset A { } dataset A { }", "1:23: error: there are two datasets 'A'"},
    };
    EXPECT_REFUSALS(refusals);
    static const char *const taken[] = {"", "record A { class_: u8; classes: u8; }",
                                        "record A { x_: u8; x: u8; }",
                                        "record a.B { } record A { x: [a.B]; }", "dataset A { }"};
    EXPECT_TAKEN(taken);
}

Test(checks, constants)
{
    static const struct refusal refusals[] = {
        {"record A { x: u8[N]; }", "1:18: error: there is no constant 'N'"},
        {"const A = B; const B = 1;",
         "1:11: error: the constant 'B' is used above its declaration"},
        {"const A = A;", "1:11: error: the constant 'A' is used above its declaration"},
        {"record N { } record A { x: u8[N]; }", "1:31: error: 'N' is a type, not a constant"},
        {"const N = \"3\"; record A { x: u8[N]; }",
         "1:33: error: the length of an array is an integer from 1 to 2147483648, not '3'"},
        {"const N = -1; record A { x: u8 = N; }",
         "1:34: error: '-1' is not an integer that u8 can hold"},
    };
    EXPECT_REFUSALS(refusals);
    const shm_schema *schema = shm_test_parse(
        "const A = 5; const B = A; const S = \"text\"; const T = true; const F = -0.5;\n"
        "enum E : i8 { x = B, y }\n"
        "record R { a: u8[B]; b: string = S; c: bool = T; d: f64 = F; e: i16 = A; f: E = y; }\n"
        "dataset D { t: array<R>; m: multi t by e approximate 1/A; }");
    const shm_type *record = shm_test_type_of(schema, "R");
    cr_assert_eq(record->fields[0].type->length, 5);
    cr_assert_str_eq(record->fields[1].value.text.data, "text");
    cr_assert_eq(record->fields[2].value.bits, 1);
    cr_assert_eq(record->fields[4].value.bits, 5);
    cr_assert_eq(record->fields[5].value.bits, 6);
    cr_assert_eq(shm_schema_collection(schema, "m")->approximate_one_in, 5);
    shm_schema_free(schema);
}

Test(checks, enums)
{
    static const struct refusal refusals[] = {
        {"enum E : f32 { a }",
         "1:10: error: an enum is stored as i8 i16 i32 i64 u8 u16 u32 or u64, not as 'f32'"},
        {"enum E : u8 { }", "1:6: error: the enum E has no values"},
        {"enum E : u8 { a, a }", "1:18: error: 'a' stands twice in E, first at t:1:15"},
        {"enum E : u8 { a = 1, b = 1 }",
         "1:22: error: 'b' has the number of 'a', which stands at t:1:15"},
        {"enum E : u8 { a = 1, b = 0, c }",
         "1:29: error: 'c' has the number of 'a', which stands at t:1:15"},
        {"enum E : u8 { a = 256 }", "1:19: error: '256' is not an integer that u8 can hold"},
        {"enum E : u8 { a = -1 }", "1:19: error: '-1' is not an integer that u8 can hold"},
        {"enum E : u8 { a = 1.0 }", "1:19: error: '1.0' is not an integer that u8 can hold"},
        {"enum E : u8 { a = 255, b }",
         "1:24: error: 'b' has no number: the one before is the last that u8 can hold"},
        {"enum E : i64 { a = 9223372036854775807, b }",
         "1:41: error: 'b' has no number: the one before is the last that i64 can hold"},
        {"enum E : u64 { a = 18446744073709551615, b }",
         "1:42: error: 'b' has no number: the one before is the last that u64 can hold"},
        {"enum E : u64 { a = 18446744073709551616 }",
         "1:20: error: '18446744073709551616' is not an integer that u64 can hold"},
        {"enum E { a }",
         "1:8: error: expected ':' and an integer type after the enum's name, not '{'"},
    };
    EXPECT_REFUSALS(refusals);
    const shm_schema *schema = shm_test_parse("enum E : i8 { a = -128, b, c = -1, d, e = 127, }\n"
                                              "enum F : u64 { a = 18446744073709551614, b }");
    const shm_type *e = shm_test_type_of(schema, "E");
    static const int64_t numbers[] = {-128, -127, -1, 0, 127};
    cr_assert_eq(e->value_count, 5);
    for (size_t i = 0; i < 5; i++)
        cr_assert_eq(e->values[i].value, numbers[i]);
    cr_assert_eq(shm_test_type_of(schema, "F")->values[1].value, -1);
    cr_assert_eq(e->size, 1);
    cr_assert(e->is_key);
    shm_schema_free(schema);
}

Test(checks, structs_hold_fixed_sizes)
{
    static const struct refusal refusals[] = {
        {"struct S { }", "1:8: error: the struct S has no fields"},
        {"struct S { x: string; }", "1:15: error: a struct holds fixed-size values in place, no "
                                    "string: make it a record"},
        {"struct S { x: decimal; }", "1:15: error: a struct holds fixed-size values in place, no "
                                     "decimal: make it a record"},
        {"struct S { x: [u8]; }",
         "1:15: error: a struct holds fixed-size values in place: make it a record"},
        {"struct S { x: {u8}[2]; }",
         "1:15: error: a struct holds fixed-size values in place: make it a record"},
        {"struct S { x: tensor<u8>; }",
         "1:15: error: a struct holds fixed-size values in place: make it a record"},
        {"struct S { x: (u8, u8); }", "1:15: error: a struct holds no tuples: make it a record"},
        {"record R { } struct S { x: ref<R>; }",
         "1:28: error: a struct holds no refs: make it a record"},
        {"record R { } struct S { x: R; }", "1:28: error: a struct holds fixed-size values in "
                                            "place, no records: make it a record"},
        {"struct S { x: S; }", "1:15: error: the struct S holds itself"},
        {"struct S { x: T?; } struct T { x: S[2]; }", "1:35: error: the struct S holds itself"},
        {"struct S { x: u8?\?; }", "1:15: error: T?\? stands only as the type of a record's field"},
    };
    EXPECT_REFUSALS(refusals);
    static const char *const taken[] = {
        "struct S { a: T?; b: u8?[3]; c: date; d: datetime; e: uuid; f: E; g: f32[3][4]?; }\n"
        "struct T { x: bool = true; } enum E : u8 { a }"};
    EXPECT_TAKEN(taken);
}

Test(checks, types)
{
    static const struct refusal refusals[] = {
        {"record A { x: u8?\?\?; }",
         "1:19: error: '?' stands at most twice: T? may be absent, T?\? absent or null"},
        {"record A { x: [u8?\?]; }",
         "1:16: error: T?\? stands only as the type of a record's field"},
        {"record A { x: (u8?\?, u8); }",
         "1:16: error: T?\? stands only as the type of a record's field"},
        {"record A { x: u8[0]; }",
         "1:18: error: the length of an array is an integer from 1 to 2147483648, not '0'"},
        {"record A { x: {any}; }", "1:16: error: a set's elements are keys; any cannot be one"},
        {"record A { x: {u8?}; }", "1:16: error: a set's elements are keys; u8? cannot be one"},
        {"record A { x: {[u8]: u8}; }", "1:16: error: [u8] cannot be the key of a dict"},
        {"struct S { x: u8?; } record A { x: {S: u8}; }",
         "1:37: error: S cannot be the key of a dict"},
        {"record A { x: tensor<string>; }",
         "1:22: error: a tensor's elements are integers or floats, not string"},
        {"struct S { x: u8; } record A { x: ref<S>; }",
         "1:39: error: ref refers to rows of a record; S is none"},
        {"record A { x: (u8); }",
         "1:15: error: a tuple has two parts or more; suffixes need no parentheses: u32?[4] is "
         "four optional numbers, u32[4]? an optional array"},
        {"record A { x: ref; }", "1:18: error: expected '<' after ref, not ';'"},
    };
    EXPECT_REFUSALS(refusals);
    const shm_schema *schema = shm_test_parse(
        "record A { a: f32[3][4]; b: u32?[4]; c: u32[4]?; d: u32?[2]?\?; e: {f64: [A]}; }");
    const shm_type *a = shm_test_type_of(schema, "A");
    cr_assert_eq(a->fields[0].type->length, 4);
    cr_assert_eq(a->fields[0].type->element->length, 3);
    cr_assert_eq(a->fields[1].type->element->kind, SHM_OPTIONAL);
    cr_assert_eq(a->fields[2].type->kind, SHM_OPTIONAL);
    cr_assert_eq(a->fields[2].type->element->length, 4);
    cr_assert(a->fields[3].type->nullable);
    cr_assert_eq(a->fields[4].type->element->element, a);
    shm_schema_free(schema);
}

Test(checks, records_without_end)
{
    static const struct refusal refusals[] = {
        {"record A { a: A; }", "1:15: error: A holds itself, so no row of it could end: make it "
                               "optional or a list"},
        {"record A { a: (u8, A[2]); }", "1:20: error: A holds itself, so no row of it could end: "
                                        "make it optional or a list"},
        {"record A { b: B; } record B { c: C?; d: C; } record C { a: A; }",
         "1:60: error: A holds itself through B, C, so no row of it could end: make it optional or "
         "a list"},
    };
    EXPECT_REFUSALS(refusals);
    static const char *const taken[] = {
        "record A { a: A?; b: [A]; c: {string: A}; d: A?\?; e: A?[2]; f: (A?, u8); }",
        "record A { b: B; c: C; } record B { c: C; } record C { a: A?; }"};
    EXPECT_TAKEN(taken);
}

Test(checks, defaults)
{
    static const struct refusal refusals[] = {
        {"record A { x: u8 = 256; }", "1:20: error: '256' is not an integer that u8 can hold"},
        {"record A { x: i8 = -129; }", "1:20: error: '-129' is not an integer that i8 can hold"},
        {"record A { x: u8? = true; }", "1:21: error: 'true' is not an integer that u8 can hold"},
        {"record A { x: bool = 1; }",
         "1:22: error: the default of a bool is true or false, not '1'"},
        {"record A { x: f32 = 1e39; }",
         "1:21: error: the default of a f32 is a number that it can hold, or \"NaN\", "
         "\"Infinity\", \"-Infinity\", not '1e39'"},
        {"record A { x: f64 = \"1\"; }",
         "1:21: error: the default of a f64 is a number that it can hold, or \"NaN\", "
         "\"Infinity\", \"-Infinity\", not '1'"},
        {"record A { x: string = 1; }",
         "1:24: error: the default of a string is a string, not '1'"},
        {"record A { x: date = \"2023-02-29\"; }",
         "1:22: error: the default of a date is a string like \"2024-02-29\", not '2023-02-29'"},
        {"record A { x: datetime = \"2024-02-29T12:00:00\"; }",
         "1:26: error: the default of a datetime is a string like \"2024-02-29T12:00:00Z\", not "
         "'2024-02-29T12:00:00'"},
        {"record A { x: uuid = \"1\"; }", "1:22: error: the default of a uuid is a string like "
                                          "\"6ba7b810-9dad-11d1-80b4-00c04fd430c8\", not '1'"},
        {"record A { x: decimal = \"x\"; }",
         "1:25: error: the default of a decimal is a number, or a string with one in it, not 'x'"},
        {"enum E : u8 { a } record A { x: E = b; }", "1:37: error: 'b' is no value of the enum E"},
        {"enum E : u8 { a } record A { x: E = \"a\"; }",
         "1:37: error: 'a' is no value of the enum E"},
        {"record A { x: [u8] = 1; }",
         "1:22: error: a field of this type has no default: bool, numbers, string, bytes, dates, "
         "uuid and enums may have one"},
        {"record A { x: u32?\? = 1; }",
         "1:23: error: a field of type T?\? has no default: one that is left out is absent"},
        {"record A { x: any = 1; }",
         "1:21: error: a field of this type has no default: bool, numbers, string, bytes, dates, "
         "uuid and enums may have one"},
    };
    EXPECT_REFUSALS(refusals);
    const shm_schema *schema = shm_test_parse(
        "enum E : i8 { a = -3, true = 1 }\n"
        "record A { a: i8? = -128; b: u64 = 18446744073709551615; c: E = a; d: f32 = 0.1;\n"
        "e: date = \"1970-01-02\"; f: datetime = \"1970-01-01T00:00:01+01:00\"; g: bytes = \"x\";\n"
        "h: decimal = 0.10; i: E = true; j: f64 = \"-Infinity\"; k: i64 = -0; l: u8; }");
    const shm_type *a = shm_test_type_of(schema, "A");
    double number;
    cr_assert_eq(a->fields[0].value.bits, (uint64_t)-128);
    cr_assert_eq(a->fields[1].value.bits, UINT64_MAX);
    cr_assert_eq(a->fields[2].value.bits, (uint64_t)-3);
    memcpy(&number, &a->fields[3].value.bits, sizeof number);
    cr_assert_eq(number, (double)0.1F);
    cr_assert_eq(a->fields[4].value.bits, 1);
    cr_assert_eq((int64_t)a->fields[5].value.bits, -3599 * INT64_C(1000000));
    cr_assert_eq(a->fields[5].value.zone_minutes, 60);
    cr_assert_eq(a->fields[5].value.zone_given, 1);
    cr_assert_str_eq(a->fields[6].value.text.data, "x");
    cr_assert_str_eq(a->fields[7].value.text.data, "0.10");
    cr_assert_eq(a->fields[8].value.bits, 1);
    memcpy(&number, &a->fields[9].value.bits, sizeof number);
    cr_assert_eq(number, -INFINITY);
    cr_assert_eq(a->fields[10].value.bits, 0);
    cr_assert(a->fields[10].has_default);
    cr_assert_not(a->fields[11].has_default);
    shm_schema_free(schema);
}

#define RECORDS                                                                                    \
    "struct P { x: u8; y: f64?; } struct Q { p: P?; n: i32; }"                                     \
    "record R { id: u32; name: string?; tags: [string]; more: {u8}?; p: P; q: Q?; n: N; t: (u8,"   \
    " u8); a: u8[2]; v: any; d: {u8: u8}; o: [u8?]; }"                                             \
    "record N { id: u32; }\ndataset D { t: array<R>; "

Test(checks, keys_of_indexes)
{
    static const struct refusal refusals[] = {
        {RECORDS "i: index u by id; }", "2:35: error: the dataset has no table 'u'"},
        {RECORDS "s: set<u8>; i: index s by id; }",
         "2:47: error: 's' is no table: an index refers to an array<R>"},
        {RECORDS "i: index t by no; }", "2:40: error: R has no field 'no'"},
        {RECORDS "i: index t by p.no; }", "2:42: error: P has no field 'no'"},
        {RECORDS "i: index t by id.x; }", "2:43: error: 'id' is no struct, so it has no field 'x'"},
        {RECORDS "i: index t by n.id; }",
         "2:42: error: keys lie in the row and its structs, not in a nested record"},
        {RECORDS "i: index t by p; }",
         "2:40: error: P cannot be a key: a struct is a key only if all in it are, none of them "
         "optional; name the fields that matter"},
        {RECORDS "i: index t by a; }",
         "2:40: error: u8[2] cannot be a key: keys are integers, floats, bool, enums, string, "
         "bytes, uuid, dates, structs of these, and lists and sets of them"},
        {RECORDS "i: index t by o; }",
         "2:40: error: [u8?] cannot be a key: the elements of a list must be keys themselves"},
        {RECORDS "i: multi t by tags, more; }",
         "2:46: error: a key has at most one list or set among its fields"},
        {RECORDS "i: multi t by id, p.x, id; }", "2:49: error: a field stands twice in one key"},
        {RECORDS "i: index t by id approximate; }",
         "2:43: error: approximate is an option of multi only"},
        {RECORDS "i: multi t by id approximate approximate; }",
         "2:55: error: approximate is said twice"},
        {RECORDS "i: multi t by id approximate 2/3; }",
         "2:55: error: a rate is written 1/N, as in approximate 1/1000"},
        {RECORDS "i: multi t by id approximate 1/1; }",
         "2:57: error: the N of approximate 1/N is an integer from 2 to 4294967296, not '1'"},
        {RECORDS "i: multi t by id approximate 1/4294967297; }",
         "2:57: error: the N of approximate 1/N is an integer from 2 to 4294967296, not "
         "'4294967297'"},
        {RECORDS "t: set<u8>; }",
         "2:26: error: the dataset has a collection 't' already, at t:2:13"},
    };
    EXPECT_REFUSALS(refusals);
    static const char *const fields[] = {"t", "v", "d", "n", "p.y.z"};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        char text[1024];
        snprintf(text, sizeof text, RECORDS "i: index t by %s; }", fields[i]);
        cr_expect_neq(shm_test_parse_error(text, NULL)[0], '\0', "%s is taken", text);
    }
    static const char *const taken[] = {
        RECORDS "i: index t by tags; m: multi t by more, id, p.y, q.p.x, q.n, name; }",
        RECORDS "a: multi t by id approximate 1/2; b: multi t by id approximate 1/4294967296; }",
        "record R { x: u8; } dataset D { i: index t by x; t: array<R>; }"};
    EXPECT_TAKEN(taken);
}

Test(checks, other_collections)
{
    static const struct refusal refusals[] = {
        {"dataset D { t: array<u8>; }",
         "1:22: error: the rows of a table are records; 'u8' is none"},
        {"dataset D { t: map<any, u8>; }", "1:20: error: any cannot be the key of a map"},
        {"dataset D { t: multimap<u8?, u8>; }", "1:25: error: u8? cannot be the key of a multimap"},
        {"dataset D { t: set<[u8]>; }", "1:20: error: [u8] cannot be the key of a set"},
        {"dataset D { t: map<u8, u8?\?>; }",
         "1:24: error: T?\? stands only as the type of a record's field"},
        {"dataset D { t: tensor<string>; }",
         "1:23: error: a tensor's elements are integers or floats"},
        {"dataset D { t: tree<u8>; }", "1:16: error: expected array, index, multi, map, multimap, "
                                       "set or tensor, not 'tree'"},
    };
    EXPECT_REFUSALS(refusals);
    static const char *const taken[] = {
        "struct P { x: f32; } dataset D { a: map<P, [u8?]?>; b: multimap<datetime, {u8: any}>; }"};
    EXPECT_TAKEN(taken);
}

Test(checks, refs_need_one_table)
{
    static const struct refusal refusals[] = {
        {"record R { r: ref<R>?; } dataset D { s: map<u8, R>; }",
         "1:15: error: ref<R> needs a table of R in the dataset D"},
        {"record R { r: ref<R>?; } dataset D { a: array<R>; b: array<R>; }",
         "1:15: error: ref<R> is ambiguous: the dataset D has 2 tables of R"},
        {"record R { } dataset D { a: map<u8, ref<R>>; }",
         "1:37: error: ref<R> needs a table of R in the dataset D"},
    };
    EXPECT_REFUSALS(refusals);
    static const char *const taken[] = {
        "record R { r: ref<R>?; }", "record R { r: [ref<R>]; } dataset D { a: array<R>; }",
        "record Q { } record R { r: ref<Q>?; } dataset D { a: array<Q>; b: array<Q>; }"};
    EXPECT_TAKEN(taken);
}
