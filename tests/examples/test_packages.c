/* test_packages.c — the closures of the package example, beside a second computation that uses no
 * index, no builder and no parser of the example: lines, copies and linear search. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_image.h"
#include "closure.h"
#include "sources.h"

/* ---- the naive computation ---- */

struct naive_package {
    char *name, *pre_depends, *depends, *provides;
};

struct naive_index {
    struct naive_package *packages;
    size_t count;
};

static void set_field(struct naive_package *package, const char *line)
{
    if (strncmp(line, "Package: ", 9) == 0) {
        package->name = strdup(line + 9);
    } else if (strncmp(line, "Pre-Depends: ", 13) == 0) {
        package->pre_depends = strdup(line + 13);
    } else if (strncmp(line, "Depends: ", 9) == 0) {
        package->depends = strdup(line + 9);
    } else if (strncmp(line, "Provides: ", 10) == 0) {
        package->provides = strdup(line + 10);
    }
}

static struct naive_index naive_read(FILE *text)
{
    struct naive_index index = {0};
    char *line = NULL;
    size_t capacity = 0;
    bool inside = false;
    rewind(text);
    while (getline(&line, &capacity, text) > 0) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '\0') {
            inside = false;
            continue;
        }
        if (!inside) {
            index.packages = realloc(index.packages, (index.count + 1) * sizeof *index.packages);
            index.packages[index.count++] = (struct naive_package){0};
            inside = true;
        }
        set_field(&index.packages[index.count - 1], line);
    }
    free(line);
    rewind(text);
    return index;
}

static void naive_free(struct naive_index *index)
{
    for (size_t i = 0; i < index->count; i++) {
        free(index->packages[i].name);
        free(index->packages[i].pre_depends);
        free(index->packages[i].depends);
        free(index->packages[i].provides);
    }
    free(index->packages);
}

/* Does the comma-separated list name `name`, whatever versions it adds? */
static bool names(const char *list, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = list; at != NULL; at = strchr(at, ',')) {
        at += strspn(at, ", ");
        if (strncmp(at, name, length) == 0 && strchr(" ,(", at[length]) != NULL) {
            return true;
        }
    }
    return false;
}

static size_t naive_named(const struct naive_index *index, const char *name)
{
    for (size_t i = 0; i < index->count; i++) {
        if (strcmp(index->packages[i].name, name) == 0) {
            return i;
        }
    }
    for (size_t i = 0; i < index->count; i++) {
        if (index->packages[i].provides != NULL && names(index->packages[i].provides, name)) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void naive_visit(const struct naive_index *index, size_t package, bool *met);

static void naive_visit_field(const struct naive_index *index, const char *field, bool *met)
{
    char *list = field == NULL ? NULL : strdup(field), *list_rest = list, *group;
    while (list != NULL && (group = strsep(&list_rest, ",")) != NULL) {
        char *alternative;
        while ((alternative = strsep(&group, "|")) != NULL) {
            alternative += strspn(alternative, " ");
            alternative[strcspn(alternative, " :(")] = '\0';
            const size_t found = naive_named(index, alternative);
            if (found != SIZE_MAX) {
                naive_visit(index, found, met);
                break;
            }
        }
    }
    free(list);
}

static void naive_visit(const struct naive_index *index, size_t package, bool *met)
{
    if (!met[package]) {
        met[package] = true;
        naive_visit_field(index, index->packages[package].pre_depends, met);
        naive_visit_field(index, index->packages[package].depends, met);
    }
}

/* ---- both side by side ---- */

static char folder[] = "/tmp/libshm-packages-XXXXXX";
static char image[64];

static void open_image(FILE *text, packages_dataset *dataset)
{
    struct build_figures figures;
    shm_error error;
    cr_assert_not_null(mkdtemp(folder));
    snprintf(image, sizeof image, "%s/packages.img", folder);
    cr_assert(build_image(text, 0, image, false, &figures));
    cr_assert_eq(packages_open(dataset, image, SHM_VERIFY_ALWAYS, &error), SHM_OK, "%s",
                 error.text);
    cr_assert_eq(packages_packages_count(dataset), figures.package_count);
}

static void close_image(packages_dataset *dataset)
{
    packages_close(dataset);
    unlink(image);
    rmdir(folder);
}

static void expect_same_closure(const struct naive_index *naive, const packages_dataset *dataset,
                                struct closure_walk *walk, uint64_t package)
{
    const struct package_source source = image_source(dataset);
    bool *met = calloc(naive->count + 1, sizeof *met);
    uint64_t count = 0;
    naive_visit(naive, package, met);
    closure_find(walk, &source, package);
    for (size_t i = 0; i < naive->count; i++) {
        count += met[i];
    }
    cr_expect_eq(walk->length, count, "%s: %llu packages, naively %llu",
                 naive->packages[package].name, (unsigned long long)walk->length,
                 (unsigned long long)count);
    for (uint64_t i = 0; i < walk->length; i++) {
        cr_expect(met[walk->queue[i]], "%s does not need %s", naive->packages[package].name,
                  naive->packages[walk->queue[i]].name);
    }
    free(met);
}

static FILE *text_of(const char *text)
{
    FILE *file = tmpfile();
    cr_assert_not_null(file);
    fputs(text, file);
    rewind(file);
    return file;
}

static const char tricky[] =
    "Package: a\nVersion: 1\nArchitecture: all\nDepends: b (>= 1), c | d, missing | e\n\n"
    "Package: b\nVersion: 1\nArchitecture: all\nPre-Depends: a:any\nDepends: virtual\n\n"
    "Package: d\nVersion: 1\nArchitecture: all\nProvides: virtually, c (= 2)\n\n"
    "Package: e\nVersion: 1\nArchitecture: all\nDescription: one\n more: no field\n .\n\n"
    "Package: f\nVersion: 1\nArchitecture: all\nProvides: virtual, x\nDepends: gone | lost\n\n"
    "Package: g\nVersion: 1\nArchitecture: all\nProvides: virtual\nDepends: g, x\n\n\n"
    "Package: lonely\nVersion: 1\nArchitecture: all\n";

Test(packages, closures_with_alternatives_provides_and_cycles)
{
    FILE *text = text_of(tricky);
    struct naive_index naive = naive_read(text);
    packages_dataset dataset;
    struct closure_walk walk;
    open_image(text, &dataset);
    cr_assert(closure_open(&walk, naive.count));
    for (size_t i = 0; i < naive.count; i++) {
        expect_same_closure(&naive, &dataset, &walk, i);
    }
    /* a needs b, which needs a again and f (the first provider of virtual); d provides c; e. */
    const struct package_source source = image_source(&dataset);
    closure_find(&walk, &source, 0);
    cr_expect_eq(walk.length, 5);
    cr_expect_eq(walk.unmet, 1); /* of f */
    closure_close(&walk);
    close_image(&dataset);
    naive_free(&naive);
    fclose(text);
}

Test(packages, repeated_stanzas_are_left_out)
{
    static const char twice[] = "Package: a\nVersion: 1\nArchitecture: all\n\n"
                                "Package: a\nVersion: 2\nArchitecture: all\n\n"
                                "Package: a\nVersion: 1\nArchitecture: all\n";
    FILE *text = text_of(twice);
    packages_dataset dataset;
    const packages_package *row;
    open_image(text, &dataset);
    cr_expect_eq(packages_packages_count(&dataset), 2);
    packages_by_name_range range = packages_by_name_find(&dataset, SHM_STR("a"));
    cr_expect_eq(range.rows.count, 2);
    cr_expect(packages_by_name_next(&range, &row));
    row = packages_by_version_find(&dataset, SHM_STR("a"), SHM_STR("2"), SHM_STR("all"));
    cr_assert_not_null(row);
    cr_expect(shm_string_equal(packages_package_version(row), SHM_STR("2")));
    close_image(&dataset);
    fclose(text);
}

/* On this machine's own index: some packages all over it, small and large closures. */
Test(packages, closures_of_this_machine)
{
    enum { SAMPLE_COUNT = 12 };
    FILE *from = popen("apt-cache dumpavail", "r"), *text = tmpfile();
    static char buffer[1 << 16];
    size_t length;
    cr_assert(from != NULL && text != NULL);
    while ((length = fread(buffer, 1, sizeof buffer, from)) > 0) {
        cr_assert_eq(fwrite(buffer, 1, length, text), length);
    }
    pclose(from);
    rewind(text);
    struct naive_index naive = naive_read(text);
    cr_assert_gt(naive.count, 1000, "the package index is empty: run apt-get update");
    packages_dataset dataset;
    struct closure_walk walk;
    open_image(text, &dataset);
    cr_assert_eq(packages_packages_count(&dataset), naive.count);
    cr_assert(closure_open(&walk, naive.count));
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        expect_same_closure(&naive, &dataset, &walk, i * naive.count / SAMPLE_COUNT + 17);
    }
    closure_close(&walk);
    close_image(&dataset);
    naive_free(&naive);
    fclose(text);
}
