/* pages.c — see pages.h. */
#include "pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "support.h"

#define TUNABLES "GLIBC_TUNABLES"
#define MALLOC_HUGE "glibc.malloc.hugetlb=1" /* it advises the kernel so */

void bench_use_small_pages(void)
{
    bench_require_errno(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0) != 0, "no huge pages");
}

bool bench_pages_are_huge(void)
{
    const char *wanted = getenv("BENCH_PAGES");
    if (wanted == NULL || strcmp(wanted, "small") == 0) {
        return false;
    }
    if (strcmp(wanted, "huge") != 0) {
        fprintf(stderr, "BENCH_PAGES=%s: is small or huge\n", wanted);
        exit(2);
    }
    return true;
}

void bench_use_wanted_pages(char **argv)
{
    const char *tunables = getenv(TUNABLES);
    if (!bench_pages_are_huge()) {
        bench_use_small_pages();
    } else if (tunables == NULL || strcmp(tunables, MALLOC_HUGE) != 0) {
        setenv(TUNABLES, MALLOC_HUGE, 1);
        execv("/proc/self/exe", argv);
        bench_require_errno(true, "/proc/self/exe");
    }
}

/* The kB that a line of smaps_rollup gives; 0 if it has no such line. */
static unsigned long long kilobytes_of(const char *text, const char *name)
{
    const char *at = strstr(text, name);
    return at == NULL ? 0 : strtoull(at + strlen(name), NULL, 10);
}

void bench_tell_pages(void)
{
    char text[8192];
    FILE *file = bench_pages_are_huge() ? fopen("/proc/self/smaps_rollup", "r") : NULL;
    if (file == NULL) {
        return;
    }
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    fprintf(stderr, "in memory: %llu MiB, of these in huge pages: %llu of files, %llu of others\n",
            kilobytes_of(text, "\nRss:") >> 10, kilobytes_of(text, "\nFilePmdMapped:") >> 10,
            kilobytes_of(text, "\nAnonHugePages:") >> 10);
}

/* In the large pieces that image files are written in, which other free memory is not made of. */
static void warm_file_memory(size_t size)
{
    enum { CHUNK_BYTES = 2 << 20 };
    char path[4096];
    char *chunk = bench_allocate(CHUNK_BYTES);
    snprintf(path, sizeof path, "%s/libshm-bench-warm-XXXXXX", bench_folder());
    memset(chunk, 1, CHUNK_BYTES);
    const int fd = mkstemp(path);
    bench_require_errno(fd < 0, path);
    unlink(path);
    for (size_t written = 0; written < size;) {
        const ssize_t some = write(fd, chunk, CHUNK_BYTES);
        bench_require_errno(some <= 0, path);
        written += (size_t)some;
    }
    close(fd);
    free(chunk);
}

void bench_warm_memory(uint64_t row_count)
{
    enum { ROW_BYTES = 192, FILE_ROW_BYTES = 128 };
    const uint64_t file_max = (uint64_t)2 << 30; /* more would start for the disk */
    const uint64_t half = (uint64_t)sysconf(_SC_AVPHYS_PAGES) / 2 * (uint64_t)sysconf(_SC_PAGESIZE);
    const uint64_t wanted = row_count * ROW_BYTES, in_file = row_count * FILE_ROW_BYTES;
    const size_t size = (size_t)(wanted < half ? wanted : half);
    void *memory =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    bench_require_errno(memory == MAP_FAILED, "memory");
    warm_file_memory((size_t)(in_file < file_max ? in_file : file_max));
    munmap(memory, size);
}
