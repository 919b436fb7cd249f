#include "schema/model/schema.h"

#include <stdlib.h>
#include <string.h>

void shm_schema_free(const shm_schema *schema)
{
    union {
        const shm_schema *schema;
        shm_schema_owner *owner;
    } same = {.schema = schema};
    if (schema == NULL)
        return;
    shm_arena_close(&same.owner->arena);
    free(same.owner);
}

const shm_collection *shm_schema_collection(const shm_schema *schema, const char *name)
{
    const shm_dataset_type *dataset = schema->dataset;
    for (size_t i = 0; dataset != NULL && i < dataset->collection_count; i++) {
        if (strcmp(dataset->collections[i].name, name) == 0)
            return &dataset->collections[i];
    }
    return NULL;
}
