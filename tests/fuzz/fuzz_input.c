/* fuzz_input.c — JSON Lines, CSV and .npy from anyone: what is taken makes an image that verifies,
 * and whose dump makes the same image again.
 *
 * The first byte of an input chooses the form. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <shm/dataset.h>

#include "bindings/cli/csv_write.h"
#include "bindings/cli/fill.h"
#include "bindings/cli/json_write.h"

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size);

static const char schema_text[] =
    "enum Kind : i8 { low = -1, high = 1 }\n"
    "struct Spot { x: i8; y: f32; }\n"
    "record Leaf { name: string; more: [Leaf]; }\n"
    "record R { id: u16 = 1; b: bool?; i: i64 = -1; f: f64?; g: f32 = 0.5; s: string = \"d\"; t: "
    "string??;"
    " y: bytes?; d: decimal?; da: date?; dt: datetime?; u: uuid?; k: Kind?; p: Spot?; l: Leaf?; a: "
    "any;"
    " r: ref<R>?; n: [i16]; o: [u8?]; c: {string}; m: {string: u8}; h: {Kind: any}; q: u8[2]?;"
    " w: (u8, string)?; e: tensor<i16>; z: u8??; }\n"
    "dataset D { rows: array<R>; by: multi rows by s; words: map<string, [u8]>; seen: set<i32>;"
    " t: tensor<f32>; }\n";

typedef enum form { FORM_JSON, FORM_CSV, FORM_WORDS, FORM_SET, FORM_TENSOR, FORM_COUNT } form;

static const char *const collections[FORM_COUNT] = {"rows", "rows", "words", "seen", "t"};

static const shm_schema *schema_of(void)
{
    static const shm_schema *schema;
    if (schema == NULL) {
        /* Messages are not what is tested. */
        stderr = fopen("/dev/null", "w");
        if (shm_schema_parse(schema_text, sizeof schema_text - 1, "fuzz", NULL, &schema, NULL) !=
            SHM_OK) {
            abort();
        }
    }
    return schema;
}

static int memory_file(const void *bytes, size_t size)
{
    const int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd == -1 || write(fd, bytes, size) != (ssize_t)size) {
        abort();
    }
    return fd;
}

/* Builds from the text; the image's file, or -1 if the text was refused. */
static int build(form kind, const void *bytes, size_t size)
{
    const shm_schema *schema = schema_of();
    const shm_collection *collection = shm_schema_collection(schema, collections[kind]);
    shm_builder *builder = NULL;
    shm_fill fill = {.done_bytes = 0};
    char path[32];
    const char *const paths[] = {path};
    if (shm_builder_open(schema, NULL, &builder, NULL) != SHM_OK) {
        abort();
    }
    shm_fill_open(&fill, schema, builder);
    const int input = memory_file(bytes, size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", input);
    int code;
    if (kind == FORM_CSV) {
        code = shm_fill_csv(&fill, collection, path, ',');
    } else if (kind == FORM_SET) {
        code = shm_fill_npy_rows(&fill, collection, path);
    } else if (kind == FORM_TENSOR) {
        code = shm_fill_tensor(&fill, collection, paths, 1);
    } else {
        code = shm_fill_jsonl(&fill, collection, path);
    }
    int image = -1;
    if (code == 0) {
        image = memory_file("", 0);
        if (shm_builder_write(builder, image, NULL) != SHM_OK) {
            close(image);
            image = -1;
        }
    }
    close(input);
    shm_fill_close(&fill);
    shm_builder_close(builder);
    return image;
}

static void dump(const shm_dataset *dataset, form kind, shm_out *out)
{
    const shm_collection *collection =
        shm_schema_collection(shm_dataset_schema(dataset), collections[kind]);
    shm_value row;
    if (kind == FORM_CSV) {
        shm_csv_write_header(out, collection->record);
    }
    for (uint64_t cursor = 0; shm_dataset_next(dataset, collection->number, &cursor, &row);) {
        if (kind == FORM_CSV) {
            shm_csv_write_row(out, &row);
        } else {
            shm_json_write(out, &row);
            shm_out_char(out, '\n');
        }
    }
}

/* The image, mapped; its size in *size. */
static void *map_image(int fd, size_t *size)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        abort();
    }
    *size = (size_t)status.st_size;
    void *bytes = mmap(NULL, *size, PROT_READ, MAP_SHARED, fd, 0);
    if (bytes == MAP_FAILED) {
        abort();
    }
    return bytes;
}

static void check_again(form kind, int first)
{
    size_t sizes[2];
    void *bytes = map_image(first, &sizes[0]);
    shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *dataset = NULL;
    shm_out text = {0};
    shm_out_room(&text, 1);
    if (shm_dataset_open_memory(bytes, sizes[0], &options, &dataset, NULL) != SHM_OK) {
        abort();
    }
    if (kind != FORM_TENSOR && kind != FORM_SET) {
        dump(dataset, kind, &text);
        const int second = build(kind, text.bytes, text.length);
        if (second == -1) {
            abort();
        }
        void *others = map_image(second, &sizes[1]);
        if (sizes[0] != sizes[1] || memcmp(bytes, others, sizes[0]) != 0) {
            abort();
        }
        munmap(others, sizes[1]);
        close(second);
    }
    shm_out_close(&text);
    shm_dataset_close(dataset);
    munmap(bytes, sizes[0]);
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t size)
{
    if (size == 0) {
        return 0;
    }
    const form kind = (form)((unsigned)(bytes[0] - '0') % FORM_COUNT);
    const int image = build(kind, bytes + 1, size - 1);
    if (image != -1) {
        check_again(kind, image);
        close(image);
    }
    return 0;
}
