/* Lines whose words say where their texts are: made by hand, since two keys of one line that agree
 * in 24 bits of their hash do not come along by themselves. */
#include <criterion/criterion.h>
#include <string.h>

#include "collections/map/map.h"
#include "collections/map/map_find_kinds.h"
#include "libshm/hash.h"

enum { HEAP_BYTES = 4096, CELL_COUNT = 8, SEED = 7 };

struct subject {
    _Alignas(64) struct shm_map_line lines[2];
    unsigned char heap[HEAP_BYTES];
    uint64_t heap_size;
    shm_text_cell cells[CELL_COUNT];
    shm_map map;
    shm_map_texts texts;
    uint32_t confirmed; /* calls */
};

static struct subject subject;

/* Of groups: value -2 is that of the key "a group of short". */
static bool confirm(const void *context, int64_t value, shm_string key)
{
    subject.confirmed++;
    cr_expect_eq(context, &subject);
    return value == -2 && shm_string_equal(key, SHM_STR("grouped"));
}

static void set_up(void)
{
    memset(&subject, 0, sizeof subject);
    for (int line = 0; line < 2; line++) {
        for (uint32_t slot = 0; slot < SHM_NARROW_SLOTS; slot++) {
            shm_line_set_value(&subject.lines[line], false, slot, SHM_MAP_NOTHING);
        }
    }
    subject.heap_size = SHM_HEAP_ALIGN; /* so that no item begins at 0 by chance of the test */
    subject.map = (shm_map){.lines = subject.lines, .line_count = 1, .seed = SEED};
    subject.texts = (shm_map_texts){.heap = subject.heap,
                                    .heap_size = HEAP_BYTES,
                                    .cells = (const unsigned char *)subject.cells,
                                    .stride = sizeof subject.cells[0],
                                    .confirm = confirm,
                                    .context = &subject};
}

TestSuite(map_text, .init = set_up);

static uint64_t hash_of(shm_string key)
{
    return shm_hash64(key.data, key.length, SEED);
}

/* Puts a long text into the heap; its place. */
static uint64_t put_item(shm_string text)
{
    const uint64_t at = subject.heap_size;
    const uint64_t head = shm_item_head_word(text.length, 1);
    memcpy(subject.heap + at, &head, sizeof head);
    memcpy(subject.heap + at + sizeof head, text.data, text.length);
    subject.heap_size += (sizeof head + text.length + 1 + 7) / 8 * 8;
    return at / SHM_HEAP_ALIGN + 1;
}

/* Fills the next slot of a line with a text under the fragment of `hash`. */
static void put_slot(int line, uint32_t slot, shm_string text, uint64_t hash, int64_t value)
{
    uint64_t place = 0;
    if (text.length > SHM_TEXT_SHORT_MAX) {
        place = put_item(text);
    } else if (value >= 0) {
        memset(&subject.cells[value], 0, sizeof subject.cells[0]);
        memcpy(subject.cells[value].u.bytes, text.data, text.length);
        subject.cells[value].u.bytes[15] = (char)(SHM_TEXT_SHORT_MAX - (int)text.length);
    }
    subject.lines[line].words[slot] = shm_text_fragment(hash) | place;
    shm_line_set_value(&subject.lines[line], false, slot, value);
}

/* What every kind of processor finds in such lines, one by one and in a batch: the same. */
static int64_t find_in(const shm_map *map, shm_string key)
{
    const bool is_wide = map->is_wide;
    const struct shm_map_finds *all[] = {shm_map_finds_portable(is_wide),
                                         shm_map_finds_avx2(is_wide),
                                         shm_map_finds_avx512(is_wide)};
    int64_t value = SHM_MAP_NOTHING;
    for (int i = 0; i < 3 && all[i] != NULL; i++) {
        int64_t many[3];
        const shm_string keys[3] = {SHM_STR("nowhere"), key, key};
        const int64_t found = all[i]->find_text(map, &subject.texts, key);
        cr_expect(i == 0 || found == value, "%s finds another value", all[i]->name);
        value = found;
        const size_t count = all[i]->find_texts(map, &subject.texts, keys, 3, many);
        cr_expect_eq(count, value == SHM_MAP_NOTHING ? 0 : 2, "%s", all[i]->name);
        cr_expect_eq(many[0], SHM_MAP_NOTHING);
        cr_expect_eq(many[1], value, "%s: in a batch", all[i]->name);
        cr_expect_eq(many[2], value, "%s: in a batch", all[i]->name);
    }
    return value;
}

/* The same in narrow lines and, their first slots copied, in wide ones. */
static int64_t find(shm_string key)
{
    _Alignas(64) struct shm_map_line lines[2] = {0};
    shm_map wide = subject.map;
    wide.lines = lines;
    wide.is_wide = true;
    for (int line = 0; line < 2; line++) {
        memcpy(lines[line].words, subject.lines[line].words, SHM_WIDE_SLOTS * sizeof(uint64_t));
        lines[line].away = subject.lines[line].away;
        for (uint32_t slot = 0; slot < SHM_WIDE_SLOTS; slot++) {
            shm_line_set_value(&lines[line], true, slot,
                               shm_line_value(&subject.lines[line], false, slot));
        }
    }
    const int64_t value = find_in(&subject.map, key);
    cr_expect_eq(find_in(&wide, key), value, "in wide lines");
    return value;
}

Test(map_text, a_long_text_is_found_by_its_place_alone)
{
    const shm_string key = SHM_STR("a text of more than fifteen bytes");
    put_slot(0, 0, key, hash_of(key), 3);
    cr_expect_eq(find(key), 3);
    cr_expect_eq(find(SHM_STR("another text of more than fifteen")), SHM_MAP_NOTHING);
    cr_expect_eq(subject.confirmed, 0, "no row was asked");
}

Test(map_text, a_short_text_is_found_in_its_row)
{
    put_slot(0, 0, SHM_STR("short"), hash_of(SHM_STR("short")), 5);
    put_slot(0, 1, SHM_STR(""), hash_of(SHM_STR("")), 0);
    cr_expect_eq(find(SHM_STR("short")), 5);
    cr_expect_eq(find(SHM_STR("")), 0);
    cr_expect_eq(find(SHM_STR("shorter")), SHM_MAP_NOTHING);
    cr_expect_eq(subject.confirmed, 0);
}

Test(map_text, of_equal_fragments_the_text_decides)
{
    const shm_string key = SHM_STR("the text that is looked for, and is second");
    const uint64_t hash = hash_of(key);
    put_slot(0, 0, SHM_STR("the text that is looked for, and is first."), hash, 1);
    put_slot(0, 1, SHM_STR("short"), hash, 2);
    put_slot(0, 2, key, hash, 4);
    cr_expect_eq(find(key), 4);
    memset(subject.lines[0].words, 0, sizeof subject.lines[0].words);
    put_slot(0, 0, SHM_STR("the text that is looked for, and is first."), hash, 1);
    cr_expect_eq(find(key), SHM_MAP_NOTHING, "the same fragment, and the same bytes but one");
}

Test(map_text, the_last_slot_is_asked_as_well)
{
    const shm_string key = SHM_STR("the text that is looked for, and is last");
    put_slot(0, 0, SHM_STR("the text that is looked for, and is not."), hash_of(key), 1);
    put_slot(0, SHM_NARROW_SLOTS - 1, key, hash_of(key), 4);
    cr_expect_eq(find_in(&subject.map, key), 4);
}

/* Around all limits of the comparison, each byte once different. */
Test(map_text, every_byte_of_a_text_counts)
{
    static const size_t lengths[] = {16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 128, 129, 300};
    char bytes[300];
    char other[300];
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const size_t length = lengths[i];
        for (size_t k = 0; k < length; k++) {
            bytes[k] = other[k] = (char)(k * 7);
        }
        for (size_t k = 0; k < length; k++) {
            const shm_string key = shm_string_of(bytes, length);
            set_up();
            other[k] ^= 1;
            put_slot(0, 0, shm_string_of(other, length), hash_of(key), 1);
            cr_expect_eq(find(key), SHM_MAP_NOTHING, "byte %zu of %zu", k, length);
            put_slot(0, 1, key, hash_of(key), 2);
            cr_expect_eq(find(key), 2, "%zu bytes", length);
            other[k] ^= 1;
        }
    }
}

Test(map_text, a_text_with_a_zero_fragment_is_not_an_empty_slot)
{
    uint64_t numbers[3] = {0};
    const shm_string key = shm_string_of((const char *)numbers, sizeof numbers);
    while (shm_text_fragment(hash_of(key)) != 0) { /* one in 16 million */
        numbers[0]++;
    }
    cr_expect_eq(find(key), SHM_MAP_NOTHING);
    put_slot(0, 0, key, hash_of(key), 6);
    cr_expect_eq(find(key), 6);
}

Test(map_text, groups_of_short_texts_are_confirmed_by_their_first_row)
{
    put_slot(0, 0, SHM_STR("grouped"), hash_of(SHM_STR("grouped")), -2);
    cr_expect_eq(find(SHM_STR("grouped")), -2);
    cr_expect_gt(subject.confirmed, 0);
}

Test(map_text, a_text_is_found_away_from_home)
{
    const shm_string key = SHM_STR("a text that found its home line full");
    const uint64_t hash = hash_of(key);
    subject.map.line_count = 2;
    const int home = (int)shm_map_home(&subject.map, hash);
    put_slot(1 - home, 0, key, hash, 7);
    cr_expect_eq(find(key), SHM_MAP_NOTHING, "the home line does not say so");
    for (uint32_t slot = 0; slot < SHM_NARROW_SLOTS; slot++) {
        put_slot(home, slot, SHM_STR("a neighbour of the text at its home"), ~hash, slot);
    }
    subject.lines[home].away =
        shm_away_filter_bit(hash) | (uint32_t)(1 - home)
                                        << (shm_away_selector_two(hash) * SHM_AWAY_LINE_BITS);
    cr_expect_eq(find(key), 7);
}

/* Others' texts with its fragment stand before it, at home and away. */
Test(map_text, of_equal_fragments_one_may_be_away)
{
    const shm_string key = SHM_STR("a text that found its home line full");
    const uint64_t hash = hash_of(key);
    subject.map.line_count = 2;
    const int home = (int)shm_map_home(&subject.map, hash);
    for (uint32_t slot = 0; slot < SHM_NARROW_SLOTS; slot++) {
        put_slot(home, slot, SHM_STR("a neighbour of the text at its home"),
                 slot == 2 ? hash : ~hash, slot);
    }
    subject.lines[home].away =
        shm_away_filter_bit(hash) | (uint32_t)(1 - home)
                                        << (shm_away_selector_two(hash) * SHM_AWAY_LINE_BITS);
    put_slot(1 - home, 0, SHM_STR("a neighbour of the text that is away"), hash, 6);
    cr_expect_eq(find(key), SHM_MAP_NOTHING);
    put_slot(1 - home, 1, key, hash, 7);
    cr_expect_eq(find(key), 7);
}
