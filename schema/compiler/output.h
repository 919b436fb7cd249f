/* output.h — text that grows, and files that appear whole.  Internal.
 *
 * A failed allocation is kept in `failed`; what is printed afterwards is dropped. */
#ifndef SCHEMA_COMPILER_OUTPUT_H
#define SCHEMA_COMPILER_OUTPUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <shm/status.h>

/* All zero is the empty text. */
typedef struct shm_output {
    char *text; /* NUL-terminated; NULL while nothing was printed */
    size_t length;
    size_t capacity;
    bool failed;
} shm_output;

void shm_output_print(shm_output *out, const char *format, ...) SHM_PRINTF(2, 3);
void shm_output_print_list(shm_output *out, const char *format, va_list values) SHM_PRINTF(2, 0);
void shm_output_add(shm_output *out, const char *text, size_t length);

/* The text as a JSON string, quotes included. */
void shm_output_json(shm_output *out, const char *text);

void shm_output_free(shm_output *out);

/* Puts the text at `path`: a reader sees the old file or the new one, whole.
 * Fails: IO, NO_SPACE, NO_MEMORY; the file is then what it was. */
SHM_MUST_USE shm_status shm_output_write(const shm_output *out, const char *path, shm_error *error);

#endif
