/* diagnostic.h — what is wrong with a schema text, and where.  Internal. */
#ifndef SCHEMA_TEXT_DIAGNOSTIC_H
#define SCHEMA_TEXT_DIAGNOSTIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

#include "libshm/arena.h"

enum { SHM_DIAGNOSTIC_COUNT_MAX = 20 };

/* One text that is read: the root or an import. */
typedef struct shm_source {
    const char *name; /* as messages show it: the path it was opened by */
    const char *text;
    size_t length;
    uint32_t number; /* in order of loading: the root is 0 */
} shm_source;

typedef struct shm_diagnostic {
    const char *file;
    uint32_t line;           /* from 1 */
    uint32_t column;         /* from 1, in code points */
    const char *text;        /* one line, without "error: " */
    const char *source_line; /* the line, or a part of a very long one; never NULL */
    uint32_t caret;          /* code points of source_line before the place */
    shm_status status;       /* BAD_SCHEMA or LIMIT */
    uint32_t source_number;
    uint32_t at; /* offset in the file */
} shm_diagnostic;

/* All zero is an empty list.  Items are in order of file and place; after
 * SHM_DIAGNOSTIC_COUNT_MAX of them the work stops (`full`). */
typedef struct shm_diagnostics {
    shm_arena arena;
    shm_diagnostic items[SHM_DIAGNOSTIC_COUNT_MAX];
    size_t count;
    bool full;
    bool out_of_memory;
} shm_diagnostics;

/* Adds an error; only the first one told of a place is kept.  Always answers false, so that a
 * check can end in `return shm_diagnose(...)`. */
bool shm_diagnose(shm_diagnostics *diagnostics, const shm_source *source, size_t at,
                  shm_status status, const char *format, ...) SHM_PRINTF(5, 6);

void shm_diagnostics_close(shm_diagnostics *diagnostics);

/* Line and column of a place, both from 1.  Cost: linear in what stands before it. */
void shm_source_place(const shm_source *source, size_t at, uint32_t *line, uint32_t *column);

#endif
