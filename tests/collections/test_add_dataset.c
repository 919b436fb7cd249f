/* test_add_dataset.c — images that are merged are what one build of all their rows gives. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/build.h"
#include "tests/support/random_shards.h"

enum { ROW_LIMIT = 300, SEED_COUNT = 200, FIRST_SEED = 7000 };

static void expect_same(const struct shm_test_image *got, const struct shm_test_image *wanted,
                        const char *what)
{
    cr_expect(got->size == wanted->size && memcmp(got->bytes, wanted->bytes, got->size) == 0,
              "%s: other bytes", what);
}

static struct shm_test_image merge(const shm_schema *schema, const struct shm_test_image *images,
                                   size_t count)
{
    shm_builder *builder = shm_test_builder(schema);
    for (size_t i = 0; i < count; i++) {
        shm_error error;
        shm_dataset *dataset = shm_test_open(&images[i], NULL);
        cr_assert_eq(shm_builder_add_dataset(builder, dataset, &error), SHM_OK, "%s", error.text);
        shm_dataset_close(dataset);
    }
    return shm_test_finish(builder);
}

Test(add_dataset, merged_images_are_what_one_build_gives)
{
    const uint64_t seeds = shm_test_seed_count(SEED_COUNT);
    uint64_t parted = 0;
    for (uint64_t seed = FIRST_SEED; seed < FIRST_SEED + seeds; seed++) {
        shm_test_subject subject;
        shm_test_shards shards;
        shm_test_subject_open(seed, ROW_LIMIT, &subject);
        shm_test_shards_make(subject.model, 2 + seed % 2, &shards);
        parted += shards.count > 1;
        struct shm_test_image merged = merge(subject.schema, shards.images, shards.count);
        cr_assert(merged.size == shards.whole.size &&
                      memcmp(merged.bytes, shards.whole.bytes, merged.size) == 0,
                  "seed %" PRIu64 ": %zu shards merge into other bytes", seed, shards.count);
        free(merged.bytes);
        shm_test_shards_free(&shards);
        shm_test_subject_close(&subject);
    }
    cr_expect_gt(parted, seeds / 3, "most are dealt out to several");
}

Test(add_dataset, one_image_comes_out_as_it_was)
{
    for (size_t i = 0; i < shm_test_dataset_count; i++) {
        const shm_schema *schema = shm_test_schema(shm_test_datasets[i].schema);
        struct shm_test_image image = shm_test_image_make(shm_test_datasets[i].schema, 40, i);
        struct shm_test_image again = merge(schema, &image, 1);
        expect_same(&again, &image, shm_test_datasets[i].name);
        free(image.bytes);
        free(again.bytes);
        shm_schema_free(schema);
    }
}

/* ---- what differs from a plain copy ---- */

static const char linked[] = "record R { id: u32; next: ref<R>?; }\n"
                             "dataset D { rows: array<R>; by: index rows by id; seen: set<u8>; "
                             "names: map<string, u8>; t: tensor<u16>; }";

/* A row whose id is `id`, leading to row `next`; UINT64_MAX: to none. */
static void put_row(shm_builder *builder, uint64_t id, uint64_t next)
{
    shm_builder_row_begin(builder, 0);
    shm_put_uint(builder, id);
    if (next == UINT64_MAX) {
        shm_put_absent(builder);
    } else {
        shm_put_uint(builder, next);
    }
    shm_test_row_end(builder);
}

static void put_seen(shm_builder *builder, uint64_t key)
{
    shm_builder_row_begin(builder, 2);
    shm_put_uint(builder, key);
    shm_test_row_end(builder);
}

static void put_name(shm_builder *builder, const char *key)
{
    shm_builder_row_begin(builder, 3);
    shm_put_text(builder, shm_string_of(key, strlen(key)));
    shm_put_uint(builder, 1);
    shm_test_row_end(builder);
}

static void put_tensor(shm_builder *builder, const uint64_t *shape, size_t ndim)
{
    static const uint16_t elements[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    uint64_t count = 1;
    shm_error error;
    for (size_t i = 0; i < ndim; i++) {
        count *= shape[i];
    }
    cr_assert_eq(shm_builder_tensor_begin(builder, 4, shape, ndim, &error), SHM_OK);
    cr_assert_eq(shm_builder_tensor_add(builder, 4, elements, count, &error), SHM_OK);
}

/* What adding the image to a builder that has put `before` answers. */
static shm_status add(shm_builder *builder, const struct shm_test_image *image, shm_error *error)
{
    shm_dataset *dataset = shm_test_open(image, NULL);
    const shm_status status = shm_builder_add_dataset(builder, dataset, error);
    shm_dataset_close(dataset);
    return status;
}

Test(add_dataset, references_shift_by_the_rows_that_were_there)
{
    const shm_schema *schema = shm_test_schema(linked);
    shm_builder *builder = shm_test_builder(schema);
    put_row(builder, 10, 1);
    put_row(builder, 11, UINT64_MAX);
    struct shm_test_image image = shm_test_finish(builder);
    shm_error error;

    builder = shm_test_builder(schema);
    put_row(builder, 1, 0);
    cr_assert_eq(add(builder, &image, &error), SHM_OK);
    put_row(builder, 2, 2);
    struct shm_test_image merged = shm_test_finish(builder);

    shm_dataset *dataset = shm_test_open(&merged, NULL);
    static const uint64_t wanted[] = {0, 2, UINT64_MAX, 2};
    for (uint64_t row = 0; row < 4; row++) {
        shm_value value;
        shm_value next;
        cr_assert(shm_dataset_row(dataset, 0, row, &value));
        const bool leads = shm_value_field(&value, 1, &next) == SHM_PRESENT;
        cr_expect_eq(leads ? shm_value_word(&next) : UINT64_MAX, wanted[row]);
    }
    shm_dataset_close(dataset);
    free(image.bytes);
    free(merged.bytes);
    shm_schema_free(schema);
}

Test(add_dataset, a_set_element_that_is_there_counts_once)
{
    const shm_schema *schema = shm_test_schema(linked);
    shm_builder *builder = shm_test_builder(schema);
    put_seen(builder, 7);
    put_seen(builder, 8);
    struct shm_test_image image = shm_test_finish(builder);
    struct shm_test_image merged = merge(schema, (struct shm_test_image[]){image, image}, 2);
    expect_same(&merged, &image, "the set with itself");
    free(image.bytes);
    free(merged.bytes);
    shm_schema_free(schema);
}

static void expect_repeated(const struct shm_test_image *image, const char *text)
{
    const shm_schema *schema = shm_test_schema(linked);
    shm_builder *builder = shm_test_builder(schema);
    shm_error error;
    cr_assert_eq(add(builder, image, &error), SHM_OK);
    cr_assert_eq(add(builder, image, &error), SHM_OK);
    cr_expect_eq(shm_builder_publish(builder, "repeated.img", &error), SHM_DUPLICATE_KEY);
    cr_expect_str_eq(error.text, text);
    shm_builder_close(builder);
    shm_schema_free(schema);
}

Test(add_dataset, repeated_keys_show_when_publishing)
{
    const shm_schema *schema = shm_test_schema(linked);
    shm_builder *builder = shm_test_builder(schema);
    put_row(builder, 42, UINT64_MAX);
    struct shm_test_image image = shm_test_finish(builder);
    expect_repeated(&image, "by: duplicate key 42: rows 0 and 1 of rows");
    free(image.bytes);
    builder = shm_test_builder(schema);
    put_name(builder, "Bern");
    image = shm_test_finish(builder);
    expect_repeated(&image, "names: duplicate key \"Bern\": rows 0 and 1 of names");
    free(image.bytes);
    shm_schema_free(schema);
}

/* ---- tensors ---- */

struct shapes {
    size_t ndims[2];
    uint64_t shapes[2][3];
    const char *text; /* of the failure; NULL: they follow one another */
    uint64_t merged[3];
};

static void expect_tensors(const struct shapes *shapes)
{
    const shm_schema *schema = shm_test_schema(linked);
    shm_builder *merged = shm_test_builder(schema);
    shm_error error = {.status = SHM_OK};
    for (int i = 0; i < 2; i++) {
        shm_builder *builder = shm_test_builder(schema);
        put_tensor(builder, shapes->shapes[i], shapes->ndims[i]);
        struct shm_test_image image = shm_test_finish(builder);
        const bool fails = i == 1 && shapes->text != NULL;
        cr_expect_eq(add(merged, &image, &error), fails ? SHM_INVALID : SHM_OK, "%s", error.text);
        free(image.bytes);
    }
    if (shapes->text != NULL) {
        cr_expect_str_eq(error.text, shapes->text);
        cr_expect_eq(shm_builder_publish(merged, "tensors.img", NULL), SHM_INVALID, "it is kept");
        shm_builder_close(merged);
    } else {
        struct shm_test_image image = shm_test_finish(merged);
        shm_dataset *dataset = shm_test_open(&image, NULL);
        shm_tensor tensor;
        cr_assert(shm_dataset_tensor(dataset, 4, &tensor));
        for (size_t i = 0; i < tensor.ndim; i++) {
            cr_expect_eq(tensor.shape[i], shapes->merged[i]);
        }
        shm_dataset_close(dataset);
        free(image.bytes);
    }
    shm_schema_free(schema);
}

Test(add_dataset, tensors_follow_one_another_along_the_first_axis)
{
    static const struct shapes cases[] = {
        {{1, 1}, {{2}, {3}}, NULL, {5}},
        {{2, 2}, {{1, 4}, {3, 4}}, NULL, {4, 4}},
        {{2, 2}, {{0, 4}, {3, 4}}, NULL, {3, 4}},
        {{1, 2}, {{0}, {3, 4}}, NULL, {3, 4}}, /* never filled */
        {{2, 1}, {{3, 4}, {0}}, NULL, {3, 4}},
        {{2, 2},
         {{1, 4}, {1, 3}},
         "t: a tensor of the shape [1, 3] cannot follow on [1, 4]: only the first dimension may "
         "differ",
         {0}},
        {{1, 2},
         {{4}, {1, 4}},
         "t: a tensor of the shape [1, 4] cannot follow on [4]: only the first dimension may "
         "differ",
         {0}},
        {{0, 0},
         {{0}, {0}},
         "t: a tensor of the shape [] cannot follow on []: only the first dimension may differ",
         {0}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_tensors(&cases[i]);
    }
}

/* ---- schemas ---- */

Test(add_dataset, another_schema_is_refused_and_the_build_goes_on)
{
    const shm_schema *schema = shm_test_schema(linked);
    shm_builder *builder = shm_test_builder(schema);
    struct shm_test_image other =
        shm_test_image_make("record R { id: u32; } dataset D { rows: array<R>; }", 3, 1);
    struct shm_test_image empty = merge(schema, NULL, 0);
    shm_error error;
    cr_expect_eq(add(builder, &other, &error), SHM_SCHEMA_MISMATCH);
    cr_expect_str_eq(error.text,
                     "the dataset is read under another schema than the one that is built");
    struct shm_test_image image = shm_test_finish(builder);
    expect_same(&image, &empty, "nothing was added");
    free(other.bytes);
    free(empty.bytes);
    free(image.bytes);
    shm_schema_free(schema);
}

Test(add_dataset, an_older_image_is_carried_over_into_a_newer_schema)
{
    const shm_schema *newer =
        shm_test_schema("record R { id: u64; name: string; size: u8 = 5; more: [u16]; } "
                        "dataset D { rows: array<R>; }");
    struct shm_test_image old = shm_test_image_make(
        "record R { id: u32; name: string; } dataset D { rows: array<R>; }", 20, 3);
    shm_dataset *dataset = shm_test_open(&old, newer);
    shm_builder *builder = shm_test_builder(newer);
    shm_error error;
    cr_assert_eq(shm_builder_add_dataset(builder, dataset, &error), SHM_OK, "%s", error.text);
    struct shm_test_image image = shm_test_finish(builder);
    shm_dataset *carried = shm_test_open(&image, NULL);
    for (uint64_t row = 0; row < 20; row++) {
        shm_value values[2];
        shm_value fields[2];
        cr_assert(shm_dataset_row(dataset, 0, row, &values[0]));
        cr_assert(shm_dataset_row(carried, 0, row, &values[1]));
        for (size_t field = 0; field < 3; field++) {
            cr_assert_eq(shm_value_field(&values[0], field, &fields[0]), SHM_PRESENT);
            cr_assert_eq(shm_value_field(&values[1], field, &fields[1]), SHM_PRESENT);
            if (field == 1) {
                cr_expect(shm_string_equal(shm_value_text(&fields[0]), shm_value_text(&fields[1])));
            } else {
                cr_expect_eq(shm_value_word(&fields[0]), shm_value_word(&fields[1]));
            }
        }
    }
    shm_dataset_close(carried);
    shm_dataset_close(dataset);
    free(image.bytes);
    free(old.bytes);
    shm_schema_free(newer);
}

Test(add_dataset, it_does_not_begin_inside_a_row)
{
    const shm_schema *schema = shm_test_schema(linked);
    shm_builder *builder = shm_test_builder(schema);
    put_row(builder, 1, UINT64_MAX);
    struct shm_test_image image = shm_test_finish(builder);
    shm_error error;
    builder = shm_test_builder(schema);
    shm_builder_row_begin(builder, 0);
    cr_expect_eq(add(builder, &image, &error), SHM_INVALID);
    cr_expect_str_eq(error.text, "a row begins before the last one ended");
    shm_builder_close(builder);
    free(image.bytes);
    shm_schema_free(schema);
}
