/* listed.h — sorted entries of a list of hashes, without rows around them. */
#ifndef SHM_TESTS_SUPPORT_LISTED_H
#define SHM_TESTS_SUPPORT_LISTED_H

#include "collections/map/entries.h"

/* In partitions of 64: a map of a few pages has several. */
struct shm_test_listed {
    shm_entry *list; /* by hash */
    uint64_t count;
    shm_workers workers;
    shm_budget budget;
    shm_entries entries;
};

/* `rows` is 0 or 1: the row of each is its place in the list times that. */
struct shm_test_listed *shm_test_listed_new(const uint64_t *hashes, uint64_t count, uint64_t rows);

/* The `list` of a source whose context is a listed: its list. */
shm_status shm_test_listed_entries(const void *context, uint64_t first, uint64_t end, uint64_t seed,
                                   shm_entry_sink *sink, shm_error *error);

/* An shm_entries_look. */
shm_status shm_test_look_away(void *context, uint64_t partition, struct shm_entry_list *list,
                              shm_error *error);

void shm_test_listed_close(struct shm_test_listed *listed);

#endif
