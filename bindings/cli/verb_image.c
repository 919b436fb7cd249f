/* schema, verify and reseal: what is done to an image as a whole. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "cli.h"
#include "json_write.h"

static void put_schema_json(shm_out *out, const shm_cli_image *image)
{
    const shm_schema *schema = shm_dataset_stored_schema(image->dataset);
    shm_out_text(out, "{\"fingerprint\":\"");
    shm_json_write_fingerprint(out, schema->fingerprint);
    shm_out_text(out, "\",\"text\":");
    shm_json_write_string(out, schema->text);
    shm_out_text(out, "}\n");
}

static void put_schema_text(shm_out *out, const shm_cli_image *image)
{
    shm_out_string(out, shm_dataset_stored_schema(image->dataset)->text);
    if (out->length == 0 || out->bytes[out->length - 1] != '\n') {
        shm_out_char(out, '\n');
    }
}

static int run_schema(shm_args *args)
{
    const char *path;
    if (shm_args_words(args, &path, 1, 1) < 0) {
        return args->exit_code;
    }
    return shm_cli_show(path, SHM_PAGES_DEFAULT, args->json ? put_schema_json : put_schema_text);
}

static int verify_one(const char *path, bool json, shm_out *out)
{
    shm_error error = {.status = SHM_OK, .offset = UINT64_MAX};
    uint64_t operations = 0;
    struct stat status;
    const bool good = shm_image_verify(path, &operations, &error) == SHM_OK;
    const long long bytes = stat(path, &status) == 0 ? (long long)status.st_size : 0;
    const int code = good ? SHM_EXIT_DONE : shm_cli_exit_code(error.status);
    if (json) {
        shm_out_text(out, "{\"image\":");
        shm_json_write_text(out, path);
        shm_out_print(out, ",\"ok\":%s,", good ? "true" : "false");
        if (good) {
            shm_out_print(out, "\"bytes\":%lld,\"operations\":%llu}\n", bytes,
                          (unsigned long long)operations);
        } else {
            shm_out_print(out, "\"status\":\"%s\",\"reason\":", shm_status_name(error.status));
            shm_json_write_text(out, error.text);
            if (error.offset != UINT64_MAX) {
                shm_out_print(out, ",\"offset\":%llu", (unsigned long long)error.offset);
            }
            shm_out_text(out, "}\n");
        }
    } else if (good) {
        shm_out_print(out, "%s: ok (%lld bytes, %llu checks)\n", path, bytes,
                      (unsigned long long)operations);
    }
    shm_out_flush(out);
    if (!good) {
        shm_cli_fail_error(path, &error);
    }
    return code;
}

static int run_verify(shm_args *args)
{
    const char **paths = shm_cli_realloc(NULL, ((size_t)args->count + 1) * sizeof *paths);
    const int count = shm_args_words(args, paths, 1, args->count);
    shm_out out = {0};
    int worst = count < 0 ? args->exit_code : SHM_EXIT_DONE;
    for (int i = 0; i < count; i++) {
        const int code = verify_one(paths[i], args->json, &out);
        worst = code > worst ? code : worst;
    }
    shm_out_close(&out);
    free(paths);
    return worst;
}

static int run_reseal(shm_args *args)
{
    const char *path;
    shm_error error = {.status = SHM_OK};
    if (shm_args_words(args, &path, 1, 1) < 0) {
        return args->exit_code;
    }
    if (shm_image_reseal(path, &error) != SHM_OK) {
        return shm_cli_fail_error(path, &error);
    }
    if (args->json) {
        shm_out out = {0};
        shm_out_text(&out, "{\"image\":");
        shm_json_write_text(&out, path);
        shm_out_text(&out, "}\n");
        shm_out_flush(&out);
        shm_out_close(&out);
    }
    return SHM_EXIT_DONE;
}

const shm_verb shm_verb_schema = {
    .name = "schema",
    .summary = "Prints the schema that an image was built with",
    .usage = "IMAGE",
    .details = "One self-contained text, without comments and imports; `shm build` takes it.\n\n",
    .run = run_schema,
};

const shm_verb shm_verb_verify = {
    .name = "verify",
    .summary = "Checks every byte of images, and everything that reading relies on",
    .usage = "IMAGE...",
    .details = "Exits 3 if one is corrupt or no image, and then says where.\n\n",
    .run = run_verify,
};

const shm_verb shm_verb_reseal = {
    .name = "reseal",
    .summary = "Recomputes the checksums of an image and changes nothing else",
    .usage = "IMAGE",
    .details =
        "For tests of verification: after bytes were changed on purpose, `shm verify` must find\n"
        "the fault itself and not just a wrong checksum.\n\n",
    .run = run_reseal,
};
