/* support.c — see support.h. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
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

const char *bench_image_path(void)
{
    static char path[4096];
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/libshm-bench-%d.img", folder != NULL ? folder : "/var/tmp",
             (int)getpid());
    return path;
}
