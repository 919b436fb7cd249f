/* support.c — see support.h. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t bench_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t bench_busy_now(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double bench_median(double *figures, size_t count)
{
    qsort(figures, count, sizeof *figures, by_size);
    return figures[count / 2];
}

uint64_t bench_random(uint64_t *state)
{
    uint64_t word = *state += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

void bench_require(shm_status status, const shm_error *error, const char *what)
{
    if (status != SHM_OK) {
        fprintf(stderr, "%s: %s\n", what, error->text);
        exit(1);
    }
}

const shm_schema *bench_schema(const char *text)
{
    const shm_schema *schema = NULL;
    shm_error error;
    bench_require(shm_schema_parse(text, strlen(text), "bench", NULL, &schema, &error), &error,
                  "schema");
    return schema;
}

const char *bench_folder(void)
{
    const char *folder = getenv("TMPDIR");
    return folder != NULL ? folder : "/var/tmp";
}

const char *bench_image_path(void)
{
    static char path[4096];
    snprintf(path, sizeof path, "%s/libshm-bench-%d.img", bench_folder(), (int)getpid());
    return path;
}

void *bench_allocate(size_t size)
{
    void *bytes = malloc(size);
    bench_require_errno(bytes == NULL, "memory");
    return bytes;
}

void bench_require_errno(bool failed, const char *what)
{
    if (failed) {
        perror(what);
        exit(1);
    }
}

uint64_t bench_file_bytes(const char *path)
{
    struct stat file;
    bench_require_errno(stat(path, &file) != 0, path);
    return (uint64_t)file.st_size;
}

bench_scale bench_scale_wanted(void)
{
    const char *scale = getenv("BENCH_SCALE");
    if (scale == NULL || strcmp(scale, "full") == 0) {
        return BENCH_FULL;
    }
    if (strcmp(scale, "quick") != 0 && strcmp(scale, "tiny") != 0) {
        fprintf(stderr, "BENCH_SCALE=%s: is full, quick or tiny\n", scale);
        exit(2);
    }
    return scale[0] == 'q' ? BENCH_QUICK : BENCH_TINY;
}

void bench_table(const char *name, const char *columns)
{
    enum { NAME_COUNT = 8 };
    static const char *begun[NAME_COUNT];
    size_t i = 0;
    printf("# %s\n", name);
    while (i < NAME_COUNT && begun[i] != NULL && strcmp(begun[i], name) != 0) {
        i++;
    }
    if (i < NAME_COUNT && begun[i] == NULL) {
        begun[i] = name;
        printf("%s\n", columns);
    }
}
