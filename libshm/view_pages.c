/* view_pages.c — which pages the kernel holds a view in. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "libshm/error.h"
#include "libshm/view.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* since Linux 6.1 */
#endif

/* The answers tell nothing: zero may mean that nothing was done (shared memory), and a failure that
 * pages come in huge later (ext4).  smaps says what came of it. */

void shm_pages_ask(void *memory, size_t size)
{
    (void)madvise(memory, size, MADV_HUGEPAGE);
}

void shm_pages_collapse(void *memory, size_t size)
{
    (void)madvise(memory, size, MADV_COLLAPSE);
}

/* The start of a line of smaps that begins a mapping; false for the lines that describe one. */
static bool read_span(const char *line, uintptr_t *first, uintptr_t *end)
{
    return sscanf(line, "%" SCNxPTR "-%" SCNxPTR " ", first, end) == 2;
}

/* Adds a line like "Rss:      12 kB". */
static void add_line(const char *line, struct shm_view_pages *pages)
{
    char name[32];
    uint64_t kib;
    if (sscanf(line, "%31[A-Za-z_]: %" SCNu64 " kB", name, &kib) != 2) {
        return;
    }
    const uint64_t bytes = kib << 10;
    if (strcmp(name, "Size") == 0) {
        pages->mapped += bytes;
    } else if (strcmp(name, "Rss") == 0) {
        pages->resident += bytes;
    } else if (strcmp(name, "AnonHugePages") == 0 || strcmp(name, "ShmemPmdMapped") == 0 ||
               strcmp(name, "FilePmdMapped") == 0) {
        pages->huge += bytes;
    }
}

shm_status shm_view_pages_read(const shm_view *view, struct shm_view_pages *pages, shm_error *error)
{
    static const char path[] = "/proc/self/smaps";
    const uintptr_t base = (uintptr_t)view->base;
    struct shm_view_pages sums = {0};
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return shm_fail_errno(error, "cannot open '%s'", path);
    }
    char *line = NULL;
    size_t line_size = 0;
    bool is_ours = false;
    uintptr_t first;
    uintptr_t end;
    errno = 0;
    while (getline(&line, &line_size, file) != -1) {
        if (read_span(line, &first, &end)) {
            is_ours = first < base + view->size && end > base;
        } else if (is_ours) {
            add_line(line, &sums);
        }
    }
    const bool good = !ferror(file) && sums.mapped > 0;
    const int reason = errno != 0 ? errno : EIO;
    free(line);
    fclose(file);
    if (!good) {
        errno = reason;
        return shm_fail_errno(error, "cannot read '%s'", path);
    }
    *pages = sums;
    return SHM_OK;
}
