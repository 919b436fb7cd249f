/* Verification of whole images: what the builder makes passes, and any damage is seen. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>

#include <shm/dataset.h>

#include "tests/support/allocation.h"
#include "tests/support/images.h"
#include "tests/support/read_everything.h"

enum { STEPS = 100000 };

static shm_status verify(const struct shm_test_image *image, shm_error *error)
{
    return shm_image_verify_memory(image->bytes, image->size, NULL, error);
}

/* Criterion hands parameters to its workers by copy: a number, not what it stands for. */
static struct criterion_test_params each_dataset(void)
{
    static size_t numbers[64];
    for (size_t i = 0; i < shm_test_dataset_count; i++) {
        numbers[i] = i;
    }
    return cr_make_param_array(size_t, numbers, shm_test_dataset_count);
}

ParameterizedTestParameters(verify, accepts_what_the_builder_makes)
{
    return each_dataset();
}

ParameterizedTest(size_t *number, verify, accepts_what_the_builder_makes)
{
    static const uint64_t row_counts[] = {0, 1, 2, 7, 100};
    const struct shm_test_dataset *test = &shm_test_datasets[*number];
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    for (size_t i = 0; i < sizeof row_counts / sizeof row_counts[0]; i++) {
        const struct shm_test_image image = shm_test_image_make(test->schema, row_counts[i], i);
        shm_dataset *dataset;
        shm_error error;
        cr_assert_eq(shm_dataset_open_memory(image.bytes, image.size, &options, &dataset, &error),
                     SHM_OK, "%s: %s", test->name, error.text);
        cr_assert(shm_dataset_is_verified(dataset));
        (void)shm_test_read_everything(dataset, STEPS, true);
        shm_dataset_close(dataset);
        free(image.bytes);
    }
}

ParameterizedTestParameters(verify, refuses_every_truncation)
{
    return each_dataset();
}

ParameterizedTest(size_t *number, verify, refuses_every_truncation)
{
    const struct shm_test_dataset *test = &shm_test_datasets[*number];
    const struct shm_test_image image = shm_test_image_make(test->schema, 2, 1);
    for (size_t size = 0; size < image.size; size++) {
        const struct shm_test_image cut = shm_test_image_copy(image.bytes, size);
        shm_error error = {0};
        const shm_status status = verify(&cut, &error);
        const shm_status wanted = size < 8 ? SHM_NOT_IMAGE : SHM_TRUNCATED;
        cr_assert(status == wanted || (size < 8 && status == SHM_TRUNCATED),
                  "%s cut to %zu bytes: %s", test->name, size, shm_status_name(status));
        cr_assert_neq(error.text[0], '\0');
        free(cut.bytes);
    }
    free(image.bytes);
}

ParameterizedTestParameters(verify, refuses_every_changed_byte)
{
    return each_dataset();
}

ParameterizedTest(size_t *number, verify, refuses_every_changed_byte)
{
    const struct shm_test_dataset *test = &shm_test_datasets[*number];
    const struct shm_test_image image = shm_test_image_make(test->schema, 2, 1);
    for (size_t at = 0; at < image.size; at++) {
        const unsigned char old = image.bytes[at];
        const unsigned char changed[] = {old ^ 1, old ^ 0x80, 0, 0xff};
        for (size_t i = 0; i < sizeof changed; i++) {
            if (changed[i] == old) {
                continue;
            }
            image.bytes[at] = changed[i];
            cr_assert_neq(verify(&image, NULL), SHM_OK, "%s: byte %zu: %u passes for %u",
                          test->name, at, changed[i], old);
        }
        image.bytes[at] = old;
    }
    cr_assert_eq(verify(&image, NULL), SHM_OK);
    free(image.bytes);
}

ParameterizedTestParameters(verify, survives_want_of_memory)
{
    return each_dataset();
}

ParameterizedTest(size_t *number, verify, survives_want_of_memory)
{
    const struct shm_test_dataset *test = &shm_test_datasets[*number];
    const struct shm_test_image image = shm_test_image_make(test->schema, 3, 1);
    bool failed = true;
    for (uint64_t nth = 0; failed; nth++) {
        shm_test_fail_allocation(nth);
        const shm_status status = verify(&image, NULL);
        failed = shm_test_allow_allocations();
        cr_assert_eq(status, failed ? SHM_NO_MEMORY : SHM_OK, "%s: allocation %zu: %s", test->name,
                     (size_t)nth, shm_status_name(status));
    }
    free(image.bytes);
}
