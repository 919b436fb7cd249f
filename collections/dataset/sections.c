/* sections.c — the order of an image's sections. */
#include "collections/dataset/sections.h"

bool shm_collection_has_rows(const shm_collection *collection)
{
    return collection->kind == SHM_TABLE || collection->kind == SHM_MAP ||
           collection->kind == SHM_MULTIMAP || collection->kind == SHM_SET_OF;
}

bool shm_collection_has_index(const shm_collection *collection)
{
    return collection->kind != SHM_TABLE && collection->kind != SHM_TENSOR_OF;
}

bool shm_collection_is_unique(const shm_collection *collection)
{
    return collection->kind == SHM_INDEX || collection->kind == SHM_MAP ||
           collection->kind == SHM_SET_OF;
}

bool shm_collection_has_fragments(const shm_collection *collection)
{
    return collection->kind == SHM_APPROXIMATE ||
           (collection->is_min && collection->placed_width == 0);
}

struct plan {
    struct shm_planned_section *sections; /* NULL: only counts */
    size_t count;
};

static void add(struct plan *plan, enum shm_section_kind kind, uint32_t collection)
{
    if (plan->sections != NULL) {
        plan->sections[plan->count].kind = kind;
        plan->sections[plan->count].collection = collection;
    }
    plan->count++;
}

size_t shm_sections_plan(const shm_dataset_type *dataset, struct shm_planned_section *sections)
{
    struct plan plan = {.sections = sections};
    add(&plan, SHM_SECTION_SCHEMA, SHM_NO_COLLECTION);
    for (uint32_t i = 0; i < dataset->collection_count; i++) {
        const shm_collection *collection = &dataset->collections[i];
        if (collection->placed_width != 0) {
            continue; /* its entries stand in its lines */
        }
        if (shm_collection_has_rows(collection)) {
            add(&plan, SHM_SECTION_HEAP, i);
            add(&plan, SHM_SECTION_ROWS, i);
        } else if (collection->kind == SHM_TENSOR_OF) {
            add(&plan, SHM_SECTION_TENSOR, i);
        }
    }
    for (uint32_t i = 0; i < dataset->collection_count; i++) {
        const shm_collection *collection = &dataset->collections[i];
        if (shm_collection_has_fragments(collection)) {
            add(&plan, SHM_SECTION_BUCKETS, i);
            add(&plan, SHM_SECTION_FRAGMENTS, i);
        } else if (collection->placed_width != 0) {
            add(&plan, SHM_SECTION_PLACED, i);
            if (collection->is_min) {
                add(&plan, SHM_SECTION_PILOTS, i);
            }
        } else if (collection->kind == SHM_SORTED) {
            add(&plan, SHM_SECTION_SORTED, i);
        } else if (shm_collection_has_index(collection)) {
            add(&plan, SHM_SECTION_LINES, i);
            if (!shm_collection_is_unique(collection)) {
                add(&plan, SHM_SECTION_GROUPS, i);
            }
        }
    }
    return plan.count;
}
