#include "schema/compiler/shmc.h"

#include <stdio.h>
#include <string.h>

#include "libshm/error.h"

static void note_exit(shmc_run *run, int code)
{
    if (run->exit_code == SHMC_DONE)
        run->exit_code = code;
}

static int exit_code_of(shm_status status)
{
    switch (status) {
    case SHM_OK:
        return SHMC_DONE;
    case SHM_IO:
    case SHM_NO_SPACE:
    case SHM_NO_MEMORY:
        return SHMC_IO;
    default:
        return SHMC_BAD_INPUT;
    }
}

static void tell_json(shmc_run *run, const shm_diagnostic *diagnostic)
{
    shm_output *out = &run->json;
    shm_output_print(out, "%s\n    {\"file\": ", run->json_count++ == 0 ? "" : ",");
    shm_output_json(out, diagnostic->file);
    if (diagnostic->line > 0)
        shm_output_print(out, ", \"line\": %u, \"column\": %u", diagnostic->line,
                         diagnostic->column);
    shm_output_print(out, ", \"text\": ");
    shm_output_json(out, diagnostic->text);
    shm_output_print(out, "}");
}

/* Tabs of the source line stay tabs, so that the caret stands below its place. */
static void print_caret(const shm_diagnostic *diagnostic)
{
    const char *at = diagnostic->source_line;
    for (uint32_t i = 0; i < diagnostic->caret && *at != '\0'; i++) {
        fputc(*at == '\t' ? '\t' : ' ', stderr);
        at++;
        while (((unsigned char)*at & 0xc0) == 0x80)
            at++;
    }
    fputs("^\n", stderr);
}

void shmc_tell_diagnostics(shmc_run *run, const shm_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const shm_diagnostic *diagnostic = &diagnostics->items[i];
        note_exit(run, SHMC_BAD_INPUT);
        if (run->options->json) {
            tell_json(run, diagnostic);
            continue;
        }
        fprintf(stderr, "%s:%u:%u: error: %s\n%s\n", diagnostic->file, diagnostic->line,
                diagnostic->column, diagnostic->text, diagnostic->source_line);
        print_caret(diagnostic);
    }
    if (diagnostics->full && !run->options->json)
        fprintf(stderr, "shmc: stopped after %zu errors\n", diagnostics->count);
}

void shmc_tell_failure(shmc_run *run, const char *where, shm_status status, const shm_error *error)
{
    note_exit(run, exit_code_of(status));
    if (run->options->json) {
        const shm_diagnostic diagnostic = {.file = where, .text = error->text};
        tell_json(run, &diagnostic);
    } else {
        fprintf(stderr, "shmc: %s\n", error->text);
    }
}

shm_parsed *shmc_parse(shmc_run *run, const char *path, shm_diagnostics *diagnostics)
{
    shm_parsed *parsed;
    shm_error error = {0};
    const shm_status status =
        shm_text_parse_file(path, run->options->import_dirs, diagnostics, &parsed, &error);
    if (status == SHM_OK)
        return parsed;
    shmc_tell_diagnostics(run, diagnostics);
    if (diagnostics->count == 0)
        shmc_tell_failure(run, path, status, &error);
    return NULL;
}

const shm_schema *shmc_schema(shmc_run *run, const char *path, bool any_dataset)
{
    shm_diagnostics diagnostics = {0};
    const shm_schema *schema = NULL;
    shm_error error = {0};
    shm_parsed *parsed = shmc_parse(run, path, &diagnostics);
    if (parsed != NULL) {
        const char *dataset = run->options->dataset;
        if (dataset == NULL && any_dataset && parsed->root->dataset_count > 1)
            dataset = "";
        const shm_status status = shm_schema_of(parsed, dataset, &diagnostics, &schema, &error);
        shmc_tell_diagnostics(run, &diagnostics);
        if (status != SHM_OK && diagnostics.count == 0)
            shmc_tell_failure(run, path, status, &error);
        if (status != SHM_OK)
            schema = NULL;
    }
    shm_parsed_free(parsed);
    shm_diagnostics_close(&diagnostics);
    return schema;
}

/* ---- --check-compat ---- */

struct breaks {
    shm_output out;
    size_t count;
    bool json;
};

static void add_break(void *context, const char *text)
{
    struct breaks *breaks = context;
    if (breaks->json) {
        shm_output_print(&breaks->out, "%s\n    ", breaks->count == 0 ? "" : ",");
        shm_output_json(&breaks->out, text);
    } else {
        shm_output_print(&breaks->out, "%s\n", text);
    }
    breaks->count++;
}

void shmc_check_compat(shmc_run *run, const char *path)
{
    const shm_schema *older = shmc_schema(run, run->options->older, false);
    const shm_schema *newer = shmc_schema(run, path, false);
    if (older != NULL && newer != NULL) {
        struct breaks breaks = {.json = run->options->json};
        bool old_reads_new = false;
        const bool compatible =
            shm_schema_compatible(newer, older, add_break, &breaks, &old_reads_new);
        const char *list = breaks.out.text == NULL ? "" : breaks.out.text;
        if (run->options->json)
            printf("{\n  \"compatible\": %s,\n  \"old_reads_new\": %s,\n  \"breaks\": [%s%s]\n}\n",
                   compatible ? "true" : "false", old_reads_new ? "true" : "false", list,
                   breaks.count == 0 ? "" : "\n  ");
        else
            fputs(list, stdout);
        if (breaks.out.failed)
            note_exit(run, SHMC_IO);
        if (!compatible)
            note_exit(run, SHMC_MISMATCH);
        shm_output_free(&breaks.out);
    }
    shm_schema_free(newer);
    shm_schema_free(older);
}

/* ---- the command ---- */

static void print_lines_as_json(const char *lines)
{
    shm_output out = {0};
    size_t count = 0;
    while (lines != NULL && *lines != '\0') {
        const size_t length = strcspn(lines, "\n");
        char line[4096];
        snprintf(line, sizeof line, "%.*s", (int)length, lines);
        shm_output_print(&out, "%s\n    ", count++ == 0 ? "" : ",");
        shm_output_json(&out, line);
        lines += length + (lines[length] == '\n');
    }
    printf("[%s%s]", out.text == NULL ? "" : out.text, count == 0 ? "" : "\n  ");
    shm_output_free(&out);
}

static void print_json(const shmc_run *run)
{
    printf("{\n  \"diagnostics\": [%s%s]", run->json.text == NULL ? "" : run->json.text,
           run->json_count == 0 ? "" : "\n  ");
    if (run->options->mode == SHMC_COMPILE) {
        printf(",\n  \"written\": ");
        print_lines_as_json(run->written.text);
    }
    printf("\n}\n");
}

static void run_file(shmc_run *run, const char *path)
{
    switch (run->options->mode) {
    case SHMC_COMPILE:
        shmc_compile(run, path);
        break;
    case SHMC_CHECK_COMPAT:
        shmc_check_compat(run, path);
        break;
    case SHMC_PRINT_LAYOUT:
        shmc_print_layout(run, path);
        break;
    case SHMC_FORMAT:
        shmc_format(run, path);
        break;
    }
}

static int run_all(const shmc_options *options)
{
    shmc_run run = {.options = options};
    for (size_t i = 0; i < options->file_count; i++)
        run_file(&run, options->files[i]);
    if (options->depfile != NULL && run.exit_code == SHMC_DONE)
        shmc_write_depfile(&run);
    if (options->json && (options->mode == SHMC_COMPILE || run.json_count > 0))
        print_json(&run);
    if (fflush(stdout) != 0)
        note_exit(&run, SHMC_IO);
    shm_output_free(&run.json);
    shm_output_free(&run.written);
    shm_output_free(&run.asked);
    shm_output_free(&run.inputs);
    return run.exit_code;
}

int shmc_main(int argc, char **argv)
{
    shmc_options options;
    int code = SHMC_BAD_INPUT;
    if (shmc_options_read(argc, argv, &options)) {
        code = SHMC_DONE;
        if (options.help)
            shmc_print_help();
        else if (options.version)
            printf("shmc %s, image format %s\n", shm_version(), shm_format_version());
        else
            code = run_all(&options);
    }
    shmc_options_free(&options);
    return code;
}
