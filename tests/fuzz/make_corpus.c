/* make_corpus.c — writes the seeds of the fuzz targets: make_corpus FOLDER.
 *
 * Run by hand when the format or the schema language changes; what it writes is checked in:
 * FOLDER/image/, FOLDER/schema/, FOLDER/any/, one small file a dataset, schema or value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/any.h>

#include "tests/support/images.h"

enum { PATH_BYTES = 512 };

static void write_seed(const char *folder, const char *target, const char *name, const void *bytes,
                       size_t size)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, target, name);
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

/* Little schemas, each for one thing: most of an input's time is its schema's. */
static const struct shm_test_dataset little_datasets[] = {
    {"bool", "record R{a:bool;b:u16;} dataset D{r:array<R>;}"},
    {"enum", "enum E:i16{a=-1,b} record R{a:E;} dataset D{r:array<R>;}"},
    {"times", "record R{a:date;b:datetime;} dataset D{r:array<R>;}"},
    {"string", "record R{a:string;} dataset D{r:array<R>;}"},
    {"bytes", "record R{a:bytes?;} dataset D{r:array<R>;}"},
    {"decimal", "record R{a:decimal;} dataset D{r:array<R>;}"},
    {"any", "record R{a:any;} dataset D{r:array<R>;}"},
    {"optional", "record R{a:u8?;b:u32??;c:string?;} dataset D{r:array<R>;}"},
    {"optionals", "record R{a:[u16?];b:u8?[3];} dataset D{r:array<R>;}"},
    {"struct", "struct P{x:u8;y:u32;} record R{a:P[2];b:(P,u8);} dataset D{r:array<R>;}"},
    {"tree", "record T{a:T?;b:[T];} dataset D{r:array<T>;}"},
    {"record", "record S{a:string;} record R{a:S;b:S?;} dataset D{r:array<R>;}"},
    {"lists", "record R{a:[[u8]];b:[string];} dataset D{r:array<R>;}"},
    {"set", "record R{a:{u16};b:{string};} dataset D{r:array<R>;}"},
    {"dict", "record R{a:{string:u8};b:{u8:[u8]};} dataset D{r:array<R>;}"},
    {"tensor", "record R{a:tensor<u16>;b:tensor<u16>;} dataset D{r:array<R>;}"},
    {"tensors", "dataset D{a:tensor<f32>;b:tensor<u8>;c:tensor<u8>;}"},
    {"ref", "record R{a:ref<R>?;b:[ref<R>];} dataset D{r:array<R>;}"},
    {"index_word", "record R{a:u32;} dataset D{r:array<R>;i:index r by a;}"},
    {"index_text", "record R{a:string;} dataset D{r:array<R>;i:index r by a;}"},
    {"index_parts", "record R{a:u8;b:string;} dataset D{r:array<R>;i:index r by a,b;}"},
    {"index_float", "struct P{x:f32;} record R{a:P;b:u8;} dataset D{r:array<R>;i:index r by a,b;}"},
    {"multi_word", "record R{a:bool;} dataset D{r:array<R>;i:multi r by a;}"},
    {"multi_guard", "record R{a:date??;} dataset D{r:array<R>;i:multi r by a;}"},
    {"multi_list", "record R{a:[string];b:bool;} dataset D{r:array<R>;i:multi r by a,b;}"},
    {"multi_set", "record R{a:{bool};} dataset D{r:array<R>;i:multi r by a;}"},
    {"near_word", "record R{a:bool;} dataset D{r:array<R>;i:multi r by a approximate 1/9;}"},
    {"near_list",
     "record R{a:[string];} dataset D{r:array<R>;i:multi r by a approximate 1/99999;}"},
    {"map", "dataset D{m:map<string,u8>;}"},
    {"multimap", "dataset D{m:multimap<bool,string>;}"},
    {"set_of", "dataset D{s:set<uuid>;}"},
    {"empty",
     "record R{a:string;} dataset D{r:array<R>;i:multi r by a;j:multi r by a approximate;}"},
    {"sorted_word", "record R{a:i16;} dataset D{r:array<R>;i:sorted r by a;}"},
    {"sorted_text", "record R{a:string;} dataset D{r:array<R>;i:sorted r by a;}"},
    {"sorted_list", "record R{a:[string];b:bool;} dataset D{r:array<R>;i:sorted r by a,b;}"},
    {"placed_wide", "dataset D{m:map<u64,u64>;}"},
    {"placed_narrow", "struct P{x:i16;y:bool;} dataset D{m:map<date,P>;}"},
    {"min_word", "record R{a:u32;} dataset D{r:array<R>;i:index r by a min;}"},
    {"min_list", "record R{a:[string];} dataset D{r:array<R>;i:multi r by a min;}"},
    {"min_multimap", "dataset D{m:multimap<u8,u8> min;}"},
    {"min_map", "dataset D{m:map<i16,u8> min;}"},
};

/* Those of enough entries for lines that are too full, and for pilots that differ. */
static const struct shm_test_dataset crowded_datasets[] = {
    {"placed_wide_tails", "dataset D{m:map<u64,u64>;}"},
    {"placed_narrow_tails", "dataset D{m:map<u32,u16>;}"},
    {"dense", "dataset D{m:map<u64,u64> min;}"},
};

static void write_images_of(const char *folder, const struct shm_test_dataset *datasets,
                            size_t count, uint64_t row_count)
{
    for (size_t i = 0; i < count; i++) {
        const bool is_empty = strcmp(datasets[i].name, "empty") == 0;
        const struct shm_test_image image =
            shm_test_image_make(datasets[i].schema, is_empty ? 0 : row_count, i);
        write_seed(folder, "image", datasets[i].name, image.bytes, image.size);
        free(image.bytes);
    }
}

static void write_images(const char *folder)
{
    write_images_of(folder, little_datasets, sizeof little_datasets / sizeof little_datasets[0], 5);
    write_images_of(folder, crowded_datasets, sizeof crowded_datasets / sizeof crowded_datasets[0],
                    40);
}

static void write_schemas(const char *folder)
{
    for (size_t i = 0; i < shm_test_dataset_count; i++) {
        const struct shm_test_dataset *dataset = &shm_test_datasets[i];
        write_seed(folder, "schema", dataset->name, dataset->schema, strlen(dataset->schema));
    }
}

static void write_any(const char *folder, const char *name, shm_any_writer *writer)
{
    shm_bytes encoded;
    shm_error error;
    if (shm_any_end(writer, &encoded, &error) != SHM_OK) {
        fprintf(stderr, "%s: %s\n", name, error.text);
        exit(EXIT_FAILURE);
    }
    write_seed(folder, "any", name, encoded.data, encoded.length);
}

static void put_scalars(shm_any_writer *writer)
{
    shm_any_put_null(writer);
    shm_any_put_bool(writer, false);
    shm_any_put_bool(writer, true);
    shm_any_put_int(writer, -5);
    shm_any_put_uint(writer, UINT64_MAX);
    shm_any_put_float(writer, 0.5);
    shm_any_put_text(writer, SHM_ANY_STRING, SHM_STR("text"));
    shm_any_put_text(writer, SHM_ANY_BYTES, SHM_STR("\xff\x01"));
    shm_any_put_text(writer, SHM_ANY_DECIMAL, SHM_STR("1.50"));
    shm_any_put_date(writer, (shm_date){.days = 20000});
    shm_any_put_datetime(writer, (shm_datetime){.micros = 1, .zone_minutes = 60, .zone_given = 1});
    shm_any_put_uuid(writer, (shm_uuid){{1, 2, 3}});
}

static void write_anys(const char *folder)
{
    static const struct {
        const char *name;
        shm_any_kind kind;
    } kinds[] = {{"list", SHM_ANY_LIST}, {"tuple", SHM_ANY_TUPLE}, {"set", SHM_ANY_SET}};
    shm_any_writer *writer = shm_any_writer_open();
    if (writer == NULL) {
        exit(EXIT_FAILURE);
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        shm_any_begin(writer);
        shm_any_put_begin(writer, kinds[i].kind);
        put_scalars(writer);
        shm_any_put_end(writer);
        write_any(folder, kinds[i].name, writer);
    }
    shm_any_begin(writer);
    shm_any_put_begin(writer, SHM_ANY_DICT);
    for (int64_t i = 0; i < 3; i++) {
        shm_any_put_int(writer, i);
        shm_any_put_begin(writer, SHM_ANY_TUPLE);
        put_scalars(writer);
        shm_any_put_end(writer);
    }
    shm_any_put_end(writer);
    write_any(folder, "dict", writer);
    shm_any_begin(writer);
    for (int depth = 0; depth < 40; depth++) {
        shm_any_put_begin(writer, SHM_ANY_LIST);
    }
    for (int depth = 0; depth < 40; depth++) {
        shm_any_put_end(writer);
    }
    write_any(folder, "deep", writer);
    shm_any_writer_close(writer);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_corpus FOLDER\n");
        return 2;
    }
    write_images(argv[1]);
    write_schemas(argv[1]);
    write_anys(argv[1]);
    return 0;
}
