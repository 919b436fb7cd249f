#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "fill.h"
#include "json_write.h"

enum {
    OPTION_OUTPUT = SHM_ARG_OPTION,
    OPTION_DATASET,
    OPTION_INCLUDE,
    OPTION_JOBS,
    OPTION_MEMORY,
    OPTION_PROGRESS
};

static const shm_option options[] = {
    {"output", 'o', true, OPTION_OUTPUT},
    {"dataset", 0, true, OPTION_DATASET},
    {"include", 'I', true, OPTION_INCLUDE},
    {"jobs", 0, true, OPTION_JOBS},
    {"memory", 0, true, OPTION_MEMORY},
    {"progress", 0, true, OPTION_PROGRESS},
    {0},
};

typedef struct build_input {
    const char *path;
    const shm_collection *collection;
    shm_file_form form;
    bool done;
} build_input;

typedef struct build {
    const char *schema_path;
    const char *output;
    const char *dataset;
    const char **folders; /* of imports; ends with NULL */
    size_t folder_count;
    char **words; /* the input arguments */
    size_t word_count;
    build_input *inputs;
    const shm_schema *schema;
    shm_build_options options;
    shm_fill fill;
    shm_progress_mode progress;
    bool json;
    double started_at;
} build;

/* "512M", "2G", "65536". */
static bool read_size(const char *text, uint64_t *size)
{
    static const char units[] = "KMGT";
    char *end;
    if (*text < '0' || *text > '9') {
        return false;
    }
    errno = 0;
    *size = strtoull(text, &end, 10);
    if (errno != 0) {
        return false;
    }
    if (*end != '\0') {
        const char letter = *end >= 'a' ? (char)(*end - 'a' + 'A') : *end;
        const char *unit = strchr(units, letter);
        if (unit == NULL ||
            (end[1] != '\0' && strcmp(end + 1, "B") != 0 && strcmp(end + 1, "iB") != 0)) {
            return false;
        }
        const unsigned shift = 10 * (unsigned)(unit - units + 1);
        if (*size > UINT64_MAX >> shift) {
            return false;
        }
        *size <<= shift;
    }
    return *size > 0;
}

static bool read_jobs(const char *text, unsigned *jobs)
{
    char *end;
    errno = 0;
    const unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || *text < '0' || *text > '9' || *end != '\0' || number < 1) {
        return false;
    }
    *jobs = number < UINT_MAX ? (unsigned)number : UINT_MAX;
    return true;
}

static bool read_progress(build *b, const char *text)
{
    if (strcmp(text, "auto") == 0) {
        b->progress = isatty(STDERR_FILENO) ? SHM_PROGRESS_BAR : SHM_PROGRESS_NEVER;
    } else if (strcmp(text, "always") == 0) {
        b->progress = SHM_PROGRESS_BAR;
    } else if (strcmp(text, "never") == 0) {
        b->progress = SHM_PROGRESS_NEVER;
    } else if (strcmp(text, "json") == 0) {
        b->progress = SHM_PROGRESS_JSON;
    } else {
        return false;
    }
    return true;
}

/* Takes one option or word; 0, or the exit code after a message. */
static int take_argument(build *b, shm_args *args, int got)
{
    switch (got) {
    case SHM_ARG_WORD:
        if (b->schema_path == NULL) {
            b->schema_path = args->value;
        } else {
            b->words[b->word_count++] = args->words[args->at - 1];
        }
        return SHM_EXIT_DONE;
    case OPTION_OUTPUT:
        b->output = args->value;
        return SHM_EXIT_DONE;
    case OPTION_DATASET:
        b->dataset = args->value;
        return SHM_EXIT_DONE;
    case OPTION_INCLUDE:
        b->folders[b->folder_count++] = args->value;
        return SHM_EXIT_DONE;
    case OPTION_JOBS:
        return read_jobs(args->value, &b->options.jobs)
                   ? SHM_EXIT_DONE
                   : shm_args_fail(args, "--jobs takes a number of 1 or more, not '%s'",
                                   args->value);
    case OPTION_MEMORY:
        return read_size(args->value, &b->options.memory_bytes)
                   ? SHM_EXIT_DONE
                   : shm_args_fail(args, "--memory takes a size like 512M or 2G, not '%s'",
                                   args->value);
    default:
        return read_progress(b, args->value)
                   ? SHM_EXIT_DONE
                   : shm_args_fail(args, "--progress takes auto, always, never or json, not '%s'",
                                   args->value);
    }
}

/* False if there is nothing more to do: *code is then the exit code. */
static bool read_arguments(build *b, shm_args *args, int *code)
{
    const size_t most = (size_t)args->count + 1;
    b->words = shm_cli_realloc(NULL, most * sizeof *b->words);
    b->folders = shm_cli_realloc(NULL, most * sizeof *b->folders);
    read_progress(b, "auto");
    for (int got; (got = shm_args_next(args, options)) != SHM_ARG_END;) {
        if (got == SHM_ARG_STOP) {
            *code = args->exit_code;
            return false;
        }
        *code = take_argument(b, args, got);
        if (*code != SHM_EXIT_DONE) {
            return false;
        }
    }
    b->folders[b->folder_count] = NULL;
    b->json = args->json;
    if (b->schema_path == NULL || b->output == NULL) {
        *code =
            shm_args_fail(args, b->output == NULL ? "-o IMAGE is needed" : "a schema is needed");
        return false;
    }
    return true;
}

/* ---- which file fills what ---- */

static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        const char c = text[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
              (i > 0 && c >= '0' && c <= '9'))) {
            return false;
        }
    }
    return length > 0;
}

/* The only collection that is filled; NULL after a message if there are several, or none. */
static const shm_collection *only_collection(const build *b, const char *path)
{
    const shm_dataset_type *dataset = b->schema->dataset;
    const shm_collection *only = NULL;
    shm_out names = {0};
    size_t count = 0;
    for (size_t i = 0; i < dataset->collection_count; i++) {
        if (shm_cli_is_filled(&dataset->collections[i])) {
            only = &dataset->collections[i];
            shm_out_print(&names, "%s%s", count == 0 ? "" : ", ", only->name);
            count++;
        }
    }
    if (count != 1) {
        shm_out_char(&names, '\0');
        shm_cli_fail(SHM_EXIT_BAD, "which collection does %s fill? Write NAME=%s; there are: %s",
                     path, path, names.bytes);
        only = NULL;
    }
    shm_out_close(&names);
    return only;
}

/* `NAME=` counts only if a collection has that name; else the `=` belongs to a file's name. */
static int match_input(const build *b, const char *word, build_input *input)
{
    const char *equals = strchr(word, '=');
    memset(input, 0, sizeof *input);
    input->path = word;
    if (equals != NULL && is_name(word, (size_t)(equals - word))) {
        char *name = shm_cli_realloc(NULL, (size_t)(equals - word) + 1);
        memcpy(name, word, (size_t)(equals - word));
        name[equals - word] = '\0';
        input->collection = shm_schema_collection(b->schema, name);
        const bool unknown = input->collection == NULL && access(word, F_OK) != 0;
        if (unknown) {
            shm_cli_collection(b->schema, name);
        }
        free(name);
        if (unknown) {
            return SHM_EXIT_BAD;
        }
        input->path = input->collection == NULL ? word : equals + 1;
    }
    if (input->collection == NULL) {
        input->collection = only_collection(b, word);
    }
    if (input->collection == NULL) {
        return SHM_EXIT_BAD;
    }
    if (!shm_cli_is_filled(input->collection)) {
        return shm_cli_fail(SHM_EXIT_BAD, "%s is an index (%s): it is built from its table, %s",
                            input->collection->name, shm_cli_kind_name(input->collection->kind),
                            input->collection->table->name);
    }
    return SHM_EXIT_DONE;
}

static int check_form(build_input *input, bool *stdin_taken)
{
    const bool is_tensor = input->collection->kind == SHM_TENSOR_OF;
    input->form = shm_file_form_of(input->path);
    if (input->form == SHM_FILE_UNKNOWN) {
        return shm_cli_fail(SHM_EXIT_BAD,
                            "%s: the name of an input must end in .jsonl, .csv, .tsv or .npy, or "
                            "be - (standard input, JSON Lines)",
                            input->path);
    }
    if (is_tensor && input->form != SHM_FILE_NPY) {
        return shm_cli_fail(SHM_EXIT_BAD, "%s: %s is a tensor, which takes .npy files", input->path,
                            input->collection->name);
    }
    if (strcmp(input->path, "-") == 0) {
        if (*stdin_taken) {
            return shm_cli_fail(SHM_EXIT_BAD, "standard input (-) can be given only once");
        }
        *stdin_taken = true;
    }
    return SHM_EXIT_DONE;
}

static int match_inputs(build *b)
{
    bool stdin_taken = false;
    b->inputs = shm_cli_realloc(NULL, (b->word_count + 1) * sizeof *b->inputs);
    for (size_t i = 0; i < b->word_count; i++) {
        int code = match_input(b, b->words[i], &b->inputs[i]);
        if (code == SHM_EXIT_DONE) {
            code = check_form(&b->inputs[i], &stdin_taken);
        }
        if (code != SHM_EXIT_DONE) {
            return code;
        }
        struct stat status;
        if (strcmp(b->inputs[i].path, "-") != 0 && stat(b->inputs[i].path, &status) == 0 &&
            S_ISREG(status.st_mode)) {
            b->fill.total_bytes += (uint64_t)status.st_size;
        }
    }
    return SHM_EXIT_DONE;
}

/* ---- filling ---- */

/* A tensor takes all its files at once: its shape must be known first. */
static int fill_tensor(build *b, size_t first)
{
    const shm_collection *collection = b->inputs[first].collection;
    const char **paths = shm_cli_realloc(NULL, b->word_count * sizeof *paths);
    size_t count = 0;
    for (size_t i = first; i < b->word_count; i++) {
        if (b->inputs[i].collection == collection) {
            b->inputs[i].done = true;
            paths[count++] = b->inputs[i].path;
        }
    }
    const int code = shm_fill_tensor(&b->fill, collection, paths, count);
    free(paths);
    return code;
}

static int fill_one(build *b, size_t i)
{
    const build_input *input = &b->inputs[i];
    switch (input->form) {
    case SHM_FILE_CSV:
        return shm_fill_csv(&b->fill, input->collection, input->path, ',');
    case SHM_FILE_TSV:
        return shm_fill_csv(&b->fill, input->collection, input->path, '\t');
    case SHM_FILE_NPY:
        return input->collection->kind == SHM_TENSOR_OF
                   ? fill_tensor(b, i)
                   : shm_fill_npy_rows(&b->fill, input->collection, input->path);
    default:
        return shm_fill_jsonl(&b->fill, input->collection, input->path);
    }
}

static bool show_progress(void *context, const shm_progress *progress)
{
    build *b = context;
    /* Rows are shown by the bytes of their files. */
    if (strcmp(progress->phase, "rows") != 0) {
        shm_progress_show(&b->fill.progress, progress->phase, progress->done, progress->total);
    }
    return true;
}

static void print_notice(void *context, const char *text)
{
    build *b = context;
    shm_progress_clear(&b->fill.progress);
    if (b->json || b->progress == SHM_PROGRESS_JSON) {
        shm_out out = {0};
        shm_out_text(&out, "{\"note\":");
        shm_json_write_text(&out, text);
        shm_out_text(&out, "}\n");
        fwrite(out.bytes, 1, out.length, stderr);
        shm_out_close(&out);
    } else {
        fprintf(stderr, "note: %s\n", text);
    }
}

static void print_summary(const build *b)
{
    shm_out out = {0};
    struct stat status;
    const shm_dataset_type *dataset = b->schema->dataset;
    const bool known = stat(b->output, &status) == 0;
    shm_out_text(&out, "{\"image\":");
    shm_json_write_text(&out, b->output);
    shm_out_print(&out, ",\"bytes\":%lld,\"rows\":{", known ? (long long)status.st_size : -1LL);
    const char *before = "";
    for (size_t i = 0; i < dataset->collection_count; i++) {
        if (shm_cli_is_filled(&dataset->collections[i])) {
            shm_out_print(&out, "%s\"%s\":%llu", before, dataset->collections[i].name,
                          (unsigned long long)b->fill.collections[i].count);
            before = ",";
        }
    }
    shm_out_print(&out, "},\"seconds\":%.3f}\n", shm_clock_seconds() - b->started_at);
    shm_out_flush(&out);
    shm_out_close(&out);
}

static int fill_and_publish(build *b, shm_builder *builder)
{
    shm_error error = {.status = SHM_OK};
    int code = SHM_EXIT_DONE;
    shm_fill_open(&b->fill, b->schema, builder);
    for (size_t i = 0; i < b->word_count && code == SHM_EXIT_DONE; i++) {
        if (!b->inputs[i].done) {
            code = fill_one(b, i);
        }
    }
    if (code == SHM_EXIT_DONE && shm_builder_publish(builder, b->output, &error) != SHM_OK) {
        code = shm_fill_fail_publish(&b->fill, b->output, &error);
    }
    shm_progress_clear(&b->fill.progress);
    if (code == SHM_EXIT_DONE && b->json) {
        print_summary(b);
    }
    shm_fill_close(&b->fill);
    return code;
}

static int build_image(build *b)
{
    shm_error error = {.status = SHM_OK};
    shm_builder *builder = NULL;
    if (shm_schema_parse_file(b->schema_path, b->folders, b->dataset, &b->schema, &error) !=
        SHM_OK) {
        return shm_cli_fail_schema(b->schema_path, &error);
    }
    if (b->schema->dataset == NULL) {
        return shm_cli_fail(SHM_EXIT_BAD, "%s: declares no dataset to build", b->schema_path);
    }
    int code = match_inputs(b);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    b->fill.progress.mode = b->progress;
    b->options.progress = show_progress;
    b->options.progress_context = b;
    b->options.notice = print_notice;
    b->options.notice_context = b;
    if (shm_builder_open(b->schema, &b->options, &builder, &error) != SHM_OK) {
        return shm_cli_fail_error(NULL, &error);
    }
    code = fill_and_publish(b, builder);
    shm_builder_close(builder);
    return code;
}

static int run(shm_args *args)
{
    build b = {.started_at = shm_clock_seconds()};
    int code = SHM_EXIT_DONE;
    if (read_arguments(&b, args, &code)) {
        code = build_image(&b);
    }
    if (b.schema != NULL) {
        shm_schema_free(b.schema);
    }
    free(b.words);
    free(b.folders);
    free(b.inputs);
    return code;
}

const shm_verb shm_verb_build = {
    .name = "build",
    .summary = "Makes an image from files",
    .usage = "SCHEMA.shm [NAME=]FILE... -o IMAGE [OPTION...]",
    .details =
        "NAME is the collection that FILE fills; it may be left out if there is only one.  "
        "Several\n"
        "files for a NAME follow one another.  FILE ends in .jsonl (a JSON object a line), .csv, "
        ".tsv\n"
        "or .npy, or is - for JSON Lines from standard input.  Indexes are built from their "
        "tables.\n"
        "The image is put in place when it is whole; if anything fails the old one stays.\n\n"
        "  -o, --output IMAGE    the image to make\n"
        "  --dataset NAME        which dataset of the schema, if it has several\n"
        "  -I, --include DIR     where to look for imports, too\n"
        "  --jobs N              how many threads may work: one a CPU unless given, at most 64;\n"
        "                        the image is the same for all N\n"
        "  --memory SIZE         how much memory to take, 256M unless given; the rest goes to\n"
        "                        unnamed files in $TMPDIR or /var/tmp: 65536, 512M, 2G\n"
        "  --progress WHEN       auto (on a terminal), always, never, or json (lines to stderr)\n",
    .run = run,
};
