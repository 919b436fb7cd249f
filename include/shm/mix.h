/* mix.h — the hash of keys that are 64-bit words, and how a hash is brought to a range.  Part of
 * the image format: equal on every machine, in every version of the library. */
#ifndef SHM_MIX_H
#define SHM_MIX_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SHM_MIX_FIRST UINT64_C(0x9fb21c651e98df25)
#define SHM_MIX_SECOND UINT64_C(0xd6e8feb86659fd93)
enum { SHM_MIX_SHIFT = 32 };

/* What the first step multiplies by.  It depends on the seed, so that keys whose hashes are near
 * each other under one seed are not under the next. */
static inline uint64_t shm_mix_multiplier(uint64_t seed)
{
    return SHM_MIX_FIRST + 2 * seed;
}

/* A bijection of keys for each seed, as both factors are odd.  0 goes to 0 under all of them. */
static inline uint64_t shm_mix64(uint64_t key, uint64_t seed)
{
    uint64_t word = key * shm_mix_multiplier(seed);
    word ^= word >> SHM_MIX_SHIFT;
    return word * SHM_MIX_SECOND;
}

/* The same for a word that others came before, whose hash is `state`: a bijection of states for
 * each word, too, as the first product is an odd multiple of the state and an even one of its
 * square. */
static inline uint64_t shm_mix64_after(uint64_t word, uint64_t state)
{
    return shm_mix64(word + state, state);
}

/* The high 64 bits of a product: maps a hash evenly to 0 .. count - 1. */
static inline uint64_t shm_multiply_high(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)(((wide)a * b) >> 64);
}

#ifdef __cplusplus
}
#endif
#endif
