/* error.c — filling a shm_error. */
#include "libshm/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "libshm/utf8.h"

/* The length of `text` without a character that its end cuts in two. */
static size_t whole_characters(const char *text, size_t length)
{
    size_t back = 0;
    while (back < 3 && back < length && ((unsigned char)text[length - 1 - back] & 0xc0) == 0x80) {
        back++;
    }
    if (back == length) {
        return length;
    }
    const unsigned char lead = (unsigned char)text[length - 1 - back];
    const size_t needed = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
    return needed > back + 1 ? length - 1 - back : length;
}

/* Names of files may be any bytes: what is not UTF-8 in the text becomes '?'. */
static void replace_foreign_bytes(char *text, size_t length)
{
    size_t at = shm_utf8_valid_prefix(text, length);
    while (at < length) {
        text[at++] = '?';
        at += shm_utf8_valid_prefix(text + at, length - at);
    }
}

/* Fills *error unless it is NULL; `reason` is the errno whose text is appended, or 0. */
static void fill(shm_error *error, shm_status status, uint64_t offset, int reason,
                 const char *format, va_list arguments)
{
    if (error == NULL) {
        return;
    }
    /* Aside first: an argument may be error->text itself, where a caller adds to a message. */
    char text[SHM_ERROR_TEXT_BYTES];
    int length = vsnprintf(text, sizeof text, format, arguments);
    if (length < 0) {
        length = snprintf(text, sizeof text, "%s", shm_status_text(status));
    }
    if (reason != 0 && (size_t)length < sizeof text) {
        errno = reason;
        length += snprintf(text + length, sizeof text - (size_t)length, ": %m");
    }
    size_t kept = (size_t)length;
    if (kept >= sizeof text) {
        kept = whole_characters(text, sizeof text - 1);
    }
    replace_foreign_bytes(text, kept);
    text[kept] = '\0';
    error->status = status;
    error->os_errno = reason;
    error->offset = offset;
    memcpy(error->text, text, kept + 1);
}

shm_status shm_fail(shm_error *error, shm_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, UINT64_MAX, 0, format, arguments);
    va_end(arguments);
    return status;
}

shm_status shm_fail_at(shm_error *error, shm_status status, uint64_t offset, const char *format,
                       ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, offset, 0, format, arguments);
    va_end(arguments);
    return status;
}

shm_status shm_fail_errno(shm_error *error, const char *format, ...)
{
    const int reason = errno;
    shm_status status = SHM_IO;
    if (reason == ENOSPC || reason == EDQUOT) {
        status = SHM_NO_SPACE;
    } else if (reason == ENOMEM) {
        status = SHM_NO_MEMORY;
    }
    va_list arguments;
    va_start(arguments, format);
    fill(error, status, UINT64_MAX, reason, format, arguments);
    va_end(arguments);
    return status;
}

shm_status shm_fail_memory(shm_error *error)
{
    return shm_fail(error, SHM_NO_MEMORY, "out of memory");
}
