/* image.h — the frame of an image: header and directory, bound and checked.  Internal. */
#ifndef LIBSHM_IMAGE_H
#define LIBSHM_IMAGE_H

#include "libshm/image_disk.h"
#include "libshm/view.h"

typedef struct shm_image {
    const unsigned char *base;
    uint64_t size;
    const struct shm_image_header *header;
    const struct shm_section_entry *sections;
    uint32_t section_count;
} shm_image;

/* Checks I1 to I3 (image_disk.h) and binds.  Cost: O(sections).
 * Fails: NOT_IMAGE, WRONG_BYTE_ORDER, WRONG_VERSION, TRUNCATED, CORRUPT. */
SHM_MUST_USE shm_status shm_image_bind(const unsigned char *base, uint64_t size, shm_image *image,
                                       shm_error *error);

/* Does it begin like an image, and is a whole header there?  Any alignment.
 * Fails: NOT_IMAGE, TRUNCATED. */
SHM_MUST_USE shm_status shm_image_check_beginning(const unsigned char *base, uint64_t size,
                                                  shm_error *error);

/* Checks I4, and that the bytes between the parts are zero.  Cost: linear; adds to *operations the
 * number of 64-byte lines read.  Fails: CORRUPT, naming the section. */
SHM_MUST_USE shm_status shm_image_check_sums(const shm_image *image, uint64_t *operations,
                                             shm_error *error);

static inline const unsigned char *shm_section_bytes(const shm_image *image,
                                                     const struct shm_section_entry *section)
{
    return image->base + section->offset;
}

/* "schema", "heap", ...; "unknown" for others. */
const char *shm_section_kind_name(uint32_t kind);

#endif
