/* race_build — the workers of a build against each other: listing rows, sorting partitions and
 * filling pages, in memory and in files.  The image is the one that one thread makes. */
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <shm/builder.h>

#include "tests/support/plain.h"

enum { ROW_COUNT = 70000, JOBS = 4, NAME_BYTES = 64 };

static const char schema_text[] =
    "record Row { id: u64; kind: u16; name: string; tags: [u8]; }\n"
    "dataset Rows {\n"
    "  rows: array<Row>; by_id: index rows by id; by_kind: multi rows by kind;\n"
    "  by_name: index rows by name; by_tag: multi rows by tags;\n"
    "  maybe: multi rows by id approximate 1/1000; in_order: sorted rows by name;\n"
    "}\n";

static bool go_on(void *context, const shm_progress *progress)
{
    uint64_t *calls = context; /* not atomic: one thread calls */
    (void)progress;
    ++*calls;
    return true;
}

static int build(const shm_schema *schema, uint64_t memory_bytes, unsigned jobs)
{
    uint64_t calls = 0;
    const shm_build_options options = {
        .memory_bytes = memory_bytes, .jobs = jobs, .progress = go_on, .progress_context = &calls};
    shm_builder *builder = NULL;
    shm_error error;
    require_ok(shm_builder_open(schema, &options, &builder, &error), &error, "open");
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        char name[NAME_BYTES];
        const int length = snprintf(name, sizeof name, "the name of a row: %llu",
                                    (unsigned long long)(row * UINT64_C(0x9e3779b97f4a7c15)));
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, row * UINT64_C(0xd6e8feb86659fd93));
        shm_put_uint(builder, row % 1000);
        shm_put_text(builder, shm_string_of(name, (size_t)length));
        shm_put_elements(builder, &row, row % 3);
        require_ok(shm_builder_row_end(builder, NULL, &error), &error, "row");
    }
    const int file = memfd_create("image", MFD_CLOEXEC);
    REQUIRE(file >= 0);
    require_ok(shm_builder_write(builder, file, &error), &error, "write");
    shm_builder_close(builder);
    REQUIRE(calls > 0);
    return file;
}

static void require_equal(int a, int b)
{
    struct stat of_a;
    struct stat of_b;
    REQUIRE(fstat(a, &of_a) == 0 && fstat(b, &of_b) == 0 && of_a.st_size == of_b.st_size);
    const size_t size = (size_t)of_a.st_size;
    void *bytes_a = mmap(NULL, size, PROT_READ, MAP_SHARED, a, 0);
    void *bytes_b = mmap(NULL, size, PROT_READ, MAP_SHARED, b, 0);
    REQUIRE(bytes_a != MAP_FAILED && bytes_b != MAP_FAILED);
    REQUIRE(memcmp(bytes_a, bytes_b, size) == 0);
    munmap(bytes_a, size);
    munmap(bytes_b, size);
}

int main(void)
{
    static const uint64_t memory[] = {1, 1 << 20, 0};
    const shm_schema *schema = NULL;
    shm_error error;
    require_ok(shm_schema_parse(schema_text, strlen(schema_text), "rows", NULL, &schema, &error),
               &error, "parse");
    const int first = build(schema, 0, 1);
    for (size_t i = 0; i < sizeof memory / sizeof memory[0]; i++) {
        const int file = build(schema, memory[i], JOBS);
        require_equal(first, file);
        close(file);
    }
    close(first);
    shm_schema_free(schema);
    return 0;
}
