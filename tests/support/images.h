/* images.h — small images of every collection kind and every type, made through the builder. */
#ifndef SHM_TESTS_SUPPORT_IMAGES_H
#define SHM_TESTS_SUPPORT_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include <shm/builder.h>
#include <shm/dataset.h>

/* One dataset: what it is about, and its schema. */
struct shm_test_dataset {
    const char *name;
    const char *schema;
};

extern const struct shm_test_dataset shm_test_datasets[];
extern const size_t shm_test_dataset_count;

/* An image in memory aligned to 64 and of exactly its size, so that a sanitizer sees reads past its
 * end; free() it. */
struct shm_test_image {
    unsigned char *bytes;
    size_t size;
};

/* Aborts where a call fails, with its text, since a test can do nothing without its image. */
struct shm_test_image shm_test_image_of(shm_builder *builder);
struct shm_test_image shm_test_image_copy(const void *bytes, size_t size);

/* An image of the schema with `rows` rows in each of its collections.  Values are made from `seed`:
 * texts of all lengths around 16, absent and null ones, empty and shared lists, nested records. */
struct shm_test_image shm_test_image_make(const char *schema_text, uint64_t rows, uint64_t seed);

/* Puts one value of the type that comes next. */
struct shm_test_filler {
    shm_builder *builder;
    uint64_t state;   /* of the random numbers */
    uint64_t counter; /* makes keys distinct */
    uint64_t rows;    /* of each table, for refs */
    unsigned depth;
};
void shm_test_fill_row(struct shm_test_filler *filler, const shm_collection *collection);

#endif
