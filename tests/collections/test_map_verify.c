/* Keys that are not at home: hash lines made by hand, one rule broken at a time. */
#include <criterion/criterion.h>

#include <string.h>

#include "collections/map/map_verify.h"

enum { LINE_COUNT = 3, KEYS = SHM_NARROW_SLOTS + 1 };

/* Five keys at home in line 0, and a sixth of that home in line 1. */
static _Alignas(64) struct shm_map_line lines[LINE_COUNT];
static shm_error error;

/* A hash whose home is line 0, with s = 1 and filter bit 7. */
static uint64_t word_of(uint64_t number)
{
    return UINT64_C(15) << SHM_AWAY_SELECTOR_SHIFT | number;
}

static void put(struct shm_map_line *line, uint32_t slot, uint64_t word, int64_t value)
{
    line->words[slot] = word;
    shm_line_set_value(line, false, slot, value);
}

static void build(void)
{
    memset(lines, 0, sizeof lines);
    for (uint32_t slot = 0; slot < SHM_NARROW_SLOTS; slot++) {
        put(&lines[0], slot, word_of(slot + 1), slot);
        put(&lines[1], slot, 0, SHM_MAP_NOTHING);
        put(&lines[2], slot, 0, SHM_MAP_NOTHING);
    }
    put(&lines[1], 0, word_of(KEYS), KEYS - 1);
    lines[0].away = UINT32_C(1) << SHM_AWAY_LINE_BITS | shm_away_filter_bit(word_of(KEYS));
}

static shm_status verify_shape(uint64_t key_count, bool is_wide)
{
    const shm_map map = {
        .lines = lines, .line_count = LINE_COUNT, .key_count = key_count, .is_wide = is_wide};
    struct shm_map_values values = {.row_count = 100};
    shm_verifier verifier = {
        .base = (const unsigned char *)lines, .size = sizeof lines, .where = "by", .error = &error};
    return shm_map_verify(&verifier, &map, &values);
}

static shm_status verify(uint64_t key_count)
{
    return verify_shape(key_count, false);
}

static void expect_fault(uint64_t key_count, const char *text)
{
    cr_expect_eq(verify(key_count), SHM_CORRUPT, "%s", text);
    cr_expect_not_null(strstr(error.text, text), "wanted %s, got %s", text, error.text);
}

Test(map_verify, finds_what_it_accepts)
{
    const shm_map map = {.lines = lines, .line_count = LINE_COUNT, .key_count = KEYS};
    build();
    cr_assert_eq(verify(KEYS), SHM_OK, "%s", error.text);
    for (uint64_t number = 1; number <= KEYS; number++) {
        const uint64_t slot = shm_map_slot(&map, word_of(number));
        cr_assert_neq(slot, SHM_NO_SLOT);
        cr_expect_eq(shm_map_slot_value(&map, slot), (int64_t)number - 1);
        cr_expect_eq(shm_map_finds_best(false)->find(&map, word_of(number)), (int64_t)number - 1);
    }
    cr_expect_eq(shm_map_slot(&map, word_of(KEYS + 1)), SHM_NO_SLOT);
    cr_expect_eq(shm_map_slot(&map, 0), SHM_NO_SLOT);
}

Test(map_verify, a_key_away_needs_its_line_and_filter)
{
    build();
    lines[0].away ^= shm_away_filter_bit(word_of(KEYS));
    expect_fault(KEYS, "where no find looks");
    build();
    lines[0].away = 0;
    expect_fault(KEYS, "where no find looks");
    build();
    lines[1].words[0] = word_of(KEYS) ^ UINT64_C(1) << SHM_AWAY_SELECTOR_SHIFT;
    expect_fault(KEYS, "where no find looks");
    build();
    lines[0].away = SHM_AWAY_FOUR | 1 << 21;
    cr_expect_eq(verify(KEYS), SHM_OK, "%s: in the form four, s = 3 is line 1", error.text);
    lines[0].away = SHM_AWAY_FOUR | 1 << 14;
    expect_fault(KEYS, "where no find looks");
}

Test(map_verify, no_key_stands_at_home_and_away)
{
    build();
    lines[0].words[2] = word_of(KEYS);
    expect_fault(KEYS, "holds a key twice");
    build();
    lines[0].words[2] = word_of(1);
    expect_fault(KEYS, "holds a key twice");
}

Test(map_verify, no_key_stands_in_a_line_of_its_own_choice)
{
    build();
    put(&lines[1], 1, word_of(KEYS + 1) ^ UINT64_C(1) << SHM_AWAY_SELECTOR_SHIFT, 5);
    expect_fault(KEYS + 1, "where no find looks");
}

Test(map_verify, a_key_away_stands_where_its_home_points)
{
    build();
    lines[2] = lines[1];
    put(&lines[1], 0, 0, SHM_MAP_NOTHING);
    expect_fault(KEYS, "where no find looks");
}

Test(map_verify, lines_named_are_inside)
{
    build();
    lines[0].away |= LINE_COUNT;
    expect_fault(KEYS, "reaches outside");
    build();
    lines[0].away |= SHM_AWAY_SPARE;
    expect_fault(KEYS, "reaches outside");
    build();
    lines[0].away = SHM_AWAY_FOUR | 1 << 21 | LINE_COUNT << 14;
    expect_fault(KEYS, "reaches outside");
    build();
    lines[0].away |= shm_away_filter_bit(word_of(KEYS) ^ UINT64_C(2) << SHM_AWAY_SELECTOR_SHIFT);
    cr_expect_eq(verify(KEYS), SHM_OK, "%s: a filter that lets more in is harmless", error.text);
}

Test(map_verify, nothing_stands_after_an_empty_slot)
{
    build();
    put(&lines[1], 2, word_of(KEYS + 1), 5);
    expect_fault(KEYS, "after an empty slot");
    build();
    lines[1].words[4] = 1;
    expect_fault(KEYS, "after an empty slot");
    build();
    lines[2].away = 1;
    expect_fault(KEYS, "after an empty slot");
}

Test(map_verify, wide_lines)
{
    memset(lines, 0, sizeof lines);
    for (uint32_t slot = 0; slot < SHM_WIDE_SLOTS; slot++) {
        for (int i = 0; i < LINE_COUNT; i++) {
            shm_line_set_value(&lines[i], true, slot, SHM_MAP_NOTHING);
        }
    }
    lines[0].words[0] = word_of(1);
    shm_line_set_value(&lines[0], true, 0, 99);
    cr_expect_eq(verify_shape(1, true), SHM_OK, "%s", error.text);
    shm_line_set_value(&lines[0], true, 0, 100);
    cr_expect_eq(verify_shape(1, true), SHM_CORRUPT);
    shm_line_set_value(&lines[0], true, 0, INT64_C(1) << 40);
    cr_expect_eq(verify_shape(1, true), SHM_CORRUPT);
    shm_line_set_value(&lines[0], true, 0, 99);
    lines[0].values[SHM_NARROW_SLOTS - 1] = 1; /* the zero bytes */
    cr_expect_eq(verify_shape(1, true), SHM_CORRUPT);
    cr_expect_not_null(strstr(error.text, "zero bytes"), "%s", error.text);
}
