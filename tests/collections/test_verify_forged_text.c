/* Verification of indexes by texts, whose words say where these are: one word changed, every
 * checksum right. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collections/map/map_text.h"
#include "tests/support/forged.h"

/* Rows 0 and 2 have one long name, row 1 another, row 3 a short one. */
static void fill_name(shm_builder *builder, uint64_t row)
{
    static const char *const names[] = {"the long name of two rows", "a long name of its own",
                                        "the long name of two rows", "short"};
    shm_put_text(builder, shm_string_of(names[row], strlen(names[row])));
}

static uint64_t *word_of_value(const struct shm_test_image *image, bool (*is_it)(int64_t value))
{
    struct shm_map_line *line = (void *)section(image, SHM_SECTION_LINES);
    for (uint32_t slot = 0; slot < SHM_NARROW_SLOTS; slot++) {
        const int64_t value = shm_line_value(line, false, slot);
        if (value != SHM_MAP_NOTHING && is_it(value)) {
            return &line->words[slot];
        }
    }
    cr_assert_fail("no such value");
    return NULL;
}

static bool is_group(int64_t value)
{
    return value < 0;
}

static bool is_row_1(int64_t value)
{
    return value == 1;
}

static bool is_row_3(int64_t value)
{
    return value == 3;
}

Test(verify_forged_text, words)
{
    const struct shm_test_image image = make("record R { s: string; } dataset D { rows: array<R>;"
                                             " by: multi rows by s; }",
                                             4, fill_name);
    const uint64_t heap_size = entry(&image, SHM_SECTION_HEAP)->size;
    uint64_t *group = word_of_value(&image, is_group);
    uint64_t *alone = word_of_value(&image, is_row_1);
    uint64_t *in_row = word_of_value(&image, is_row_3);
    const uint64_t place_of_group = *group & SHM_PLACE_MASK;
    const uint64_t place_alone = *alone & SHM_PLACE_MASK;
    cr_assert_neq(place_of_group, 0);
    cr_assert_neq(place_alone, 0);
    cr_assert_eq(*in_row & SHM_PLACE_MASK, 0);

    const char *text = "a word of an index leads to no text";
    expect_word(&image, alone, (*alone & ~SHM_PLACE_MASK) | (heap_size / 8 + 1), text);
    expect_word(&image, alone, *alone | SHM_PLACE_MASK, text);
    expect_word(&image, in_row, *in_row | SHM_PLACE_MASK, text);

    text = "does not lead to a row by the row's key";
    expect_word(&image, alone, (*alone & ~SHM_PLACE_MASK) | place_of_group, text);
    expect_word(&image, group, (*group & ~SHM_PLACE_MASK) | place_alone, text);
    expect_word(&image, alone, *alone & ~SHM_PLACE_MASK, text);
    expect_word(&image, in_row, *in_row | place_alone, text);
    expect_word(&image, alone, *alone ^ UINT64_C(1) << 63, text);
    free(image.bytes);
}

/* The place of an item's inside: its bytes as a head would reach out of the heap. */
Test(verify_forged_text, the_inside_of_a_text_is_no_text)
{
    const struct shm_test_image image = make("record R { s: string; } dataset D { rows: array<R>;"
                                             " by: multi rows by s; }",
                                             4, fill_name);
    uint64_t *alone = word_of_value(&image, is_row_1);
    expect_word(&image, alone, *alone + 1, "a word of an index leads to no text");
    free(image.bytes);
}

/* Two hundred rows share a text of a megabyte, which spends what verification may read of texts:
 * the index after it is believed, but not where its words lead. */
static struct shm_test_image make_spent(void)
{
    static const char text[] = "record A { t: string; } record B { name: string; }\n"
                               "dataset D { a: array<A>; b: array<B>; big: multi a by t;"
                               " by_name: index b by name; }\n";
    static const char *const names[] = {"alice@example.com", "bob@elsewhere.org"};
    enum { LONG_TEXT = 1 << 20, ROWS = 200 };
    const shm_schema *schema;
    shm_builder *builder;
    char *long_text = malloc(LONG_TEXT);
    cr_assert_not_null(long_text);
    memset(long_text, 'x', LONG_TEXT);
    cr_assert_eq(shm_schema_parse(text, sizeof text - 1, "test", NULL, &schema, NULL), SHM_OK);
    cr_assert_eq(shm_builder_open(schema, NULL, &builder, NULL), SHM_OK);
    for (uint64_t row = 0; row < ROWS + 2; row++) {
        const bool is_name = row >= ROWS;
        shm_builder_row_begin(builder, is_name ? 1 : 0);
        shm_put_text(builder, is_name ? shm_string_of(names[row - ROWS], strlen(names[row - ROWS]))
                                      : shm_string_of(long_text, LONG_TEXT));
        cr_assert_eq(shm_builder_row_end(builder, NULL, NULL), SHM_OK);
    }
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    free(long_text);
    return image;
}

Test(verify_forged_text, what_is_believed_answers_no_other_row)
{
    const struct shm_test_image image = make_spent();
    struct shm_section_entry *lines = entry(&image, SHM_SECTION_LINES);
    while (lines->kind != SHM_SECTION_LINES || lines->collection != 3) {
        lines++;
    }
    struct shm_map_line *line = (void *)(image.bytes + lines->offset);
    const int64_t first = shm_line_value(line, false, 0);
    const int64_t second = shm_line_value(line, false, 1);
    cr_assert_eq(first + second, 1, "rows 0 and 1, in this or that order");
    cr_assert_eq(shm_image_verify_memory(image.bytes, image.size, NULL, NULL), SHM_OK);

    /* A fragment that no key has is believed, so the budget was spent before. */
    line->words[0] ^= UINT64_C(1) << 63;
    cr_assert_eq(shm_image_reseal_memory(image.bytes, image.size, NULL), SHM_OK);
    cr_expect_eq(shm_image_verify_memory(image.bytes, image.size, NULL, NULL), SHM_OK);
    line->words[0] ^= UINT64_C(1) << 63;

    shm_line_set_value(line, false, 0, second);
    shm_line_set_value(line, false, 1, first);
    expect(&image, "does not lead to a row by the row's key");
    free(image.bytes);
}
