/* build_image.c — see build_image.h.  Rows stream into the builder one stanza at a time. */
#include "build_image.h"

#include <search.h>
#include <stdlib.h>

#include "control.h"
#include "packages.shm.h"
#include "relations.h"
#include "workers.h"

enum { PART_COUNT_MAX = 4096, BAR_CELLS = 40 };

/* The parts of one row, reused from row to row. */
struct row_parts {
    packages_alternative_input alternatives[PART_COUNT_MAX];
    packages_dependency_input depends[PART_COUNT_MAX];
    shm_string needs[PART_COUNT_MAX];
    shm_string provides[PART_COUNT_MAX];
    shm_string tags[PART_COUNT_MAX];
    size_t alternative_count, depend_count, provide_count, tag_count;
};

struct bar {
    bool draw;
    double last;
};

static void bar_show(struct bar *bar, const char *phase, uint64_t done, uint64_t total)
{
    const double now = seconds_now();
    if (!bar->draw || now - bar->last < 0.05) {
        return;
    }
    bar->last = now;
    const unsigned filled =
        total == 0 ? 0 : (unsigned)((done < total ? done : total) * BAR_CELLS / total);
    fprintf(stderr, "\r  [%.*s%*s] %3u %%  %-24.24s", (int)filled,
            "########################################", (int)(BAR_CELLS - filled), "",
            filled * 100 / BAR_CELLS, phase);
}

static bool bar_of_builder(void *context, const shm_progress *progress)
{
    bar_show(context, progress->phase, progress->done, progress->total);
    return true;
}

static bool read_operator(shm_string text, packages_relation *relation)
{
    static const char *const texts[] = {"<<", "<=", "=", ">=", ">>"};
    static const packages_relation values[] = {PACKAGES_RELATION_EARLIER, PACKAGES_RELATION_AT_MOST,
                                               PACKAGES_RELATION_EXACTLY,
                                               PACKAGES_RELATION_AT_LEAST, PACKAGES_RELATION_LATER};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (shm_string_equal(text, shm_string_of(texts[i], strlen(texts[i])))) {
            *relation = values[i];
            return true;
        }
    }
    return false;
}

/* Adds the groups of one field ("a | b, c (>= 1)") to the row. */
static void read_dependencies(shm_string field, struct row_parts *parts)
{
    shm_string group, text;
    while (parts->depend_count < PART_COUNT_MAX && control_next_part(&field, ',', &group)) {
        const size_t first = parts->alternative_count;
        while (parts->alternative_count < PART_COUNT_MAX && control_next_part(&group, '|', &text)) {
            struct relation relation;
            if (!relation_read(text, &relation)) {
                continue;
            }
            packages_alternative_input *to = &parts->alternatives[parts->alternative_count];
            memset(to, 0, sizeof *to);
            to->name = relation.name;
            to->version = relation.version;
            to->has_relation = read_operator(relation.operator_text, &to->relation);
            parts->needs[parts->alternative_count++] = relation.name;
        }
        if (parts->alternative_count > first) {
            packages_dependency_input *to = &parts->depends[parts->depend_count++];
            to->alternatives.items = &parts->alternatives[first];
            to->alternatives.count = parts->alternative_count - first;
        }
    }
}

static size_t read_names(shm_string field, shm_string *names)
{
    struct relation relation;
    shm_string part;
    size_t count = 0;
    while (count < PART_COUNT_MAX && control_next_part(&field, ',', &part)) {
        if (relation_read(part, &relation)) {
            names[count++] = relation.name;
        }
    }
    return count;
}

static size_t read_tags(shm_string field, shm_string *tags)
{
    size_t count = 0;
    while (count < PART_COUNT_MAX && control_next_part(&field, ',', &tags[count])) {
        count += tags[count].length > 0;
    }
    return count;
}

static uint64_t read_number(shm_string text)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.length && text.data[i] >= '0' && text.data[i] <= '9'; i++) {
        number = number * 10 + (uint64_t)(text.data[i] - '0');
    }
    return number;
}

static void read_package(const struct control_stanza *stanza, struct row_parts *parts,
                         packages_package_input *row)
{
    memset(row, 0, sizeof *row);
    row->name = control_value(stanza, SHM_STR("Package"));
    row->version = control_value(stanza, SHM_STR("Version"));
    row->architecture = control_value(stanza, SHM_STR("Architecture"));
    row->section = control_value(stanza, SHM_STR("Section"));
    row->maintainer = control_value(stanza, SHM_STR("Maintainer"));
    shm_string description = control_value(stanza, SHM_STR("Description"));
    if (!control_next_part(&description, '\n', &row->summary)) {
        row->summary = SHM_STR("");
    }
    row->homepage = control_value(stanza, SHM_STR("Homepage"));
    row->has_homepage = row->homepage.length > 0;
    const shm_string installed = control_value(stanza, SHM_STR("Installed-Size"));
    row->has_installed_kib = installed.length > 0;
    row->installed_kib = read_number(installed);
    row->download_bytes = read_number(control_value(stanza, SHM_STR("Size")));

    parts->alternative_count = 0;
    parts->depend_count = 0;
    read_dependencies(control_value(stanza, SHM_STR("Pre-Depends")), parts);
    read_dependencies(control_value(stanza, SHM_STR("Depends")), parts);
    parts->provide_count = read_names(control_value(stanza, SHM_STR("Provides")), parts->provides);
    parts->tag_count = read_tags(control_value(stanza, SHM_STR("Tag")), parts->tags);
    row->depends = (packages_list_of_dependency_input){parts->depends, parts->depend_count};
    row->needs = (packages_set_of_string_input){parts->needs, parts->alternative_count};
    row->provides = (packages_set_of_string_input){parts->provides, parts->provide_count};
    row->tags = (packages_set_of_string_input){parts->tags, parts->tag_count};
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* Notes the package as seen; true if it was already: two archives may offer the same one. */
static bool seen_before(void **seen, const packages_package_input *row)
{
    const size_t length = row->name.length + row->version.length + row->architecture.length + 3;
    char *key = malloc(length);
    if (key == NULL) {
        return false;
    }
    snprintf(key, length, "%.*s\n%.*s\n%.*s", (int)row->name.length, row->name.data,
             (int)row->version.length, row->version.data, (int)row->architecture.length,
             row->architecture.data);
    char **kept = tsearch(key, seen, by_text);
    const bool repeated = kept != NULL && *kept != key;
    if (repeated || kept == NULL) {
        free(key);
    }
    return repeated;
}

static shm_status add_packages(packages_builder *builder, FILE *text, uint64_t text_bytes,
                               struct bar *bar, struct build_figures *figures)
{
    struct row_parts *parts = malloc(sizeof *parts);
    struct control_stanza stanza = {0};
    void *seen = NULL;
    shm_status status = parts == NULL ? SHM_NO_MEMORY : SHM_OK;
    uint64_t done = 0;
    while (status == SHM_OK && control_read(text, &stanza)) {
        packages_package_input row;
        read_package(&stanza, parts, &row);
        done += stanza.length + 1;
        bar_show(bar, "packages", done, text_bytes);
        if (row.name.length == 0) {
            continue;
        }
        if (seen_before(&seen, &row)) {
            figures->repeated_count++;
            continue;
        }
        figures->package_count++;
        status = packages_builder_add_packages(builder, &row);
    }
    while (seen != NULL) {
        char *key = *(char **)seen;
        tdelete(key, &seen, by_text);
        free(key);
    }
    control_close(&stanza);
    free(parts);
    return status;
}

bool build_image(FILE *text, uint64_t text_bytes, const char *path, bool draw,
                 struct build_figures *figures)
{
    struct bar bar = {.draw = draw};
    const shm_build_options options = {.progress = bar_of_builder, .progress_context = &bar};
    packages_builder builder;
    const double start = seconds_now();
    *figures = (struct build_figures){.text_bytes = text_bytes};
    shm_status status = packages_builder_open(&builder, &options);
    if (status == SHM_OK) {
        status = add_packages(&builder, text, text_bytes, &bar, figures);
    }
    if (status == SHM_OK) {
        status = packages_builder_publish(&builder, path);
    }
    if (draw) {
        fprintf(stderr, "\r%*s\r", BAR_CELLS + 40, "");
    }
    if (status != SHM_OK) {
        fprintf(stderr, "shm demo: %s\n", builder.error.text);
    }
    packages_builder_close(&builder);
    figures->seconds = seconds_now() - start;
    return status == SHM_OK;
}
