/* pss_bounded_build — texts that are all different, a set, and indexes of all kinds, each larger than
 * the memory that a build may take, are built within it. */
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include <shm/builder.h>

#include "tests/support/plain.h"
#include "tests/support/watch_memory.h"

enum { ROW_COUNT = 600000, TEXT_BYTES = 64 };
#define CAP_BYTES (UINT64_C(8) << 20)
#define CONSTANT_BYTES (UINT64_C(12) << 20) /* what builder.h allows on top, for two threads */

static const char schema_text[] =
    "record Row { id: u64; name: string; group: u16; tags: [u32]; }\n"
    "dataset Rows {\n"
    "  rows: array<Row>; words: set<string>; values: map<u64, u64>;\n"
    "  by_id: index rows by id; by_name: index rows by name; by_group: multi rows by group;\n"
    "  by_tag: multi rows by tags; maybe: multi rows by name approximate 1/1000;\n"
    "  in_order: sorted rows by name; tags_in_order: sorted rows by tags;\n"
    "}\n";

enum { ROWS, WORDS, VALUES };

static void put_row(shm_builder *builder, uint64_t row)
{
    const uint32_t tags[2] = {(uint32_t)(row * UINT64_C(2654435761)), (uint32_t)row / 3};
    char text[TEXT_BYTES];
    const int length = snprintf(text, sizeof text, "%016" PRIx64 " is the name of a row",
                                row * UINT64_C(0x9e3779b97f4a7c15));
    shm_error error;
    shm_builder_row_begin(builder, ROWS);
    shm_put_uint(builder, row * 7);
    shm_put_text(builder, shm_string_of(text, (size_t)length));
    shm_put_uint(builder, row % 5);
    shm_put_elements(builder, tags, 2);
    require_ok(shm_builder_row_end(builder, NULL, &error), &error, "row");
    shm_builder_row_begin(builder, WORDS);
    shm_put_text(builder, shm_string_of(text, (size_t)length));
    require_ok(shm_builder_row_end(builder, NULL, &error), &error, "word");
    shm_builder_row_begin(builder, VALUES);
    shm_put_uint(builder, row);
    shm_put_uint(builder, row);
    require_ok(shm_builder_row_end(builder, NULL, &error), &error, "value");
}

static void build(void *context)
{
    const uint64_t *memory_bytes = context;
    const shm_build_options options = {.memory_bytes = *memory_bytes, .jobs = 2};
    const shm_schema *schema = NULL;
    shm_builder *builder = NULL;
    shm_error error;
    const int file = memfd_create("image", MFD_CLOEXEC); /* not anonymous memory */
    REQUIRE(file >= 0);
    require_ok(shm_schema_parse(schema_text, strlen(schema_text), "rows", NULL, &schema, &error),
               &error, "parse");
    require_ok(shm_builder_open(schema, &options, &builder, &error), &error, "open");
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        put_row(builder, row);
    }
    require_ok(shm_builder_write(builder, file, &error), &error, "write");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

int main(void)
{
    uint64_t memory = CAP_BYTES;
    const uint64_t capped = watch_memory(build, &memory);
    memory = UINT64_C(1) << 30;
    const uint64_t ample = watch_memory(build, &memory);
    printf("at most %" PRIu64 " KiB within 8192, %" PRIu64 " KiB without a cap\n", capped >> 10,
           ample >> 10);
    REQUIRE(capped <= CAP_BYTES + CONSTANT_BYTES);
    REQUIRE(ample > 3 * (CAP_BYTES + CONSTANT_BYTES)); /* it was seen */
    return 0;
}
