/* fuzz_image.c — images from anyone: what passes verification can be read to its end.
 *
 * Checksums and the other numbers that follow from the rest are put right before an input is read,
 * so that mutations reach what stands behind them. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <shm/dataset.h>

#include "libshm/hash.h"
#include "libshm/image_disk.h"
#include "tests/support/images.h"
#include "tests/support/read_everything.h"

enum {
    INPUT_BYTES_MAX = 1 << 16,
    CHECKED_KEYS_BYTES_MAX = 8 << 10, /* up to here the budget for keys suffices for all */
    STEPS_MAX = 2000,
    ARGUMENTS_MAX = 64
};

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);
size_t LLVMFuzzerCustomMutator(unsigned char *bytes, size_t size, size_t size_max, unsigned seed);
int LLVMFuzzerInitialize(int *argc, char ***argv);
const char *__asan_default_options(void);
size_t LLVMFuzzerMutate(unsigned char *bytes, size_t size, size_t size_max);

/* Keeps reads from being optimized away. */
static volatile uint64_t kept;

/* An input takes less time than what libFuzzer does to weigh it against the others by entropy, and
 * than fresh memory for each: without these a third more inputs are tried in the same time. */
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=1";
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static char no_entropy[] = "-entropic=0";
    static char *arguments[ARGUMENTS_MAX];
    if (*argc + 2 <= ARGUMENTS_MAX) {
        memcpy(arguments, *argv, (size_t)*argc * sizeof arguments[0]);
        arguments[(*argc)++] = no_entropy;
        *argv = arguments;
    }
    return 0;
}

static bool has_frame(size_t size)
{
    return size >= SHM_IMAGE_HEADER_BYTES + sizeof(struct shm_section_entry);
}

static struct shm_section_entry *entry_at(unsigned char *bytes, uint32_t i)
{
    return (void *)(bytes + SHM_IMAGE_HEADER_BYTES + i * sizeof(struct shm_section_entry));
}

/* How many directory entries the bytes have, whatever the header says. */
static uint32_t entry_count(const unsigned char *bytes, size_t size)
{
    uint32_t count;
    memcpy(&count, bytes + offsetof(struct shm_image_header, section_count), sizeof count);
    const size_t room = (size - SHM_IMAGE_HEADER_BYTES) / sizeof(struct shm_section_entry);
    return count < room ? count : (uint32_t)room;
}

/* Puts right what follows from the rest; `bytes` are aligned. */
static void put_right(unsigned char *bytes, size_t size)
{
    struct shm_image_header *header = (void *)bytes;
    const struct shm_section_entry *schema = entry_at(bytes, 0);
    shm_error error;
    memcpy(header->magic, SHM_IMAGE_MAGIC, sizeof header->magic);
    header->byte_order = SHM_IMAGE_BYTE_ORDER;
    header->file_size = size;
    if (schema->offset <= size && schema->size <= size - schema->offset) {
        const shm_hash128 hash = shm_hash128_of(bytes + schema->offset, schema->size, 0);
        header->fingerprint[0] = hash.low;
        header->fingerprint[1] = hash.high;
    }
    if (shm_image_reseal_memory(bytes, size, &error) != SHM_OK) {
        return; /* the frame itself is damaged, and opening must say so */
    }
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset;
    shm_error error;
    if (size > INPUT_BYTES_MAX) {
        return 0;
    }
    const struct shm_test_image image = shm_test_image_copy(bytes, size);
    if (has_frame(size)) {
        put_right(image.bytes, size);
    }
    if (shm_dataset_open_memory(image.bytes, size, &options, &dataset, &error) == SHM_OK) {
        kept = shm_test_read_everything(dataset, STEPS_MAX, size <= CHECKED_KEYS_BYTES_MAX);
        shm_dataset_close(dataset);
    }
    free(image.bytes);
    return 0;
}

/* Mutates the bytes of one section, or its directory entry, and keeps the size: sections stand
 * where their sizes put them, so that hardly any bytes of another size are an image. */
size_t LLVMFuzzerCustomMutator(unsigned char *bytes, size_t size, size_t size_max, unsigned seed)
{
    if (!has_frame(size) || seed % 16 == 0) {
        return LLVMFuzzerMutate(bytes, size, size_max);
    }
    const uint32_t count = entry_count(bytes, size);
    if (count == 0) {
        return LLVMFuzzerMutate(bytes, size, size_max);
    }
    struct shm_section_entry entry;
    /* The first is the schema, which has a target of its own. */
    const uint32_t i = count == 1 || seed / 4096 % 32 == 0 ? 0 : 1 + seed / 16 % (count - 1);
    const size_t entry_place = SHM_IMAGE_HEADER_BYTES + i * sizeof entry;
    memcpy(&entry, bytes + entry_place, sizeof entry);
    uint64_t at = entry.offset;
    uint64_t length = entry.size;
    if (seed / 131072 % 8 == 0 || length == 0 || at > size || length > size - at) {
        at = entry_place;
        length = sizeof entry;
    }
    (void)LLVMFuzzerMutate(bytes + at, (size_t)length, (size_t)length);
    return size;
}
