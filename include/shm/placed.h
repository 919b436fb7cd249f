/* placed.h — placed maps: maps of small values whose entries stand in their hash lines, so that a
 * find touches one cache line and nothing else.
 *
 * map<K, V> is placed if K is an integer, enum, bool or date, V no optional, of at most 8 bytes and
 * without texts, lists or records.  With `min` it is a *dense* placed map, whose lines are fuller
 * (below).  Keys and values take `width` bytes each, 4 if both fit, else 8.  A line is a cache
 * line, keys first:
 *     0 | 32 / width keys | 32 | as many values | 64
 * An entry is known by the address of its key; its value stands SHM_PLACED_VALUE_AT bytes further.
 * All finds are wait-free; what they answer points into the image.  The bytes are specified in
 * docs/format.md, "Placed maps".
 *
 * The finds here are inlined into their callers, and use what the caller is compiled for (SSE2, or
 * AVX2 with -mavx2 or a -march that has it, or NEON, else plain C); shm_placed_find_many uses
 * what the processor has. */
#ifndef SHM_PLACED_H
#define SHM_PLACED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <shm/mix.h>
#include <shm/status.h>

#if defined(__SSE2__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SHM_PLACED_LINE_BYTES = 64,
    SHM_PLACED_VALUE_AT = 32,   /* bytes from a key to its value */
    SHM_PLACED_PAGE_LINES = 64, /* a key stands in the page of its home line */
    SHM_PLACED_LINE_BITS = 6
};

/* A placed map of an open dataset: plain, may be copied, borrowed from the dataset.  One without
 * entries has lines, too, that hold no key, so that finds need not ask. */
typedef struct shm_placed {
    const unsigned char *lines;
    uint64_t line_count;
    uint64_t seed;
    uint64_t entry_count;
    uint32_t width;       /* 4 or 8 */
    bool keys_are_signed; /* in their stored form: how keys of width 4 extend to 64 bits */
    /* Of dense maps, else NULL and 0. */
    const unsigned char *pilots;
    uint64_t pilot_count;
    uint32_t region_lines;
    uint32_t region_pilot_bits; /* a region has 1 << so many pilots */
} shm_placed;

/* The slots of a line. */
static inline uint32_t shm_placed_slot_count(uint32_t width)
{
    return SHM_PLACED_VALUE_AT / width;
}

/* The line where a find of that hash begins. */
static inline uint64_t shm_placed_home(const shm_placed *map, uint64_t hash)
{
    return shm_multiply_high(hash, map->line_count);
}

/* Which of the hashes of that line it is, as a fraction of 2^64: what is left of the product. */
static inline uint64_t shm_placed_fraction(const shm_placed *map, uint64_t hash)
{
    return hash * map->line_count;
}

/* ---- what a full line says of the keys that found it full ----
 *
 * A line whose last key repeats its first has its *tail* there instead of that key's value:
 *   width 8   63..32           31..27   26..24  23..18   ...   5..0
 *             | filter         | 0      | turn  | line 3 | ... | line 0 |
 *   width 4            31..28    27     26..24  23..18   ...   5..0
 *                      | filter  | 0    | turn  | line 3 | ... | line 0 |
 * Keys of this home that are not here stand in line s of the page, s being two bits of their
 * fraction, which `turn` chooses; the filter has a bit for each of them, told by the lowest bits of
 * their hash. */

enum {
    SHM_PLACED_SELECTOR_COUNT = 4,
    SHM_PLACED_SELECTOR_SHIFT = 48,
    SHM_PLACED_TURN_SHIFT = 24,
    SHM_PLACED_TURN_MASK = 7
};

/* Where the filter has the bit of a key. */
static inline unsigned shm_placed_filter_at(uint64_t hash, uint32_t width)
{
    return (unsigned)(width == 8 ? 32 | (hash & 31) : 28 | (hash & 3));
}

static inline uint32_t shm_placed_selector(uint64_t fraction, uint32_t turn)
{
    return (uint32_t)(fraction >> (SHM_PLACED_SELECTOR_SHIFT + turn)) &
           (SHM_PLACED_SELECTOR_COUNT - 1);
}

/* The line of the page that the tail names for a key. */
static inline uint64_t shm_placed_away(uint64_t tail, uint64_t fraction)
{
    const uint32_t turn = (uint32_t)(tail >> SHM_PLACED_TURN_SHIFT) & SHM_PLACED_TURN_MASK;
    const uint32_t selector = shm_placed_selector(fraction, turn);
    return tail >> (SHM_PLACED_LINE_BITS * selector) & (SHM_PLACED_PAGE_LINES - 1);
}

static inline uint64_t shm_placed_word_at(const unsigned char *at, uint32_t width)
{
    uint64_t word = 0;
    memcpy(&word, at, width); /* little-endian, as images are */
    return word;
}

/* The tail of a line, if it has one; else the value in its last slot. */
static inline uint64_t shm_placed_tail(const unsigned char *line, uint32_t width)
{
    return shm_placed_word_at(line + SHM_PLACED_LINE_BYTES - width, width);
}

/* Whether the filter has the key's bit: it stands in the last 4 bytes of the line. */
static inline bool shm_placed_filter_has(const unsigned char *line, uint64_t hash, uint32_t width)
{
    const uint32_t filter = (uint32_t)shm_placed_word_at(line + SHM_PLACED_LINE_BYTES - 4, 4);
    return (filter >> (shm_placed_filter_at(hash, width) & 31) & 1) != 0;
}

static inline bool shm_placed_has_tail(const unsigned char *line, uint32_t width)
{
    return memcmp(line, line + SHM_PLACED_VALUE_AT - width, width) == 0;
}

/* ---- one line ---- */

/* Marks for the slots of a line whose key is the word, the first one lowest, and how many bits one
 * slot has.  A word fills `width` bytes. */
typedef uint32_t shm_placed_match(const unsigned char *line, uint64_t word);

#if defined(__AVX2__)

enum { SHM_PLACED_BITS_8 = 1, SHM_PLACED_BITS_4 = 1 };

static inline uint32_t shm_placed_match_8(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    const __m256i equal = _mm256_cmpeq_epi64(keys, _mm256_set1_epi64x((long long)word));
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(equal));
}

static inline uint32_t shm_placed_match_4(const unsigned char *line, uint64_t word)
{
    const __m256i keys = _mm256_load_si256((const __m256i *)(const void *)line);
    const __m256i equal = _mm256_cmpeq_epi32(keys, _mm256_set1_epi32((int)word));
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(equal));
}

#elif defined(__SSE2__)

enum { SHM_PLACED_BITS_8 = 4, SHM_PLACED_BITS_4 = 2 };

/* Two bits for each 4 bytes that are equal. */
static inline uint32_t shm_placed_halves(const unsigned char *line, __m128i word)
{
    const __m128i *keys = (const __m128i *)(const void *)line;
    const __m128i low = _mm_cmpeq_epi32(_mm_load_si128(keys), word);
    const __m128i high = _mm_cmpeq_epi32(_mm_load_si128(keys + 1), word);
    return (uint32_t)_mm_movemask_epi8(_mm_packs_epi32(low, high));
}

static inline uint32_t shm_placed_match_8(const unsigned char *line, uint64_t word)
{
    const uint32_t halves = shm_placed_halves(line, _mm_set1_epi64x((long long)word));
    return halves & halves >> 2 & 0x1111;
}

static inline uint32_t shm_placed_match_4(const unsigned char *line, uint64_t word)
{
    return shm_placed_halves(line, _mm_set1_epi32((int)word)) & 0x5555;
}

#elif defined(__aarch64__)

enum { SHM_PLACED_BITS_8 = 8, SHM_PLACED_BITS_4 = 4 };

/* A nibble for each 4 bytes that are equal. */
static inline uint32_t shm_placed_narrow(uint32x4_t low, uint32x4_t high)
{
    const uint16x8_t both = vcombine_u16(vmovn_u32(low), vmovn_u32(high));
    const uint8x8_t nibbles = vshrn_n_u16(both, 4);
    const uint64_t bytes = vget_lane_u64(vreinterpret_u64_u8(nibbles), 0);
    const uint8x8_t packed = vshrn_n_u16(vcombine_u16(vcreate_u16(bytes), vdup_n_u16(0)), 4);
    return vget_lane_u32(vreinterpret_u32_u8(packed), 0);
}

static inline uint32_t shm_placed_match_8(const unsigned char *line, uint64_t word)
{
    const uint64x2_t wanted = vdupq_n_u64(word);
    const uint64x2_t low = vreinterpretq_u64_u8(vld1q_u8(line));
    const uint64x2_t high = vreinterpretq_u64_u8(vld1q_u8(line + 16));
    return shm_placed_narrow(vreinterpretq_u32_u64(vceqq_u64(low, wanted)),
                             vreinterpretq_u32_u64(vceqq_u64(high, wanted)));
}

static inline uint32_t shm_placed_match_4(const unsigned char *line, uint64_t word)
{
    const uint32x4_t wanted = vdupq_n_u32((uint32_t)word);
    const uint32x4_t low = vreinterpretq_u32_u8(vld1q_u8(line));
    const uint32x4_t high = vreinterpretq_u32_u8(vld1q_u8(line + 16));
    return shm_placed_narrow(vceqq_u32(low, wanted), vceqq_u32(high, wanted));
}

#else

enum { SHM_PLACED_BITS_8 = 1, SHM_PLACED_BITS_4 = 1 };

static inline uint32_t shm_placed_match_8(const unsigned char *line, uint64_t word)
{
    uint32_t match = 0;
    for (unsigned i = 0; i < 4; i++)
        match |= (uint32_t)(shm_placed_word_at(line + 8 * i, 8) == word) << i;
    return match;
}

static inline uint32_t shm_placed_match_4(const unsigned char *line, uint64_t word)
{
    uint32_t match = 0;
    for (unsigned i = 0; i < 8; i++)
        match |= (uint32_t)(shm_placed_word_at(line + 4 * i, 4) == (uint32_t)word) << i;
    return match;
}

#endif

static inline unsigned shm_placed_lowest(uint32_t match)
{
    return (unsigned)__builtin_ctz(match);
}

/* ---- finds ---- */

/* The line where a key stands that is not in its home line, NULL if it is nowhere.  The filter
 * first: values have these bits clear more often than not, and a tail always where nothing is
 * away. */
static inline const unsigned char *shm_placed_line_away(const shm_placed *map,
                                                        const unsigned char *line, uint64_t hash,
                                                        uint32_t width)
{
    const uint64_t page_bytes = (uint64_t)SHM_PLACED_PAGE_LINES * SHM_PLACED_LINE_BYTES;
    uint64_t tail;
    if (__builtin_expect(!shm_placed_filter_has(line, hash, width), 1))
        return NULL;
    tail = shm_placed_tail(line, width);
    if (!shm_placed_has_tail(line, width))
        return NULL;
    return map->lines + ((uint64_t)(line - map->lines) & ~(page_bytes - 1)) +
           shm_placed_away(tail, shm_placed_fraction(map, hash)) * SHM_PLACED_LINE_BYTES;
}

/* The find for one width and one way to match; all is inlined.  `key` extends the map's keys.  What
 * one find does while it waits for memory keeps the next ones from starting: each instruction here
 * costs.  The map is read first of all, so that a loop of finds reads it once. */
__attribute__((always_inline)) static inline const void *
shm_placed_find_with(const shm_placed *of, uint64_t key, uint32_t width, unsigned bits,
                     shm_placed_match *match)
{
    const shm_placed map = *of;
    const uint64_t hash = shm_mix64(key, map.seed);
    const unsigned char *line = map.lines + shm_placed_home(&map, hash) * SHM_PLACED_LINE_BYTES;
    uint32_t matched;
    matched = match(line, key);
    __asm__("" : "+r"(matched)); /* which slot it is cannot be foretold: no branches on it */
    if (__builtin_expect(matched == 0, 0)) {
        line = shm_placed_line_away(&map, line, hash, width);
        if (line == NULL)
            return NULL;
        matched = match(line, key);
        if (matched == 0)
            return NULL;
    }
    /* One end for both lines: else compilers make two, and the one at home waits a step longer. */
    __asm__("" : "+r"(line));
    if (line == NULL)
        __builtin_unreachable();
    return line + (size_t)(shm_placed_lowest(matched) / bits) * width;
}

/* The entry of `key` (extended to 64 bits, by its sign if it has one), NULL if there is none; in a
 * map of width 8 that is not dense, as a generated header knows.
 * Threads: any, wait-free.  Cost: one cache line; for one key in eight a second one. */
__attribute__((always_inline)) static inline const void *shm_placed_find_8(const shm_placed *map,
                                                                           uint64_t key)
{
    return shm_placed_find_with(map, key, 8, SHM_PLACED_BITS_8, shm_placed_match_8);
}

/* The same in a map of width 4, for a key that fits. */
__attribute__((always_inline)) static inline const void *shm_placed_find_4(const shm_placed *map,
                                                                           uint64_t key)
{
    return shm_placed_find_with(map, key, 4, SHM_PLACED_BITS_4, shm_placed_match_4);
}

/* ---- dense maps ----
 *
 * A dense map has 15 entries for 16 slots, and no tails: each key stands in the one line where a
 * find looks.  Lines are cut into regions of equal size.  The keys of a region are in buckets, each
 * with a byte, its *pilot*, so chosen that no line of the region gets more keys than it holds: a
 * pilot is one of 255 ways in which the hashes of a bucket lead to lines.  (The pilots of Pibiri
 * and Trani's PTHash, 2021, with lines of several slots; that they are bytes, and that buckets
 * evict each other while they are sought, is of Groot Koerkamp's PtrHash, 2025.) */

/* The number of a hash's bucket, which is that of its pilot. */
static inline uint64_t shm_dense_bucket(const shm_placed *map, uint64_t hash)
{
    return shm_multiply_high(hash, map->pilot_count);
}

/* The line, in its region, to which a pilot leads a hash, of which it takes the lower half: the
 * multiple of it modulo 2^32 is the fraction of the lines before this one. */
static inline uint32_t shm_dense_line_of(uint32_t hash, uint32_t pilot, uint32_t region_lines)
{
    return (uint32_t)((uint64_t)(hash * pilot) * region_lines >> 32);
}

/* The same line of the map.  It is counted in bytes, which saves a shift. */
static inline const unsigned char *shm_dense_line(const shm_placed *map, uint64_t hash,
                                                  uint64_t bucket, uint32_t pilot)
{
    const uint64_t region_bytes = (uint64_t)map->region_lines * SHM_PLACED_LINE_BYTES;
    const uint64_t region = bucket >> map->region_pilot_bits;
    const uint64_t led = (uint32_t)hash * pilot;
    const uint64_t line_start = ~(uint64_t)(SHM_PLACED_LINE_BYTES - 1);
    return map->lines + region * region_bytes + (led * region_bytes >> 32 & line_start);
}

__attribute__((always_inline)) static inline const void *
shm_dense_find_with(const shm_placed *of, uint64_t key, uint32_t width, unsigned bits,
                    shm_placed_match *match)
{
    const shm_placed map = *of;
    const uint64_t hash = shm_mix64(key, map.seed);
    const uint64_t bucket = shm_dense_bucket(&map, hash);
    const unsigned char *line = shm_dense_line(&map, hash, bucket, map.pilots[bucket]);
    uint32_t matched = match(line, key);
    __asm__("" : "+r"(matched));
    return matched == 0 ? NULL : line + (size_t)(shm_placed_lowest(matched) / bits) * width;
}

/* As shm_placed_find_8 and _4, in a dense map.
 * Threads: any, wait-free.  Cost: a pilot, of which there is a byte for six slots, and one cache
 * line. */
__attribute__((always_inline)) static inline const void *shm_dense_find_8(const shm_placed *map,
                                                                          uint64_t key)
{
    return shm_dense_find_with(map, key, 8, SHM_PLACED_BITS_8, shm_placed_match_8);
}

__attribute__((always_inline)) static inline const void *shm_dense_find_4(const shm_placed *map,
                                                                          uint64_t key)
{
    return shm_dense_find_with(map, key, 4, SHM_PLACED_BITS_4, shm_placed_match_4);
}

/* ---- any map ---- */

/* Whether a map of width 4 could hold the key. */
static inline bool shm_placed_fits(const shm_placed *map, uint64_t key)
{
    const uint64_t extended =
        map->keys_are_signed ? (uint64_t)(int64_t)(int32_t)(uint32_t)key : (uint32_t)key;
    return extended == key;
}

/* The entry of any key in any map, even one of zeros; NULL if there is none. */
static inline const void *shm_placed_find(const shm_placed *map, uint64_t key)
{
    const bool is_dense = map->pilots != NULL;
    if (map->entry_count == 0)
        return NULL;
    if (map->width == 8)
        return is_dense ? shm_dense_find_8(map, key) : shm_placed_find_8(map, key);
    if (!shm_placed_fits(map, key))
        return NULL;
    return is_dense ? shm_dense_find_4(map, key) : shm_placed_find_4(map, key);
}

/* `count` finds at once: entries[i] is NULL where there is none, as for keys that do not fit the
 * width.  Answers how many were found.  Threads: any, wait-free.
 * Cost: that of as many finds, but their waits for memory overlap. */
SHM_API size_t shm_placed_find_many(const shm_placed *map, const uint64_t *keys, size_t count,
                                    const void **entries);

/* The value of an entry. */
static inline const void *shm_placed_value(const void *entry)
{
    return (const unsigned char *)entry + SHM_PLACED_VALUE_AT;
}

/* Walks the entries, in no order worth relying on: start with *entry = NULL; false at the end.
 * Threads: any.  Cost: one pass over the lines, and a find for each slot. */
SHM_API bool shm_placed_next(const shm_placed *map, const void **entry);

#ifdef __cplusplus
}
#endif
#endif
