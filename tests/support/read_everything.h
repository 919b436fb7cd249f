/* read_everything.h — reads all there is in a dataset, through the public functions alone. */
#ifndef SHM_TESTS_SUPPORT_READ_EVERYTHING_H
#define SHM_TESTS_SUPPORT_READ_EVERYTHING_H

#include <stdbool.h>
#include <stdint.h>

#include <shm/dataset.h>

/* Reads rows, values, texts to their NULs, any nodes, tensors, sections and indexes, walks each
 * index, and finds each row by its keys.  Aborts where an answer contradicts the rest: a text
 * without its NUL, a row number past the end, and, if `finds_all`, a key that does not find its
 * row.
 *
 * Shared values are read as often as they are reached, so this is not linear: it stops after
 * `steps` values.  Answers a sum over what it read, which keeps reads from being optimized away. */
uint64_t shm_test_read_everything(const shm_dataset *dataset, uint64_t steps, bool finds_all);

#endif
