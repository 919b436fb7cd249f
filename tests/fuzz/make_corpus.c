/* make_corpus.c — writes the seeds of the fuzz targets: make_corpus FOLDER.
 *
 * Run by hand when the format or the schema language changes; what it writes is checked in:
 * FOLDER/image/, FOLDER/schema/, FOLDER/any/, one small file a dataset, schema or value. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <shm/any.h>

#include "tests/support/images.h"

enum { PATH_BYTES = 512, SEED_BYTES_MAX = 4096 };

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

/* As many rows as fit a seed; none at least. */
static void write_images(const char *folder)
{
    for (size_t i = 0; i < shm_test_dataset_count; i++) {
        const struct shm_test_dataset *dataset = &shm_test_datasets[i];
        uint64_t rows = 4;
        struct shm_test_image image = shm_test_image_make(dataset->schema, rows, i);
        while (image.size > SEED_BYTES_MAX && rows > 0) {
            free(image.bytes);
            image = shm_test_image_make(dataset->schema, --rows, i);
        }
        write_seed(folder, "image", dataset->name, image.bytes, image.size);
        write_seed(folder, "schema", dataset->name, dataset->schema, strlen(dataset->schema));
        free(image.bytes);
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
    write_anys(argv[1]);
    return 0;
}
