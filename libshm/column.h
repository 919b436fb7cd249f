/* column.h — numbers of a few bytes each, gathered on their way to a writer.  Internal. */
#ifndef LIBSHM_COLUMN_H
#define LIBSHM_COLUMN_H

#include <string.h>

#include "libshm/file.h"

enum { SHM_COLUMN_BYTES = 4096 };

typedef struct shm_column {
    shm_writer *writer;
    size_t width; /* of a number, at most 8 */
    size_t filled;
    unsigned char bytes[SHM_COLUMN_BYTES];
} shm_column;

static inline void shm_column_begin(shm_writer *writer, uint64_t width, shm_column *column)
{
    column->writer = writer;
    column->width = (size_t)width;
    column->filled = 0;
}

/* Writes what is gathered.  Fails: IO, NO_SPACE. */
SHM_MUST_USE static inline shm_status shm_column_end(shm_column *column, shm_error *error)
{
    const size_t filled = column->filled;
    column->filled = 0;
    return shm_writer_add(column->writer, column->bytes, filled, error);
}

/* Adds the low bytes of a number.  Fails: IO, NO_SPACE. */
SHM_MUST_USE static inline shm_status shm_column_add(shm_column *column, uint64_t number,
                                                     shm_error *error)
{
    memcpy(column->bytes + column->filled, &number, sizeof number); /* little-endian */
    column->filled += column->width;
    return column->filled <= SHM_COLUMN_BYTES - sizeof number ? SHM_OK
                                                              : shm_column_end(column, error);
}

#endif
