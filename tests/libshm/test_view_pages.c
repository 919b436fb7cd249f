/* test_view_pages.c — where views lie, and which pages the kernel holds them in.  What huge pages
 * there are depends on kernel and file system: a view must get what a plain program gets that does
 * every step by hand, and say so truthfully. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include "libshm/file.h"
#include "libshm/view.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

#define HUGE ((size_t)2 << 20)
#define PAGE ((size_t)4096)

/* Sums of smaps over the mappings that lie in a span of addresses, read by other means than the
 * library's. */
static struct shm_view_pages look(const void *base, size_t size)
{
    struct shm_view_pages sums = {0};
    char line[4096];
    bool inside = false;
    FILE *file = fopen("/proc/self/smaps", "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        char *end;
        const unsigned long long first = strtoull(line, &end, 16);
        if (*end == '-') {
            const unsigned long long last = strtoull(end + 1, NULL, 16);
            inside = first >= (uintptr_t)base && last <= (uintptr_t)base + size + PAGE - 1;
        } else if (inside) {
            const char *colon = strchr(line, ':');
            const uint64_t bytes = strtoull(colon + 1, NULL, 10) * 1024;
            sums.mapped += strncmp(line, "Size:", 5) == 0 ? bytes : 0;
            sums.resident += strncmp(line, "Rss:", 4) == 0 ? bytes : 0;
            sums.huge +=
                strstr(line, "PmdMapped:") != NULL || strncmp(line, "AnonHuge", 8) == 0 ? bytes : 0;
        }
    }
    fclose(file);
    return sums;
}

static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i * 31 + (i >> 12));
}

static void write_file(const char *path, size_t size)
{
    shm_writer writer;
    unsigned char *bytes = malloc(size);
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    for (size_t i = 0; i < size; i++) {
        bytes[i] = byte_at(i);
    }
    cr_assert_eq(shm_writer_open(fd, path, &writer, NULL), SHM_OK);
    /* In uneven pieces, as sections come. */
    for (size_t at = 0; at < size;) {
        const size_t piece = size - at < 300007 ? size - at : 300007;
        cr_assert_eq(shm_writer_add(&writer, bytes + at, piece, NULL), SHM_OK);
        at += piece;
    }
    cr_assert_eq(shm_writer_flush(&writer, NULL), SHM_OK);
    shm_writer_close(&writer);
    close(fd);
    free(bytes);
}

static uint64_t touch(const void *base, size_t size)
{
    uint64_t sum = 0;
    for (size_t at = 0; at < size; at += PAGE) {
        sum += ((const volatile unsigned char *)base)[at];
    }
    return sum;
}

/* Huge bytes of a mapping made by hand, at a huge boundary. */
static uint64_t by_hand(const char *path, size_t size, bool ask)
{
    unsigned char *space =
        mmap(NULL, size + 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *place = space + HUGE - (uintptr_t)space % HUGE;
    if (path == NULL) {
        cr_assert_eq(mmap(place, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
                     place);
        memset(place, 1, size);
    } else {
        const int fd = open(path, O_RDONLY);
        cr_assert_eq(mmap(place, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0), place);
        close(fd);
    }
    if (ask) {
        (void)madvise(place, size, MADV_HUGEPAGE);
        (void)madvise(place, size, MADV_COLLAPSE);
    }
    touch(place, size);
    const uint64_t huge = look(place, size).huge;
    munmap(space, size + 2 * HUGE);
    return huge;
}

static struct shm_view_pages pages_of(const shm_view *view)
{
    struct shm_view_pages pages = {0};
    shm_error error;
    cr_assert_eq(shm_view_pages_read(view, &pages, &error), SHM_OK, "%s", error.text);
    return pages;
}

/* Opens the file so, and checks place, bytes and what is told of its pages; answers the huge
 * ones. */
static uint64_t expect_view(const char *path, size_t size, unsigned how)
{
    shm_view view;
    shm_error error;
    cr_assert_eq(shm_view_open(path, how, &view, &error), SHM_OK, "%s", error.text);
    size_t right = 0;
    while (right < size && view.base[right] == byte_at(right)) {
        right++;
    }
    cr_expect_eq(right, size, "%s: byte %zu", path, right);
    if (size >= HUGE || (how & SHM_VIEW_COPY) != 0) {
        cr_expect_eq((uintptr_t)view.base % HUGE, 0, "%s: at a boundary", path);
    }
    const struct shm_view_pages told = pages_of(&view);
    const struct shm_view_pages seen = look(view.base, size);
    cr_expect_eq(told.mapped, (size + PAGE - 1) / PAGE * PAGE);
    cr_expect_eq(told.resident, told.mapped, "%s: all of it was read", path);
    cr_expect_eq(told.huge, seen.huge);
    cr_expect_eq(told.resident, seen.resident);
    cr_expect_eq(told.mapped, seen.mapped);
    cr_expect_eq(told.huge % HUGE, 0);
    shm_view_close(&view);
    return told.huge;
}

static const size_t sizes[] = {1, HUGE - PAGE, HUGE, HUGE + 1, 5 * HUGE + 12345};
enum { SIZE_COUNT = sizeof sizes / sizeof *sizes };

static void expect_file(const char *path)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        write_file(path, sizes[i]);
        cr_expect_eq(expect_view(path, sizes[i], 0), by_hand(path, sizes[i], false));
        cr_expect_eq(expect_view(path, sizes[i], SHM_VIEW_HUGE), by_hand(path, sizes[i], true));
        unlink(path);
    }
}

Test(view_pages, a_file_here_gets_what_there_is)
{
    expect_file("pages.img");
}

Test(view_pages, a_file_in_shared_memory_gets_what_there_is)
{
    char path[64];
    snprintf(path, sizeof path, "/dev/shm/libshm-test-%d", getpid());
    expect_file(path);
}

Test(view_pages, a_private_copy_gets_what_there_is)
{
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        write_file("pages.img", sizes[i]);
        cr_expect_eq(expect_view("pages.img", sizes[i], SHM_VIEW_COPY),
                     by_hand(NULL, sizes[i], false));
        cr_expect_eq(expect_view("pages.img", sizes[i], SHM_VIEW_COPY | SHM_VIEW_HUGE),
                     by_hand(NULL, sizes[i], true));
        unlink("pages.img");
    }
}

/* Whether the file system keeps what is written in whole chunks of 2 MiB in huge pages. */
static bool keeps_large_folios(void)
{
    unsigned char *bytes = calloc(1, HUGE);
    const int fd = open("folio", O_RDWR | O_CREAT | O_TRUNC, 0600);
    cr_assert_eq(write(fd, bytes, HUGE), (ssize_t)HUGE);
    close(fd);
    free(bytes);
    const bool keeps = by_hand("folio", HUGE, false) == HUGE;
    unlink("folio");
    return keeps;
}

Test(view_pages, a_file_that_the_writer_wrote_is_in_huge_pages_where_files_can_be)
{
    const size_t size = 5 * HUGE + 12345;
    const bool keeps = keeps_large_folios();
    write_file("pages.img", size);
    cr_expect_eq(expect_view("pages.img", size, 0), keeps ? 5 * HUGE : 0);
    unlink("pages.img");
}

Test(view_pages, opening_reads_nothing_in_unless_huge_pages_are_asked_for)
{
    shm_view view;
    write_file("pages.img", 8 * HUGE);
    cr_assert_eq(shm_view_open("pages.img", 0, &view, NULL), SHM_OK);
    cr_expect_eq(pages_of(&view).resident, 0);
    shm_view_close(&view);
    unlink("pages.img");
}

Test(view_pages, views_side_by_side_are_told_apart)
{
    shm_view views[4];
    write_file("pages.img", HUGE + PAGE);
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(shm_view_open("pages.img", i % 2 == 0 ? SHM_VIEW_COPY : 0, &views[i], NULL),
                     SHM_OK);
    }
    for (size_t i = 0; i < 4; i++) {
        cr_expect_eq(pages_of(&views[i]).mapped, HUGE + PAGE);
        shm_view_close(&views[i]);
    }
    unlink("pages.img");
}

Test(view_pages, closing_gives_all_address_space_back)
{
    write_file("pages.img", HUGE + PAGE);
    for (unsigned how = 0; how < 4; how++) {
        shm_view view;
        cr_assert_eq(shm_view_open("pages.img", how, &view, NULL), SHM_OK);
        unsigned char *space = view.space;
        const size_t size = view.space_size;
        cr_expect_leq((uintptr_t)space, (uintptr_t)view.base);
        shm_view_close(&view);
        cr_expect_eq(
            mmap(space, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0),
            space);
        munmap(space, size);
    }
    unlink("pages.img");
}

Test(view_pages, where_address_space_is_short_a_file_opens_all_the_same)
{
    const size_t size = 16 * HUGE;
    unsigned long pages = 0;
    shm_view view;
    write_file("pages.img", size);
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert_eq(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    const struct rlimit limit = {pages * PAGE + size + HUGE, RLIM_INFINITY};
    struct rlimit before;
    getrlimit(RLIMIT_AS, &before);
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    const shm_status status = shm_view_open("pages.img", 0, &view, NULL);
    const struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    setrlimit(RLIMIT_AS, &none);
    cr_assert_eq(status, SHM_OK);
    cr_expect_eq(view.space_size, size, "nothing around it");
    shm_view_close(&view);
    cr_expect_null(view.base);
    unlink("pages.img");
}

Test(view_pages, borrowed_bytes_are_those_of_the_mappings_around_them)
{
    unsigned char *memory =
        mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    shm_view view;
    memset(memory, 1, 2 * PAGE);
    cr_assert_eq(shm_view_borrow(memory + 64, 100, &view, NULL), SHM_OK);
    const struct shm_view_pages pages = pages_of(&view);
    cr_expect_eq(pages.mapped, 4 * PAGE);
    cr_expect_eq(pages.resident, 2 * PAGE);
    cr_expect_eq(pages.huge, 0);
    shm_view_close(&view);
    munmap(memory, 4 * PAGE);
}

Test(view_pages, a_private_copy_cannot_be_written)
{
    shm_view view;
    write_file("pages.img", 10);
    cr_assert_eq(shm_view_open("pages.img", SHM_VIEW_COPY, &view, NULL), SHM_OK);
    unlink("pages.img");
    const int fd = open("/dev/zero", O_RDONLY);
    cr_expect_eq(read(fd, view.space, 1), -1);
    const struct iovec into = {.iov_base = (void *)(uintptr_t)view.base, .iov_len = 1};
    cr_expect_eq(readv(fd, &into, 1), -1);
    cr_expect_eq(errno, EFAULT);
    cr_expect_eq(view.base[0], byte_at(0));
    close(fd);
    shm_view_close(&view);
}

Test(view_pages, what_the_kernel_refuses_is_no_error)
{
    const size_t size = 3 * HUGE + 1;
    write_file("pages.img", size);
    cr_assert_eq(prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0), 0);
    expect_view("pages.img", size, SHM_VIEW_HUGE);
    cr_expect_eq(expect_view("pages.img", size, SHM_VIEW_COPY | SHM_VIEW_HUGE), 0);
    unlink("pages.img");
}
