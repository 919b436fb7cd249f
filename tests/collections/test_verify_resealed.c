/* Damage behind the checksums: an image with any one byte changed and every checksum recomputed is
 * refused, or can be read to its end. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>

#include <shm/dataset.h>

#include "tests/support/images.h"
#include "tests/support/read_everything.h"

enum { STEPS = 3000, ROWS = 3 };

static void read_if_verified(const struct shm_test_image *image)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset;
    shm_error error;
    if (shm_dataset_open_memory(image->bytes, image->size, &options, &dataset, &error) == SHM_OK) {
        (void)shm_test_read_everything(dataset, STEPS, true);
        shm_dataset_close(dataset);
        return;
    }
    cr_assert_neq(error.text[0], '\0');
}

static struct criterion_test_params each_dataset(void)
{
    static size_t numbers[64];
    for (size_t i = 0; i < shm_test_dataset_count; i++) {
        numbers[i] = i;
    }
    return cr_make_param_array(size_t, numbers, shm_test_dataset_count);
}

ParameterizedTestParameters(verify_resealed, any_changed_byte_is_refused_or_harmless)
{
    return each_dataset();
}

ParameterizedTest(size_t *number, verify_resealed, any_changed_byte_is_refused_or_harmless)
{
    const struct shm_test_image image =
        shm_test_image_make(shm_test_datasets[*number].schema, ROWS, 2);
    struct shm_test_image changed = shm_test_image_copy(image.bytes, image.size);
    for (size_t at = 0; at < image.size; at++) {
        const unsigned char old = image.bytes[at];
        const unsigned char values[] = {old ^ 1, old ^ 0x80, 0, 0xff};
        for (size_t i = 0; i < sizeof values; i++) {
            if (values[i] == old) {
                continue;
            }
            memcpy(changed.bytes, image.bytes, image.size);
            changed.bytes[at] = values[i];
            /* Fails where the byte places the directory: opening must see that, too. */
            const shm_status resealed = shm_image_reseal_memory(changed.bytes, changed.size, NULL);
            (void)resealed;
            read_if_verified(&changed);
        }
    }
    free(changed.bytes);
    free(image.bytes);
}
