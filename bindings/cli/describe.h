/* describe.h — what is known of a collection of an open image: for ls and stat. */
#ifndef BINDINGS_CLI_DESCRIBE_H
#define BINDINGS_CLI_DESCRIBE_H

#include <stdbool.h>

#include <shm/dataset.h>

typedef struct shm_description {
    uint64_t rows;  /* rows, entries, or elements of a tensor */
    uint64_t keys;  /* distinct ones, where there is an index */
    uint64_t bytes; /* of its sections */
    bool has_index;
    shm_index_info index;
} shm_description;

shm_description shm_describe(const shm_dataset *dataset, const shm_collection *collection);

/* Rows of a filled collection, or elements of a tensor.  Cost: O(1). */
uint64_t shm_cli_row_count(const shm_dataset *dataset, const shm_collection *collection);

#endif
