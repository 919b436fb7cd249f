/* build.h — the few calls that every test of reading begins with.  They abort where something
 * fails, with its text. */
#ifndef SHM_TESTS_SUPPORT_BUILD_H
#define SHM_TESTS_SUPPORT_BUILD_H

#include "tests/support/images.h"

const shm_schema *shm_test_schema(const char *text);
shm_builder *shm_test_builder(const shm_schema *schema);

/* The number of the collection or of the record's field with that name. */
uint32_t shm_test_collection(const shm_schema *schema, const char *name);
size_t shm_test_field(const shm_type *type, const char *name);

void shm_test_row_end(shm_builder *builder);

/* Finishes the build, closes the builder, and answers its image. */
struct shm_test_image shm_test_finish(shm_builder *builder);

/* Opens and verifies; `program` may be NULL. */
shm_dataset *shm_test_open(const struct shm_test_image *image, const shm_schema *program);

#endif
