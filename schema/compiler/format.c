#include "schema/compiler/format.h"

#include <string.h>

#include "schema/text/lexer.h"

enum { INDENT = 2, CONTINUED = 4 };

/* Where the next token stands. */
typedef enum position {
    AT_START,     /* of the text */
    AT_STATEMENT, /* a statement, enum value or declaration begins */
    IN_STATEMENT
} position;

struct formatter {
    shm_output *out;
    const char *text;
    shm_token previous; /* kind 0 before the first one */
    position position;
    bool in_block; /* inside the braces of a declaration */
    bool in_enum;
    bool line_is_open; /* something stands on the line */
    bool broken;       /* a comment ended the line in a statement */
    bool after_block;
    int braces; /* of types around the token */
};

static bool is_comment(int kind)
{
    return kind == SHM_TOKEN_COMMENT || kind == SHM_TOKEN_DOC;
}

static bool is_word(const struct formatter *formatter, const shm_token *token, const char *word)
{
    return token->kind == SHM_TOKEN_NAME && token->length == strlen(word) &&
           memcmp(formatter->text + token->at, word, token->length) == 0;
}

static void end_line(struct formatter *formatter)
{
    if (formatter->line_is_open)
        shm_output_add(formatter->out, "\n", 1);
    formatter->line_is_open = false;
}

/* At most one blank line, where the source has some or a declaration ended; none inside of the
 * first or last line of a block. */
static void start_line(struct formatter *formatter, const shm_token *token)
{
    const bool closes = token->kind == '}' && formatter->in_block && formatter->braces == 0;
    const bool opened = formatter->previous.kind == '{' && formatter->position != IN_STATEMENT;
    const bool blank = token->line > formatter->previous.line + 1;
    end_line(formatter);
    if (formatter->position == AT_STATEMENT && !closes && !opened &&
        (blank || formatter->after_block))
        shm_output_add(formatter->out, "\n", 1);
    formatter->after_block = false;
    int indent = formatter->in_block && !closes ? INDENT : 0;
    if (formatter->position == IN_STATEMENT)
        indent += CONTINUED;
    shm_output_print(formatter->out, "%*s", indent, "");
}

static bool is_tight_before(const struct formatter *formatter, int kind)
{
    const int before = formatter->previous.kind;
    switch (kind) {
    case ';':
    case ',':
    case '?':
    case ']':
    case ')':
    case '>':
    case '<':
    case '.':
    case '/':
    case '}':
        return true;
    case ':':
        return formatter->in_block;
    case '[': /* of an array, not of a list */
        return before == SHM_TOKEN_NAME || before == ']' || before == ')' || before == '}' ||
               before == '>' || before == '?';
    default:
        return false;
    }
}

static bool is_tight_after(const struct formatter *formatter)
{
    switch (formatter->previous.kind) {
    case '[':
    case '(':
    case '<':
    case '.':
    case '/':
        return true;
    case '{':
        return formatter->braces > 0;
    default:
        return false;
    }
}

/* The kind of the next token that is no comment. */
static int kind_ahead(shm_lexer lexer)
{
    shm_token token;
    do {
        shm_lexer_next(&lexer, &token);
    } while (is_comment(token.kind));
    return token.kind;
}

static void print_comment(struct formatter *formatter, const shm_token *token, int ahead)
{
    uint32_t length = token->length;
    while (length > 0 && strchr(" \t\r", formatter->text[token->at + length - 1]) != NULL)
        length--;
    const bool trails = formatter->previous.kind != 0 && formatter->previous.line == token->line;
    /* Behind an enum's last value, which no comma ends. */
    if (ahead == '}' && formatter->in_block && formatter->braces == 0)
        formatter->position = AT_STATEMENT;
    if (trails && formatter->line_is_open)
        shm_output_add(formatter->out, "  ", 2);
    else
        start_line(formatter, token);
    shm_output_add(formatter->out, formatter->text + token->at, length);
    formatter->line_is_open = true;
    formatter->broken = true;
    if (formatter->position == AT_START)
        formatter->position = AT_STATEMENT;
}

/* What the token means for those after it. */
static void follow(struct formatter *formatter, const shm_token *token)
{
    formatter->position = IN_STATEMENT;
    switch (token->kind) {
    case '{':
        if (formatter->in_block) {
            formatter->braces++;
        } else {
            formatter->in_block = true;
            formatter->position = AT_STATEMENT;
        }
        break;
    case '}':
        if (formatter->braces > 0) {
            formatter->braces--;
        } else {
            formatter->in_block = formatter->in_enum = false;
            formatter->after_block = true;
            formatter->position = AT_STATEMENT;
        }
        break;
    case ';':
        formatter->position = AT_STATEMENT;
        break;
    case ',':
        if (formatter->in_enum && formatter->braces == 0)
            formatter->position = AT_STATEMENT;
        break;
    default:
        break;
    }
}

static void print_token(struct formatter *formatter, const shm_token *token)
{
    const bool closes = token->kind == '}' && formatter->in_block && formatter->braces == 0;
    /* A ';' behind the brace of a declaration stays there. */
    const bool stays =
        (token->kind == ';' || token->kind == ',') && formatter->line_is_open && !formatter->broken;
    if (!formatter->in_block && formatter->position != IN_STATEMENT)
        formatter->in_enum = is_word(formatter, token, "enum");
    if (!stays && (formatter->position != IN_STATEMENT || formatter->broken || closes)) {
        if (closes)
            formatter->position = AT_STATEMENT;
        start_line(formatter, token);
    } else if (!stays && !is_tight_before(formatter, token->kind) && !is_tight_after(formatter)) {
        shm_output_add(formatter->out, " ", 1);
    }
    shm_output_add(formatter->out, formatter->text + token->at, token->length);
    formatter->line_is_open = true;
    formatter->broken = false;
    follow(formatter, token);
}

void shm_format(const char *text, size_t length, shm_output *out)
{
    struct formatter formatter = {.out = out, .text = text};
    shm_lexer lexer;
    shm_token token;
    int ahead = SHM_TOKEN_END;
    shm_lexer_open(&lexer, text, length);
    for (;;) {
        shm_lexer_next(&lexer, &token);
        if (token.kind == SHM_TOKEN_END)
            break;
        if (is_comment(token.kind)) {
            /* Once for all comments that follow one another. */
            if (!is_comment(formatter.previous.kind))
                ahead = kind_ahead(lexer);
            print_comment(&formatter, &token, ahead);
        } else {
            print_token(&formatter, &token);
        }
        formatter.previous = token;
    }
    end_line(&formatter);
}
