/* npy.h — the header of NumPy's .npy files: versions 1, 2 and 3. */
#ifndef BINDINGS_CLI_NPY_H
#define BINDINGS_CLI_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <shm/builder.h>

#include "input.h"
#include "out.h"

enum { SHM_NPY_NAME_BYTES = 256 };

/* A column of a structured array, or the whole element of a plain one (its name is then empty). */
typedef struct shm_npy_column {
    char name[SHM_NPY_NAME_BYTES];
    char letter;  /* b, i, u, f */
    bool swapped; /* of the other byte order than ours */
    size_t size;
    size_t offset; /* in an element */
} shm_npy_column;

typedef struct shm_npy {
    shm_npy_column *columns;
    size_t column_count;
    bool structured;
    bool fortran_order;
    size_t item_size;
    size_t ndim;
    uint64_t shape[SHM_TENSOR_NDIM_MAX];
    uint64_t count; /* the product of the shape */
} shm_npy;

/* Reads the header; the elements are what the input then holds.  0, or the exit code after a
 * message. */
int shm_npy_read(shm_input *input, shm_npy *npy);
void shm_npy_close(shm_npy *npy);

/* "<f4", for messages. */
void shm_npy_column_text(const shm_npy_column *column, char text[8]);

/* Whether the element is exactly a number of that kind. */
bool shm_npy_is_kind(const shm_npy_column *column, shm_kind kind);

/* Brings a number into our byte order, in place. */
void shm_npy_swap(unsigned char *bytes, size_t size);

/* The header of a tensor of that kind in C order. */
void shm_npy_write_header(shm_out *out, shm_kind kind, const shm_tensor *tensor);

#endif
