/* budget.c — memory that goes from one part of a build to the next, and how much of it there is. */
#include "allocators/budget.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, FILE_BYTES = 8192, SHARE = 4 };

/* ---- spare memory ---- */

static struct shm_spare *smallest_with(shm_budget *budget, uint64_t size)
{
    struct shm_spare *best = NULL;
    for (int i = 0; i < SHM_SPARE_COUNT; i++) {
        struct shm_spare *spare = &budget->spare[i];
        if (spare->size >= size && (best == NULL || spare->size < best->size)) {
            best = spare;
        }
    }
    return best;
}

static uint64_t whole_units(uint64_t size)
{
    return (size + SHM_SPARE_UNIT - 1) / SHM_SPARE_UNIT * SHM_SPARE_UNIT;
}

void *shm_budget_take(shm_budget *budget, uint64_t size, bool *is_new)
{
    size = whole_units(size);
    struct shm_spare *spare = smallest_with(budget, size);
    *is_new = spare == NULL;
    if (spare != NULL) {
        void *taken = spare->bytes;
        spare->bytes += size;
        spare->size -= size;
        return taken;
    }
    shm_budget_drop_spare(budget);
    void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return map == MAP_FAILED ? NULL : map;
}

void *shm_budget_resize(void *bytes, uint64_t size, uint64_t new_size)
{
    size = whole_units(size);
    new_size = whole_units(new_size);
    void *map = mremap(bytes, size, new_size, MREMAP_MAYMOVE);
    if (map != MAP_FAILED) {
        return map;
    }
    /* Neighbours that came back may be mapped apart, and are then not moved in one piece. */
    map = mmap(NULL, new_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED) {
        return NULL;
    }
    memcpy(map, bytes, size < new_size ? size : new_size);
    munmap(bytes, size);
    return map;
}

void shm_budget_give(shm_budget *budget, void *bytes, uint64_t size)
{
    size = whole_units(size);
    struct shm_spare *smallest = &budget->spare[0];
    for (int i = 0; i < SHM_SPARE_COUNT; i++) {
        struct shm_spare *spare = &budget->spare[i];
        if (spare->size > 0 && (unsigned char *)bytes + size == spare->bytes) {
            spare->bytes = bytes; /* what was taken from its front comes back */
            spare->size += size;
            return;
        }
        smallest = spare->size < smallest->size ? spare : smallest;
    }
    if (smallest->size > 0) {
        munmap(smallest->bytes, smallest->size);
    }
    *smallest = (struct shm_spare){bytes, size};
}

void shm_budget_drop_spare(shm_budget *budget)
{
    for (int i = 0; i < SHM_SPARE_COUNT; i++) {
        struct shm_spare *spare = &budget->spare[i];
        if (spare->size > 0) {
            munmap(spare->bytes, spare->size);
        }
        *spare = (struct shm_spare){NULL, 0};
    }
}

/* ---- how much there is ---- */

/* What the file begins with, as text; empty if it cannot be read. */
static void read_file(const char *path, char text[FILE_BYTES])
{
    size_t length = 0;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    for (ssize_t got = 1; file >= 0 && got > 0 && length < FILE_BYTES - 1;) {
        got = read(file, text + length, FILE_BYTES - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    if (file >= 0) {
        close(file);
    }
    text[length] = '\0';
}

static uint64_t available(const char *root)
{
    static const char name[] = "MemAvailable:";
    char path[PATH_BYTES];
    char text[FILE_BYTES];
    snprintf(path, sizeof path, "%s/proc/meminfo", root);
    read_file(path, text);
    const char *at = strstr(text, name);
    return at == NULL ? 0 : strtoull(at + sizeof name - 1, NULL, 10) * 1024;
}

/* The least limit of a control group and those above it; UINT64_MAX if they have none.  `group` is
 * cut at its ends. */
static uint64_t limit_of_groups(const char *root, const char *tree, char *group, const char *name)
{
    uint64_t least = UINT64_MAX;
    char path[2 * PATH_BYTES];
    char text[FILE_BYTES];
    for (bool is_last = false; !is_last;) {
        snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", root, tree, group, name);
        read_file(path, text);
        if (text[0] >= '0' && text[0] <= '9') {
            const uint64_t limit = strtoull(text, NULL, 10);
            least = limit < least ? limit : least;
        }
        char *slash = strrchr(group, '/');
        is_last = slash == NULL;
        if (slash != NULL) {
            *slash = '\0';
        }
    }
    return least;
}

/* Lines are NUMBER:CONTROLLERS:GROUP; of the second version 0::GROUP. */
static uint64_t group_limit(const char *root)
{
    uint64_t least = UINT64_MAX;
    char path[PATH_BYTES];
    char text[FILE_BYTES];
    char *rest;
    snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    read_file(path, text);
    for (char *line = strtok_r(text, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        char *controllers = strchr(line, ':');
        char *group = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (group == NULL || strlen(group) >= PATH_BYTES) {
            continue;
        }
        *group++ = '\0';
        uint64_t limit = UINT64_MAX;
        if (strcmp(controllers, ":") == 0) {
            limit = limit_of_groups(root, "", group, "memory.max");
        } else if (strstr(controllers, "memory") != NULL) {
            limit = limit_of_groups(root, "/memory", group, "memory.limit_in_bytes");
        }
        least = limit < least ? limit : least;
    }
    return least;
}

uint64_t shm_budget_default(const char *root)
{
    const uint64_t there = available(root);
    const uint64_t limit = group_limit(root);
    const uint64_t share = (there < limit ? there : limit) / SHARE;
    return share > SHM_BUDGET_DEFAULT_LEAST ? share : SHM_BUDGET_DEFAULT_LEAST;
}
