/* lookups.c — see lookups.h. */
#include "lookups.h"

#include <stdio.h>
#include <stdlib.h>

#include "lmdb_peer.h"
#include "workers.h"

enum { ROUND_COUNT = 9 };

/* The names of all packages in a random order that is the same in every run. */
static shm_string *shuffled_names(const packages_dataset *dataset, uint64_t count)
{
    shm_string *names = malloc((count + 1) * sizeof *names);
    uint64_t state = 1;
    for (uint64_t i = 0; names != NULL && i < count; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        const uint64_t other = (state >> 33) % (i + 1);
        names[i] = names[other];
        names[other] = packages_package_name(packages_packages_at(dataset, i));
    }
    return names;
}

static uint64_t find_in_image(const packages_dataset *dataset, const shm_string *names,
                              uint64_t count)
{
    uint64_t sum = 0;
    for (uint64_t i = 0; i < count; i++) {
        const packages_package *row;
        packages_by_name_range found = packages_by_name_find(dataset, names[i]);
        if (packages_by_name_next(&found, &row)) {
            sum += packages_packages_row_number(dataset, row);
        }
    }
    return sum;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool measure(const packages_dataset *dataset, struct lmdb_peer *lmdb,
                    const struct heap_copy *heap, const shm_string *names,
                    struct lookup_figures *figures)
{
    double rounds[LOOKUP_PEER_COUNT][ROUND_COUNT];
    const uint64_t count = figures->key_count;
    bool agree = true;
    for (int round = 0; round < ROUND_COUNT; round++) {
        const double start = seconds_now();
        const uint64_t in_image = find_in_image(dataset, names, count);
        const double image_end = seconds_now();
        const uint64_t in_heap = heap_copy_find_all(heap, names, count);
        const double heap_end = seconds_now();
        const uint64_t in_lmdb = lmdb_peer_find_all(lmdb, names, count);
        const double lmdb_end = seconds_now();
        rounds[LOOKUP_IMAGE][round] = (double)count / (image_end - start);
        rounds[LOOKUP_HEAP][round] = (double)count / (heap_end - image_end);
        rounds[LOOKUP_LMDB][round] = (double)count / (lmdb_end - heap_end);
        agree = agree && in_image == in_heap && in_lmdb == in_image;
    }
    for (int peer = 0; peer < LOOKUP_PEER_COUNT; peer++) {
        qsort(rounds[peer], ROUND_COUNT, sizeof rounds[peer][0], by_size);
        figures->per_second[peer] = rounds[peer][ROUND_COUNT / 2];
    }
    return agree;
}

bool lookups_measure(const packages_dataset *dataset, const char *folder,
                     struct lookup_figures *figures)
{
    *figures = (struct lookup_figures){.key_count = packages_packages_count(dataset)};
    shm_string *names = shuffled_names(dataset, figures->key_count);
    struct heap_copy *heap = heap_copy_open(dataset);
    struct lmdb_peer *lmdb = lmdb_peer_open(folder, dataset);
    bool ok = names != NULL && heap != NULL && lmdb != NULL;
    if (ok && !measure(dataset, lmdb, heap, names, figures)) {
        fprintf(stderr, "shm demo: the peers found other rows than the image\n");
        ok = false;
    }
    if (lmdb != NULL) {
        lmdb_peer_close(lmdb);
    }
    if (heap != NULL) {
        heap_copy_close(heap);
    }
    free(names);
    return ok;
}
