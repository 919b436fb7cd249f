#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "describe.h"
#include "json_write.h"

enum { OPTION_LIMIT = SHM_ARG_OPTION, ROW_LIMIT = 10 };

static const shm_option options[] = {{"limit", 0, true, OPTION_LIMIT}, {0}};

typedef struct diff {
    const char *paths[2];
    shm_cli_image images[2];
    uint64_t limit; /* of rows shown for one collection */
    bool json;
    bool differs;
    shm_out out;
    shm_out rows[2]; /* the two rows compared, as JSON */
} diff;

/* ---- schemas ---- */

static bool has_line(shm_string text, const char *line, size_t length)
{
    const char *end = text.data + text.length;
    for (const char *at = text.data; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t this_length = (size_t)((newline == NULL ? end : newline) - at);
        if (this_length == length && memcmp(at, line, length) == 0) {
            return true;
        }
        at += this_length + 1;
    }
    return false;
}

/* The lines of one text that the other lacks, each behind `mark`. */
static void put_missing_lines(shm_out *out, shm_string text, shm_string other, char mark)
{
    const char *end = text.data + text.length;
    for (const char *at = text.data; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t length = (size_t)((newline == NULL ? end : newline) - at);
        if (!has_line(other, at, length)) {
            shm_out_print(out, "%c %.*s\n", mark, (int)length, at);
        }
        at += length + 1;
    }
}

static void compare_schemas(diff *d)
{
    const shm_schema *a = d->images[0].schema;
    const shm_schema *b = d->images[1].schema;
    const bool same = shm_string_equal(a->text, b->text);
    d->differs = d->differs || !same;
    if (d->json) {
        shm_out_print(&d->out, "{\"schema\":%s,\"collections\":[", same ? "true" : "false");
    } else if (!same) {
        shm_out_text(&d->out, "schema:\n");
        put_missing_lines(&d->out, a->text, b->text, '-');
        put_missing_lines(&d->out, b->text, a->text, '+');
    }
}

/* ---- collections ---- */

typedef struct pair {
    const char *name;
    const shm_collection *sides[2]; /* NULL: the image lacks it */
    uint64_t counts[2];
    uint64_t different;
    uint64_t shown;
    bool has_rows; /* both sides hold rows, and they were compared */
    bool by_key;   /* each with that of the same key, else of the same number */
} pair;

/* Reads a row of one side; NULL if that side lacks it. */
static void read_row(diff *d, int side, const shm_value *row)
{
    d->rows[side].length = 0;
    if (row != NULL) {
        shm_json_write(&d->rows[side], row);
    }
}

static bool rows_differ(const diff *d)
{
    return d->rows[0].length != d->rows[1].length ||
           memcmp(d->rows[0].bytes, d->rows[1].bytes, d->rows[0].length) != 0;
}

/* Where the rows stand: their key if they are told apart by it, else their number. */
static void put_place(diff *d, const shm_value *key, uint64_t row)
{
    if (key == NULL) {
        shm_out_print(&d->out, "%llu", (unsigned long long)row);
    } else {
        shm_json_write(&d->out, key);
    }
}

static void put_json_rows(diff *d, const pair *p, const shm_value *key, uint64_t row)
{
    shm_out_print(&d->out, "%s{\"%s\":", p->shown == 0 ? "" : ",", key == NULL ? "row" : "key");
    put_place(d, key, row);
    for (int side = 0; side < 2; side++) {
        if (d->rows[side].length > 0) {
            shm_out_print(&d->out, ",\"%c\":", "ab"[side]);
            shm_out_bytes(&d->out, d->rows[side].bytes, d->rows[side].length);
        }
    }
    shm_out_char(&d->out, '}');
}

static void put_text_rows(diff *d, const pair *p, const shm_value *key, uint64_t row)
{
    shm_out_print(&d->out, "%s %s ", p->name, key == NULL ? "row" : "key");
    put_place(d, key, row);
    shm_out_text(&d->out, ":\n");
    for (int side = 0; side < 2; side++) {
        if (d->rows[side].length > 0) {
            shm_out_print(&d->out, "%c ", "-+"[side]);
            shm_out_bytes(&d->out, d->rows[side].bytes, d->rows[side].length);
            shm_out_char(&d->out, '\n');
        }
    }
}

/* Counts the two rows that were read if they differ, and shows them up to the limit. */
static void compare_two(diff *d, pair *p, const shm_value *key, uint64_t row)
{
    if (!rows_differ(d)) {
        return;
    }
    p->different++;
    if (p->shown < d->limit) {
        if (d->json) {
            put_json_rows(d, p, key, row);
        } else {
            put_text_rows(d, p, key, row);
        }
        p->shown++;
        shm_out_relieve(&d->out);
    }
}

static void compare_rows(diff *d, pair *p)
{
    const uint64_t most = p->counts[0] > p->counts[1] ? p->counts[0] : p->counts[1];
    uint64_t cursors[2] = {0, 0};
    for (uint64_t row = 0; row < most; row++) {
        for (int side = 0; side < 2; side++) {
            shm_value value;
            const bool is_there = shm_dataset_next(d->images[side].dataset, p->sides[side]->number,
                                                   &cursors[side], &value);
            read_row(d, side, is_there ? &value : NULL);
        }
        compare_two(d, p, NULL, row);
    }
}

/* ---- entries of placed maps, whose places say nothing: by key ---- */

/* The index of a side whose keys are words; NULL if it has none. */
static const shm_index *word_index(const diff *d, const pair *p, int side)
{
    const shm_index *index = shm_dataset_index(d->images[side].dataset, p->sides[side]->number);
    return index != NULL && shm_index_key_form(index) == SHM_KEY_WORD ? index : NULL;
}

/* Looks on one side for the entry that the other has under `key`. */
static bool find_entry(const diff *d, const pair *p, int side, const shm_value *key,
                       shm_value *entry)
{
    const shm_index *index = word_index(d, p, side);
    if (index == NULL || word_index(d, p, 1 - side) == NULL) {
        return false;
    }
    return shm_dataset_row(d->images[side].dataset, p->sides[side]->number,
                           shm_index_find_word(index, shm_value_word(key)), entry);
}

/* In the order in which A has them, then those that only B has. */
static void compare_entries(diff *d, pair *p)
{
    for (int side = 0; side < 2; side++) {
        shm_value entries[2];
        shm_value key;
        for (uint64_t cursor = 0; shm_dataset_next(d->images[side].dataset, p->sides[side]->number,
                                                   &cursor, &entries[side]);) {
            if (shm_value_field(&entries[side], 0, &key) != SHM_PRESENT) {
                continue; /* keys are always there */
            }
            const bool is_found = find_entry(d, p, 1 - side, &key, &entries[1 - side]);
            if (side == 0 || !is_found) {
                read_row(d, side, &entries[side]);
                read_row(d, 1 - side, is_found ? &entries[1 - side] : NULL);
                compare_two(d, p, &key, 0);
            }
        }
    }
}

static bool same_tensor(const diff *d, const pair *p)
{
    shm_tensor tensors[2];
    for (int side = 0; side < 2; side++) {
        shm_dataset_tensor(d->images[side].dataset, p->sides[side]->number, &tensors[side]);
    }
    const size_t size = p->sides[0]->element->size;
    if (p->sides[0]->element->kind != p->sides[1]->element->kind ||
        tensors[0].ndim != tensors[1].ndim || tensors[0].count != tensors[1].count) {
        return false;
    }
    for (size_t i = 0; i < tensors[0].ndim; i++) {
        const uint64_t a = tensors[0].shape == NULL ? 0 : tensors[0].shape[i];
        const uint64_t b = tensors[1].shape == NULL ? 0 : tensors[1].shape[i];
        if (a != b) {
            return false;
        }
    }
    return tensors[0].count == 0 ||
           memcmp(tensors[0].data, tensors[1].data, tensors[0].count * size) == 0;
}

/* Rows, or elements of a tensor; 0 of a collection that is not there. */
static void count_rows(const diff *d, pair *p)
{
    for (int side = 0; side < 2; side++) {
        if (p->sides[side] != NULL) {
            p->counts[side] = shm_cli_row_count(d->images[side].dataset, p->sides[side]);
        }
    }
}

/* Does the collection put its entries where their keys hash? */
static bool keeps_no_order(const shm_collection *collection)
{
    return collection->placed_width != 0;
}

static void compare_contents(diff *d, pair *p)
{
    const bool is_tensor[2] = {p->sides[0]->kind == SHM_TENSOR_OF,
                               p->sides[1]->kind == SHM_TENSOR_OF};
    if (is_tensor[0] != is_tensor[1]) {
        p->different = 1;
    } else if (is_tensor[0]) {
        p->different = same_tensor(d, p) ? 0 : 1;
        if (p->different != 0 && !d->json) {
            shm_out_print(&d->out, "%s: the tensors differ\n", p->name);
        }
    } else {
        p->has_rows = true;
        p->by_key = keeps_no_order(p->sides[0]) || keeps_no_order(p->sides[1]);
        if (p->by_key) {
            compare_entries(d, p);
        } else {
            compare_rows(d, p);
        }
    }
}

static void end_pair(diff *d, const pair *p)
{
    if (d->json) {
        shm_out_print(&d->out, "],\"different\":%llu,\"rows\":[%llu,%llu]}",
                      (unsigned long long)p->different, (unsigned long long)p->counts[0],
                      (unsigned long long)p->counts[1]);
        return;
    }
    if (!p->has_rows) {
        return;
    }
    const char *noun = p->by_key ? "entries" : "rows";
    if (p->different > p->shown) {
        shm_out_print(&d->out, "%s: %llu%s %s differ\n", p->name,
                      (unsigned long long)(p->different - p->shown), p->shown > 0 ? " more" : "",
                      noun);
    }
    if (p->counts[0] != p->counts[1]) {
        shm_out_print(&d->out, "%s: %llu %s, then %llu\n", p->name,
                      (unsigned long long)p->counts[0], noun, (unsigned long long)p->counts[1]);
    }
}

static void compare_pair(diff *d, pair *p, bool first)
{
    if (d->json) {
        shm_out_print(&d->out, "%s{\"name\":\"%s\",\"in\":[%s,%s],\"first\":[", first ? "" : ",",
                      p->name, p->sides[0] == NULL ? "false" : "true",
                      p->sides[1] == NULL ? "false" : "true");
    }
    count_rows(d, p);
    if (p->sides[0] == NULL || p->sides[1] == NULL) {
        p->different = 1;
        if (!d->json) {
            shm_out_print(&d->out, "%s: only in %s\n", p->name,
                          d->paths[p->sides[0] == NULL ? 1 : 0]);
        }
    } else {
        compare_contents(d, p);
    }
    end_pair(d, p);
    d->differs = d->differs || p->different > 0;
}

static void compare_collections(diff *d)
{
    bool first = true;
    for (int side = 0; side < 2; side++) {
        const shm_dataset_type *type = d->images[side].schema->dataset;
        for (size_t i = 0; i < type->collection_count; i++) {
            const shm_collection *collection = &type->collections[i];
            pair p = {.name = collection->name};
            p.sides[side] = collection;
            const shm_collection *other =
                shm_schema_collection(d->images[1 - side].schema, collection->name);
            /* Indexes follow from their tables; what is in both was seen on the first side. */
            if (!shm_cli_is_filled(collection) ||
                (other != NULL && shm_cli_is_filled(other) && side == 1)) {
                continue;
            }
            p.sides[1 - side] = other != NULL && shm_cli_is_filled(other) ? other : NULL;
            compare_pair(d, &p, first);
            first = false;
        }
    }
}

static int compare(diff *d)
{
    int code = shm_cli_open(d->paths[0], NULL, NULL, &d->images[0]);
    if (code == SHM_EXIT_DONE) {
        code = shm_cli_open(d->paths[1], NULL, NULL, &d->images[1]);
    }
    if (code == SHM_EXIT_DONE) {
        for (int side = 0; side < 2; side++) {
            shm_out_room(&d->rows[side], 1);
        }
        compare_schemas(d);
        compare_collections(d);
        if (d->json) {
            shm_out_print(&d->out, "],\"same\":%s}\n", d->differs ? "false" : "true");
        }
        shm_out_flush(&d->out);
        code = d->differs ? SHM_EXIT_NO : SHM_EXIT_DONE;
    }
    for (int side = 0; side < 2; side++) {
        shm_cli_close(&d->images[side]);
        shm_out_close(&d->rows[side]);
    }
    shm_out_close(&d->out);
    return code;
}

static bool read_limit(const char *text, uint64_t *limit)
{
    char *end;
    errno = 0;
    *limit = strtoull(text, &end, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0';
}

static int run(shm_args *args)
{
    diff d = {.limit = ROW_LIMIT};
    size_t count = 0;
    for (int got; (got = shm_args_next(args, options)) != SHM_ARG_END;) {
        if (got == SHM_ARG_STOP) {
            return args->exit_code;
        }
        if (got == OPTION_LIMIT) {
            if (!read_limit(args->value, &d.limit)) {
                return shm_args_fail(args, "--limit takes a number, not '%s'", args->value);
            }
        } else if (count == 2) {
            return shm_args_fail(args, "unexpected argument '%s'", args->value);
        } else {
            d.paths[count++] = args->value;
        }
    }
    if (count < 2) {
        return shm_args_fail(args, "two images are needed");
    }
    d.json = args->json;
    return compare(&d);
}

const shm_verb shm_verb_diff = {
    .name = "diff",
    .summary = "Compares two images: schema, then row by row",
    .usage = "A B [--limit N]",
    .details =
        "Prints nothing and exits 0 if they hold the same; else prints what differs, lines of A\n"
        "behind -, lines of B behind +, and exits 1.  Rows are compared by their numbers, entries\n"
        "of maps that keep no order by their keys.\n\n"
        "  --limit N             how many rows to show for a collection (10)\n",
    .run = run,
};
