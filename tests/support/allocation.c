#include "tests/support/allocation.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);

/* Numbers of allocations since the last call that asked for failures; [fail_from, fail_to) fail. */
static _Atomic uint64_t calls;
static _Atomic uint64_t fail_from = UINT64_MAX;
static _Atomic uint64_t fail_to = UINT64_MAX;
static _Atomic bool failed;

static void fail_range(uint64_t from, uint64_t to)
{
    fail_from = UINT64_MAX;
    calls = 0;
    failed = false;
    fail_to = to;
    fail_from = from;
}

void shm_test_fail_allocations_from(uint64_t nth)
{
    fail_range(nth, UINT64_MAX);
}

void shm_test_fail_allocation(uint64_t nth)
{
    fail_range(nth, nth + 1);
}

bool shm_test_allow_allocations(void)
{
    fail_from = UINT64_MAX;
    return failed;
}

static bool must_fail(void)
{
    uint64_t number = atomic_fetch_add(&calls, 1);
    if (number < fail_from || number >= fail_to)
        return false;
    failed = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return must_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return must_fail() ? NULL : __real_realloc(block, size);
}
