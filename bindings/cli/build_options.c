#include "build_options.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "describe.h"
#include "json_write.h"

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

static bool read_progress(const char *text, shm_progress_mode *mode)
{
    if (strcmp(text, "auto") == 0) {
        *mode = isatty(STDERR_FILENO) ? SHM_PROGRESS_BAR : SHM_PROGRESS_NEVER;
    } else if (strcmp(text, "always") == 0) {
        *mode = SHM_PROGRESS_BAR;
    } else if (strcmp(text, "never") == 0) {
        *mode = SHM_PROGRESS_NEVER;
    } else if (strcmp(text, "json") == 0) {
        *mode = SHM_PROGRESS_JSON;
    } else {
        return false;
    }
    return true;
}

void shm_cli_build_default(shm_cli_build *build)
{
    read_progress("auto", &build->progress);
}

int shm_build_option_take(shm_cli_build *build, const shm_args *args, int option)
{
    const char *value = args->value;
    switch (option) {
    case SHM_OPTION_OUTPUT:
        build->output = value;
        return SHM_EXIT_DONE;
    case SHM_OPTION_JOBS:
        return read_jobs(value, &build->options.jobs)
                   ? SHM_EXIT_DONE
                   : shm_args_fail(args, "--jobs takes a number of 1 or more, not '%s'", value);
    case SHM_OPTION_MEMORY:
        return read_size(value, &build->options.memory_bytes)
                   ? SHM_EXIT_DONE
                   : shm_args_fail(args, "--memory takes a size like 512M or 2G, not '%s'", value);
    default:
        return read_progress(value, &build->progress)
                   ? SHM_EXIT_DONE
                   : shm_args_fail(args, "--progress takes auto, always, never or json, not '%s'",
                                   value);
    }
}

static void print_notice(void *context, const char *text)
{
    const shm_cli_build *build = context;
    shm_progress_clear(build->view);
    if (build->json || build->progress == SHM_PROGRESS_JSON) {
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

void shm_build_take_notices(shm_cli_build *build, shm_progress_view *view, bool json)
{
    build->view = view;
    build->json = json;
    build->options.notice = print_notice;
    build->options.notice_context = build;
}

static void put_rows(shm_out *out, const shm_dataset *dataset)
{
    const shm_dataset_type *type = shm_dataset_schema(dataset)->dataset;
    const char *before = "";
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (shm_cli_is_filled(collection)) {
            shm_out_print(out, "%s\"%s\":%llu", before, collection->name,
                          (unsigned long long)shm_cli_row_count(dataset, collection));
            before = ",";
        }
    }
}

void shm_build_put_summary(const shm_cli_build *build, double started_at)
{
    const shm_open_options options = {.verify = SHM_VERIFY_NEVER};
    shm_error error = {.status = SHM_OK};
    shm_dataset *dataset = NULL;
    shm_out out = {0};
    if (shm_dataset_open(build->output, &options, &dataset, &error) != SHM_OK) {
        shm_cli_fail_error(build->output, &error); /* somebody took it away since */
        return;
    }
    shm_out_text(&out, "{\"image\":");
    shm_json_write_text(&out, build->output);
    shm_out_print(&out, ",\"bytes\":%llu,\"rows\":{",
                  (unsigned long long)shm_dataset_size(dataset));
    put_rows(&out, dataset);
    shm_out_print(&out, "},\"seconds\":%.3f}\n", shm_clock_seconds() - started_at);
    shm_dataset_close(dataset);
    shm_out_flush(&out);
    shm_out_close(&out);
}

bool shm_cli_duplicate_read(const char *text, shm_cli_duplicate *duplicate)
{
    const char *tail = NULL;
    for (const char *at = text; (at = strstr(at, ": rows ")) != NULL; at++) {
        tail = at;
    }
    return tail != NULL && sscanf(tail, ": rows %llu and %llu of %255s", &duplicate->rows[0],
                                  &duplicate->rows[1], duplicate->collection) == 3;
}
