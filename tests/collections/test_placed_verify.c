/* Verification of placed maps: one invariant of collections/map/placed.h broken, every checksum
 * right.  Images are of exactly their size, so that a sanitizer sees reads past them. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "collections/map/placed.h"
#include "libshm/image_disk.h"
#include "tests/support/build.h"
#include "tests/support/forged.h"

enum { SMALL = 100, LARGE = 300, SPARE_BIT = 27, FILTER_BIT = 32 };

static const char *const lost = "a key of a map stands where no find looks for it";
static const char *const untold = "tells of keys away that are not there";
static const char *const not_filled = "not filled up as it should be";

typedef void put_pair(shm_builder *builder, uint64_t i);

static struct shm_test_image make_map(const char *text, uint64_t count, put_pair *put)
{
    shm_error error;
    const shm_schema *schema = shm_test_schema(text);
    shm_builder *builder = shm_test_builder(schema);
    for (uint64_t i = 0; i < count; i++) {
        shm_builder_row_begin(builder, 0);
        put(builder, i);
        shm_test_row_end(builder);
    }
    const struct shm_test_image image = shm_test_finish(builder);
    shm_schema_free(schema);
    cr_assert_eq(shm_image_verify_memory(image.bytes, image.size, NULL, &error), SHM_OK, "%s",
                 error.text);
    return image;
}

static void put_words(shm_builder *builder, uint64_t i)
{
    shm_put_uint(builder, i);
    shm_put_uint(builder, ~i);
}

static struct shm_test_image make_words(uint64_t count)
{
    return make_map("dataset D { m: map<u64, u64>; }", count, put_words);
}

static shm_placed map_of(const struct shm_test_image *image)
{
    const struct shm_section_entry *section = entry(image, SHM_SECTION_PLACED);
    return (shm_placed){.lines = image->bytes + section->offset,
                        .line_count = section->size / SHM_PLACED_LINE_BYTES,
                        .seed = section->parameter,
                        .entry_count = section->count,
                        .width = (uint32_t)section->stride};
}

/* Refused with `size` bytes changed, which are then put back. */
static void expect_bytes(const struct shm_test_image *image, void *at, const void *bytes,
                         size_t size, const char *text)
{
    unsigned char old[SHM_PLACED_LINE_BYTES];
    memcpy(old, at, size);
    memcpy(at, bytes, size);
    expect(image, text);
    memcpy(at, old, size);
}

/* ---- lines of one sort ---- */

enum { KEY = 0, VALUE = 4, TAIL = 7 }; /* words of a line of width 8 */

/* Different keys in a line. */
static unsigned filled(const uint64_t *line)
{
    unsigned count = 1;
    while (count < 4 && line[count] != line[0]) {
        count++;
    }
    return count;
}

static bool is_full(const shm_placed *map, const uint64_t *line)
{
    (void)map;
    return filled(line) == 4;
}

static bool is_crowded(const shm_placed *map, const uint64_t *line)
{
    (void)map;
    return filled(line) == 3 && line[TAIL] != 0;
}

static bool has_one(const shm_placed *map, const uint64_t *line)
{
    return filled(line) == 1 && shm_placed_holds(map, (const unsigned char *)line);
}

static bool has_two(const shm_placed *map, const uint64_t *line)
{
    (void)map;
    return filled(line) == 2;
}

static bool has_none(const shm_placed *map, const uint64_t *line)
{
    return !shm_placed_holds(map, (const unsigned char *)line);
}

static uint64_t *line_where(const struct shm_test_image *image,
                            bool (*holds)(const shm_placed *map, const uint64_t *line))
{
    const shm_placed map = map_of(image);
    for (uint64_t i = 0; i < map.line_count; i++) {
        uint64_t *line =
            (uint64_t *)(void *)(image->bytes + entry(image, SHM_SECTION_PLACED)->offset) + 8 * i;
        if (holds(&map, line)) {
            return line;
        }
    }
    cr_assert_fail("the image has no such line");
    abort();
}

/* ---- P1 and P7 ---- */

Test(placed_verify, size_and_count)
{
    const struct shm_test_image image = make_words(SMALL);
    struct shm_section_entry *section = entry(&image, SHM_SECTION_PLACED);
    expect_word(&image, &section->count, 0, "does not fit");
    expect_word(&image, &section->count, section->size / 16 + 1, "does not fit");
    expect_word(&image, &section->count, UINT64_MAX, "does not fit");
    expect_word(&image, &section->count, SMALL - 1, "more or fewer entries than it says");
    expect_word(&image, &section->count, SMALL + 1, "more or fewer entries than it says");
    expect_word(&image, &section->stride, 4, "does not fit");
    expect_word(&image, &section->stride, 0, "does not fit");
    expect_word(&image, &section->parameter, section->parameter + 1, "");
    free(image.bytes);
    const struct shm_test_image empty = make_words(0);
    cr_expect_eq(entry(&empty, SHM_SECTION_PLACED)->size, 0);
    expect_word(&empty, &entry(&empty, SHM_SECTION_PLACED)->count, 1, "does not fit");
    free(empty.bytes);
}

/* ---- P2 ---- */

Test(placed_verify, keys_of_a_line)
{
    const struct shm_test_image image = make_words(LARGE);
    uint64_t *full = line_where(&image, is_full);
    expect_word(&image, &full[KEY + 2], full[KEY + 1], "a map holds a key twice");
    expect_word(&image, &full[KEY + 3], full[KEY + 2], "a map holds a key twice");
    expect_word(&image, &full[KEY + 1], full[KEY], not_filled);
    uint64_t *two = line_where(&image, has_two);
    expect_word(&image, &two[KEY + 3], ~two[KEY], not_filled);
    expect_word(&image, &two[VALUE + 2], two[VALUE] + 1, not_filled);
    free(image.bytes);
}

Test(placed_verify, tails_of_lines_whose_keys_are_all_here)
{
    const struct shm_test_image image = make_words(LARGE);
    bool (*const sorts[])(const shm_placed *, const uint64_t *) = {has_one, has_two, has_none};
    for (size_t i = 0; i < 3; i++) {
        uint64_t *line = line_where(&image, sorts[i]);
        cr_assert_eq(line[TAIL], 0);
        for (unsigned bit = 0; bit < 64; bit++) {
            expect_word(&image, &line[TAIL], UINT64_C(1) << bit, bit < 24 ? "" : untold);
        }
    }
    free(image.bytes);
}

/* ---- P3 ---- */

Test(placed_verify, entries_stand_where_finds_look)
{
    const struct shm_test_image image = make_words(LARGE);
    uint64_t *one = line_where(&image, has_one);
    for (unsigned slot = 0; slot < 4; slot++) {
        expect_word(&image, &one[KEY + slot], one[KEY] + 1, "");
    }
    uint64_t *crowded = line_where(&image, is_crowded);
    expect_word(&image, &crowded[TAIL], 0, lost);
    for (unsigned bit = FILTER_BIT; bit < 64; bit++) {
        const uint64_t changed = crowded[TAIL] ^ UINT64_C(1) << bit;
        expect_word(&image, &crowded[TAIL], changed, changed < crowded[TAIL] ? lost : untold);
    }
    /* Two lines change places: all their keys are lost. */
    uint64_t *full = line_where(&image, is_full);
    uint64_t line[8];
    memcpy(line, full, sizeof line);
    memcpy(full, crowded, sizeof line);
    memcpy(crowded, line, sizeof line);
    expect(&image, lost);
    free(image.bytes);
}

/* ---- P4 ---- */

Test(placed_verify, lines_of_no_entry)
{
    const struct shm_test_image image = make_words(LARGE);
    uint64_t *none = line_where(&image, has_none);
    uint64_t line[8];
    memcpy(line, none, sizeof line);
    for (unsigned slot = 0; slot < 4; slot++) {
        line[KEY + slot] = LARGE; /* a key that is not there */
    }
    expect_bytes(&image, none, line, sizeof line, lost);
    memcpy(line, none, sizeof line);
    for (unsigned slot = 0; slot < 3; slot++) {
        line[VALUE + slot]++;
    }
    expect_bytes(&image, none, line, sizeof line, lost);
    memcpy(line, none, sizeof line);
    line[KEY + 1] = line_where(&image, is_full)[KEY + 1];
    expect_bytes(&image, none, line, sizeof line, lost);
    free(image.bytes);
}

/* ---- P5 ---- */

Test(placed_verify, tails_stay_inside)
{
    const struct shm_test_image image = make_words(SMALL);
    uint64_t *crowded = line_where(&image, is_crowded);
    const uint64_t line_count = map_of(&image).line_count;
    for (unsigned s = 0; s < 4; s++) {
        const uint64_t others = crowded[TAIL] & ~(UINT64_C(63) << (6 * s));
        expect_word(&image, &crowded[TAIL], others | UINT64_C(63) << (6 * s), "reaches outside");
        expect_word(&image, &crowded[TAIL], others | line_count << (6 * s), "reaches outside");
        const uint64_t inside = others | (line_count - 1) << (6 * s);
        if (inside != crowded[TAIL]) {
            expect_word(&image, &crowded[TAIL], inside, "");
        }
    }
    free(image.bytes);
}

Test(placed_verify, bits_that_say_nothing)
{
    const struct shm_test_image image = make_words(LARGE);
    uint64_t *crowded = line_where(&image, is_crowded);
    for (unsigned bit = SPARE_BIT; bit < FILTER_BIT; bit++) {
        expect_word(&image, &crowded[TAIL], crowded[TAIL] | UINT64_C(1) << bit, untold);
    }
    for (unsigned s = 0; s < 4; s++) {
        if ((crowded[TAIL] >> (6 * s) & 63) == 0) {
            expect_word(&image, &crowded[TAIL], crowded[TAIL] | UINT64_C(5) << (6 * s), "");
        }
    }
    free(image.bytes);
}

/* ---- P6, and width 4 ---- */

static void put_narrow(shm_builder *builder, uint64_t i)
{
    shm_put_uint(builder, i % 2);
    shm_put_bool(builder, true);
}

static void put_signed(shm_builder *builder, uint64_t i)
{
    (void)i;
    shm_put_int(builder, -2);
    shm_put_date(builder, (shm_date){.days = -1});
}

/* One line of width 4: eight keys, then seven values and the tail. */
static void expect_line(const struct shm_test_image *image, uint32_t key, uint32_t value,
                        const char *text)
{
    uint32_t line[16];
    for (unsigned slot = 0; slot < 8; slot++) {
        line[slot] = key;
        line[8 + slot] = slot == 7 ? 0 : value;
    }
    expect_bytes(image, image->bytes + entry(image, SHM_SECTION_PLACED)->offset, line, sizeof line,
                 text);
}

Test(placed_verify, keys_and_values_are_of_their_types)
{
    struct shm_test_image image = make_map("enum E : u16 { zero = 0, one } "
                                           "dataset D { m: map<E, bool>; }",
                                           1, put_narrow);
    expect_line(&image, 2, 1, "an enum has a value");
    expect_line(&image, 1 << 16, 1, "larger than its type");
    expect_line(&image, 0, 2, "a bool is neither");
    expect_line(&image, 0, 257, "must be zero");
    free(image.bytes);
    image = make_map("dataset D { m: map<i8, date>; }", 1, put_signed);
    expect_line(&image, 0xfe, UINT32_MAX, "larger than its type");
    expect_line(&image, 0x80000000, UINT32_MAX, "larger than its type");
    expect_line(&image, (uint32_t)-2, 0x7fffffff, "a date is outside");
    free(image.bytes);
}

static void put_crowd(shm_builder *builder, uint64_t i)
{
    shm_put_uint(builder, i);
    shm_put_uint(builder, i);
}

/* Each bit of each tail of width 4, but for turns that may choose the same line. */
Test(placed_verify, tails_of_narrow_maps)
{
    const struct shm_test_image image =
        make_map("dataset D { m: map<u32, u32>; }", LARGE, put_crowd);
    const shm_placed map = map_of(&image);
    uint32_t *lines = (uint32_t *)(void *)(image.bytes + entry(&image, SHM_SECTION_PLACED)->offset);
    unsigned crowded = 0;
    cr_assert_eq(map.width, 4);
    for (uint64_t i = 0; i < map.line_count; i++) {
        uint32_t *line = lines + 16 * i;
        for (unsigned bit = 0; bit < 32 && line[0] == line[7]; bit++) {
            const uint32_t tail = line[15] ^ UINT32_C(1) << bit;
            if (line[15] == 0 || bit < 24 || bit > 26) {
                expect_bytes(&image, &line[15], &tail, sizeof tail, bit == 27 ? untold : "");
            }
        }
        crowded += line[0] == line[7] && line[15] != 0;
    }
    cr_expect_gt(crowded, 0);
    free(image.bytes);
}
