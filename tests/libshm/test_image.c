/* test_image.c — the frame of an image: what is refused, in which order, with which words. */
#include <criterion/criterion.h>
#include <string.h>

#include <shm/dataset.h>

#include "libshm/hash.h"
#include "libshm/image.h"

/* Two sections behind header and directory: 100 bytes at 640, 64 at 768. */
enum { DIRECTORY = 512, FIRST = 640, SECOND = 768, SIZE = 832 };
static _Alignas(64) unsigned char bytes[SIZE + 64];

static struct shm_image_header *header(void)
{
    return (void *)bytes;
}

static struct shm_section_entry *entry(size_t i)
{
    return (struct shm_section_entry *)(void *)(bytes + DIRECTORY) + i;
}

static void reseal(void)
{
    shm_error error;
    cr_assert_eq(shm_image_reseal_memory(bytes, SIZE, &error), SHM_OK, "%s", error.text);
}

static void make_image(void)
{
    memset(bytes, 0, sizeof bytes);
    memcpy(header()->magic, SHM_IMAGE_MAGIC, 8);
    header()->byte_order = SHM_IMAGE_BYTE_ORDER;
    header()->version_major = 1;
    header()->file_size = SIZE;
    header()->directory_offset = DIRECTORY;
    header()->section_count = 2;
    header()->section_entry_size = 64;
    *entry(0) = (struct shm_section_entry){
        .kind = SHM_SECTION_SCHEMA, .version = 1, .offset = FIRST, .size = 100};
    *entry(1) = (struct shm_section_entry){
        .kind = SHM_SECTION_HEAP, .version = 1, .offset = SECOND, .size = 64};
    memset(bytes + FIRST, 'x', 100);
    memset(bytes + SECOND, 'y', 64);
    reseal();
}

TestSuite(image, .init = make_image);

static shm_status bind_bytes(uint64_t size, shm_error *error)
{
    shm_image image = {.section_count = 99};
    const shm_status status = shm_image_bind(bytes, size, &image, error);
    cr_expect_eq(image.section_count, status == SHM_OK ? 2 : 99);
    return status;
}

static void expect_failure(uint64_t size, shm_status status, uint64_t offset, const char *text)
{
    shm_error error;
    cr_expect_eq(bind_bytes(size, &error), status);
    cr_expect_eq(error.offset, offset);
    cr_expect_str_eq(error.text, text);
}

Test(image, a_good_one_binds)
{
    shm_image image;
    uint64_t operations = 0;
    cr_assert_eq(shm_image_bind(bytes, SIZE, &image, NULL), SHM_OK);
    cr_expect_eq(image.section_count, 2);
    cr_expect_eq(shm_section_bytes(&image, &image.sections[1]), bytes + SECOND);
    cr_expect_eq(shm_image_check_sums(&image, &operations, NULL), SHM_OK);
    cr_expect_eq(operations, SIZE / 64);
}

Test(image, foreign_bytes)
{
    const char *text = "not a libshm image: it does not begin like one";
    expect_failure(0, SHM_NOT_IMAGE, 0, text);
    bytes[0] = 'x';
    expect_failure(1, SHM_NOT_IMAGE, 0, text);
    expect_failure(SIZE, SHM_NOT_IMAGE, 0, text);
    bytes[0] = 0x89;
    bytes[6] = '\n';
    expect_failure(SIZE, SHM_NOT_IMAGE, 0, text);
    expect_failure(7, SHM_NOT_IMAGE, 0, text);
    cr_expect_eq(bind_bytes(6, NULL), SHM_TRUNCATED);
}

Test(image, every_truncation)
{
    for (uint64_t size = 1; size < SIZE; size++) {
        cr_expect_eq(bind_bytes(size, NULL), SHM_TRUNCATED, "%d bytes", (int)size);
    }
    expect_failure(511, SHM_TRUNCATED, 511,
                   "truncated image: 511 bytes are less than a header of 512; copy or build the "
                   "file again");
    expect_failure(831, SHM_TRUNCATED, 831,
                   "truncated image: 831 of 832 bytes are there; copy or build the file again");
}

Test(image, bytes_behind_the_end)
{
    expect_failure(SIZE + 64, SHM_CORRUPT, SIZE, "corrupt image: 64 bytes follow its end");
}

Test(image, the_other_byte_order)
{
    header()->byte_order = 0x04030201;
    expect_failure(SIZE, SHM_WRONG_BYTE_ORDER, 8,
                   "the image was written on a machine of the other byte order; build it again on "
                   "one like this");
    header()->byte_order = 7;
    expect_failure(SIZE, SHM_CORRUPT, 8, "corrupt image: the byte order mark is 0x00000007");
}

Test(image, another_version)
{
    header()->version_major = 2;
    header()->version_minor = 5;
    expect_failure(SIZE, SHM_WRONG_VERSION, 12,
                   "the image has format version 2.5, and this library reads 1.x; use a library "
                   "that reads it, or build it again");
    header()->version_major = 1;
    reseal();
    cr_expect_eq(bind_bytes(SIZE, NULL), SHM_OK, "a later minor version is read");
}

Test(image, the_checks_have_an_order)
{
    header()->version_major = 2;
    header()->byte_order = 0x04030201;
    cr_expect_eq(bind_bytes(SIZE - 1, NULL), SHM_WRONG_BYTE_ORDER);
    header()->byte_order = SHM_IMAGE_BYTE_ORDER;
    cr_expect_eq(bind_bytes(SIZE - 1, NULL), SHM_WRONG_VERSION);
    header()->version_major = 1;
    header()->flags = 1;
    cr_expect_eq(bind_bytes(SIZE - 1, NULL), SHM_TRUNCATED);
    expect_failure(SIZE, SHM_CORRUPT, 120,
                   "corrupt image: the checksum of the header does not match");
}

Test(image, unused_words_are_zero)
{
    const char *text = "corrupt image: unused words of the header are not zero";
    header()->flags = 1;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 64, text);
    header()->flags = 0;
    header()->zero[5] = 1;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 64, text);
}

Test(image, the_directory_stands_in_its_place)
{
    const char *text = "corrupt image: the header places the directory wrongly";
    header()->section_entry_size = 32;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 40, text);
    make_image();
    header()->section_count = 0;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 40, text);
    make_image();
    header()->directory_offset = 576;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 40, text);
    make_image();
    header()->section_count = 6;
    header()->header_checksum = shm_hash64(bytes, 120, 0);
    expect_failure(SIZE, SHM_CORRUPT, 40, text);
    header()->section_count = UINT32_MAX;
    header()->header_checksum = shm_hash64(bytes, 120, 0);
    expect_failure(SIZE, SHM_CORRUPT, 40, text);
}

Test(image, the_directory_has_a_checksum)
{
    entry(1)->count++;
    expect_failure(SIZE, SHM_CORRUPT, 512,
                   "corrupt image: the checksum of the directory does not match");
}

Test(image, sections_stand_in_their_places)
{
    const char *text = "corrupt image: section 1 (heap) is out of its place";
    entry(1)->offset -= 64;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 576, text);
    make_image();
    entry(1)->size = 65;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 576, text);
    make_image();
    entry(1)->size = UINT64_MAX;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 576, text);
    make_image();
    entry(1)->size = 63;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 831, "corrupt image: 1 bytes follow its last section");
    make_image();
    entry(0)->flags = 1;
    reseal();
    expect_failure(SIZE, SHM_CORRUPT, 512, "corrupt image: section 0 has unknown flags");
}

static void expect_sums(shm_status status, uint64_t offset, const char *text)
{
    shm_image image;
    shm_error error = {.offset = 0};
    uint64_t operations = 0;
    cr_assert_eq(shm_image_bind(bytes, SIZE, &image, NULL), SHM_OK);
    cr_expect_eq(shm_image_check_sums(&image, &operations, &error), status);
    cr_expect_eq(error.offset, offset);
    cr_expect_str_eq(error.text, text);
}

Test(image, every_byte_of_a_section_is_summed)
{
    for (size_t at = SECOND; at < SECOND + 64; at++) {
        bytes[at] ^= 1;
        expect_sums(SHM_CORRUPT, SECOND,
                    "corrupt image: the checksum of section 1 (heap) does not match");
        bytes[at] ^= 1;
    }
}

Test(image, every_byte_between_the_parts_is_zero)
{
    const size_t ranges[][2] = {{128, 512}, {FIRST + 100, SECOND}};
    for (size_t i = 0; i < 2; i++) {
        for (size_t at = ranges[i][0]; at < ranges[i][1]; at++) {
            bytes[at] = 1;
            expect_sums(SHM_CORRUPT, at, "corrupt image: a byte between its parts is not zero");
            bytes[at] = 0;
        }
    }
}

Test(image, every_byte_of_the_frame_is_checked)
{
    for (size_t at = 0; at < SIZE; at++) {
        shm_image image;
        uint64_t operations = 0;
        bytes[at] ^= 0x40;
        cr_expect(shm_image_bind(bytes, SIZE, &image, NULL) != SHM_OK ||
                      shm_image_check_sums(&image, &operations, NULL) != SHM_OK,
                  "byte %zu", at);
        bytes[at] ^= 0x40;
    }
}

Test(image, large_sections_have_a_large_alignment)
{
    cr_expect_eq(shm_section_place(65, (64 << 10) - 1), 128);
    cr_expect_eq(shm_section_place(65, 64 << 10), 4096);
    cr_expect_eq(shm_section_place(4096, UINT64_C(1) << 40), 4096);
}

Test(image, reseal_refuses_what_has_no_directory)
{
    shm_error error;
    bytes[0] = 'x';
    cr_expect_eq(shm_image_reseal_memory(bytes, SIZE, &error), SHM_NOT_IMAGE);
    bytes[0] = 0x89;
    cr_expect_eq(shm_image_reseal_memory(bytes, 300, &error), SHM_TRUNCATED);
    const uint64_t wrong[] = {0, 511, SIZE - 127, UINT64_MAX};
    for (size_t i = 0; i < 4; i++) {
        header()->directory_offset = wrong[i];
        cr_expect_eq(shm_image_reseal_memory(bytes, SIZE, &error), SHM_CORRUPT);
        cr_expect_str_eq(error.text, "corrupt image: its directory is not inside it");
    }
    header()->directory_offset = 512;
    header()->section_count = UINT32_MAX;
    cr_expect_eq(shm_image_reseal_memory(bytes, SIZE, &error), SHM_CORRUPT);
}

Test(image, reseal_leaves_sections_outside_alone)
{
    entry(1)->offset = UINT64_MAX - 10;
    entry(1)->checksum = 5;
    cr_assert_eq(shm_image_reseal_memory(bytes, SIZE, NULL), SHM_OK);
    cr_expect_eq(entry(1)->checksum, 5);
    cr_expect_eq(entry(0)->checksum, shm_hash64(bytes + FIRST, 100, 0));
}
