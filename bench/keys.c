/* keys.c — see keys.h. */
#include "keys.h"

#include <stdlib.h>

#include "support.h"

static const struct {
    const char *name;
    size_t bytes;
} kinds[BENCH_KIND_COUNT] = {{"u64", 8}, {"u32", 4}, {"uuid", 16}, {"pair", 8}, {"text", 0}};

const char *bench_kind_name(bench_kind kind)
{
    return kinds[kind].name;
}

size_t bench_value_bytes(bench_kind kind)
{
    return kind == BENCH_U32 ? 4 : 8;
}

static uint64_t mix(uint64_t number)
{
    return bench_random(&number);
}

/* Different for different rows: each step can be undone. */
static uint32_t mix_32(uint32_t number)
{
    number = (number ^ (number >> 16)) * UINT32_C(0x85ebca6b);
    number = (number ^ (number >> 13)) * UINT32_C(0xc2b2ae35);
    return number ^ (number >> 16);
}

/* Different in their 48 bits for different rows below 2^48. */
static uint64_t mix_48(uint64_t number)
{
    const uint64_t low_bits = (UINT64_C(1) << 48) - 1;
    number = (number * UINT64_C(0x9e3779b97f4b)) & low_bits;
    number ^= number >> 24;
    return (number * UINT64_C(0xbf58476d1ce5)) & low_bits;
}

/* Lengths: three quarters of 8 to 40, a quarter of 20 to 60, each evenly: 28 on average.  The last
 * eight characters tell rows apart. */
static size_t make_text(uint64_t row, char *text)
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-/";
    const uint64_t word = mix(row + (UINT64_C(1) << 50));
    const uint64_t draw = word >> 40;
    const size_t length = (word & 3) == 0 ? 20 + draw % 41 : 8 + draw % 33;
    uint64_t bits = word;
    for (size_t i = 0; i < length - 8; i++) {
        bits = i % 10 == 0 ? mix(word + i) : bits >> 6;
        text[i] = digits[bits & 63];
    }
    bits = mix_48(row);
    for (size_t i = length - 8; i < length; i++, bits >>= 6) {
        text[i] = digits[bits & 63];
    }
    return length;
}

void bench_key_make(bench_kind kind, uint64_t row, bench_key *key)
{
    key->length = kinds[kind].bytes;
    switch (kind) {
    case BENCH_U64:
        key->as.u64 = mix(row);
        return;
    case BENCH_U32:
        key->as.u32 = mix_32((uint32_t)row);
        return;
    case BENCH_UUID:
        key->as.uuid = (bench_uuid){{mix(row), mix(~row)}};
        return;
    case BENCH_PAIR: /* some thousand groups, as tenants have, with numbers of their own */
        key->as.pair = (bench_pair){(uint32_t)(row % 1009), mix_32((uint32_t)(row / 1009))};
        return;
    case BENCH_TEXT:
        key->length = make_text(row, key->as.text);
        return;
    case BENCH_KIND_COUNT:
        break;
    }
    abort();
}

void bench_probes_open(bench_probes *probes, bench_kind kind, size_t count)
{
    const size_t bytes = kind == BENCH_TEXT ? sizeof(shm_string) : kinds[kind].bytes;
    *probes = (bench_probes){.kind = kind, .count = count};
    probes->keys = bench_allocate(count * bytes);
    probes->values = bench_allocate(count * sizeof *probes->values);
    probes->numbers = bench_allocate(count * sizeof *probes->numbers);
    probes->texts = kind == BENCH_TEXT ? bench_allocate(count * BENCH_TEXT_MAX) : NULL;
}

void bench_probes_close(bench_probes *probes)
{
    free(probes->keys);
    free(probes->values);
    free(probes->numbers);
    free(probes->texts);
}

void bench_probes_draw(bench_probes *probes, uint64_t row_count, unsigned hit_of_2, uint64_t *state)
{
    char *text = probes->texts;
    for (size_t i = 0; i < probes->count; i++) {
        const bool hits = bench_random(state) % 2 < hit_of_2;
        const uint64_t row = bench_random(state) % row_count;
        bench_key key;
        bench_key_make(probes->kind, hits ? row : row_count + row, &key);
        probes->values[i] = hits ? row : BENCH_NONE;
        probes->numbers[i] = bench_random(state);
        if (probes->kind == BENCH_TEXT) {
            memcpy(text, key.as.text, key.length);
            ((shm_string *)probes->keys)[i] = shm_string_of(text, key.length);
            text += key.length;
        } else {
            memcpy((char *)probes->keys + i * key.length, &key.as, key.length);
        }
    }
}

uint64_t bench_probes_sum(const bench_probes *probes)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < probes->count; i++) {
        sum += probes->values[i];
    }
    return sum;
}
