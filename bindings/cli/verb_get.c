#include <string.h>

#include "cli.h"
#include "json_write.h"
#include "key.h"

enum { OPTION_WITH_KEY = SHM_ARG_OPTION, OPTION_COUNT, OPTION_SCHEMA, OPTION_DATASET };

static const shm_option options[] = {
    {"with-key", 0, false, OPTION_WITH_KEY},
    {"count", 0, false, OPTION_COUNT},
    {"schema", 0, true, OPTION_SCHEMA},
    {"dataset", 0, true, OPTION_DATASET},
    {0},
};

typedef struct getting {
    const char *image_path;
    const char *name;
    const char *schema;
    const char *dataset_name;
    bool with_key;
    bool count;
    const shm_dataset *dataset;
    const shm_collection *collection;
    shm_cli_key key;
    shm_out out;
} getting;

/* One match: the row; of a map the value; of a set the key. */
static void put_match(getting *get, uint64_t row)
{
    const shm_collection *collection = get->collection;
    shm_value value;
    shm_value inner;
    if (!shm_dataset_row(get->dataset, collection->number, row, &value)) {
        return;
    }
    const shm_type *type = collection->record;
    shm_presence presence = SHM_PRESENT;
    const bool is_set = collection->kind == SHM_SET_OF;
    if (is_set || collection->kind == SHM_MAP || collection->kind == SHM_MULTIMAP) {
        const size_t field = is_set ? 0 : 1;
        type = collection->record->fields[field].type;
        presence = shm_value_field(&value, field, &inner);
        value = inner;
    }
    if (get->with_key) {
        shm_out_text(&get->out, "{\"key\":");
        shm_out_bytes(&get->out, get->key.json.bytes, get->key.json.length);
        if (!is_set) {
            shm_out_text(&get->out, ",\"value\":");
        }
    }
    if (!(is_set && get->with_key)) {
        shm_json_write_held(&get->out, type, presence, &value);
    }
    shm_out_text(&get->out, get->with_key ? "}\n" : "\n");
    shm_out_relieve(&get->out);
}

static void put_count(getting *get, uint64_t count)
{
    if (get->with_key) {
        shm_out_text(&get->out, "{\"key\":");
        shm_out_bytes(&get->out, get->key.json.bytes, get->key.json.length);
        shm_out_text(&get->out, ",\"count\":");
    }
    shm_json_write_u64(&get->out, count);
    shm_out_text(&get->out, get->with_key ? "}\n" : "\n");
}

/* The rows of the key that was read. */
static shm_row_range find(const getting *get)
{
    if (get->collection->kind != SHM_TABLE) {
        return shm_cli_key_find(&get->key,
                                shm_dataset_index(get->dataset, get->collection->number));
    }
    const shm_table table = shm_dataset_table(get->dataset, get->collection->number);
    const uint64_t row = get->key.parts[0].word;
    return (shm_row_range){.count = row < table.count ? 1 : 0, .only = row};
}

static int get_one(getting *get, const char *word)
{
    if (!shm_cli_key_read(&get->key, word)) {
        return SHM_EXIT_BAD;
    }
    shm_row_range range = find(get);
    const uint64_t count = range.count;
    if (get->count) {
        put_count(get, count);
    } else {
        for (uint64_t row; shm_row_range_next(&range, &row);) {
            put_match(get, row);
        }
    }
    if (count == 0) {
        const shm_schema *stored = shm_dataset_stored_schema(get->dataset);
        const bool is_newer = shm_schema_collection(stored, get->name) == NULL;
        shm_cli_fail(SHM_EXIT_NO, "%s: nothing has the key %.*s%s", get->name,
                     (int)get->key.json.length, get->key.json.bytes,
                     is_newer ? ": the image is older than this collection; build it again" : "");
        return SHM_EXIT_NO;
    }
    return SHM_EXIT_DONE;
}

static int get_all(getting *get, char *const *keys, int key_count)
{
    int code = SHM_EXIT_DONE;
    /* A key that cannot be one is a mistake in the command: nothing is printed then. */
    for (int i = 0; i < key_count; i++) {
        if (!shm_cli_key_read(&get->key, keys[i])) {
            char quoted[SHM_JSON_QUOTED_BYTES];
            shm_json_quote_text(shm_string_of(keys[i], strlen(keys[i])), quoted);
            return shm_cli_fail(SHM_EXIT_BAD, "key '%s' of %s: %s", quoted, get->name,
                                get->key.reader.reason);
        }
    }
    for (int i = 0; i < key_count; i++) {
        const int one = get_one(get, keys[i]);
        code = one > code ? one : code;
    }
    shm_out_flush(&get->out);
    return code;
}

static int get_from(getting *get, char *const *keys, int key_count)
{
    shm_cli_image image;
    int code = shm_cli_open(get->image_path, get->schema, get->dataset_name, &image);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    get->dataset = image.dataset;
    get->collection = shm_cli_collection(image.schema, get->name);
    if (get->collection == NULL) {
        code = SHM_EXIT_BAD;
    } else if (get->collection->kind == SHM_TENSOR_OF) {
        code =
            shm_cli_fail(SHM_EXIT_BAD, "%s is a tensor and has no keys; see shm dump", get->name);
    } else {
        shm_cli_key_open(&get->key, get->collection);
        code = get_all(get, keys, key_count);
        shm_cli_key_close(&get->key);
    }
    shm_out_close(&get->out);
    shm_cli_close(&image);
    return code;
}

static int run(shm_args *args)
{
    getting get = {.out = {.streams = true}};
    int word_count = 0;
    while (word_count < 3) {
        const int got = shm_args_next(args, options);
        if (got == SHM_ARG_END) {
            return shm_args_fail(args, "an image, the name of a collection and a key are needed");
        }
        switch (got) {
        case OPTION_WITH_KEY:
            get.with_key = true;
            break;
        case OPTION_COUNT:
            get.count = true;
            break;
        case OPTION_SCHEMA:
            get.schema = args->value;
            break;
        case OPTION_DATASET:
            get.dataset_name = args->value;
            break;
        case SHM_ARG_WORD:
            if (word_count == 0) {
                get.image_path = args->value;
            } else if (word_count == 1) {
                get.name = args->value;
            }
            word_count++;
            break;
        default:
            return args->exit_code;
        }
    }
    /* The first key was just read: it and all that follow are keys. */
    return get_from(&get, args->words + args->at - 1, args->count - args->at + 1);
}

const shm_verb shm_verb_get = {
    .name = "get",
    .summary = "Prints what is stored under keys",
    .usage = "IMAGE NAME [--with-key] [--count] [--schema FILE] [--] KEY...",
    .details =
        "NAME is an index, a map, a multimap, a set, or a table (whose keys are row numbers).\n"
        "Prints one JSON line a match: rows in full, of a map the value, of a set the key.\n"
        "An approximate index may print rows of other keys, too.  Keys are given plain: numbers,\n"
        "text, base64 for bytes, names of enums, dates, datetimes, uuids; compound keys as a JSON\n"
        "array, structs as a JSON object.  Options end at the first KEY or at `--`.\n\n"
        "  --with-key            {\"key\":K,\"value\":MATCH}\n"
        "  --count               how many matches each key has, instead of the matches\n"
        "  --schema FILE         read under another, compatible version of the schema\n"
        "  --dataset NAME        which dataset of that file, if it has several\n",
    .run = run,
};
