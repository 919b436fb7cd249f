/* publication.c — writing an image: header, directory, and the sections in their order (I3, I5). */
#include "collections/dataset/publication.h"

#include <string.h>
#include <sys/mman.h>

#include "collections/array/rows_build.h"
#include "collections/tensor/tensor_build.h"
#include "libshm/error.h"

enum { PROGRESS_BYTES = 16 << 20 };

shm_status shm_section_begin(shm_publication *publication, uint64_t size, shm_error *error)
{
    struct shm_section_entry *entry = &publication->entries[publication->next];
    entry->offset = shm_section_place(publication->writer.position, size);
    entry->size = size;
    const shm_status status = shm_writer_pad(&publication->writer, entry->offset, error);
    shm_writer_checksum_begin(&publication->writer);
    return status;
}

void shm_section_end(shm_publication *publication, uint64_t count, uint64_t stride,
                     uint64_t parameter)
{
    const struct shm_planned_section *planned = &publication->plan[publication->next];
    struct shm_section_entry *entry = &publication->entries[publication->next];
    entry->kind = planned->kind;
    entry->version = 1;
    entry->collection = planned->collection;
    entry->count = count;
    entry->stride = stride;
    entry->parameter = parameter;
    entry->checksum = shm_writer_checksum(&publication->writer);
    publication->next++;
}

const struct shm_section_entry *shm_section_find(const shm_publication *publication,
                                                 enum shm_section_kind kind, uint32_t collection)
{
    for (size_t i = 0; i < publication->next; i++) {
        if (publication->plan[i].kind == kind && publication->plan[i].collection == collection) {
            return &publication->entries[i];
        }
    }
    return NULL;
}

static shm_status tell_written(void *context, uint64_t bytes, shm_error *error)
{
    shm_publication *publication = context;
    publication->written += bytes;
    if (publication->written - publication->told < PROGRESS_BYTES) {
        return SHM_OK;
    }
    publication->told = publication->written;
    return shm_builder_progress(publication->builder, "write", publication->written,
                                publication->total)
               ? SHM_OK
               : shm_fail(error, SHM_ABORTED, "stopped while the image was written");
}

static uint64_t total_bytes(const shm_builder *builder)
{
    uint64_t total = 0;
    for (size_t i = 0; i < builder->schema->dataset->collection_count; i++) {
        const struct shm_build_collection *collection = &builder->collections[i];
        total += shm_spool_size(&collection->heap.spool) + shm_spool_size(&collection->rows.spool) +
                 shm_spool_size(&collection->tensor);
    }
    return total;
}

static shm_status write_schema(shm_publication *publication, shm_error *error)
{
    const shm_string text = publication->builder->schema->text;
    shm_status status = shm_section_begin(publication, text.length, error);
    if (status == SHM_OK) {
        status = shm_writer_add(&publication->writer, text.data, text.length, error);
    }
    shm_section_end(publication, 0, 0, 0);
    return status;
}

static shm_status write_heap(shm_publication *publication, uint32_t number, shm_error *error)
{
    struct shm_build_collection *collection = &publication->builder->collections[number];
    const shm_spool_copy copy = {
        .spool = &collection->heap.spool, .written = tell_written, .written_context = publication};
    shm_status status = shm_section_begin(publication, shm_spool_size(copy.spool), error);
    if (status == SHM_OK) {
        status = shm_spool_write(&copy, &publication->writer, error);
    }
    shm_section_end(publication, 0, 0, 0);
    shm_heap_build_close(&collection->heap); /* its memory serves the indexes */
    return status;
}

static shm_status write_rows(shm_publication *publication, uint32_t number, shm_error *error)
{
    struct shm_build_collection *collection = &publication->builder->collections[number];
    shm_rows_build *rows = &collection->rows;
    const struct shm_section_entry *heap = shm_section_find(publication, SHM_SECTION_HEAP, number);
    shm_status status = shm_section_begin(publication, shm_spool_size(&rows->spool), error);
    if (status == SHM_OK) {
        status = shm_rows_build_write(rows, heap->offset, heap->size == 0, &publication->writer,
                                      tell_written, publication, error);
    }
    shm_section_end(publication, rows->count, rows->stride, 0);
    shm_spool_close(&rows->spool);
    return status;
}

static shm_status write_tensor(shm_publication *publication, uint32_t number, shm_error *error)
{
    struct shm_build_collection *tensor = &publication->builder->collections[number];
    const uint64_t bytes = shm_spool_size(&tensor->tensor);
    shm_status status =
        shm_section_begin(publication, shm_tensor_section_size(bytes, tensor->ndim), error);
    if (status == SHM_OK) {
        status = shm_tensor_build_write(&tensor->tensor, tensor->shape, tensor->ndim,
                                        &publication->writer, tell_written, publication, error);
    }
    shm_section_end(publication, tensor->element_count, tensor->collection->element->size,
                    tensor->ndim);
    shm_spool_close(&tensor->tensor);
    return status;
}

/* What indexes are built from: the rows as they stand in the image. */
static shm_status map_rows(shm_publication *publication, shm_error *error)
{
    const shm_status status = shm_writer_flush(&publication->writer, error);
    if (status != SHM_OK) {
        return status;
    }
    void *map =
        mmap(NULL, publication->writer.position, PROT_READ, MAP_SHARED, publication->writer.fd, 0);
    if (map == MAP_FAILED) {
        return shm_fail_errno(error, "%s: cannot map what was written", publication->writer.name);
    }
    publication->map = map;
    publication->mapped = publication->writer.position;
    return SHM_OK;
}

static shm_status write_index(shm_publication *publication, uint32_t number, shm_error *error)
{
    const shm_collection *collection = &publication->builder->schema->dataset->collections[number];
    shm_status status = SHM_OK;
    if (publication->map == NULL) {
        status = map_rows(publication, error);
    }
    return status == SHM_OK ? shm_index_build(publication, collection, error) : status;
}

static shm_status write_sections(shm_publication *publication, shm_error *error)
{
    shm_status status = SHM_OK;
    while (status == SHM_OK && publication->next < publication->section_count) {
        const struct shm_planned_section *planned = &publication->plan[publication->next];
        switch (planned->kind) {
        case SHM_SECTION_SCHEMA:
            status = write_schema(publication, error);
            break;
        case SHM_SECTION_HEAP:
            status = write_heap(publication, planned->collection, error);
            break;
        case SHM_SECTION_ROWS:
            status = write_rows(publication, planned->collection, error);
            break;
        case SHM_SECTION_TENSOR:
            status = write_tensor(publication, planned->collection, error);
            break;
        case SHM_SECTION_PLACED:
            status = shm_placed_index_build(
                publication,
                &publication->builder->schema->dataset->collections[planned->collection], error);
            break;
        default: /* lines or buckets, and what follows them */
            status = write_index(publication, planned->collection, error);
        }
    }
    return status;
}

/* The header and the directory, over the zeros that hold their place. */
static shm_status write_frame(shm_publication *publication, shm_error *error)
{
    struct shm_image_header header = {
        .byte_order = SHM_IMAGE_BYTE_ORDER,
        .version_major = SHM_IMAGE_VERSION_MAJOR,
        .version_minor = SHM_IMAGE_VERSION_MINOR,
        .file_size = publication->writer.position,
        .directory_offset = SHM_IMAGE_HEADER_BYTES,
        .section_count = (uint32_t)publication->section_count,
        .section_entry_size = sizeof(struct shm_section_entry),
    };
    const size_t directory_bytes = publication->section_count * sizeof *publication->entries;
    memcpy(header.magic, SHM_IMAGE_MAGIC, sizeof header.magic);
    memcpy(header.fingerprint, publication->builder->schema->fingerprint,
           sizeof header.fingerprint);
    header.directory_checksum = shm_hash64(publication->entries, directory_bytes, 0);
    header.header_checksum =
        shm_hash64(&header, offsetof(struct shm_image_header, header_checksum), 0);
    shm_status status = shm_writer_rewind(&publication->writer, 0, error);
    if (status == SHM_OK) {
        status = shm_writer_add(&publication->writer, &header, sizeof header, error);
    }
    if (status == SHM_OK) {
        status = shm_writer_pad(&publication->writer, SHM_IMAGE_HEADER_BYTES, error);
    }
    if (status == SHM_OK) {
        status = shm_writer_add(&publication->writer, publication->entries, directory_bytes, error);
    }
    return status == SHM_OK ? shm_writer_flush(&publication->writer, error) : status;
}

static shm_status write_image(shm_publication *publication, shm_error *error)
{
    const shm_dataset_type *dataset = publication->builder->schema->dataset;
    publication->section_count = shm_sections_plan(dataset, NULL);
    publication->plan = shm_arena_alloc_array(&publication->arena, publication->section_count,
                                              sizeof *publication->plan);
    publication->entries = shm_arena_alloc_array(&publication->arena, publication->section_count,
                                                 sizeof *publication->entries);
    if (publication->plan == NULL || publication->entries == NULL) {
        return shm_fail_memory(error);
    }
    shm_sections_plan(dataset, publication->plan);
    const uint64_t sections_at =
        SHM_IMAGE_HEADER_BYTES + publication->section_count * sizeof *publication->entries;
    shm_status status = shm_writer_pad(&publication->writer, sections_at, error);
    if (status == SHM_OK) {
        status = write_sections(publication, error);
    }
    return status == SHM_OK ? write_frame(publication, error) : status;
}

/* No more rows will come: frees what found equal values among them. */
static void end_rows(shm_builder *builder)
{
    for (size_t i = 0; i < builder->schema->dataset->collection_count; i++) {
        shm_heap_build_end(&builder->collections[i].heap);
        shm_slots_close(&builder->collections[i].slots);
    }
}

shm_status shm_publication_write(shm_builder *builder, int fd, const char *name, bool will_sync,
                                 shm_error *error)
{
    shm_publication publication = {.builder = builder, .total = total_bytes(builder)};
    shm_status status = shm_writer_open(fd, name, &publication.writer, error);
    if (status != SHM_OK) {
        return status;
    }
    publication.writer.will_sync = will_sync;
    end_rows(builder);
    shm_workers_open(builder->options.jobs, &publication.workers);
    status = write_image(&publication, error);
    shm_workers_close(&publication.workers);
    if (publication.map != NULL) {
        munmap((void *)(uintptr_t)publication.map, publication.mapped);
    }
    shm_arena_close(&publication.arena);
    shm_writer_close(&publication.writer);
    return status;
}
