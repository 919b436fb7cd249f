/* utf8_fast.c — UTF-8, 32 bytes at a time, with AVX2.
 *
 * J. Keiser and D. Lemire, "Validating UTF-8 in less than one instruction per byte", Software:
 * Practice and Experience 51, 2021.  Whether two neighbours can stand so is told by three of their
 * half bytes: each is looked up in a table of the mistakes that it allows, and a mistake that all
 * three allow is one.  "Two continuations" is none where a lead two or three bytes back asks for
 * it. */
#include "libshm/utf8_fast.h"

#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define WITH_AVX2 __attribute__((target("avx2")))

enum { BLOCK_BYTES = 32, BEFORE_BYTES = 3 };

/* Mistakes; the second and third share a bit where the tables cannot mix them up. */
enum {
    TOO_SHORT = 1 << 0,      /* a lead, then no continuation */
    TOO_LONG = 1 << 1,       /* ASCII, then a continuation */
    OVERLONG_3 = 1 << 2,     /* e0, then 80 to 9f */
    TOO_LARGE = 1 << 3,      /* f4, then 90 on; f5 on, then 90 on */
    SURROGATE = 1 << 4,      /* ed, then a0 on */
    OVERLONG_2 = 1 << 5,     /* c0 or c1 */
    TOO_LARGE_1000 = 1 << 6, /* f5 on, then 80 to 8f */
    OVERLONG_4 = 1 << 6,     /* f0, then 80 to 8f */
    TWO_CONTINUATIONS = 1 << 7,
    WHATEVER_LOW = TOO_SHORT | TOO_LONG | TWO_CONTINUATIONS, /* the low half does not matter */
    LARGE = TOO_LARGE | TOO_LARGE_1000
};

static const uint8_t first_high[16] = {
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TOO_LONG,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TWO_CONTINUATIONS,
    TOO_SHORT | OVERLONG_2,
    TOO_SHORT,
    TOO_SHORT | OVERLONG_3 | SURROGATE,
    TOO_SHORT | LARGE | OVERLONG_4,
};

static const uint8_t first_low[16] = {
    WHATEVER_LOW | OVERLONG_2 | OVERLONG_3 | OVERLONG_4,
    WHATEVER_LOW | OVERLONG_2,
    WHATEVER_LOW,
    WHATEVER_LOW,
    WHATEVER_LOW | TOO_LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE | SURROGATE,
    WHATEVER_LOW | LARGE,
    WHATEVER_LOW | LARGE,
};

enum { CONTINUES = TOO_LONG | OVERLONG_2 | TWO_CONTINUATIONS };

static const uint8_t second_high[16] = {
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    CONTINUES | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4,
    CONTINUES | OVERLONG_3 | TOO_LARGE,
    CONTINUES | SURROGATE | TOO_LARGE,
    CONTINUES | SURROGATE | TOO_LARGE,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
    TOO_SHORT,
};

WITH_AVX2 static inline __m256i load(const unsigned char *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

WITH_AVX2 static inline __m256i look_up(const uint8_t table[16], __m256i halves)
{
    const __m128i once = _mm_loadu_si128((const __m128i *)(const void *)table);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(once), halves);
}

/* The mistakes in 32 bytes, before which three stand that may be read. */
WITH_AVX2 static inline __m256i mistakes(const unsigned char *at)
{
    const __m256i half = _mm256_set1_epi8(0x0f);
    const __m256i bytes = load(at);
    const __m256i before = load(at - 1);
    const __m256i pairs = _mm256_and_si256(
        _mm256_and_si256(look_up(first_high, _mm256_and_si256(_mm256_srli_epi16(before, 4), half)),
                         look_up(first_low, _mm256_and_si256(before, half))),
        look_up(second_high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
    /* Has its highest bit where a lead of three bytes stands two back, or one of four three back.
     */
    const __m256i asked =
        _mm256_or_si256(_mm256_subs_epu8(load(at - 2), _mm256_set1_epi8(0xe0 - 0x80)),
                        _mm256_subs_epu8(load(at - 3), _mm256_set1_epi8(0xf0 - 0x80)));
    return _mm256_xor_si256(_mm256_and_si256(asked, _mm256_set1_epi8((char)0x80)), pairs);
}

/* Those in the last bytes, fewer than 32, with zeros behind: so an end within a character is one.
 */
WITH_AVX2 static __m256i mistakes_at_end(const unsigned char *text, size_t at, size_t length)
{
    unsigned char bytes[BEFORE_BYTES + BLOCK_BYTES] = {0};
    const size_t before = at < BEFORE_BYTES ? at : BEFORE_BYTES;
    memcpy(bytes + BEFORE_BYTES - before, text + at - before, before + (length - at));
    return mistakes(bytes + BEFORE_BYTES);
}

bool shm_utf8_fast_is_there(void)
{
    return __builtin_cpu_supports("avx2");
}

WITH_AVX2 bool shm_utf8_fast_valid(const unsigned char *text, size_t length)
{
    __m256i found = _mm256_setzero_si256();
    size_t at = 0;
    if (length >= BLOCK_BYTES) {
        unsigned char bytes[BEFORE_BYTES + BLOCK_BYTES] = {0};
        memcpy(bytes + BEFORE_BYTES, text, BLOCK_BYTES);
        found = mistakes(bytes + BEFORE_BYTES);
        at = BLOCK_BYTES;
    }
    for (; length - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
        found = _mm256_or_si256(found, mistakes(text + at));
    }
    found = _mm256_or_si256(found, mistakes_at_end(text, at, length));
    return _mm256_testz_si256(found, found) != 0;
}

#else

bool shm_utf8_fast_is_there(void)
{
    return false;
}

bool shm_utf8_fast_valid(const unsigned char *text, size_t length)
{
    (void)text;
    (void)length;
    return false;
}

#endif
