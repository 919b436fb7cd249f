#include "tests/support/images.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { IMAGE_ALIGN = 64 };

const struct shm_test_dataset shm_test_datasets[] = {
    {"scalars", "record R { a: bool; b: i8; c: i16; d: i32; e: i64; f: u8; g: u16; h: u32; i: u64;"
                " j: f32; k: f64; l: date; m: datetime; n: uuid; }"
                "dataset D { rows: array<R>; }"},
    {"texts", "record R { a: string; b: bytes; c: decimal; d: any; e: string?; f: any; }"
              "dataset D { rows: array<R>; }"},
    {"enums", "enum Small : u8 { one = 1, two, nine = 9 } enum Signed : i16 { low = -300, high }"
              "enum Wide : u64 { top = 18446744073709551615, zero = 0 }"
              "record R { a: Small; b: Signed; c: Wide?; d: [Small]; e: Small = two; }"
              "dataset D { rows: array<R>; }"},
    {"optionals",
     "struct P { x: u8; y: u64; } record R { a: u8?; b: u16??; c: string?; d: P??; e: bool;"
     " f: [u32?]; g: [string?]; h: u8?[3]; i: date??; j: [P?]; k: {u8: f32?}; }"
     "dataset D { rows: array<R>; }"},
    {"nested", "struct P { x: u8; y: u32; } struct Q { p: P; z: u8; }"
               "record Leaf { name: string; at: P?; }"
               "record R { a: Leaf; b: Leaf?; c: [Leaf]; d: (u8, string, Leaf); e: Q[2]; f: [[Q]];"
               " g: Tree; h: u8[7]; i: (u8, u64)[2]; }"
               "record Tree { name: string; left: Tree?; right: Tree?; more: [Tree]; }"
               "dataset D { rows: array<R>; }"},
    {"sets", "struct P { x: i16; y: u8; } enum E : u8 { a, b }"
             "record R { a: {u32}; b: {string}; c: {P}; d: {string: u8}; e: {i64: [string]};"
             " f: {E}; g: {uuid: string}; h: {bytes: {u8}}; i: {date: f64}; j: {bool}; }"
             "dataset D { rows: array<R>; }"},
    {"tensors",
     "record R { a: tensor<u8>; b: tensor<f64>; c: [tensor<i16>]; }"
     "dataset D { rows: array<R>; wide: tensor<f32>; narrow: tensor<u8>; none: tensor<i64>; }"},
    {"refs", "record A { name: string; next: ref<A>?; others: [ref<B>]; }"
             "record B { a: ref<A>; near: (ref<A>, ref<B>); }"
             "dataset D { as: array<A>; bs: array<B>; }"},
    {"unique", "struct P { x: f64; y: f32; }"
               "record R { id: u32; name: string; at: P; when: datetime; key: uuid; part: u16?; }"
               "dataset D { rows: array<R>; by_id: index rows by id; by_name: index rows by name;"
               " by_at: index rows by at, id; by_when: index rows by when, id;"
               " by_key: index rows by key, part, id; }"},
    {"multi",
     "enum E : i8 { a = -1, b, c } record R { e: E; s: string?; d: date??; tags: [string];"
     " nums: {u16}; flag: bool; }"
     "dataset D { rows: array<R>; by_e: multi rows by e; by_s: multi rows by s;"
     " by_d: multi rows by d; by_tag: multi rows by tags; by_num: multi rows by nums, flag; }"},
    {"approximate",
     "record R { id: u64; tags: [string]; s: string; }"
     "dataset D { rows: array<R>; a: multi rows by id approximate 1/100;"
     " b: multi rows by tags approximate 1/100000; c: multi rows by s approximate; }"},
    {"sorted", "struct P { x: i16; y: f32; }"
               "record R { id: i32; s: string; at: P; tags: [string]; nums: [u16]; d: date?; }"
               "dataset D { rows: array<R>; by_id: sorted rows by id; by_s: sorted rows by s;"
               " by_at: sorted rows by at, s; by_tag: sorted rows by tags, id;"
               " by_num: sorted rows by nums; by_d: sorted rows by d, s; }"},
    {"placed", "enum E : i8 { a = -1, b, c } struct P { x: i16; y: bool; }"
               "dataset D { m: map<u64, i64>; n: map<i32, P>; e: map<u16, E>; d: map<date, f32>;"
               " b: map<i32, u8[5]>; min: map<u64, u8> min; }"},
    {"pairs", "struct K { a: u8; b: u32; } record V { n: u32?; s: string; }"
              "dataset D { m: map<string, V>; n: map<u32, string>; k: map<K, [u8]>;"
              " mm: multimap<u8, V>; ms: multimap<string, u16>; s: set<u64>; t: set<string>;"
              " u: set<uuid>; }"},
    {"min",
     "struct K { a: u8; b: u32; }"
     "record R { id: u32; name: string; tags: [string]; nums: {u16}; day: date?; }"
     "dataset D { rows: array<R>; by_id: index rows by id min; by_name: index rows by name, id"
     " min; by_tag: multi rows by tags min; by_num: multi rows by nums min;"
     " by_day: multi rows by day min; by_both: multi rows by tags, id min;"
     " dense: map<u32, u64> min; bytes: map<i16, (u8, bool)> min; m: map<string, u8> min;"
     " k: map<K, string> min; mm: multimap<u8, u16> min; s: set<u64> min; t: set<string> min;"
     " }"},
};
const size_t shm_test_dataset_count = sizeof shm_test_datasets / sizeof shm_test_datasets[0];

static void check(shm_status status, const shm_error *error)
{
    if (status != SHM_OK) {
        fprintf(stderr, "a test image cannot be made: %s: %s\n", shm_status_name(status),
                error->text);
        abort();
    }
}

static void *allocate(size_t size)
{
    void *bytes = NULL;
    if (posix_memalign(&bytes, IMAGE_ALIGN, size == 0 ? 1 : size) != 0) {
        abort();
    }
    return bytes;
}

struct shm_test_image shm_test_image_copy(const void *bytes, size_t size)
{
    struct shm_test_image image = {.bytes = allocate(size), .size = size};
    if (size > 0) {
        memcpy(image.bytes, bytes, size);
    }
    return image;
}

struct shm_test_image shm_test_image_of(shm_builder *builder)
{
    shm_error error = {.text = "no memory file"};
    const int fd = memfd_create("image", MFD_CLOEXEC);
    check(fd < 0 ? SHM_IO : shm_builder_write(builder, fd, &error), &error);
    const off_t size = lseek(fd, 0, SEEK_END);
    struct shm_test_image image = {.bytes = allocate((size_t)size), .size = (size_t)size};
    size_t done = 0;
    while (done < image.size) {
        const ssize_t got = pread(fd, image.bytes + done, image.size - done, (off_t)done);
        check(got <= 0 ? SHM_IO : SHM_OK, &error);
        done += (size_t)got;
    }
    close(fd);
    return image;
}

static void fill_tensors(shm_builder *builder, const shm_collection *collection)
{
    static const uint64_t shapes[][3] = {{2, 3, 1}, {5, 0, 0}};
    static const unsigned char elements[64];
    shm_error error;
    const size_t which = collection->number % 3;
    if (which == 2) {
        return; /* never begun: of shape [0] */
    }
    const size_t ndim = which == 0 ? 3 : 1;
    const size_t count = which == 0 ? 6 : 5;
    check(shm_builder_tensor_begin(builder, collection->number, shapes[which], ndim, &error),
          &error);
    check(shm_builder_tensor_add(builder, collection->number, elements, count, &error), &error);
}

struct shm_test_image shm_test_image_make(const char *schema_text, uint64_t rows, uint64_t seed)
{
    const shm_schema *schema;
    shm_builder *builder;
    shm_error error;
    check(shm_schema_parse(schema_text, strlen(schema_text), "test", NULL, &schema, &error),
          &error);
    check(shm_builder_open(schema, NULL, &builder, &error), &error);
    struct shm_test_filler filler = {.builder = builder, .state = seed, .rows = rows};
    for (size_t i = 0; i < schema->dataset->collection_count; i++) {
        const shm_collection *collection = &schema->dataset->collections[i];
        if (collection->kind == SHM_TENSOR_OF) {
            fill_tensors(builder, collection);
        } else if (collection->table == NULL) {
            for (uint64_t row = 0; row < rows; row++) {
                shm_test_fill_row(&filler, collection);
            }
        }
    }
    const struct shm_test_image image = shm_test_image_of(builder);
    shm_builder_close(builder);
    shm_schema_free(schema);
    return image;
}
