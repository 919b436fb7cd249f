/* demo_main.c — the main job on real data: this machine's package index becomes an image, and
 * forked workers resolve the dependency closure of every package in it.  All figures are of this
 * run. */
#define _GNU_SOURCE
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build_image.h"
#include "lookups.h"
#include "packages.shm.h"
#include "report.h"
#include "sources.h"
#include "workers.h"

struct demo_options {
    const char *image;    /* where to put it */
    const char *packages; /* a file with the text of a package index; NULL: ask apt-cache */
};

static const char usage[] =
    "usage: shm demo [--image FILE] [--packages FILE]\n"
    "\n"
    "Builds an image of this machine's package index (apt-cache dumpavail), forks workers that\n"
    "resolve the dependency closure of every package in place, and prints what it measured.\n"
    "\n"
    "  --image FILE     where to put the image (packages.img)\n"
    "  --packages FILE  read the index from FILE (\"Name: value\" stanzas) instead of apt-cache\n";

static int read_options(int argc, char **argv, struct demo_options *options)
{
    static const struct option longs[] = {{"image", required_argument, NULL, 'i'},
                                          {"packages", required_argument, NULL, 'p'},
                                          {"help", no_argument, NULL, 'h'},
                                          {NULL, 0, NULL, 0}};
    int letter;
    *options = (struct demo_options){.image = "packages.img"};
    while ((letter = getopt_long(argc, argv, "", longs, NULL)) != -1) {
        switch (letter) {
        case 'i':
            options->image = optarg;
            break;
        case 'p':
            options->packages = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "shm demo: unexpected argument '%s'\n%s", argv[optind], usage);
        return 2;
    }
    return 0;
}

/* Copies all of `from` into an unnamed file, so that its size is known before it is parsed. */
static FILE *kept(FILE *from, uint64_t *bytes)
{
    static char buffer[1 << 16];
    FILE *text = tmpfile();
    size_t length;
    *bytes = 0;
    while (text != NULL && (length = fread(buffer, 1, sizeof buffer, from)) > 0) {
        if (fwrite(buffer, 1, length, text) != length) {
            fclose(text);
            return NULL;
        }
        *bytes += length;
    }
    if (text != NULL) {
        rewind(text);
    }
    return text;
}

static FILE *open_index(const struct demo_options *options, uint64_t *bytes)
{
    FILE *from = options->packages != NULL ? fopen(options->packages, "re")
                                           : popen("apt-cache dumpavail", "re");
    if (from == NULL) {
        perror(options->packages != NULL ? options->packages : "apt-cache");
        return NULL;
    }
    FILE *text = kept(from, bytes);
    if (options->packages != NULL) {
        fclose(from);
    } else {
        pclose(from);
    }
    if (text == NULL) {
        perror("shm demo: cannot keep the package index in a temporary file");
    } else if (*bytes == 0) {
        fprintf(stderr, "shm demo: the package index is empty; run 'apt-get update', or give one "
                        "with --packages FILE\n");
        fclose(text);
        text = NULL;
    }
    return text;
}

/* Each worker of the first pool reads the image that its parent opened; each of the second makes a
 * private copy. */
static bool open_shared(void *context, struct package_source *source)
{
    *source = image_source(context);
    return true;
}

static bool open_private(void *context, struct package_source *source)
{
    const struct heap_copy *copy = heap_copy_open(context);
    if (copy != NULL) {
        *source = heap_source(copy);
    }
    return copy != NULL;
}

static bool run_pools(packages_dataset *dataset)
{
    static const unsigned counts[] = {1, 2, 4, 8};
    static struct pool_figures shared[sizeof counts / sizeof counts[0]], private_copies;
    const size_t last = sizeof counts / sizeof counts[0] - 1;
    report_pools_head();
    for (size_t i = 0; i <= last; i++) {
        if (!workers_run(counts[i], open_shared, dataset, &shared[i])) {
            fprintf(stderr, "shm demo: a worker failed\n");
            return false;
        }
        report_pool("image", &shared[i]);
    }
    if (!workers_run(counts[last], open_private, dataset, &private_copies)) {
        fprintf(stderr, "shm demo: a worker with a private copy failed\n");
        return false;
    }
    report_pool("private copies", &private_copies);
    report_memory(&shared[last], &private_copies, shm_dataset_size(dataset->image));
    report_largest(dataset, &shared[0]);
    return true;
}

static bool run(const struct demo_options *options, FILE *text, uint64_t text_bytes)
{
    struct build_figures built;
    struct lookup_figures lookups;
    packages_dataset dataset;
    shm_error error;
    if (!build_image(text, text_bytes, options->image, isatty(STDERR_FILENO) == 1, &built)) {
        return false;
    }
    const double start = seconds_now();
    if (packages_open(&dataset, options->image, SHM_VERIFY_AUTO, &error) != SHM_OK) {
        fprintf(stderr, "shm demo: %s\n", error.text);
        return false;
    }
    report_build(&built, shm_dataset_size(dataset.image), seconds_now() - start);
    bool ok = run_pools(&dataset);
    char *slash = strrchr(options->image, '/');
    char *folder =
        slash == NULL ? strdup(".") : strndup(options->image, (size_t)(slash - options->image) + 1);
    ok = ok && folder != NULL && lookups_measure(&dataset, folder, &lookups);
    if (ok) {
        report_lookups(&lookups);
        report_try(&dataset, options->image);
    }
    free(folder);
    packages_close(&dataset);
    return ok;
}

int main(int argc, char **argv)
{
    struct demo_options options;
    const int fault = read_options(argc, argv, &options);
    if (fault != 0) {
        return fault;
    }
    uint64_t text_bytes;
    FILE *text = open_index(&options, &text_bytes);
    if (text == NULL) {
        return 5;
    }
    const bool ok = run(&options, text, text_bytes);
    fclose(text);
    return ok ? 0 : 5;
}
