/* Each limit at, below and above it. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/schemas.h"

static char *repeat(const char *before, const char *part, size_t count, const char *after)
{
    const size_t length = strlen(before) + strlen(part) * count + strlen(after);
    char *text = malloc(length + 1);
    char *to = text + strlen(before);
    cr_assert_not_null(text);
    memcpy(text, before, strlen(before));
    for (size_t i = 0; i < count; i++, to += strlen(part))
        memcpy(to, part, strlen(part));
    memcpy(to, after, strlen(after) + 1);
    return text;
}

/* `part` may stand `limit` times. */
static void expect_limit(const char *before, const char *part, size_t limit, const char *after,
                         const char *error)
{
    shm_status status;
    for (size_t count = limit - 1; count <= limit + 1; count++) {
        char *text = repeat(before, part, count, after);
        const char *told = shm_test_parse_error(text, &status);
        cr_assert_eq(status, count <= limit ? SHM_OK : SHM_LIMIT, "%zu: %s", count, told);
        cr_assert(count <= limit || strstr(told, error) != NULL, "%s", told);
        free(text);
    }
}

Test(limits, of_text)
{
    expect_limit("record ", "n", SHM_NAME_LENGTH_MAX, " { }", "a name of 256 bytes");
    expect_limit("record R { }\n", " ", SHM_SCHEMA_TEXT_BYTES_MAX - 13, "",
                 "a schema text has at most 16777216 bytes");
    expect_limit("record R { x: u8", "[1]", SHM_TYPE_DEPTH_MAX, "; }", "nested more than 64 deep");
}

/* A constant may be long, and may be named often, but not both: a text of a megabyte would ask for
 * terabytes. */
Test(limits, of_constants)
{
    enum { CONSTANT_BYTES = 1 << 15, USES = SHM_SCHEMA_TEXT_BYTES_MAX / CONSTANT_BYTES };
    static const struct {
        size_t uses;
        const char *error;
    } cases[] = {{USES - 2, NULL},
                 {USES, "bytes in one text"},
                 {USES + 1, "what the constants of the schema stand for"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        shm_status status;
        char *text = repeat("const B = \"", "x", CONSTANT_BYTES + 32 * (USES + 2), "");
        char *to = text + strlen("const B = \"") + CONSTANT_BYTES;
        to += sprintf(to, "\"; record R { ");
        for (size_t use = 0; use < cases[i].uses; use++) {
            to += sprintf(to, "f%zu: string = B; ", use);
        }
        (void)sprintf(to, "}");
        const char *told = shm_test_parse_error(text, &status);
        cr_expect_eq(status, cases[i].error == NULL ? SHM_OK : SHM_LIMIT, "%zu: %s", i, told);
        cr_expect(cases[i].error == NULL || strstr(told, cases[i].error) != NULL, "%s", told);
        free(text);
    }
}

Test(limits, of_nesting)
{
    shm_status status;
    for (unsigned depth = SHM_TYPE_DEPTH_MAX - 1; depth <= SHM_TYPE_DEPTH_MAX + 1; depth++) {
        char text[512];
        snprintf(text, sizeof text, "record R { x: %.*su8%.*s; }", (int)depth,
                 "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", (int)depth,
                 "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
        shm_test_parse_error(text, &status);
        cr_assert_eq(status, depth <= SHM_TYPE_DEPTH_MAX ? SHM_OK : SHM_LIMIT);
    }
    for (unsigned count = SHM_STRUCT_DEPTH_MAX - 1; count <= SHM_STRUCT_DEPTH_MAX + 1; count++) {
        char down[4096] = "struct S0 { x: u8; }";
        char up[4096] = "";
        size_t length = strlen(down);
        size_t up_length = 0;
        for (unsigned i = 1; i < count; i++) {
            length += (size_t)snprintf(down + length, sizeof down - length,
                                       "struct S%u { x: S%u; }", i, i - 1);
            up_length += (size_t)snprintf(up + up_length, sizeof up - up_length,
                                          "struct S%u { x: S%u; }", i - 1, i);
        }
        snprintf(up + up_length, sizeof up - up_length, "struct S%u { x: u8; }", count - 1);
        const shm_status expected = count <= SHM_STRUCT_DEPTH_MAX ? SHM_OK : SHM_LIMIT;
        shm_test_parse_error(down, &status);
        cr_assert_eq(status, expected);
        shm_test_parse_error(up, &status);
        cr_assert_eq(status, expected);
    }
}

Test(limits, of_sizes)
{
    static const struct {
        const char *text;
        shm_status status;
    } cases[] = {
        {"record R { x: u8[2147483640]; y: u8[7]; }", SHM_OK},
        {"record R { x: u8[2147483640]; y: u8[8]; }", SHM_OK},
        {"record R { x: u8[2147483640]; y: u8[9]; }", SHM_LIMIT},
        {"struct S { x: u8[2147483647]; y: u8; }", SHM_OK},
        {"struct S { x: u8[2147483647]; y: u16; }", SHM_LIMIT},
        {"record R { x: (u8[2147483648], u8); }", SHM_LIMIT},
        {"record R { x: u8[2147483648]; }", SHM_OK},
        {"record R { x: u8[2147483649]; }", SHM_BAD_SCHEMA},
        {"record R { x: u16[1073741824]; }", SHM_OK},
        {"record R { x: u16[1073741825]; }", SHM_LIMIT},
        {"record R { x: u8[65536][65536]; }", SHM_LIMIT},
        {"record R { x: [u8[2147483648]?]; }", SHM_LIMIT},
        {"dataset D { m: map<u64, u64[268435455]>; }", SHM_OK},
        {"dataset D { m: map<u64, u64[268435456]>; }", SHM_LIMIT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        shm_status status;
        shm_test_parse_error(cases[i].text, &status);
        cr_expect_eq(status, cases[i].status, "%s: %d", cases[i].text, (int)status);
    }
}

Test(limits, of_key_parts)
{
    shm_status status;
    for (unsigned count = SHM_KEY_PART_COUNT_MAX - 1; count <= SHM_KEY_PART_COUNT_MAX + 1;
         count++) {
        char text[2048] = "record R { ";
        size_t length = strlen(text);
        for (unsigned i = 0; i < count; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, "f%u: u8; ", i);
        length += (size_t)snprintf(text + length, sizeof text - length,
                                   "} dataset D { t: array<R>; i: index t by f0");
        for (unsigned i = 1; i < count; i++)
            length += (size_t)snprintf(text + length, sizeof text - length, ", f%u", i);
        snprintf(text + length, sizeof text - length, "; }");
        shm_test_parse_error(text, &status);
        cr_assert_eq(status, count <= SHM_KEY_PART_COUNT_MAX ? SHM_OK : SHM_LIMIT);
    }
}

Test(limits, of_types)
{
    /* u8, an array type for each record, the records, and enums for the rest. */
    for (unsigned extra = 0; extra < 4; extra++) {
        const unsigned records = SHM_TYPE_COUNT_MAX / 2 - 1;
        char *text = malloc((size_t)records * 40 + 200);
        size_t length = 0;
        shm_status status;
        cr_assert_not_null(text);
        for (unsigned i = 0; i < records; i++)
            length += (size_t)sprintf(text + length, "record R%u { a: u8[%u]; }\n", i, i + 1);
        for (unsigned i = 0; i < extra; i++)
            length += (size_t)sprintf(text + length, "enum E%u : u8 { a }\n", i);
        const unsigned count = 1 + 2 * records + extra;
        shm_test_parse_error(text, &status);
        cr_assert_eq(status, count <= SHM_TYPE_COUNT_MAX ? SHM_OK : SHM_LIMIT);
        cr_assert(extra != 3 || count == SHM_TYPE_COUNT_MAX + 1);
        free(text);
    }
}
