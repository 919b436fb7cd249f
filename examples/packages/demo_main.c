/* demo_main.c — the main job on real data: this machine's package index becomes an image, and
 * forked workers resolve the dependency closure of every package in it.  All figures are of this
 * run. */
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
    bool json;
};

static const char usage[] =
    "usage: shm demo [--image FILE] [--packages FILE] [--json]\n"
    "\n"
    "Builds an image of this machine's package index (apt-cache dumpavail), forks workers that\n"
    "resolve the dependency closure of every package in place, and prints what it measured.\n"
    "\n"
    "  --image FILE     where to put the image (packages.img)\n"
    "  --packages FILE  read the index from FILE (\"Name: value\" stanzas) instead of apt-cache\n"
    "  --json           one JSON object instead of text, when all is measured\n";

static int read_options(int argc, char **argv, struct demo_options *options)
{
    static const struct option longs[] = {{"image", required_argument, NULL, 'i'},
                                          {"packages", required_argument, NULL, 'p'},
                                          {"json", no_argument, NULL, 'j'},
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
        case 'j':
            options->json = true;
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

static bool run_pools(packages_dataset *dataset, bool json, struct demo_figures *figures)
{
    static const unsigned counts[POOL_COUNT] = {1, 2, 4, 8};
    const size_t last = POOL_COUNT - 1;
    if (!json) {
        report_pools_head();
    }
    for (size_t i = 0; i <= last; i++) {
        if (!workers_run(counts[i], open_shared, dataset, &figures->shared[i])) {
            fprintf(stderr, "shm demo: a worker failed\n");
            return false;
        }
        if (!json) {
            report_pool("image", &figures->shared[i]);
        }
    }
    if (!workers_run(counts[last], open_private, dataset, &figures->private_copies)) {
        fprintf(stderr, "shm demo: a worker with a private copy failed\n");
        return false;
    }
    if (!json) {
        report_pool("private copies", &figures->private_copies);
        report_memory(&figures->shared[last], &figures->private_copies, figures->image_bytes);
        report_largest(dataset, &figures->shared[0]);
    }
    return true;
}

static bool run(const struct demo_options *options, FILE *text, uint64_t text_bytes)
{
    static struct demo_figures figures;
    packages_dataset dataset;
    shm_error error;
    if (!build_image(text, text_bytes, options->image, isatty(STDERR_FILENO) == 1,
                     &figures.built)) {
        return false;
    }
    const double start = seconds_now();
    if (packages_open(&dataset, options->image, SHM_VERIFY_AUTO, &error) != SHM_OK) {
        fprintf(stderr, "shm demo: %s\n", error.text);
        return false;
    }
    figures.open_seconds = seconds_now() - start;
    figures.image_bytes = shm_dataset_size(dataset.image);
    if (!options->json) {
        report_build(&figures.built, figures.image_bytes, figures.open_seconds);
    }
    bool ok = run_pools(&dataset, options->json, &figures);
    char *slash = strrchr(options->image, '/');
    char *folder =
        slash == NULL ? strdup(".") : strndup(options->image, (size_t)(slash - options->image) + 1);
    ok = ok && folder != NULL && lookups_measure(&dataset, folder, &figures.lookups);
    if (ok && options->json) {
        report_json(&dataset, &figures);
    } else if (ok) {
        report_lookups(&figures.lookups);
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
