#include "out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"

void shm_out_close(shm_out *out)
{
    free(out->bytes);
    memset(out, 0, sizeof *out);
}

void shm_out_grow(shm_out *out, size_t more)
{
    size_t size = out->size == 0 ? 256 : out->size;
    if (more > SIZE_MAX / 4 - out->length) {
        exit(shm_cli_fail(SHM_EXIT_IO, "out of memory"));
    }
    while (size - out->length < more) {
        size *= 2;
    }
    out->bytes = shm_cli_realloc(out->bytes, size);
    out->size = size;
}

void shm_out_text(shm_out *out, const char *text)
{
    shm_out_bytes(out, text, strlen(text));
}

void shm_out_print(shm_out *out, const char *format, ...)
{
    va_list list;
    va_list again;
    va_start(list, format);
    va_copy(again, list);
    const int length = vsnprintf(NULL, 0, format, list);
    va_end(list);
    if (length > 0) {
        vsnprintf(shm_out_room(out, (size_t)length + 1), (size_t)length + 1, format, again);
        out->length += (size_t)length;
    }
    va_end(again);
}

void shm_out_flush(shm_out *out)
{
    size_t done = 0;
    while (done < out->length) {
        const ssize_t written = write(STDOUT_FILENO, out->bytes + done, out->length - done);
        if (written >= 0) {
            done += (size_t)written;
        } else if (errno == EPIPE) {
            exit(SHM_EXIT_DONE);
        } else if (errno != EINTR) {
            exit(shm_cli_fail(SHM_EXIT_IO, "cannot write to standard output: %s", strerror(errno)));
        }
    }
    out->length = 0;
}
