#include "tests/support/build.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(shm_status status, const char *what, const char *text)
{
    if (status != SHM_OK) {
        fprintf(stderr, "%s: %s: %s\n", what, shm_status_name(status), text);
        abort();
    }
}

const shm_schema *shm_test_schema(const char *text)
{
    const shm_schema *schema = NULL;
    shm_error error;
    check(shm_schema_parse(text, strlen(text), "test", NULL, &schema, &error), "the schema",
          error.text);
    return schema;
}

shm_builder *shm_test_builder(const shm_schema *schema)
{
    shm_builder *builder = NULL;
    shm_error error;
    check(shm_builder_open(schema, NULL, &builder, &error), "the builder", error.text);
    return builder;
}

uint32_t shm_test_collection(const shm_schema *schema, const char *name)
{
    const shm_collection *collection = shm_schema_collection(schema, name);
    check(collection == NULL ? SHM_NOT_FOUND : SHM_OK, "no such collection", name);
    return collection->number;
}

size_t shm_test_field(const shm_type *type, const char *name)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (strcmp(type->fields[i].name, name) == 0) {
            return i;
        }
    }
    check(SHM_NOT_FOUND, "no such field", name);
    return SIZE_MAX;
}

void shm_test_row_end(shm_builder *builder)
{
    shm_error error;
    check(shm_builder_row_end(builder, NULL, &error), "a row", error.text);
}

struct shm_test_image shm_test_finish(shm_builder *builder)
{
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    return image;
}

shm_dataset *shm_test_open(const struct shm_test_image *image, const shm_schema *program)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS, .schema = program};
    shm_dataset *dataset = NULL;
    shm_error error;
    check(shm_dataset_open_memory(image->bytes, image->size, &options, &dataset, &error),
          "the image", error.text);
    return dataset;
}
