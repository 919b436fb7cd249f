#include "doctor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#define SETTINGS "/sys/kernel/mm/transparent_hugepage/"

/* Of "always [madvise] never" the choice in brackets. */
static void keep_choice(char *line)
{
    const char *open = strchr(line, '[');
    const char *close = open == NULL ? NULL : strchr(open, ']');
    if (close != NULL) {
        const size_t length = (size_t)(close - open) - 1;
        memmove(line, open + 1, length);
        line[length] = '\0';
    }
}

/* Adds the choice that the kernel's file holds; false if there is no such file. */
static bool look_at_setting(shm_findings *findings, const char *name, const char *path)
{
    shm_finding *f = shm_finding_add(findings, name);
    if (!shm_doctor_read_line(path, f->value, sizeof f->value)) {
        snprintf(f->value, sizeof f->value, "unknown");
        return false;
    }
    keep_choice(f->value);
    return true;
}

static void look_at_settings(shm_findings *findings)
{
    const bool known = look_at_setting(findings, "huge pages", SETTINGS "enabled");
    shm_finding *f = &findings->list[findings->count - 1];
    if (!known) {
        f->advice = "this kernel has no transparent huge pages: lookups in images larger than "
                    "the caches take one and a half times to twice as long";
    } else if (strcmp(f->value, "never") == 0) {
        f->advice = "write madvise to " SETTINGS "enabled: random lookups in large images get "
                    "faster";
    }
    look_at_setting(findings, "huge pages of shared memory", SETTINGS "shmem_enabled");
    look_at_setting(findings, "making room for huge pages", SETTINGS "defrag");
    f = &findings->list[findings->count - 1];
    if (strcmp(f->value, "never") == 0) {
        f->advice = "write madvise to " SETTINGS "defrag: else huge pages come only where memory "
                    "happens to be in one piece";
    }
    look_at_setting(findings, "khugepaged makes room", SETTINGS "khugepaged/defrag");
}

/* The huge= option that /dev/shm is mounted with. */
static void look_at_mount(shm_findings *findings)
{
    shm_finding *f = shm_finding_add(findings, "/dev/shm is mounted with");
    FILE *file = fopen("/proc/self/mounts", "re");
    char *line = NULL;
    size_t size = 0;
    snprintf(f->value, sizeof f->value, "no huge= option (never)");
    while (file != NULL && getline(&line, &size, file) != -1) {
        const char *huge = strstr(line, "huge=");
        if (strstr(line, " /dev/shm ") != NULL && huge != NULL) {
            snprintf(f->value, sizeof f->value, "%.*s", (int)strcspn(huge, ", \n"), huge);
        }
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
}

/* ---- trying ---- */

enum { TENSOR_BYTES = 2 << 20 };

/* Writes an image of a little more than 4 MiB into the empty file. */
static bool write_probe(int fd)
{
    static const char text[] = "dataset Probe { bytes: tensor<u8>; }";
    static const unsigned char elements[TENSOR_BYTES];
    const uint64_t shape = TENSOR_BYTES;
    const shm_schema *schema = NULL;
    shm_builder *builder = NULL;
    bool good = shm_schema_parse(text, sizeof text - 1, "probe", NULL, &schema, NULL) == SHM_OK &&
                shm_builder_open(schema, NULL, &builder, NULL) == SHM_OK &&
                shm_builder_tensor_begin(builder, 0, &shape, 1, NULL) == SHM_OK &&
                shm_builder_tensor_add(builder, 0, elements, sizeof elements, NULL) == SHM_OK &&
                shm_builder_write(builder, fd, NULL) == SHM_OK;
    shm_builder_close(builder);
    if (schema != NULL) {
        shm_schema_free(schema);
    }
    return good;
}

/* The share of the probe that is in huge pages once it was read; below 0: it cannot be told. */
static double huge_share(int fd, const shm_open_options *options)
{
    char path[64];
    shm_dataset *dataset = NULL;
    shm_pages_info pages;
    double share = -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (shm_dataset_open(path, options, &dataset, NULL) == SHM_OK &&
        shm_dataset_pages(dataset, &pages, NULL) == SHM_OK) {
        /* What is beyond the last 2 MiB cannot be in huge pages. */
        const uint64_t whole = pages.mapped_bytes >> 21 << 21;
        share = (double)pages.huge_bytes / (double)whole;
    }
    shm_dataset_close(dataset);
    return share;
}

/* Writes the probe into the file; -1, and it is closed, where that fails. */
static int fill_probe(int fd)
{
    if (fd != -1 && !write_probe(fd)) {
        close(fd);
        return -1;
    }
    return fd;
}

static void try_folder(shm_findings *findings, const char *name, const char *folder,
                       const char *advice)
{
    const shm_open_options plain = {.verify = SHM_VERIFY_ALWAYS};
    const shm_open_options huge = {.verify = SHM_VERIFY_ALWAYS, .pages = SHM_PAGES_HUGE};
    shm_finding *f = shm_finding_add(findings, name);
    const int fd = fill_probe(open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
    const double as_built = fd == -1 ? -1 : huge_share(fd, &plain);
    const double asked = fd == -1 ? -1 : huge_share(fd, &huge);
    if (fd != -1) {
        close(fd);
    }
    if (as_built < 0 || asked < 0) {
        snprintf(f->value, sizeof f->value, "unknown");
        return;
    }
    snprintf(f->value, sizeof f->value, "%.0f %% as built, %.0f %% if asked for", 100 * as_built,
             100 * asked);
    f->advice = asked < 1 ? advice : NULL;
}

static void try_copy(shm_findings *findings)
{
    const shm_open_options copy = {
        .verify = SHM_VERIFY_ALWAYS, .private_copy = true, .pages = SHM_PAGES_HUGE};
    shm_finding *f = shm_finding_add(findings, "huge in private copies");
    const int fd = fill_probe(memfd_create("probe", MFD_CLOEXEC));
    const double asked = fd == -1 ? -1 : huge_share(fd, &copy);
    if (fd != -1) {
        close(fd);
    }
    if (asked < 0) {
        snprintf(f->value, sizeof f->value, "unknown");
        return;
    }
    snprintf(f->value, sizeof f->value, "%.0f %% if asked for", 100 * asked);
    if (asked < 1) {
        f->advice = "memory is in pieces, or huge pages are off: see the settings above";
    }
}

void shm_doctor_pages(shm_findings *findings)
{
    look_at_settings(findings);
    look_at_mount(findings);
    try_folder(findings, "huge in images here", ".",
               "this file system keeps files in small pages: keep images on ext4 (Linux 6.16 and "
               "later), XFS or in /dev/shm, or open them as private copies");
    try_folder(findings, "huge in images in /dev/shm", "/dev/shm",
               "mount /dev/shm with huge=advise, or write advise to " SETTINGS "shmem_enabled");
    try_copy(findings);
}
