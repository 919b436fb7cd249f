/* test_view.c — opening files of every sort. */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "libshm/view.h"

static void write_file(const char *path, const void *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, bytes, size), (ssize_t)size);
    close(fd);
}

static void expect_failure(const char *path, shm_status status, int reason, const char *text)
{
    for (int private_copy = 0; private_copy < 2; private_copy++) {
        shm_view view = {.size = 77};
        shm_error error;
        cr_expect_eq(shm_view_open(path, private_copy != 0 ? SHM_VIEW_COPY : 0, &view, &error),
                     status);
        cr_expect_str_eq(error.text, text);
        cr_expect_eq(error.status, status);
        cr_expect_eq(error.os_errno, reason);
        cr_expect_eq(view.size, 77, "untouched");
    }
}

Test(view, a_file_is_mapped_or_copied)
{
    write_file("view_whole", "seven b", 7);
    for (int private_copy = 0; private_copy < 2; private_copy++) {
        shm_view view;
        shm_error error;
        cr_assert_eq(
            shm_view_open("view_whole", private_copy != 0 ? SHM_VIEW_COPY : 0, &view, &error),
            SHM_OK);
        cr_expect_eq(view.size, 7);
        cr_expect_eq(memcmp(view.base, "seven b", 7), 0);
        cr_expect_eq(view.kind, private_copy ? SHM_VIEW_COPIED : SHM_VIEW_MAPPED);
        shm_view_close(&view);
        cr_expect_null(view.base);
    }
    unlink("view_whole");
}

Test(view, a_private_copy_does_not_follow_the_file)
{
    shm_view copy;
    shm_view map;
    write_file("view_changed", "before", 6);
    cr_assert_eq(shm_view_open("view_changed", SHM_VIEW_COPY, &copy, NULL), SHM_OK);
    cr_assert_eq(shm_view_open("view_changed", 0, &map, NULL), SHM_OK);
    const int fd = open("view_changed", O_WRONLY);
    cr_assert_eq(pwrite(fd, "after!", 6, 0), 6);
    close(fd);
    cr_expect_eq(memcmp(copy.base, "before", 6), 0);
    cr_expect_eq(memcmp(map.base, "after!", 6), 0);
    shm_view_close(&copy);
    shm_view_close(&map);
    unlink("view_changed");
}

Test(view, only_a_file_that_nobody_else_writes_is_trusted)
{
    write_file("view_trust", "x", 1);
    const mode_t modes[] = {0600, 0644, 0640, 0620, 0602, 0666};
    const bool trusted[] = {true, true, true, false, false, false};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        shm_view view;
        cr_assert_eq(chmod("view_trust", modes[i]), 0);
        cr_assert_eq(shm_view_open("view_trust", 0, &view, NULL), SHM_OK);
        cr_expect_eq(view.trusted, trusted[i], "%o", modes[i]);
        shm_view_close(&view);
    }
    unlink("view_trust");
}

Test(view, a_missing_file)
{
    expect_failure("view_missing", SHM_IO, ENOENT,
                   "cannot open 'view_missing': No such file or directory");
    write_file("view_file", "x", 1);
    expect_failure("view_file/x", SHM_IO, ENOTDIR, "cannot open 'view_file/x': Not a directory");
    unlink("view_file");
}

Test(view, an_empty_file)
{
    write_file("view_empty", "", 0);
    expect_failure("view_empty", SHM_NOT_IMAGE, 0, "'view_empty' is empty, not a libshm image");
    unlink("view_empty");
}

Test(view, a_folder)
{
    expect_failure("/", SHM_NOT_IMAGE, 0, "'/' is a folder, not a libshm image");
}

Test(view, a_device)
{
    expect_failure("/dev/null", SHM_NOT_IMAGE, 0, "'/dev/null' is a device, not a libshm image");
}

Test(view, a_pipe_is_not_waited_for, .timeout = 10)
{
    cr_assert_eq(mkfifo("view_pipe", 0600), 0);
    expect_failure("view_pipe", SHM_NOT_IMAGE, 0, "'view_pipe' is a pipe, not a libshm image");
    unlink("view_pipe");
}

Test(view, a_socket)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "view_socket"};
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_eq(bind(fd, (const void *)&address, sizeof address), 0);
    expect_failure("view_socket", SHM_NOT_IMAGE, 0,
                   "'view_socket' is a socket, not a libshm image");
    close(fd);
    unlink("view_socket");
}

Test(view, memory_is_borrowed_if_it_is_aligned)
{
    static _Alignas(64) unsigned char bytes[128];
    shm_view view = {.size = 77};
    shm_error error;
    cr_expect_eq(shm_view_borrow(bytes + 8, 64, &view, &error), SHM_INVALID);
    cr_expect_str_eq(error.text, "an image in memory must be aligned to 64 bytes: copy it to such "
                                 "a place");
    cr_expect_eq(view.size, 77);
    cr_assert_eq(shm_view_borrow(bytes, 128, &view, &error), SHM_OK);
    cr_expect_eq(view.base, bytes);
    cr_expect_not(view.trusted);
    shm_view_close(&view);
    cr_expect_null(view.base);
}
