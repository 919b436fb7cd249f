/* test_pages.c — what a dataset tells of its pages, and that asking for huge ones changes nothing
 * else.  (What kernels give for the asking: tests/libshm/test_view_pages.c.) */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/build.h"

enum { ELEMENT_COUNT = 5 << 20, PAGE_BYTES = 4096 };

static void publish(const char *path)
{
    const shm_schema *schema = shm_test_schema("dataset D { t: tensor<u8>; }");
    shm_builder *builder = shm_test_builder(schema);
    unsigned char *elements = malloc(ELEMENT_COUNT);
    const uint64_t shape = ELEMENT_COUNT;
    shm_error error;
    memset(elements, 7, ELEMENT_COUNT);
    cr_assert_eq(shm_builder_tensor_begin(builder, 0, &shape, 1, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 0, elements, ELEMENT_COUNT, &error), SHM_OK);
    cr_assert_eq(shm_builder_publish(builder, path, &error), SHM_OK);
    shm_builder_close(builder);
    shm_schema_free(schema);
    free(elements);
}

/* Opens it so and checks what is told; answers the huge bytes. */
static uint64_t expect_pages(const char *path, const shm_open_options *options)
{
    shm_dataset *dataset = NULL;
    shm_pages_info pages;
    shm_error error;
    shm_tensor tensor;
    cr_assert_eq(shm_dataset_open(path, options, &dataset, &error), SHM_OK, "%s", error.text);
    cr_assert(shm_dataset_tensor(dataset, 0, &tensor));
    cr_expect_eq(tensor.count, ELEMENT_COUNT);
    cr_expect_eq(((const unsigned char *)tensor.data)[ELEMENT_COUNT - 1], 7);
    cr_expect_eq((uintptr_t)tensor.data % PAGE_BYTES, 0, "large sections begin with a page");
    cr_assert_eq(shm_dataset_pages(dataset, &pages, &error), SHM_OK, "%s", error.text);
    cr_expect_eq(pages.mapped_bytes, (shm_dataset_size(dataset) + 4095) / 4096 * 4096);
    cr_expect_leq(pages.resident_bytes, pages.mapped_bytes);
    cr_expect_leq(pages.huge_bytes, pages.resident_bytes);
    if (options->verify == SHM_VERIFY_ALWAYS) {
        cr_expect_eq(pages.resident_bytes, pages.mapped_bytes, "every byte was read");
    }
    shm_dataset_close(dataset);
    return pages.huge_bytes;
}

Test(pages, asking_gives_no_fewer)
{
    publish("pages.img");
    for (int copy = 0; copy < 2; copy++) {
        shm_open_options options = {.verify = SHM_VERIFY_ALWAYS, .private_copy = copy != 0};
        const uint64_t unasked = expect_pages("pages.img", &options);
        options.pages = SHM_PAGES_HUGE;
        cr_expect_geq(expect_pages("pages.img", &options), unasked);
        options.verify = SHM_VERIFY_NEVER;
        expect_pages("pages.img", &options);
    }
    unlink("pages.img");
}

Test(pages, an_image_in_memory)
{
    const char text[] = "record R { id: u32; } dataset D { rows: array<R>; }";
    struct shm_test_image image = shm_test_image_make(text, 5, 1);
    const shm_open_options options = {.pages = SHM_PAGES_HUGE};
    shm_dataset *dataset = NULL;
    shm_pages_info pages;
    cr_assert_eq(shm_dataset_open_memory(image.bytes, image.size, &options, &dataset, NULL),
                 SHM_OK);
    cr_assert_eq(shm_dataset_pages(dataset, &pages, NULL), SHM_OK);
    cr_expect_geq(pages.mapped_bytes, image.size);
    cr_expect_gt(pages.resident_bytes, 0);
    shm_dataset_close(dataset);
    free(image.bytes);
}
