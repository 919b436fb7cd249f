#include "schema/compiler/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libshm/error.h"

enum { FIRST_CAPACITY = 4096 };

static bool reserve(shm_output *out, size_t more)
{
    if (out->failed)
        return false;
    if (more < out->capacity - out->length)
        return true;
    size_t capacity = out->capacity == 0 ? FIRST_CAPACITY : out->capacity;
    while (capacity - out->length <= more) {
        if (capacity > SIZE_MAX / 2) {
            out->failed = true;
            return false;
        }
        capacity *= 2;
    }
    char *text = realloc(out->text, capacity);
    if (text == NULL) {
        out->failed = true;
        return false;
    }
    out->text = text;
    out->capacity = capacity;
    return true;
}

void shm_output_add(shm_output *out, const char *text, size_t length)
{
    if (!reserve(out, length))
        return;
    memcpy(out->text + out->length, text, length);
    out->length += length;
    out->text[out->length] = '\0';
}

void shm_output_print_list(shm_output *out, const char *format, va_list values)
{
    va_list again;
    va_copy(again, values);
    const int length = vsnprintf(NULL, 0, format, values);
    if (length < 0)
        out->failed = true;
    else if (reserve(out, (size_t)length)) {
        vsnprintf(out->text + out->length, (size_t)length + 1, format, again);
        out->length += (size_t)length;
    }
    va_end(again);
}

void shm_output_print(shm_output *out, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    shm_output_print_list(out, format, values);
    va_end(values);
}

void shm_output_json(shm_output *out, const char *text)
{
    shm_output_add(out, "\"", 1);
    for (; *text != '\0'; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            shm_output_print(out, "\\%c", c);
        else if (c == '\n')
            shm_output_add(out, "\\n", 2);
        else if (c < 0x20)
            shm_output_print(out, "\\u%04x", c);
        else
            shm_output_add(out, text, 1);
    }
    shm_output_add(out, "\"", 1);
}

void shm_output_free(shm_output *out)
{
    free(out->text);
    *out = (shm_output){0};
}

static bool write_all(int fd, const char *text, size_t length)
{
    while (length > 0) {
        const ssize_t written = write(fd, text, length);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return false;
        }
        text += written;
        length -= (size_t)written;
    }
    return true;
}

/* Builds may run at once, so the temporary name is each process's own. */
static shm_status write_by(const shm_output *out, const char *temporary, const char *path,
                           shm_error *error)
{
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0)
        return shm_fail_errno(error, "%s: cannot be created", temporary);
    bool written = write_all(fd, out->text == NULL ? "" : out->text, out->length);
    const int failure = errno;
    if (close(fd) != 0 && written)
        written = false;
    else if (!written)
        errno = failure;
    if (!written) {
        const shm_status status = shm_fail_errno(error, "%s: cannot be written", temporary);
        unlink(temporary);
        return status;
    }
    if (rename(temporary, path) != 0) {
        const shm_status status = shm_fail_errno(error, "%s: cannot be replaced", path);
        unlink(temporary);
        return status;
    }
    return SHM_OK;
}

shm_status shm_output_write(const shm_output *out, const char *path, shm_error *error)
{
    if (out->failed)
        return shm_fail_memory(error);
    shm_output temporary = {0};
    shm_output_print(&temporary, "%s.%ld.new", path, (long)getpid());
    if (temporary.failed)
        return shm_fail_memory(error);
    const shm_status status = write_by(out, temporary.text, path, error);
    shm_output_free(&temporary);
    return status;
}
