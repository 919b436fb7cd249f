#include "schema/compiler/shmc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help_text[] =
    "Usage: shmc FILE.shm... [OPTION...]\n"
    "Compiles schemas: writes FILE.shm.h for C and C++, and one for each import.\n"
    "\n"
    "  -o DIR               where files are written (default: here; made if missing)\n"
    "  -I DIR               where imports are sought, after the importing file's folder\n"
    "  --lang LIST          what to write, of c,python,dot (default: c)\n"
    "  --dataset NAME       only this one of several datasets\n"
    "  --depfile FILE       also write a make rule: outputs and everything they are made from\n"
    "  --check-compat OLD   is FILE compatible with OLD?  Prints each break and exits 4 if not\n"
    "  --print-layout       print where the fields of structs and records stand\n"
    "  --format             print FILE in the usual form, with its comments\n"
    "  --json               print diagnostics and results as JSON\n"
    "  --help, --version\n"
    "\n"
    "Exit: 0 done, 2 usage or an error in a schema, 4 not compatible, 5 a file cannot be read or\n"
    "written.\n";

void shmc_print_help(void)
{
    fputs(help_text, stdout);
}

static bool fail(const char *what, const char *option)
{
    fprintf(stderr, "shmc: %s%s%s; see shmc --help\n", option, *option == '\0' ? "" : ": ", what);
    return false;
}

static bool read_languages(shmc_options *options, const char *list)
{
    options->c = options->python = options->dot = false;
    while (*list != '\0') {
        const size_t length = strcspn(list, ",");
        if (length == 1 && list[0] == 'c')
            options->c = true;
        else if (length == 6 && memcmp(list, "python", 6) == 0)
            options->python = true;
        else if (length == 3 && memcmp(list, "dot", 3) == 0)
            options->dot = true;
        else
            return fail("languages are c, python and dot, separated by commas", "--lang");
        list += length;
        list += *list == ',';
    }
    if (!options->c && !options->python && !options->dot)
        return fail("no language given", "--lang");
    return true;
}

/* An option with a value: "--NAME VALUE" or "--NAME=VALUE"; for short ones also "-oVALUE". */
static bool take_value(const char *name, int argc, char **argv, int *i, const char **value,
                       bool *matches)
{
    const size_t length = strlen(name);
    const char *argument = argv[*i];
    *matches = false;
    if (strncmp(argument, name, length) != 0)
        return true;
    if (argument[length] == '\0') {
        *matches = true;
        if (*i + 1 == argc)
            return fail("a value is missing", name);
        *value = argv[++*i];
    } else if (name[1] != '-') {
        *matches = true;
        *value = argument + length;
    } else if (argument[length] == '=') {
        *matches = true;
        *value = argument + length + 1;
    }
    return true;
}

static bool set_mode(shmc_options *options, shmc_mode mode)
{
    if (options->mode != SHMC_COMPILE && options->mode != mode)
        return fail("--check-compat, --print-layout and --format exclude one another", "");
    options->mode = mode;
    return true;
}

static bool read_flag(shmc_options *options, const char *argument, bool *matches)
{
    *matches = true;
    if (strcmp(argument, "--json") == 0)
        options->json = true;
    else if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        options->help = true;
    else if (strcmp(argument, "--version") == 0)
        options->version = true;
    else if (strcmp(argument, "--print-layout") == 0)
        return set_mode(options, SHMC_PRINT_LAYOUT);
    else if (strcmp(argument, "--format") == 0)
        return set_mode(options, SHMC_FORMAT);
    else
        *matches = false;
    return true;
}

static bool read_valued(shmc_options *options, int argc, char **argv, int *i, bool *matches)
{
    const char *languages = NULL;
    const char *import_dir = NULL;
    const struct {
        const char *name;
        const char **value;
    } valued[] = {
        {"-o", &options->folder},         {"-I", &import_dir},
        {"--lang", &languages},           {"--dataset", &options->dataset},
        {"--depfile", &options->depfile}, {"--check-compat", &options->older},
    };
    for (size_t k = 0; k < sizeof valued / sizeof *valued; k++) {
        if (!take_value(valued[k].name, argc, argv, i, valued[k].value, matches))
            return false;
        if (!*matches)
            continue;
        if (import_dir != NULL)
            options->import_dirs[options->import_dir_count++] = import_dir;
        if (valued[k].value == &options->older)
            return set_mode(options, SHMC_CHECK_COMPAT);
        return languages == NULL || read_languages(options, languages);
    }
    return true;
}

bool shmc_options_read(int argc, char **argv, shmc_options *options)
{
    *options = (shmc_options){.c = true};
    options->files = calloc((size_t)argc + 1, sizeof *options->files);
    options->import_dirs = calloc((size_t)argc + 1, sizeof *options->import_dirs);
    if (options->files == NULL || options->import_dirs == NULL)
        return fail("out of memory", "");
    bool only_files = false;
    for (int i = 1; i < argc; i++) {
        bool matches = false;
        if (only_files || argv[i][0] != '-' || argv[i][1] == '\0') {
            options->files[options->file_count++] = argv[i];
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_files = true;
            continue;
        }
        if (!read_flag(options, argv[i], &matches))
            return false;
        if (!matches && !read_valued(options, argc, argv, &i, &matches))
            return false;
        if (!matches)
            return fail("no such option", argv[i]);
    }
    if (options->help || options->version)
        return true;
    if (options->file_count == 0)
        return fail("no schema given", "");
    if (options->mode != SHMC_COMPILE && options->depfile != NULL)
        return fail("goes with compiling only", "--depfile");
    if (options->mode == SHMC_FORMAT && options->json)
        return fail("does not go with --format", "--json");
    return true;
}

void shmc_options_free(shmc_options *options)
{
    free(options->files);
    free(options->import_dirs);
}
