/* test_property.c — whatever the schema and the rows: what is read is what was put, and equal data
 * make equal bytes.  $SHM_TEST_SEEDS says how many seeds; each failure names its seed. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/build.h"
#include "tests/support/random_rows.h"

enum { ROW_LIMIT = 1000, SEED_COUNT = 300, FEW_SEEDS = 80 };

Test(property, what_is_read_is_what_was_put)
{
    const uint64_t seeds = shm_test_seed_count(SEED_COUNT);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        shm_test_subject subject;
        char why[1024];
        shm_test_subject_open(seed, ROW_LIMIT, &subject);
        cr_assert(shm_test_model_is(subject.model, subject.dataset, why, sizeof why),
                  "seed %" PRIu64 ": %s", seed, why);
        shm_test_subject_close(&subject);
    }
}

static void build_again(const shm_test_subject *subject, const shm_test_build *build,
                        const char *how)
{
    struct shm_test_image image = shm_test_model_build(subject->model, build);
    cr_assert(image.size == subject->image.size &&
                  memcmp(image.bytes, subject->image.bytes, image.size) == 0,
              "seed %" PRIu64 ": other bytes when built %s", subject->seed, how);
    free(image.bytes);
}

Test(property, order_memory_and_threads_of_a_build_leave_no_trace)
{
    const uint64_t seeds = shm_test_seed_count(FEW_SEEDS);
    for (uint64_t seed = 1000; seed < 1000 + seeds; seed++) {
        shm_test_subject subject;
        shm_test_subject_open(seed, ROW_LIMIT, &subject);
        build_again(&subject, &(shm_test_build){.order = seed}, "in mixed order");
        build_again(&subject, &(shm_test_build){.memory_bytes = 1}, "with little memory");
        build_again(&subject, &(shm_test_build){.whole = true}, "from whole lists");
        build_again(&subject, &(shm_test_build){.jobs = 1}, "by one thread");
        build_again(&subject, &(shm_test_build){.memory_bytes = 1, .jobs = 2}, "by two threads");
        build_again(&subject, &(shm_test_build){.memory_bytes = 1 << 14, .jobs = 3}, "by three");
        build_again(
            &subject,
            &(shm_test_build){.order = seed + 1, .memory_bytes = 1 << 16, .jobs = 7, .whole = true},
            "in all these ways");
        shm_test_subject_close(&subject);
    }
}

/* Whether rows of the collection may be put twice. */
static bool takes_repeats(const shm_schema *schema, const shm_collection *rows)
{
    for (size_t i = 0; i < schema->dataset->collection_count; i++) {
        const shm_collection *index = &schema->dataset->collections[i];
        if (index->table == rows && index->kind == SHM_INDEX) {
            return false;
        }
    }
    return rows->kind == SHM_TABLE || rows->kind == SHM_MULTIMAP;
}

static uint64_t heap_bytes(const shm_dataset *dataset, const char *collection)
{
    for (size_t i = 0; i < shm_dataset_section_count(dataset); i++) {
        const shm_section_info section = shm_dataset_section(dataset, i);
        if (strcmp(section.kind, "heap") == 0 && section.collection != NULL &&
            strcmp(section.collection, collection) == 0) {
            return section.size;
        }
    }
    return 0;
}

/* Every row twice, the second time from whole lists. */
static struct shm_test_image build_repeated(const shm_test_subject *subject)
{
    shm_builder *builder = shm_test_model_put(subject->model, &(shm_test_build){.order = 0});
    for (size_t i = 0; i < subject->schema->dataset->collection_count; i++) {
        const shm_test_rows *rows = &subject->model->collections[i];
        for (uint64_t row = 0; row < rows->count; row++) {
            if (takes_repeats(subject->schema, rows->collection)) {
                shm_test_put_row(builder, rows, row, true);
            }
        }
    }
    return shm_test_finish(builder);
}

Test(property, rows_that_are_repeated_add_nothing_to_the_heap)
{
    const uint64_t seeds = shm_test_seed_count(FEW_SEEDS);
    uint64_t heaps = 0;
    for (uint64_t seed = 2000; seed < 2000 + seeds; seed++) {
        shm_test_subject subject;
        shm_test_subject_open(seed, ROW_LIMIT, &subject);
        struct shm_test_image image = build_repeated(&subject);
        shm_dataset *dataset = shm_test_open(&image, NULL);
        for (size_t i = 0; i < subject.schema->dataset->collection_count; i++) {
            const shm_collection *collection = &subject.schema->dataset->collections[i];
            const uint64_t bytes = heap_bytes(subject.dataset, collection->name);
            heaps += bytes > 0 && takes_repeats(subject.schema, collection);
            cr_assert_eq(heap_bytes(dataset, collection->name), bytes,
                         "seed %" PRIu64 ": the heap of %s", seed, collection->name);
        }
        shm_dataset_close(dataset);
        free(image.bytes);
        shm_test_subject_close(&subject);
    }
    cr_assert_gt(heaps, 0, "no heap was looked at");
}
