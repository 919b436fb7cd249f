#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cli.h"
#include "doctor.h"
#include "json_write.h"

enum { PROBE_BYTES = 1 << 16 };

shm_finding *shm_finding_add(shm_findings *findings, const char *name)
{
    shm_finding *f = &findings->list[findings->count++];
    memset(f, 0, sizeof *f);
    f->name = name;
    return f;
}

bool shm_doctor_read_line(const char *path, char *line, size_t size)
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

static void look_at_space(shm_findings *r, const char *name, const char *folder)
{
    struct statvfs status;
    shm_finding *f = shm_finding_add(r, name);
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

static void look_at_files(shm_findings *r)
{
    shm_finding *f = shm_finding_add(r, "unnamed files here");
    const int fd = open(".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd == -1) {
        snprintf(f->value, sizeof f->value, "no (%s)", strerror(errno));
        f->advice = "builds into this folder use a named temporary file, which a killed build "
                    "leaves behind";
    } else {
        snprintf(f->value, sizeof f->value, "yes");
    }
    shm_finding *reserve = shm_finding_add(r, "reserving space here");
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

static void look_at_memory(shm_findings *r)
{
    const unsigned long long page = (unsigned long long)sysconf(_SC_PAGESIZE);
    shm_finding *f = shm_finding_add(r, "page size");
    snprintf(f->value, sizeof f->value, "%llu", page);
    if (page != 4096) {
        f->advice = "images work with any page size; the numbers in the docs are for 4096";
    }
    f = shm_finding_add(r, "processors");
    snprintf(f->value, sizeof f->value, "%ld", sysconf(_SC_NPROCESSORS_ONLN));
    f = shm_finding_add(r, "memory");
    snprintf(f->value, sizeof f->value, "%llu MiB, %llu MiB available",
             (unsigned long long)sysconf(_SC_PHYS_PAGES) * page >> 20,
             (unsigned long long)sysconf(_SC_AVPHYS_PAGES) * page >> 20);
    f = shm_finding_add(r, "overcommit");
    if (!shm_doctor_read_line("/proc/sys/vm/overcommit_memory", f->value, sizeof f->value)) {
        snprintf(f->value, sizeof f->value, "unknown");
    } else if (strcmp(f->value, "2") == 0) {
        f->advice = "vm.overcommit_memory is 2: large reservations of live regions count against "
                    "the commit limit";
    }
}

static void put_report(shm_out *out, const shm_findings *r, bool json)
{
    size_t advice_count = 0;
    shm_out_text(out, json ? "{\"findings\":[" : "");
    for (size_t i = 0; i < r->count; i++) {
        const shm_finding *f = &r->list[i];
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
    shm_findings r = {.count = 0};
    shm_out out = {0};
    if (shm_args_words(args, NULL, 0, 0) < 0) {
        return args->exit_code;
    }
    const char *folder = getenv("TMPDIR");
    look_at_memory(&r);
    shm_doctor_pages(&r);
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
        "Looks at memory, free space, what the file system of the current folder can do, and by\n"
        "building small images which of them the kernel keeps in huge pages.  Exits 0 whatever it\n"
        "finds.\n\n",
    .run = run,
};
