#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli.h"
#include "json_write.h"

enum { PROBE_BYTES = 1 << 16 };

/* One thing that was looked at. */
typedef struct finding {
    const char *name;
    char value[256];
    const char *advice; /* NULL: all is well */
} finding;

typedef struct report {
    finding findings[16];
    size_t count;
} report;

static finding *add(report *r, const char *name)
{
    finding *f = &r->findings[r->count++];
    memset(f, 0, sizeof *f);
    f->name = name;
    return f;
}

/* The first line of a file of the kernel's; false if it cannot be read. */
static bool read_line(const char *path, char *line, size_t size)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    const bool good = fgets(line, (int)size, file) != NULL;
    fclose(file);
    if (good) {
        line[strcspn(line, "\n")] = '\0';
    }
    return good;
}

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

static void look_at_huge_pages(report *r)
{
    static const char folder[] = "/sys/kernel/mm/transparent_hugepage/";
    static const char *const files[] = {"enabled", "shmem_enabled"};
    static const char *const names[] = {"huge pages", "huge pages of shared memory"};
    for (int i = 0; i < 2; i++) {
        char path[128];
        finding *f = add(r, names[i]);
        snprintf(path, sizeof path, "%s%s", folder, files[i]);
        if (!read_line(path, f->value, sizeof f->value)) {
            snprintf(f->value, sizeof f->value, "unknown");
            f->advice = "this kernel has no transparent huge pages: lookups in images larger than "
                        "the caches cost about a third more";
            continue;
        }
        keep_choice(f->value);
        if (strcmp(f->value, "never") == 0) {
            f->advice = i == 0 ? "write madvise to /sys/kernel/mm/transparent_hugepage/enabled: "
                                 "random lookups in large images get faster"
                               : "write advise to "
                                 "/sys/kernel/mm/transparent_hugepage/shmem_enabled for images in "
                                 "/dev/shm and memfds";
        }
    }
}

static void look_at_space(report *r, const char *name, const char *folder)
{
    struct statvfs status;
    finding *f = add(r, name);
    if (statvfs(folder, &status) != 0) {
        snprintf(f->value, sizeof f->value, "%.150s: %s", folder, strerror(errno));
        f->advice = "set TMPDIR to a folder that exists: builds spill there";
        return;
    }
    const unsigned long long free_bytes =
        (unsigned long long)status.f_bavail * (unsigned long long)status.f_frsize;
    snprintf(f->value, sizeof f->value, "%.150s: %llu MiB", folder, free_bytes >> 20);
    if (free_bytes >> 30 == 0) {
        f->advice = "less than 1 GiB is free: a large build may run out of space";
    }
}

static void look_at_files(report *r)
{
    finding *f = add(r, "unnamed files here");
    const int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd == -1) {
        snprintf(f->value, sizeof f->value, "no (%s)", strerror(errno));
        f->advice = "builds into this folder use a named temporary file, which a killed build "
                    "leaves behind";
    } else {
        snprintf(f->value, sizeof f->value, "yes");
    }
    finding *reserve = add(r, "reserving space here");
    if (fd == -1) {
        snprintf(reserve->value, sizeof reserve->value, "unknown");
    } else if (fallocate(fd, 0, 0, PROBE_BYTES) != 0) {
        snprintf(reserve->value, sizeof reserve->value, "no (%s)", strerror(errno));
        reserve->advice = "this file system cannot reserve space: keep live regions elsewhere, or "
                          "a full disk kills programs with SIGBUS";
    } else {
        snprintf(reserve->value, sizeof reserve->value, "yes");
    }
    if (fd != -1) {
        close(fd);
    }
}

static void look_at_memory(report *r)
{
    const unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
    finding *f = add(r, "page size");
    snprintf(f->value, sizeof f->value, "%llu", page);
    if (page != 4096) {
        f->advice = "images work with any page size; the numbers in the docs are for 4096";
    }
    f = add(r, "processors");
    snprintf(f->value, sizeof f->value, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    f = add(r, "memory");
    snprintf(f->value, sizeof f->value, "%llu MiB, %llu MiB available",
             (unsigned long long)sysconf(_SC_PHYS_PAGES) * page >> 20,
             (unsigned long long)sysconf(_SC_AVPHYS_PAGES) * page >> 20);
    f = add(r, "overcommit");
    if (!read_line("/proc/sys/vm/overcommit_memory", f->value, sizeof f->value)) {
        snprintf(f->value, sizeof f->value, "unknown");
    } else if (strcmp(f->value, "2") == 0) {
        f->advice = "vm.overcommit_memory is 2: large reservations of live regions count against "
                    "the commit limit";
    }
}

static void put_report(shm_out *out, const report *r, bool json)
{
    size_t advice_count = 0;
    shm_out_text(out, json ? "{\"findings\":[" : "");
    for (size_t i = 0; i < r->count; i++) {
        const finding *f = &r->findings[i];
        advice_count += f->advice != NULL ? 1 : 0;
        if (!json) {
            shm_out_print(out, "%-4s %-28s %s\n", f->advice == NULL ? "ok" : "note", f->name,
                          f->value);
            if (f->advice != NULL) {
                shm_out_print(out, "     -> %s\n", f->advice);
            }
            continue;
        }
        shm_out_print(out, "%s{\"name\":\"%s\",\"value\":", i == 0 ? "" : ",", f->name);
        shm_json_write_text(out, f->value);
        if (f->advice != NULL) {
            shm_out_text(out, ",\"advice\":");
            shm_json_write_text(out, f->advice);
        }
        shm_out_char(out, '}');
    }
    if (json) {
        shm_out_print(out, "],\"notes\":%zu}\n", advice_count);
    }
}

static int run(shm_args *args)
{
    report r = {.count = 0};
    shm_out out = {0};
    if (shm_args_words(args, NULL, 0, 0) < 0) {
        return args->exit_code;
    }
    const char *folder = getenv("TMPDIR");
    look_at_memory(&r);
    look_at_huge_pages(&r);
    look_at_space(&r, "space for spilling",
                  folder == NULL || *folder == '\0' ? "/var/tmp" : folder);
    look_at_space(&r, "space in shared memory", "/dev/shm");
    look_at_space(&r, "space here", ".");
    look_at_files(&r);
    put_report(&out, &r, args->json);
    shm_out_flush(&out);
    shm_out_close(&out);
    return SHM_EXIT_DONE;
}

const shm_verb shm_verb_doctor = {
    .name = "doctor",
    .summary = "Looks at this machine, and says what would make images faster or safer",
    .usage = "",
    .details =
        "Looks at memory, huge pages, free space, and what the file system of the current folder\n"
        "can do.  Exits 0 whatever it finds.\n\n",
    .run = run,
};
