#include <string.h>

#include "cli.h"
#include "json_write.h"
#include "key.h"
#include "number.h"

enum {
    OPTION_FROM = SHM_ARG_OPTION,
    OPTION_TO,
    OPTION_PREFIX,
    OPTION_LIMIT,
    OPTION_SCHEMA,
    OPTION_DATASET
};

static const shm_option options[] = {
    {"from", 0, true, OPTION_FROM},
    {"to", 0, true, OPTION_TO},
    {"prefix", 0, true, OPTION_PREFIX},
    {"limit", 0, true, OPTION_LIMIT},
    {"schema", 0, true, OPTION_SCHEMA},
    {"dataset", 0, true, OPTION_DATASET},
    {0},
};

typedef struct scanning {
    const char *words[2]; /* the image and the collection */
    const char *from;
    const char *to;
    const char *prefix;
    uint64_t limit;
    const char *schema;
    const char *dataset_name;
    const shm_dataset *dataset;
    const shm_collection *collection;
} scanning;

/* Reads the key of an option, if it was given. */
static int read_key(const scanning *scan, const char *option, const char *word, shm_cli_key *key)
{
    shm_cli_key_open(key, scan->collection);
    key->may_be_short = true;
    if (word == NULL || shm_cli_key_read(key, word)) {
        return SHM_EXIT_DONE;
    }
    char quoted[SHM_JSON_QUOTED_BYTES];
    shm_json_quote_text(shm_string_of(word, strlen(word)), quoted);
    return shm_cli_fail(SHM_EXIT_BAD, "--%s '%s' of %s: %s", option, quoted, scan->words[1],
                        key->reader.reason);
}

/* Prefixes are of texts: of a key that is one, or that begins with other parts. */
static int check_prefix(const scanning *scan, const shm_cli_key *prefix)
{
    const bool is_text =
        prefix->part_count > 0 && prefix->parts[prefix->part_count - 1].text.data != NULL;
    if (scan->prefix == NULL || is_text || scan->collection->key_count > 1) {
        return SHM_EXIT_DONE;
    }
    return shm_cli_fail(SHM_EXIT_BAD,
                        "%s: its keys are no texts, so they have no prefixes; see "
                        "--from and --to",
                        scan->words[1]);
}

/* The rows that are in both ranges of one index. */
static shm_row_range both(shm_row_range a, shm_row_range b)
{
    if (a.count == 0 || b.count == 0) {
        return (shm_row_range){.count = 0};
    }
    const unsigned char *a_end = a.at + a.count * a.width;
    const unsigned char *b_end = b.at + b.count * b.width;
    const unsigned char *end = a_end < b_end ? a_end : b_end;
    a.at = a.at > b.at ? a.at : b.at;
    a.count = end > a.at ? (uint64_t)(end - a.at) / a.width : 0;
    return a;
}

static void put_rows(const scanning *scan, shm_row_range range)
{
    shm_out out = {0};
    shm_value row;
    uint64_t number;
    for (uint64_t i = 0; i < scan->limit && shm_row_range_next(&range, &number); i++) {
        if (shm_dataset_row(scan->dataset, scan->collection->number, number, &row)) {
            shm_json_write(&out, &row);
            shm_out_char(&out, '\n');
            shm_out_relieve(&out);
        }
    }
    shm_out_flush(&out);
    shm_out_close(&out);
}

static int scan_index(const scanning *scan)
{
    const shm_index *index = shm_dataset_index(scan->dataset, scan->collection->number);
    shm_cli_key from;
    shm_cli_key to;
    shm_cli_key prefix;
    const int from_code = read_key(scan, "from", scan->from, &from);
    const int to_code = read_key(scan, "to", scan->to, &to);
    const int prefix_code = read_key(scan, "prefix", scan->prefix, &prefix);
    int code = from_code != SHM_EXIT_DONE ? from_code
               : to_code != SHM_EXIT_DONE ? to_code
                                          : prefix_code;
    if (code == SHM_EXIT_DONE) {
        code = check_prefix(scan, &prefix);
    }
    if (code == SHM_EXIT_DONE) {
        shm_row_range range =
            shm_sorted_range(index, scan->from == NULL ? NULL : from.parts, from.part_count,
                             scan->to == NULL ? NULL : to.parts, to.part_count);
        if (scan->prefix != NULL) {
            range = both(range, shm_sorted_prefix(index, prefix.parts, prefix.part_count));
        }
        put_rows(scan, range);
    }
    shm_cli_key_close(&from);
    shm_cli_key_close(&to);
    shm_cli_key_close(&prefix);
    return code;
}

static int scan_image(scanning *scan)
{
    shm_cli_image image;
    int code = shm_cli_open(scan->words[0], scan->schema, scan->dataset_name, &image);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    scan->dataset = image.dataset;
    scan->collection = shm_cli_collection(image.schema, scan->words[1]);
    if (scan->collection == NULL) {
        code = SHM_EXIT_BAD;
    } else if (scan->collection->kind != SHM_SORTED) {
        code = shm_cli_fail(SHM_EXIT_BAD, "%s is no sorted index; see shm get and shm dump",
                            scan->words[1]);
    } else {
        code = scan_index(scan);
    }
    shm_cli_close(&image);
    return code;
}

static bool read_limit(const char *word, uint64_t *limit)
{
    const shm_string text = shm_string_of(word, strlen(word));
    bool integral = false;
    return shm_number_is(text, &integral) && integral && shm_integer_read(text, SHM_U64, limit);
}

static int run(shm_args *args)
{
    scanning scan = {.limit = UINT64_MAX};
    int word_count = 0;
    for (int got; (got = shm_args_next(args, options)) != SHM_ARG_END;) {
        switch (got) {
        case OPTION_FROM:
            scan.from = args->value;
            break;
        case OPTION_TO:
            scan.to = args->value;
            break;
        case OPTION_PREFIX:
            scan.prefix = args->value;
            break;
        case OPTION_LIMIT:
            if (!read_limit(args->value, &scan.limit)) {
                return shm_args_fail(args, "--limit '%s' is no number of rows", args->value);
            }
            break;
        case OPTION_SCHEMA:
            scan.schema = args->value;
            break;
        case OPTION_DATASET:
            scan.dataset_name = args->value;
            break;
        case SHM_ARG_WORD:
            if (word_count == 2) {
                return shm_args_fail(args, "unexpected argument '%s'", args->value);
            }
            scan.words[word_count++] = args->value;
            break;
        default:
            return args->exit_code;
        }
    }
    if (word_count < 2) {
        return shm_args_fail(args, "an image and the name of a sorted index are needed");
    }
    return scan_image(&scan);
}

const shm_verb shm_verb_scan = {
    .name = "scan",
    .summary = "Prints rows in the order of their keys",
    .usage = "IMAGE NAME [--from K] [--to K] [--prefix P] [--limit N] [--schema FILE]",
    .details =
        "NAME is a sorted index.  Prints one JSON line a row, by key and then in row order; a row\n"
        "with several keys comes with each.  Keys are given as for shm get; of a compound key the\n"
        "JSON array may stop early, and then means all keys that begin so.\n\n"
        "  --from K              keys from K on\n"
        "  --to K                keys before K\n"
        "  --prefix P            keys that are texts beginning with P; of a compound key, those\n"
        "                        that begin with these parts, the last one as a text does\n"
        "  --limit N             at most so many rows\n"
        "  --schema FILE         read under another, compatible version of the schema\n"
        "  --dataset NAME        which dataset of that file, if it has several\n",
    .run = run,
};
