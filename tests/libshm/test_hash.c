/* XXH3 against libxxhash, which is the specification in practice. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <xxhash.h>

#include "libshm/hash.h"
#include "libshm/hash_long.h"
#include "libshm/hash_parts.h"

enum { LENGTH_MAX = 1100, LONG_LENGTH = 1 << 20 };

static const uint64_t seeds[] = {0, 1, UINT64_C(0x9e3779b97f4a7c15), UINT64_MAX};
enum { SEED_COUNT = sizeof seeds / sizeof seeds[0] };

static uint64_t state = 42;

static uint64_t random_word(void)
{
    state += UINT64_C(0x9e3779b97f4a7c15);
    return shm_mix64(state ^ state >> 31, 7);
}

static void fill(unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        bytes[i] = (unsigned char)random_word();
    }
}

/* Each input ends where its allocation does, so that a sanitizer sees a read beyond it. */
Test(hash, equals_xxh3_for_every_short_length_seed_and_alignment)
{
    unsigned char *memory = malloc(LENGTH_MAX + 64);
    cr_assert_not_null(memory);
    fill(memory, LENGTH_MAX + 64);
    for (size_t length = 0; length <= LENGTH_MAX; length++) {
        const unsigned char *bytes = memory + LENGTH_MAX + 64 - length;
        for (size_t s = 0; s < SEED_COUNT; s++) {
            const uint64_t word = shm_hash64(bytes, length, seeds[s]);
            const shm_hash128 pair = shm_hash128_of(bytes, length, seeds[s]);
            const XXH128_hash_t expected = XXH3_128bits_withSeed(bytes, length, seeds[s]);
            if (word != XXH3_64bits_withSeed(bytes, length, seeds[s]) ||
                pair.low != expected.low64 || pair.high != expected.high64) {
                cr_assert_fail("length %zu, seed %zu", length, s);
            }
        }
    }
    free(memory);
}

Test(hash, equals_xxh3_for_long_inputs)
{
    unsigned char *bytes = malloc(LONG_LENGTH);
    cr_assert_not_null(bytes);
    fill(bytes, LONG_LENGTH);
    for (int round = 0; round < 200; round++) {
        const size_t start = random_word() % 64;
        const size_t length = random_word() % (LONG_LENGTH - start);
        const uint64_t seed = round % 2 == 0 ? 0 : random_word();
        const shm_hash128 pair = shm_hash128_of(bytes + start, length, seed);
        const XXH128_hash_t expected = XXH3_128bits_withSeed(bytes + start, length, seed);
        if (shm_hash64(bytes + start, length, seed) !=
                XXH3_64bits_withSeed(bytes + start, length, seed) ||
            pair.low != expected.low64 || pair.high != expected.high64) {
            cr_assert_fail("length %zu at %zu", length, start);
        }
    }
    free(bytes);
}

Test(hash, no_bytes_may_have_no_address)
{
    cr_assert_eq(shm_hash64(NULL, 0, 5), XXH3_64bits_withSeed("", 0, 5));
    cr_assert_eq(shm_hash128_of(NULL, 0, 0).low, XXH3_128bits("", 0).low64);
}

Test(hash, the_fast_lanes_equal_the_portable_ones)
{
    static unsigned char bytes[64 * 100];
    fill(bytes, sizeof bytes);
    for (size_t in_block = 0; in_block < SHM_HASH_BLOCK_STRIPES; in_block++) {
        for (size_t stripe_count = 0; stripe_count < 100; stripe_count++) {
            uint64_t portable[SHM_HASH_LANE_COUNT];
            uint64_t chosen[SHM_HASH_LANE_COUNT];
            shm_hash_lanes_begin(portable);
            shm_hash_lanes_begin(chosen);
            const size_t end =
                shm_hash_take_portable(portable, bytes, stripe_count, in_block, shm_hash_secret);
            const size_t chosen_end =
                shm_hash_take_stripes(chosen, bytes, stripe_count, in_block, shm_hash_secret);
            cr_assert_eq(end, chosen_end);
            cr_assert_arr_eq(portable, chosen, sizeof portable);
        }
    }
}

/* Adds `length` bytes in pieces of random lengths up to `piece_max`. */
static uint64_t hash_in_pieces(const unsigned char *bytes, size_t length, size_t piece_max)
{
    shm_hash_stream stream;
    shm_hash_stream_begin(&stream);
    size_t at = 0;
    while (at < length) {
        size_t piece = random_word() % (piece_max + 1);
        if (piece > length - at) {
            piece = length - at;
        }
        shm_hash_stream_add(&stream, bytes + at, piece);
        at += piece;
    }
    const uint64_t hash = shm_hash_stream_end(&stream);
    /* Ending is a question: it may be asked again. */
    cr_assert_eq(shm_hash_stream_end(&stream), hash);
    return hash;
}

Test(hash_stream, equals_the_whole_for_every_length)
{
    static unsigned char bytes[LENGTH_MAX];
    fill(bytes, sizeof bytes);
    for (size_t length = 0; length <= LENGTH_MAX; length++) {
        const uint64_t expected = XXH3_64bits(bytes, length);
        if (hash_in_pieces(bytes, length, LENGTH_MAX) != expected ||
            hash_in_pieces(bytes, length, 70) != expected) {
            cr_assert_fail("length %zu", length);
        }
    }
}

Test(hash_stream, equals_the_whole_however_it_is_split)
{
    static const size_t piece_max[] = {1, 3, 63, 64, 65, 255, 256, 257, 1023, 1024, 5000};
    static unsigned char bytes[20000];
    fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof piece_max / sizeof piece_max[0]; i++) {
        for (int round = 0; round < 30; round++) {
            const size_t length = random_word() % sizeof bytes;
            const uint64_t hash = hash_in_pieces(bytes, length, piece_max[i]);
            if (hash != shm_hash64(bytes, length, 0)) {
                cr_assert_fail("length %zu in pieces up to %zu", length, piece_max[i]);
            }
        }
    }
}

Test(mix, is_pinned)
{
    /* Indexes in images depend on it. */
    cr_assert_eq(shm_mix64(0, 0), 0);
    uint64_t word = (UINT64_C(12345) + 678) * UINT64_C(0x9fb21c651e98df25);
    word = (word << 32 | word >> 32) * UINT64_C(0xd6e8feb86659fd93);
    cr_assert_eq(shm_mix64(12345, 678), word);
}

/* The inverse of an odd number modulo 2^64, by Newton's iteration. */
static uint64_t inverse(uint64_t odd)
{
    uint64_t found = odd;
    for (int i = 0; i < 6; i++) {
        found *= 2 - odd * found;
    }
    return found;
}

Test(mix, is_a_bijection_for_every_seed)
{
    for (int round = 0; round < 10000; round++) {
        const uint64_t key = random_word();
        const uint64_t seed = random_word();
        uint64_t word = shm_mix64(key, seed) * inverse(SHM_MIX_SECOND);
        word = shm_rotate_left(word, 64 - SHM_MIX_ROTATE) * inverse(SHM_MIX_FIRST);
        cr_assert_eq(word - seed, key);
    }
}

Test(multiply_high, maps_to_the_range)
{
    cr_assert_eq(shm_multiply_high(UINT64_MAX, 10), 9);
    cr_assert_eq(shm_multiply_high(0, 10), 0);
    cr_assert_eq(shm_multiply_high(UINT64_C(1) << 63, 10), 5);
    cr_assert_eq(shm_multiply_high(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
}
