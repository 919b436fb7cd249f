/* publish_once — publishes one image and checks what stands there: by itself a test of a plain
 * program, and what scripts run under strace or with signals.
 *
 *   publish_once                         publishes and checks once.img
 *   publish_once publish PATH ROWS       exit 0, or 10 + status with the text on stderr
 *   publish_once check PATH ROWS         exit 0 if the image there verifies and has so many rows */
#include <string.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "tests/support/plain.h"

enum { EXIT_STATUS_BASE = 10, DEFAULT_ROW_COUNT = 1000 };

static const char schema_text[] =
    "record Row { id: u64; note: string; }\n"
    "dataset Rows { rows: array<Row>; by_id: index rows by id; by_note: multi rows by note; }\n";

static shm_status put_rows(shm_builder *builder, uint64_t rows, shm_error *error)
{
    shm_status status = SHM_OK;
    for (uint64_t i = 0; i < rows && status == SHM_OK; i++) {
        char note[64];
        const int length = snprintf(note, sizeof note, "a note that is kept outside of row %llu",
                                    (unsigned long long)i / 2);
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, i);
        shm_put_text(builder, shm_string_of(note, (size_t)length));
        status = shm_builder_row_end(builder, NULL, error);
    }
    return status;
}

static int publish(const char *path, uint64_t rows)
{
    const shm_build_options options = {.memory_bytes = 1 << 20};
    const shm_schema *schema = NULL;
    shm_builder *builder = NULL;
    shm_error error;
    require_ok(shm_schema_parse(schema_text, strlen(schema_text), "rows", NULL, &schema, &error),
               &error, "parse");
    require_ok(shm_builder_open(schema, &options, &builder, &error), &error, "open");
    shm_status status = put_rows(builder, rows, &error);
    if (status == SHM_OK) {
        status = shm_builder_publish(builder, path, &error);
    }
    if (status != SHM_OK) {
        fprintf(stderr, "%s\n", error.text);
    }
    shm_builder_close(builder);
    shm_schema_free(schema);
    return status == SHM_OK ? 0 : EXIT_STATUS_BASE + (int)status;
}

static int check(const char *path, uint64_t rows)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset = NULL;
    shm_error error;
    require_ok(shm_dataset_open(path, &options, &dataset, &error), &error, path);
    const uint64_t found = shm_dataset_table(dataset, 0).count;
    shm_dataset_close(dataset);
    if (found != rows) {
        fprintf(stderr, "%s: %llu rows, not %llu\n", path, (unsigned long long)found,
                (unsigned long long)rows);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4) {
        const uint64_t rows = strtoull(argv[3], NULL, 10);
        return strcmp(argv[1], "publish") == 0 ? publish(argv[2], rows) : check(argv[2], rows);
    }
    REQUIRE(publish("once.img", DEFAULT_ROW_COUNT) == 0);
    return check("once.img", DEFAULT_ROW_COUNT);
}
