/* forged.h — images with one invariant broken and every checksum right, and that they are
 * refused. */
#ifndef TESTS_FORGED_H
#define TESTS_FORGED_H

#include <criterion/criterion.h>
#include <string.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "libshm/image_disk.h"
#include "tests/support/images.h"

/* An image to be forged; rows are put by `fill`, one call a row. */
typedef void fill_row(shm_builder *builder, uint64_t row);

static inline struct shm_test_image make(const char *text, uint64_t rows, fill_row *fill)
{
    const shm_schema *schema;
    shm_builder *builder;
    shm_error error;
    cr_assert_eq(shm_schema_parse(text, strlen(text), "test", NULL, &schema, &error), SHM_OK, "%s",
                 error.text);
    cr_assert_eq(shm_builder_open(schema, NULL, &builder, &error), SHM_OK, "%s", error.text);
    for (uint64_t row = 0; row < rows; row++) {
        shm_builder_row_begin(builder, 0);
        fill(builder, row);
        cr_assert_eq(shm_builder_row_end(builder, NULL, &error), SHM_OK, "%s", error.text);
    }
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    cr_assert_eq(shm_image_verify_memory(image.bytes, image.size, NULL, &error), SHM_OK, "%s",
                 error.text);
    return image;
}

static inline struct shm_section_entry *entry(const struct shm_test_image *image,
                                              enum shm_section_kind kind)
{
    struct shm_section_entry *entries = (void *)(image->bytes + SHM_IMAGE_HEADER_BYTES);
    while (entries->kind != kind) {
        entries++;
    }
    return entries;
}

static inline unsigned char *section(const struct shm_test_image *image, enum shm_section_kind kind)
{
    return image->bytes + entry(image, kind)->offset;
}

/* The image is refused with `text`, wherever the fault is said to be. */
static inline void expect(const struct shm_test_image *image, const char *text)
{
    shm_error error;
    cr_assert_eq(shm_image_reseal_memory(image->bytes, image->size, &error), SHM_OK, "%s",
                 error.text);
    const shm_status status = shm_image_verify_memory(image->bytes, image->size, NULL, &error);
    cr_expect_eq(status, SHM_CORRUPT, "%s: %s", text, shm_status_name(status));
    cr_expect_not_null(strstr(error.text, text), "wanted %s, got %s", text, error.text);
    cr_expect_neq(error.offset, UINT64_MAX);
}

/* Refused with one byte or word changed, which is then put back. */
static inline void expect_byte(const struct shm_test_image *image, unsigned char *at,
                               unsigned value, const char *text)
{
    const unsigned char old = *at;
    *at = (unsigned char)value;
    expect(image, text);
    *at = old;
}

static inline void expect_word(const struct shm_test_image *image, void *at, uint64_t value,
                               const char *text)
{
    uint64_t old;
    memcpy(&old, at, sizeof old);
    memcpy(at, &value, sizeof value);
    expect(image, text);
    memcpy(at, &old, sizeof old);
}

static inline uint64_t word_at(const void *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

#endif
