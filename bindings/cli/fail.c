#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

int shm_cli_fail(int code, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fputs("shm: ", stderr);
    vfprintf(stderr, format, list);
    fputc('\n', stderr);
    va_end(list);
    return code;
}

int shm_cli_exit_code(shm_status status)
{
    switch (status) {
    case SHM_OK:
        return SHM_EXIT_DONE;
    case SHM_NOT_FOUND:
        return SHM_EXIT_NO;
    case SHM_INVALID:
    case SHM_BAD_SCHEMA:
    case SHM_DUPLICATE_KEY:
    case SHM_LIMIT:
        return SHM_EXIT_BAD;
    case SHM_NOT_IMAGE:
    case SHM_TRUNCATED:
    case SHM_CORRUPT:
    case SHM_WRONG_VERSION:
    case SHM_WRONG_BYTE_ORDER:
        return SHM_EXIT_CORRUPT;
    case SHM_SCHEMA_MISMATCH:
        return SHM_EXIT_MISMATCH;
    case SHM_LOCKED:
        return SHM_EXIT_LOCKED;
    case SHM_NO_MEMORY:
    case SHM_IO:
    case SHM_NO_SPACE:
    case SHM_ABORTED:
        break;
    }
    return SHM_EXIT_IO;
}

int shm_cli_fail_error(const char *path, const shm_error *error)
{
    const int code = shm_cli_exit_code(error->status);
    if (error->status == SHM_BAD_SCHEMA ||
        (error->status == SHM_LIMIT && strstr(error->text, ": error: ") != NULL)) {
        /* Begins with FILE:LINE:COL, as a compiler's message does. */
        fprintf(stderr, "%s\n", error->text);
    } else if (path == NULL || strstr(error->text, path) != NULL) {
        shm_cli_fail(code, "%s", error->text);
    } else {
        shm_cli_fail(code, "%s: %s", path, error->text);
    }
    return code;
}

int shm_cli_fail_schema(const char *path, const shm_error *error)
{
    /* A dataset that the file does not declare: the command was wrong. */
    const int code = shm_cli_fail_error(path, error);
    return code == SHM_EXIT_NO ? SHM_EXIT_BAD : code;
}

void *shm_cli_realloc(void *memory, size_t size)
{
    void *grown = realloc(memory, size);
    if (grown == NULL) {
        exit(shm_cli_fail(SHM_EXIT_IO, "out of memory"));
    }
    return grown;
}
