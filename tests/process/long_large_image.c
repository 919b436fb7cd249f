/* long_large_image — an image of more than 5 GB, with texts and rows beyond byte 2^32, builds,
 * verifies and reads. */
#include <stdint.h>
#include <string.h>

#include <shm/builder.h>
#include <shm/dataset.h>

#include "tests/support/plain.h"

enum { ROW_COUNT = 5200, TEXT_BYTES = 1 << 20 };

static const char schema_text[] =
    "record Page { id: u64; body: string; }\n"
    "dataset Pages {\n"
    "  pages: array<Page>; by_id: index pages by id; by_body: index pages by body;\n"
    "}\n";

/* The body of a page: letters that depend on the page and the place. */
static void fill_body(char *body, uint64_t page)
{
    uint64_t state = page * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (size_t i = 0; i < TEXT_BYTES; i += 8) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        const uint64_t letters =
            (state & UINT64_C(0x0f0f0f0f0f0f0f0f)) + UINT64_C(0x6161616161616161);
        memcpy(body + i, &letters, 8);
    }
}

static void build_image(const char *path, char *body)
{
    const shm_schema *schema = NULL;
    shm_builder *builder = NULL;
    shm_error error;
    require_ok(shm_schema_parse(schema_text, strlen(schema_text), "pages", NULL, &schema, &error),
               &error, "parse");
    require_ok(shm_builder_open(schema, NULL, &builder, &error), &error, "open a builder");
    for (uint64_t page = 0; page < ROW_COUNT; page++) {
        fill_body(body, page);
        shm_builder_row_begin(builder, 0);
        shm_put_uint(builder, page * 3);
        shm_put_text(builder, shm_string_of(body, TEXT_BYTES));
        require_ok(shm_builder_row_end(builder, NULL, &error), &error, "add a page");
    }
    require_ok(shm_builder_publish(builder, path, &error), &error, "publish");
    shm_builder_close(builder);
    shm_schema_free(schema);
}

int main(void)
{
    char *body = malloc(TEXT_BYTES);
    REQUIRE(body != NULL);
    build_image("pages.img", body);

    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset = NULL;
    shm_error error;
    require_ok(shm_dataset_open("pages.img", &options, &dataset, &error), &error, "verify");
    REQUIRE(shm_dataset_size(dataset) > UINT64_C(5000000000));

    const shm_index *by_id = shm_dataset_index(dataset, 1);
    const shm_index *by_body = shm_dataset_index(dataset, 2);
    const shm_table pages = shm_dataset_table(dataset, 0);
    uint64_t beyond = 0;
    for (uint64_t page = 0; page < ROW_COUNT; page++) {
        shm_value record, field;
        fill_body(body, page);
        REQUIRE(shm_index_find_word(by_id, page * 3) == page);
        REQUIRE(shm_index_find_text(by_body, shm_string_of(body, TEXT_BYTES)) == page);
        REQUIRE(shm_dataset_row(dataset, 0, page, &record));
        REQUIRE(shm_value_field(&record, 1, &field) == SHM_PRESENT);
        const shm_string text = shm_value_text(&field);
        REQUIRE(shm_string_equal(text, shm_string_of(body, TEXT_BYTES)));
        beyond += (const unsigned char *)text.data + (UINT64_C(1) << 32) < pages.rows ? 0 : 1;
    }
    /* The heap stands before the rows, so texts near its start are more than 2^32 bytes away. */
    REQUIRE(beyond < ROW_COUNT);
    REQUIRE(shm_index_find_word(by_id, 1) == SHM_NO_ROW);
    shm_dataset_close(dataset);
    free(body);
    remove("pages.img");
    return 0;
}
