#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "out.h"

/* Reads the schema to read under.  If its file has several datasets and none was chosen, it is the
 * one that the image is of. */
static int parse_schema(const char *path, const char *schema_path, const char *dataset_name,
                        shm_cli_image *image)
{
    shm_error error = {.status = SHM_OK};
    shm_error none = {.status = SHM_OK};
    const shm_open_options options = {.verify = SHM_VERIFY_ALWAYS};
    shm_dataset *stored = NULL;
    shm_status status =
        shm_schema_parse_file(schema_path, NULL, dataset_name, &image->owned, &error);
    if (status == SHM_INVALID && dataset_name == NULL &&
        shm_dataset_open(path, &options, &stored, &none) == SHM_OK) {
        const char *name = shm_dataset_stored_schema(stored)->dataset->name;
        if (shm_schema_parse_file(schema_path, NULL, name, &image->owned, &none) == SHM_OK) {
            status = SHM_OK;
        }
        shm_dataset_close(stored);
    }
    return status == SHM_OK ? SHM_EXIT_DONE : shm_cli_fail_schema(schema_path, &error);
}

/* Opens it under the schema that was read, if any. */
static int open_image(const char *path, shm_pages pages, shm_cli_image *image)
{
    shm_error error = {.status = SHM_OK};
    const shm_open_options options = {
        .verify = SHM_VERIFY_ALWAYS, .schema = image->owned, .pages = pages};
    if (shm_dataset_open(path, &options, &image->dataset, &error) != SHM_OK) {
        shm_cli_close(image);
        return shm_cli_fail_error(path, &error);
    }
    image->path = path;
    image->schema = shm_dataset_schema(image->dataset);
    return SHM_EXIT_DONE;
}

int shm_cli_open(const char *path, const char *schema_path, const char *dataset_name,
                 shm_cli_image *image)
{
    memset(image, 0, sizeof *image);
    if (schema_path != NULL) {
        const int code = parse_schema(path, schema_path, dataset_name, image);
        if (code != SHM_EXIT_DONE) {
            return code;
        }
    }
    return open_image(path, SHM_PAGES_DEFAULT, image);
}

int shm_cli_open_pages(const char *path, shm_pages pages, shm_cli_image *image)
{
    memset(image, 0, sizeof *image);
    return open_image(path, pages, image);
}

int shm_cli_show(const char *path, shm_pages pages, shm_cli_put *put)
{
    shm_cli_image image;
    const int code = shm_cli_open_pages(path, pages, &image);
    if (code == SHM_EXIT_DONE) {
        shm_out out = {0};
        put(&out, &image);
        shm_out_flush(&out);
        shm_out_close(&out);
        shm_cli_close(&image);
    }
    return code;
}

void shm_cli_close(shm_cli_image *image)
{
    shm_dataset_close(image->dataset);
    if (image->owned != NULL) {
        shm_schema_free(image->owned);
    }
    memset(image, 0, sizeof *image);
}

const shm_collection *shm_cli_collection(const shm_schema *schema, const char *name)
{
    const shm_collection *collection = shm_schema_collection(schema, name);
    if (collection == NULL) {
        shm_out names = {0};
        for (size_t i = 0; i < schema->dataset->collection_count; i++) {
            shm_out_print(&names, "%s%s", i == 0 ? "" : ", ", schema->dataset->collections[i].name);
        }
        shm_out_char(&names, '\0');
        shm_cli_fail(SHM_EXIT_BAD, "no collection \"%s\"; there are: %s", name, names.bytes);
        shm_out_close(&names);
    }
    return collection;
}

const char *shm_cli_kind_name(shm_collection_kind kind)
{
    switch (kind) {
    case SHM_TABLE:
        return "table";
    case SHM_INDEX:
        return "index";
    case SHM_MULTI:
        return "multi";
    case SHM_APPROXIMATE:
        return "approximate";
    case SHM_SORTED:
        return "sorted";
    case SHM_MAP:
        return "map";
    case SHM_MULTIMAP:
        return "multimap";
    case SHM_SET_OF:
        return "set";
    case SHM_TENSOR_OF:
        return "tensor";
    }
    return "unknown";
}

bool shm_cli_is_filled(const shm_collection *collection)
{
    return collection->table == NULL;
}
