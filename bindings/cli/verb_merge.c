#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build_options.h"
#include "cli.h"
#include "describe.h"

static const shm_option options[] = {SHM_BUILD_OPTIONS, {0}};

typedef struct merge {
    shm_cli_build how;
    const char **paths;
    shm_cli_image *images;
    size_t count;
    shm_progress_view progress;
    uint64_t row_count; /* of all images */
    bool json;
    double started_at;
} merge;

/* ---- which images ---- */

/* False if there is nothing more to do: *code is then the exit code. */
static bool read_arguments(merge *m, shm_args *args, int *code)
{
    shm_cli_build_default(&m->how);
    for (int got; (got = shm_args_next(args, options)) != SHM_ARG_END;) {
        if (got == SHM_ARG_STOP) {
            *code = args->exit_code;
            return false;
        }
        if (got == SHM_ARG_WORD) {
            m->paths[m->count++] = args->value;
        } else if ((*code = shm_build_option_take(&m->how, args, got)) != SHM_EXIT_DONE) {
            return false;
        }
    }
    m->json = args->json;
    if (m->count == 0 || m->how.output == NULL) {
        *code = shm_args_fail(args,
                              m->count == 0 ? "images to merge are needed" : "-o IMAGE is needed");
        return false;
    }
    return true;
}

/* ---- one schema ---- */

typedef struct first_break {
    char text[512]; /* empty: none */
} first_break;

static void keep_break(void *context, const char *text)
{
    first_break *kept = context;
    if (kept->text[0] == '\0') {
        snprintf(kept->text, sizeof kept->text, "%s", text);
    }
}

static size_t line_length(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));
    return (size_t)((newline == NULL ? end : newline) - at);
}

/* The first lines in which two texts, which differ, do. */
static void find_difference(const shm_string texts[2], shm_string lines[2])
{
    const char *at[2] = {texts[0].data, texts[1].data};
    const char *ends[2] = {at[0] + texts[0].length, at[1] + texts[1].length};
    do {
        for (int side = 0; side < 2; side++) {
            lines[side] = shm_string_of(at[side], line_length(at[side], ends[side]));
            at[side] += lines[side].length;
            at[side] += at[side] < ends[side] ? 1 : 0;
        }
    } while (shm_string_equal(lines[0], lines[1]) && at[0] < ends[0] && at[1] < ends[1]);
}

/* Says why image i is not of the first one's schema. */
static int fail_schema(const merge *m, size_t i)
{
    const shm_schema *one = m->images[0].schema;
    const shm_schema *other = m->images[i].schema;
    first_break kept = {.text = ""};
    shm_string lines[2];
    if (!shm_schema_compatible(one, other, keep_break, &kept, NULL)) {
        return shm_cli_fail(SHM_EXIT_MISMATCH, "%s and %s are not of one schema: from %s to %s, %s",
                            m->paths[0], m->paths[i], m->paths[i], m->paths[0], kept.text);
    }
    const shm_string texts[2] = {one->text, other->text};
    find_difference(texts, lines);
    return shm_cli_fail(SHM_EXIT_MISMATCH,
                        "%s and %s are of two versions of a schema: where the first has \"%.*s\", "
                        "the second has \"%.*s\"; build one of them again under the other's schema",
                        m->paths[0], m->paths[i], (int)lines[0].length, lines[0].data,
                        (int)lines[1].length, lines[1].data);
}

static int open_images(merge *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const int code = shm_cli_open(m->paths[i], NULL, NULL, &m->images[i]);
        if (code != SHM_EXIT_DONE) {
            return code;
        }
    }
    for (size_t i = 1; i < m->count; i++) {
        if (!shm_string_equal(m->images[0].schema->text, m->images[i].schema->text)) {
            return fail_schema(m, i);
        }
    }
    return SHM_EXIT_DONE;
}

/* ---- merging ---- */

static void count_rows(merge *m)
{
    const shm_dataset_type *type = m->images[0].schema->dataset;
    for (size_t i = 0; i < m->count; i++) {
        for (size_t k = 0; k < type->collection_count; k++) {
            const shm_collection *collection = &type->collections[k];
            if (shm_cli_is_filled(collection) && collection->kind != SHM_TENSOR_OF) {
                m->row_count += shm_cli_row_count(m->images[i].dataset, collection);
            }
        }
    }
}

static bool show_progress(void *context, const shm_progress *progress)
{
    merge *m = context;
    const bool is_rows = strcmp(progress->phase, "rows") == 0;
    shm_progress_show(&m->progress, progress->phase, progress->done,
                      is_rows ? m->row_count : progress->total);
    return true;
}

/* The image that a row of the merged collection comes from; *row becomes its number there. */
static const char *find_image(const merge *m, const shm_collection *collection,
                              unsigned long long *row)
{
    size_t i = 0;
    for (; i + 1 < m->count; i++) {
        const uint64_t count = shm_cli_row_count(m->images[i].dataset, collection);
        if (*row < count) {
            break;
        }
        *row -= count;
    }
    return m->paths[i];
}

static int fail_publish(merge *m, const shm_error *error)
{
    shm_cli_duplicate found;
    const shm_collection *collection = NULL;
    if (error->status == SHM_DUPLICATE_KEY && shm_cli_duplicate_read(error->text, &found)) {
        collection = shm_schema_collection(m->images[0].schema, found.collection);
    }
    if (collection == NULL) {
        return shm_cli_fail_error(m->how.output, error);
    }
    const char *first = find_image(m, collection, &found.rows[0]);
    const char *second = find_image(m, collection, &found.rows[1]);
    return shm_cli_fail(SHM_EXIT_BAD, "%s (row %llu of %s and row %llu of %s)", error->text,
                        found.rows[0], first, found.rows[1], second);
}

static int add_and_publish(merge *m, shm_builder *builder)
{
    shm_error error = {.status = SHM_OK};
    for (size_t i = 0; i < m->count; i++) {
        if (shm_builder_add_dataset(builder, m->images[i].dataset, &error) != SHM_OK) {
            shm_progress_clear(&m->progress);
            return shm_cli_fail_error(m->paths[i], &error);
        }
    }
    const bool good = shm_builder_publish(builder, m->how.output, &error) == SHM_OK;
    shm_progress_clear(&m->progress);
    return good ? SHM_EXIT_DONE : fail_publish(m, &error);
}

static int merge_images(merge *m)
{
    shm_error error = {.status = SHM_OK};
    shm_builder *builder = NULL;
    int code = open_images(m);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    count_rows(m);
    m->progress.mode = m->how.progress;
    m->how.options.progress = show_progress;
    m->how.options.progress_context = m;
    shm_build_take_notices(&m->how, &m->progress, m->json);
    if (shm_builder_open(m->images[0].schema, &m->how.options, &builder, &error) != SHM_OK) {
        return shm_cli_fail_error(NULL, &error);
    }
    code = add_and_publish(m, builder);
    shm_builder_close(builder);
    if (code == SHM_EXIT_DONE && m->json) {
        shm_build_put_summary(&m->how, m->started_at);
    }
    return code;
}

static int run(shm_args *args)
{
    const size_t most = (size_t)args->count + 1;
    merge m = {.started_at = shm_clock_seconds()};
    int code = SHM_EXIT_DONE;
    m.paths = shm_cli_realloc(NULL, most * sizeof *m.paths);
    m.images = shm_cli_realloc(NULL, most * sizeof *m.images);
    memset(m.images, 0, most * sizeof *m.images);
    if (read_arguments(&m, args, &code)) {
        code = merge_images(&m);
    }
    for (size_t i = 0; i < m.count; i++) {
        shm_cli_close(&m.images[i]);
    }
    free(m.images);
    free(m.paths);
    return code;
}

const shm_verb shm_verb_merge = {
    .name = "merge",
    .summary = "Makes one image of several that have one schema",
    .usage = "IMAGE... -o IMAGE [OPTION...]",
    .details =
        "The result is what one build of the rows of all, one image after the other, would give.\n"
        "References lead to the rows they led to: their row numbers grow by the rows of that\n"
        "table in the images before.  A set element that is in several counts once; a unique key\n"
        "or the key of a map that is repeated is an error.  Tensors follow one another along\n"
        "their first dimension.  The result is put in place when it is whole, and may be one of\n"
        "the images merged; if anything fails the old one stays.\n\n" SHM_BUILD_OPTIONS_HELP,
    .run = run,
};
