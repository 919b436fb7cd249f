/* hash.h — the hash of bytes: XXH3, by Y. Collet, 64 bits with a seed, as specified for xxHash 0.8.
 * Part of the image format: equal on every machine, in every version of the library. */
#ifndef SHM_HASH_H
#define SHM_HASH_H

#include <stddef.h>
#include <stdint.h>

#include <shm/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Threads: any.  Cost: a few ns, and about 0.05 ns a byte where there is AVX2. */
SHM_API uint64_t shm_hash64(const void *bytes, size_t length, uint64_t seed);

#ifdef __cplusplus
}
#endif
#endif
