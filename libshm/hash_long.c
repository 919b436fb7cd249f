/* hash_long.c — XXH3 of more than 240 bytes. */
#include "libshm/hash_long.h"

#include "libshm/hash_parts.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
    SCRAMBLE_AT = SHM_HASH_SECRET_BYTES - 64, /* where in the secret each step reads */
    LAST_AT = SHM_HASH_SECRET_BYTES - 71,
    LOW_AT = 11,
    HIGH_AT = SHM_HASH_SECRET_BYTES - 75
};

size_t shm_hash_take_portable(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *bytes,
                              size_t stripe_count, size_t in_block, const unsigned char *secret)
{
    for (size_t stripe = 0; stripe < stripe_count; stripe++) {
        const unsigned char *from = bytes + stripe * SHM_HASH_STRIPE_BYTES;
        const unsigned char *with = secret + in_block * 8;
        for (size_t i = 0; i < SHM_HASH_LANE_COUNT; i++) {
            const uint64_t word = shm_hash_load64(from + i * 8);
            const uint64_t keyed = word ^ shm_hash_load64(with + i * 8);
            lanes[i ^ 1] += word;
            lanes[i] += (keyed & UINT32_MAX) * (keyed >> 32);
        }
        if (++in_block == SHM_HASH_BLOCK_STRIPES) {
            in_block = 0;
            for (size_t i = 0; i < SHM_HASH_LANE_COUNT; i++) {
                const uint64_t word = lanes[i] ^ lanes[i] >> 47;
                lanes[i] = (word ^ shm_hash_load64(secret + SCRAMBLE_AT + i * 8)) * SHM_PRIME32_1;
            }
        }
    }
    return in_block;
}

#if defined(__x86_64__)

__attribute__((target("avx2"))) static inline __m256i load_4(const void *from)
{
    return _mm256_loadu_si256((const __m256i *)from);
}

__attribute__((target("avx2"))) static inline __m256i
take_4(__m256i lanes, const unsigned char *from, const unsigned char *secret)
{
    const __m256i words = load_4(from);
    const __m256i keyed = _mm256_xor_si256(words, load_4(secret));
    const __m256i product = _mm256_mul_epu32(keyed, _mm256_srli_epi64(keyed, 32));
    const __m256i crossed = _mm256_shuffle_epi32(words, _MM_SHUFFLE(1, 0, 3, 2));
    return _mm256_add_epi64(lanes, _mm256_add_epi64(product, crossed));
}

__attribute__((target("avx2"))) static inline __m256i scramble_4(__m256i lanes,
                                                                 const unsigned char *secret)
{
    const __m256i prime = _mm256_set1_epi64x((long long)SHM_PRIME32_1);
    const __m256i shifted = _mm256_xor_si256(lanes, _mm256_srli_epi64(lanes, 47));
    const __m256i words = _mm256_xor_si256(shifted, load_4(secret));
    const __m256i low = _mm256_mul_epu32(words, prime);
    const __m256i high = _mm256_mul_epu32(_mm256_srli_epi64(words, 32), prime);
    return _mm256_add_epi64(low, _mm256_slli_epi64(high, 32));
}

__attribute__((target("avx2"))) size_t shm_hash_take_fast(uint64_t lanes[SHM_HASH_LANE_COUNT],
                                                          const unsigned char *bytes,
                                                          size_t stripe_count, size_t in_block,
                                                          const unsigned char *secret)
{
    __m256i low = load_4(lanes);
    __m256i high = load_4(lanes + 4);
    for (size_t stripe = 0; stripe < stripe_count; stripe++) {
        const unsigned char *from = bytes + stripe * SHM_HASH_STRIPE_BYTES;
        low = take_4(low, from, secret + in_block * 8);
        high = take_4(high, from + 32, secret + in_block * 8 + 32);
        if (++in_block == SHM_HASH_BLOCK_STRIPES) {
            in_block = 0;
            low = scramble_4(low, secret + SCRAMBLE_AT);
            high = scramble_4(high, secret + SCRAMBLE_AT + 32);
        }
    }
    _mm256_storeu_si256((__m256i *)lanes, low);
    _mm256_storeu_si256((__m256i *)(lanes + 4), high);
    return in_block;
}

size_t shm_hash_take_stripes(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *bytes,
                             size_t stripe_count, size_t in_block, const unsigned char *secret)
{
    if (__builtin_cpu_supports("avx2")) {
        return shm_hash_take_fast(lanes, bytes, stripe_count, in_block, secret);
    }
    return shm_hash_take_portable(lanes, bytes, stripe_count, in_block, secret);
}

#else

size_t shm_hash_take_fast(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *bytes,
                          size_t stripe_count, size_t in_block, const unsigned char *secret)
{
    return shm_hash_take_portable(lanes, bytes, stripe_count, in_block, secret);
}

size_t shm_hash_take_stripes(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *bytes,
                             size_t stripe_count, size_t in_block, const unsigned char *secret)
{
    return shm_hash_take_portable(lanes, bytes, stripe_count, in_block, secret);
}

#endif

void shm_hash_lanes_begin(uint64_t lanes[SHM_HASH_LANE_COUNT])
{
    static const uint64_t start[SHM_HASH_LANE_COUNT] = {
        SHM_PRIME32_3, SHM_PRIME64_1, SHM_PRIME64_2, SHM_PRIME64_3,
        SHM_PRIME64_4, SHM_PRIME32_2, SHM_PRIME64_5, SHM_PRIME32_1,
    };
    memcpy(lanes, start, sizeof start);
}

void shm_hash_lanes_finish(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *last,
                           const unsigned char *secret)
{
    (void)shm_hash_take_stripes(lanes, last, 1, 0, secret + LAST_AT);
}

uint64_t shm_hash_lanes_merge(const uint64_t lanes[SHM_HASH_LANE_COUNT], uint64_t start,
                              const unsigned char *secret, size_t secret_at)
{
    const unsigned char *with = secret + secret_at;
    uint64_t sum = start;
    for (size_t i = 0; i < SHM_HASH_LANE_COUNT; i += 2) {
        sum += shm_hash_fold(lanes[i] ^ shm_hash_load64(with + i * 8),
                             lanes[i + 1] ^ shm_hash_load64(with + i * 8 + 8));
    }
    return shm_hash_avalanche(sum);
}

/* Writes the secret that stands for `seed`. */
static void derive_secret(uint64_t seed, unsigned char secret[SHM_HASH_SECRET_BYTES])
{
    for (size_t at = 0; at < SHM_HASH_SECRET_BYTES; at += 16) {
        uint64_t words[2] = {
            shm_hash_load64(shm_hash_secret + at) + seed,
            shm_hash_load64(shm_hash_secret + at + 8) - seed,
        };
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        words[0] = __builtin_bswap64(words[0]);
        words[1] = __builtin_bswap64(words[1]);
#endif
        memcpy(secret + at, words, sizeof words);
    }
}

static void take_all(uint64_t lanes[SHM_HASH_LANE_COUNT], const unsigned char *bytes, size_t length,
                     const unsigned char *secret)
{
    shm_hash_lanes_begin(lanes);
    (void)shm_hash_take_stripes(lanes, bytes, (length - 1) / SHM_HASH_STRIPE_BYTES, 0, secret);
    shm_hash_lanes_finish(lanes, bytes + length - SHM_HASH_STRIPE_BYTES, secret);
}

uint64_t shm_hash64_long(const unsigned char *bytes, size_t length, uint64_t seed)
{
    unsigned char derived[SHM_HASH_SECRET_BYTES];
    const unsigned char *secret = shm_hash_secret;
    if (seed != 0) {
        derive_secret(seed, derived);
        secret = derived;
    }
    uint64_t lanes[SHM_HASH_LANE_COUNT];
    take_all(lanes, bytes, length, secret);
    return shm_hash_lanes_merge(lanes, length * SHM_PRIME64_1, secret, LOW_AT);
}

shm_hash128 shm_hash128_long(const unsigned char *bytes, size_t length, uint64_t seed)
{
    unsigned char secret[SHM_HASH_SECRET_BYTES];
    derive_secret(seed, secret);
    uint64_t lanes[SHM_HASH_LANE_COUNT];
    take_all(lanes, bytes, length, secret);
    return (shm_hash128){
        .low = shm_hash_lanes_merge(lanes, length * SHM_PRIME64_1, secret, LOW_AT),
        .high = shm_hash_lanes_merge(lanes, ~(length * SHM_PRIME64_2), secret, HIGH_AT),
    };
}
