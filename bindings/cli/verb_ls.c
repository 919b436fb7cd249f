#include "cli.h"
#include "describe.h"
#include "json_write.h"
#include "table.h"

static void put_json(shm_out *out, const shm_cli_image *image)
{
    const shm_dataset_type *type = image->schema->dataset;
    shm_out_text(out, "{\"dataset\":");
    shm_json_write_text(out, type->name);
    shm_out_print(out, ",\"bytes\":%llu,\"fingerprint\":\"",
                  (unsigned long long)shm_dataset_size(image->dataset));
    shm_json_write_fingerprint(out, image->schema->fingerprint);
    shm_out_text(out, "\",\"collections\":[");
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        const shm_description about = shm_describe(image->dataset, collection);
        shm_out_print(out, "%s{\"name\":\"%s\",\"kind\":\"%s\",\"rows\":%llu,", i == 0 ? "" : ",",
                      collection->name, shm_cli_kind_name(collection->kind),
                      (unsigned long long)about.rows);
        if (about.has_index && collection->kind != SHM_APPROXIMATE) {
            shm_out_print(out, "\"keys\":%llu,", (unsigned long long)about.keys);
        }
        if (collection->table != NULL) {
            shm_out_print(out, "\"table\":\"%s\",", collection->table->name);
        }
        shm_out_print(out, "\"bytes\":%llu}", (unsigned long long)about.bytes);
    }
    shm_out_text(out, "]}\n");
}

static void put_text(shm_out *out, const shm_cli_image *image)
{
    const shm_dataset_type *type = image->schema->dataset;
    shm_text_table table = {.column_count = 5};
    shm_text_table_cell(&table, "NAME");
    shm_text_table_cell(&table, "KIND");
    shm_text_table_cell(&table, "ROWS");
    shm_text_table_cell(&table, "KEYS");
    shm_text_table_cell(&table, "BYTES");
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        const shm_description about = shm_describe(image->dataset, collection);
        shm_text_table_cell(&table, "%s", collection->name);
        shm_text_table_cell(&table, "%s", shm_cli_kind_name(collection->kind));
        shm_text_table_cell(&table, "%llu", (unsigned long long)about.rows);
        if (about.has_index && collection->kind != SHM_APPROXIMATE) {
            shm_text_table_cell(&table, "%llu", (unsigned long long)about.keys);
        } else {
            shm_text_table_cell(&table, "-");
        }
        shm_text_table_cell(&table, "%llu", (unsigned long long)about.bytes);
    }
    shm_text_table_end(&table, out);
}

static int run(shm_args *args)
{
    const char *path;
    if (shm_args_words(args, &path, 1, 1) < 0) {
        return args->exit_code;
    }
    return shm_cli_show(path, SHM_PAGES_DEFAULT, args->json ? put_json : put_text);
}

const shm_verb shm_verb_ls = {
    .name = "ls",
    .summary = "Lists the collections of an image",
    .usage = "IMAGE",
    .details = "Rows are entries for indexes, elements for tensors.\n\n",
    .run = run,
};
