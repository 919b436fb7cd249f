#include "tests/support/listed.h"

#include <criterion/criterion.h>

#include <stdlib.h>

#include "collections/map/entry_list.h"

shm_status shm_test_listed_entries(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                                   shm_entry_sink *sink, shm_error *error)
{
    const struct shm_test_listed *listed = context;
    (void)seed;
    return shm_entry_sink_add(sink, listed->list + first, end - first, error);
}

shm_status shm_test_look_away(void *context, uint64_t partition, struct shm_entry_list *list,
                              shm_error *error)
{
    (void)context, (void)partition, (void)list, (void)error;
    return SHM_OK;
}

struct shm_test_listed *shm_test_listed_new(const uint64_t *hashes, uint64_t count, uint64_t rows)
{
    shm_error error;
    struct shm_test_listed *listed = calloc(1, sizeof *listed);
    listed->count = count;
    listed->list = malloc((size_t)(count + 1) * sizeof *listed->list);
    for (uint64_t i = 0; i < count; i++) {
        listed->list[i] = (shm_entry){hashes[i], i * rows};
    }
    shm_workers_open(2, &listed->workers);
    listed->budget = (shm_budget){.left = 100 << 10};
    listed->entries = (shm_entries){
        .source = {shm_test_listed_entries, listed, count, 100},
        .workers = &listed->workers,
        .budget = &listed->budget,
    };
    cr_assert_eq(shm_entries_count(&listed->entries, &error), SHM_OK);
    cr_assert_eq(listed->entries.count, count);
    cr_assert_eq(shm_entries_open(&listed->entries, UINT64_MAX, &error), SHM_OK);
    cr_assert_eq(shm_entries_gather(&listed->entries, 0, &error), SHM_OK);
    cr_assert_eq(shm_entries_sort(&listed->entries, shm_test_look_away, NULL, &error), SHM_OK);
    shm_entry_list_sort(listed->list, count);
    return listed;
}

void shm_test_listed_close(struct shm_test_listed *listed)
{
    shm_entries_close(&listed->entries);
    shm_workers_close(&listed->workers);
    cr_assert_eq(listed->budget.left, 100 << 10, "all of the budget is given back");
    free(listed->list);
    free(listed);
}
