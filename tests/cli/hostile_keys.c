/* hostile_keys.c — writes rows whose keys are chosen not to fit an index, as JSON Lines.
 *
 *     hostile_keys SCHEMA COLLECTION FIELD SEEDS     keys that spoil so many seeds of the index */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/hostile.h"

enum { SEED_COUNT_MAX = 16 };

int main(int argc, char **argv)
{
    uint64_t keys[SEED_COUNT_MAX * SHM_TEST_KEYS_OF_SEED + 1];
    const shm_schema *schema = NULL;
    shm_error error;
    if (argc != 5) {
        fprintf(stderr, "usage: hostile_keys SCHEMA COLLECTION FIELD SEEDS\n");
        return 2;
    }
    const unsigned long seeds = strtoul(argv[4], NULL, 10);
    if (seeds > SEED_COUNT_MAX ||
        shm_schema_parse_file(argv[1], NULL, NULL, &schema, &error) != SHM_OK) {
        fprintf(stderr, "%s\n", seeds > SEED_COUNT_MAX ? "too many seeds" : error.text);
        return 1;
    }
    const shm_collection *index = shm_schema_collection(schema, argv[2]);
    const size_t count =
        index == NULL ? 0 : shm_test_hostile_keys(schema, index->number, (unsigned)seeds, keys, 0);
    for (size_t i = 0; i < count; i++) {
        printf("{\"%s\":%" PRIu64 "}\n", argv[3], keys[i]);
    }
    shm_schema_free(schema);
    return 0;
}
