/* Verification of sorted indexes that no accident makes: one invariant broken, every checksum
 * right. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/forged.h"

static void fill_id(shm_builder *builder, uint64_t row)
{
    shm_put_uint(builder, row);
}

Test(verify_forged_sorted, words)
{
    const struct shm_test_image image = make("record R { id: u64; } dataset D { rows: array<R>;"
                                             " by: sorted rows by id; }",
                                             65, fill_id);
    unsigned char *head = section(&image, SHM_SECTION_SORTED);
    uint64_t *words = (void *)(head + 64); /* 65, filled up to 128, then 2, filled up to 64 */
    uint32_t *rows = (void *)(words + 128 + 64);
    cr_assert_eq(words[64], 64);
    cr_assert_eq(rows[64], 64);
    expect_word(&image, head, 1, "common bytes");
    expect_word(&image, head, 57, "does not fit");
    expect_byte(&image, head + 20, 1, "must be zero");
    expect_word(&image, &words[64], 3, "not the key of its row");
    expect_word(&image, &words[65], 65, "not filled up by ones");
    expect_word(&image, &words[129], 65, "level of a sorted index is not that below");
    expect_word(&image, &words[130], 0, "not filled up by ones");
    expect_word(&image, &words[5], 4, "not the key of its row");
    expect_byte(&image, (unsigned char *)&rows[5], 4, "not the key of its row");
    expect_byte(&image, (unsigned char *)&rows[5], 65, "past the end of its table");
    expect_byte(&image, (unsigned char *)&rows[65], 1, "must be zero");
    expect_word(&image, &entry(&image, SHM_SECTION_SORTED)->parameter, 64, "fewer keys than");
    expect_word(&image, &entry(&image, SHM_SECTION_SORTED)->parameter, 66, "does not fit");
    expect_word(&image, &entry(&image, SHM_SECTION_SORTED)->count, 64, "does not fit");
    expect_word(&image, &entry(&image, SHM_SECTION_SORTED)->stride, 8, "does not fit");
    free(image.bytes);
}

/* Refused if the sorted section, which is the last, is so much longer, by zeros, or shorter. */
static void expect_longer(const struct shm_test_image *image, int64_t change, const char *text)
{
    struct shm_test_image other = {.size = (size_t)((int64_t)image->size + change)};
    other.bytes = aligned_alloc(64, (other.size + 63) / 64 * 64);
    cr_assert_not_null(other.bytes);
    memset(other.bytes, 0, other.size);
    memcpy(other.bytes, image->bytes, image->size < other.size ? image->size : other.size);
    ((struct shm_image_header *)(void *)other.bytes)->file_size = other.size;
    entry(&other, SHM_SECTION_SORTED)->size += (uint64_t)change;
    expect(&other, text);
    free(other.bytes);
}

/* Names that share 6 bytes; those of rows 5 and 6 differ behind their order words. */
static void fill_names(shm_builder *builder, uint64_t row)
{
    static const char *const names[] = {"names/a", "names/b",         "names/c",         "names/d",
                                        "names/e", "names/ffffffff1", "names/ffffffff2", "names/g"};
    shm_put_text(builder, shm_string_of(names[row], strlen(names[row])));
}

Test(verify_forged_sorted, texts)
{
    const struct shm_test_image image = make("record R { s: string; } dataset D { rows: array<R>;"
                                             " by: sorted rows by s; }",
                                             8, fill_names);
    unsigned char *head = section(&image, SHM_SECTION_SORTED);
    uint64_t *words = (void *)(head + 64);
    unsigned char *skips = (void *)(words + 64);
    uint32_t *rows = (void *)(skips + 64);
    unsigned char *cells = section(&image, SHM_SECTION_ROWS);
    cr_assert_eq(word_at(head), 0);
    cr_assert_eq(skips[0], 6);
    expect_byte(&image, head, 1, "common bytes");
    expect_byte(&image, head + 8, 'n', "must be zero");
    expect_byte(&image, skips, 5, "skips more or fewer bytes");
    expect_byte(&image, skips, 7, "skips more or fewer bytes");
    expect_byte(&image, skips + 1, 6, "must be zero");
    expect_word(&image, &words[3], words[3] + 1, "not the key of its row");
    expect_word(&image, &words[3], words[2], "not the key of its row");
    expect_word(&image, &words[3], words[1], "do not rise");
    expect_word(&image, &words[8], 0, "not filled up by ones");
    expect_byte(&image, cells + 16 * 3, 'N', "bytes that its sorted index skips");
    expect_byte(&image, cells + 16 * 0, 'N', "skips more or fewer bytes");
    expect_byte(&image, cells + 16 * 3 + 6, 'e', "not the key of its row");
    expect_byte(&image, cells + 16 * 6 + 14, '0', "do not rise");
    expect_byte(&image, cells + 16 * 6 + 14, '1', "more or fewer keys than it says");
    expect_word(&image, &rows[5], UINT64_C(5) << 32 | 6, "do not rise");
    expect_word(&image, &rows[5], UINT64_C(5) << 32 | 5, "do not rise");
    expect_byte(&image, (unsigned char *)&rows[8], 1, "must be zero");
    expect_longer(&image, 64, "says where texts stand that are short");
    free(image.bytes);
}

/* The upper level has words and skips of its own: 130 texts, of which 64 go into a node. */
static void fill_rising(shm_builder *builder, uint64_t row)
{
    char text[16];
    const int length =
        snprintf(text, sizeof text, "%s/%03u", row < 128 ? "same" : "tail", (unsigned)row);
    shm_put_text(builder, shm_string_of(text, (size_t)length));
}

Test(verify_forged_sorted, many_texts)
{
    const struct shm_test_image image = make("record R { s: string; } dataset D { rows: array<R>;"
                                             " by: sorted rows by s; }",
                                             130, fill_rising);
    uint64_t *words = (void *)(section(&image, SHM_SECTION_SORTED) + 64);
    unsigned char *skips = (void *)(words + 192 + 64);
    uint32_t *rows = (void *)(skips + 64);
    cr_assert_eq(memcmp(skips, "\6\5\7\0", 4), 0); /* same/0.., same/..., tail/12., s and t */
    expect_byte(&image, &skips[1], 6, "skips more or fewer bytes");
    expect_byte(&image, &skips[3], 1, "skips more or fewer bytes");
    expect_byte(&image, &skips[4], 1, "must be zero");
    expect_word(&image, &words[193], words[193] + 1, "not the key of its row");
    expect_word(&image, &words[195], 0, "not filled up by ones");
    /* The first of a node with the last of the one before. */
    expect_word(&image, &rows[63], UINT64_C(63) << 32 | 64, "do not rise");
    free(image.bytes);
}

static void fill_pairs(shm_builder *builder, uint64_t row)
{
    fill_names(builder, row);
    shm_put_uint(builder, 7);
}

/* A text and a word: order words, without the bytes that all texts begin with. */
Test(verify_forged_sorted, common_bytes)
{
    const struct shm_test_image image = make("record R { s: string; k: u8; } dataset D {"
                                             " rows: array<R>; by: sorted rows by s, k; }",
                                             8, fill_pairs);
    unsigned char *head = section(&image, SHM_SECTION_SORTED);
    uint32_t *rows = (void *)(head + 64 + 64 * sizeof(uint64_t));
    unsigned char *cells = section(&image, SHM_SECTION_ROWS);
    cr_assert_eq(word_at(head), 6);
    expect_byte(&image, head, 5, "not the key of its row");
    expect_byte(&image, head, 57, "does not fit");
    expect_byte(&image, head + 8, 'N', "common bytes");
    expect_byte(&image, cells + 24 * 3, 'N', "common bytes");
    expect_byte(&image, cells + 24 * 3 + 6, 'e', "not the key of its row");
    expect_byte(&image, cells + 24 * 6 + 14, '0', "do not rise");
    expect_byte(&image, cells + 24 * 6 + 14, '1', "more or fewer keys than it says");
    expect_word(&image, &rows[5], UINT64_C(5) << 32 | 6, "do not rise");
    expect_word(&image, &rows[5], UINT64_C(5) << 32 | 5, "do not rise");
    free(image.bytes);
}

/* Long texts, but for the last. */
static void fill_long(shm_builder *builder, uint64_t row)
{
    static const char *const texts[] = {"a text of 18 bytes", "by one of 16 ...", "c, short"};
    shm_put_text(builder, shm_string_of(texts[row], strlen(texts[row])));
}

Test(verify_forged_sorted, long_texts)
{
    const struct shm_test_image image = make("record R { s: string; } dataset D { rows: array<R>;"
                                             " by: sorted rows by s; }",
                                             3, fill_long);
    static const char where[] = "does not say where the text of an entry stands";
    unsigned char *head = section(&image, SHM_SECTION_SORTED);
    uint32_t *rows = (void *)(head + 64 + 64 * sizeof(uint64_t) + 64);
    uint32_t *texts = rows + 16;
    const uint64_t size = entry(&image, SHM_SECTION_SORTED)->size;
    cr_assert_eq(size, (uint64_t)(64 + 512 + 64 + 64 + 64));
    cr_assert_gt(texts[0], texts[1]); /* the first text stands furthest before the rows */
    cr_assert_gt(texts[1], 0);
    cr_assert_eq(texts[2], 0);
    expect_word(&image, &texts[0], texts[0] + UINT64_C(1), where);
    expect_word(&image, &texts[0], (uint64_t)texts[0] << 32 | texts[1], where);
    expect_word(&image, &texts[1], 0, where);
    expect_word(&image, &texts[2], texts[1], where);
    expect_word(&image, &texts[4], 1, "must be zero");
    expect_longer(&image, -64, where);
    free(image.bytes);
}

static void fill_lists(shm_builder *builder, uint64_t row)
{
    shm_put_begin(builder);
    for (uint64_t i = 0; i < 3; i++) {
        shm_put_uint(builder, row + i % 2);
    }
    shm_put_end(builder);
}

/* Lists 0 1 0, 1 2 1, ...: two entries a row, in order of elements. */
Test(verify_forged_sorted, lists)
{
    const struct shm_test_image image = make("record R { n: [u8]; } dataset D { rows: array<R>;"
                                             " by: sorted rows by n; }",
                                             4, fill_lists);
    unsigned char *head = section(&image, SHM_SECTION_SORTED);
    uint64_t *words = (void *)(head + 64);
    uint32_t *rows = (void *)(words + 64);
    uint32_t *elements = rows + 16;
    cr_assert_eq(entry(&image, SHM_SECTION_SORTED)->count, 8);
    cr_assert_eq(elements[0], 0);
    cr_assert_eq(elements[1], 1);
    expect_byte(&image, (unsigned char *)&elements[1], 3, "no key of its row");
    expect_byte(&image, (unsigned char *)&elements[1], 0, "not the key of its row");
    expect_byte(&image, (unsigned char *)&rows[8], 1, "must be zero");
    expect_byte(&image, (unsigned char *)&elements[15], 1, "must be zero");
    /* Row 0 under its equal elements 0 and 2, and not under its element 1. */
    words[1] = words[0];
    elements[1] = 2;
    expect(&image, "do not rise");
    free(image.bytes);
}
