/* image_reseal.c — making the checksums true of bytes that were changed.
 *
 * Nothing here trusts the bytes, and none need be aligned: the header is copied out, and entries
 * are read and written with memcpy. */
#include <shm/dataset.h>

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libshm/error.h"
#include "libshm/hash.h"
#include "libshm/image.h"
#include "libshm/view.h"

/* Sums the section of the entry at `entry`; one that is not inside the image keeps its sum. */
static void reseal_section(unsigned char *base, uint64_t size, unsigned char *entry)
{
    struct shm_section_entry section;
    memcpy(&section, entry, sizeof section);
    if (section.offset > size || section.size > size - section.offset) {
        return;
    }
    section.checksum = shm_hash64(base + section.offset, section.size, 0);
    memcpy(entry + offsetof(struct shm_section_entry, checksum), &section.checksum,
           sizeof section.checksum);
}

shm_status shm_image_reseal_memory(void *bytes, size_t size, shm_error *error)
{
    unsigned char *base = bytes;
    const shm_status status = shm_image_check_beginning(base, size, error);
    if (status != SHM_OK) {
        return status;
    }
    struct shm_image_header header;
    memcpy(&header, base, sizeof header);
    const uint64_t room = size - SHM_IMAGE_HEADER_BYTES;
    const uint64_t directory_size = header.section_count * sizeof(struct shm_section_entry);
    if (directory_size > room || header.directory_offset < SHM_IMAGE_HEADER_BYTES ||
        header.directory_offset > size - directory_size) {
        return shm_fail_at(error, SHM_CORRUPT, offsetof(struct shm_image_header, directory_offset),
                           "corrupt image: its directory is not inside it");
    }
    unsigned char *directory = base + header.directory_offset;
    for (uint32_t i = 0; i < header.section_count; i++) {
        reseal_section(base, size, directory + i * sizeof(struct shm_section_entry));
    }
    header.directory_checksum = shm_hash64(directory, directory_size, 0);
    header.header_checksum =
        shm_hash64(&header, offsetof(struct shm_image_header, header_checksum), 0);
    memcpy(base, &header, sizeof header);
    return SHM_OK;
}

static shm_status reseal_mapped(int fd, const char *path, size_t size, shm_error *error)
{
    void *mapped = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) {
        return shm_fail_errno(error, "cannot map '%s'", path);
    }
    shm_status status = shm_image_reseal_memory(mapped, size, error);
    if (status != SHM_OK && error != NULL) {
        status = shm_fail_at(error, status, error->offset, "'%s': %s", path, error->text);
    }
    munmap(mapped, size);
    return status;
}

shm_status shm_image_reseal(const char *path, shm_error *error)
{
    shm_view view;
    shm_status status = shm_view_open(path, 0, &view, error);
    if (status != SHM_OK) {
        return status;
    }
    const uint64_t size = view.size;
    shm_view_close(&view);
    const int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return shm_fail_errno(error, "cannot open '%s' for writing", path);
    }
    struct stat found;
    if (fstat(fd, &found) != 0 || !S_ISREG(found.st_mode) || (uint64_t)found.st_size != size) {
        status = shm_fail(error, SHM_IO, "'%s' became another file while it was opened", path);
    } else {
        status = reseal_mapped(fd, path, (size_t)size, error);
    }
    close(fd);
    return status;
}
