/* allocation.h — makes an allocation fail, so that a test can walk every error path.
 *
 * Works in the Criterion programs, which are linked with --wrap: it sees malloc, calloc and realloc
 * called from the library's objects and from the test, not those inside libc. */
#ifndef SHM_TESTS_SUPPORT_ALLOCATION_H
#define SHM_TESTS_SUPPORT_ALLOCATION_H

#include <stdbool.h>
#include <stdint.h>

/* The allocation number `nth` from now (0 is the next one) and all after it fail.  Calls of any
 * thread count. */
void shm_test_fail_allocations_from(uint64_t nth);

/* Only allocation number `nth` from now fails. */
void shm_test_fail_allocation(uint64_t nth);

/* Allocations work again.  True if one was made to fail since: a loop over nth ends at the first
 * run for which this is false. */
bool shm_test_allow_allocations(void);

#endif
