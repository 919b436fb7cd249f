#include <stdlib.h>

#include "bench.h"
#include "cli.h"
#include "describe.h"
#include "json_write.h"
#include "progress.h"
#include "table.h"

enum { OPTION_SECONDS = SHM_ARG_OPTION, OPTION_HUGE, OPEN_ROUNDS = 15 };
#define SECONDS_DEFAULT 5.0
#define SECONDS_MAX 3600.0

/* A table or tensor takes this share of the time of an index. */
#define SCAN_WEIGHT 0.25

static const shm_option options[] = {
    {"seconds", 0, true, OPTION_SECONDS}, {"huge", 0, false, OPTION_HUGE}, {0}};

typedef struct bench {
    const char *path;
    double seconds;
    shm_pages pages;
    bool json;
    shm_cli_image image;
    double verified_seconds; /* of opening with verification */
    double opened_seconds;   /* without: a median */
    shm_bench_index *finds;  /* by collection */
    double *rates;           /* bytes a second of tables and tensors, by collection */
    shm_out out;
} bench;

/* ---- measuring ---- */

static bool has_index(const bench *b, const shm_collection *collection)
{
    return shm_dataset_index(b->image.dataset, collection->number) != NULL;
}

static bool is_scanned(const shm_collection *collection)
{
    return collection->kind == SHM_TABLE || collection->kind == SHM_TENSOR_OF;
}

/* Opens the image again and again, which reads but its header, directory and schema. */
static int measure_opening(bench *b)
{
    const shm_open_options never = {.verify = SHM_VERIFY_NEVER};
    double times[OPEN_ROUNDS];
    for (int i = 0; i < OPEN_ROUNDS; i++) {
        shm_error error = {.status = SHM_OK};
        shm_dataset *dataset = NULL;
        const double start = shm_clock_seconds();
        if (shm_dataset_open(b->path, &never, &dataset, &error) != SHM_OK) {
            return shm_cli_fail_error(b->path, &error);
        }
        times[i] = shm_clock_seconds() - start;
        shm_dataset_close(dataset);
    }
    b->opened_seconds = shm_bench_median(times, OPEN_ROUNDS);
    return SHM_EXIT_DONE;
}

static double measure_scan(const bench *b, const shm_collection *collection, double seconds)
{
    shm_tensor tensor;
    if (shm_dataset_tensor(b->image.dataset, collection->number, &tensor)) {
        return shm_bench_scan(tensor.data, tensor.count * collection->element->size, seconds);
    }
    const shm_table table = shm_dataset_table(b->image.dataset, collection->number);
    return shm_bench_scan(table.rows, table.count * table.stride, seconds);
}

static void measure_collections(bench *b)
{
    const shm_dataset_type *type = b->image.schema->dataset;
    double weights = 0;
    for (size_t i = 0; i < type->collection_count; i++) {
        weights += has_index(b, &type->collections[i]) ? 1.0
                   : is_scanned(&type->collections[i]) ? SCAN_WEIGHT
                                                       : 0.0;
    }
    const double share = weights > 0 ? b->seconds / weights : 0;
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (has_index(b, collection)) {
            shm_bench_find(b->image.dataset, collection, share, &b->finds[i]);
        } else if (is_scanned(collection)) {
            b->rates[i] = measure_scan(b, collection, share * SCAN_WEIGHT);
        }
    }
}

/* ---- telling ---- */

static const char *form_name(const shm_index *index)
{
    switch (shm_index_key_form(index)) {
    case SHM_KEY_WORD:
        return "word";
    case SHM_KEY_TEXT:
        return "text";
    default:
        return "parts";
    }
}

static double bytes_per_entry(const shm_index *index, const shm_bench_index *find)
{
    const uint64_t count = shm_index_entry_count(index);
    return count == 0 ? -1 : (double)find->size_bytes / (double)count;
}

/* A number below 0 was not measured. */
static void put_cell(shm_text_table *table, double value)
{
    if (value < 0) {
        shm_text_table_cell(table, "-");
    } else {
        shm_text_table_cell(table, "%.1f", value);
    }
}

static void put_finds(bench *b)
{
    static const char *const heads[] = {"NAME", "KIND",  "KEY",  "ENTRIES", "B/ENTRY",   "FIND",
                                        "MISS", "BATCH", "LINE", "CHAIN",   "LINE CHAIN"};
    static const shm_bench_measure order[] = {SHM_BENCH_HIT,       SHM_BENCH_MISS,
                                              SHM_BENCH_BATCH,     SHM_BENCH_LINE,
                                              SHM_BENCH_HIT_CHAIN, SHM_BENCH_LINE_CHAIN};
    const shm_dataset_type *type = b->image.schema->dataset;
    shm_text_table table = {.column_count = sizeof heads / sizeof *heads};
    for (size_t i = 0; i < table.column_count; i++) {
        shm_text_table_cell(&table, "%s", heads[i]);
    }
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (!has_index(b, collection)) {
            continue;
        }
        const shm_index *index = shm_dataset_index(b->image.dataset, collection->number);
        shm_text_table_cell(&table, "%s", collection->name);
        shm_text_table_cell(&table, "%s", shm_cli_kind_name(collection->kind));
        shm_text_table_cell(&table, "%s", form_name(index));
        shm_text_table_cell(&table, "%llu", (unsigned long long)shm_index_entry_count(index));
        put_cell(&table, bytes_per_entry(index, &b->finds[i]));
        for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
            put_cell(&table, b->finds[i].ns[order[k]]);
        }
    }
    if (table.cell_count > table.column_count) {
        shm_out_text(&b->out, "\nns a find\n");
        shm_text_table_end(&table, &b->out);
    } else {
        shm_out_close(&table.cells);
    }
}

static void put_scans(bench *b)
{
    const shm_dataset_type *type = b->image.schema->dataset;
    shm_text_table table = {.column_count = 5};
    shm_text_table_cell(&table, "NAME");
    shm_text_table_cell(&table, "KIND");
    shm_text_table_cell(&table, "BYTES");
    shm_text_table_cell(&table, "GB/S");
    shm_text_table_cell(&table, "NS/ROW");
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        if (!is_scanned(collection)) {
            continue;
        }
        const uint64_t rows = shm_cli_row_count(b->image.dataset, collection);
        const double row_bytes =
            collection->kind == SHM_TENSOR_OF
                ? (double)collection->element->size
                : (double)shm_dataset_table(b->image.dataset, collection->number).stride;
        const bool measured = b->rates[i] > 0;
        shm_text_table_cell(&table, "%s", collection->name);
        shm_text_table_cell(&table, "%s", shm_cli_kind_name(collection->kind));
        shm_text_table_cell(&table, "%.0f", (double)rows * row_bytes);
        put_cell(&table, measured ? b->rates[i] * 1e-9 : -1);
        if (measured) {
            shm_text_table_cell(&table, "%.2f", row_bytes * 1e9 / b->rates[i]);
        } else {
            shm_text_table_cell(&table, "-");
        }
    }
    if (table.cell_count > table.column_count) {
        shm_out_text(&b->out, "\nreading in order\n");
        shm_text_table_end(&table, &b->out);
    } else {
        shm_out_close(&table.cells);
    }
}

static void put_text(bench *b)
{
    shm_pages_info pages;
    shm_out_print(&b->out, "%s: %llu bytes", b->path,
                  (unsigned long long)shm_dataset_size(b->image.dataset));
    if (shm_dataset_pages(b->image.dataset, &pages, NULL) == SHM_OK && pages.resident_bytes > 0) {
        shm_out_print(&b->out, ", %.0f %% in huge pages",
                      100.0 * (double)pages.huge_bytes / (double)pages.resident_bytes);
    }
    shm_out_print(&b->out, "; opens in %.0f us, with verification in %.1f ms\n",
                  b->opened_seconds * 1e6, b->verified_seconds * 1e3);
    put_finds(b);
    put_scans(b);
}

/* ,"name":value, or null where it was not measured. */
static void put_number(shm_out *out, const char *name, double value, bool known)
{
    shm_out_print(out, ",\"%s\":", name);
    if (known) {
        shm_json_write_f64(out, value, true);
    } else {
        shm_out_text(out, "null");
    }
}

static void put_json_find(bench *b, const shm_collection *collection, const shm_bench_index *find)
{
    static const char *const names[SHM_BENCH_MEASURE_COUNT] = {
        [SHM_BENCH_LINE] = "line_ns",
        [SHM_BENCH_HIT] = "find_ns",
        [SHM_BENCH_LINE_CHAIN] = "line_chain_ns",
        [SHM_BENCH_HIT_CHAIN] = "chain_ns",
        [SHM_BENCH_BATCH] = "batch_ns",
        [SHM_BENCH_MISS] = "miss_ns",
    };
    const shm_index *index = shm_dataset_index(b->image.dataset, collection->number);
    const double entry_bytes = bytes_per_entry(index, find);
    shm_out_print(&b->out, ",\"key\":\"%s\",\"entries\":%llu,\"bytes\":%llu", form_name(index),
                  (unsigned long long)shm_index_entry_count(index),
                  (unsigned long long)find->size_bytes);
    put_number(&b->out, "bytes_per_entry", entry_bytes, entry_bytes >= 0);
    for (int i = 0; i < SHM_BENCH_MEASURE_COUNT; i++) {
        put_number(&b->out, names[i], find->ns[i], find->ns[i] >= 0);
    }
    shm_out_print(&b->out, ",\"keys_sought\":%zu,\"misses_sought\":%zu,\"rounds\":%zu",
                  find->hit_count, find->miss_count, find->rounds);
}

static void put_json(bench *b)
{
    const shm_dataset_type *type = b->image.schema->dataset;
    shm_out_text(&b->out, "{\"image\":");
    shm_json_write_text(&b->out, b->path);
    shm_out_print(&b->out, ",\"bytes\":%llu",
                  (unsigned long long)shm_dataset_size(b->image.dataset));
    put_number(&b->out, "open_seconds", b->opened_seconds, true);
    put_number(&b->out, "verify_seconds", b->verified_seconds, true);
    shm_out_text(&b->out, ",\"collections\":[");
    for (size_t i = 0; i < type->collection_count; i++) {
        const shm_collection *collection = &type->collections[i];
        shm_out_print(&b->out, "%s{\"name\":\"%s\",\"kind\":\"%s\"", i == 0 ? "" : ",",
                      collection->name, shm_cli_kind_name(collection->kind));
        if (has_index(b, collection)) {
            put_json_find(b, collection, &b->finds[i]);
        } else if (is_scanned(collection)) {
            put_number(&b->out, "bytes_per_second", b->rates[i], b->rates[i] > 0);
        }
        shm_out_char(&b->out, '}');
    }
    shm_out_text(&b->out, "]}\n");
}

/* ---- the verb ---- */

static int measure(bench *b)
{
    const double start = shm_clock_seconds();
    int code = shm_cli_open_pages(b->path, b->pages, &b->image);
    if (code != SHM_EXIT_DONE) {
        return code;
    }
    b->verified_seconds = shm_clock_seconds() - start;
    const size_t count = b->image.schema->dataset->collection_count + 1;
    b->finds = shm_cli_realloc(NULL, count * sizeof *b->finds);
    b->rates = shm_cli_realloc(NULL, count * sizeof *b->rates);
    code = measure_opening(b);
    if (code == SHM_EXIT_DONE) {
        measure_collections(b);
        if (b->json) {
            put_json(b);
        } else {
            put_text(b);
        }
        shm_out_flush(&b->out);
    }
    shm_out_close(&b->out);
    free(b->finds);
    free(b->rates);
    shm_cli_close(&b->image);
    return code;
}

static bool read_seconds(const char *text, double *seconds)
{
    char *end;
    *seconds = strtod(text, &end);
    return end != text && *end == '\0' && *seconds > 0 && *seconds <= SECONDS_MAX;
}

static int run(shm_args *args)
{
    bench b = {.seconds = SECONDS_DEFAULT};
    for (int got; (got = shm_args_next(args, options)) != SHM_ARG_END;) {
        switch (got) {
        case OPTION_SECONDS:
            if (!read_seconds(args->value, &b.seconds)) {
                return shm_args_fail(args, "--seconds takes a number above 0, up to 3600, not '%s'",
                                     args->value);
            }
            break;
        case OPTION_HUGE:
            b.pages = SHM_PAGES_HUGE;
            break;
        case SHM_ARG_WORD:
            if (b.path != NULL) {
                return shm_args_fail(args, "unexpected argument '%s'", args->value);
            }
            b.path = args->value;
            break;
        default:
            return args->exit_code;
        }
    }
    if (b.path == NULL) {
        return shm_args_fail(args, "an image is needed");
    }
    b.json = args->json;
    return measure(&b);
}

const shm_verb shm_verb_bench = {
    .name = "bench",
    .summary = "Measures how fast an image is on this machine",
    .usage = "IMAGE [--seconds S] [--huge]",
    .details =
        "For each index, in nanoseconds: finds of its own keys in random order (FIND), of keys\n"
        "that it has not (MISS), of 256 keys in one call (BATCH), and of keys each of which waits\n"
        "for the find before (CHAIN); beside them what memory gives at best, the load of one\n"
        "random line of the index (LINE, LINE CHAIN), measured in the same rounds.  Finds give "
        "row\n"
        "numbers.  Keys of up to 64 bits are told by the index alone; texts are compared with the\n"
        "text, other keys with the row, a line more, and with min some lines more.\n"
        "For each table and tensor: how fast its bytes come in order.\n\n"
        "  --seconds S           about how long it may take in all, besides verifying (5)\n"
        "  --huge                ask for huge pages before anything is read\n",
    .run = run,
};
