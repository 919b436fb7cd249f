#include <stdio.h>

#include "cli.h"
#include "csv_write.h"
#include "json_write.h"
#include "npy.h"

enum { OPTION_CSV = SHM_ARG_OPTION, OPTION_SCHEMA, OPTION_DATASET };

static const shm_option options[] = {
    {"csv", 0, false, OPTION_CSV},
    {"schema", 0, true, OPTION_SCHEMA},
    {"dataset", 0, true, OPTION_DATASET},
    {0},
};

static void dump_rows(const shm_dataset *dataset, const shm_collection *collection, bool csv)
{
    shm_out out = {.streams = !csv}; /* a cell of CSV is looked at again when it is whole */
    shm_value row;
    if (csv) {
        shm_csv_write_header(&out, collection->record);
    }
    for (uint64_t cursor = 0; shm_dataset_next(dataset, collection->number, &cursor, &row);) {
        if (csv) {
            shm_csv_write_row(&out, &row);
        } else {
            shm_json_write(&out, &row);
            shm_out_char(&out, '\n');
        }
        shm_out_relieve(&out);
    }
    shm_out_flush(&out);
    shm_out_close(&out);
}

static void dump_tensor(const shm_dataset *dataset, const shm_collection *collection, bool json)
{
    shm_out out = {0};
    shm_tensor tensor;
    const shm_type *element = collection->element;
    shm_dataset_tensor(dataset, collection->number, &tensor);
    if (json) {
        shm_json_write_tensor(&out, &tensor, element->kind);
        shm_out_char(&out, '\n');
    } else {
        shm_npy_write_header(&out, element->kind, &tensor);
        const char *at = tensor.data;
        for (uint64_t left = tensor.count * element->size; left > 0;) {
            const size_t piece = left < (size_t)1 << 20 ? (size_t)left : (size_t)1 << 20;
            shm_out_bytes(&out, at, piece);
            shm_out_flush(&out);
            at += piece;
            left -= piece;
        }
    }
    shm_out_flush(&out);
    shm_out_close(&out);
}

static int dump(const shm_cli_image *image, const char *name, bool csv, bool json)
{
    const shm_collection *collection = shm_cli_collection(image->schema, name);
    if (collection == NULL) {
        return SHM_EXIT_BAD;
    }
    if (!shm_cli_is_filled(collection)) {
        return shm_cli_fail(SHM_EXIT_BAD,
                            "%s is an index (%s) and has no rows of its own; dump its table, %s",
                            name, shm_cli_kind_name(collection->kind), collection->table->name);
    }
    if (collection->kind != SHM_TENSOR_OF) {
        dump_rows(image->dataset, collection, csv);
    } else if (csv) {
        return shm_cli_fail(SHM_EXIT_BAD, "%s is a tensor, which has no CSV form", name);
    } else {
        dump_tensor(image->dataset, collection, json);
    }
    return SHM_EXIT_DONE;
}

static int run(shm_args *args)
{
    const char *words[2] = {NULL, NULL};
    size_t word_count = 0;
    const char *schema = NULL;
    const char *dataset = NULL;
    bool csv = false;
    for (int got; (got = shm_args_next(args, options)) != SHM_ARG_END;) {
        switch (got) {
        case OPTION_CSV:
            csv = true;
            break;
        case OPTION_SCHEMA:
            schema = args->value;
            break;
        case OPTION_DATASET:
            dataset = args->value;
            break;
        case SHM_ARG_WORD:
            if (word_count == 2) {
                return shm_args_fail(args, "unexpected argument '%s'", args->value);
            }
            words[word_count++] = args->value;
            break;
        default:
            return args->exit_code;
        }
    }
    if (word_count < 2) {
        return shm_args_fail(args, "an image and the name of a collection are needed");
    }
    shm_cli_image image;
    int code = shm_cli_open(words[0], schema, dataset, &image);
    if (code == SHM_EXIT_DONE) {
        code = dump(&image, words[1], csv, args->json);
        shm_cli_close(&image);
    }
    return code;
}

const shm_verb shm_verb_dump = {
    .name = "dump",
    .summary = "Prints every row of a collection, in order",
    .usage = "IMAGE NAME [--csv] [--schema FILE]",
    .details = "Rows are JSON objects, one a line; of a map {\"key\":K,\"value\":V}, of a set "
               "{\"key\":K}.\n"
               "A tensor is written as a .npy file.\n\n"
               "  --csv                 CSV with a header; cells of composite fields hold JSON\n"
               "  --schema FILE         read under another, compatible version of the schema\n"
               "  --dataset NAME        which dataset of that file, if it has several\n",
    .run = run,
};
