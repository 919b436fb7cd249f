/* fuzz_any.c — any values from anyone: what passes shm_any_valid can be walked to its end. */
#include <stdint.h>
#include <stdlib.h>

#include <shm/any.h>

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

/* Keeps reads from being optimized away. */
static volatile uint64_t kept;

/* Walks a node and answers how many it holds, itself included. */
static uint64_t walk(shm_any any, uint64_t *sum)
{
    const size_t count = any.kind == SHM_ANY_DICT ? 2 * any.count : any.count;
    const uint8_t *at = any.inner;
    uint64_t nodes = 1;
    if (any.kind == SHM_ANY_STRING || any.kind == SHM_ANY_BYTES || any.kind == SHM_ANY_DECIMAL) {
        for (size_t i = 0; i < any.u.text.length; i++) {
            *sum += (unsigned char)any.u.text.data[i];
        }
    }
    for (size_t i = 0; i < count; i++) {
        const shm_any inner = shm_any_next(at);
        if (inner.end <= at || inner.end > any.end || shm_any_compare(at, at) != 0) {
            abort();
        }
        nodes += walk(inner, sum);
        at = inner.end;
    }
    return nodes;
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    uint64_t nodes = 0;
    uint64_t sum = 0;
    const shm_bytes input = shm_bytes_of(bytes, size);
    if (shm_any_valid(input, &nodes) && size > 0) {
        if (walk(shm_any_at(input), &sum) != nodes) {
            abort();
        }
        kept = sum;
    }
    return 0;
}
