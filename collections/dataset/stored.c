/* stored.c — binding an image to the schema it holds: frame, schema, sections, indexes. */
#include "collections/dataset/dataset.h"

#include <inttypes.h>
#include <string.h>

#include "collections/dataset/sections.h"
#include <shm/builder.h>

#include "libshm/error.h"

static uint64_t entry_offset(const shm_image *image, const struct shm_section_entry *entry)
{
    return (uint64_t)((const unsigned char *)entry - image->base);
}

/* I6: the schema section holds canonical text, and the header its fingerprint. */
static shm_status bind_schema(shm_stored *stored, shm_error *error)
{
    const shm_image *image = &stored->image;
    const struct shm_section_entry *section = &image->sections[0];
    const uint64_t offset = section->offset;
    if (section->kind != SHM_SECTION_SCHEMA || section->collection != SHM_NO_COLLECTION ||
        section->version != 1 || (section->count | section->stride | section->parameter) != 0) {
        return shm_fail_at(error, SHM_CORRUPT, SHM_IMAGE_HEADER_BYTES,
                           "corrupt image: its first section is not a schema");
    }
    const char *text = (const char *)shm_section_bytes(image, section);
    shm_error reason;
    shm_status status =
        shm_schema_parse(text, section->size, "schema", NULL, &stored->schema, &reason);
    if (status == SHM_NO_MEMORY) {
        return shm_fail_memory(error);
    }
    if (status != SHM_OK) {
        return shm_fail_at(error, SHM_CORRUPT, offset,
                           "corrupt image: its schema cannot be read: %s", reason.text);
    }
    const shm_schema *schema = stored->schema;
    if (schema->dataset == NULL) {
        return shm_fail_at(error, SHM_CORRUPT, offset,
                           "corrupt image: its schema declares no dataset");
    }
    if (!shm_string_equal(schema->text, shm_string_of(text, section->size))) {
        return shm_fail_at(error, SHM_CORRUPT, offset,
                           "corrupt image: its schema is not in canonical form");
    }
    if (memcmp(schema->fingerprint, image->header->fingerprint, sizeof schema->fingerprint) != 0) {
        return shm_fail_at(error, SHM_CORRUPT, offset,
                           "corrupt image: the fingerprint is not that of its schema");
    }
    return SHM_OK;
}

/* Do the size and the counts of the entry agree?  Those of indexes are shm_index_bind's. */
static bool entry_fits(const struct shm_section_entry *entry, const shm_collection *collection)
{
    uint64_t bytes;
    switch (entry->kind) {
    case SHM_SECTION_HEAP:
        return entry->size % 8 == 0 && (entry->count | entry->stride | entry->parameter) == 0;
    case SHM_SECTION_ROWS:
        return entry->stride == collection->record->row_size && entry->parameter == 0 &&
               !__builtin_mul_overflow(entry->count, entry->stride, &bytes) && bytes == entry->size;
    case SHM_SECTION_TENSOR:
        /* T2; ndim is small, and the rounding cannot overflow as the product is checked first. */
        return entry->stride == collection->element->size &&
               entry->parameter <= SHM_TENSOR_NDIM_MAX &&
               !__builtin_mul_overflow(entry->count, entry->stride, &bytes) &&
               bytes <= entry->size &&
               entry->size == ((bytes + 7) & ~UINT64_C(7)) + 8 * entry->parameter;
    default:
        return true;
    }
}

static const struct shm_section_entry **entry_place(struct shm_bound_collection *bound,
                                                    enum shm_section_kind kind)
{
    switch (kind) {
    case SHM_SECTION_HEAP:
        return &bound->heap;
    case SHM_SECTION_ROWS:
        return &bound->rows;
    case SHM_SECTION_TENSOR:
        return &bound->tensor;
    case SHM_SECTION_LINES:
    case SHM_SECTION_BUCKETS:
    case SHM_SECTION_SORTED:
    case SHM_SECTION_PLACED:
        return &bound->lines;
    default:
        return &bound->groups;
    }
}

/* Kinds that came with a later minor version are not ours to read. */
static bool is_foreign(const shm_image *image, const struct shm_section_entry *entry)
{
    return entry->kind > SHM_SECTION_PILOTS &&
           image->header->version_minor > SHM_IMAGE_VERSION_MINOR;
}

static shm_status bind_section(shm_stored *stored, const struct shm_planned_section *planned,
                               const struct shm_section_entry *entry, shm_error *error)
{
    const shm_collection *collection = &stored->schema->dataset->collections[planned->collection];
    if (entry->kind != planned->kind || entry->collection != planned->collection ||
        entry->version != 1) {
        return shm_fail_at(error, SHM_CORRUPT, entry_offset(&stored->image, entry),
                           "corrupt image: the %s of %s should stand here",
                           shm_section_kind_name(planned->kind), collection->name);
    }
    if (!entry_fits(entry, collection)) {
        return shm_fail_at(error, SHM_CORRUPT, entry_offset(&stored->image, entry),
                           "corrupt image: the size of the %s of %s does not fit what they hold",
                           shm_section_kind_name(planned->kind), collection->name);
    }
    struct shm_bound_collection *bound = &stored->collections[planned->collection];
    *entry_place(bound, planned->kind) = entry;
    if (planned->kind == SHM_SECTION_ROWS && entry->count > 0) {
        bound->table.rows = shm_section_bytes(&stored->image, entry);
        bound->table.count = entry->count;
    }
    return SHM_OK;
}

/* I5: exactly the sections that the schema asks for, in their order. */
static shm_status bind_sections(shm_stored *stored, shm_error *error)
{
    const shm_image *image = &stored->image;
    const shm_dataset_type *dataset = stored->schema->dataset;
    const size_t bound = 1 + SHM_COLLECTION_SECTIONS_MAX * dataset->collection_count;
    struct shm_planned_section *plan = shm_arena_alloc_array(&stored->arena, bound, sizeof *plan);
    if (plan == NULL) {
        return shm_fail_memory(error);
    }
    const size_t planned_count = shm_sections_plan(dataset, plan);
    size_t next = 1;
    for (uint32_t i = 1; i < image->section_count; i++) {
        const struct shm_section_entry *entry = &image->sections[i];
        if (is_foreign(image, entry)) {
            continue;
        }
        if (next == planned_count) {
            return shm_fail_at(error, SHM_CORRUPT, entry_offset(image, entry),
                               "corrupt image: it has more sections than its schema asks for");
        }
        const shm_status status = bind_section(stored, &plan[next++], entry, error);
        if (status != SHM_OK) {
            return status;
        }
    }
    if (next != planned_count) {
        return shm_fail_at(error, SHM_CORRUPT, SHM_IMAGE_HEADER_BYTES,
                           "corrupt image: it has fewer sections than its schema asks for");
    }
    return SHM_OK;
}

static shm_status bind_indexes(shm_stored *stored, shm_error *error)
{
    const shm_dataset_type *dataset = stored->schema->dataset;
    for (size_t i = 0; i < dataset->collection_count; i++) {
        const shm_collection *collection = &dataset->collections[i];
        struct shm_bound_collection *bound = &stored->collections[i];
        if (!shm_collection_has_index(collection)) {
            continue;
        }
        if (collection->table != NULL) {
            bound->table = stored->collections[collection->table->number].table;
        }
        bound->index = shm_arena_alloc(&stored->arena, sizeof *bound->index);
        if (bound->index == NULL) {
            return shm_fail_memory(error);
        }
        const shm_status status =
            shm_index_bind(&stored->image, collection, bound->table, bound->lines, bound->groups,
                           &stored->arena, bound->index, error);
        if (status != SHM_OK) {
            return status;
        }
        const shm_collection *rows = collection->table != NULL ? collection->table : collection;
        shm_index_bind_texts(&stored->image, stored->collections[rows->number].heap, bound->index);
        if (collection->placed_width != 0) {
            bound->table = bound->index->table;
        }
    }
    return SHM_OK;
}

static shm_status bind_collections(shm_stored *stored, shm_error *error)
{
    const shm_dataset_type *dataset = stored->schema->dataset;
    stored->collections = shm_arena_alloc_array(&stored->arena, dataset->collection_count,
                                                sizeof *stored->collections);
    if (stored->collections == NULL) {
        return shm_fail_memory(error);
    }
    for (size_t i = 0; i < dataset->collection_count; i++) {
        const shm_collection *collection = &dataset->collections[i];
        if (collection->placed_width != 0) {
            stored->collections[i].table.stride = collection->placed_width;
        } else if (collection->record != NULL) {
            stored->collections[i].table.stride = collection->record->row_size;
        }
    }
    shm_status status = shm_keys_check(dataset, error);
    if (status == SHM_OK) {
        status = bind_sections(stored, error);
    }
    if (status == SHM_OK) {
        status = bind_indexes(stored, error);
    }
    return status;
}

shm_status shm_stored_bind(const unsigned char *base, uint64_t size, shm_stored *stored,
                           shm_error *error)
{
    shm_stored bound = {0};
    shm_status status = shm_image_bind(base, size, &bound.image, error);
    if (status == SHM_OK) {
        status = bind_schema(&bound, error);
    }
    if (status == SHM_OK) {
        status = bind_collections(&bound, error);
    }
    if (status != SHM_OK) {
        shm_stored_close(&bound);
        return status;
    }
    *stored = bound;
    return SHM_OK;
}

void shm_stored_close(shm_stored *stored)
{
    shm_schema_free(stored->schema);
    shm_arena_close(&stored->arena);
    *stored = (shm_stored){0};
}
