#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/allocation.h"
#include "tests/support/random_schema.h"
#include "tests/support/schemas.h"

static void add_line(void *context, const char *text)
{
    char *all = context;
    strcat(strcat(all, text), "\n");
}

/* The breaks between two texts, one a line, into `all`. */
static bool compare(const char *newer_text, const char *older_text, char *all, bool *old_reads_new)
{
    const shm_schema *newer = shm_test_parse(newer_text);
    const shm_schema *older = shm_test_parse(older_text);
    all[0] = '\0';
    const bool compatible = shm_schema_compatible(newer, older, add_line, all, old_reads_new);
    cr_assert_eq(compatible, all[0] == '\0');
    cr_assert_eq(compatible, shm_schema_compatible(newer, older, NULL, NULL, NULL));
    shm_schema_free(newer);
    shm_schema_free(older);
    return compatible;
}

struct change {
    const char *older;
    const char *newer;
    const char *breaks; /* NULL: none */
    bool old_reads_new;
};

static void expect_changes(const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char all[4096];
        bool old_reads_new;
        compare(changes[i].newer, changes[i].older, all, &old_reads_new);
        cr_expect_str_eq(all, changes[i].breaks == NULL ? "" : changes[i].breaks, "%s\n%s\n%s",
                         changes[i].older, changes[i].newer, all);
        cr_expect_eq(old_reads_new, changes[i].old_reads_new, "%s", changes[i].newer);
    }
}

#define EXPECT_CHANGES(changes) expect_changes(changes, sizeof(changes) / sizeof(*(changes)))

Test(compatible, what_may_change)
{
    static const struct change changes[] = {
        {"record R { a: u8; }", "record R { a: u8; }", NULL, true},
        {"record R { a: u8; }", "/// Doc.\nrecord R { a: u8; } // and a comment", NULL, true},
        {"record R { a: u8; }", "record R { a: u8; b: u8?; c: string?\?; }", NULL, true},
        {"record R { a: u8; }", "record R { a: u8; b: u8 = 1; }", NULL, true},
        {"record R { a: u8; }", "record R { a: u8; b: [u8]; c: {u8}; d: {u8: u8}; e: any; }", NULL,
         true},
        {"record R { a: u8; }", "record R { b: u8 was a; }", NULL, true},
        {"record R { a: u8; }", "record R { a: u8 deprecated; }", NULL, true},
        {"record R { b: u8 was a; }", "record R { b: u8; }", NULL, true},
        {"record R { a: u8; }", "record R { a: u16; }", NULL, false},
        {"record R { a: u8; }", "record R { a: i16; }", NULL, false},
        {"record R { a: u32?; }", "record R { a: i64?; }", NULL, false},
        {"record R { a: i8; }", "record R { b: i64 was a; c: u8?; }", NULL, false},
        {"enum E : u8 { a } record R { e: E; }", "enum E : u8 { b = 7, a = 0 } record R { e: E; }",
         NULL, true},
        {"record R { }", "record R { } record Q { x: u8; }", NULL, true},
        {"record R { a: u8; } dataset D { t: array<R>; }",
         "record R { a: u8; } dataset D { i: index t by a; t: array<R>; }", NULL, true},
        {"record R { a: u8; } dataset D { t: array<R>; i: index t by a; }",
         "record R { b: u16 was a; } dataset D { t: array<R>; i: index t by b deprecated; }", NULL,
         false},
        {"record Gone { } record R { a: u8; } dataset D { t: array<R>; }",
         "record R { a: u8; } dataset D { t: array<R>; }", NULL, true},
        {"struct S { a: u8; } record R { s: S; }",
         "struct S { a: u8 deprecated; } record R { s: S; }", NULL, true},
        {"", "record R { }", NULL, true},
    };
    EXPECT_CHANGES(changes);
}

Test(compatible, what_may_not_change_in_records)
{
    static const struct change changes[] = {
        {"record R { a: u8; b: u8; }", "record R { a: u8; }",
         "record R: field b was removed: deprecate it instead\n", false},
        {"record R { a: u8; }", "record R { a: string; }", "record R: field a: u8 became string\n",
         false},
        {"record R { a: u32; }", "record R { a: i32; }",
         "record R: field a: u32 became i32: an integer may only become one that holds every older "
         "value\n",
         false},
        {"record R { a: i8; }", "record R { a: u64; }",
         "record R: field a: i8 became u64: an integer may only become one that holds every older "
         "value\n",
         false},
        {"record R { a: u16; }", "record R { a: u8; }",
         "record R: field a: u16 became u8: an integer may only become one that holds every older "
         "value\n",
         false},
        {"record R { a: f32; }", "record R { a: f64; }", "record R: field a: f32 became f64\n",
         false},
        {"record R { a: [u8]; }", "record R { a: [u16]; }",
         "record R: field a: [u8] became [u16]\n", false},
        {"record R { a: u8; }", "record R { a: u8?; }",
         "record R: field a: u8 became u8?: what is optional stays optional, and what is required "
         "stays required\n",
         false},
        {"record R { a: u8?; }", "record R { a: u8; }",
         "record R: field a: u8? became u8: what is optional stays optional, and what is required "
         "stays required\n",
         false},
        {"record R { a: u8?; }", "record R { a: u16?\?; }",
         "record R: field a: u8? became u16?\?: T? and T?\? are different types\n", false},
        {"record R { a: u8; }", "record R { a: u8; b: u8; }",
         "record R: field b was added, but is neither optional nor has a default, so older rows "
         "have no value of it\n",
         false},
        {"record R { a: u8; }", "record R { b: u8?; a: u8; }",
         "record R: field b was added before a: append it at the end\n", false},
        {"record R { a: u8; b: u8; c: u8; }", "record R { a: u8; c: u8; b: u8; }",
         "record R: field b was moved\n", false},
        {"record R { a: u8; }", "record R { b: u8; }",
         "record R: field b was added, but is neither optional nor has a default, so older rows "
         "have no value of it\nrecord R: field a was removed: deprecate it instead\n",
         false},
        {"record R { a: u8 = 1; }", "record R { a: u8 = 2; }",
         "record R: field a: its default changed, and with it rows stored before the field was "
         "added\n",
         false},
        {"record R { a: u8 deprecated; }", "record R { a: u8; }",
         "record R: field a is no longer deprecated\n", false},
        {"record R { }", "struct R { a: u8; }", "record R became a struct\n", false},
        {"record R { } record Q { }", "record R { }", "record Q was removed\n", false},
        {"record R { a: (u8, [Q]); } record Q { }", "record R { a: (u8, [R]); } record Q { }",
         "record R: field a: (u8, [Q]) became (u8, [R])\n", false},
        {"namespace n;", "namespace m;", "namespace: n became m\n", false},
        {"", "namespace m;", "namespace: none became m\n", false},
    };
    EXPECT_CHANGES(changes);
}

Test(compatible, what_may_not_change_in_structs_and_enums)
{
    static const struct change changes[] = {
        {"struct S { a: u8; }", "struct S { a: u8; b: u8?; }",
         "struct S: field b was added: structs are closed\n", false},
        {"struct S { a: u8; b: u8; }", "struct S { a: u8; }",
         "struct S: field b was removed: structs are closed\n", false},
        {"struct S { a: u8; }", "struct S { b: u8; }",
         "struct S: field a became b: structs are closed\n", false},
        {"struct S { a: u8; }", "struct S { a: u16; }",
         "struct S: field a changed: structs are closed\n", false},
        {"struct S { a: u8; }", "struct S { a: u8 = 1; }",
         "struct S: field a changed: structs are closed\n", false},
        {"enum E : u8 { a, b }", "enum E : u8 { a }", "enum E: value b was removed\n", false},
        {"enum E : u8 { a, b }", "enum E : u8 { b, a }",
         "enum E: the number of a changed\nenum E: the number of b changed\n", false},
        {"enum E : u8 { a }", "enum E : u16 { a }", "enum E: u8 became u16\n", false},
    };
    EXPECT_CHANGES(changes);
}

#define R "record R { a: u8; b: u8; } record Q { a: u8; } "

Test(compatible, what_may_not_change_in_collections)
{
    static const struct change changes[] = {
        {"dataset D { s: set<u8>; t: set<u8>; }", "dataset D { t: set<u8>; }",
         "collection s was removed: deprecate it instead\n", false},
        {"dataset D { s: set<u8>; }", "dataset D { s: map<u8, u8>; }",
         "collection s: a set became a map\n", false},
        {"dataset D { s: set<u8>; }", "dataset D { s: set<u16>; }",
         "collection s: its key: u8 became u16\n", false},
        {"dataset D { s: map<u8, u8>; }", "dataset D { s: map<u8, u16>; }",
         "collection s: its value: u8 became u16\n", false},
        {"dataset D { s: tensor<f32>; }", "dataset D { s: tensor<f64>; }",
         "collection s: its element: f32 became f64\n", false},
        {"dataset D { s: set<u8> deprecated; }", "dataset D { s: set<u8>; }",
         "collection s is no longer deprecated\n", false},
        {R "dataset D { t: array<R>; q: array<Q>; }", R "dataset D { t: array<Q>; q: array<R>; }",
         "collection t: its record: R became Q\ncollection q: its record: Q became R\n", false},
        {R "dataset D { t: array<R>; i: index t by a; }",
         R "dataset D { t: array<R>; i: index t by b; }",
         "collection i: its key is of other fields: add a new collection instead\n", false},
        {R "dataset D { t: array<R>; i: index t by a; }",
         R "dataset D { t: array<R>; i: index t by a, b; }",
         "collection i: its key is of other fields: add a new collection instead\n", false},
        {R "dataset D { t: array<R>; i: index t by a; }",
         R "dataset D { t: array<R>; i: multi t by a; }", "collection i: an index became a multi\n",
         false},
        {R "dataset D { t: array<R>; i: multi t by a approximate; }",
         R "dataset D { t: array<R>; i: multi t by a approximate 1/5; }",
         "collection i: approximate 1/1000 became 1/5\n", false},
        {R "dataset D { t: array<R>; u: array<R>; i: index t by a; }",
         R "dataset D { t: array<R>; u: array<R>; i: index u by a; }",
         "collection i: its table t became u\n", false},
        {"dataset D { }", "dataset E { }", "dataset D became E\n", false},
        {"dataset D { }", "", "dataset D was removed\n", false},
    };
    EXPECT_CHANGES(changes);
}

Test(compatible, every_schema_is_with_itself)
{
    for (uint64_t seed = 0; seed < 300; seed++) {
        size_t length;
        char *text = shm_test_random_schema(seed, &length);
        const shm_schema *schema = shm_test_parse(text);
        char all[4096];
        bool old_reads_new;
        cr_assert(compare(text, schema->text.data, all, &old_reads_new), "%s", all);
        cr_assert(old_reads_new);
        shm_schema_free(schema);
        free(text);
    }
}

Test(compatible, want_of_memory_is_a_break)
{
    const shm_schema *older = shm_test_parse(R "dataset D { t: array<R>; u: array<Q>; }");
    const shm_schema *newer =
        shm_test_parse(R "dataset D { t: array<R>; u: array<Q>; s: set<u8>; }");
    for (uint64_t nth = 0;; nth++) {
        char all[4096] = "";
        shm_test_fail_allocation(nth);
        const bool compatible = shm_schema_compatible(newer, older, add_line, all, NULL);
        if (!shm_test_allow_allocations()) {
            cr_assert(compatible);
            break;
        }
        cr_assert_not(compatible);
        cr_assert_str_eq(all, "the schemas could not be compared: out of memory\n");
    }
    shm_schema_free(newer);
    shm_schema_free(older);
}
