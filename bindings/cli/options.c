#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "out.h"

int shm_args_fail(const shm_args *args, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "shm %s: %s\nusage: shm %s %s\nTry 'shm %s --help'.\n", args->verb->name, text,
            args->verb->name, args->verb->usage, args->verb->name);
    return SHM_EXIT_BAD;
}

static int stop(shm_args *args, int code)
{
    args->exit_code = code;
    return SHM_ARG_STOP;
}

static int print_help(shm_args *args)
{
    shm_out out = {0};
    shm_out_print(&out, "usage: shm %s %s\n%s.\n\n%s", args->verb->name, args->verb->usage,
                  args->verb->summary, args->verb->details);
    shm_out_text(
        &out, "  --json                one JSON object instead of text, where there is a choice\n"
              "  --help                this text\n");
    shm_out_flush(&out);
    shm_out_close(&out);
    return stop(args, SHM_EXIT_DONE);
}

/* Sets the value of an option that takes one: `attached`, unless NULL, or the next word. */
static int take_value(shm_args *args, const shm_option *option, const char *attached)
{
    args->value = attached;
    if (attached == NULL && args->at < args->count) {
        args->value = args->words[args->at++];
    }
    if (args->value == NULL) {
        return stop(args, shm_args_fail(args, "option --%s needs a value", option->name));
    }
    return option->id;
}

static int next_long(shm_args *args, const shm_option *options, const char *name)
{
    const char *equals = strchr(name, '=');
    const size_t length = equals == NULL ? strlen(name) : (size_t)(equals - name);
    for (const shm_option *option = options; option->name != NULL; option++) {
        if (strlen(option->name) != length || memcmp(option->name, name, length) != 0) {
            continue;
        }
        if (option->takes_value) {
            return take_value(args, option, equals == NULL ? NULL : equals + 1);
        }
        if (equals != NULL) {
            return stop(args, shm_args_fail(args, "option --%s takes no value", option->name));
        }
        return option->id;
    }
    return stop(args, shm_args_fail(args, "unknown option '--%.*s'", (int)length, name));
}

static int next_letter(shm_args *args, const shm_option *options)
{
    const char letter = *args->letters++;
    for (const shm_option *option = options; option->name != NULL; option++) {
        if (option->letter != letter) {
            continue;
        }
        if (!option->takes_value) {
            return option->id;
        }
        const char *attached = *args->letters == '\0' ? NULL : args->letters;
        args->letters = "";
        return take_value(args, option, attached);
    }
    return stop(args, shm_args_fail(args, "unknown option '-%c'", letter));
}

int shm_args_next(shm_args *args, const shm_option *options)
{
    args->value = NULL;
    if (args->letters != NULL && *args->letters != '\0') {
        return next_letter(args, options);
    }
    while (args->at < args->count) {
        const char *word = args->words[args->at++];
        const bool is_number = word[0] == '-' && ((word[1] >= '0' && word[1] <= '9') ||
                                                  strcmp(word, "-Infinity") == 0);
        if (args->words_only || word[0] != '-' || word[1] == '\0' || is_number) {
            args->value = word;
            return SHM_ARG_WORD;
        }
        if (strcmp(word, "--") == 0) {
            args->words_only = true;
        } else if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            return print_help(args);
        } else if (strcmp(word, "--json") == 0) {
            args->json = true;
        } else if (word[1] == '-') {
            return next_long(args, options, word + 2);
        } else {
            args->letters = word + 1;
            return next_letter(args, options);
        }
    }
    return SHM_ARG_END;
}

int shm_args_words(shm_args *args, const char **words, int least, int most)
{
    static const shm_option none[] = {{0}};
    int count = 0;
    for (int got; (got = shm_args_next(args, none)) != SHM_ARG_END;) {
        if (got != SHM_ARG_WORD) {
            return -1;
        }
        if (count == most) {
            args->exit_code = shm_args_fail(args, "unexpected argument '%s'", args->value);
            return -1;
        }
        words[count++] = args->value;
    }
    if (count < least) {
        args->exit_code = shm_args_fail(args, "an image is needed");
        return -1;
    }
    return count;
}
