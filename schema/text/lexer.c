#include "schema/text/lexer.h"

#include <string.h>

enum { SPACE = 1, DIGIT = 2, LETTER = 4, PUNCTUATION = 8 };

/* What a character may be part of; a newline is a space that counts. */
static const uint8_t classes[256] = {
    [' '] = SPACE,         ['\t'] = SPACE,         ['\r'] = SPACE,         ['\n'] = SPACE,
    ['0' ... '9'] = DIGIT, ['a' ... 'z'] = LETTER, ['A' ... 'Z'] = LETTER, ['_'] = LETTER,
    ['{'] = PUNCTUATION,   ['}'] = PUNCTUATION,    ['['] = PUNCTUATION,    [']'] = PUNCTUATION,
    ['('] = PUNCTUATION,   [')'] = PUNCTUATION,    ['<'] = PUNCTUATION,    ['>'] = PUNCTUATION,
    [':'] = PUNCTUATION,   [';'] = PUNCTUATION,    [','] = PUNCTUATION,    ['.'] = PUNCTUATION,
    ['='] = PUNCTUATION,   ['?'] = PUNCTUATION,    ['/'] = PUNCTUATION,
};

static bool is(char c, int class)
{
    return (classes[(unsigned char)c] & class) != 0;
}

static bool is_digit(char c)
{
    return is(c, DIGIT);
}

static bool is_name_char(char c)
{
    return is(c, LETTER | DIGIT);
}

void shm_lexer_open(shm_lexer *lexer, const char *text, size_t length)
{
    lexer->text = text;
    lexer->length = (uint32_t)length;
    lexer->line = 1;
    lexer->next = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* The character `ahead` of the next one; NUL past the end, where nothing matches it. */
static char peek(const shm_lexer *lexer, uint32_t ahead)
{
    return lexer->length - lexer->next > ahead ? lexer->text[lexer->next + ahead] : '\0';
}

static void skip_space(shm_lexer *lexer)
{
    const char *c = lexer->text + lexer->next;
    const char *end = lexer->text + lexer->length;
    for (; c < end && is(*c, SPACE); c++)
        lexer->line += *c == '\n';
    lexer->next = (uint32_t)(c - lexer->text);
}

static int take_name(shm_lexer *lexer)
{
    const char *c = lexer->text + lexer->next;
    const char *end = lexer->text + lexer->length;
    while (c < end && is_name_char(*c))
        c++;
    lexer->next = (uint32_t)(c - lexer->text);
    return SHM_TOKEN_NAME;
}

static int take_comment(shm_lexer *lexer)
{
    const bool is_doc = peek(lexer, 2) == '/' && peek(lexer, 3) != '/';
    const char *from = lexer->text + lexer->next;
    const char *newline = memchr(from, '\n', lexer->length - lexer->next);
    lexer->next = newline == NULL ? lexer->length : (uint32_t)(newline - lexer->text);
    while (lexer->text[lexer->next - 1] == '\r')
        lexer->next--;
    return is_doc ? SHM_TOKEN_DOC : SHM_TOKEN_COMMENT;
}

static int bad(shm_token *token, const char *problem)
{
    token->problem = problem;
    return SHM_TOKEN_BAD;
}

static void skip_digits(shm_lexer *lexer)
{
    while (is_digit(peek(lexer, 0)))
        lexer->next++;
}

static int take_number(shm_lexer *lexer, shm_token *token)
{
    const char *problem = NULL;
    if (peek(lexer, 0) == '-')
        lexer->next++;
    if (peek(lexer, 0) == '0' && is_digit(peek(lexer, 1)))
        problem = "a number does not begin with a needless 0";
    if (!is_digit(peek(lexer, 0)))
        problem = "digits are missing after '-'";
    skip_digits(lexer);
    if (peek(lexer, 0) == '.') {
        lexer->next++;
        if (!is_digit(peek(lexer, 0)))
            problem = "digits are missing after the point";
        skip_digits(lexer);
    }
    if (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') {
        lexer->next++;
        if (peek(lexer, 0) == '+' || peek(lexer, 0) == '-')
            lexer->next++;
        if (!is_digit(peek(lexer, 0)))
            problem = "digits are missing in the exponent";
        skip_digits(lexer);
    }
    if (is_name_char(peek(lexer, 0))) {
        if (problem == NULL)
            problem = "a number and a name stand together without a space";
        take_name(lexer);
    }
    return problem == NULL ? SHM_TOKEN_NUMBER : bad(token, problem);
}

/* The four hexadecimal digits that begin `ahead` of the next character; -1 if they are not. */
static int32_t hex4(const shm_lexer *lexer, uint32_t ahead)
{
    int32_t value = 0;
    for (uint32_t i = 0; i < 4; i++) {
        const char c = peek(lexer, ahead + i);
        if (is_digit(c))
            value = value * 16 + (c - '0');
        else if (c >= 'a' && c <= 'f')
            value = value * 16 + (c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            value = value * 16 + (c - 'A' + 10);
        else
            return -1;
    }
    return value;
}

/* The code point of the \u escape at the next character (a pair of them where needed) and its
 * bytes; -1 if it is none. */
static int32_t unicode_escape(const shm_lexer *lexer, uint32_t *bytes)
{
    const int32_t first = hex4(lexer, 2);
    *bytes = 6;
    if (first < 0xd800 || first > 0xdfff)
        return first;
    if (first > 0xdbff || peek(lexer, 6) != '\\' || peek(lexer, 7) != 'u')
        return -1;
    const int32_t second = hex4(lexer, 8);
    *bytes = 12;
    if (second < 0xdc00 || second > 0xdfff)
        return -1;
    return 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
}

/* The character that a two-character escape means; 0 if it is none. */
static char plain_escape(char c)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    const char *letter = c == '\0' ? NULL : strchr(letters, c);
    return letter == NULL ? '\0' : meanings[letter - letters];
}

static int take_string(shm_lexer *lexer, shm_token *token)
{
    const char *problem = NULL;
    lexer->next++;
    while (lexer->next < lexer->length && peek(lexer, 0) != '"') {
        const char c = peek(lexer, 0);
        uint32_t bytes = 1;
        if (c == '\n' || c == '\r')
            return bad(token, "the string does not end on its line");
        if ((unsigned char)c < 0x20)
            problem = "a control character in a string: write it as \\u00XX";
        if (c == '\\' && peek(lexer, 1) == 'u') {
            if (unicode_escape(lexer, &bytes) < 0) {
                problem = "\\u takes four hexadecimal digits, and surrogates come in pairs";
                bytes = 2;
            }
        } else if (c == '\\') {
            bytes = peek(lexer, 1) == '"' || peek(lexer, 1) == '\\' ? 2 : 1;
            if (plain_escape(peek(lexer, 1)) == '\0')
                problem = "an unknown escape: \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX are known";
        }
        lexer->next += bytes;
    }
    if (lexer->next >= lexer->length)
        return bad(token, "the string does not end on its line");
    lexer->next++;
    return problem == NULL ? SHM_TOKEN_STRING : bad(token, problem);
}

static int take_other(shm_lexer *lexer, shm_token *token)
{
    const char c = peek(lexer, 0);
    lexer->next++;
    if (is(c, PUNCTUATION))
        return c;
    while (lexer->next < lexer->length && ((unsigned char)peek(lexer, 0) & 0xc0) == 0x80)
        lexer->next++;
    return bad(token, "a character that has no meaning here");
}

void shm_lexer_next(shm_lexer *lexer, shm_token *token)
{
    skip_space(lexer);
    token->at = lexer->next;
    token->line = lexer->line;
    token->problem = NULL;
    const char c = peek(lexer, 0);
    if (lexer->next >= lexer->length) {
        token->kind = SHM_TOKEN_END;
    } else if (is(c, LETTER)) {
        token->kind = take_name(lexer);
    } else if (c == '-' || is_digit(c)) {
        token->kind = take_number(lexer, token);
    } else if (c == '"') {
        token->kind = take_string(lexer, token);
    } else if (c == '/' && peek(lexer, 1) == '/') {
        token->kind = take_comment(lexer);
    } else {
        token->kind = take_other(lexer, token);
    }
    token->length = lexer->next - token->at;
}

static char *put_code_point(char *to, int32_t point)
{
    if (point < 0x80) {
        *to++ = (char)point;
    } else if (point < 0x800) {
        *to++ = (char)(0xc0 | (point >> 6));
        *to++ = (char)(0x80 | (point & 0x3f));
    } else if (point < 0x10000) {
        *to++ = (char)(0xe0 | (point >> 12));
        *to++ = (char)(0x80 | ((point >> 6) & 0x3f));
        *to++ = (char)(0x80 | (point & 0x3f));
    } else {
        *to++ = (char)(0xf0 | (point >> 18));
        *to++ = (char)(0x80 | ((point >> 12) & 0x3f));
        *to++ = (char)(0x80 | ((point >> 6) & 0x3f));
        *to++ = (char)(0x80 | (point & 0x3f));
    }
    return to;
}

bool shm_token_string(const shm_lexer *lexer, const shm_token *token, shm_arena *arena,
                      shm_string *value)
{
    char *text = shm_arena_alloc(arena, token->length);
    if (text == NULL)
        return false;
    shm_lexer inside = *lexer;
    inside.next = token->at + 1;
    inside.length = token->at + token->length - 1;
    char *to = text;
    while (inside.next < inside.length) {
        const char c = peek(&inside, 0);
        uint32_t bytes = 1;
        if (c == '\\' && peek(&inside, 1) == 'u') {
            to = put_code_point(to, unicode_escape(&inside, &bytes));
        } else if (c == '\\') {
            bytes = 2;
            *to++ = plain_escape(peek(&inside, 1));
        } else {
            *to++ = c;
        }
        inside.next += bytes;
    }
    *value = shm_string_of(text, (size_t)(to - text));
    return true;
}
