/* hostile.h — keys that are chosen to collide.
 *
 * A word hashes by a bijection, so a key can be made for any hash under a known seed; and the seeds
 * of an index follow from a sum over its keys, which one more key brings to any value. */
#ifndef TESTS_SUPPORT_HOSTILE_H
#define TESTS_SUPPORT_HOSTILE_H

#include <stddef.h>
#include <stdint.h>

#include <shm/schema.h>

enum { SHM_TEST_KEYS_OF_SEED = 12 };

/* Adds SHM_TEST_KEYS_OF_SEED keys for each of the first `seed_count` seeds, under which they would
 * all stand in one line, and one more, so that these are the seeds of the index of u64 keys with
 * that number.  Its other keys are the `count` that are in `keys` already.  Answers the number of
 * all. */
size_t shm_test_hostile_keys(const shm_schema *schema, uint32_t collection, unsigned seed_count,
                             uint64_t *keys, size_t count);

#endif
