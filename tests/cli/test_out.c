/* test_out.c — a row may be far larger as text than as an image, and than memory. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "bindings/cli/json_write.h"
#include "tests/support/build.h"

enum { ELEMENT_COUNT = 200000, SMALL_BYTES = 1 << 18 };

/* The room it takes to write one row of a long list. */
static size_t room_for_row(bool streams)
{
    static shm_out out;
    shm_value row;
    const shm_schema *schema = shm_test_schema("record R { numbers: [u16]; } "
                                               "dataset D { rows: array<R>; }");
    shm_builder *builder = shm_test_builder(schema);
    shm_builder_row_begin(builder, 0);
    shm_put_begin(builder);
    for (unsigned i = 0; i < ELEMENT_COUNT; i++) {
        shm_put_uint(builder, i & 0xffff);
    }
    shm_put_end(builder);
    shm_test_row_end(builder);
    struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *dataset = shm_test_open(&image, NULL);
    const int nowhere = open("/dev/null", O_WRONLY);
    cr_assert_eq(dup2(nowhere, STDOUT_FILENO), STDOUT_FILENO);
    close(nowhere);
    out = (shm_out){.streams = streams};
    cr_assert(shm_dataset_row(dataset, 0, 0, &row));
    shm_json_write(&out, &row);
    const size_t size = out.size;
    shm_out_close(&out);
    shm_dataset_close(dataset);
    shm_schema_free(schema);
    free(image.bytes);
    return size;
}

Test(out, a_row_streams)
{
    cr_expect_lt(room_for_row(true), SMALL_BYTES);
    cr_expect_gt(room_for_row(false), ELEMENT_COUNT, "whole, where it is looked at again");
}
