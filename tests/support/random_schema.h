/* random_schema.h — valid schemas of every shape, for tests of properties. */
#ifndef TESTS_SUPPORT_RANDOM_SCHEMA_H
#define TESTS_SUPPORT_RANDOM_SCHEMA_H

#include <stddef.h>
#include <stdint.h>

/* A valid, self-contained schema text with one dataset: the same for the same seed.  Over some
 * hundred seeds every type, modifier and kind of collection occurs.  Every record can be finite;
 * every ref has its table.  Ends the program if memory is short.  The caller frees it. */
char *shm_test_random_schema(uint64_t seed, size_t *length);

#endif
