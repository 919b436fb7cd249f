/* image.c — binding the frame of an image, and checking its sums. */
#include "libshm/image.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "libshm/error.h"
#include "libshm/hash.h"

enum { HEADER_SUMMED_BYTES = 120, MAGIC_BYTES = 8, BYTE_ORDER_SWAPPED = 0x04030201 };

_Static_assert(offsetof(struct shm_image_header, header_checksum) == HEADER_SUMMED_BYTES, "disk");

const char *shm_section_kind_name(uint32_t kind)
{
    static const char *const names[] = {
        [SHM_SECTION_SCHEMA] = "schema",       [SHM_SECTION_HEAP] = "heap",
        [SHM_SECTION_ROWS] = "rows",           [SHM_SECTION_LINES] = "lines",
        [SHM_SECTION_GROUPS] = "groups",       [SHM_SECTION_BUCKETS] = "buckets",
        [SHM_SECTION_FRAGMENTS] = "fragments", [SHM_SECTION_TENSOR] = "tensor",
        [SHM_SECTION_SORTED] = "sorted",       [SHM_SECTION_PLACED] = "placed",
        [SHM_SECTION_PILOTS] = "pilots",
    };
    const bool known = kind >= SHM_SECTION_SCHEMA && kind <= SHM_SECTION_PILOTS;
    return known ? names[kind] : "unknown";
}

shm_status shm_image_check_beginning(const unsigned char *base, uint64_t size, shm_error *error)
{
    const size_t seen = size < MAGIC_BYTES ? (size_t)size : MAGIC_BYTES;
    if (seen == 0 || memcmp(base, SHM_IMAGE_MAGIC, seen) != 0) {
        return shm_fail_at(error, SHM_NOT_IMAGE, 0,
                           "not a libshm image: it does not begin like one");
    }
    if (size < SHM_IMAGE_HEADER_BYTES) {
        return shm_fail_at(error, SHM_TRUNCATED, size,
                           "truncated image: %" PRIu64 " bytes are less than a header of %d; "
                           "copy or build the file again",
                           size, SHM_IMAGE_HEADER_BYTES);
    }
    return SHM_OK;
}

/* Can this library and this machine read it, and is it all there? */
static shm_status check_readable(const struct shm_image_header *header, uint64_t size,
                                 shm_error *error)
{
    if (header->byte_order == BYTE_ORDER_SWAPPED) {
        return shm_fail_at(error, SHM_WRONG_BYTE_ORDER, 8,
                           "the image was written on a machine of the other byte order; "
                           "build it again on one like this");
    }
    if (header->byte_order != SHM_IMAGE_BYTE_ORDER) {
        return shm_fail_at(error, SHM_CORRUPT, 8,
                           "corrupt image: the byte order mark is 0x%08" PRIx32,
                           header->byte_order);
    }
    if (header->version_major != SHM_IMAGE_VERSION_MAJOR) {
        return shm_fail_at(error, SHM_WRONG_VERSION, 12,
                           "the image has format version %u.%u, and this library reads %d.x; "
                           "use a library that reads it, or build it again",
                           header->version_major, header->version_minor, SHM_IMAGE_VERSION_MAJOR);
    }
    if (header->file_size > size) {
        return shm_fail_at(error, SHM_TRUNCATED, size,
                           "truncated image: %" PRIu64 " of %" PRIu64 " bytes are there; "
                           "copy or build the file again",
                           size, header->file_size);
    }
    return SHM_OK;
}

/* I1 and I2, as far as the header goes. */
static shm_status check_header(const struct shm_image_header *header, uint64_t size,
                               shm_error *error)
{
    if (header->header_checksum != shm_hash64(header, HEADER_SUMMED_BYTES, 0)) {
        return shm_fail_at(error, SHM_CORRUPT, HEADER_SUMMED_BYTES,
                           "corrupt image: the checksum of the header does not match");
    }
    if (header->file_size < size) {
        return shm_fail_at(error, SHM_CORRUPT, header->file_size,
                           "corrupt image: %" PRIu64 " bytes follow its end",
                           size - header->file_size);
    }
    uint64_t set = header->flags;
    for (size_t i = 0; i < sizeof header->zero / sizeof header->zero[0]; i++) {
        set |= header->zero[i];
    }
    if (set != 0) {
        return shm_fail_at(error, SHM_CORRUPT, offsetof(struct shm_image_header, flags),
                           "corrupt image: unused words of the header are not zero");
    }
    const uint64_t room = (size - SHM_IMAGE_HEADER_BYTES) / sizeof(struct shm_section_entry);
    if (header->directory_offset != SHM_IMAGE_HEADER_BYTES || header->section_count == 0 ||
        header->section_count > room ||
        header->section_entry_size != sizeof(struct shm_section_entry)) {
        return shm_fail_at(error, SHM_CORRUPT, offsetof(struct shm_image_header, directory_offset),
                           "corrupt image: the header places the directory wrongly");
    }
    return SHM_OK;
}

/* I2 and I3. */
static shm_status check_directory(const shm_image *image, shm_error *error)
{
    const size_t bytes = image->section_count * sizeof(struct shm_section_entry);
    if (image->header->directory_checksum != shm_hash64(image->sections, bytes, 0)) {
        return shm_fail_at(error, SHM_CORRUPT, SHM_IMAGE_HEADER_BYTES,
                           "corrupt image: the checksum of the directory does not match");
    }
    uint64_t end = SHM_IMAGE_HEADER_BYTES + bytes;
    for (uint32_t i = 0; i < image->section_count; i++) {
        const struct shm_section_entry *section = &image->sections[i];
        const uint64_t entry_offset = SHM_IMAGE_HEADER_BYTES + i * sizeof *section;
        if (section->flags != 0 || section->zero != 0) {
            return shm_fail_at(error, SHM_CORRUPT, entry_offset,
                               "corrupt image: section %" PRIu32 " has unknown flags", i);
        }
        /* The size first: a place is computed without overflow only for sizes that can be. */
        if (section->size > image->size ||
            section->offset != shm_section_place(end, section->size) ||
            section->offset > image->size - section->size) {
            return shm_fail_at(error, SHM_CORRUPT, entry_offset,
                               "corrupt image: section %" PRIu32 " (%s) is out of its place", i,
                               shm_section_kind_name(section->kind));
        }
        end = section->offset + section->size;
    }
    if (end != image->size) {
        return shm_fail_at(error, SHM_CORRUPT, end,
                           "corrupt image: %" PRIu64 " bytes follow its last section",
                           image->size - end);
    }
    return SHM_OK;
}

shm_status shm_image_bind(const unsigned char *base, uint64_t size, shm_image *image,
                          shm_error *error)
{
    const struct shm_image_header *header = (const void *)base;
    shm_status status = shm_image_check_beginning(base, size, error);
    if (status == SHM_OK) {
        status = check_readable(header, size, error);
    }
    if (status == SHM_OK) {
        status = check_header(header, size, error);
    }
    if (status != SHM_OK) {
        return status;
    }
    const shm_image bound = {
        .base = base,
        .size = size,
        .header = header,
        .sections = (const void *)(base + SHM_IMAGE_HEADER_BYTES),
        .section_count = header->section_count,
    };
    status = check_directory(&bound, error);
    if (status == SHM_OK) {
        *image = bound;
    }
    return status;
}

static shm_status check_zero(const shm_image *image, uint64_t from, uint64_t to, shm_error *error)
{
    for (uint64_t at = from; at < to; at++) {
        if (image->base[at] != 0) {
            return shm_fail_at(error, SHM_CORRUPT, at,
                               "corrupt image: a byte between its parts is not zero");
        }
    }
    return SHM_OK;
}

shm_status shm_image_check_sums(const shm_image *image, uint64_t *operations, shm_error *error)
{
    shm_status status =
        check_zero(image, sizeof(struct shm_image_header), SHM_IMAGE_HEADER_BYTES, error);
    uint64_t end = SHM_IMAGE_HEADER_BYTES + image->section_count * sizeof(struct shm_section_entry);
    for (uint32_t i = 0; status == SHM_OK && i < image->section_count; i++) {
        const struct shm_section_entry *section = &image->sections[i];
        status = check_zero(image, end, section->offset, error);
        const uint64_t sum = shm_hash64(shm_section_bytes(image, section), section->size, 0);
        if (status == SHM_OK && sum != section->checksum) {
            status = shm_fail_at(error, SHM_CORRUPT, section->offset,
                                 "corrupt image: the checksum of section %" PRIu32 " (%s) does not "
                                 "match",
                                 i, shm_section_kind_name(section->kind));
        }
        end = section->offset + section->size;
    }
    *operations += image->size / 64;
    return status;
}
