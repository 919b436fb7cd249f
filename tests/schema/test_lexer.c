#include <criterion/criterion.h>
#include <string.h>

#include "schema/text/diagnostic.h"
#include "schema/text/lexer.h"

static shm_lexer open_text(const char *text)
{
    shm_lexer lexer;
    shm_lexer_open(&lexer, text, strlen(text));
    return lexer;
}

static void expect_token(shm_lexer *lexer, int kind, const char *text, uint32_t line)
{
    shm_token token;
    shm_lexer_next(lexer, &token);
    cr_assert_eq(token.kind, kind, "kind %d instead of %d at %u", token.kind, kind, token.at);
    cr_assert_eq(token.length, strlen(text));
    cr_assert(memcmp(lexer->text + token.at, text, token.length) == 0);
    cr_assert_eq(token.line, line);
}

static void expect_bad(const char *text, const char *part)
{
    shm_lexer lexer = open_text(text);
    shm_token token;
    shm_lexer_next(&lexer, &token);
    cr_assert_eq(token.kind, SHM_TOKEN_BAD, "'%s' is taken", text);
    cr_assert(strstr(token.problem, part) != NULL, "'%s': %s", text, token.problem);
}

Test(lexer, tokens_with_their_lines)
{
    shm_lexer lexer = open_text("record A{ x:u8[3]?;\n y : (a.b) = -1.5e+3; }\n1/1000 <>,=");
    expect_token(&lexer, SHM_TOKEN_NAME, "record", 1);
    expect_token(&lexer, SHM_TOKEN_NAME, "A", 1);
    expect_token(&lexer, '{', "{", 1);
    expect_token(&lexer, SHM_TOKEN_NAME, "x", 1);
    expect_token(&lexer, ':', ":", 1);
    expect_token(&lexer, SHM_TOKEN_NAME, "u8", 1);
    expect_token(&lexer, '[', "[", 1);
    expect_token(&lexer, SHM_TOKEN_NUMBER, "3", 1);
    expect_token(&lexer, ']', "]", 1);
    expect_token(&lexer, '?', "?", 1);
    expect_token(&lexer, ';', ";", 1);
    expect_token(&lexer, SHM_TOKEN_NAME, "y", 2);
    expect_token(&lexer, ':', ":", 2);
    expect_token(&lexer, '(', "(", 2);
    expect_token(&lexer, SHM_TOKEN_NAME, "a", 2);
    expect_token(&lexer, '.', ".", 2);
    expect_token(&lexer, SHM_TOKEN_NAME, "b", 2);
    expect_token(&lexer, ')', ")", 2);
    expect_token(&lexer, '=', "=", 2);
    expect_token(&lexer, SHM_TOKEN_NUMBER, "-1.5e+3", 2);
    expect_token(&lexer, ';', ";", 2);
    expect_token(&lexer, '}', "}", 2);
    expect_token(&lexer, SHM_TOKEN_NUMBER, "1", 3);
    expect_token(&lexer, '/', "/", 3);
    expect_token(&lexer, SHM_TOKEN_NUMBER, "1000", 3);
    expect_token(&lexer, '<', "<", 3);
    expect_token(&lexer, '>', ">", 3);
    expect_token(&lexer, ',', ",", 3);
    expect_token(&lexer, '=', "=", 3);
    expect_token(&lexer, SHM_TOKEN_END, "", 3);
    expect_token(&lexer, SHM_TOKEN_END, "", 3);
}

Test(lexer, comments_are_tokens)
{
    shm_lexer lexer = open_text("// one\r\n/// two\n//// three\n//");
    expect_token(&lexer, SHM_TOKEN_COMMENT, "// one", 1);
    expect_token(&lexer, SHM_TOKEN_DOC, "/// two", 2);
    expect_token(&lexer, SHM_TOKEN_COMMENT, "//// three", 3);
    expect_token(&lexer, SHM_TOKEN_COMMENT, "//", 4);
    expect_token(&lexer, SHM_TOKEN_END, "", 4);
}

Test(lexer, skips_a_byte_order_mark)
{
    shm_lexer lexer = open_text("\xef\xbb\xbfx");
    expect_token(&lexer, SHM_TOKEN_NAME, "x", 1);
}

Test(lexer, refuses_what_is_no_token)
{
    expect_bad("-x", "digits are missing");
    expect_bad("01", "needless 0");
    expect_bad("1.", "after the point");
    expect_bad("1e", "exponent");
    expect_bad("12ab", "without a space");
    expect_bad("\"abc", "does not end");
    expect_bad("\"abc\n\"", "does not end");
    expect_bad("\"\t\"", "control character");
    expect_bad("\"\\q\"", "unknown escape");
    expect_bad("\"\\u12g4\"", "four hexadecimal");
    expect_bad("\"\\ud800\"", "surrogates");
    expect_bad("\"\\udc00\\ud800\"", "surrogates");
    expect_bad("\"\\ud800\\u0041\"", "surrogates");
    expect_bad("\xc3\xa9", "no meaning");
    expect_bad("#", "no meaning");
}

Test(lexer, replaces_escapes)
{
    const char text[] =
        "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\u00e9\\u20ac\\ud83d\\ude00\xc3\xa9\"";
    const char value[] = "a\"\\/\b\f\n\r\t\0\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9";
    shm_lexer lexer = open_text(text);
    shm_arena arena = {0};
    shm_token token;
    shm_string string;
    shm_lexer_next(&lexer, &token);
    cr_assert_eq(token.kind, SHM_TOKEN_STRING);
    cr_assert(shm_token_string(&lexer, &token, &arena, &string));
    cr_assert_eq(string.length, sizeof value - 1);
    cr_assert(memcmp(string.data, value, string.length) == 0);
    shm_arena_close(&arena);
}

Test(lexer, columns_count_code_points)
{
    const char text[] = "a\n/* \xc3\xa9\xe2\x82\xac */ x";
    const shm_source source = {"t", text, strlen(text), 0};
    uint32_t line;
    uint32_t column;
    shm_source_place(&source, strlen(text) - 1, &line, &column);
    cr_assert_eq(line, 2);
    cr_assert_eq(column, 10);
}

Test(lexer, a_long_line_is_shown_in_part)
{
    char text[3001];
    memset(text, 'x', 3000);
    text[3000] = '\0';
    memcpy(text + 1000, "\xe2\x82\xac", 3);
    const shm_source source = {"t", text, 3000, 0};
    shm_diagnostics diagnostics = {0};
    cr_assert_not(shm_diagnose(&diagnostics, &source, 1100, SHM_BAD_SCHEMA, "%s", "wrong"));
    cr_assert_eq(diagnostics.count, 1);
    const shm_diagnostic *item = &diagnostics.items[0];
    cr_assert_leq(strlen(item->source_line), 400);
    cr_assert_eq(item->column, 1099);
    cr_assert_eq(item->caret, 118);
    shm_diagnostics_close(&diagnostics);
}

Test(lexer, diagnostics_are_in_order_and_end_at_twenty)
{
    const char text[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const shm_source source = {"t", text, strlen(text), 0};
    shm_diagnostics diagnostics = {0};
    for (size_t i = 30; i-- > 5;) {
        shm_diagnose(&diagnostics, &source, i, SHM_BAD_SCHEMA, "at %zu", i);
        shm_diagnose(&diagnostics, &source, i, SHM_BAD_SCHEMA, "again");
    }
    cr_assert(diagnostics.full);
    cr_assert_eq(diagnostics.count, SHM_DIAGNOSTIC_COUNT_MAX);
    cr_assert_str_eq(diagnostics.items[0].text, "at 10");
    cr_assert_str_eq(diagnostics.items[19].text, "at 29");
    shm_diagnostics_close(&diagnostics);
}
