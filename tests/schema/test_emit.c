/* The outputs of the compiler as functions: memory running out, and lines that are broken. */
#include <criterion/criterion.h>
#include <string.h>

#include "schema/compiler/c_header.h"
#include "schema/compiler/dot.h"
#include "schema/compiler/format.h"
#include "schema/compiler/python.h"
#include "schema/compiler/wrap.h"
#include "tests/support/allocation.h"

static const char schema_text[] =
    "namespace t; enum E : u8 { a = 0, b } struct P { x: f64; e: E?; }\n"
    "/// doc\nrecord R { id: u32 = 7; name: string; p: P; l: [[string?]]; s: {P2}; d: {string: "
    "R?};\n"
    "  t: (u8, string)?; r: ref<R>?; v: tensor<f32>; a: string[2][3]; n: u8??; u: uuid; }\n"
    "struct P2 { k: u8; }\n"
    "dataset D { rs: array<R>; i: index rs by id; m: multi rs by name, p.x; k: map<P2, [R]>;\n"
    "  z: set<date>; h: tensor<f64>; }\n";

typedef shm_status emitter(const shm_parsed *parsed, const char *dataset,
                           shm_diagnostics *diagnostics, shm_output *out, shm_error *error);

static shm_parsed *parse(shm_diagnostics *diagnostics)
{
    const shm_loaded root = {
        .path = "t.shm", .identity = "t", .text = schema_text, .length = strlen(schema_text)};
    shm_parsed *parsed;
    cr_assert_eq(shm_text_parse(&root, NULL, diagnostics, &parsed, NULL), SHM_OK);
    return parsed;
}

/* Fails each allocation in turn: the answer is NO_MEMORY, and nothing leaks. */
static void expect_memory_failures(emitter *emit)
{
    bool failed = true;
    uint64_t count = 0;
    for (; failed; count++) {
        shm_diagnostics diagnostics = {0};
        shm_parsed *parsed = parse(&diagnostics);
        shm_output out = {0};
        shm_error error = {0};
        shm_test_fail_allocation(count);
        const shm_status status = emit(parsed, NULL, &diagnostics, &out, &error);
        failed = shm_test_allow_allocations();
        cr_assert_eq(status, failed ? SHM_NO_MEMORY : SHM_OK, "allocation %llu: %s",
                     (unsigned long long)count, error.text);
        shm_output_free(&out);
        shm_parsed_free(parsed);
        shm_diagnostics_close(&diagnostics);
    }
    cr_assert_gt(count, 3);
}

Test(emit, memory_runs_out_in_a_header)
{
    expect_memory_failures(shm_c_header);
}

Test(emit, memory_runs_out_in_stubs)
{
    expect_memory_failures(shm_python_stub);
}

Test(emit, memory_runs_out_in_a_graph)
{
    expect_memory_failures(shm_dot_graph);
}

Test(emit, memory_runs_out_in_the_formatter)
{
    shm_output out = {0};
    shm_test_fail_allocation(0);
    shm_format(schema_text, strlen(schema_text), &out);
    cr_assert(shm_test_allow_allocations());
    cr_assert(out.failed);
    shm_output_free(&out);
}

static void expect_wrapped(const char *text, const char *expected)
{
    shm_output out = {0};
    shm_wrap_lines(&out, text, strlen(text));
    cr_assert_str_eq(out.text, expected);
    shm_output_free(&out);
}

#define TEN "abcdefghi "
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN

Test(emit, lines_of_a_hundred_columns_stay)
{
    expect_wrapped(NINETY "abcdefghij\n", NINETY "abcdefghij\n");
    expect_wrapped("\"" NINETY NINETY "\"\n", "\"" NINETY NINETY "\"\n");
}

Test(emit, longer_ones_break_behind_a_comma_below_the_bracket)
{
    expect_wrapped("int call(first_argument_of_the_call, second_argument_of_the_call, "
                   "third_argument_of_the_call, fourth);\n",
                   "int call(first_argument_of_the_call, second_argument_of_the_call, "
                   "third_argument_of_the_call,\n"
                   "         fourth);\n");
    expect_wrapped("/* " NINETY "abcdefg next */\n", "/* " NINETY "abcdefg\n * next */\n");
}
