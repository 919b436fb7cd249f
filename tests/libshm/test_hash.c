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
    uint64_t word = UINT64_C(12345) * (UINT64_C(0x9fb21c651e98df25) + 2 * 678);
    word = (word ^ word >> 32) * UINT64_C(0xd6e8feb86659fd93);
    cr_assert_eq(shm_mix64(12345, 678), word);
    cr_assert_eq(shm_mix64_after(12345, 678), shm_mix64(12345 + 678, 678));
}

Test(mix, is_a_bijection_for_every_seed)
{
    for (int round = 0; round < 10000; round++) {
        const uint64_t key = random_word();
        const uint64_t seed = round < (int)SEED_COUNT ? seeds[round] : random_word();
        const shm_unmix unmix = shm_unmix_of(seed);
        cr_assert_eq(shm_unmix64(shm_mix64(key, seed), seed), key);
        cr_assert_eq(shm_mix64(shm_unmix_key(&unmix, key), seed), key);
    }
}

/* The hash of a compound key is a mix after the hash of the parts before. */
Test(mix, no_two_states_that_differ_by_a_power_of_two_agree_on_a_key)
{
    for (int round = 0; round < 10000; round++) {
        const uint64_t key = random_word();
        const uint64_t seed = random_word();
        for (unsigned bit = 0; bit < 64; bit++) {
            const uint64_t other = seed + (UINT64_C(1) << bit);
            cr_assert_neq(shm_mix64_after(key, seed), shm_mix64_after(key, other), "bit %u", bit);
        }
    }
}

enum { CROWD = 4096, CROWD_LINES = 1024, CROWD_LINE_MAX = 24 };

/* The most of CROWD keys that have one home, of CROWD_LINES. */
static unsigned most_in_a_line(const uint64_t *keys, uint64_t seed)
{
    unsigned counts[CROWD_LINES] = {0};
    unsigned most = 0;
    for (unsigned i = 0; i < CROWD; i++) {
        const uint64_t line = shm_multiply_high(shm_mix64(keys[i], seed), CROWD_LINES);
        most = ++counts[line] > most ? counts[line] : most;
    }
    return most;
}

/* Four keys a line: of random ones, 24 have one home less than once in 10^7 such tests. */
static void expect_spread(const uint64_t *keys, const char *what)
{
    for (int round = 0; round < 100; round++) {
        const unsigned most = most_in_a_line(keys, random_word());
        cr_expect_leq(most, CROWD_LINE_MAX, "%s, round %d: %u", what, round, most);
    }
}

Test(mix, keys_that_share_a_line_under_one_seed_are_spread_under_others)
{
    static const unsigned shifts[] = {0, 10, 20, 30, 41};
    uint64_t keys[CROWD];
    for (size_t s = 0; s < sizeof shifts / sizeof shifts[0]; s++) {
        const uint64_t seed = random_word();
        for (uint64_t i = 0; i < CROWD; i++) {
            keys[i] = shm_unmix64(i << shifts[s], seed);
        }
        cr_assert_eq(most_in_a_line(keys, seed), CROWD);
        expect_spread(keys, "hashes in steps");
    }
    const uint64_t seed = random_word();
    for (uint64_t i = 0; i < CROWD; i++) {
        keys[i] = shm_unmix64(random_word() >> 10, seed);
    }
    cr_assert_eq(most_in_a_line(keys, seed), CROWD);
    expect_spread(keys, "random hashes");
}

/* Keys that differ in their high halves alone, such that with one multiplier for all seeds their
 * high halves after it would differ by words whose second products are small. */
Test(mix, keys_chosen_against_one_multiplier_are_spread_under_every_seed)
{
    const uint64_t inverse = shm_unmix_of(0).inverse;
    uint64_t keys[CROWD];
    unsigned count = 0;
    for (uint64_t word = 0; count < CROWD; word++) {
        if (word * SHM_MIX_SECOND >> 52 == 0) {
            keys[count++] = (word * inverse) << 32;
        }
    }
    expect_spread(keys, "equal low halves");
}

Test(multiply_high, maps_to_the_range)
{
    cr_assert_eq(shm_multiply_high(UINT64_MAX, 10), 9);
    cr_assert_eq(shm_multiply_high(0, 10), 0);
    cr_assert_eq(shm_multiply_high(UINT64_C(1) << 63, 10), 5);
    cr_assert_eq(shm_multiply_high(UINT64_MAX, UINT64_MAX), UINT64_MAX - 1);
}
