/* Keys that are not at home: hash lines made by hand, one rule broken at a time. */
#include <criterion/criterion.h>

#include <string.h>

#include "collections/map/map_verify.h"

enum { LINE_COUNT = 3 };

/* Four keys at home in line 0, and a fifth of that home in line 1. */
static _Alignas(64) struct shm_map_line lines[LINE_COUNT];
static shm_error error;

/* A hash whose home is line 0, with s = 1 and filter bit 3. */
static uint64_t word_of(uint64_t number)
{
    return number << 8 | 3 << 2 | 1;
}

static void put(struct shm_map_line *line, int slot, uint64_t word, uint64_t value)
{
    line->words[slot] = word;
    line->cells[slot] |= SHM_CELL_FILLED | value;
}

static void build(void)
{
    memset(lines, 0, sizeof lines);
    for (int slot = 0; slot < SHM_LINE_SLOT_COUNT; slot++) {
        put(&lines[0], slot, word_of((uint64_t)slot + 1), (uint64_t)slot);
    }
    put(&lines[1], 0, word_of(5), 4);
    lines[0].cells[1] |= UINT64_C(1) << SHM_CELL_REACH_SHIFT | shm_cell_filter_bit(word_of(5));
}

static shm_status verify(uint64_t key_count)
{
    const shm_map map = {.lines = lines, .line_count = LINE_COUNT, .key_count = key_count};
    struct shm_map_values values = {.row_count = 100};
    shm_verifier verifier = {
        .base = (const unsigned char *)lines, .size = sizeof lines, .where = "by", .error = &error};
    return shm_map_verify(&verifier, &map, &values);
}

static void expect_fault(uint64_t key_count, const char *text)
{
    cr_expect_eq(verify(key_count), SHM_CORRUPT, "%s", text);
    cr_expect_not_null(strstr(error.text, text), "wanted %s, got %s", text, error.text);
}

Test(map_verify, finds_what_it_accepts)
{
    const shm_map map = {.lines = lines, .line_count = LINE_COUNT, .key_count = 5};
    build();
    cr_assert_eq(verify(5), SHM_OK, "%s", error.text);
    for (uint64_t number = 1; number <= 5; number++) {
        uint64_t value;
        cr_expect(shm_map_find(&map, word_of(number), &value));
        cr_expect_eq(value, number - 1);
        cr_expect_neq(shm_map_slot(&map, word_of(number)), SHM_NO_SLOT);
    }
    cr_expect_eq(shm_map_slot(&map, word_of(6)), SHM_NO_SLOT);
    cr_expect_eq(shm_map_slot(&map, word_of(6) ^ 4), SHM_NO_SLOT);
}

Test(map_verify, a_key_away_needs_its_reach_and_filter)
{
    build();
    lines[0].cells[1] &= ~shm_cell_filter_bit(word_of(5));
    lines[0].cells[1] |= shm_cell_filter_bit(word_of(5) ^ 4);
    expect_fault(5, "where no find looks");
    build();
    lines[0].cells[1] &= ~(UINT64_C(0xffff) << SHM_CELL_FILTER_SHIFT) | SHM_CELL_FILLED;
    expect_fault(5, "where no find looks");
    build();
    lines[1].words[0] = word_of(5) ^ 2; /* another cell's key */
    expect_fault(5, "where no find looks");
}

Test(map_verify, no_key_stands_at_home_and_away)
{
    build();
    lines[0].words[2] = word_of(5);
    expect_fault(5, "holds a key twice");
}

Test(map_verify, no_key_stands_in_a_line_of_its_own_choice)
{
    build();
    put(&lines[1], 1, word_of(6) ^ 2, 5);
    expect_fault(6, "where no find looks");
}

Test(map_verify, a_key_away_stands_where_its_home_points)
{
    build();
    lines[2] = lines[1];
    memset(&lines[1], 0, sizeof lines[1]);
    expect_fault(5, "where no find looks");
}

Test(map_verify, reach_stays_inside)
{
    build();
    lines[2].cells[3] |= UINT64_C(1) << SHM_CELL_REACH_SHIFT;
    expect_fault(5, "reaches outside");
    build();
    lines[0].cells[3] |= UINT64_C(127) << SHM_CELL_REACH_SHIFT; /* -1 */
    expect_fault(5, "reaches outside");
    build();
    lines[1].cells[3] |= UINT64_C(127) << SHM_CELL_REACH_SHIFT;
    cr_expect_eq(verify(5), SHM_OK, "%s", error.text);
    lines[1].cells[3] |= UINT64_C(1) << SHM_CELL_FILTER_SHIFT;
    cr_expect_eq(verify(5), SHM_OK, "a filter that lets more in is harmless");
}
