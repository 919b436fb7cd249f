/* describe.c — what an open dataset consists of. */
#include "collections/dataset/dataset.h"

const shm_schema *shm_dataset_schema(const shm_dataset *dataset)
{
    return dataset->schema;
}

const shm_schema *shm_dataset_stored_schema(const shm_dataset *dataset)
{
    return dataset->stored.schema;
}

bool shm_dataset_is_exact(const shm_dataset *dataset)
{
    return dataset->exact;
}

uint64_t shm_dataset_size(const shm_dataset *dataset)
{
    return dataset->view.size;
}

bool shm_dataset_is_verified(const shm_dataset *dataset)
{
    return dataset->verified;
}

shm_status shm_dataset_pages(const shm_dataset *dataset, shm_pages_info *info, shm_error *error)
{
    struct shm_view_pages pages;
    const shm_status status = shm_view_pages_read(&dataset->view, &pages, error);
    if (status == SHM_OK) {
        *info = (shm_pages_info){pages.mapped, pages.resident, pages.huge};
    }
    return status;
}

/* The stored collection; NULL if the image has none, or the schema neither. */
static const struct shm_bound_collection *bound(const shm_dataset *dataset, uint32_t collection)
{
    const bool known = collection < dataset->schema->dataset->collection_count;
    return known ? dataset->collections[collection] : NULL;
}

shm_table shm_dataset_table(const shm_dataset *dataset, uint32_t collection)
{
    const struct shm_bound_collection *found = bound(dataset, collection);
    const shm_table none = {.stride = 1}; /* row numbers may be asked of it */
    return found == NULL ? none : found->table;
}

/* The lines of maps without entries, of either width, dense or not: the keys of the first one are
 * sought in the second, and those of the second, 0, in the first. */
static void set_empty_lines(shm_placed *map)
{
    static const _Alignas(SHM_PLACED_LINE_BYTES)
        uint32_t lines[32] = {30, 30, 30, 30, 30, 30, 30, 30};
    static const unsigned char pilots[1] = {1};
    map->lines = (const unsigned char *)lines;
    map->line_count = 2;
    map->seed = 0;
    if (map->pilots != NULL || map->width == 0) {
        map->pilots = pilots;
        map->pilot_count = 1;
        map->region_lines = 2;
        map->region_pilot_bits = 0;
    }
}

shm_placed shm_dataset_placed(const shm_dataset *dataset, uint32_t collection)
{
    const struct shm_bound_collection *found = bound(dataset, collection);
    shm_placed placed = {0};
    if (found != NULL && found->index != NULL) {
        placed = found->index->placed;
    }
    if (placed.entry_count == 0) {
        set_empty_lines(&placed);
    }
    return placed;
}

uint64_t shm_dataset_row_count(const shm_dataset *dataset, uint32_t collection)
{
    const struct shm_bound_collection *found = bound(dataset, collection);
    if (found == NULL) {
        return 0;
    }
    return found->index != NULL && found->index->is_placed ? found->index->entry_count
                                                           : found->table.count;
}

const shm_index *shm_dataset_index(const shm_dataset *dataset, uint32_t collection)
{
    const struct shm_bound_collection *found = bound(dataset, collection);
    return found == NULL ? NULL : found->index;
}

bool shm_dataset_tensor(const shm_dataset *dataset, uint32_t collection, shm_tensor *tensor)
{
    const shm_dataset_type *program = dataset->schema->dataset;
    if (collection >= program->collection_count ||
        program->collections[collection].kind != SHM_TENSOR_OF) {
        return false;
    }
    *tensor = (shm_tensor){.ndim = 1};
    const struct shm_bound_collection *found = dataset->collections[collection];
    if (found != NULL) {
        const struct shm_section_entry *entry = found->tensor;
        const unsigned char *bytes = shm_section_bytes(&dataset->stored.image, entry);
        tensor->data = bytes;
        tensor->ndim = (size_t)entry->parameter;
        tensor->shape = (const void *)(bytes + entry->size - 8 * entry->parameter);
        tensor->count = (size_t)entry->count;
    }
    return true;
}

const shm_bound_field *shm_dataset_bound_fields(const shm_dataset *dataset, uint32_t type_id)
{
    return type_id < dataset->schema->type_count ? dataset->bound_fields[type_id] : NULL;
}

size_t shm_dataset_section_count(const shm_dataset *dataset)
{
    return dataset->stored.image.section_count;
}

shm_section_info shm_dataset_section(const shm_dataset *dataset, size_t i)
{
    const struct shm_section_entry *entry = &dataset->stored.image.sections[i];
    const shm_dataset_type *stored = dataset->stored.schema->dataset;
    const shm_section_info info = {
        .kind = shm_section_kind_name(entry->kind),
        .collection = entry->collection < stored->collection_count
                          ? stored->collections[entry->collection].name
                          : NULL,
        .offset = entry->offset,
        .size = entry->size,
        .checksum = entry->checksum,
        .bytes = shm_section_bytes(&dataset->stored.image, entry),
    };
    return info;
}
