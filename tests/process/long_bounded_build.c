/* long_bounded_build — 100 million rows are built within 512 MB of memory of the process's own, and
 * the image is the one that is built with all the memory it takes. */
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <shm/builder.h>

#include "libshm/hash.h"
#include "tests/support/plain.h"
#include "tests/support/watch_memory.h"

enum { READ_BYTES = 1 << 20 };
#define ROW_COUNT UINT64_C(100000000)
#define CAP_BYTES (UINT64_C(512) << 20)
#define AMPLE_BYTES (UINT64_C(8) << 30)
#define CONSTANT_BYTES (UINT64_C(16) << 20) /* what builder.h allows on top, for two threads */

static const char schema_text[] = "record Row { id: u64; }\n"
                                  "dataset Rows { rows: array<Row>; by_id: index rows by id; }\n";

struct task {
    const char *path;
    uint64_t memory_bytes;
};

static void build(void *context)
{
    const struct task *task = context;
    const shm_build_options options = {.memory_bytes = task->memory_bytes, .jobs = 2};
    const shm_schema *schema = NULL;
    shm_builder *builder = NULL;
    shm_error error;
    require_ok(shm_schema_parse(schema_text, strlen(schema_text), "rows", NULL, &schema, &error),
               &error, "parse");
    require_ok(shm_builder_open(schema, &options, &builder, &error), &error, "open");
    for (uint64_t row = 0; row < ROW_COUNT; row++) {
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, shm_mix64(row, 1));
        require_ok(shm_builder_row_end(builder, NULL, &error), &error, "row");
    }
    require_ok(shm_builder_publish(builder, task->path, &error), &error, "publish");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

/* The checksum of all bytes of the file, which is removed: two of them would take much room. */
static uint64_t take_checksum(const char *path)
{
    static unsigned char bytes[READ_BYTES];
    shm_hash_stream stream;
    ssize_t got;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    REQUIRE(file >= 0);
    shm_hash_stream_begin(&stream);
    while ((got = read(file, bytes, sizeof bytes)) > 0) {
        shm_hash_stream_add(&stream, bytes, (size_t)got);
    }
    REQUIRE(got == 0);
    close(file);
    REQUIRE(remove(path) == 0);
    return shm_hash_stream_end(&stream);
}

int main(void)
{
    const uint64_t capped = watch_memory(build, &(struct task){"capped.img", CAP_BYTES});
    const uint64_t checksum = take_checksum("capped.img");
    printf("at most %llu MiB of anonymous memory within 512\n", (unsigned long long)(capped >> 20));
    REQUIRE(capped > CAP_BYTES / 4); /* it was seen */
    REQUIRE(capped <= CAP_BYTES + CONSTANT_BYTES);
    const uint64_t ample = watch_memory(build, &(struct task){"ample.img", AMPLE_BYTES});
    printf("at most %llu MiB without such a cap\n", (unsigned long long)(ample >> 20));
    REQUIRE(ample > CAP_BYTES + CONSTANT_BYTES);
    REQUIRE(take_checksum("ample.img") == checksum);
    return 0;
}
